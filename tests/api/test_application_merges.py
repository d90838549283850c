"""Merges of people who applied, nominated and voted: all of it moves, and exactly it returns."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from domain.rules.access import Role
from domain.rules.candidacies import ApplicationStatus
from domain.rules.contributions import Named
from tests.api.test_merges import merge, undo
from tests.applied import apply, cast, vote_on
from tests.people import person
from tests.posting import post
from tests.world import POLICY, World


async def held(world: World) -> dict[str, set[tuple[Any, ...]]]:
    """Whose everything about applications is, without what counts up."""
    found: dict[str, set[tuple[Any, ...]]] = {}
    for table, columns in {
        "applications": "id, person_id, nominator_id",
        "evidence_marks": "contribution_id, person_id, application_id",
        "electors": "round_id, account_id, person_id, choice",
    }.items():
        rows = await world.rows(f"select {columns} from {table}")
        found[table] = {tuple(row.values()) for row in rows}
    return found


async def mark(world: World, contribution: UUID, person_id: UUID, application: UUID) -> None:
    await world.rows(
        """insert into evidence_marks (program_id, contribution_program_id, contribution_id,
                                       person_id, application_id)
           select program_id, program_id, id, $2, $3 from contributions where id = $1""",
        contribution,
        person_id,
        application,
    )


async def test_what_one_applied_nominated_and_voted_moves_and_returns(world: World) -> None:
    await world.program()
    owner = (await world.token()).headers
    amara, twin = await person(world, "Amara"), await person(world, "Twin")
    bo = await person(world, "Bo")
    own = await apply(world, amara)
    told = await apply(world, twin, status=ApplicationStatus.WITHDRAWN)
    named = await apply(world, bo, nominator_id=twin)
    both = await post(world, Named(person=str(amara)), Named(person=str(twin)))
    alone = await post(world, Named(person=str(twin)))
    await mark(world, both, amara, own.id)
    for what in (both, alone):
        await mark(world, what, twin, told.id)
    first = await world.token(Role.COMMITTEE, "demo", person_id=amara)
    second = await world.token(Role.COMMITTEE, "demo", person_id=twin)
    result = {"closed_at": world.now, "result": "declined"}
    closed = await vote_on(world, named, first, second, **result)
    await cast(world, closed, second, choice="against")
    before = await held(world)

    made = await merge(world, owner, amara, twin)
    assert made.status_code == 201, made.text
    moved = made.json()["moved"]
    assert moved["applications"] == [str(told.id)]
    assert moved["nominations"] == [str(named.id)]
    assert moved["rounds"] == [str(closed)]
    now = await held(world)
    assert {row[1] for row in now["applications"]} == {amara, bo}
    assert {row[2] for row in now["applications"]} == {amara, None}
    assert {row[2] for row in now["electors"]} == {amara}
    # One contribution is evidence for somebody in a program once: the other mark stays.
    assert now["evidence_marks"] == {
        (both, amara, own.id),
        (both, twin, told.id),
        (alone, amara, told.id),
    }
    versions = await world.rows("select id, version from applications")
    assert {row["id"] for row in versions if row["version"] == 2} == {told.id, named.id}

    later = await apply(world, amara, status=ApplicationStatus.WITHDRAWN)
    back = await undo(world, owner, made)
    assert back.status_code == 200, back.text
    after = await held(world)
    assert (later.id, amara, None) in after["applications"]
    after["applications"].discard((later.id, amara, None))
    assert after == before


@pytest.mark.parametrize("status", [ApplicationStatus.SUBMITTED, ApplicationStatus.IN_VOTE])
async def test_two_who_apply_to_one_program_are_not_merged(
    world: World, status: ApplicationStatus
) -> None:
    await world.program()
    await world.program("other")
    owner = (await world.token()).headers
    amara, twin = await person(world, "Amara"), await person(world, "Twin")
    await apply(world, amara)
    doubled = await apply(world, twin, status=status)
    await apply(world, twin, "other")
    refused = await merge(world, owner, amara, twin)
    assert (refused.status_code, refused.json()["code"]) == (409, "both_applied")
    await world.rows("update applications set status = 'withdrawn' where id = $1", doubled.id)
    assert (await merge(world, owner, amara, twin)).status_code == 201


async def test_nobody_gets_two_votes_or_one_on_themselves(world: World) -> None:
    await world.program()
    owner = (await world.token()).headers
    amara, twin = await person(world, "Amara"), await person(world, "Twin")
    bo, ines = await person(world, "Bo"), await person(world, "Ines")
    seats = [await world.token(Role.COMMITTEE, "demo", person_id=one) for one in (amara, twin)]
    application = await apply(world, bo, nominator_id=ines)
    opened = await vote_on(world, application, *seats)
    pairs = [(amara, twin), (amara, bo), (ines, twin)]
    for pair in pairs:
        refused = await merge(world, owner, *pair)
        assert (refused.status_code, refused.json()["code"]) == (409, "both_in_vote")
    await world.rows(
        "update vote_rounds set closed_at = now(), result = 'cancelled' where id = $1", opened
    )
    assert (await merge(world, owner, amara, twin)).status_code == 201


async def test_a_merge_of_before_applications_moved_is_undone(world: World) -> None:
    """What it journaled names no applications."""
    await world.program()
    owner = (await world.token()).headers
    amara, twin = await person(world, "Amara"), await person(world, "Twin")
    made = await merge(world, owner, amara, twin)
    await apply(world, amara)
    await world.rows("update person_merges set moved = moved - 'candidacies'")
    assert (await undo(world, owner, made)).status_code == 200
    (row,) = await world.rows("select person_id from applications")
    assert row["person_id"] == amara


async def test_one_manages_every_program_that_knows_of_an_application(world: World) -> None:
    await world.program("one")
    await world.program("two")
    manager = (await world.token(Role.MANAGER, "one")).headers
    amara, twin = await person(world, "Amara", "one"), await person(world, "Twin")
    await apply(world, twin, "two", status=ApplicationStatus.WITHDRAWN)
    assert (await merge(world, manager, amara, twin)).status_code == 403


async def test_a_merge_while_somebody_applies_leaves_no_application_behind(world: World) -> None:
    """Whichever comes first: no application belongs to a record that was merged away."""
    await world.program(policy=POLICY | {"admission": {"applications": True}})
    owner = (await world.token()).headers
    pairs = [(await person(world, "Amara"), await person(world, "Twin")) for _ in range(5)]
    twins = [await world.token(None, person_id=twin) for _, twin in pairs]
    body = {"profile": {"name": "Twin"}}
    answers = await asyncio.gather(
        *(merge(world, owner, *pair) for pair in pairs),
        *(
            world.client.post("/v1/programs/demo/applications", json=body, headers=one.headers)
            for one in twins
        ),
    )
    assert {answer.status_code for answer in answers[: len(pairs)]} == {201}
    assert {answer.status_code for answer in answers[len(pairs) :]} <= {201, 409}
    left = await world.rows(
        """select 1 from applications a join people p on p.id = a.person_id
            where p.merged_into is not null"""
    )
    assert left == []
