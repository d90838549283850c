"""Handles that are made of names."""

from __future__ import annotations

import re
from itertools import islice
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.http.fields import Handle
from domain.rules.handles import LONGEST, made_of, numbered

PATTERN = re.compile(get_args(Handle)[1].pattern)


@pytest.mark.parametrize(
    ("name", "handle"),
    [
        ("Noor Haddad", "noor-haddad"),
        ("  Zoë  O'Neill-Łukasz ", "zoe-o-neill-ukasz"),
        ("STRASSE ß", "strasse-ss"),
        ("李小龍", "ambassador"),
        ("", "ambassador"),
        ("x" * 80, "x" * 63),
        ("x" * 62 + " y", "x" * 62),
    ],
)
def test_a_name_suggests_a_handle(name: str, handle: str) -> None:
    assert made_of(name) == handle


@given(st.text(max_size=200))
def test_whatever_the_name_it_is_a_handle_and_so_are_those_with_numbers(name: str) -> None:
    several = list(islice(numbered(made_of(name)), 120))
    assert len(set(several)) == 120
    for one in several:
        assert PATTERN.search(one)
        assert len(one) <= LONGEST


def test_the_numbers_begin_with_two() -> None:
    assert list(islice(numbered("noor"), 3)) == ["noor", "noor-2", "noor-3"]
