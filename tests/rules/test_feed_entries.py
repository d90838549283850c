"""Which entries of a feed become contributions, whose, and of which day."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from domain.rules import feed_entries
from domain.rules.connectors import Feed, Found
from domain.rules.contributions import Draft, Named, Visibility
from domain.rules.feeds import Author, Entry, Moment

TODAY = date(2026, 3, 3)
AMARA, JO, EDITORS = Named(ambassador="amara"), Named(ambassador="jo"), Named(ambassador="ed")


def entry(**changes: Any) -> Entry:
    plain = Entry(
        id="tag:1",
        link="https://blog.example/1",
        title="Consumers that forgive",
        summary="How to read what you did not expect.",
        published=Moment(at=datetime(2026, 3, 2, 9, tzinfo=UTC)),
        authors=(Author("Amara Okafor", "amara@example.org"),),
        categories=("Events",),
    )
    return msgspec.structs.replace(plain, **changes)


def settings(**changes: Any) -> Feed:
    plain = Feed("https://blog.example/feed", "article", authors={"Amara Okafor": AMARA})
    return msgspec.structs.replace(plain, **changes)


def one(entry: Entry, zone: str = "UTC", **changes: Any) -> Found:
    (found,) = feed_entries.found([entry], settings(**changes), zone, TODAY)
    return found


def draft(entry: Entry, zone: str = "UTC", **changes: Any) -> Draft:
    found = one(entry, zone, **changes)
    assert found.draft is not None, found.skipped
    return found.draft


def test_an_entry_is_a_contribution() -> None:
    found = one(entry(), language="en", visibility=Visibility.MEMBERS)
    assert found == Found(
        key=feed_entries.key(entry()),
        title="Consumers that forgive",
        draft=Draft(
            type="article",
            title="Consumers that forgive",
            occurred_on="2026-03-02",
            participants=(AMARA,),
            description="How to read what you did not expect.",
            url="https://blog.example/1",
            language="en",
            visibility=Visibility.MEMBERS,
        ),
    )


def test_the_key_is_of_the_guid_else_the_link_else_what_it_says() -> None:
    known = feed_entries.key(entry())
    # As it is stored: another key would record everything again.
    assert known == "e-ad2b14ad6d750ce67a68ff3776ab0ca8612d3e29"
    changed = {"title": "Another", "link": "https://blog.example/2", "published": None}
    assert feed_entries.key(entry(**changed)) == known
    assert feed_entries.key(entry(id="tag:2")) != known
    by_link = feed_entries.key(entry(id=None))
    assert feed_entries.key(entry(id=None, title="Another")) == by_link != known
    bare = entry(id=None, link=None)
    by_words = feed_entries.key(bare)
    assert feed_entries.key(msgspec.structs.replace(bare, summary="")) == by_words
    other_day = Moment(at=datetime(2026, 3, 1, 9, tzinfo=UTC))
    for other in ({"title": "Another"}, {"published": other_day}, {"published": None}):
        assert feed_entries.key(msgspec.structs.replace(bare, **other)) != by_words


@pytest.mark.parametrize(
    ("authors", "expected"),
    [
        ([Author("amara  OKAFOR")], (AMARA,)),
        ([Author("A. O.", "Amara@Example.org")], (AMARA,)),
        ([Author("Jo"), Author("Amara Okafor")], (JO, AMARA)),
        ([Author("Amara Okafor"), Author(None, "amara@example.org")], (AMARA,)),
        ([Author("Somebody"), Author("Jo")], (EDITORS, JO)),
        ([Author("Somebody"), Author("Another")], (EDITORS,)),
        ([], (EDITORS,)),
    ],
)
def test_authors_are_who_the_settings_say(
    authors: list[Author], expected: tuple[Named, ...]
) -> None:
    known = {"Amara Okafor": AMARA, "amara@example.org": AMARA, "Jo": JO}
    found = draft(entry(authors=tuple(authors)), authors=known, author=EDITORS)
    assert found.participants == expected


def test_an_author_whom_nobody_knows_is_told() -> None:
    found = one(entry(authors=(Author("Sam Stranger"), Author(None, "sam@example.org"))))
    assert found.draft is None
    assert found.skipped == "The settings do not say who Sam Stranger, sam@example.org is."
    assert "names no author" in (one(entry(authors=())).skipped or "")


def test_whoever_is_known_counts_when_the_others_are_nobody() -> None:
    found = draft(entry(authors=(Author("Sam Stranger"), Author("Amara Okafor"))))
    assert found.participants == (AMARA,)


@pytest.mark.parametrize(
    ("keywords", "wanted"),
    [
        ((), True),
        (("kafka", "FORGIVE"), True),
        (("did not  expect",), True),
        (("events",), True),
        (("kafka",), False),
    ],
)
def test_keywords_are_looked_for_everywhere(keywords: tuple[str, ...], wanted: bool) -> None:
    found = one(entry(), keywords=keywords)
    assert (found.draft is not None) is wanted
    assert wanted or found.skipped == "None of the keywords is in it."


@pytest.mark.parametrize(
    ("moment", "zone", "day"),
    [
        (Moment(at=datetime(2026, 3, 2, 23, 30, tzinfo=UTC)), "UTC", "2026-03-02"),
        (Moment(at=datetime(2026, 3, 2, 23, 30, tzinfo=UTC)), "Europe/Berlin", "2026-03-03"),
        (Moment(at=datetime(2026, 3, 2, 3, 30, tzinfo=UTC)), "America/New_York", "2026-03-01"),
        # A day without a time of day is that day everywhere.
        (Moment(on="2026-03-02"), "America/New_York", "2026-03-02"),
        (Moment(on="2026-03"), "UTC", "2026-03"),
        (Moment(on="2025"), "UTC", "2025"),
    ],
)
def test_days_are_the_programs(moment: Moment, zone: str, day: str) -> None:
    assert draft(entry(published=moment), zone).occurred_on == day


@pytest.mark.parametrize(
    "moment",
    [
        None,
        Moment(on="2026-02-30"),
        Moment(on="0000"),
        Moment(on="1899-12-31"),
        Moment(on="9999-01-01"),
        Moment(at=datetime(1, 1, 1, tzinfo=UTC)),
    ],
)
def test_no_day_is_invented(moment: Moment | None) -> None:
    found = one(entry(published=moment), "America/New_York")
    assert found.skipped == "It does not say when it was published."


def test_the_future_waits_for_its_day() -> None:
    tomorrow = entry(published=Moment(on="2026-03-04"))
    assert one(tomorrow).skipped == feed_entries.NOT_YET
    late = entry(published=Moment(at=datetime(2026, 3, 3, 23, tzinfo=UTC)))
    assert one(late).draft is not None
    assert one(late, "Europe/Berlin").skipped == feed_entries.NOT_YET


def test_an_entry_without_a_title_is_called_by_what_it_says() -> None:
    assert draft(entry(title="", summary="Just a note. " * 20)).title.startswith("Just a note.")
    assert len(draft(entry(title="", summary="Just a note. " * 20)).title) <= 80
    assert one(entry(title="", summary="")).skipped == "It has no title."
    assert one(entry(title="Hi")).skipped == "It has no title."


def test_a_summary_is_cut() -> None:
    description = draft(entry(summary="word " * 1000)).description
    assert description is not None
    assert len(description) <= 2000
    assert description.endswith("word…")
    assert draft(entry(summary="")).description is None
