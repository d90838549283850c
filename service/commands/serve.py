"""`chancery serve`: the service with all that it needs."""

from __future__ import annotations

import asyncio
import logging
import logging.config
from contextlib import ExitStack

import asyncpg
import click
import msgspec

from domain import accounts
from service import cluster, examples, migrate, postgres, serving, telemetry
from service.commands import calls
from service.settings import Settings


@click.command()
@click.option("--host", help="The address to listen on, instead of CHANCERY_HOST.")
@click.option("--port", type=click.IntRange(1, 65535), help="Instead of CHANCERY_PORT.")
@click.option("--workers", type=click.IntRange(1, 256), help="Instead of CHANCERY_WORKERS.")
@click.option("--with-examples", is_flag=True, help="Load examples into an empty database.")
def serve_command(
    host: str | None, port: int | None, workers: int | None, with_examples: bool
) -> None:
    """Serve the API until SIGTERM or Control-C, and finish what is in flight then.

    Without CHANCERY_DATABASE_URL it brings a PostgreSQL of its own, keeps its schema up to date,
    and does the work of `chancery worker`, too.
    """
    given = {"host": host, "port": port, "workers": workers}
    chosen = msgspec.structs.replace(
        calls.settings(), **{name: value for name, value in given.items() if value is not None}
    )
    telemetry.check(chosen)
    logging.config.dictConfig(telemetry.logging_config(chosen))
    with ExitStack() as stack:
        stack.enter_context(serving.stops_cleanly())
        own = chosen.database_url is None
        if own:
            stack.enter_context(postgres.serve_lock(chosen.data_dir))
        serving.refuse_port_in_use(chosen.host, chosen.port)
        if own:
            chosen = stack.enter_context(serving.embedded(chosen))
            asyncio.run(_migrate(chosen))
        asyncio.run(_prepare(chosen, with_examples=with_examples))
        serving.serve(chosen, click.echo, with_worker=own)


async def _migrate(chosen: Settings) -> None:
    """Alembic is slow to import, so a schema that is up to date is left alone."""
    connection = await asyncpg.connect(chosen.migration_database_url)
    try:
        up_to_date = await migrate.current(connection) == migrate.head()
    finally:
        await connection.close()
    if not up_to_date:
        await migrate.upgrade(str(chosen.migration_database_url), cluster.SERVICE)


async def _prepare(chosen: Settings, *, with_examples: bool) -> None:
    async with calls.cli_call(chosen) as call:
        made = await accounts.ensure_owner(call, chosen.owner_token)
        if made is not None:
            click.echo(f"the owner's token, which is shown only now: {made}")
        if with_examples:
            await examples.load(call)
