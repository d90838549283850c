"""How far a list reaches: the programs in which its reader holds the permission that it needs."""

from __future__ import annotations

from uuid import UUID

from domain.call import Call
from domain.errors import Forbidden
from domain.rules.access import Permission
from domain.store import programs as store
from domain.store.query import Connection


async def programs(
    tx: Connection, call: Call, permission: Permission, slug: str | None
) -> frozenset[UUID] | None:
    """The ids of the programs whose records may be shown; None means all, and the instance's own.

    With a slug only that program, or nothing when there is none. Raises `Forbidden` when the
    permission is not held there.
    """
    if slug is None:
        return call.actor.programs_with(permission)
    if not call.actor.may(permission, slug):
        raise Forbidden(f"This needs the permission {permission.value} in '{slug}'.")
    program = await store.by_slug(tx, slug)
    return frozenset({program.id} if program else ())
