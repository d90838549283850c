"""Departures: an ambassador steps down, with a goodbye if they like; nothing else ends with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from domain import ambassador_changes, ambassadors, policies, programs
from domain.ambassadors import Entry
from domain.call import Call, transaction
from domain.errors import Forbidden, NotFound
from domain.rules import ambassadors as rules
from domain.rules.access import Permission
from domain.rules.ambassadors import AmbassadorStatus, StatusChangeRefused
from domain.rules.days import day_of

__all__ = ["Departure", "depart"]

Check = Callable[[int], None]
"""Raises `VersionMismatch` when a version is not the one that the caller expects."""

OWN_WISH = "Stepped down."


class Departure(Struct, frozen=True):
    """A departure to be.

    `on` is the first day as an emeritus in the program's time zone, by default today. The
    `farewell` is public where the policy lists farewells; None takes it back.
    """

    on: date | None = None
    reason: str | None = None
    farewell: str | UnsetType | None = UNSET


async def depart(call: Call, slug: str, handle: str, departure: Departure, check: Check) -> Entry:
    """Make an ambassador emeritus at their own wish or a manager's: their tenure ends.

    Their groups and roles in the program, other programs and their account stay. Who is emeritus
    already may still say goodbye, or take that back; day and reason are then for managers. Raises
    `NotFound`, also for somebody else whom the caller may not manage, `ProgramArchived`,
    `VersionMismatch`, `Forbidden`, `StatusChangeRefused` for suspended and removed ones, `Invalid`
    for a day to come or before the joining.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        policy = await policies.typed(tx, program)
        before = await ambassadors.lock(tx, program, handle, _any_version)
        manages = call.actor.may(Permission.AMBASSADOR_MANAGE, program.slug)
        if not manages and before.person_id != call.actor.person_id:
            raise NotFound(f"There is no ambassador '{handle}' whose departure is yours to say.")
        check(before.version)
        if before.status in rules.SANCTIONS:
            raise StatusChangeRefused("Only a person lifts what a person has set, by a status.")
        again = before.status is AmbassadorStatus.EMERITUS
        if again and not manages and (departure.on or departure.reason):
            raise Forbidden("Day and reason of a departure that is recorded are for a manager.")
        today = day_of(call.at, policy.time_zone)
        on = departure.on or (before.status_on if again else today)
        if on is not None:
            rules.check_status_day(on, before.joined_on, today)
        after = replace(
            before,
            status=AmbassadorStatus.EMERITUS,
            status_on=on,
            status_reason=departure.reason or (before.status_reason if again else OWN_WISH),
            farewell=before.farewell if departure.farewell is UNSET else departure.farewell,
        )
        if after != before:
            await ambassador_changes.turn(tx, program, policy, before, after, today)
        return await ambassadors.entry(tx, program, policy, before.id)


def _any_version(version: int) -> None:
    del version
