"""What somebody types becomes a query of words, and never one of operators."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Invalid
from domain.rules import search


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("kafka", "'kafka':*"),
        ("  Event-driven  APIs ", "'Event':* & 'driven':* & 'APIs':*"),
        ("v2.0", "'v2':* & '0':*"),
        ("हिन्दी", "'हिन्दी':*"),
        ("a' | !b:* <-> (c)\\", "'a':* & 'b':* & 'c':*"),
    ],
)
def test_every_word_is_looked_for_as_a_beginning(text: str, query: str) -> None:
    assert search.prefixes(text, "q") == query


@pytest.mark.parametrize("text", ["", " ", "...", "'':*", "\x00", "😀", "a " * 11])
def test_no_words_or_too_many_are_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        search.prefixes(text, "q")
    assert [fault.parameter for fault in refused.value.faults] == ["q"]


@given(st.text(max_size=100))
def test_nothing_typed_leaves_its_quotes(text: str) -> None:
    try:
        query = search.prefixes(text, "q")
    except Invalid:
        return
    words = query.split(" & ")
    assert len(words) <= search.MOST
    for word in words:
        inner = word.removeprefix("'").removesuffix("':*")
        assert len(word) == len(inner) + 4
        assert not set(inner) & set("'\\:*&|!()<> ")
