"""The secrets of an application: they open that application, and nothing else."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from api.routes import endpoints
from domain.rules import secrets
from domain.rules.access import Role
from tests.applying import URL, Applicants, applicants, bearer
from tests.authz.examples import EXAMPLES, NOBODY, PATH, Example
from tests.people import person
from tests.world import World

OPENED = {
    "delete_application",
    "get_application",
    "update_application",
    "withdraw_application",
    "replace_consent",
}
"""What a secret opens; every other operation takes it for an unknown token."""


@pytest.fixture
async def demo(world: World) -> Applicants:
    return await applicants(world, nominations="anybody", anonymous=True)


async def both(demo: Applicants) -> tuple[dict[str, Any], list[str]]:
    """An application, and the secrets of its nominator and its nominee."""
    made = await demo.applied(nomination={"name": "A friend"})
    linked = await demo.change("POST", f"{made['id']}/consent-link", demo.manager.secret)
    return made, [made["secret"], linked.json()["secret"]]


async def test_a_secret_opens_nothing_else(world: World, demo: Applicants) -> None:
    await person(world, "Amara Okafor", "demo")
    made, held = await both(demo)
    surprises: list[str] = []
    for endpoint in endpoints():
        if endpoint.operation_id in OPENED:
            continue
        example = EXAMPLES.get(endpoint.operation_id, Example())
        values = {name: PATH.get(name, str(NOBODY)) for name in endpoint.path_types}
        values |= {"application": made["id"]} if "application" in values else {}
        query = f"?{example.query}" if example.query else ""
        body = example.content or (msgspec.json.encode(example.json) if endpoint.body else b"")
        for secret in held:
            headers = bearer(secret) | ({"Content-Type": example.media_type} if body else {})
            answer = await world.client.request(
                endpoint.method,
                endpoint.path.format(**values) + query,
                content=body,
                headers=headers,
            )
            if answer.status_code != 401:
                surprises.append(f"{endpoint.operation_id}: {answer.status_code}")
    assert surprises == []


async def test_a_secret_opens_no_other_application(world: World, demo: Applicants) -> None:
    _, held = await both(demo)
    other = await demo.applied(demo.bo)
    await world.program("junior")
    for secret in held:
        assert (await demo.read(other["id"], secret)).status_code == 404
        for method, path, body in (
            ("PATCH", other["id"], {"statement": "Mine now."}),
            ("POST", f"{other['id']}/withdrawal", None),
            ("PUT", f"{other['id']}/consent", {"agreed": True}),
        ):
            assert (await demo.change(method, path, secret, body)).status_code == 404
    abroad = URL.replace("demo", "junior")
    made = await demo.applied()
    answer = await world.client.get(f"{abroad}/{made['id']}", headers=bearer(made["secret"]))
    assert answer.status_code == 404


@pytest.mark.parametrize("kind", [secrets.APPLICANT, secrets.NOMINEE])
async def test_an_unknown_secret(demo: Applicants, kind: str) -> None:
    made = await demo.applied()
    for secret in (secrets.mint(kind, bytes(24)), f"{kind}_broken", made["secret"][:-1] + "?"):
        refused = await demo.read(made["id"], secret)
        assert refused.status_code == 401
        assert 'error="invalid_token"' in refused.headers["www-authenticate"]
    assert (await demo.world.client.get(f"{URL}/{made['id']}")).status_code == 401


async def test_nothing_private_is_kept_by_a_cache(demo: Applicants) -> None:
    made = await demo.applied()
    read = await demo.read(made["id"], made["secret"])
    assert read.headers["cache-control"].startswith("private")


async def test_who_sees_an_application(world: World, demo: Applicants) -> None:
    made = await demo.applied(demo.bo)
    reader = await world.token(Role.READER, "demo")
    reviewer = await world.token(Role.REVIEWER, "demo")
    stranger = await world.token(None)
    await world.program("junior")
    elsewhere = await world.token(Role.MANAGER, "junior")
    for bearer_ in (demo.bo, demo.manager, demo.committee, reader):
        assert (await demo.read(made["id"], bearer_.secret)).status_code == 200
    for bearer_ in (stranger, reviewer, elsewhere):
        assert (await demo.read(made["id"], bearer_.secret)).status_code == 404


async def test_what_an_applicant_is_told(world: World, demo: Applicants) -> None:
    """Their own words, the state and what was said to them; never what the others say."""
    made = await demo.applied(demo.bo)
    await world.rows(
        """update applications
              set status = 'declined', decided_at = $1, decided_by = $2, outcome_by = 'override',
                  decline_reason = 'too_early', applicant_note = 'Come back in spring.',
                  committee_note = 'Not sure about them.', override_reason = 'They asked.'""",
        world.now,
        demo.manager.account_id,
    )
    hidden = ("committee_note", "override_reason", "decided_by", "outcome_by", "submitted_by")
    for secret in (demo.bo.secret, made["secret"]):
        seen = (await demo.read(made["id"], secret)).json()
        assert (seen["decline_reason"], seen["applicant_note"]) == (
            "too_early",
            "Come back in spring.",
        )
        assert [seen[name] for name in hidden] == [None] * len(hidden)
    told = (await demo.read(made["id"], demo.manager.secret)).json()
    assert told["committee_note"] == "Not sure about them."
    assert told["override_reason"] == "They asked."


async def test_a_member_of_the_committee_who_applies(world: World, demo: Applicants) -> None:
    """Reads of their own application what any applicant reads."""
    member = await world.token(Role.COMMITTEE, "demo", person_id=demo.person_id)
    made = await demo.applied(member)
    await world.rows("update applications set committee_note = 'Hm.'")
    assert (await demo.read(made["id"], member.secret)).json()["committee_note"] is None
    assert (await demo.read(made["id"], demo.committee.secret)).json()["committee_note"] == "Hm."
    (listed,) = (await world.client.get(URL, headers=member.headers)).json()["items"]
    assert listed["committee_note"] is None
