"""Statements on applications; the digest of a secret goes in and never comes out."""

from __future__ import annotations

from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from msgspec import Struct
from msgspec.structs import astuple

from domain.rules.candidacies import ApplicationStatus, Candidate, Consent, OutcomeBy
from domain.store.application_parts import (
    Evidence,
    Identity,
    evidence,
    identities,
    record_evidence,
    replace_evidence,
    replace_identities,
)
from domain.store.query import Connection, Query, Statement

__all__ = [
    "Application",
    "Evidence",
    "Identity",
    "Presented",
    "evidence",
    "get",
    "identities",
    "insert",
    "last_declined",
    "lock",
    "open_of",
    "page",
    "presented",
    "record_evidence",
    "replace_evidence",
    "replace_identities",
    "set_capability",
    "set_consent_capability",
    "update",
]


class Application(Struct, frozen=True):
    """A candidacy, by oneself or by a nominator; `program` is the slug.

    `person_id` is None while nobody recorded has a verified identity of it; `submitted_by` is an
    account, `nominator_id` a person. `decision_needed` says why a manager has to decide now.
    """

    program_id: UUID
    id: UUID
    person_id: UUID | None
    status: ApplicationStatus
    profile: Candidate
    handle: str | None
    statement: str | None
    answers: dict[str, Any]
    conduct_version: str | None
    conduct_accepted_at: datetime | None
    submitted_by: UUID | None
    nominator_id: UUID | None
    nominator_name: str | None
    consent: Consent
    consent_at: datetime | None
    policy_version: int
    round: int
    decision_needed: str | None
    outcome_by: OutcomeBy | None
    decided_by: UUID | None
    decided_at: datetime | None
    decided_policy_version: int | None
    decline_reason: str | None
    applicant_note: str | None
    committee_note: str | None
    override_reason: str | None
    ambassador_id: UUID | None
    version: int
    submitted_at: datetime
    updated_at: datetime
    program: str

    @property
    def nominated(self) -> bool:
        """Whether somebody else sent it."""
        named = self.nominator_id is not None or self.nominator_name is not None
        return named or self.consent is not Consent.NOT_NEEDED

    @property
    def claimed(self) -> bool:
        """Whether its person is only who somebody without an account says to be."""
        return self.person_id is not None and self.submitted_by is None and not self.nominated


class Presented(Struct, frozen=True):
    """The application that a secret opens; `nominee` tells the two secrets apart."""

    program_id: UUID
    id: UUID
    nominee: bool


COLUMNS: LiteralString = """
    program_id, id, person_id, status, profile, handle, statement, answers, conduct_version,
    conduct_accepted_at, submitted_by, nominator_id, nominator_name, consent, consent_at,
    policy_version, round, decision_needed, outcome_by, decided_by, decided_at,
    decided_policy_version, decline_reason, applicant_note, committee_note, override_reason,
    ambassador_id, version, submitted_at, updated_at
"""

SELECT: LiteralString = """
    select a.program_id, a.id, a.person_id, a.status, a.profile, a.handle, a.statement, a.answers,
           a.conduct_version, a.conduct_accepted_at, a.submitted_by, a.nominator_id,
           a.nominator_name, a.consent, a.consent_at, a.policy_version, a.round,
           a.decision_needed, a.outcome_by, a.decided_by, a.decided_at, a.decided_policy_version,
           a.decline_reason, a.applicant_note, a.committee_note, a.override_reason,
           a.ambassador_id, a.version, a.submitted_at, a.updated_at, p.slug as program
      from applications a join programs p on p.id = a.program_id
"""

GET = Query(Application, "-- $1 program  $2 id" + SELECT + "where a.program_id = $1 and a.id = $2")

LOCK = Query(
    Application,
    "-- $1 program  $2 id" + SELECT + "where a.program_id = $1 and a.id = $2 for update of a",
)

OPEN_OF = Query(
    Application,
    "-- $1 program  $2 person"
    + SELECT
    + """
     where a.program_id = $1 and a.person_id = $2 and a.status in ('submitted', 'in_vote')
    """,
)

LAST_DECLINED = Query(
    Application,
    "-- $1 program  $2 person"
    + SELECT
    + """
     where a.program_id = $1 and a.person_id = $2 and a.status = 'declined'
     order by a.decided_at desc limit 1
    """,
)

PAGE = Query(
    Application,
    "-- $1 program  $2 account (null: of everybody)  $3 their person  $4 status (null: any)"
    "  $5 the vote closes before (null: no matter)  $6 elector (null: no matter)"
    "  $7 their person  $8 before id (null: from the newest)  $9 limit"
    + SELECT
    + """
     where a.program_id = $1
       and ($2::uuid is null or a.submitted_by = $2 or a.person_id = $3)
       and ($4::text is null or a.status = $4)
       and ($5::timestamptz is null
            or exists (select from vote_rounds r
                        where r.program_id = a.program_id and r.application_id = a.id
                          and r.closed_at is null and r.latest_close < $5))
       and ($6::uuid is null
            or exists (select from vote_rounds r
                         join electors e on e.program_id = r.program_id and e.round_id = r.id
                        where r.program_id = a.program_id and r.application_id = a.id
                          and r.closed_at is null
                          and (e.account_id = $6 or e.person_id = $7)
                          and e.recusal is null and e.choice is null and e.sealed is null))
       and ($8::uuid is null or a.id < $8)
     order by a.id desc
     limit $9
    """,
)

PRESENTED = Query(
    Presented,
    """
    -- $1 digest
    select program_id, id, false as nominee from applications where capability = $1
    union all
    select program_id, id, true from applications where consent_capability = $1
    """,
)

INSERT = Statement(
    "-- in the order of the columns, then $31 the digest of the applicant's secret\n"
    "insert into applications ("
    + COLUMNS
    + """, capability)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
            $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31)
    """
)

UPDATE = Statement(
    "-- in the order of the columns\nupdate applications set ("
    + COLUMNS
    + """) = ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
              $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30)
     where program_id = $1 and id = $2
    """
)

SET_CAPABILITY = Statement(
    """
    -- $1 program  $2 id  $3 digest
    update applications set capability = $3 where program_id = $1 and id = $2
    """
)

SET_CONSENT_CAPABILITY = Statement(
    """
    -- $1 program  $2 id  $3 digest (null: none is good any more)
    update applications set consent_capability = $3 where program_id = $1 and id = $2
    """
)


async def get(tx: Connection, program_id: UUID, application_id: UUID) -> Application | None:
    """The application of a program with this id."""
    return await GET.first(tx, program_id, application_id)


async def lock(tx: Connection, program_id: UUID, application_id: UUID) -> Application | None:
    """The application of a program with this id, locked; before its round, people and others."""
    return await LOCK.first(tx, program_id, application_id)


async def open_of(tx: Connection, program_id: UUID, person_id: UUID) -> Application | None:
    """The undecided application of a person in a program."""
    return await OPEN_OF.first(tx, program_id, person_id)


async def last_declined(tx: Connection, program_id: UUID, person_id: UUID) -> Application | None:
    """The application of a person that was declined last."""
    return await LAST_DECLINED.first(tx, program_id, person_id)


async def page(
    tx: Connection,
    program_id: UUID,
    *,
    account_id: UUID | None,
    person_id: UUID | None,
    status: ApplicationStatus | None,
    closing_before: datetime | None,
    elector: tuple[UUID | None, UUID | None] | None,
    before: UUID | None,
    limit: int,
) -> list[Application]:
    """Applications, newest first; with an account only its own, also its person's.

    `elector` is an account, and its person, who could vote now and has not: one elector stands for
    a person, whichever of their accounts calls.
    """
    unvoted = elector or (None, None)
    return await PAGE.all(
        tx, program_id, account_id, person_id, status, closing_before, *unvoted, before, limit
    )


async def presented(tx: Connection, digest: bytes) -> Presented | None:
    """What the secret opens that was sent."""
    return await PRESENTED.first(tx, digest)


async def insert(tx: Connection, application: Application, capability: bytes) -> None:
    """Store a new application with the digest of its applicant's secret."""
    await INSERT.run(tx, *_columns(application), capability)


async def update(tx: Connection, application: Application) -> None:
    """Store a locked application as it is now, with the version that it has now."""
    await UPDATE.run(tx, *_columns(application))


async def set_capability(
    tx: Connection, program_id: UUID, application_id: UUID, digest: bytes
) -> None:
    """Give an application another secret; the one before is good for nothing."""
    await SET_CAPABILITY.run(tx, program_id, application_id, digest)


async def set_consent_capability(
    tx: Connection, program_id: UUID, application_id: UUID, digest: bytes | None
) -> None:
    """Give the nominee another secret, or take it away."""
    await SET_CONSENT_CAPABILITY.run(tx, program_id, application_id, digest)


def _columns(application: Application) -> tuple[object, ...]:
    return astuple(application)[:-1]
