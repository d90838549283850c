"""Nominations over HTTP, and what nominees say to them."""

from __future__ import annotations

from typing import Any

import pytest

from domain.rules import secrets
from domain.rules.access import Role
from tests.applying import (
    CONDUCT,
    GITHUB,
    Applicants,
    applicants,
    verify,
)
from tests.people import person
from tests.world import World


@pytest.fixture
async def nominated(world: World) -> tuple[Applicants, dict[str, Any]]:
    """Whom an ambassador has nominated, in a program that asks nominees."""
    demo = await applicants(world, nominations="ambassadors", conduct=CONDUCT)
    amara = await person(world, "Amara Okafor", "demo")
    token = await world.token(Role.AMBASSADOR, "demo", person_id=amara)
    return demo, await demo.applied(token, nomination={})


async def link(demo: Applicants, application: str) -> str:
    made = await demo.change("POST", f"{application}/consent-link", demo.manager.secret)
    assert made.status_code == 200, made.text
    return made.json()["secret"]


async def test_a_nominee_agrees(world: World, nominated: tuple[Applicants, dict[str, Any]]) -> None:
    demo, made = nominated
    assert (made["nomination"], made["consent"]) == (True, "asked")
    secret = await link(demo, made["id"])
    assert secrets.well_formed(secret, secrets.NOMINEE)
    assert (await demo.read(made["id"], secret)).status_code == 200
    path = f"{made['id']}/consent"
    short = await demo.change("PUT", path, secret, {"agreed": True})
    assert short.json()["errors"][0]["pointer"] == "/conduct_version"
    for _ in range(2):
        body = {"agreed": True, "conduct_version": "1.4"}
        done = await demo.change("PUT", path, secret, body)
        assert (done.json()["consent"], done.json()["version"]) == ("given", 3)
    assert done.json()["conduct_version"] == "1.4"
    told = await world.rows("select type from events where type like 'application.consent%'")
    assert [row["type"] for row in told] == ["application.consent_given"]


async def test_a_nominee_refuses(
    world: World, nominated: tuple[Applicants, dict[str, Any]]
) -> None:
    demo, made = nominated
    secret = await link(demo, made["id"])
    done = await demo.change("PUT", f"{made['id']}/consent", secret, {"agreed": False})
    assert (done.json()["consent"], done.json()["status"]) == ("refused", "withdrawn")
    again = await demo.change("PUT", f"{made['id']}/consent", secret, {"agreed": True})
    assert again.status_code == 409


async def test_nobody_but_the_nominee_agrees(
    world: World, nominated: tuple[Applicants, dict[str, Any]]
) -> None:
    demo, made = nominated
    body = {"agreed": True, "conduct_version": "1.4"}
    for secret in (made["secret"], demo.manager.secret, demo.bo.secret):
        refused = await demo.change("PUT", f"{made['id']}/consent", secret, body)
        assert refused.status_code == 404
    old, new = await link(demo, made["id"]), await link(demo, made["id"])
    assert (await demo.read(made["id"], old)).status_code == 401
    for method, path, what in (
        ("PATCH", made["id"], {"statement": "Mine."}),
        ("POST", f"{made['id']}/withdrawal", None),
    ):
        assert (await demo.change(method, path, new, what)).status_code == 404


async def test_a_known_nominee_agrees_with_their_account(world: World) -> None:
    demo = await applicants(world, nominations="anybody", mode="open")
    await verify(world, demo.person_id, "github", "5501911")
    amara = await world.token(None, person_id=await person(world, "Amara Okafor"))
    made = await demo.applied(amara, nomination={}, identities=[GITHUB])
    assert made["status"] == "submitted"
    done = await demo.change("PUT", f"{made['id']}/consent", demo.bo.secret, {"agreed": True})
    assert (done.status_code, done.json()["status"]) == (200, "accepted")


async def test_who_may_nominate(world: World) -> None:
    demo = await applicants(world, nominations="ambassadors", anonymous=True)
    assert (await demo.apply(demo.bo, nomination={})).status_code == 403
    assert (await demo.apply(nomination={"name": "Somebody"})).status_code == 401


async def test_a_program_without_nominations(world: World) -> None:
    demo = await applicants(world)
    refused = await demo.apply(demo.bo, nomination={})
    assert (refused.status_code, refused.json()["code"]) == (409, "applications_closed")


async def test_nobody_nominates_themself(world: World) -> None:
    demo = await applicants(world, nominations="anybody", anonymous=True)
    await verify(world, demo.person_id, "github", "5501911")
    refused = await demo.apply(demo.bo, nomination={}, identities=[GITHUB])
    assert refused.json()["errors"][0]["pointer"] == "/nomination"
    nameless = await demo.apply(nomination={})
    assert nameless.json()["errors"][0]["pointer"] == "/nomination/name"
    named = await demo.applied(nomination={"name": "A friend"})
    assert (named["nomination"], named["nominator_name"]) == (True, "A friend")


async def test_a_link_is_for_nominees(world: World) -> None:
    demo = await applicants(world)
    made = await demo.applied(demo.bo)
    refused = await demo.change("POST", f"{made['id']}/consent-link", demo.manager.secret)
    assert (refused.status_code, refused.json()["code"]) == (409, "consent_not_asked")
