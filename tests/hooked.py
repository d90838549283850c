"""A program with a source that GitHub's webhook reaches, for tests of what comes of it."""

from __future__ import annotations

from typing import Any

import httpx
from msgspec import Struct

from domain import sources
from domain.connector_settings import ConnectorDraft
from domain.jobs import JobName
from domain.rules.access import WORKER
from domain.rules.connectors import GitHub, GitHubEvent
from domain.rules.contributions import Visibility
from domain.rules.sources import Trust
from service.worker import WORK
from tests import github
from tests.senders import Senders, senders, verified
from tests.world import POLICY, World

URL = "/v1/programs/demo/sources/github/webhook"

TYPES: dict[str, Any] = POLICY["contribution_types"] | {
    "code": {"name": "Code", "area": "code", "acceptance": "from_trusted_source"},
    "review": {"name": "Review", "area": "code"},
}
ALL = {
    GitHubEvent.ISSUE_CLOSED: "article",
    GitHubEvent.PULL_REQUEST_MERGED: "code",
    GitHubEvent.RELEASE_PUBLISHED: "code",
    GitHubEvent.REVIEW_SUBMITTED: "review",
}


class Hooked(Struct, frozen=True):
    """The `demo` program, its people, and a source `github` that listens."""

    demo: Senders
    world: World

    async def send(
        self,
        event: str,
        payload: object,
        delivery: str | None = None,
        *,
        client: httpx.AsyncClient | None = None,
        url: str = URL,
        **headers: str,
    ) -> httpx.Response:
        """As GitHub does; headers with `_` for `-` are others than its own."""
        body = payload if isinstance(payload, bytes) else github.encoded(payload)
        sent = github.headers(event, body, delivery, **headers)
        return await (client or self.world.client).post(url, content=body, headers=sent)

    async def work(self) -> int:
        """Do what is in the queue, as a worker does; how many jobs that were."""
        rows = await self.world.rows("delete from jobs where entrypoint = 'delivery' returning *")
        for row in rows:
            await self.worked(row["payload"])
        return len(rows)

    async def worked(self, payload: bytes) -> None:
        """Do a job, as a worker does."""
        await WORK[JobName.DELIVERY](self.world.call(WORKER), payload)

    async def told(self, event: str, payload: object, **headers: str) -> str:
        """What came of an event, in words."""
        answer = await self.send(event, payload, **headers)
        assert answer.status_code == 202, answer.text
        await self.work()
        (row,) = await self.world.rows(
            "select state, result from webhook_deliveries where delivery_id = $1",
            answer.json()["delivery"],
        )
        return f"{row['state']}: {row['result']}"

    async def contributions(self) -> list[dict[str, Any]]:
        """All that a source has recorded, in order."""
        rows = await self.world.rows(
            "select * from contributions where source = 'github' order by key"
        )
        return [dict(row) for row in rows]

    async def deliveries(self) -> list[tuple[str, bool]]:
        """Of each delivery whether it is done, and whether its body is there still."""
        rows = await self.world.rows(
            "select state, body from webhook_deliveries order by received_at, delivery_id"
        )
        return [(row["state"], row["body"] is not None) for row in rows]


async def hooked(
    world: World,
    *,
    trust: Trust = Trust.UNTRUSTED,
    repositories: tuple[str, ...] = (),
    types: dict[GitHubEvent, str] | None = None,
    paused: bool = False,
) -> Hooked:
    """Amara's and Bruno's accounts at GitHub are verified."""
    demo = await senders(world, policy={"contribution_types": TYPES})
    await verified(demo, "amara", "github", str(github.AMARA))
    await verified(demo, "bruno", "github", str(github.BRUNO))
    settings = GitHub(types or ALL, repositories, Visibility.PUBLIC)
    connector = ConnectorDraft(settings, github.SECRET, paused=paused)
    draft = sources.Draft("github", "GitHub", trust, connector=connector)
    await sources.create(world.call(), "demo", draft)
    return Hooked(demo, world)
