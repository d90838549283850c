"""What the fuzzed service holds: enough that links lead somewhere."""

from __future__ import annotations

import asyncpg
import httpx

from domain.rules import secrets
from tests.world import POLICY

TOKEN = secrets.mint(secrets.TOKEN, bytes(range(24)))


ADMISSION = {
    "applications": True,
    "mode": "committee",
    "anonymous": True,
    "nominations": "anybody",
    "consent": False,
    "published": True,
    # Who confirms what has passed decides, and one vote is enough for that.
    "voting": {"percent": 51, "confirm": True},
}
"""Whoever applies can be voted on and admitted at once."""


BENEFITS: dict[str, object] = {
    "swag_pack": {
        "name": "Swag pack",
        "kind": "swag",
        "offered": ["admission", "event", "manager"],
        "per_tenure": 1000,
        "value": {"amount": "150.00", "currency": "USD"},
        "needs": ["email"],
        "items": {"t-shirt": 1},
    },
    "early_access": {
        "name": "Early access",
        "kind": "access",
        "offered": ["manager"],
        "per_tenure": 1000,
        "approval": True,
    },
    "pass": {
        "name": "Conference pass",
        "kind": "ticket",
        "offered": ["manager"],
        "per_tenure": 1000,
        "codes": True,
    },
}
"""One with a parcel, one that is approved, and one that a code fulfils at once."""

PLACES: list[dict[str, object]] = [
    {"code": "berlin-office", "name": "Berlin office", "kind": "storage"},
    {"code": "paris", "name": "Paris", "kind": "event"},
]
RECEIVED: dict[str, object] = {
    "kind": "received",
    "item": "t-shirt",
    "quantity": 1000,
    "to_place": "berlin-office",
}
"""Places that the contract's own examples name, and something to move between them."""


SOURCES: list[dict[str, object]] = [
    {
        "slug": "sheets",
        "name": "Sheets",
        "connector": {
            "kind": "sheet",
            "columns": {"title": "What", "occurred_on": "When", "ambassador": "Who"},
            "type": "talk",
        },
    },
    {
        # Where it looks there is nothing that may be asked: the answer is at hand.
        "slug": "meetups",
        "name": "Meetups",
        "paused": True,
        "connector": {"kind": "calendar", "url": "http://127.0.0.1/meetups.ics", "type": "talk"},
    },
]
"""One that takes tables, and one that looks by itself."""


async def fill(owner_url: str) -> None:
    """An owner with a token."""
    connection = await asyncpg.connect(owner_url)
    try:
        await connection.execute(
            """with a as (
                   insert into accounts (id, kind, name, version, created_at, updated_at)
                   values (gen_random_uuid(), 'person', 'Fuzzer', 1, now(), now()) returning id),
               r as (
                   insert into role_assignments
                          (id, account_id, role, valid_from, version, updated_at)
                   select gen_random_uuid(), id, 'owner', now(), 1, now() from a)
               insert into tokens
                      (id, account_id, name, digest, hint, created_at, version, updated_at)
               select gen_random_uuid(), id, 'fuzz', $1, $2, now(), 1, now() from a""",
            secrets.digest(TOKEN),
            secrets.hint(TOKEN),
        )
    finally:
        await connection.close()


def populate(base_url: str) -> None:
    """A program with two ambassadors, made over HTTP; the contract's own examples name them.

    It takes applications, and the account that asks is of its committee.
    """
    with httpx.Client(base_url=base_url, headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        me = client.get("/v1/me").json()["account"]["id"]
        policy = POLICY | {"admission": ADMISSION, "benefits": BENEFITS}
        posts = [
            ("/v1/programs", {"slug": "demo", "policy": policy}),
            ("/v1/roles", {"account_id": me, "role": "committee", "program": "demo"}),
            ("/v1/programs/demo/ambassadors", ambassador("amara-okafor", "Amara Okafor")),
            ("/v1/programs/demo/ambassadors", ambassador("jonas-lind", "Jonas Lind")),
            ("/v1/programs/demo/stock/items", {"code": "t-shirt", "name": "T-shirt"}),
            *(("/v1/programs/demo/stock/places", place) for place in PLACES),
            ("/v1/programs/demo/stock/movements", RECEIVED),
            *(("/v1/programs/demo/sources", source) for source in SOURCES),
        ]
        for path, body in posts:
            made = client.post(path, json=body)
            assert made.status_code == 201, made.text


def ambassador(handle: str, name: str) -> dict[str, object]:
    return {"handle": handle, "person": {"name": name, "country": "NG", "topics": ["events"]}}
