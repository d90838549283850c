"""Statements on the inbox: identities that contributions name and nobody owns yet."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from domain.rules.references import Account
from domain.rules.unmatched import UnmatchedStatus
from domain.store.query import Connection, Query, Statement


class Entry(Struct, frozen=True):
    """An identity in a program's inbox; `person_id` is to whom it was matched."""

    program_id: UUID
    id: UUID
    provider: str
    account: str
    status: UnmatchedStatus
    person_id: UUID | None
    reason: str | None
    version: int
    created_at: datetime
    updated_at: datetime

    @property
    def named(self) -> Account:
        """The account that it is."""
        return Account(self.provider, self.account)


class Listed(Entry, frozen=True):
    """An entry in a list, with how many contributions name it."""

    contributions: int


class Holder(Struct, frozen=True):
    """Somebody who has an account, verified or only claimed."""

    provider: str
    account: str
    person_id: UUID
    verified: bool


class Claimant(Struct, frozen=True):
    """Somebody who says that an identity is theirs."""

    id: UUID
    name: str


class Placed(Struct, frozen=True):
    """An account's place in the inbox."""

    id: UUID
    provider: str
    account: str
    status: UnmatchedStatus


LOCK_SHARED = Statement("select pg_advisory_xact_lock_shared(hashtext('chancery.identities'))")

LOCK_ALONE = Statement("select pg_advisory_xact_lock(hashtext('chancery.identities'))")

HOLDERS = Query(
    Holder,
    """
    -- $1 providers  $2 accounts  $3 ids at the providers  $4 handles and addresses
    -- $5 whether also those who only claim it
    with w as (
        select * from unnest($1::text[], $2::text[], $3::text[], $4::text[])
            as w (provider, account, subject, handle)
    )
    select w.provider, w.account, i.person_id, i.verified_at is not null as verified
      from w join identities i on i.provider = w.provider and i.subject = w.subject
     where i.verified_at is not null or $5
     union
    select w.provider, w.account, i.person_id, i.verified_at is not null
      from w join identities i on i.provider = w.provider and lower(i.handle) = lower(w.handle)
     where i.verified_at is not null or $5
     union
    select w.provider, w.account, i.person_id, i.verified_at is not null
      from w join identities i on i.provider = w.provider and lower(i.subject) = lower(w.handle)
     where i.provider = 'email' and (i.verified_at is not null or $5)
    """,
)

CLAIMANTS = Query(
    Claimant,
    """
    -- $1 people  $2 programs (null: all)
    select p.id, p.name from people p
     where p.id = any($1)
       and ($2::uuid[] is null
            or exists (select from ambassadors a
                        where a.person_id = p.id and a.program_id = any($2))
            or not exists (select from ambassadors a where a.person_id = p.id))
    """,
)

PLACE = Query(
    Placed,
    """
    -- $1 program  $2 ids  $3 providers  $4 accounts  $5 at
    -- In one order, so that two who place the same wait for each other and never deadlock.
    with w as (
        select * from unnest($2::uuid[], $3::text[], $4::text[]) as w (id, provider, account)
    ), added as (
        insert into unmatched_identities (program_id, id, provider, account, status, version,
                                          created_at, updated_at)
        select $1, id, provider, account, 'open', 1, $5, $5 from w order by provider, account
            on conflict (program_id, provider, account) do nothing
        returning id, provider, account, status
    )
    select id, provider, account, status from added
     union all
    select u.id, u.provider, u.account, u.status
      from w join unmatched_identities u
        on u.program_id = $1 and u.provider = w.provider and u.account = w.account
    """,
)

WAITING = Query(
    Entry,
    """
    -- $1 providers  $2 accounts
    select u.program_id, u.id, u.provider, u.account, u.status, u.person_id, u.reason, u.version,
           u.created_at, u.updated_at
      from unnest($1::text[], $2::text[]) as w (provider, account)
      join unmatched_identities u on u.provider = w.provider and u.account = w.account
     where u.status <> 'matched'
     order by u.program_id, u.id
       for update of u
    """,
)

LOCK = Query(
    Entry,
    """
    -- $1 program  $2 entries
    select program_id, id, provider, account, status, person_id, reason, version, created_at,
           updated_at
      from unmatched_identities where program_id = $1 and id = any($2) order by id for update
    """,
)

BY_ID = Query(
    Entry,
    """
    -- $1 program  $2 entry
    select program_id, id, provider, account, status, person_id, reason, version, created_at,
           updated_at
      from unmatched_identities where program_id = $1 and id = $2
    """,
)

UPDATE = Statement(
    """
    -- $1 program  $2 entry  $3 status  $4 person  $5 reason  $6 version  $7 updated
    update unmatched_identities
       set status = $3, person_id = $4, reason = $5, version = $6, updated_at = $7
     where program_id = $1 and id = $2
    """
)

PAGE = Query(
    Listed,
    """
    -- $1 program  $2 status (null: any)  $3 provider (null: any)
    -- $4 after id (null: from the first)  $5 limit
    select u.program_id, u.id, u.provider, u.account, u.status, u.person_id, u.reason, u.version,
           u.created_at, u.updated_at,
           (select count(*) from contribution_participants c
             where c.program_id = u.program_id and c.unmatched_id = u.id) as contributions
      from unmatched_identities u
     where u.program_id = $1 and ($2::text is null or u.status = $2)
       and ($3::text is null or u.provider = $3) and ($4::uuid is null or u.id > $4)
     order by u.id
     limit $5
    """,
)


async def lock_shared(tx: Connection) -> None:
    """Until the transaction ends no identity becomes verified; others may ask at the same time.

    The inbox is locked before people, entries and contributions, so that nobody waits in a circle.
    """
    await LOCK_SHARED.run(tx)


async def lock_alone(tx: Connection) -> None:
    """Until the transaction ends nobody asks whose an identity is; see `lock_shared`."""
    await LOCK_ALONE.run(tx)


async def holders(
    tx: Connection, accounts: Sequence[Account], *, claimed: bool = False
) -> list[Holder]:
    """Everybody who has these accounts verified, or also who only claims them."""
    return await HOLDERS.all(
        tx,
        [one.provider for one in accounts],
        [one.account for one in accounts],
        [one.subject for one in accounts],
        [one.handle for one in accounts],
        claimed,
    )


async def claimants(
    tx: Connection, people: Collection[UUID], programs: frozenset[UUID] | None
) -> list[Claimant]:
    """Those of these people who are in one of the programs, or in none at all."""
    return await CLAIMANTS.all(tx, list(people), None if programs is None else list(programs))


async def place(
    tx: Connection, program_id: UUID, accounts: Mapping[Account, UUID], at: datetime
) -> list[Placed]:
    """Put accounts into the inbox under these ids, or find them there.

    One is not returned that another transaction has put there at the same moment: ask again.
    """
    providers, names = [one.provider for one in accounts], [one.account for one in accounts]
    return await PLACE.all(tx, program_id, list(accounts.values()), providers, names, at)


async def waiting(tx: Connection, accounts: Collection[Account]) -> list[Entry]:
    """The entries of these accounts that are nobody's, of all programs, locked."""
    providers, names = [one.provider for one in accounts], [one.account for one in accounts]
    return await WAITING.all(tx, providers, names)


async def lock(tx: Connection, program_id: UUID, ids: Sequence[UUID]) -> list[Entry]:
    """These entries, locked until the transaction ends."""
    return await LOCK.all(tx, program_id, ids)


async def by_id(tx: Connection, program_id: UUID, entry_id: UUID) -> Entry | None:
    """One entry."""
    return await BY_ID.first(tx, program_id, entry_id)


async def update(tx: Connection, entry: Entry) -> None:
    """Store a locked entry as it is now, with the version that it has now."""
    await UPDATE.run(
        tx,
        entry.program_id,
        entry.id,
        entry.status,
        entry.person_id,
        entry.reason,
        entry.version,
        entry.updated_at,
    )


async def page(
    tx: Connection,
    program_id: UUID,
    *,
    status: UnmatchedStatus | None,
    provider: str | None,
    after: UUID | None,
    limit: int,
) -> list[Listed]:
    """Entries, oldest first."""
    return await PAGE.all(tx, program_id, status, provider, after, limit)
