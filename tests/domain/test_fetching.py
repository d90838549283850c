"""Fetching from servers that answer, and from those that lie, dawdle and lead astray."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import Sequence
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from domain.fetching import PUBLIC_ONLY, Fetcher, FetchFailed, Limits
from domain.rules.failures import Failure
from tests.authorities import Authority
from tests.outside import (
    LOOPBACK,
    Answer,
    Behaviour,
    Outside,
    bomb,
    cut_off,
    drip,
    endless,
    fetcher,
    never,
    raw,
    revalidating,
    serving,
)


class Names:
    """A resolver whose answers a test writes: for each look-up the next one, the last for ever."""

    def __init__(self, **known: Sequence[Sequence[str]]) -> None:
        self._known = {name.replace("_", "."): list(turns) for name, turns in known.items()}
        self.asked: list[str] = []

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        if host[0].isdigit() or ":" in host:
            return [host]
        turns = self._known.get(host)
        if turns is None:
            raise OSError("no such name")
        return turns.pop(0) if len(turns) > 1 else turns[0]


async def failure(url: str, using: Fetcher | None = None) -> FetchFailed:
    with pytest.raises(FetchFailed) as raised:
        await (using or fetcher()).get(url)
    return raised.value


async def test_a_page_comes_with_what_it_is(outside: Outside) -> None:
    url = outside.answer(
        "<rss/>",
        content_type='Text/XML; Charset="ISO-8859-1"',
        etag='"one"',
        last_modified="Tue, 03 Mar 2026 12:00:00 GMT",
    )
    page = await fetcher().get(url)
    assert (page.status, page.body, page.url) == (200, b"<rss/>", url)
    assert (page.content_type, page.charset) == ("text/xml", "iso-8859-1")
    assert (page.etag, page.last_modified) == ('"one"', "Tue, 03 Mar 2026 12:00:00 GMT")
    (asked,) = outside.asked
    assert asked.headers["user-agent"].startswith("Chancery/")
    assert asked.headers["host"] == outside.origin.removeprefix("http://")
    assert "cookie" not in asked.headers
    assert "authorization" not in asked.headers


async def test_what_is_unchanged_is_not_sent_again(outside: Outside) -> None:
    url = outside.behave(revalidating(b"<rss/>", 'W/"7"'))
    first = await fetcher().get(url)
    again = await fetcher().get(url, etag=first.etag, last_modified="yesterday")
    assert not first.unchanged
    assert again.unchanged
    assert (again.body, again.etag) == (b"", 'W/"7"')
    assert outside.asked[1].headers["if-modified-since"] == "yesterday"


async def test_a_304_that_nobody_asked_for_is_no_page(outside: Outside) -> None:
    assert (await failure(outside.answer(status=304))).failure is Failure.STATUS


async def test_a_validator_that_cannot_be_sent_back_is_none(outside: Outside) -> None:
    page = await fetcher().get(outside.answer("x", etag='"\xfc"', last_modified="x" * 501))
    assert (page.etag, page.last_modified) == (None, None)


async def test_compressed_answers_are_read(outside: Outside) -> None:
    url = outside.answer(gzip.compress(b"<rss/>"), content_encoding="gzip")
    assert (await fetcher().get(url)).body == b"<rss/>"
    assert outside.asked[0].headers["accept-encoding"] == "gzip, deflate"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "feed.xml",
        "//example.org/",
        "ftp://example.org/feed",
        "file:///etc/passwd",
        "gopher://127.0.0.1:11211/_stats",
        "http://",
        "http://exa mple.org/",
        "http://[::1/",
        "https://ada:secret@example.org/",
    ],
)
async def test_only_addresses_of_the_web_are_fetched(url: str) -> None:
    found = await failure(url)
    assert found.failure is Failure.ADDRESS
    assert "secret" not in found.detail


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "localhost",
        "169.254.169.254",
        "10.0.0.1",
    ],
)
async def test_nothing_inside_is_reached(outside: Outside, host: str) -> None:
    outside.answer("secret")
    port = outside.origin.rpartition(":")[2]
    found = await failure(f"http://{host}:{port}/feed.xml", PUBLIC_ONLY)
    assert found.failure is Failure.NOT_PUBLIC
    assert outside.connections == 0


async def test_an_opened_range_is_reached_in_every_writing(outside: Outside) -> None:
    outside.answer("inside")
    port = outside.origin.rpartition(":")[2]
    for host in ("127.0.0.1", "2130706433", "[::ffff:127.0.0.1]"):
        page = await fetcher().get(f"http://{host}:{port}/feed.xml")
        assert page.body == b"inside"
    elsewhere = Fetcher([ip_network("10.0.0.0/8")])
    assert (await failure(outside.url(), elsewhere)).failure is Failure.NOT_PUBLIC


async def test_a_name_means_what_it_meant_when_it_was_checked(outside: Outside) -> None:
    """Public on the first look-up, private on the second: there is no second."""
    outside.answer("secret")
    port = outside.origin.rpartition(":")[2]
    names = Names(rebinding_example=[["192.0.2.1"], ["127.0.0.1"]])
    # This range is nobody's, so that no stranger is asked; here it stands for what is public.
    public, limits = [ip_network("192.0.2.0/24")], Limits(seconds=2, connect_seconds=0.3)
    using = Fetcher(public, limits, resolve=names.resolve)
    found = await failure(f"http://rebinding.example:{port}/feed.xml", using)
    assert found.failure in (Failure.NO_ANSWER, Failure.TIMEOUT)
    assert names.asked == ["rebinding.example"]
    assert outside.connections == 0
    again = await failure(f"http://rebinding.example:{port}/feed.xml", using)
    assert again.failure is Failure.NOT_PUBLIC
    assert outside.connections == 0


async def test_one_private_address_among_others_is_enough_to_stay_away(outside: Outside) -> None:
    names = Names(mixed_example=[["1.1.1.1", "127.0.0.1"]])
    found = await failure("http://mixed.example/", Fetcher(resolve=names.resolve))
    assert found.failure is Failure.NOT_PUBLIC
    assert "127" not in found.detail


async def test_the_next_address_is_tried_when_one_takes_no_connection(outside: Outside) -> None:
    outside.answer("here")
    port = outside.origin.rpartition(":")[2]
    names = Names(two_example=[["127.9.9.9", "127.0.0.1"]])
    using = Fetcher(LOOPBACK, Limits(seconds=5), resolve=names.resolve)
    assert (await using.get(f"http://two.example:{port}/feed.xml")).body == b"here"
    assert outside.asked[0].headers["host"] == f"two.example:{port}"


@pytest.mark.parametrize("host", ["nowhere.example", "x" * 70 + ".example", "a" * 300])
async def test_a_name_that_nobody_has(host: str) -> None:
    names = Names()
    found = await failure(f"http://{host}/", Fetcher(resolve=names.resolve))
    assert found.failure is Failure.NAME
    assert len(found.detail) < 400


async def test_a_redirect_is_followed_to_a_page(outside: Outside) -> None:
    page = outside.answer("<rss/>", path="/new/feed.xml")
    start = outside.answer(status=301, path="/feed.xml", location="new/feed.xml#top")
    found = await fetcher().get(start, etag='"x"')
    assert (found.body, found.url) == (b"<rss/>", page)
    assert [asked.headers["if-none-match"] for asked in outside.asked] == ['"x"', '"x"']


async def test_each_redirect_is_checked_anew(outside: Outside) -> None:
    """From an address that is allowed to one that is not."""
    port = outside.origin.rpartition(":")[2]
    names = Names(public_example=[["127.0.0.1"]], inside_example=[["127.0.0.2"]])
    using = Fetcher([ip_network("127.0.0.1/32")], resolve=names.resolve)
    for target in (
        f"http://inside.example:{port}/secret",
        f"http://127.0.0.2:{port}/secret",
        "http://169.254.169.254/latest/meta-data",
        f"http://[::ffff:127.0.0.2]:{port}/secret",
    ):
        outside.answer(status=302, path="/start", location=target)
        found = await failure(f"http://public.example:{port}/start", using)
        assert found.failure is Failure.NOT_PUBLIC
    assert {asked.path for asked in outside.asked} == {"/start"}


async def test_a_name_that_moves_inside_between_redirects_is_not_followed(
    outside: Outside,
) -> None:
    port = outside.origin.rpartition(":")[2]
    names = Names(moving_example=[["127.0.0.1"], ["127.0.0.2"]])
    using = Fetcher([ip_network("127.0.0.1/32")], resolve=names.resolve)
    outside.answer(status=307, path="/start", location="/secret")
    outside.answer("secret", path="/secret")
    found = await failure(f"http://moving.example:{port}/start", using)
    assert found.failure is Failure.NOT_PUBLIC
    assert [asked.path for asked in outside.asked] == ["/start"]


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://example.org/", "http://ada:secret@example.org/"]
)
async def test_a_redirect_to_what_is_no_page(outside: Outside, target: str) -> None:
    found = await failure(outside.answer(status=302, location=target))
    assert found.failure is Failure.ADDRESS
    assert "secret" not in found.detail


async def test_redirects_in_a_circle(outside: Outside) -> None:
    outside.answer(status=302, path="/a", location="/b")
    outside.answer(status=302, path="/b", location="/a#again")
    found = await failure(outside.url("/a"))
    assert (found.failure, "circle" in found.detail) == (Failure.REDIRECTS, True)
    assert len(outside.asked) == 2


async def test_five_redirects_and_no_more(outside: Outside) -> None:
    for step in range(6):
        outside.answer(status=308, path=f"/{step}", location=f"/{step + 1}")
    outside.answer("there", path="/6")
    assert (await fetcher().get(outside.url("/1"))).body == b"there"
    assert (await failure(outside.url("/0"))).failure is Failure.REDIRECTS


async def test_a_redirect_without_a_target_is_no_page(outside: Outside) -> None:
    assert (await failure(outside.answer(status=302))).failure is Failure.STATUS


async def test_an_authorization_stays_with_its_origin(outside: Outside) -> None:
    async with serving() as other:
        other.answer("<rss/>", path="/there")
        outside.answer(status=302, path="/here", location=other.url("/there"))
        outside.answer(status=302, path="/start", location="/here")
        await fetcher().get(outside.url("/start"), authorization="Bearer secret")
    assert [one.headers.get("authorization") for one in outside.asked] == ["Bearer secret"] * 2
    assert "authorization" not in other.asked[0].headers


async def test_a_name_is_judged_by_its_certificate_at_the_checked_address(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    names = Names(feeds_example=[["127.0.0.1"]], other_example=[["127.0.0.1"]])

    def using(trusting: bool = True) -> Fetcher:
        trust = authority.trust if trusting else None
        return Fetcher(LOOPBACK, Limits(seconds=5), resolve=names.resolve, trust=trust)

    async with serving(authority.serve("feeds.example")) as server:
        server.answer("<rss/>")
        port = server.origin.rpartition(":")[2]
        page = await using().get(f"https://feeds.example:{port}/feed.xml")
        assert page.body == b"<rss/>"
        assert server.asked[0].headers["host"] == f"feeds.example:{port}"
        other = await failure(f"https://other.example:{port}/feed.xml", using())
        assert other.failure is Failure.TLS
        bare = await failure(f"https://127.0.0.1:{port}/feed.xml", using())
        assert bare.failure in (Failure.TLS, Failure.NAME)
        stranger = await failure(f"https://feeds.example:{port}/feed.xml", using(trusting=False))
        assert stranger.failure is Failure.TLS
        assert len(server.asked) == 1


async def test_https_never_becomes_http(tmp_path: Path, outside: Outside) -> None:
    authority = Authority(tmp_path)
    names = Names(feeds_example=[["127.0.0.1"]])
    using = Fetcher(LOOPBACK, Limits(seconds=5), resolve=names.resolve, trust=authority.trust)
    async with serving(authority.serve("feeds.example")) as server:
        server.answer(status=301, location=outside.answer("<rss/>"))
        port = server.origin.rpartition(":")[2]
        found = await failure(f"https://feeds.example:{port}/feed.xml", using)
    assert (found.failure, "https to http" in found.detail) == (Failure.REDIRECTS, True)
    assert outside.connections == 0


async def test_https_where_there_is_none(outside: Outside) -> None:
    found = await failure(outside.url().replace("http:", "https:"))
    assert found.failure is Failure.TLS


@pytest.mark.parametrize(
    "behaviour",
    [
        never(),
        drip(Answer(b"x" * 1000)),
        drip(Answer(b"x", headers={"X-Long": "y" * 1000})),
        endless(b"X-More: header\r\n", head=b"HTTP/1.1 200 OK\r\n"),
        endless(b"HTTP/1.1 100 Continue\r\n\r\n", head=b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["silence", "drip", "drip of headers", "endless headers", "endless continue"],
)
async def test_nobody_holds_us_up(outside: Outside, behaviour: Behaviour) -> None:
    began = time.monotonic()
    found = await failure(outside.behave(behaviour), fetcher(seconds=0.5))
    assert found.failure in (Failure.TIMEOUT, Failure.NO_ANSWER)
    assert time.monotonic() - began < 3


async def test_the_time_counts_for_all_redirects_together(outside: Outside) -> None:
    for step in range(5):
        moved = Answer(b"", 302, {"Location": f"/{step + 1}"})
        outside.behave(drip(moved, every=0.003), f"/{step}")
    assert (await failure(outside.url("/0"), fetcher(seconds=0.4))).failure is Failure.TIMEOUT


async def test_a_name_that_takes_for_ever() -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        await asyncio.sleep(3600)
        return []

    found = await failure(
        "http://slow.example/", Fetcher(limits=Limits(seconds=0.2), resolve=resolve)
    )
    assert found.failure is Failure.TIMEOUT


@pytest.mark.parametrize(
    "behaviour",
    [
        Answer(b"x" * 50_000_000),
        endless(),
        Answer(bomb(), headers={"Content-Encoding": "gzip"}),
        endless(
            b"1000\r\n" + b"x" * 4096 + b"\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        ),
    ],
    ids=["50 MB", "endless", "bomb", "endless chunks"],
)
async def test_too_much_is_not_read(outside: Outside, behaviour: Answer | Behaviour) -> None:
    found = await failure(outside.behave(behaviour), fetcher(seconds=20))
    assert (found.failure, "10 MiB" in found.detail) == (Failure.TOO_LARGE, True)


@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [
        (cut_off(Answer(b"x" * 1000), 500), Failure.CUT_OFF),
        (cut_off(Answer(b"x" * 1000), 20), Failure.NO_ANSWER),
        (cut_off(Answer(b"x"), 0), Failure.NO_ANSWER),
        (Answer(b"short", headers={"Content-Length": "500"}), Failure.CUT_OFF),
        (Answer(b"x", headers={"Content-Length": "a lot"}), Failure.NO_ANSWER),
        (raw(b"220 mail.example ESMTP\r\n"), Failure.NO_ANSWER),
        (raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense"), Failure.CUT_OFF),
        (Answer(b"no gzip", headers={"Content-Encoding": "gzip"}), Failure.UNREADABLE),
        (Answer(b"x", headers={"Content-Encoding": "br"}), Failure.UNREADABLE),
        (
            Answer(gzip.compress(b"x" * 999)[:-4], headers={"Content-Encoding": "gzip"}),
            Failure.UNREADABLE,
        ),
    ],
)
async def test_broken_answers(
    outside: Outside, behaviour: Answer | Behaviour, expected: Failure
) -> None:
    assert (await failure(outside.behave(behaviour))).failure is expected


async def test_more_than_announced_is_not_read(outside: Outside) -> None:
    url = outside.behave(Answer(b"a feed and more", headers={"Content-Length": "6"}))
    assert (await fetcher().get(url)).body == b"a feed"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (201, Failure.STATUS),
        (204, Failure.STATUS),
        (206, Failure.STATUS),
        (400, Failure.STATUS),
        (401, Failure.REFUSED),
        (403, Failure.REFUSED),
        (404, Failure.NOT_FOUND),
        (410, Failure.GONE),
        (429, Failure.TOO_MANY_REQUESTS),
        (500, Failure.STATUS),
        (503, Failure.STATUS),
        (999, Failure.STATUS),
    ],
)
async def test_what_the_other_side_says_instead(
    outside: Outside, status: int, expected: Failure
) -> None:
    found = await failure(outside.answer("sorry", status=status))
    assert found.failure is expected
    assert f"({status})" in found.detail
    assert found.retry_after is None


@pytest.mark.parametrize(
    ("wait", "expected"),
    [
        ("120", timedelta(minutes=2)),
        ("Tue, 03 Mar 2026 13:00:00 GMT", timedelta(hours=1)),
        ("Tue, 03 Mar 2026 11:00:00 GMT", timedelta(0)),
        ("0", timedelta(0)),
        ("-5", None),
        ("soon", None),
        ("9" * 40, None),
        ("Tue, 03 Mar 2026 13:00:00 -0000", None),
        ("Tue, 99 Foo 2026 13:00:00 GMT", None),
        ("", None),
    ],
)
async def test_how_long_to_wait(outside: Outside, wait: str, expected: timedelta | None) -> None:
    url = outside.answer(status=429, retry_after=wait, date="Tue, 03 Mar 2026 12:00:00 GMT")
    assert (await failure(url)).retry_after == expected


async def test_a_time_to_wait_for_needs_the_others_clock(outside: Outside) -> None:
    url = outside.answer(status=503, retry_after="Tue, 03 Mar 2026 13:00:00 GMT")
    assert (await failure(url)).retry_after is None


async def test_nobody_is_there() -> None:
    async with serving() as server:
        url = server.url()
    assert (await failure(url)).failure is Failure.NO_ANSWER


async def test_proxies_of_the_environment_are_not_asked(
    outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = outside.answer("directly")
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert (await fetcher().get(url)).body == b"directly"


async def test_a_detail_never_tells_more_than_the_host(outside: Outside) -> None:
    url = outside.answer(status=404) + "?token=secret#secret"
    found = await failure(url)
    assert "secret" not in found.detail
    assert outside.asked[0].path == "/feed.xml?token=secret"
