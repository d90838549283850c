"""Statements that empty what is personal, and leave the aggregates and the ledgers."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from domain.store import application_erasure, grant_erasure
from domain.store.people import Reference
from domain.store.query import Connection, Query, Statement


class Left(Struct, frozen=True):
    """An ambassador as the erasure left it, with the status of before."""

    program_id: UUID
    program: str
    id: UUID
    status: str
    before: str
    status_on: date | None


FAMILY = Query(
    Reference,
    """
    -- $1 person
    with recursive family as (
        select id from people where id = $1
        union
        select p.id from people p join family f on p.merged_into = f.id
    )
    select id from family order by id
    """,
)

SUBJECTS = Query(
    Reference,
    """
    -- $1 people
    with own_ambassadors as (select program_id, id from ambassadors where person_id = any($1)),
         own_accounts as (select id from accounts where person_id = any($1))
    select unnest($1::uuid[]) as id
    union select id from own_ambassadors
    union select m.id from memberships m
            join own_ambassadors a on a.program_id = m.program_id and a.id = m.ambassador_id
    union select t.id from tenures t
            join own_ambassadors a on a.program_id = t.program_id and a.id = t.ambassador_id
    union select l.id from leaves l
            join own_ambassadors a on a.program_id = l.program_id and a.id = l.ambassador_id
    union select e.id from eligibilities e
            join own_ambassadors a on a.program_id = e.program_id and a.id = e.ambassador_id
    union select g.id from grants g
            join own_ambassadors a on a.program_id = g.program_id and a.id = g.ambassador_id
    union select contribution_id from contribution_participants where person_id = any($1)
    union select id from unmatched_identities where person_id = any($1)
    union select id from own_accounts
    union select t.id from tokens t join own_accounts a on a.id = t.account_id
    union select r.id from role_assignments r join own_accounts a on a.id = r.account_id
    union select id from invitations where person_id = any($1)
    union select i.id from invitations i join own_accounts a on a.id = i.redeemed_by
    """,
)

# What others did too is theirs as well: it goes with the last of them.
SHARED = Query(
    Reference,
    """
    -- $1 people
    select p.contribution_id as id
      from contribution_participants p
     where p.person_id = any($1)
       and exists (select from contribution_participants o
                     left join people w on w.id = o.person_id
                    where o.program_id = p.program_id and o.contribution_id = p.contribution_id
                      and w.erased_at is null
                      and (o.person_id is null or not (o.person_id = any($1))))
    """,
)

EMPTY_PEOPLE = Statement(
    """
    -- $1 people  $2 at
    update people
       set name = 'Erased person', title = null, bio = null, country = null, city = null,
           avatar_url = null, languages = '{}', topics = '{}', links = '[]', hidden_fields = '{}',
           erased_at = $2, version = version + 1, updated_at = $2
     where id = any($1) and erased_at is null
    """
)

DELETE_IDENTITIES = Statement(
    """
    -- $1 people
    delete from identities where person_id = any($1)
    """
)

DELETE_AFFILIATIONS = Statement(
    """
    -- $1 people
    delete from affiliations where person_id = any($1)
    """
)

DELETE_ENTRIES = Statement(
    """
    -- $1 people
    delete from directory_entries where person_id = any($1)
    """
)

DELETE_HANDLES = Statement(
    """
    -- $1 people
    delete from ambassador_handles h using ambassadors a
     where a.program_id = h.program_id and a.id = h.ambassador_id and a.person_id = any($1)
    """
)

# The key stays, or the tool would bring back what it sends again.
EMPTY_CONTRIBUTIONS = Statement(
    """
    -- $1 people  $2 at  $3 shared contributions
    update contributions c
       set title = 'Erased', description = null, url = null, evidence = '{}', type_text = c.type,
           fields = '{}', note = null, dispute = null, touched_at = $2,
           version = c.version + 1, updated_at = $2
      from contribution_participants p
     where p.person_id = any($1) and not (p.contribution_id = any($3))
       and c.program_id = p.program_id and c.id = p.contribution_id
    """
)

DELETE_FINGERPRINTS = Statement(
    """
    -- $1 people
    delete from contribution_fingerprints f using contribution_participants p
     where p.person_id = any($1) and f.program_id = p.program_id
       and f.contribution_id = p.contribution_id and f.who = p.person_id
    """
)

EMPTY_UNMATCHED = Statement(
    """
    -- $1 people  $2 at
    update unmatched_identities
       set account = 'erased-' || right(id::text, 12), reason = null, version = version + 1,
           updated_at = $2
     where person_id = any($1)
    """
)

EMPTY_AMBASSADORS = Query(
    Left,
    """
    -- $1 people  $2 at
    with held as (
        select a.program_id, g.slug as program, a.id, a.status,
               ($2 at time zone coalesce(o.effective ->> 'time_zone', 'UTC'))::date as today
          from ambassadors a
          join programs g on g.id = a.program_id
          join policies o on o.program_id = g.id and o.version = g.policy_version
         where a.person_id = any($1)
         order by a.program_id, a.id
           for update of a
    )
    update ambassadors a
       set handle = 'erased-' || right(a.id::text, 12),
           status = case when held.status in ('removed', 'suspended') then held.status
                         else 'emeritus' end,
           status_on = case when held.status in ('active', 'on_leave') then held.today
                            else a.status_on end,
           status_reason = null, farewell = null, position = null, hidden_fields = '{}',
           version = a.version + 1, updated_at = $2
      from held
     where a.program_id = held.program_id and a.id = held.id
    returning a.program_id, held.program, a.id, a.status, held.status as before, a.status_on
    """,
)

# Their days stay, as the tenures do whose clock they stopped.
EMPTY_LEAVES = Statement(
    """
    -- $1 people
    update leaves l set reason = null
      from ambassadors a
     where a.person_id = any($1) and l.program_id = a.program_id and l.ambassador_id = a.id
       and l.reason is not null
    """
)

EMPTY_TENURES = Statement(
    """
    -- $1 people
    update tenures t set outcome_reason = null
      from ambassadors a
     where a.person_id = any($1) and t.program_id = a.program_id and t.ambassador_id = a.id
       and t.outcome_reason is not null
    """
)

EMPTY_PROMOTIONS = Statement(
    """
    -- $1 people
    update promotions p set reason = null
      from ambassadors a
     where a.person_id = any($1) and p.from_program_id = a.program_id
       and p.from_ambassador_id = a.id
    """
)

DELETE_ELIGIBILITIES = Statement(
    """
    -- $1 people
    delete from eligibilities e using ambassadors a
     where a.program_id = e.program_id and a.id = e.ambassador_id and a.person_id = any($1)
    """
)

EMPTY_AUDIT = Statement(
    """
    -- $1 subjects
    update audit_values v set before = '{}', after = '{}', reason = null
      from audit_entries e
     where e.id = v.entry_id and e.subject_id = any($1)
    """
)

REVOKE_TOKENS = Statement(
    """
    -- $1 people  $2 at
    update tokens t
       set name = 'Erased', revoked_at = coalesce(t.revoked_at, $2), version = t.version + 1,
           updated_at = $2
      from accounts a where a.id = t.account_id and a.person_id = any($1)
    """
)

END_ROLES = Statement(
    """
    -- $1 people  $2 at
    update role_assignments r
       set valid_until = greatest(r.valid_from, $2), version = r.version + 1, updated_at = $2
      from accounts a
     where a.id = r.account_id and a.person_id = any($1)
       and (r.valid_until is null or r.valid_until > $2)
    """
)

EMPTY_INVITATIONS = Statement(
    """
    -- $1 people  $2 at
    update invitations
       set name = 'Erased', revoked_at = coalesce(revoked_at, $2), version = version + 1,
           updated_at = $2
     where person_id = any($1)
        or redeemed_by in (select id from accounts where person_id = any($1))
    """
)

DISABLE_ACCOUNTS = Statement(
    """
    -- $1 people  $2 at
    update accounts
       set name = 'Erased person', disabled_at = coalesce(disabled_at, $2),
           version = version + 1, updated_at = $2
     where person_id = any($1)
    """
)


async def family(tx: Connection, person_id: UUID) -> list[UUID]:
    """A person and every record that was merged into it, in the order of their ids."""
    return [row.id for row in await FAMILY.all(tx, person_id)]


async def subjects(tx: Connection, people: list[UUID]) -> list[UUID]:
    """The records that audit entries about these people are about."""
    return [row.id for row in await SUBJECTS.all(tx, people)]


async def erase(
    tx: Connection, people: list[UUID], applications: list[UUID], at: datetime
) -> list[Left]:
    """Empty everything personal of these people and of their applications, which are locked.

    Returns their ambassadors.
    """
    left = await EMPTY_AMBASSADORS.all(tx, people, at)
    shared = [row.id for row in await SHARED.all(tx, people)]
    own = set(await subjects(tx, people)).difference(shared)
    own.update(await application_erasure.subjects(tx, applications))
    own.update(await grant_erasure.ledgers(tx, people))
    await EMPTY_AUDIT.run(tx, list(own))
    await application_erasure.erase(tx, people, applications, at)
    await EMPTY_CONTRIBUTIONS.run(tx, people, at, shared)
    for delete in (
        DELETE_FINGERPRINTS,
        DELETE_IDENTITIES,
        DELETE_AFFILIATIONS,
        DELETE_ENTRIES,
        DELETE_HANDLES,
        DELETE_ELIGIBILITIES,
        EMPTY_LEAVES,
        EMPTY_TENURES,
        EMPTY_PROMOTIONS,
    ):
        await delete.run(tx, people)
    for empty in (
        EMPTY_UNMATCHED,
        REVOKE_TOKENS,
        END_ROLES,
        EMPTY_INVITATIONS,
        DISABLE_ACCOUNTS,
        EMPTY_PEOPLE,
    ):
        await empty.run(tx, people, at)
    return left


async def empty_audit(tx: Connection, subjects: list[UUID]) -> None:
    """Empty the values of the audit entries about these records."""
    await EMPTY_AUDIT.run(tx, subjects)
