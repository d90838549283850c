"""What waits in the inbox comes to whoever has the identity verified."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
import pytest

from domain import identities, imports, matching
from domain.call import transaction
from domain.identities import Draft
from domain.rules.access import Permission
from domain.rules.contributions import MEMBERS_FILE, Named
from tests.counted import counted
from tests.members import AMARA
from tests.people import person
from tests.posting import claim, named, people_of, post
from tests.world import World

MARK, OTHER = b"one", b"two"


def same(version: int) -> None:
    del version


async def vouched(world: World, person_id: UUID, subject: str | None, handle: str | None) -> None:
    draft = Draft("github", subject, handle)
    id = await identities.add(world.call(), person_id, draft)
    await identities.vouch(world.call(), person_id, id, same)


async def one(world: World, contribution_id: UUID) -> dict[str, Any]:
    (row,) = await world.rows("select * from contributions where id = $1", contribution_id)
    return dict(row)


async def place_of(world: World, account: str) -> UUID:
    (row,) = await world.rows("select id from unmatched_identities where account = $1", account)
    return row["id"]


async def suspects(world: World) -> list[tuple[UUID, UUID, str | None]]:
    rows = await world.rows("select contribution_id, other_id, verdict from contribution_suspects")
    return [tuple(row) for row in rows]


@pytest.fixture
async def amara(world: World) -> UUID:
    await world.program()
    return await person(world, "Amara Okafor", "demo")


async def test_each_name_of_an_identity_comes_in_every_program(world: World, amara: UUID) -> None:
    await world.program("other")
    mine = [
        await post(world, *named("github:7")),
        await post(world, *named("github:@AMARA"), slug="other"),
        await post(world, *named("github:@bo", "github:@amara")),
    ]
    strangers = [
        await post(world, *named("github:@7")),
        await post(world, *named("gitlab:7")),
    ]
    await vouched(world, amara, "7", "Amara")
    assert [await people_of(world, each) for each in mine] == [[amara], [amara], [None, amara]]
    assert [await people_of(world, each) for each in strangers] == [[None], [None]]
    rows = await world.rows("select status, person_id from unmatched_identities order by account")
    assert sorted((row["status"], row["person_id"] == amara) for row in rows) == [
        *[("matched", True)] * 3,
        *[("open", False)] * 3,
    ]


async def test_each_change_has_a_version_an_entry_and_an_event(world: World, amara: UUID) -> None:
    alone = await post(world, *named("github:7"))
    world.clock.pass_(days=1)
    await vouched(world, amara, "7", None)
    stored = await one(world, alone)
    assert (stored["matched"], stored["version"], stored["updated_at"]) == (True, 2, world.now)
    (entry,) = await world.rows(
        """select e.action, e.fields, v.before, v.after from audit_entries e
             join audit_values v on v.entry_id = e.id where e.subject_id = $1""",
        alone,
    )
    place = await place_of(world, "7")
    assert entry["action"] == "contribution.matched"
    assert entry["fields"] == ["matched", "participants"]
    assert entry["before"]["participants"] == [{"who": str(place), "role": None, "share": None}]
    assert entry["after"]["participants"] == [{"who": str(amara), "role": None, "share": None}]
    (event,) = await world.rows("select type, data from events where subject_id = $1", alone)
    assert event["type"] == "contribution.matched"
    assert event["data"]["person_ids"] == [str(amara)]
    (entry,) = await world.rows("select action from audit_entries where subject_id = $1", place)
    assert entry["action"] == "unmatched_identity.matched"


async def test_who_has_a_part_already_has_one_part_then(world: World, amara: UUID) -> None:
    both = await post(
        world,
        Named(person=str(amara), role="speaker", share=40),
        Named(identity="github:7", share=30),
        Named(identity="slack:U1", share=30),
    )
    plain = await post(world, Named(identity="github:7"), Named(person=str(amara)))
    await vouched(world, amara, "7", None)
    assert await people_of(world, both) == [amara, None]
    assert await people_of(world, plain) == [amara]
    rows = await world.rows(
        "select share, role from contribution_participants where person_id = $1 order by share",
        amara,
    )
    assert [tuple(row) for row in rows] == [(70, "speaker"), (None, None)]


async def test_what_is_unclear_waits_for_a_human(world: World, amara: UUID) -> None:
    bo = await person(world, "Bo Li", "demo")
    await vouched(world, amara, "7", "shared")
    await vouched(world, bo, "8", "shared")
    unclear = await post(world, *named("github:@shared"))
    chidi = await person(world, "Chidi Eze", "demo")
    await vouched(world, chidi, "9", "shared")
    assert await people_of(world, unclear) == [None]


async def test_a_handle_that_a_verified_identity_takes_comes_too(world: World, amara: UUID) -> None:
    await vouched(world, amara, "7", "before")
    waiting = await post(world, *named("github:@after"))
    (row,) = await world.rows("select id from identities")
    await identities.rename(world.call(), amara, row["id"], "After", same)
    assert await people_of(world, waiting) == [amara]


async def test_a_claim_attaches_nothing(world: World, amara: UUID) -> None:
    waiting = await post(world, *named("github:7"))
    id = await identities.add(world.call(), amara, Draft("github", "7", None))
    await identities.rename(world.call(), amara, id, "amara", same)
    assert await people_of(world, waiting) == [None]


async def test_the_later_of_two_that_may_be_the_same_goes_to_a_reviewer(
    world: World, amara: UUID
) -> None:
    first = await post(world, *named("github:7"))
    second = await post(world, Named(person=str(amara)))
    third = await post(world, *named("github:7"))
    place = await place_of(world, "7")
    await claim(world, place, first, MARK)
    await claim(world, amara, second, MARK)
    await claim(world, place, third, OTHER)
    await vouched(world, amara, "7", None)
    assert await suspects(world) == [(second, first, None)]
    states = [await one(world, each) for each in (first, second, third)]
    assert [(each["status"], each["waiting_for"], each["version"]) for each in states] == [
        ("accepted", None, 2),
        ("pending", "reviewer", 2),
        ("accepted", None, 2),
    ]
    rows = await world.rows(
        "select who, contribution_id from contribution_fingerprints order by fingerprint"
    )
    assert [tuple(row) for row in rows] == [(amara, second), (amara, third)]
    (event,) = await world.rows("select type, data from events where subject_id = $1", second)
    assert (event["type"], event["data"]["status"]) == ("contribution.updated", "pending")


@pytest.mark.parametrize("why", ["decided", "counted", "file", "said"])
async def test_what_somebody_vouches_for_stays_accepted(
    world: World, amara: UUID, why: str
) -> None:
    first = await post(world, Named(person=str(amara)))
    fields: dict[str, Any] = {}
    if why == "decided":
        fields = {"decided_by": UUID(int=1), "decided_at": world.now}
    if why == "file":
        await world.rows(
            """insert into sources (program_id, id, slug, name, trust, version,
                                    created_at, updated_at)
               select id, gen_random_uuid(), $1, 'File', 'trusted', 1, now(), now()
                 from programs""",
            MEMBERS_FILE,
        )
        fields = {"source": MEMBERS_FILE}
    second = await post(world, *named("github:7"), **fields)
    if why == "counted":
        await counted(world, second, handle="amara-okafor")
    if why == "said":
        await world.rows(
            """insert into contribution_suspects
               select program_id, $1, $2, 'distinct', now() from programs g
                 join contributions c on c.program_id = g.id where c.id = $1""",
            second,
            first,
        )
    await claim(world, amara, first, MARK)
    await claim(world, await place_of(world, "7"), second, MARK)
    await vouched(world, amara, "7", None)
    assert await suspects(world) == [(second, first, "distinct" if why == "said" else None)]
    assert (await one(world, second))["status"] == "accepted"
    assert (await one(world, first))["version"] == 1


async def test_more_than_one_batch(
    world: World, amara: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "BATCH", 3)
    posted = [await post(world, *named("github:7")) for _ in range(8)]
    await vouched(world, amara, "7", None)
    assert [await people_of(world, each) for each in posted] == [[amara]] * 8
    rows = await world.rows("select 1 from events where type = 'contribution.matched'")
    assert len(rows) == 8


async def test_what_was_dismissed_is_the_persons_all_the_same(world: World, amara: UUID) -> None:
    waiting = await post(world, *named("github:7"))
    await world.rows("update unmatched_identities set status = 'dismissed', reason = 'A bot.'")
    await vouched(world, amara, "7", None)
    assert await people_of(world, waiting) == [amara]
    (row,) = await world.rows("select status, reason from unmatched_identities")
    assert tuple(row) == ("matched", None)


async def test_only_verified_identities_are_asked_for(world: World, amara: UUID) -> None:
    """An import hands over all that changed."""
    waiting = await post(world, *named("github:7"))
    id = await identities.add(world.call(), amara, Draft("github", "7", None))
    _, held = await identities.get(world.call(), amara, id, Permission.PERSON_READ)
    async with transaction(world.call()) as tx:
        await matching.attach(tx, [held])
        await matching.attach(tx, [msgspec.structs.replace(held, verified_at=world.now)])
    # It is not stored as verified.
    assert await people_of(world, waiting) == [None]


async def test_an_import_brings_what_waited_for_its_people(world: World) -> None:
    await world.program()
    waiting = await post(world, *named("github:900001", "slack:U0AMARA01"))
    day = world.now.date()
    await imports.run(world.call(), "demo", imports.File(AMARA.encode(), "mirror", as_of=day))
    (row,) = await world.rows("select id from people")
    # The file vouches for the id at GitHub; the one at Slack is only claimed by it.
    assert await people_of(world, waiting) == [row["id"], None]
    rows = await world.rows("select provider, status from unmatched_identities order by provider")
    assert [tuple(row) for row in rows] == [("github", "matched"), ("slack", "open")]
