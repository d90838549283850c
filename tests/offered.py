"""Programs with benefits, and what their ambassadors were offered."""

from __future__ import annotations

from typing import Any

import httpx

from tests.tenured import Tenured

WELCOME: dict[str, Any] = {"name": "Welcome call", "kind": "meeting", "offered": ["admission"]}
SWAG: dict[str, Any] = {"name": "Swag pack", "kind": "swag", "offered": ["tenure"]}
GIFT: dict[str, Any] = {"name": "Gift", "kind": "swag", "offered": ["renewal"]}
MEMBER: dict[str, Any] = {
    "name": "Organisation invitation",
    "kind": "membership",
    "offered": ["tenure"],
    "ends_with_tenure": True,
}
BADGE: dict[str, Any] = {"name": "Alumni badge", "kind": "recognition", "offered": ["end"]}
PRIZE: dict[str, Any] = {
    "name": "Prize",
    "kind": "recognition",
    "offered": ["award", "event", "manager"],
    "per_tenure": 2,
}
ALL: dict[str, Any] = {
    "welcome": WELCOME,
    "swag": SWAG,
    "gift": GIFT,
    "member": MEMBER,
    "badge": BADGE,
    "prize": PRIZE,
}


async def granted(demo: Tenured, handle: str = "amara") -> list[tuple[str, str, str]]:
    """What an ambassador was offered, oldest first: benefit, occasion and status."""
    rows = await demo.world.rows(
        """select g.benefit, g.occasion, g.status
             from grants g join ambassadors a on a.program_id = g.program_id
              and a.id = g.ambassador_id join programs p on p.id = g.program_id
            where lower(a.handle) = $1 and p.slug = $2 order by g.id""",
        handle,
        demo.program,
    )
    return [(row["benefit"], row["occasion"], row["status"]) for row in rows]


async def offer(demo: Tenured, benefit: str, handle: str = "amara", **more: Any) -> httpx.Response:
    """Offer one benefit to one ambassador, as a manager does."""
    headers = more.pop("headers", {})
    body = {"ambassador": handle, "benefit": benefit, "occasion": "manager"} | more
    return await demo.post("/grants", body, **headers)


async def put_policy(demo: Tenured, **changes: Any) -> None:
    """Put another version of the policy in force."""
    now = (await demo.get("/policy")).json()
    put = await demo.world.client.put(
        f"{demo.base}/policy",
        json={"document": now["document"] | changes, "reason": "A test."},
        headers=demo.staff.headers,
    )
    assert put.status_code == 200, put.text
