"""Grants: who was offered which benefit and what became of it, as each may read it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from datetime import date
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain import ambassadors, policies, programs
from domain.call import Call, Transaction, reading
from domain.errors import Conflict, Forbidden, NotFound
from domain.rules import benefits as rules
from domain.rules.access import Permission
from domain.rules.benefits import Awaiting, GrantStatus
from domain.rules.days import day_of
from domain.rules.policy import Policy
from domain.rules.policy_benefits import Benefit
from domain.store import ambassadors as ambassador_store
from domain.store import deliveries as delivery_store
from domain.store import grants as store
from domain.store.ambassadors import Ambassador
from domain.store.grants import Grant, Listed
from domain.store.programs import Program
from domain.store.query import Connection

__all__ = [
    "STAFF",
    "Check",
    "Filters",
    "Grant",
    "Locked",
    "Place",
    "Shown",
    "changed",
    "get",
    "listed",
    "locate",
    "lock",
    "page",
    "page_of",
    "refuse_others",
    "shown",
    "telling",
    "turn",
    "works_on",
]

Check = Callable[[int], None]
"""Raises `VersionMismatch` when the grant's version is not the one that the caller expects."""

STAFF = (
    Permission.DELIVERY_READ,
    Permission.GRANT_FULFIL,
    Permission.GRANT_MANAGE,
    Permission.GRANT_READ,
)
"""Whoever holds one of them sees every grant: also with a token that is limited to it."""


class Filters(Struct, frozen=True):
    """Which grants to list; None: any. `overdue`: promised by a day that is over."""

    status: GrantStatus | None = None
    benefit: str | None = None
    handle: str | None = None
    awaiting: Awaiting | None = None
    overdue: bool = False


class Place(Struct, frozen=True):
    """A place in the order of grants, the newest first."""

    id: UUID


class Shown(Struct, frozen=True):
    """A grant with whose it is, and its benefit as the policy has it, or had it when it has gone.

    `staff`: whoever reads it works here; otherwise it is the ambassador.
    """

    grant: Grant
    benefit: Benefit
    handle: str
    name: str
    person_id: UUID
    awaiting: Awaiting | None
    has_delivery: bool
    staff: bool

    @property
    def id(self) -> UUID:
        """The grant's."""
        return self.grant.id


class Locked(Struct, frozen=True):
    """A grant and its ambassador, locked for a change; `today` is the program's."""

    program: Program
    policy: Policy
    ambassador: Ambassador
    shown: Shown
    own: bool
    today: date

    @property
    def grant(self) -> Grant:
        """As it was when it was locked."""
        return self.shown.grant

    @property
    def benefit(self) -> Benefit:
        """What it is a grant of."""
        return self.shown.benefit


async def page(
    call: Call, slug: str, where: Filters, *, before: UUID | None, limit: int
) -> list[Shown]:
    """Grants of a program, one more than a page, the newest first. Raises `NotFound`."""
    async with reading(call) as tx:
        program = await programs.find(tx, slug)
        policy = await policies.typed(tx, program)
        ambassador_id = None
        if where.handle is not None:
            ambassador_id = await ambassador_store.resolve(tx, program.id, where.handle)
            if ambassador_id is None:
                return []
        filters = store.Filters(
            status=where.status,
            benefit=where.benefit,
            ambassador_id=ambassador_id,
            awaiting=where.awaiting,
            approving=_approving(policy),
            overdue_on=day_of(call.at, policy.time_zone) if where.overdue else None,
        )
        rows = await store.page(tx, program.id, filters, before=before, limit=limit + 1)
        return await listed(tx, call, program, policy, rows)


async def page_of(
    call: Call, slug: str, handle: str, *, before: UUID | None, limit: int
) -> tuple[str, list[Shown]]:
    """The current handle of an ambassador and their grants, one more than a page, newest first.

    For themself and for whoever reads grants, for others `NotFound`.
    """
    async with reading(call) as tx:
        program, entry = await ambassadors.find(tx, call, slug, handle)
        _refuse_unseen(call, program, entry.person_id)
        policy = await policies.typed(tx, program)
        filters = store.Filters(ambassador_id=entry.id)
        rows = await store.page(tx, program.id, filters, before=before, limit=limit + 1)
        return entry.handle, await listed(tx, call, program, policy, rows)


async def get(call: Call, slug: str, grant_id: UUID) -> Shown:
    """One grant, for its ambassador and for whoever reads grants; for others `NotFound`."""
    async with reading(call) as tx:
        program = await programs.find(tx, slug)
        return await shown(tx, call, program, await locate(tx, call, program, grant_id))


async def locate(tx: Connection, call: Call, program: Program, grant_id: UUID) -> Listed:
    """A grant that the caller may see. Raises `NotFound`."""
    found = await store.find(tx, program.id, grant_id)
    if found is None:
        raise NotFound("There is no such grant.")
    _refuse_unseen(call, program, found.person_id)
    return found


async def shown(tx: Connection, call: Call, program: Program, one: Listed) -> Shown:
    """A grant as the caller sees it."""
    policy = await policies.typed(tx, program)
    return (await listed(tx, call, program, policy, [one]))[0]


async def listed(
    tx: Connection, call: Call, program: Program, policy: Policy, rows: Iterable[Listed]
) -> list[Shown]:
    """Grants as the caller sees them."""
    found = list(rows)
    delivered = await delivery_store.present(tx, program.id, [one.grant.id for one in found])
    return [
        Shown(
            grant=one.grant,
            benefit=await _benefit(tx, program, policy, one.grant),
            handle=one.handle,
            name=one.name,
            person_id=one.person_id,
            awaiting=turn(policy, one.grant),
            has_delivery=one.grant.id in delivered,
            staff=works_on(call, program),
        )
        for one in found
    ]


async def lock(tx: Transaction, slug: str, grant_id: UUID) -> Locked:
    """A grant that the caller may see, locked after its ambassador.

    Raises `NotFound`, `ProgramArchived`.
    """
    program = await programs.find_open(tx, slug)
    policy = await policies.typed(tx, program)
    seen = await locate(tx, tx.call, program, grant_id)
    (ambassador,) = await ambassador_store.lock_many(tx, program.id, [seen.grant.ambassador_id])
    (grant,) = await store.lock(tx, program.id, [grant_id])
    actor = tx.call.actor
    return Locked(
        program=program,
        policy=policy,
        ambassador=ambassador,
        shown=await shown(tx, tx.call, program, replace(seen, grant=grant)),
        own=actor.person_id == ambassador.person_id and actor.may(Permission.SELF_MANAGE),
        today=day_of(tx.call.at, policy.time_zone),
    )


async def changed(tx: Transaction, one: Locked, after: Grant) -> Shown:
    """A locked grant as it is after its change, for the caller."""
    listing = Listed(after, one.shown.handle, one.shown.name, one.shown.person_id)
    return await shown(tx, tx.call, one.program, listing)


def refuse_others(call: Call, one: Locked, permission: Permission) -> None:
    """Raise `Forbidden` unless it is the caller's own, or they hold this permission."""
    if not one.own and not call.actor.may(permission, one.program.slug):
        raise Forbidden(f"It is the ambassador's own, or needs {permission.value}.")


@contextmanager
def telling(one: Locked) -> Generator[None]:
    """Give each conflict of the body the grant as it is."""
    try:
        yield
    except Conflict as refused:
        refused.about(one.shown)
        raise


def turn(policy: Policy, grant: Grant) -> Awaiting | None:
    """Whose turn it is with a grant, by the policy in force."""
    return rules.awaiting(
        grant.status,
        approval=grant.benefit in _approving(policy),
        approved=grant.approved_at is not None,
    )


def works_on(call: Call, program: Program) -> bool:
    """Whether the caller may read every grant of a program."""
    return any(call.actor.may(permission, program.slug) for permission in STAFF)


def _approving(policy: Policy) -> list[str]:
    return [code for code, benefit in policy.benefits.items() if benefit.approval]


async def _benefit(tx: Connection, program: Program, policy: Policy, grant: Grant) -> Benefit:
    """What was promised stands, also when the policy has it no more."""
    known = policy.benefits.get(grant.benefit)
    if known is not None:
        return known
    before = await policies.typed(tx, replace(program, policy_version=grant.policy_version))
    return before.benefits[grant.benefit]


def _refuse_unseen(call: Call, program: Program, person_id: UUID) -> None:
    own = call.actor.person_id == person_id and call.actor.may(Permission.SELF_READ)
    if not own and not works_on(call, program):
        raise NotFound("There is no such grant, or you may not read it.")
