"""Roles: who is what, where, from when until when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from domain import audit, events, programs, reach
from domain.call import Call, Transaction, reading, transaction
from domain.errors import Conflict, Fault, Forbidden, Invalid, InvalidReference, NotFound
from domain.programs import Program
from domain.rules.access import Permission, Role
from domain.rules.events import EventType
from domain.store import accounts as account_store
from domain.store import roles as store
from domain.store.roles import RoleAssignment

__all__ = [
    "Draft",
    "Filter",
    "LastOwner",
    "RoleAssignment",
    "assign",
    "end",
    "get",
    "grant",
    "page",
    "require_grant",
]

Check = Callable[[int], None]
"""Raises `VersionMismatch` when a version is not the one that the caller expects."""


class LastOwner(Conflict):
    """An instance always has an owner whose role has no end."""

    code = "last_owner"
    title = "The instance needs an owner"


class Draft(Struct, frozen=True):
    """A role to assign. `program` is None for the owner; the times are aware, `until` exclusive."""

    account_id: UUID
    role: Role
    program: str | None
    valid_from: datetime | None
    valid_until: datetime | None


class Filter(Struct, frozen=True):
    """Which assignments to list; None filters nothing. `ended` shows those that are over too."""

    program: str | None
    account_id: UUID | None
    role: Role | None
    ended: bool


async def get(call: Call, assignment_id: UUID, permission: Permission) -> RoleAssignment:
    """The assignment. Raises `NotFound`, also where the caller does not hold the permission."""
    visible = call.actor.programs_with(permission)
    async with reading(call) as tx:
        return _found(await store.get(tx, assignment_id, visible))


async def page(
    call: Call, where: Filter, *, after: UUID | None, limit: int
) -> list[RoleAssignment]:
    """Assignments in the programs where the caller may read roles, one more than a page.

    Raises what `reach.programs` raises.
    """
    async with reading(call) as tx:
        return await store.page(
            tx,
            programs=await reach.programs(tx, call, Permission.ROLE_READ, where.program),
            account_id=where.account_id,
            role=where.role,
            ending_after=None if where.ended else call.at,
            after=after,
            limit=limit + 1,
        )


async def assign(call: Call, draft: Draft) -> UUID:
    """Assign a role to an account; returns the assignment's id.

    Raises `Forbidden` when the caller does not hold everything that the role permits, `Invalid` for
    a program too many or too few or a start in the past, `InvalidReference`, `ProgramArchived`,
    `AlreadyExists` when the account holds the role there without an end.
    """
    async with transaction(call) as tx:
        if tx.replayed is not None:
            return tx.replayed
        program = await _program(tx, draft)
        require_grant(call, draft.role, draft.program)
        if draft.valid_from is not None and draft.valid_from < call.at:
            detail = "A role starts now or later; absent means now."
            raise Invalid(detail, Fault("period", detail, pointer="/valid_from"))
        if await account_store.lock(tx, draft.account_id) is None:
            detail = "There is no such account."
            raise InvalidReference(
                detail, Fault("invalid_reference", detail, pointer="/account_id")
            )
        assignment_id = await grant(
            tx,
            draft.account_id,
            draft.role,
            program,
            valid_from=draft.valid_from,
            valid_until=draft.valid_until,
        )
        await tx.created(assignment_id)
        return assignment_id


def require_grant(call: Call, role: Role, program: str | None) -> None:
    """Raise `Forbidden` unless the caller may give or end this role there."""
    if not call.actor.may_grant(role, program):
        raise Forbidden(
            f"This needs the permission {Permission.ROLE_MANAGE.value} and every permission of the "
            f"role '{role.value}'."
        )


async def grant(
    tx: Transaction,
    account_id: UUID,
    role: Role,
    program: Program | None,
    *,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
) -> UUID:
    """Store, record and announce a new assignment, whoever calls; returns its id."""
    call = tx.call
    assignment_id = call.new_id()
    program_id = program.id if program else None
    await store.insert(
        tx,
        id=assignment_id,
        account_id=account_id,
        role=role,
        program_id=program_id,
        valid_from=valid_from or call.at,
        valid_until=valid_until,
        by=call.actor.account_id,
        at=call.at,
    )
    made = _found(await store.get(tx, assignment_id, None))
    await audit.record(
        tx, "role.assigned", ("role", assignment_id), program_id=program_id, after=made
    )
    await events.emit(
        tx,
        EventType.ROLE_ASSIGNED,
        assignment_id,
        program_id=program_id,
        account_id=account_id,
        role=role,
    )
    return assignment_id


async def end(call: Call, assignment_id: UUID, check: Check) -> None:
    """End an assignment now; one that has ended already stays as it is.

    Raises `NotFound`, `VersionMismatch`, `Forbidden` when the caller could not assign the role, and
    `LastOwner`.
    """
    visible = call.actor.programs_with(Permission.ROLE_MANAGE)
    async with transaction(call) as tx:
        before = _found(await store.lock(tx, assignment_id, visible))
        check(before.version)
        require_grant(call, before.role, before.program)
        if before.valid_until is not None and before.valid_until <= max(call.at, before.valid_from):
            return
        if before.role is Role.OWNER:
            await _keep_an_owner(tx, before)
        await store.end(tx, assignment_id, call.at)
        after = _found(await store.get(tx, assignment_id, None))
        await audit.record(
            tx,
            "role.ended",
            ("role", assignment_id),
            program_id=before.program_id,
            before=before,
            after=after,
        )
        await events.emit(
            tx,
            EventType.ROLE_ENDED,
            assignment_id,
            program_id=before.program_id,
            account_id=before.account_id,
            role=before.role,
        )


async def _keep_an_owner(tx: Transaction, leaving: RoleAssignment) -> None:
    await account_store.lock_owners(tx)
    at = tx.call.at
    rest = await account_store.lasting_owners(tx, at, without_assignment=leaving.id)
    if rest == 0 and await account_store.lasting_owners(tx, at) > 0:
        raise LastOwner("This is the last owner; assign another one first.")


async def _program(tx: Transaction, draft: Draft) -> Program | None:
    if (draft.program is None) != (draft.role is Role.OWNER):
        detail = "The owner's role has no program; every other role has one."
        raise Invalid(detail, Fault("scope", detail, pointer="/program"))
    if draft.program is None:
        return None
    try:
        return await programs.find_open(tx, draft.program)
    except NotFound as unknown:
        fault = Fault("invalid_reference", unknown.detail, pointer="/program")
        raise InvalidReference(unknown.detail, fault) from None


def _found(assignment: RoleAssignment | None) -> RoleAssignment:
    if assignment is None:
        raise NotFound("There is no such role assignment.")
    return assignment
