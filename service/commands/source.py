"""`chancery source create`: where a tool posts to."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import click
import msgspec

from api.http.fields import Name, Slug
from domain import sources
from domain.rules.sources import Trust
from service.commands import calls
from service.commands.source_run import run_command
from service.commands.source_sheet import sheet_command
from service.settings import Settings


@click.group()
def source_command() -> None:
    """Make sources, where tools post to."""


source_command.add_command(run_command)
source_command.add_command(sheet_command)


@source_command.command()
@click.option("--program", required=True, help="Where.")
@click.option("--slug", required=True, help="Names it in addresses; it never changes.")
@click.option("--name", required=True, help="What people call it.")
@click.option(
    "--trust",
    type=click.Choice([trust.value for trust in Trust]),
    default=Trust.UNTRUSTED.value,
    show_default=True,
    help="Whether the policy may accept what it sends without a review.",
)
@click.option(
    "--token",
    "tokens",
    multiple=True,
    type=click.UUID,
    metavar="ID",
    help="The id of a token that may write to it; may be repeated.",
)
def create(program: str, slug: str, name: str, trust: str, tokens: tuple[UUID, ...]) -> None:
    """Make a source in a program.

    A new token for it is made by `chancery token create --source`.
    """
    draft = sources.Draft(
        _valid(slug, Slug, "--slug"), _valid(name.strip(), Name, "--name"), Trust(trust), tokens
    )

    async def make(chosen: Settings) -> None:
        async with calls.cli_call(chosen) as call:
            await sources.create(call, program, draft)

    with calls.on_database(calls.settings()) as chosen:
        asyncio.run(make(chosen))
    click.echo(f"{program}: {slug} created")


def _valid(text: str, kind: Any, option: str) -> str:
    try:
        return msgspec.convert(text, kind)
    except msgspec.ValidationError as error:
        raise click.BadParameter(str(error), param_hint=option) from error
