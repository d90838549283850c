"""A program whose contributions are reviewed, with reviewers, for tests of reviews."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx
from msgspec import Struct

from domain.rules.access import Role
from tests.counted import counted
from tests.senders import TALK, Senders, senders
from tests.world import POLICY, Bearer, World

TYPES: dict[str, Any] = POLICY["contribution_types"]
TALK_TYPE: dict[str, Any] = TYPES["talk"] | {
    "announceable": True,
    "roles": ["speaker", "host"],
    "metrics": {"attendees": {"name": "Attendees"}},
    "fields": {
        "event": {"name": "Event", "kind": "text"},
        "rating": {"name": "Rating", "kind": "integer"},
    },
}
REVIEWED: dict[str, Any] = {
    "contribution_types": TYPES | {"talk": TALK_TYPE},
    "review": {"decline_reasons": {"not_ours": {"name": "Not about us"}}},
}
DECLINE: dict[str, Any] = {"decision": "decline", "reason": "not_ours"}
DECISIONS: list[dict[str, Any]] = [
    {"decision": "accept"},
    DECLINE,
    {"decision": "return", "note": "Hm."},
]


class Reviewing(Struct, frozen=True):
    """The demo program, two reviewers without a part in anything, and its two ambassadors."""

    demo: Senders
    one: Bearer
    two: Bearer
    amara: Bearer
    bruno: Bearer

    @property
    def world(self) -> World:
        return self.demo.world

    async def submit(self, who: Bearer | None = None, **more: Any) -> dict[str, Any]:
        """A contribution by an ambassador, by hand: by default amara's, who is all its people."""
        own = {key: value for key, value in TALK.items() if key != "participants"}
        body: dict[str, Any] = own | more
        made = await self.demo.post("/contributions", body, who=who or self.amara)
        assert made.status_code == 201, made.text
        return made.json()

    async def twins(self, **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Two of amara's that may be the same: the earlier one is accepted."""
        first = await self.submit()
        accepted = await self.review(first["id"], decision="accept")
        assert accepted.status_code == 200, accepted.text
        body: dict[str, Any] = {"title": "The same address"} | more
        return accepted.json(), await self.submit(**body)

    async def review(
        self, id: str, who: Bearer | None = None, headers: dict[str, str] | None = None, **body: Any
    ) -> httpx.Response:
        path = f"/contributions/{id}/review"
        return await self.demo.post(path, body, who=who or self.one, **(headers or {}))

    async def dispute(self, id: str, who: Bearer | None = None) -> httpx.Response:
        body = {"text": "It was about us."}
        return await self.demo.post(f"/contributions/{id}/dispute", body, who=who or self.amara)

    async def verdict(
        self, id: str, of: str, verdict: str, who: Bearer | None = None
    ) -> httpx.Response:
        body = {"of": of, "verdict": verdict}
        return await self.demo.post(f"/contributions/{id}/verdict", body, who=who or self.one)

    async def patch(
        self, id: str, who: Bearer, headers: dict[str, str] | None = None, **body: Any
    ) -> httpx.Response:
        return await self.world.client.patch(
            f"{self.demo.base}/contributions/{id}",
            json=body,
            headers=who.headers | (headers or {}),
        )

    async def queue(self, who: Bearer | None = None, **query: Any) -> list[dict[str, Any]]:
        path = "/contributions/review-queue"
        answer = await self.demo.get(path, who=who or self.one, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    async def waiting(self, who: Bearer | None = None, **query: Any) -> list[str]:
        return [one["contribution"]["id"] for one in await self.queue(who, **query)]

    async def logged(self, id: str) -> list[tuple[str, UUID | None]]:
        """What was done to a contribution, and by which account."""
        rows = await self.world.rows(
            "select action, actor_id from audit_entries where subject_id = $1 order by id", UUID(id)
        )
        return [(row["action"], row["actor_id"]) for row in rows]

    async def told(self, id: str) -> list[str]:
        """What was announced of a contribution."""
        rows = await self.world.rows(
            "select type from events where subject_id = $1 order by seq", UUID(id)
        )
        return [row["type"] for row in rows]

    async def count_for_tenure(self, id: str, *, finished: bool) -> None:
        """Let a contribution count for a tenure of amara."""
        outcome = "renewed" if finished else None
        await counted(self.world, UUID(id), outcome=outcome)


async def reviewing(world: World, *, trust: str = "untrusted", **policy: Any) -> Reviewing:
    demo = await senders(world, policy=REVIEWED | policy, trust=trust)
    return Reviewing(
        demo,
        await world.token(Role.REVIEWER, "demo"),
        await world.token(Role.REVIEWER, "demo"),
        await demo.ambassador("amara"),
        await demo.ambassador("bruno"),
    )


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def pointers(answer: httpx.Response) -> list[str | None]:
    return [fault["pointer"] for fault in answer.json()["errors"]]
