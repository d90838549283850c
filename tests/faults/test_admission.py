"""An acceptance whose connection is cut between any two of its statements: all of it, or nothing.

The connection is cut in front of each statement in turn, and once behind the commit, whose answer
never comes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from msgspec.structs import replace

from domain import decisions
from domain.call import Call
from domain.decisions import AlreadyDecided, Decision
from domain.errors import Unavailable
from domain.rules.candidacies import ApplicationStatus
from domain.rules.decisions import DecisionOutcome
from domain.store.applications import Application
from domain.store.database import Database
from tests.applied import vote_on
from tests.candidates import TOLD, candidate
from tests.faults.cutting import Cutter, cutter
from tests.offered import SWAG, WELCOME
from tests.posting import named, post
from tests.tenured import YEARLY
from tests.world import POLICY, World

ACCEPT = Decision(
    DecisionOutcome.ACCEPTED,
    applicant_note="Welcome!",
    override_reason="The committee sleeps.",
    vouched=["github:5501911"],
)


@pytest.fixture
async def cut(database_url: str) -> AsyncIterator[Cutter]:
    async with cutter(database_url) as made:
        yield made


async def waiting(world: World) -> Application:
    """An application that touches all that acceptance does, with an open vote on it."""
    benefits = {"welcome": WELCOME, "swag": SWAG | {"automatic": True, "ever": 5}}
    await world.program(policy=POLICY | {"tenure": YEARLY, "benefits": benefits})
    account = await world.token(None)
    unmatched = await post(world, *named("github:5501911"))
    made = await candidate(
        world,
        identities=[("github", "5501911", "noor"), ("mastodon", None, "noor@example.org")],
        shown=[unmatched],
        told=[TOLD],
        submitted_by=account.account_id,
    )
    await vote_on(world, made, await world.token())
    return made


async def state(world: World) -> dict[str, Any]:
    """All that is stored, as a digest of each table."""
    tables = await world.rows("select relname from pg_stat_user_tables order by relname")
    parts = [
        f"(select md5(string_agg(t::text, '|' order by t::text)) from {row['relname']} t)"
        f' as "{row["relname"]}"'
        for row in tables
    ]
    return dict((await world.rows(f"select {', '.join(parts)}"))[0])


async def attempt(world: World, cut: Cutter, made: Application, **how: Any) -> None:
    """Accept the application through a connection of its own, which is cut as it is said."""
    database = Database()
    cut.arm()
    await database.open(cut.url, size=1)
    try:
        async with database.connection() as raw:
            await raw.execute("select 1")
        call: Call = replace(world.call(), database=database)
        cut.arm(**how)
        await decisions.decide(call, "demo", made.id, ACCEPT, lambda _: None)
    finally:
        cut.arm()
        await database.close(1)


async def test_whenever_the_connection_is_cut_nothing_of_it_is_there(
    world: World, cut: Cutter
) -> None:
    made = await waiting(world)
    before, statements, refused = await state(world), 0, 0
    while True:
        try:
            await attempt(world, cut, made, left=statements)
        except Unavailable:
            refused += 1
            assert await state(world) == before, statements
            statements += 1
        else:
            break
    # Enough that it has cut within everything that an acceptance does.
    assert refused > 80
    await check_accepted(world, made, before)


async def check_accepted(world: World, made: Application, before: dict[str, Any]) -> None:
    """All of it is there, once."""
    (row,) = await world.rows("select * from applications where id = $1", made.id)
    assert (row["status"], row["outcome_by"]) == (ApplicationStatus.ACCEPTED, "override")
    for table, count in {
        "people": 1,
        "identities": 2,
        "affiliations": 1,
        "ambassadors": 1,
        "directory_entries": 1,
        "tenures": 1,
        "contributions": 2,
        "evidence_marks": 2,
        "grants": 2,
    }.items():
        assert len(await world.rows(f"select from {table}")) == count, table
    assert len(await world.rows("select from role_assignments where role = 'ambassador'")) == 1
    (round_,) = await world.rows("select result from vote_rounds")
    assert round_["result"] == "cancelled"
    types = [one["type"] for one in await world.rows("select type from events")]
    for type in (
        "application.accepted",
        "ambassador.joined",
        "tenure.started",
        "vote.cancelled",
        "grant.claimed",
    ):
        assert types.count(type) == 1
    changed = {table for table, digest in (await state(world)).items() if digest != before[table]}
    assert {"accounts", "audit_entries", "unmatched_identities", "application_evidence"} <= changed


async def test_a_commit_whose_answer_is_lost_is_whole_and_decided_once(
    world: World, cut: Cutter
) -> None:
    made = await waiting(world)
    before = await state(world)
    with pytest.raises(Unavailable):
        await attempt(world, cut, made, unanswered=b"commit\0")
    await check_accepted(world, made, before)
    after = await state(world)
    with pytest.raises(AlreadyDecided):
        await attempt(world, cut, made)
    assert await state(world) == after
