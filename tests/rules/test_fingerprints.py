"""Addresses that lead to one page are one, others are not; the same for what a record says."""

from __future__ import annotations

from datetime import date
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from api.http.fields import URL_PATTERN
from domain.rules.fingerprints import fingerprints, normalized

VIDEO = "https://youtube.com/watch?v=dQw4w9WgXcQ"
POST = "https://x.com/amara_o/status/1234567890"
ARTICLE = "https://blog.example/2026/03/event-driven"


@pytest.mark.parametrize(
    ("url", "one"),
    [
        # What every browser takes for the same address.
        ("http://blog.example/2026/03/event-driven", ARTICLE),
        ("HTTPS://Blog.EXAMPLE:443/2026/03/event-driven", ARTICLE),
        ("https://blog.example/2025/../2026/./03/event-driven", ARTICLE),
        ("https://blog.example/2025/%2e%2E/2026/03/event-driven", ARTICLE),
        ("https://blog.example\\2026\\03\\event-driven", ARTICLE),
        ("https://bücher.example/café", "https://xn--bcher-kva.example/caf%C3%A9"),
        ("https://xn--bcher-kva.example/caf%c3%a9", "https://xn--bcher-kva.example/caf%C3%A9"),
        ("https://0x7f.1/a", "https://127.0.0.1/a"),
        ("http://[2001:DB8:0::1]:8080/a", "https://[2001:db8::1]:8080/a"),
        # What we take for the same address.
        ("http://www.blog.example:80/2026/03/event-driven/", ARTICLE),
        ("https://blog.example:80/2026/03/event-driven", ARTICLE),
        ("https://blog.example./2026/03/event-driven#the-end", ARTICLE),
        ("https://amara:secret@blog.example/2026/03/event-driven?", ARTICLE),
        ("https://blog.example/2026/03/event%2Ddriven#:~:text=events", ARTICLE),
        ("https://blog.example/2026/03/event-driven?utm_source=x&UTM_Campaign=y", ARTICLE),
        ("https://blog.example/2026/03/event-driven?fbclid=1&gclid=2&mc_cid=3&_hsenc=4", ARTICLE),
        ("https://blog.example/2026/03/event-driven?&utm%5Fmedium=mail&", ARTICLE),
        ("https://www.www.example.org/", "https://example.org"),
        ("https://www.example", "https://www.example"),
        ("https://example.org/?b=2&a=1&a=0", "https://example.org?a=0&a=1&b=2"),
        ("https://example.org/?q=a+b%2bc&e=&t=x%3D", "https://example.org?e&q=a%20b%2Bc&t=x%3D"),
        ("https://example.org/?t=x=&n='1'", "https://example.org?n='1'&t=x%3D"),
        ("https://en.wiki.example/wiki/Ada_%28name%29", "https://en.wiki.example/wiki/Ada_(name)"),
        ("https://example.org/100%|%7c", "https://example.org/100%25%7C%7C"),
        ("https://example.org/%2%65", "https://example.org/%252e"),
        ("https://example.org/a%2fb//", "https://example.org/a%2Fb"),
        ("https://example.org/a+b", "https://example.org/a+b"),
        # A route stands in the fragment, a place on the page too.
        ("https://talks.example/#/2026/keynote/", "https://talks.example#/2026/keynote"),
        ("https://talks.example/#!keynote", "https://talks.example#!keynote"),
        ("https://talks.example/#/", "https://talks.example"),
        ("https://talks.example/#", "https://talks.example"),
        # YouTube writes one video in many ways.
        ("https://youtu.be/dQw4w9WgXcQ?si=abc&t=10", VIDEO),
        ("https://www.youtube.com/watch?t=1&v=dQw4w9WgXcQ&feature=share", VIDEO),
        ("https://m.youtube.com/watch?v=dQw4w9WgXcQ&list=PL1&index=4", VIDEO),
        ("https://music.youtube.com/watch?v=dQw4w9WgXcQ", VIDEO),
        ("https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?start=3", VIDEO),
        ("https://youtube.com/shorts/dQw4w9WgXcQ", VIDEO),
        ("https://www.youtube.com/live/dQw4w9WgXcQ?si=abc", VIDEO),
        ("http://youtube.com/v/dQw4w9WgXcQ/", VIDEO),
        (
            "https://www.youtube.com/embed/videoseries?list=PL1",
            "https://youtube.com/embed/videoseries?list=PL1",
        ),
        ("https://youtube.com/playlist?list=PL1&si=2", "https://youtube.com/playlist?list=PL1"),
        ("https://youtube.com/watch?v=%26&x=1", "https://youtube.com/watch?v=%26&x=1"),
        ("https://youtube.com/@amara", "https://youtube.com/@amara"),
        # X is Twitter.
        ("https://twitter.com/amara_o/status/1234567890?s=20&t=abc", POST),
        ("https://mobile.twitter.com/amara_o/status/1234567890?ref_src=twsrc", POST),
        # What is tracking at one site means something at another.
        ("https://example.org/?si=1&t=2&s=3", "https://example.org?s=3&si=1&t=2"),
        ("https://git.example/a?ref=main&source=b", "https://git.example/a?ref=main&source=b"),
    ],
)
def test_an_address_has_one_spelling(url: str, one: str) -> None:
    assert normalized(url) == one
    assert normalized(one) == one


@pytest.mark.parametrize(
    "text",
    [
        "https://[",
        "https://[::1",
        "https://a:99999/",
        "https://1.2.3.4.5/",
        "https://%/",
        "https://a|b/",
        "https://?",
        "https://\ud800/",
        "ftp://example.org/a",
        "",
    ],
)
def test_what_is_no_address_stays_as_it_is(text: str) -> None:
    assert normalized(text) == text
    assert len(fingerprints("talk", "A", date(2026, 3, 3), "day", text)) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/a", "https://example.org/b"),
        ("https://example.org/a", "https://example.org/A"),
        ("https://example.org/a/b", "https://example.org/a%2Fb"),
        ("https://example.org/a", "https://sub.example.org/a"),
        ("https://example.org/a", "https://example.org:8080/a"),
        ("https://example.org/?id=1", "https://example.org/?id=2"),
        ("https://example.org/?id=1", "https://example.org/?ID=1"),
        ("https://example.org/?a=1&b=2", "https://example.org/?a=1%26b=2"),
        ("https://example.org/?a=b", "https://example.org/?a%3Db"),
        ("https://example.org/?q=a%2Bb", "https://example.org/?q=a+b"),
        ("https://example.org/?a", "https://example.org/a"),
        ("https://example.org/#/a", "https://example.org/#/b"),
        ("https://youtu.be/abcdefghijk", "https://youtu.be/abcdefghijK"),
        ("https://youtube.com/@amara", "https://youtube.com/watch?v=amara"),
        ("https://youtube.com/playlist?list=PL1", "https://youtube.com/playlist?list=PL2"),
    ],
)
def test_different_addresses_stay_different(one: str, other: str) -> None:
    assert normalized(one) != normalized(other)


# Pieces of which addresses are made, and what upsets parsers.
# fmt: off
PIECES = st.sampled_from(
    [
        "www.", "youtube.com", "youtu.be", "x.com", "example", ".", "..", "/", "//", "\\", ":",
        ":80", ":443", "@", "?", "&", "=", "==", "#", "#/", "#!", "%", "%2", "%2e", "%2F",
        "%25", "%3D", "%C3%A9", "v=", "watch", "embed/", "utm_source=", "si", "+", ";", "'",
        "|", "^", "~", "~.", "é", "ß", "。", "☃", "İ", "1", "0x1", "[::1]", "a", "xn--", "www",
        "\u200d", "\U0001f600",
    ]
)
# fmt: on
WIRE = st.one_of(
    st.from_regex(URL_PATTERN),
    st.builds(
        lambda scheme, pieces: scheme + "".join(pieces),
        st.sampled_from(["http://", "https://"]),
        st.lists(PIECES, min_size=1, max_size=12),
    ),
)


@given(WIRE)
@example("https://1../")
@example("https://./..a")
@example("https://www.1../")
@example("http://www..org")
@example("http://a:443/")
@example("https://a/?v=1&v=2")
@example("https://a/%2%65%2%65/b")
@example("https://twitter.com./?==&=&a==")
def test_no_address_fails_and_the_one_spelling_is_final(url: str) -> None:
    one = normalized(url)
    assert normalized(one) == one


WORDS = st.text("abcXYZ019-_", min_size=1, max_size=8)
PAGES = st.builds(lambda *parts: "/".join(parts), WORDS, WORDS)
QUERY = st.lists(st.tuples(WORDS.map("q".__add__), WORDS), max_size=5)
LETTERS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=8)


def spelled(host: str, page: str, query: list[tuple[str, str]]) -> str:
    return f"https://{host}.example/{page}?" + "&".join(f"{name}={value}" for name, value in query)


@given(LETTERS, PAGES, QUERY, st.data())
def test_neither_order_nor_case_nor_tracking_matters(
    host: str, page: str, query: list[tuple[str, str]], data: st.DataObject
) -> None:
    tracking = st.tuples(
        st.sampled_from(["utm_source", "utm_id", "UTM_TERM", "fbclid", "gclid", "mc_eid"]), WORDS
    )
    more = query + data.draw(st.lists(tracking, max_size=3))
    other = spelled(host.upper(), page, data.draw(st.permutations(more)))
    assert normalized(other) == normalized(spelled(host, page, query))


@given(LETTERS, PAGES, PAGES, QUERY, QUERY)
def test_pages_and_queries_that_differ_stay_different(
    host: str, page: str, other: str, query: list[tuple[str, str]], others: list[tuple[str, str]]
) -> None:
    same = page == other and sorted(query) == sorted(others)
    one, two = normalized(spelled(host, page, query)), normalized(spelled(host, other, others))
    assert (one == two) is same


@given(st.text("abcXYZ019-._~!$'()*,:@&=+;éß☃ ", min_size=1).filter(lambda text: text.strip(". ")))
def test_escaping_more_than_needed_changes_nothing(segment: str) -> None:
    most = "".join(f"%{byte:02x}" for byte in segment.encode())
    least = quote(segment, safe="!$'()*,:@&=+;")
    assert normalized(f"https://a.example/{most}") == normalized(f"https://a.example/{least}")


DAY = date(2026, 3, 3)


def test_the_details_come_first_and_the_address_second() -> None:
    details, address = fingerprints("talk", "Events", DAY, "day", "http://www.a.example/b/")
    assert fingerprints("talk", "Events", DAY, "day", None) == (details,)
    assert fingerprints("video", "X", DAY, "year", "https://a.example/b")[1] == address
    assert {len(details), len(address)} == {16}


@pytest.mark.parametrize(
    "title",
    [
        "event driven STRASSE",
        " Event  driven\tStraße ",
        "\uff25vent driven Straße",
        "Event\u00a0driven \u017ftraße",
    ],
)
def test_titles_are_compared_without_case_width_and_spaces(title: str) -> None:
    wanted = fingerprints("talk", "Event driven Straße", DAY, "day", None)
    assert fingerprints("talk", title, DAY, "day", None) == wanted


def test_each_detail_counts() -> None:
    new_year = date(2026, 1, 1)
    marks = {
        fingerprints("talk", "Events", DAY, "day", None),
        fingerprints("video", "Events", DAY, "day", None),
        fingerprints("talk", "Events 2", DAY, "day", None),
        fingerprints("talk", "Events", new_year, "day", None),
        fingerprints("talk", "Events", new_year, "month", None),
        fingerprints("talk", "Events", new_year, "year", None),
    }
    assert len(marks) == 6


def test_a_title_is_never_taken_for_an_address() -> None:
    details = f"talk\nevents\n{DAY.isoformat()}\nday"
    assert normalized(details) == details
    first, second = fingerprints("talk", "Events", DAY, "day", details)
    assert first != second


def test_fingerprints_are_stored_and_must_not_change() -> None:
    marks = fingerprints("talk", "Events", DAY, "day", "https://a.example/b")
    assert [mark.hex() for mark in marks] == [
        "567af49e021d702bad310f7135832413",
        "f78932e9bf824a8922156b826b346f00",
    ]
