"""`chancery token create`: a token for a tool."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import click

from domain import accounts
from domain.rules.access import Permission, Role
from service.commands import calls
from service.settings import Settings

ROLES = [role.value for role in Role if role is not Role.AMBASSADOR]
"""An ambassador is a person, who is invited."""


@click.group()
def token_command() -> None:
    """Make tokens."""


@token_command.command()
@click.option("--name", required=True, help="What it is for.")
@click.option("--role", required=True, type=click.Choice(ROLES), help="What its account is.")
@click.option("--program", help="Where; every role but the owner's has one.")
@click.option(
    "--permission",
    "permissions",
    multiple=True,
    type=click.Choice([permission.value for permission in Permission]),
    metavar="NOUN:ACTION",
    help="Limit the token to this permission of the role's; may be repeated.",
)
@click.option(
    "--source",
    "writes_to",
    multiple=True,
    metavar="SLUG",
    help="A source of the program that it may write to; may be repeated.",
)
@click.option("--expires-in-days", type=click.IntRange(1, 3650), help="Without it, it never ends.")
def create(
    name: str,
    role: str,
    program: str | None,
    permissions: tuple[str, ...],
    writes_to: tuple[str, ...],
    expires_in_days: int | None,
) -> None:
    """Make an account for a tool, with one role, and print its token, which is shown only now."""

    async def make(chosen: Settings) -> str:
        async with calls.cli_call(chosen) as call:
            lasts = timedelta(days=expires_in_days) if expires_in_days else None
            return await accounts.create_integration(
                call,
                name=name,
                role=Role(role),
                program=program,
                permissions=frozenset(map(Permission, permissions)) or None,
                expires_at=call.at + lasts if lasts else None,
                writes_to=writes_to,
            )

    if not name.strip() or not name.isprintable() or len(name) > 100:
        raise click.BadParameter("1 to 100 printable characters", param_hint="--name")
    with calls.on_database(calls.settings()) as chosen:
        click.echo(asyncio.run(make(chosen)))
