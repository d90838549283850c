"""`chancery openapi`: the contract, from the code."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from api import contract
from service.commands.failures import Refused

CONTRACT = Path(__file__).parents[2] / "openapi.yaml"


@click.command()
@click.option("--write", "mode", flag_value="write", help="Write openapi.yaml.")
@click.option("--check", "mode", flag_value="check", help="Fail if openapi.yaml differs.")
@click.argument("target", required=False, type=click.Choice(["-"]), metavar="[-]")
def openapi_command(mode: str | None, target: str | None) -> None:
    """Print the contract that the code makes; or write it, or compare it with openapi.yaml."""
    if mode and target:
        raise click.UsageError("choose one of --write, --check and -")
    made = contract.as_yaml()
    if mode == "write":
        CONTRACT.write_bytes(made)
    elif mode == "check":
        if not CONTRACT.exists() or CONTRACT.read_bytes() != made:
            raise Refused(f"{CONTRACT.name} is not what the code makes: run `make openapi`")
    else:
        sys.stdout.buffer.write(made)
