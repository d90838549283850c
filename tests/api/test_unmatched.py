"""The inbox over HTTP: whose is it?"""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from domain.rules.access import Permission, Role
from tests.people import person
from tests.posting import named, people_of, post
from tests.world import Bearer, World

LIST = "/v1/programs/demo/unmatched"


async def inbox(world: World, bearer: Bearer, query: str = "") -> list[dict[str, Any]]:
    answer = await world.client.get(f"{LIST}{query}", headers=bearer.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def act(world: World, bearer: Bearer, entry: object, what: str, **body: Any) -> Any:
    return await world.client.post(
        f"{LIST}/{entry}/{what}", json=body or None, headers=bearer.headers
    )


async def claim(world: World, bearer: Bearer, whose: UUID, **names: str) -> str:
    answer = await world.client.post(
        f"/v1/people/{whose}/identities",
        json={"provider": "github"} | names,
        headers=bearer.headers,
    )
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


@pytest.fixture
async def owner(world: World) -> Bearer:
    await world.program()
    return await world.token()


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_the_inbox_shows_what_helps_to_decide(world: World, owner: Bearer) -> None:
    amara = await person(world, "Amara Okafor", "demo")
    bo = await person(world, "Bo Li")
    for _ in range(2):
        await post(world, *named("github:7", "email:A@Example.org"))
    await claim(world, owner, bo, subject="7")
    await claim(world, owner, amara, subject="7", handle="amara")
    await claim(world, owner, amara, provider="email", subject="a@example.ORG")
    await claim(world, owner, amara, subject="8", handle="7")
    found = await inbox(world, owner)
    by_name = {one["identity"]: one for one in found}
    shown = by_name["github:7"]
    assert shown["contributions"] == 2
    assert sorted((one["person_id"], one["name"]) for one in shown["claimants"]) == sorted(
        [(str(amara), "Amara Okafor"), (str(bo), "Bo Li")]
    )
    assert (shown["status"], shown["person_id"], shown["created_at"]) == (
        "open",
        None,
        "2026-03-03T12:00:00Z",
    )
    mail = by_name["email:a@example.org"]
    assert [one["person_id"] for one in mail["claimants"]] == [str(amara)]


async def test_claimants_of_other_programs_are_not_told(world: World, owner: Bearer) -> None:
    await world.program("other")
    stranger = await person(world, "Chidi Eze", "other")
    await post(world, *named("github:7"))
    await claim(world, owner, stranger, subject="7")
    manager = await world.token(Role.MANAGER, "demo")
    assert (await inbox(world, manager))[0]["claimants"] == []
    assert len((await inbox(world, owner))[0]["claimants"]) == 1
    # Nor can somebody be assigned whom one may not see.
    entry = (await inbox(world, manager))[0]["id"]
    answer = await act(world, manager, entry, "assignment", person_id=str(stranger))
    assert refused(answer) == (409, "invalid_reference")
    assert answer.json()["errors"][0]["pointer"] == "/person_id"


async def test_the_list_is_filtered_and_paged(world: World, owner: Bearer) -> None:
    await post(world, *named("github:1", "slack:1", "github:2", "github:3"))
    assert [one["provider"] for one in await inbox(world, owner, "?provider=slack")] == ["slack"]
    seen: list[str] = []
    url: str | None = f"{LIST}?limit=1&provider=github"
    while url:
        answer = (await world.client.get(url, headers=owner.headers)).json()
        seen += [one["identity"] for one in answer["items"]]
        url = answer["next"] and f"{LIST}?limit=1&provider=github&cursor={answer['next']}"
    assert sorted(seen) == ["github:1", "github:2", "github:3"]
    entry = (await inbox(world, owner))[0]["id"]
    await act(world, owner, entry, "dismissal", reason="A bot.")
    assert [one["id"] for one in await inbox(world, owner, "?status=dismissed")] == [entry]
    assert len(await inbox(world, owner)) == 3
    assert await inbox(world, owner, "?status=matched") == []


@pytest.mark.parametrize("claims", [None, {"subject": "7"}, {"subject": "7", "handle": "am"}])
@pytest.mark.parametrize("by", ["person_id", "ambassador"])
async def test_a_humans_yes_is_a_vouching(
    world: World, owner: Bearer, claims: dict[str, str] | None, by: str
) -> None:
    amara = await person(world, "Amara Okafor", "demo")
    if claims:
        await claim(world, owner, amara, **claims)
    posted = await post(world, *named("github:7"))
    entry = (await inbox(world, owner))[0]["id"]
    to = {"person_id": str(amara)} if by == "person_id" else {"ambassador": "Amara-Okafor"}
    answer = await act(world, owner, entry, "assignment", **to)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["status"], answer.json()["person_id"]) == ("matched", str(amara))
    assert await people_of(world, posted) == [amara]
    (held,) = await world.rows("select * from identities")
    assert (held["subject"], held["verified_at"]) == ("7", world.now)
    assert held["vouched_by"] == owner.account_id
    again = await act(world, owner, entry, "assignment", **to)
    assert again.json() == answer.json()
    logged = await world.rows("select action from audit_entries order by id")
    assert [row["action"] for row in logged][-3:] == [
        "identity.vouched" if claims else "identity.added",
        "contribution.matched",
        "unmatched_identity.matched",
    ]


async def test_nobody_takes_what_is_verified_for_another(world: World, owner: Bearer) -> None:
    amara, bo = await person(world, "Amara Okafor", "demo"), await person(world, "Bo Li", "demo")
    await post(world, *named("github:@shared", "github:7"))
    shared, seven = sorted(await inbox(world, owner), key=lambda one: one["identity"], reverse=True)
    assert (
        await act(world, owner, seven["id"], "assignment", person_id=str(bo))
    ).status_code == 200
    taken = await act(world, owner, seven["id"], "assignment", person_id=str(amara))
    assert refused(taken) == (409, "identity_matched")
    url = await claim(world, owner, bo, subject="8", handle="Shared")
    await world.rows("update unmatched_identities set status = 'dismissed' where person_id is null")
    await world.client.post(f"{url}/vouch", headers=owner.headers)
    await world.rows("update unmatched_identities set status = 'open' where account = '@shared'")
    taken = await act(world, owner, shared["id"], "assignment", person_id=str(amara))
    assert refused(taken) == (409, "already_exists")
    assert await world.rows("select 1 from identities where person_id = $1", amara) == []


async def test_two_humans_at_once_say_different_things(world: World, owner: Bearer) -> None:
    names = ("Amara Okafor", "Bo Li", "Chidi Eze")
    people = [await person(world, name, "demo") for name in names]
    posted = await post(world, *named("github:7"))
    entry = (await inbox(world, owner))[0]["id"]
    answers = await asyncio.gather(
        *(act(world, owner, entry, "assignment", person_id=str(one)) for one in people)
    )
    assert sorted(one.status_code for one in answers) == [200, 409, 409]
    (winner,) = [one.json()["person_id"] for one in answers if one.status_code == 200]
    assert [str(one) for one in await people_of(world, posted)] == [winner]
    assert len(await world.rows("select 1 from identities")) == 1


async def test_the_vouching_among_a_persons_identities_empties_the_inbox_too(
    world: World, owner: Bearer
) -> None:
    amara = await person(world, "Amara Okafor", "demo")
    posted = await post(world, *named("github:@amara"))
    url = await claim(world, owner, amara, subject="7", handle="Amara")
    assert await people_of(world, posted) == [None]
    await world.client.post(f"{url}/vouch", headers=owner.headers)
    assert await people_of(world, posted) == [amara]
    assert await inbox(world, owner) == []


async def test_a_dismissal_keeps_the_contributions_and_can_be_taken_back(
    world: World, owner: Bearer
) -> None:
    posted = await post(world, *named("github:7"))
    entry = (await inbox(world, owner))[0]["id"]
    gone = await act(world, owner, entry, "dismissal", reason="A bot.")
    shown = gone.json()
    assert (shown["status"], shown["reason"], shown["version"]) == ("dismissed", "A bot.", 2)
    assert (await act(world, owner, entry, "dismissal", reason="A bot.")).json() == shown
    later = await post(world, *named("github:7"))
    assert [await people_of(world, one) for one in (posted, later)] == [[None], [None]]
    assert [one["contributions"] for one in await inbox(world, owner, "?status=dismissed")] == [2]
    back = (await act(world, owner, entry, "reopening")).json()
    assert (back["status"], back["reason"], back["version"]) == ("open", None, 3)
    assert (await act(world, owner, entry, "reopening")).json() == back
    read = await world.client.get(f"{LIST}/{entry}", headers=owner.headers)
    assert read.json() == back
    logged = await world.rows(
        "select action from audit_entries where subject_id = $1 order by id", UUID(entry)
    )
    assert [row["action"] for row in logged] == [
        "unmatched_identity.dismissed",
        "unmatched_identity.reopened",
    ]


async def test_what_is_somebodys_is_neither_dismissed_nor_reopened(
    world: World, owner: Bearer
) -> None:
    amara = await person(world, "Amara Okafor", "demo")
    await post(world, *named("github:7"))
    entry = (await inbox(world, owner))[0]["id"]
    await act(world, owner, entry, "assignment", person_id=str(amara))
    for what, body in (("dismissal", {"reason": "A bot."}), ("reopening", {})):
        answer = await act(world, owner, entry, what, **body)
        assert refused(answer) == (409, "identity_matched")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"x": 1}, 400, "invalid"),
        ({"person_id": str(UUID(int=5))}, 409, "invalid_reference"),
        ({"ambassador": "nobody"}, 409, "invalid_reference"),
        ({"person_id": str(UUID(int=5)), "ambassador": "nobody"}, 400, "invalid"),
    ],
)
async def test_one_person_who_is_there_is_named(
    world: World, owner: Bearer, body: dict[str, Any], status: int, code: str
) -> None:
    await post(world, *named("github:7"))
    entry = (await inbox(world, owner))[0]["id"]
    assert refused(await act(world, owner, entry, "assignment", **body)) == (status, code)


async def test_each_change_honours_if_match(world: World, owner: Bearer) -> None:
    amara = await person(world, "Amara Okafor", "demo")
    await post(world, *named("github:7"))
    entry = (await inbox(world, owner))[0]["id"]
    stale = {"If-Match": '"9.x"'} | owner.headers
    for what, body in (
        ("assignment", {"person_id": str(amara)}),
        ("dismissal", {"reason": "A bot."}),
        ("reopening", None),
    ):
        url = f"{LIST}/{entry}/{what}"
        answer = await world.client.post(url, json=body, headers=stale)
        assert refused(answer) == (412, "version_mismatch")
    (row,) = await world.rows("select status, version from unmatched_identities")
    assert tuple(row) == ("open", 1)


async def test_whoever_assigns_manages_people_and_contributions(
    world: World, owner: Bearer
) -> None:
    amara = await person(world, "Amara Okafor", "demo")
    await post(world, *named("github:7"))
    entry = (await inbox(world, owner))[0]["id"]
    for permission in (Permission.PERSON_MANAGE, Permission.CONTRIBUTION_MANAGE):
        half = await world.token(Role.MANAGER, "demo", permissions=[permission])
        answer = await act(world, half, entry, "assignment", person_id=str(amara))
        assert refused(answer) == (403, "forbidden")
    whole = await world.token(Role.MANAGER, "demo")
    answer = await act(world, whole, entry, "assignment", person_id=str(amara))
    assert answer.status_code == 200


async def test_an_entry_is_found_only_in_its_own_program(world: World, owner: Bearer) -> None:
    await world.program("other")
    await post(world, *named("github:7"))
    entry = (await inbox(world, owner))[0]["id"]
    for url in (f"/v1/programs/other/unmatched/{entry}", f"{LIST}/{UUID(int=5)}"):
        answer = await world.client.get(url, headers=owner.headers)
        assert refused(answer) == (404, "not_found")
        answer = await world.client.post(
            f"{url}/dismissal", json={"reason": "A bot."}, headers=owner.headers
        )
        assert refused(answer) == (404, "not_found")
