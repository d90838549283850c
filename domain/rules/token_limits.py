"""What a token may do at most, and the rule that no token makes a stronger one than itself."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar
from uuid import UUID

from msgspec import Struct

from domain.errors import Fault
from domain.rules.access import Permission

Item = TypeVar("Item")


class Limits(Struct, frozen=True):
    """A token's own limits; None means no limit. `expires_at` is an aware UTC time."""

    permissions: frozenset[Permission] | None = None
    programs: frozenset[UUID] | None = None
    expires_at: datetime | None = None


def excess(wanted: Limits, own: Limits) -> list[Fault]:
    """Where `wanted` goes beyond `own`; empty when it does not."""
    faults: list[Fault] = []
    if not _within(wanted.permissions, own.permissions):
        faults.append(_fault("permissions", "the permissions"))
    if not _within(wanted.programs, own.programs):
        faults.append(_fault("programs", "the programs"))
    if own.expires_at is not None and (
        wanted.expires_at is None or wanted.expires_at > own.expires_at
    ):
        faults.append(_fault("expires_at", "the end"))
    return faults


def _within(wanted: frozenset[Item] | None, own: frozenset[Item] | None) -> bool:
    return own is None or (wanted is not None and wanted <= own)


def _fault(field: str, what: str) -> Fault:
    detail = f"It goes beyond {what} of the token that was sent."
    return Fault("exceeds_token", detail, pointer=f"/{field}")
