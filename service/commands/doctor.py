"""`chancery doctor`: what is there and what is wrong."""

from __future__ import annotations

import asyncio
import sys

import click

from service import doctor
from service.commands import calls


@click.command()
def doctor_command() -> None:
    """Look at the machine, the data folder and the database, and change nothing.

    The exit code is 1 when something is wrong.
    """
    findings = asyncio.run(doctor.examine(calls.settings()))
    click.echo(doctor.render(findings))
    sys.exit(any(finding.level == "error" for finding in findings))
