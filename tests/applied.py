"""Builders of applications and of votes on them, below the rules of who may apply."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from domain import programs
from domain.call import transaction
from domain.rules.candidacies import ApplicationStatus, Candidate, Consent
from domain.store import applications as store
from domain.store.applications import Application
from tests.world import Bearer, World


async def apply(
    world: World, person_id: UUID | None, slug: str = "demo", **fields: Any
) -> Application:
    """Store an application of a person, sent from their account, or of nobody known."""
    values: dict[str, Any] = {
        **dict.fromkeys(Application.__struct_fields__),
        "id": uuid7(),
        "person_id": person_id,
        "submitted_by": None if person_id is None else uuid7(),
        "status": ApplicationStatus.SUBMITTED,
        "profile": Candidate("Amara Okafor"),
        "answers": {},
        "consent": Consent.NOT_NEEDED,
        "policy_version": 1,
        "round": 0,
        "version": 1,
        "submitted_at": world.now,
        "updated_at": world.now,
        "program": slug,
        **fields,
    }
    async with transaction(world.call()) as tx:
        program = await programs.find(tx, slug)
        made = Application(**(values | {"program_id": program.id}))
        await store.insert(tx, made, made.id.bytes * 2)
    return made


async def vote_on(world: World, application: Application, *electors: Bearer, **fields: Any) -> UUID:
    """Open a vote on an application; `fields` are more columns of the round."""
    values = {
        "program_id": application.program_id,
        "id": uuid7(),
        "application_id": application.id,
        "number": 1,
        "policy_version": 1,
        "percent": 51,
        "minimum_voters": 1,
        "close_on_passing": False,
        "fail_early": False,
        "confirm": False,
        "ballot": "open",
        "opened_at": world.now,
        "earliest_close": world.now,
        "latest_close": world.now + timedelta(days=28),
        "version": 1,
        "updated_at": world.now,
        **fields,
    }
    names = ", ".join(values)
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    await world.rows(f"insert into vote_rounds ({names}) values ({places})", *values.values())
    await world.rows(
        "update applications set status = 'in_vote', round = 1 where id = $1", application.id
    )
    for elector in electors:
        await world.rows(
            """insert into electors (program_id, round_id, account_id, person_id, version,
                                     updated_at)
               select $1, $2, id, person_id, 1, $4 from accounts where id = $3""",
            application.program_id,
            values["id"],
            elector.account_id,
            world.now,
        )
    return values["id"]


async def cast(world: World, round_id: UUID, elector: Bearer, **fields: Any) -> None:
    """Store what an elector did; `fields` are columns of electors."""
    for name, value in fields.items():
        await world.rows(
            f"update electors set {name} = $1, voted_at = $2"
            " where round_id = $3 and account_id = $4",
            value,
            world.now,
            round_id,
            elector.account_id,
        )


async def comment(world: World, application: Application, author: Bearer, text: str) -> None:
    """Store what a member of the committee says."""
    await world.rows(
        """insert into application_comments (program_id, id, application_id, account_id, text,
                                             version, created_at, updated_at)
           values ($1, $2, $3, $4, $5, 1, $6, $6)""",
        application.program_id,
        uuid7(),
        application.id,
        author.account_id,
        text,
        world.now,
    )
