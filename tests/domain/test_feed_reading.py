"""Feeds as a look reads them: from a server that others run."""

from __future__ import annotations

import asyncio
import time
from datetime import date
from typing import Any

import msgspec
import pytest
from uuid_utils.compat import uuid7

from domain import feed_reading, policies, programs
from domain.call import reading
from domain.rules.connectors import ConnectorKind, ConnectorState, Feed, Read
from domain.rules.contributions import Named
from domain.rules.failures import Failure, LookFailed
from domain.store.connectors import Connector
from tests.feeds_made import item, many, rss
from tests.outside import Answer, Outside, cut_off, fetcher, revalidating
from tests.world import POLICY, World

TODAY = date(2026, 3, 3)


async def look(
    world: World,
    url: str,
    *,
    etag: str | None = None,
    last_modified: str | None = None,
    secret: str | None = None,
    time_zone: str = "UTC",
    **changes: Any,
) -> Read:
    """One look at a feed, by a connector of a new program."""
    slug = f"demo-{uuid7().hex}"
    await world.program(slug, policy=POLICY | {"time_zone": time_zone})
    call = world.call()
    async with reading(call) as tx:
        program = await programs.find(tx, slug)
        policy = await policies.typed(tx, program)
    source_id = uuid7()
    plain = Feed(url, "article", author=Named(ambassador="amara"))
    settings = msgspec.structs.replace(plain, **changes)
    connector = Connector(
        program_id=program.id,
        source_id=source_id,
        kind=ConnectorKind.FEED,
        settings=settings,
        secret=call.vault.seal(secret.encode(), program.id, source_id) if secret else None,
        state=ConnectorState.ACTIVE,
        next_run_at=None,
        last_run_at=None,
        last_success_at=None,
        failures=0,
        error_code=None,
        error_detail=None,
        etag=etag,
        last_modified=last_modified,
        created=0,
        updated=0,
        unchanged=0,
        rejected=0,
    )
    return await feed_reading.read(call, program, policy, settings, connector, TODAY)


async def refusal(world: World, url: str) -> LookFailed:
    with pytest.raises(LookFailed) as raised:
        await look(world, url)
    return raised.value


async def test_a_feed_is_read(world: World, outside: Outside) -> None:
    url = outside.answer(rss(item(), item(guid="2")), etag='"1"', last_modified="today")
    found = await look(world, url)
    assert (found.etag, found.last_modified, found.unchanged) == ('"1"', "today", False)
    first, second = found.found
    assert first.draft is not None
    assert (first.draft.occurred_on, first.draft.url) == (
        "2026-03-02",
        "https://blog.example/forgive",
    )
    assert first.key != second.key


async def test_nothing_new_is_nothing_read(world: World, outside: Outside) -> None:
    url = outside.behave(revalidating(many(3).encode(), '"1"'))
    first = await look(world, url)
    again = await look(world, url, etag=first.etag, last_modified="today")
    assert (len(first.found), len(again.found)) == (3, 0)
    assert (again.unchanged, again.etag, again.last_modified) == (True, '"1"', "today")


async def test_what_waits_for_its_day_is_asked_for_again(world: World, outside: Outside) -> None:
    """Otherwise a server that says `304` on that day would hide it for ever."""
    later = item(guid="2", date="Wed, 04 Mar 2026 09:00:00 GMT")
    url = outside.answer(rss(item(), later), etag='"1"', last_modified="today")
    found = await look(world, url)
    assert [one.draft is not None for one in found.found] == [True, False]
    assert (found.etag, found.last_modified) == (None, None)


async def test_days_begin_in_the_programs_time_zone(world: World, outside: Outside) -> None:
    url = outside.answer(rss(item(date="Mon, 02 Mar 2026 23:30:00 GMT")))
    (found,) = (await look(world, url, time_zone="Africa/Nairobi")).found
    assert found.draft is not None
    assert found.draft.occurred_on == "2026-03-03"


async def test_an_authorization_is_unsealed_and_sent(world: World, outside: Outside) -> None:
    url = outside.answer(rss(item()))
    await look(world, url, secret="Bearer open-sesame")
    assert outside.asked[0].headers["authorization"] == "Bearer open-sesame"


async def test_the_charset_of_the_header_counts(world: World, outside: Outside) -> None:
    body = rss(item("会議の話"), head="<?xml version='1.0'?>").encode("shift_jis")
    url = outside.answer(body, content_type="text/xml; charset=Shift_JIS")
    assert [one.title for one in (await look(world, url)).found] == ["会議の話"]


async def test_links_are_relative_to_where_the_feed_was_found(
    world: World, outside: Outside
) -> None:
    outside.answer(rss(item(link="one")), path="/new/feed.xml")
    url = outside.answer(status=301, location="/new/feed.xml")
    (found,) = (await look(world, url)).found
    assert found.draft is not None
    assert found.draft.url == outside.url("/new/one")


async def test_a_web_page_is_no_feed(world: World, outside: Outside) -> None:
    found = await refusal(world, outside.answer("<!DOCTYPE html><html><p>Hello</html>"))
    assert (found.failure, "no feed" in found.detail) == (Failure.UNREADABLE, True)


async def test_a_bomb_is_refused(world: World, outside: Outside) -> None:
    head = '<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
    found = await refusal(world, outside.answer(rss(item("&b;"), head=head)))
    assert (found.failure, "DOCTYPE" in found.detail) == (Failure.UNREADABLE, True)


async def test_entities_and_declarations_lead_nowhere(world: World, outside: Outside) -> None:
    """What a feed refers to is never fetched: from wherever, it would be asked for by us."""
    trap = outside.answer("<!ENTITY x 'caught'>", path="/trap")
    for head in (
        f'<!DOCTYPE rss SYSTEM "{trap}">',
        f'<?xml-stylesheet href="{trap}"?>',
    ):
        more = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{trap}"/>'
        url = outside.answer(rss(item(more=more + f"<enclosure url='{trap}'/>"), head=head))
        assert len((await look(world, url)).found) == 1
    assert {asked.path for asked in outside.asked} == {"/feed.xml"}


async def test_half_a_feed_is_no_feed(world: World, outside: Outside) -> None:
    url = outside.behave(cut_off(Answer(many(100).encode()), 5000))
    assert (await refusal(world, url)).failure is Failure.CUT_OFF


async def test_a_feed_that_keeps_its_reader_busy_is_given_up(outside: Outside) -> None:
    """Hours, for the parser's regular expressions: nobody else waits for them."""
    author = "a" * 1_000_000
    url = outside.answer(rss(item(author=None, more=f"<author>{author}</author>")))
    page = await fetcher().get(url)
    began, ticks = time.monotonic(), 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.02)
            ticks += 1

    ticking = asyncio.create_task(tick())
    with pytest.raises(LookFailed) as raised:
        await feed_reading.entries(page, seconds=2)
    ticking.cancel()
    assert "takes too long" in raised.value.detail
    assert time.monotonic() - began < 6
    assert ticks > 30


async def test_the_largest_feed_is_read_in_time(world: World, outside: Outside) -> None:
    words = "Many words about brokers. " * 130
    items = [item(guid=f"{n}", summary=words) for n in range(2500)]
    feed = rss(*items)
    assert 8_000_000 < len(feed) < 10_000_000
    assert len((await look(world, outside.answer(feed))).found) == 2000
