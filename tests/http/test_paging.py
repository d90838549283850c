"""Lists: every item once, and cursors that belong to one list with one set of filters."""

from __future__ import annotations

import base64
import re
from typing import Annotated, Any

import pytest
from msgspec import Meta

from api.http import paging
from api.http.paging import PageQuery, encode_cursor, place
from api.http.render import next_link
from api.programs import _Place
from domain.errors import Invalid
from tests.world import World


class Filtered(PageQuery, kw_only=True, frozen=True, forbid_unknown_fields=True):
    q: Annotated[str, Meta(max_length=100)] = ""


async def walk(world: World, url: str) -> list[dict[str, Any]]:
    """Follow the Link headers to the end; they and `next` say the same."""
    items: list[dict[str, Any]] = []
    step: str | None = url
    while step is not None:
        answer = await world.client.get(step)
        page = answer.json()
        items += page["items"]
        link = re.fullmatch(r'<(.+)>; rel="next"', answer.headers.get("link", ""))
        assert (link is None) == (page["next"] is None)
        step = link[1] if link else None
        assert step is None or page["next"] in step
    return items


async def test_a_walk_meets_every_item_once_in_order(world: World) -> None:
    slugs = sorted(f"p{n}" for n in range(23))
    for slug in slugs:
        await world.program(slug)
    for limit in (1, 7, 22, 23, 24, 100):
        found = await walk(world, f"/v1/programs?limit={limit}")
        assert [item["slug"] for item in found] == slugs
    assert len((await world.client.get("/v1/programs")).json()["items"]) == 20


async def test_the_next_page_keeps_the_filters(world: World) -> None:
    for slug in ("p1", "p2", "p3", "p4"):
        await world.program(slug)
    token = await world.token()
    for slug in ("p1", "p3", "p4"):
        url = f"/v1/programs/{slug}"
        await world.client.patch(url, json={"status": "archived"}, headers=token.headers)
    found = await walk(world, "/v1/programs?limit=1&status=archived")
    assert [item["slug"] for item in found] == ["p1", "p3", "p4"]


async def test_a_walk_goes_on_behind_what_has_gone(world: World) -> None:
    for slug in ("p1", "p2", "p3"):
        await world.program(slug)
    first = (await world.client.get("/v1/programs?limit=1")).json()
    token = await world.token()
    await world.client.patch("/v1/programs/p1", json={"status": "archived"}, headers=token.headers)
    await world.program("p0")
    rest = await walk(world, f"/v1/programs?cursor={first['next']}")
    assert [item["slug"] for item in rest] == ["p2", "p3"]


@pytest.mark.parametrize("limit", ["0", "101", "-1", "ten", "1e1", ""])
async def test_a_limit_has_bounds(world: World, limit: str) -> None:
    answer = await world.client.get(f"/v1/programs?limit={limit}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == "limit"


async def test_a_cursor_belongs_to_its_list(world: World) -> None:
    for slug in ("p1", "p2"):
        await world.program(slug)
        token = await world.token()
        for reason in ("Once.", "Twice."):
            document = {"texts": {"name": f"{slug} {reason}"}}
            body = {"document": document, "reason": reason}
            url = f"/v1/programs/{slug}/policy"
            await world.client.put(url, json=body, headers=token.headers)
    programs = (await world.client.get("/v1/programs?limit=1")).json()["next"]
    versions = (await world.client.get("/v1/programs/p1/policy/versions?limit=1")).json()["next"]
    good = f"/v1/programs/p1/policy/versions?cursor={versions}&limit=50"
    assert (await world.client.get(good)).status_code == 200
    flipped = ("B" if versions[-3] == "A" else "A") + versions[-2:]
    for url in (
        f"/v1/programs?status=archived&cursor={programs}",
        f"/v1/programs?cursor={versions}",
        f"/v1/programs/p1/policy/versions?cursor={programs}",
        f"/v1/programs/p2/policy/versions?cursor={versions}",
        f"/v1/programs?cursor={programs[:-1]}",
        f"/v1/programs?cursor={programs[:5]}",
        f"/v1/programs?cursor={programs}AAAA",
        f"/v1/programs/p1/policy/versions?cursor={versions[:-3]}{flipped}",
        "/v1/programs?cursor=A",
        "/v1/programs?cursor=nonsense",
        "/v1/programs?cursor=",
        "/v1/programs?cursor=a%2Fb",
        f"/v1/programs?cursor={'A' * 1001}",
    ):
        answer = await world.client.get(url)
        assert answer.status_code == 400, url
        assert answer.json()["errors"][0]["parameter"] == "cursor"


def test_a_cursor_says_nothing_that_was_not_sealed() -> None:
    paging.bind("list_things", {})
    query = Filtered(q="x")
    cursor = encode_cursor(query, _Place(slug="demo"))
    assert place(Filtered(q="x", cursor=cursor, limit=50), _Place) == _Place(slug="demo")
    for position in range(len(cursor)):
        for other in "Aa0_":
            changed = cursor[:position] + other + cursor[position + 1 :]
            padded = [c + "=" * (-len(c) % 4) for c in (cursor, changed)]
            if len({base64.urlsafe_b64decode(text) for text in padded}) == 1:
                continue
            with pytest.raises(Invalid):
                place(Filtered(q="x", cursor=changed), _Place)


def test_a_link_is_safe_whatever_the_query_held() -> None:
    scope = {
        "path": "/v1/things/a b>é",
        "query_string": b'q=%22%3E+x\r\nSet-Cookie:&c%75rsor=OLD&r=">\xff&limit=2',
    }
    link = next_link(scope, "cursor", "NEW")
    assert link.isascii()
    assert link.isprintable()
    assert link == (
        "</v1/things/a%20b%3E%C3%A9?q=%22%3E+x%0D%0ASet-Cookie:&r=%22%3E%FF&limit=2&cursor=NEW>"
        '; rel="next"'
    )
