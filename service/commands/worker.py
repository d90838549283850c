"""`chancery worker`: the process that does what is done outside requests."""

from __future__ import annotations

import asyncio
import signal

import click

from service import serving, telemetry
from service.commands import calls


@click.command()
def worker_command() -> None:
    """Do the jobs of the queue until SIGTERM or Control-C, and finish what runs then.

    `chancery serve` without CHANCERY_DATABASE_URL does them by itself. As many workers as you like
    share the work.
    """
    chosen = calls.settings()
    telemetry.configure(chosen)
    with serving.stops_cleanly(), calls.on_database(chosen) as settings:
        from service.worker import work

        asyncio.run(work(settings, (signal.SIGTERM, signal.SIGINT)))
