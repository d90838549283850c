"""`chancery migrate`: the schema of this release."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qs, unquote, urlsplit

import click

from service import migrate
from service.commands import calls
from service.commands.failures import Refused
from service.settings import Settings


@click.command()
def migrate_command() -> None:
    """Bring the database's schema to this release, and give the service role its rights.

    It works as the role of CHANCERY_MIGRATION_DATABASE_URL; the rights go to the role of
    CHANCERY_DATABASE_URL. On a database that is there already it only repeats the rights.
    """
    with calls.on_database(calls.settings()) as chosen:
        warning = asyncio.run(_upgrade(chosen))
    if warning:
        click.echo(f"warning: {warning}", err=True)
    click.echo(f"the database is at revision {migrate.head()}")


async def _upgrade(chosen: Settings) -> str | None:
    role = role_of(str(chosen.database_url))
    return await migrate.upgrade(str(chosen.migration_database_url), role)


def role_of(url: str) -> str:
    """The role that an address names, before the host or among the parameters."""
    parts = urlsplit(url)
    named = [unquote(parts.username)] if parts.username else parse_qs(parts.query).get("user")
    if not named:
        raise Refused("CHANCERY_DATABASE_URL names no role: postgresql://role:password@host/name")
    return named[-1]
