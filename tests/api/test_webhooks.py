"""GitHub's webhook: only what is signed is believed, each delivery counts once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from domain import connector_turns, programs, sources, tidying
from domain.rules.access import Role
from domain.rules.connectors import GitHubEvent
from domain.rules.sources import Trust
from tests import github
from tests.github import closed, encoded, form, merged, ping, released, repository, reviewed, user
from tests.hooked import URL, hooked
from tests.world import World

DELIVERY = "72d3162e-cc78-11e3-81ab-4c9367dc0958"


def anyone(version: int) -> None:
    """Whatever version there is, it is meant."""


async def test_what_is_merged_counts_for_its_author(world: World) -> None:
    hook = await hooked(world, trust=Trust.TRUSTED)
    answer = await hook.send("pull_request", merged(), DELIVERY)
    assert (answer.status_code, answer.json()) == (
        202,
        {"delivery": DELIVERY, "result": "accepted"},
    )
    assert await hook.contributions() == []
    assert await hook.work() == 1
    (one,) = (await hook.demo.get("/contributions")).json()["items"]
    assert one["title"] == "Let consumers forgive (acme/widgets#7)"
    assert one["occurred_on"] == "2026-03-02"
    assert one["url"] == "https://github.com/acme/widgets/pull/7"
    assert [who["ambassador"] for who in one["participants"]] == ["amara"]
    assert await hook.deliveries() == [("done", False)]
    (entry,) = await world.rows(
        "select actor_id, actor_name, token_id from audit_entries"
        " where action = 'contribution.recorded'"
    )
    assert (entry["actor_name"], entry["token_id"]) == ("source github", None)


async def test_each_kind_comes_to_whom_it_belongs(world: World) -> None:
    hook = await hooked(world)
    for event, payload in (
        ("pull_request", merged()),
        ("pull_request_review", reviewed()),
        ("release", released()),
        ("issues", closed()),
    ):
        assert (await hook.told(event, payload)).startswith("done: It is the contribution ")
    keys = [one["key"] for one in await hook.contributions()]
    assert keys == ["issue-4711-12", "pr-4711-7", "release-4711-333", "review-4711-7-7702233"]
    whose = await world.rows(
        """select c.key, a.handle from contributions c
             join contribution_participants p on p.contribution_id = c.id
             join ambassadors a on a.person_id = p.person_id order by c.key"""
    )
    assert [row["handle"] for row in whose] == ["amara", "amara", "amara", "bruno"]


BAD = {
    "none": None,
    "of another secret": github.signature(encoded(merged()), "another"),
    "of other bytes": github.signature(b"{}"),
    "cut off": github.signature(encoded(merged()))[:-1],
    "of SHA-1": "sha1=" + "0" * 40,
    "in capital letters": github.signature(encoded(merged())).upper(),
    "without its name": github.signature(encoded(merged())).removeprefix("sha256="),
    "no text": "sha256=\xff\xfe",
}


@pytest.mark.parametrize("signature", BAD.values(), ids=BAD)
async def test_what_is_not_signed_well_is_refused(world: World, signature: str | None) -> None:
    await hooked(world)
    body = encoded(merged())
    headers = {k: v for k, v in github.headers("pull_request", body).items() if "256" not in k}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    if signature is not None:
        raw.append((b"X-Hub-Signature-256", signature.encode("latin-1")))
    refused = await world.client.post(URL, content=body, headers=raw)
    assert (refused.status_code, refused.json()["code"]) == (401, "bad_signature")
    assert await world.rows("select from webhook_deliveries") == []


async def test_strangers_do_not_learn_what_there_is(world: World) -> None:
    """Otherwise the answer would tell which programs and sources exist, and of what kind."""
    hook = await hooked(world)
    base = "/v1/programs"
    bodies: set[str] = set()
    for url in (
        URL,
        f"{base}/nowhere/sources/github/webhook",
        f"{base}/demo/sources/nowhere/webhook",
        f"{base}/demo/sources/bot/webhook",
    ):
        answer = await hook.send("pull_request", merged(), url=url, X_Hub_Signature_256="sha256=0")
        assert answer.status_code == 401
        said = answer.json()
        bodies.add(f"{said['code']} {said['title']} {said['detail']} {said['errors']}")
        signed = await hook.send("pull_request", merged(), url=url)
        assert signed.status_code == (202 if url == URL else 401)
    assert len(bodies) == 1


async def test_a_signature_is_looked_at_before_anything_else(world: World) -> None:
    hook = await hooked(world)
    unsigned = {"X_Hub_Signature_256": "sha256=0"}
    for body in (b"", b"no JSON", b"[" * 100_000, b"\xff" * 1000):
        assert (await hook.send("", body, "no id", **unsigned)).status_code == 401
        assert (await hook.send("issues", body)).status_code == 400


async def test_a_source_whose_secret_is_lost_takes_nothing(world: World) -> None:
    hook = await hooked(world)
    await world.rows("update connectors set secret = 'x'")
    assert (await hook.send("pull_request", merged())).status_code == 401
    await world.rows("update connectors set secret = null")
    assert (await hook.send("pull_request", merged())).status_code == 401


@pytest.mark.parametrize(
    ("headers", "parameter"),
    [
        ({"X_GitHub_Delivery": "no id"}, "X-GitHub-Delivery"),
        ({"X_GitHub_Delivery": ""}, "X-GitHub-Delivery"),
        ({"X_GitHub_Event": ""}, "X-GitHub-Event"),
        ({"X_GitHub_Event": "An Event"}, "X-GitHub-Event"),
        ({"X_GitHub_Event": "x" * 101}, "X-GitHub-Event"),
    ],
)
async def test_headers_are_held_to_githubs_contract(
    world: World, headers: dict[str, str], parameter: str
) -> None:
    hook = await hooked(world)
    refused = await hook.send("pull_request", merged(), **headers)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["parameter"] == parameter


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"{}{}",
        b'{"action": 7}',
        b'{"action": "\xff"}',
        b'{"action": "\\ud800"}',
        b'{"repository": {"id": "x"}}',
        b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
async def test_what_is_signed_and_no_payload_is_refused(world: World, body: bytes) -> None:
    hook = await hooked(world)
    refused = await hook.send("pull_request", body)
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid")
    assert await world.rows("select from webhook_deliveries") == []


async def test_a_form_is_read_too(world: World) -> None:
    hook = await hooked(world)
    kind = "application/x-www-form-urlencoded"
    payload = merged(title="Größe & Ähnliches = 100 %")
    said = await hook.told("pull_request", form(payload), Content_Type=kind)
    assert said.startswith("done")
    (one,) = await hook.contributions()
    assert one["title"] == "Größe & Ähnliches = 100 % (acme/widgets#7)"
    for body in (
        b"",
        b"payload=",
        b"other=1",
        b"payload={}&payload={}",
        b"payload=%ff",
        b"\xff",
        b"&".join(b"payload%d=1" % number for number in range(50)),
    ):
        refused = await hook.send("pull_request", body, Content_Type=kind)
        assert refused.status_code == 400, body


async def test_other_media_types_are_refused(world: World) -> None:
    hook = await hooked(world)
    for kind in ("text/plain", "", "multipart/form-data", "application/json; charset=utf-16"):
        refused = await hook.send("pull_request", merged(), Content_Type=kind)
        assert refused.status_code == 415
    zipped = await hook.send("pull_request", merged(), Content_Encoding="gzip")
    assert zipped.status_code == 415


async def test_the_same_delivery_again_does_nothing(world: World) -> None:
    hook = await hooked(world)
    await hook.send("pull_request", merged(), DELIVERY)
    again = await hook.send("pull_request", merged(), DELIVERY)
    assert (again.status_code, again.json()["result"]) == (202, "repeated")
    upper = await hook.send("pull_request", merged(title="Other"), DELIVERY.upper())
    assert upper.json() == {"delivery": DELIVERY, "result": "repeated"}
    assert await hook.work() == 1
    assert (await hook.send("pull_request", merged(), DELIVERY)).json()["result"] == "repeated"
    assert await hook.work() == 0
    (one,) = await hook.contributions()
    assert one["title"] == "Let consumers forgive (acme/widgets#7)"


async def test_two_hooks_that_tell_the_same_record_it_once(world: World) -> None:
    """Of a repository and of its organization, each with ids of its own."""
    hook = await hooked(world)
    for _ in range(2):
        assert (await hook.send("pull_request", merged())).json()["result"] == "accepted"
    rows = await world.rows("delete from jobs returning payload")
    await asyncio.gather(*(hook.worked(row["payload"]) for row in rows))
    assert len(await hook.contributions()) == 1
    assert await hook.deliveries() == [("done", False)] * 2


async def test_done_again_changes_nothing(world: World) -> None:
    hook = await hooked(world)
    await hook.send("pull_request", merged())
    (row,) = await world.rows("delete from jobs returning payload")
    for _ in range(3):
        await hook.worked(row["payload"])
    assert len(await hook.contributions()) == 1
    assert len(await world.rows("select from events where type like 'contribution.%'")) == 1


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("ping", ping()),
        ("star", {"action": "created", "repository": repository(), "sender": user()}),
        ("pull_request", merged() | {"action": "labeled"}),
        ("installation", {"action": "created"}),
        ("something_new", {}),
    ],
)
async def test_events_that_are_no_contribution_are_ignored(
    world: World, event: str, payload: dict[str, Any]
) -> None:
    hook = await hooked(world)
    answer = await hook.send(event, payload, DELIVERY)
    assert (answer.status_code, answer.json()["result"]) == (202, "ignored")
    assert await hook.deliveries() == [("ignored", False)]
    assert await hook.work() == 0
    assert (await hook.send(event, payload, DELIVERY)).json()["result"] == "repeated"


async def test_only_what_the_settings_name_is_recorded(world: World) -> None:
    types = {GitHubEvent.ISSUE_CLOSED: "article"}
    hook = await hooked(world, repositories=("Acme/Widgets",), types=types)
    other = closed() | {"repository": repository("acme/gadgets", id=5)}
    assert await hook.told("issues", other) == (
        "ignored: The source's settings do not name its repository."
    )
    assert await hook.told("pull_request", merged()) == (
        "ignored: The source's settings have no type for pull_request_merged."
    )
    assert await hook.told("issues", closed(user=None)) == (
        "ignored: GitHub does not say who did it; the account may be deleted."
    )
    assert (await hook.told("issues", closed())).startswith("done")
    assert [one["key"] for one in await hook.contributions()] == ["issue-4711-12"]
    assert {body for _, body in await hook.deliveries()} == {False}


async def test_what_is_private_is_not_public(world: World) -> None:
    hook = await hooked(world, trust=Trust.TRUSTED)
    await hook.told("pull_request", merged() | {"repository": repository(private=True)})
    assert (await hook.demo.get("/contributions")).json()["items"] == []
    (one,) = await hook.contributions()
    assert (one["status"], one["visibility"]) == ("accepted", "private")


async def test_whom_nobody_knows_yet_waits_in_the_inbox(world: World) -> None:
    hook = await hooked(world)
    stranger = user(31337, "bo-codes")
    assert (await hook.told("pull_request", merged(user=stranger))).startswith("done")
    rows = await world.rows("select provider, account, status from unmatched_identities")
    assert [tuple(row) for row in rows] == [("github", "31337", "open")]
    made = await hook.demo.post(
        "/ambassadors", {"handle": "bo-ling", "person": {"name": "Bo Ling"}}
    )
    assert made.status_code == 201, made.text
    (person,) = await world.rows("select id from people where name = 'Bo Ling'")
    owner, url = hook.demo.owner.headers, f"/v1/people/{person['id']}/identities"
    claim = {"provider": "github", "subject": "31337", "handle": "bo-codes"}
    claimed = await world.client.post(url, json=claim, headers=owner)
    (waiting,) = await world.rows("select person_id from contribution_participants")
    assert waiting["person_id"] is None
    vouched = await world.client.post(f"{url}/{claimed.json()['id']}/vouch", headers=owner)
    assert vouched.status_code in (200, 201), vouched.text
    (part,) = await world.rows("select person_id from contribution_participants")
    assert part["person_id"] == person["id"]


async def test_a_second_review_moves_nothing(world: World) -> None:
    """Reviewing again and again is one contribution, of the day on which it was first done."""
    hook = await hooked(world, trust=Trust.TRUSTED)
    await hook.told("pull_request_review", reviewed())
    again = reviewed(id=81, submitted_at="2026-03-02T08:00:00Z", state="approved")
    said = await hook.told("pull_request_review", again)
    assert said.startswith("done: It was recorded before, as the contribution ")
    (one,) = await hook.contributions()
    assert (one["occurred_on"].isoformat(), one["version"]) == ("2026-03-01", 1)
    await hook.told("pull_request_review", reviewed(user=user(github.AMARA)))
    await hook.told("pull_request_review", reviewed(user=user(8, "third")))
    assert len(await hook.contributions()) == 2


async def test_what_people_decided_stays(world: World) -> None:
    hook = await hooked(world)
    await hook.told("issues", closed())
    await world.rows("update contributions set status = 'withdrawn'")
    again = closed(closed_at="2026-03-02T10:00:00Z")
    assert (await hook.told("issues", again)).startswith("done: It was recorded before")
    (one,) = await hook.contributions()
    assert one["status"] == "withdrawn"


async def test_what_the_policy_refuses_fails_and_may_be_sent_again(world: World) -> None:
    hook = await hooked(world)
    await hook.send("pull_request", merged(), DELIVERY)
    await world.rows(
        "update connectors set settings = jsonb_set(settings, '{types,pull_request_merged}', $1)",
        "dancing",
    )
    await hook.work()
    assert await hook.deliveries() == [("failed", True)]
    listed = await hook.demo.get("/sources/github/deliveries", who=hook.demo.owner)
    assert listed.json()["items"][0]["result"] == "The policy has no contribution type 'dancing'."
    source = await sources.get(world.call(), "demo", "github")
    assert source.connector is not None
    assert source.connector.error_code == "rejected"
    assert source.connector.error_detail == "The policy has no contribution type 'dancing'."
    await world.rows(
        "update connectors set settings = jsonb_set(settings, '{types,pull_request_merged}', $1)",
        "code",
    )
    again = await hook.send("pull_request", merged(), DELIVERY)
    assert again.json()["result"] == "accepted"
    await hook.work()
    assert await hook.deliveries() == [("done", False)]
    source = await sources.get(world.call(), "demo", "github")
    assert source.connector is not None
    assert (source.connector.error_code, source.connector.last_success_at) == (None, world.now)
    assert (source.connector.created, source.connector.rejected) == (1, 1)


async def test_a_paused_source_waits(world: World) -> None:
    hook = await hooked(world)
    await connector_turns.pause(world.call(), "demo", "github", anyone)
    for number in range(3):
        answer = await hook.send("issues", closed(number=number + 1))
        assert answer.json()["result"] == "accepted"
    assert await hook.work() == 3
    assert await hook.deliveries() == [("waiting", True)] * 3
    assert await hook.contributions() == []
    await connector_turns.resume(world.call(), "demo", "github", anyone)
    assert await hook.work() == 3
    assert await hook.deliveries() == [("done", False)] * 3
    assert len(await hook.contributions()) == 3


async def test_what_is_resumed_while_a_job_gives_up_is_done(world: World) -> None:
    hook = await hooked(world, paused=True)
    await hook.send("issues", closed())
    await world.rows("update jobs set status = 'picked'")
    await connector_turns.resume(world.call(), "demo", "github", anyone)
    rows = await world.rows("delete from jobs where status = 'queued' returning payload")
    assert len(rows) == 1
    await hook.worked(rows[0]["payload"])
    assert len(await hook.contributions()) == 1


async def test_an_archived_program_takes_nothing(world: World) -> None:
    hook = await hooked(world)
    await hook.send("issues", closed())
    await programs.update(world.call(), "demo", programs.Changes(status="archived"), anyone)
    later = await hook.send("issues", closed(number=13))
    assert (later.status_code, later.json()["result"]) == (202, "ignored")
    await hook.work()
    assert await hook.deliveries() == [("ignored", False)] * 2
    assert await hook.contributions() == []


async def test_deliveries_are_listed_without_what_they_say(world: World) -> None:
    hook = await hooked(world)
    sent: list[str] = []
    for number in range(5):
        answer = await hook.send(
            "issues", closed(number=number + 1, title="Nobody else's business")
        )
        sent.append(answer.json()["delivery"])
        world.clock.pass_(seconds=number % 2)
    await hook.send("ping", ping())
    who = hook.demo.owner
    path = "/sources/github/deliveries"
    first = (await hook.demo.get(path, who=who, limit=4)).json()
    second = (await hook.demo.get(path, who=who, limit=4, cursor=first["next"])).json()
    items = [*first["items"], *second["items"]]
    assert second["next"] is None
    assert {one["id"] for one in items} >= set(sent)
    assert len({one["id"] for one in items}) == 6
    moments = [one["received_at"] for one in items]
    assert moments == sorted(moments, reverse=True)
    assert {(one["event"], one["state"]) for one in items} == {
        ("issues", "waiting"),
        ("ping", "ignored"),
    }
    assert "business" not in str(items)
    reader = await world.token(Role.READER, "demo")
    assert (await hook.demo.get(path, who=reader)).status_code == 200
    ambassador = await hook.demo.ambassador("amara")
    assert (await hook.demo.get(path, who=ambassador)).status_code == 403
    assert (await hook.demo.get(path)).status_code == 401
    assert (await hook.demo.get("/sources/nowhere/deliveries", who=who)).status_code == 404


async def test_what_is_old_is_forgotten(world: World) -> None:
    hook = await hooked(world)
    await hook.told("issues", closed())
    await hook.send("ping", ping())
    assert (await hook.told("pull_request", merged(), X_GitHub_Delivery=DELIVERY)).startswith(
        "done"
    )
    await world.rows(
        "update webhook_deliveries set state = 'failed', body = 'x' where delivery_id = $1",
        DELIVERY,
    )
    await connector_turns.pause(world.call(), "demo", "github", anyone)
    await hook.send("issues", closed(number=13))
    await hook.work()
    before = sorted(await hook.deliveries())
    assert before == [("done", False), ("failed", True), ("ignored", False), ("waiting", True)]
    world.clock.now += timedelta(days=7, seconds=-1)
    await tidying.run(world.call())
    assert sorted(await hook.deliveries()) == before
    world.clock.pass_(seconds=1)
    await tidying.run(world.call())
    assert ("failed", False) in await hook.deliveries()
    world.clock.now += timedelta(days=23, seconds=-1)
    await tidying.run(world.call())
    assert len(await hook.deliveries()) == 4
    world.clock.pass_(seconds=1)
    await tidying.run(world.call())
    assert await hook.deliveries() == [("waiting", True)]


async def test_a_source_that_goes_meanwhile_takes_nothing(world: World) -> None:
    hook = await hooked(world)
    await hook.send("issues", closed())
    await sources.delete(world.call(), "demo", "github", anyone)
    assert await hook.work() == 1
    assert await world.rows("select from webhook_deliveries") == []
    assert (await hook.send("issues", closed())).status_code == 401


async def test_a_token_is_no_signature(world: World) -> None:
    hook = await hooked(world)
    body = encoded(merged())
    headers = github.headers("pull_request", body, str(uuid4())) | hook.demo.owner.headers
    assert (await world.client.post(URL, content=body, headers=headers)).status_code == 202
    headers["X-Hub-Signature-256"] = "sha256=0"
    assert (await world.client.post(URL, content=body, headers=headers)).status_code == 401
