"""What a connector has found is held to the limits of a post."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from api.contribution_body import ContributionLine
from domain.errors import Invalid
from domain.rules import entries
from domain.rules.connectors import Found
from domain.rules.contributions import Draft, Named

AMARA = Named(ambassador="amara")
GOOD: dict[str, Any] = {"type": "talk", "title": "Queues", "occurred_on": "2026-01-10"}

awkward = st.text(st.sampled_from("aZ0 -_.:/@\n\t\x00\x7f\x85\u2028é🎉<>\"'\\"), max_size=60)
texts = awkward | st.text(max_size=300) | st.integers(0, 2100).map(lambda size: "a" * size)
urls = (
    awkward.map("http://".__add__)
    | awkward.map("https://example.org/".__add__)
    | st.just("ftp://x")
)
tags = st.sampled_from(["en", "pt-BR", "e", "toolonglanguage", "DE", "de", "D3", "en-", "x" * 40])
drafts = st.fixed_dictionaries(
    {},
    optional={
        "key": texts,
        "title": texts,
        "description": texts,
        "url": urls,
        "evidence": st.lists(urls, max_size=25),
        "language": tags,
        "country": tags,
        "tags": st.lists(awkward | st.integers(0, 60).map(lambda n: "t" * n), max_size=25),
        "participants": st.integers(0, 60),
    },
)


@given(drafts)
@example({"title": "ab"})
@example({"title": "a" * 201})
@example({"title": "abc\n"})
@example({"description": "a" * 2001})
@example({"key": "k\n"})
@example({"url": "https://example.org/\n"})
@example({"language": "en\n"})
@example({"country": "DE\n"})
@example({"tags": ["a\n"]})
@example({"tags": ["t"] * 21})
@example({"participants": 51})
def test_it_is_refused_where_a_post_would_be(given: dict[str, Any]) -> None:
    people = [{"ambassador": "amara"}] * given.get("participants", 1)
    body = GOOD | {"source": "bot", "key": "k"} | given | {"participants": people}
    try:
        msgspec.convert(body, ContributionLine)
        wanted = None
    except msgspec.ValidationError as error:
        wanted = str(error)
    assert (faults(given) == []) == (wanted is None), wanted


def faults(given: dict[str, Any]) -> list[str]:
    """Where something is wrong."""
    values = GOOD | {name: value for name, value in given.items() if name != "key"}
    values["participants"] = (AMARA,) * given.get("participants", 1)
    for name in ("evidence", "tags"):
        values[name] = tuple(given.get(name, ()))
    try:
        entries.check(Found(given.get("key", "k"), "", Draft(**values)))
    except Invalid as error:
        return [fault.pointer or "" for fault in error.faults]
    return []


def test_every_fault_is_told_and_where() -> None:
    told = faults({"key": "", "title": "", "url": "x", "tags": [""], "country": "xx"})
    assert told == ["/key", "/title", "/url", "/country", "/tags"]


@pytest.mark.parametrize("text", ["half a \ud800 character", "\udfff" * 5])
def test_what_no_database_holds_is_refused(text: str) -> None:
    given = {"title": text, "description": text, "url": f"https://example.org/{text}"}
    assert faults(given)[:2] == ["/title", "/description"]
    assert "/url" in faults(given)


def test_what_is_skipped_is_not_looked_at() -> None:
    entries.check(Found("", "", skipped="It has no day."))
