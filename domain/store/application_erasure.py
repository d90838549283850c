"""Statements that empty what applications and votes hold of a person; what was counted stays."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from domain.store.people import Reference
from domain.store.query import Connection, Query, Statement


class Theirs(Struct, frozen=True):
    """An application of somebody, and whether nobody has decided on it."""

    program_id: UUID
    id: UUID
    undecided: bool


# Whoever applied with an account that had no person yet may have been given one since.
LOCK = Query(
    Theirs,
    """
    -- $1 people
    select a.program_id, a.id, a.status in ('submitted', 'in_vote') as undecided
      from applications a
     where a.person_id = any($1)
        or (a.submitted_by = any(array(select id from accounts where person_id = any($1)))
            and a.person_id is null and a.nominator_id is null and a.nominator_name is null)
     order by a.program_id, a.id
       for update
    """,
)

SUBJECTS = Query(
    Reference,
    """
    -- $1 applications
    select unnest($1::uuid[]) as id
    union select id from vote_rounds where application_id = any($1)
    union select id from application_comments where application_id = any($1)
    """,
)

EMPTY = Statement(
    """
    -- $1 applications  $2 at
    update applications
       set profile = '{}', handle = null, statement = null, answers = '{}', capability = null,
           consent_capability = null, nominator_name = null, applicant_note = null,
           committee_note = null, override_reason = null, version = version + 1, updated_at = $2
     where id = any($1)
    """
)

DELETE_IDENTITIES = Statement(
    """
    -- $1 applications
    delete from application_identities where application_id = any($1)
    """
)

# What was recorded of a draft is a contribution now, and is emptied as one.
DELETE_DRAFTS = Statement(
    """
    -- $1 applications
    delete from application_evidence where application_id = any($1) and contribution_id is null
    """
)

EMPTY_DRAFTS = Statement(
    """
    -- $1 applications
    update application_evidence set draft = null
     where application_id = any($1) and contribution_id is not null and draft is not null
    """
)

EMPTY_ROUNDS = Statement(
    """
    -- $1 applications
    update vote_rounds set cancel_reason = null
     where application_id = any($1) and cancel_reason is not null
    """
)

# What a committee says about somebody is about that person, whoever wrote it.
EMPTY_COMMENTS = Statement(
    """
    -- $1 applications  $2 at
    update application_comments set text = 'Erased', version = version + 1, updated_at = $2
     where application_id = any($1)
    """
)

FORGET_NOMINATORS = Statement(
    """
    -- $1 people  $2 at
    update applications
       set nominator_name = null, capability = null, version = version + 1, updated_at = $2
     where nominator_id = any($1)
    """
)

# The choice stays: it was counted.
EMPTY_ELECTORS = Statement(
    """
    -- $1 people
    update electors set company = null, recusal_reason = null
     where person_id = any($1) or account_id in (select id from accounts where person_id = any($1))
    """
)

# Why others stood aside is about the applicant, too.
EMPTY_RECUSALS = Statement(
    """
    -- $1 applications
    update electors e set recusal_reason = null
      from vote_rounds r
     where r.application_id = any($1) and e.program_id = r.program_id and e.round_id = r.id
       and e.recusal_reason is not null
    """
)

EMPTY_AUDIT = Statement(
    """
    -- $1 people
    update audit_values v
       set before = v.before - 'recusal_reason', after = v.after - 'recusal_reason'
      from audit_entries e
     where e.id = v.entry_id and e.subject_kind = 'round'
       and e.actor_id = any(array(select id from accounts where person_id = any($1)))
    """
)


async def lock(tx: Connection, people: list[UUID]) -> list[Theirs]:
    """The applications of these people, locked."""
    return await LOCK.all(tx, people)


async def subjects(tx: Connection, applications: list[UUID]) -> list[UUID]:
    """The records that audit entries about these applications are about."""
    return [row.id for row in await SUBJECTS.all(tx, applications)]


async def erase(tx: Connection, people: list[UUID], applications: list[UUID], at: datetime) -> None:
    """Empty what is personal of these people in their applications, nominations and votes."""
    await EMPTY.run(tx, applications, at)
    for empty in (DELETE_IDENTITIES, DELETE_DRAFTS, EMPTY_DRAFTS, EMPTY_ROUNDS, EMPTY_RECUSALS):
        await empty.run(tx, applications)
    await EMPTY_COMMENTS.run(tx, applications, at)
    await FORGET_NOMINATORS.run(tx, people, at)
    await EMPTY_ELECTORS.run(tx, people)
    await EMPTY_AUDIT.run(tx, people)
