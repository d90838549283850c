"""Statements on what applicants say to be, and on what speaks for their applications."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import astuple

from domain.rules.contributions import ContributionStatus, Draft, Visibility
from domain.rules.members import Precision
from domain.rules.references import Account
from domain.store.query import Connection, Query, Statement


class Identity(Struct, frozen=True):
    """An account at a provider that the applicant says is theirs: its id, its handle, or both."""

    program_id: UUID
    id: UUID
    application_id: UUID
    provider: str
    subject: str | None
    handle: str | None


class Evidence(Struct, frozen=True):
    """What speaks for an application: a contribution that is recorded, or one told here first.

    A `draft` names no participants; recorded at the acceptance, it has a contribution then, too.
    """

    program_id: UUID
    id: UUID
    application_id: UUID
    position: int
    contribution_program_id: UUID | None
    contribution_id: UUID | None
    draft: Draft | None


class ShownEvidence(Evidence, frozen=True):
    """With what is recorded of the contribution, if one is; `program` is the slug of where."""

    program: str | None
    type: str | None
    title: str | None
    occurred_on: date | None
    date_precision: Precision | None
    status: ContributionStatus | None
    recorded_at: datetime | None


class Named(Struct, frozen=True):
    """A contribution that somebody names as evidence.

    `own`: the person has a part in it; `stated`: one of the accounts has, and nobody owns that yet.
    """

    program_id: UUID
    id: UUID
    status: ContributionStatus
    visibility: Visibility
    own: bool
    stated: bool


class Used(Struct, frozen=True):
    """A contribution that speaks for another application of the same person."""

    program_id: UUID
    id: UUID


IDENTITIES = Query(
    Identity,
    """
    -- $1 program  $2 applications
    select program_id, id, application_id, provider, subject, handle
      from application_identities
     where program_id = $1 and application_id = any($2)
     order by application_id, id
    """,
)

DELETE_IDENTITIES = Statement(
    """
    -- $1 program  $2 application
    delete from application_identities where program_id = $1 and application_id = $2
    """
)

INSERT_IDENTITY = Statement(
    """
    -- $1 program  $2 id  $3 application  $4 provider  $5 subject  $6 handle
    insert into application_identities (program_id, id, application_id, provider, subject, handle)
    values ($1, $2, $3, $4, $5, $6)
    """
)

EVIDENCE = Query(
    Evidence,
    """
    -- $1 program  $2 applications
    select program_id, id, application_id, position, contribution_program_id, contribution_id,
           draft
      from application_evidence
     where program_id = $1 and application_id = any($2)
     order by application_id, position
    """,
)

SHOWN = Query(
    ShownEvidence,
    """
    -- $1 program  $2 applications
    select e.program_id, e.id, e.application_id, e.position, e.contribution_program_id,
           e.contribution_id, e.draft, g.slug as program, c.type, c.title, c.occurred_on,
           c.date_precision, c.status, c.created_at as recorded_at
      from application_evidence e
      left join contributions c
        on c.program_id = e.contribution_program_id and c.id = e.contribution_id
      left join programs g on g.id = e.contribution_program_id
     where e.program_id = $1 and e.application_id = any($2)
     order by e.application_id, e.position
    """,
)

NAMED = Query(
    Named,
    """
    -- $1 programs  $2 contributions  $3 person (null: nobody)  $4 providers  $5 accounts
    select c.program_id, c.id, c.status, c.visibility,
           exists (select from contribution_participants p
                    where p.program_id = c.program_id and p.contribution_id = c.id
                      and p.person_id = $3) as own,
           exists (select from contribution_participants p
                     join unmatched_identities u
                       on u.program_id = p.program_id and u.id = p.unmatched_id
                     join unnest($4::text[], $5::text[]) as said (provider, account)
                       on said.provider = u.provider and said.account = u.account
                    where p.program_id = c.program_id and p.contribution_id = c.id
                      and p.person_id is null) as stated
      from contributions c
      join unnest($1::uuid[], $2::uuid[]) as w (program_id, id)
        on w.program_id = c.program_id and w.id = c.id
    """,
)

USED = Query(
    Used,
    """
    -- $1 program  $2 person  $3 application (null: a new one)  $4 programs  $5 contributions
    select e.contribution_program_id as program_id, e.contribution_id as id
      from unnest($4::uuid[], $5::uuid[]) as w (program_id, id)
      join application_evidence e
        on e.contribution_program_id = w.program_id and e.contribution_id = w.id
      join applications a on a.program_id = e.program_id and a.id = e.application_id
     where e.program_id = $1 and a.person_id = $2 and a.id is distinct from $3
       and a.status in ('submitted', 'in_vote', 'accepted')
     union
    select m.contribution_program_id, m.contribution_id
      from unnest($4::uuid[], $5::uuid[]) as w (program_id, id)
      join evidence_marks m
        on m.contribution_program_id = w.program_id and m.contribution_id = w.id
     where m.program_id = $1 and m.person_id = $2 and m.application_id is distinct from $3
    """,
)

DELETE_EVIDENCE = Statement(
    """
    -- $1 program  $2 application
    delete from application_evidence where program_id = $1 and application_id = $2
    """
)

INSERT_EVIDENCE = Statement(
    """
    -- $1 program  $2 id  $3 application  $4 position  $5 program of the contribution
    -- $6 contribution  $7 draft
    insert into application_evidence (program_id, id, application_id, position,
                                      contribution_program_id, contribution_id, draft)
    values ($1, $2, $3, $4, $5, $6, $7)
    """
)

RECORD_EVIDENCE = Statement(
    """
    -- $1 program  $2 evidence  $3 program of the contribution  $4 contribution
    update application_evidence set contribution_program_id = $3, contribution_id = $4
     where program_id = $1 and id = $2
    """
)


class Made(Struct, frozen=True):
    """An ambassador whom an application made, and their handle now."""

    id: UUID
    handle: str


HANDLES = Query(
    Made,
    """
    -- $1 program  $2 ambassadors
    select id, handle from ambassadors where program_id = $1 and id = any($2)
    """,
)


async def identities(
    tx: Connection, program_id: UUID, applications: Sequence[UUID]
) -> list[Identity]:
    """What the applicants say to be, in the order given."""
    return await IDENTITIES.all(tx, program_id, applications)


async def replace_identities(
    tx: Connection, program_id: UUID, application_id: UUID, identities: Sequence[Identity]
) -> None:
    """Store other identities for an application than before."""
    await DELETE_IDENTITIES.run(tx, program_id, application_id)
    await INSERT_IDENTITY.many(tx, map(astuple, identities))


async def evidence(
    tx: Connection, program_id: UUID, applications: Sequence[UUID]
) -> list[Evidence]:
    """What speaks for these applications, in the order given."""
    return await EVIDENCE.all(tx, program_id, applications)


async def replace_evidence(
    tx: Connection, program_id: UUID, application_id: UUID, evidence: Sequence[Evidence]
) -> None:
    """Store other evidence for an application than before."""
    await DELETE_EVIDENCE.run(tx, program_id, application_id)
    await INSERT_EVIDENCE.many(tx, map(astuple, evidence))


async def record_evidence(
    tx: Connection, program_id: UUID, evidence_id: UUID, contribution: tuple[UUID, UUID]
) -> None:
    """Note which (program, contribution) a draft has become."""
    await RECORD_EVIDENCE.run(tx, program_id, evidence_id, *contribution)


async def shown(
    tx: Connection, program_id: UUID, applications: Sequence[UUID]
) -> list[ShownEvidence]:
    """What speaks for these applications, in the order given, with what is recorded of it."""
    return await SHOWN.all(tx, program_id, applications)


async def named(
    tx: Connection,
    contributions: Sequence[tuple[UUID, UUID]],
    person_id: UUID | None,
    accounts: Sequence[Account],
) -> list[Named]:
    """Those of these contributions (program, id) that there are, and whether they are theirs."""
    return await NAMED.all(
        tx,
        [program_id for program_id, _ in contributions],
        [contribution_id for _, contribution_id in contributions],
        person_id,
        [one.provider for one in accounts],
        [one.account for one in accounts],
    )


async def used(
    tx: Connection,
    program_id: UUID,
    person_id: UUID,
    application_id: UUID | None,
    contributions: Sequence[tuple[UUID, UUID]],
) -> list[Used]:
    """Those of them that speak for another application of the person, which was not turned down."""
    return await USED.all(
        tx,
        program_id,
        person_id,
        application_id,
        [program_id for program_id, _ in contributions],
        [contribution_id for _, contribution_id in contributions],
    )


async def handles(tx: Connection, program_id: UUID, ambassadors: list[UUID]) -> dict[UUID, str]:
    """The handles of these ambassadors as they are now."""
    if not ambassadors:
        return {}
    return {one.id: one.handle for one in await HANDLES.all(tx, program_id, ambassadors)}
