"""Whose is it? Names of participants, resolved many at a time."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from domain import ambassadors, identities, merges, participants, people, programs
from domain.call import transaction
from domain.errors import Fault
from domain.rules.contributions import Named
from tests.people import person
from tests.posting import named, post, resolve
from tests.world import World


async def identity(
    world: World, person_id: UUID, provider: str = "github", *, vouched: bool = True, **names: Any
) -> UUID:
    draft = identities.Draft(provider, names.get("subject"), names.get("handle"))
    id = await identities.add(world.call(), person_id, draft)
    if vouched:
        await identities.vouch(world.call(), person_id, id, lambda _: None)
    return id


async def who(world: World, written: str) -> UUID | None:
    """The person to whom an identity leads."""
    ((found),) = (await resolve(world, named(written)))[0].people
    return found.person_id


@pytest.fixture
async def amara(world: World) -> UUID:
    await world.program()
    return await person(world, "Amara Okafor", "demo")


async def test_each_way_of_naming_leads_to_the_person(world: World, amara: UUID) -> None:
    await identity(world, amara, subject="7", handle="Amara")
    await identity(world, amara, "email", handle="Amara@Example.org")
    await identity(world, amara, "email", subject="Okafor@example.org")
    drafts = [
        [Named(ambassador="AMARA-Okafor", role="speaker", share=40)],
        [Named(person=str(amara))],
        *(
            [Named(identity=one)]
            for one in (
                "github:7",
                "github:@AMARA",
                "email:amara@example.ORG",
                "email:okafor@Example.org",
            )
        ),
    ]
    found = await resolve(world, *drafts)
    assert [[one.person_id for one in draft.people] for draft in found] == [[amara]] * 6
    assert (found[0].people[0].role, found[0].people[0].share) == ("speaker", 40)
    assert [(one.faults, one.unmatched) for one in found] == [([], [])] * 6
    assert await world.rows("select 1 from unmatched_identities") == []


async def test_a_handle_leads_to_who_has_it_or_had_it_last(world: World, amara: UUID) -> None:
    bo = await person(world, "Bo Li", "demo")
    await ambassadors.update(
        world.call(), "demo", "amara-okafor", ambassadors.Changes(handle="ama"), lambda _: None
    )
    assert (await resolve(world, [Named(ambassador="Amara-okafor")]))[0].people[
        0
    ].person_id == amara
    await ambassadors.update(
        world.call(), "demo", "bo-li", ambassadors.Changes(handle="amara-okafor"), lambda _: None
    )
    assert (await resolve(world, [Named(ambassador="amara-okafor")]))[0].people[0].person_id == bo


async def test_only_what_is_verified_leads_to_a_person(world: World, amara: UUID) -> None:
    id = await identity(world, amara, subject="7", handle="amara", vouched=False)
    assert await who(world, "github:7") is None
    await identities.vouch(world.call(), amara, id, lambda _: None)
    assert await who(world, "github:7") == amara
    assert await who(world, "github:@amara") == amara
    assert await who(world, "gitlab:7") is None
    # An id that looks like a handle, and a handle that looks like an id, are somebody else's.
    assert await who(world, "github:amara") is None
    assert await who(world, "github:@7") is None


async def test_an_unclear_handle_is_nobodys(world: World, amara: UUID) -> None:
    bo = await person(world, "Bo Li", "demo")
    await identity(world, amara, subject="7", handle="shared")
    await identity(world, bo, subject="8", handle="Shared")
    assert await who(world, "github:@shared") is None
    assert await who(world, "github:8") == bo


async def test_who_was_merged_is_found_and_who_was_erased_is_not(world: World, amara: UUID) -> None:
    twin = await person(world, "Amara O.")
    third = await person(world, "A. Okafor")
    await merges.create(world.call(), twin, third)
    await merges.create(world.call(), amara, twin)
    found = (await resolve(world, [Named(person=str(third))]))[0]
    assert [one.person_id for one in found.people] == [amara]
    await world.rows("update people set erased_at = now() where id = $1", amara)
    found = await resolve(world, [Named(person=str(third))], [Named(ambassador="amara-okafor")])
    assert [one.faults[0].pointer for one in found] == [
        "/participants/0/person",
        "/participants/0/ambassador",
    ]


async def test_each_fault_points_at_its_name(world: World, amara: UUID) -> None:
    (found,) = await resolve(
        world,
        [
            Named(person=str(uuid4())),
            Named(person="nobody"),
            Named(ambassador="nobody"),
            Named(identity="github"),
            Named(),
            Named(person=str(amara), ambassador="amara-okafor"),
        ],
    )
    assert [(one.code, one.pointer) for one in found.faults] == [
        ("invalid_reference", "/participants/0/person"),
        ("invalid_reference", "/participants/1/person"),
        ("invalid_reference", "/participants/2/ambassador"),
        ("identity", "/participants/3/identity"),
        ("participant", "/participants/4"),
        ("participant", "/participants/5"),
    ]
    assert found.people == []


async def test_the_same_participant_twice_is_a_fault_at_the_second(
    world: World, amara: UUID
) -> None:
    await identity(world, amara, subject="7")
    twice = await resolve(
        world,
        [Named(ambassador="amara-okafor"), Named(identity="github:7")],
        named("github:@Bo", "slack:U1", "github:@bo"),
        named("github:8", "github:@bo"),
    )
    fault = [
        Fault("duplicate", "The same participant is named twice.", f"/participants/{n}")
        for n in (1, 2)
    ]
    assert [one.faults for one in twice] == [[fault[0]], [fault[1]], []]


async def test_what_is_faulty_leaves_nothing_in_the_inbox(world: World, amara: UUID) -> None:
    del amara
    faulty = [Named(identity="github:9"), Named(ambassador="nobody")]
    await resolve(world, faulty, named("github:10"))
    rows = await world.rows("select account from unmatched_identities")
    assert [row["account"] for row in rows] == ["10"]


async def test_an_unknown_identity_has_one_place_in_each_inbox(world: World, amara: UUID) -> None:
    await world.program("other")
    found = await resolve(world, named("github:@Bo", "slack:U1"), named("github:@bO"))
    first, second = found
    assert first.unmatched == ["github:@Bo", "slack:U1"]
    assert [one.person_id for one in first.people] == [None, None]
    again = (await resolve(world, [Named(person=str(amara)), *named("github:@bo")]))[0]
    assert again.people[1].unmatched_id == first.people[0].unmatched_id
    assert second.people == [first.people[0]]
    assert again.unmatched == ["github:@bo"]
    other = (await resolve(world, named("github:@bo"), slug="other"))[0]
    assert other.people[0].unmatched_id != first.people[0].unmatched_id
    rows = await world.rows("select provider, account, status from unmatched_identities")
    assert sorted(tuple(row) for row in rows) == [
        ("github", "@bo", "open"),
        ("github", "@bo", "open"),
        ("slack", "U1", "open"),
    ]


async def test_a_match_that_nobody_vouches_for_any_more_is_open_again(
    world: World, amara: UUID
) -> None:
    await post(world, *named("github:7"))
    id = await identity(world, amara, subject="7")
    assert await status(world) == ("matched", amara, 2)
    await identities.retract(world.call(), amara, id, lambda _: None)
    assert await status(world) == ("matched", amara, 2)
    assert await who(world, "github:7") is None
    assert await status(world) == ("open", None, 3)
    assert await who(world, "github:7") is None
    assert await status(world) == ("open", None, 3)


async def status(world: World) -> tuple[Any, ...]:
    (row,) = await world.rows("select status, person_id, version from unmatched_identities")
    return tuple(row)


async def test_thousands_take_as_many_statements_as_one(world: World, amara: UUID) -> None:
    await identity(world, amara, subject="7")
    known = [Named(ambassador="amara-okafor"), Named(identity="github:7"), Named(person=str(amara))]
    drafts = [[known[n % 3], Named(identity=f"slack:U{n}")] for n in range(2000)]

    async def count(drafts: list[list[Named]]) -> int:
        ran: list[str] = []
        async with transaction(world.call()) as tx:
            program = await programs.find(tx, "demo")
            with tx.raw.query_logger(lambda record: ran.append(record.query)):
                found = await participants.resolve(tx, program, drafts)
        assert {one.people[0].person_id for one in found} == {amara}
        assert len({one.people[1].unmatched_id for one in found}) == len(drafts)
        return len(ran)

    assert await count(drafts[:3]) == 5
    assert await count(drafts) == 5
    assert await count([[Named(person=str(amara)), Named(identity="slack:U1")]]) == 4


async def test_nothing_is_asked_for_nobody(world: World, amara: UUID) -> None:
    del amara
    assert await resolve(world) == []
    assert await resolve(world, []) == [participants.Resolved([], [], [])]


async def test_a_new_profile_is_found_in_its_own_transaction(world: World) -> None:
    await world.program()
    async with transaction(world.call()) as tx:
        new = await people.add(tx, people.Changes(name="Chidi Eze"))
        program = await programs.find(tx, "demo")
        (found,) = await participants.resolve(tx, program, [[Named(person=str(new.id))]])
    assert found.people[0].person_id == new.id
