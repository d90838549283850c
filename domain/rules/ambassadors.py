"""What may become of an ambassador: statuses, handles, days, and what the public may know."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from domain.errors import Conflict, Fault, Invalid
from domain.rules.policy_document import Directory


class AmbassadorStatus(StrEnum):
    """Where an ambassador stands in the program."""

    ACTIVE = "active"
    EMERITUS = "emeritus"
    ON_LEAVE = "on_leave"
    REMOVED = "removed"
    SUSPENDED = "suspended"


_S = AmbassadorStatus

NEXT: dict[AmbassadorStatus, frozenset[AmbassadorStatus]] = {
    _S.ACTIVE: frozenset({_S.EMERITUS, _S.ON_LEAVE, _S.REMOVED, _S.SUSPENDED}),
    _S.ON_LEAVE: frozenset({_S.ACTIVE, _S.EMERITUS, _S.REMOVED, _S.SUSPENDED}),
    # Who has left takes leave of nothing.
    _S.EMERITUS: frozenset({_S.ACTIVE, _S.REMOVED, _S.SUSPENDED}),
    _S.SUSPENDED: frozenset({_S.ACTIVE, _S.EMERITUS, _S.ON_LEAVE, _S.REMOVED}),
    _S.REMOVED: frozenset({_S.ACTIVE, _S.EMERITUS}),
}
"""The statuses that may follow each."""

SANCTIONS = frozenset({_S.REMOVED, _S.SUSPENDED})
"""Set and lifted by people alone, with a reason; in no public answer."""


class StatusChangeRefused(Conflict):
    """This status cannot follow the present one, or not in this way."""

    code = "status_change_refused"
    title = "The status cannot change like this"


def check_status(before: AmbassadorStatus, after: AmbassadorStatus, *, by_person: bool) -> None:
    """Raise `StatusChangeRefused` unless `after` may follow `before`.

    `by_person` is False for whatever happens by itself (an import, a renewal): it neither sets nor
    lifts a sanction. The same status again may always be set, to correct its reason or its day.
    """
    if not by_person and SANCTIONS & {before, after}:
        raise StatusChangeRefused("Only a person suspends or removes somebody, or lifts that.")
    if before != after and after not in NEXT[before]:
        raise StatusChangeRefused(f"'{after.value}' cannot follow '{before.value}'.")


def check_joined(joined_on: date | None, today: date) -> None:
    """Raise `Invalid` when somebody is to have joined on a day to come."""
    if joined_on is not None and joined_on > today:
        raise _bad_day("/joined_on", "Nobody has joined on a day that is still to come.")


def check_status_day(on: date, joined_on: date | None, today: date) -> None:
    """Raise `Invalid` when a status is to hold from a day to come, or from before the joining."""
    if on > today:
        raise _bad_day("/on", "A status is recorded when it holds, not in advance.")
    if joined_on is not None and on < joined_on:
        raise _bad_day("/on", "That is before the ambassador joined.")


def same_handle(one: str, other: str) -> bool:
    """Whether two handles are one: they are compared without regard to case."""
    return one.casefold() == other.casefold()


def statuses_shown(
    directory: Directory, asked: Iterable[AmbassadorStatus], *, reads_all: bool
) -> frozenset[AmbassadorStatus]:
    """The statuses that a list shows: those asked for (by default `active`) that are public.

    Raises `Invalid` when the public asks for a status that no program ever shows.
    """
    wanted = frozenset(asked) or frozenset({AmbassadorStatus.ACTIVE})
    if reads_all:
        return wanted
    if wanted & SANCTIONS:
        detail = "Suspended and removed ambassadors are never public."
        raise Invalid(detail, Fault("never_public", detail, parameter="status"))
    return wanted & public_statuses(directory)


def public_statuses(directory: Directory) -> frozenset[AmbassadorStatus]:
    """The statuses whose holders anybody may see."""
    if not directory.public:
        return frozenset()
    return frozenset(AmbassadorStatus(status.value) for status in directory.statuses)


def containing(text: str) -> str:
    """The LIKE pattern for texts that contain this one, whose wildcards stand for themselves."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _bad_day(pointer: str, detail: str) -> Invalid:
    return Invalid(detail, Fault("day", detail, pointer=pointer))
