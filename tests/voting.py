"""A program whose committee votes on applications, with the committee's tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import httpx

from domain import affiliations, people
from domain.rules.access import Role
from tests.applied import apply
from tests.world import POLICY, Bearer, World

ASYNCAPI: dict[str, Any] = {"percent": 51, "minimum": "P7D", "maximum": "P28D"}
"""AsyncAPI's rules: more than a half, a week at the least, four weeks at the most."""

SECRET: dict[str, Any] = {"ballot": "secret", "close_on_passing": False, "maximum": "P14D"}


def policy(voting: dict[str, Any], **admission: Any) -> dict[str, Any]:
    """A policy by which a committee decides."""
    return POLICY | {"admission": {"mode": "committee", "voting": voting} | admission}


class Committee:
    """One program, its manager and its committee, and an application to vote on."""

    def __init__(
        self, world: World, manager: Bearer, members: Sequence[Bearer], program: str
    ) -> None:
        self.world, self.manager, self.members = world, manager, list(members)
        self.program, self.application = program, ""

    @property
    def base(self) -> str:
        return f"/v1/programs/{self.program}"

    @property
    def one(self) -> str:
        """The path of the application."""
        return f"{self.base}/applications/{self.application}"

    async def apply(self, person_id: UUID | None = None, **fields: Any) -> str:
        """Somebody applies: what is voted on from now on; its id."""
        made = await apply(self.world, person_id, self.program, **fields)
        self.application = str(made.id)
        return self.application

    async def send(
        self, method: str, path: str, who: Bearer | None = None, body: Any = None, **headers: str
    ) -> httpx.Response:
        """A request about the application, by the manager or somebody else."""
        return await self.world.client.request(
            method, self.one + path, json=body, headers=(who or self.manager).headers | headers
        )

    async def get(self, path: str, who: Bearer | None = None) -> Any:
        answer = await self.send("GET", path, who)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def opening(self, **headers: str) -> httpx.Response:
        """A manager opens a vote."""
        headers |= self.manager.headers
        return await self.world.client.post(self.one + "/rounds", headers=headers)

    async def open(self) -> dict[str, Any]:
        """Open a vote; the round."""
        answer = await self.opening()
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def refused(self) -> tuple[int, str]:
        """What is said to a manager who opens a vote."""
        return code(await self.opening())

    async def vote(
        self, who: Bearer | int, choice: str = "for", reason: str | None = None, **headers: str
    ) -> httpx.Response:
        """A vote of a member of the committee (by number), or of somebody else."""
        bearer = self.members[who] if isinstance(who, int) else who
        body = {"choice": choice} | ({"reason": reason} if reason else {})
        return await self.send("PUT", "/votes/mine", bearer, body, **headers)

    async def votes(self, choice: str, *members: int) -> None:
        """These members vote, and it counts."""
        for member in members:
            answer = await self.vote(member, choice)
            assert answer.status_code == 200, answer.text

    async def retract(self, who: Bearer | int, **headers: str) -> httpx.Response:
        bearer = self.members[who] if isinstance(who, int) else who
        return await self.send("DELETE", "/votes/mine", bearer, **headers)

    async def cancel(self, reason: str = "A mistake.", **headers: str) -> httpx.Response:
        return await self.send(
            "POST", "/rounds/current/cancellation", None, {"reason": reason}, **headers
        )

    async def tally(self) -> dict[str, Any]:
        return await self.get("/tally")

    async def counts(self) -> tuple[int | None, int | None, int | None]:
        """For, against, abstaining."""
        found = await self.tally()
        return found["votes_for"], found["votes_against"], found["votes_abstain"]

    async def result(self) -> str | None:
        """How the last vote ended, for whoever looks now."""
        return (await self.tally())["result"]

    async def electors(self) -> list[dict[str, Any]]:
        """The electorate of the last vote."""
        (last, *_) = (await self.get("/rounds"))["items"]
        return (await self.get(f"/rounds/{last['id']}/votes?limit=100"))["items"]

    async def status(self) -> tuple[str, str | None]:
        """The application's status, and what a manager is asked to decide."""
        (row,) = await self.world.rows(
            "select status, decision_needed from applications where id = $1",
            UUID(self.application),
        )
        return row["status"], row["decision_needed"]

    async def told(self, prefix: str = "") -> list[str]:
        """The types of the events, in their order."""
        rows = await self.world.rows(
            "select type from events where starts_with(type, $1) order by seq", prefix
        )
        return [row["type"] for row in rows]

    async def logged(self, prefix: str) -> list[str]:
        """The actions in the audit log, in their order."""
        rows = await self.world.rows(
            "select action from audit_entries where starts_with(action, $1) order by id", prefix
        )
        return [row["action"] for row in rows]


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def member(
    world: World,
    program: str = "demo",
    *,
    name: str | None = None,
    company: str | None = None,
    person_id: UUID | None = None,
) -> Bearer:
    """Another member of the committee; with a name or a company also a person."""
    if person_id is None and (name or company):
        person_id = await people.create(world.call(), people.Changes(name=name or "Bo Ling"))
    if person_id and company:
        call = world.call()
        await affiliations.add(call, person_id, company, valid_from=None, valid_until=None)
    return await world.token(Role.COMMITTEE, program, person_id=person_id)


async def committee(
    world: World,
    count: int = 5,
    voting: dict[str, Any] | None = None,
    *,
    program: str = "demo",
    apply: bool = True,
    **admission: Any,
) -> Committee:
    """A program with so many in its committee, and an application."""
    rules = ASYNCAPI if voting is None else voting
    await world.program(program, policy=policy(rules, **admission))
    members = [await member(world, program) for _ in range(count)]
    made = Committee(world, await world.token(Role.MANAGER, program), members, program)
    if apply:
        await made.apply()
    return made
