"""`chancery renewals`: decides on the tenures that are due, or tells what would be decided."""

from __future__ import annotations

import asyncio
from datetime import date, datetime

import click

from domain import renewal_previews, renewals
from domain.renewals import Summary
from service.commands import calls
from service.settings import Settings

DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("program")
@click.option("--on", type=DAY, help="Up to which day; by default today in its time zone.")
@click.option("--dry-run", is_flag=True, help="Tell what would happen, also on a day to come.")
@click.option(
    "--policy-version",
    type=click.IntRange(min=1),
    help="With --dry-run: under this version of the policy, and what would be otherwise.",
)
def renewals_command(
    program: str, on: datetime | None, dry_run: bool, policy_version: int | None
) -> None:
    """Decide on every tenure of PROGRAM whose last day has come, as its policy says.

    The worker does it every day; again it changes nothing.
    """
    if policy_version is not None and not dry_run:
        raise click.UsageError(
            "--policy-version needs --dry-run: a run is under the policy in force."
        )
    day: date | None = on.date() if on else None

    async def work(chosen: Settings) -> list[str]:
        async with calls.cli_call(chosen) as call:
            if not dry_run:
                return [_told(await renewals.run(call, program, on=day))]
            found = await renewal_previews.preview(call, program, on=day, version=policy_version)
            said = [found.difference.sentence] if found.difference else []
            return [_told(found.summary), *said]

    with calls.on_database(calls.settings()) as chosen:
        for line in asyncio.run(work(chosen)):
            click.echo(line)


def _told(one: Summary) -> str:
    return (
        f"renewed {one.renewed}, lapsed {one.lapsed}, a manager is asked of {one.asked},"
        f" waiting {one.waiting}"
    )
