"""Money is exact, has a currency that exists, and no more decimals than that has."""

from __future__ import annotations

import ast
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

import domain
from api.http import fields
from domain.errors import Invalid
from domain.rules import money, policy_types
from domain.rules.money import Money

CURRENCIES = ("USD", "EUR", "JPY", "BHD", "CLF")


def fault(text: str, currency: str, **more: Any) -> tuple[str, str | None]:
    with pytest.raises(Invalid) as caught:
        money.parsed(text, currency, "/cost", **more)
    (found,) = caught.value.faults
    return found.code, found.pointer


@pytest.mark.parametrize(
    ("text", "currency", "told"),
    [
        ("8264.37", "USD", "8264.37"),
        ("8264.3", "USD", "8264.30"),
        ("0", "USD", "0.00"),
        ("300", "JPY", "300"),
        ("1.234", "BHD", "1.234"),
        ("0.0001", "CLF", "0.0001"),
        ("9999999999999.99", "EUR", "9999999999999.99"),
    ],
)
def test_an_amount_is_told_with_the_decimals_of_its_currency(
    text: str, currency: str, told: str
) -> None:
    found = money.parsed(text, currency, "")
    assert money.shown(found.amount, currency) == str(found.amount) == told
    assert str(found) == f"{told} {currency}"


def test_more_decimals_than_the_currency_has_are_refused_and_not_rounded() -> None:
    assert fault("1.005", "USD") == ("decimals", "/cost/amount")
    assert fault("1.000", "USD") == ("decimals", "/cost/amount")
    assert fault("1.5", "JPY") == ("decimals", "/cost/amount")
    assert money.parsed("1.005", "BHD", "").amount == Decimal("1.005")


@pytest.mark.parametrize("code", ["XYZ", "usd", "XXX", "XTS", "XAU", "DEM", "", "US"])
def test_only_currencies_that_are_paid_with(code: str) -> None:
    assert fault("1", code) == ("currency", "/cost/currency")
    assert money.decimals(code) is None


@pytest.mark.parametrize(
    "text",
    ["", "-1", "+1", "01", "1.", ".5", "1e5", "NaN", "Infinity", "1_0", "10000000000000", "٣"],
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    assert fault(text, "USD") == ("range", "/cost/amount")


def test_an_amount_can_have_a_least() -> None:
    assert fault("0.00", "USD", least=money.smallest("USD")) == ("range", "/cost/amount")
    assert money.parsed("0.01", "USD", "", least=money.smallest("USD")).amount == Decimal("0.01")
    assert fault("0", "JPY", least=money.smallest("JPY")) == ("range", "/cost/amount")


def test_nothing_has_no_sign_and_what_has_too_many_decimals_keeps_them() -> None:
    assert money.shown(Decimal("-0.0000"), "USD") == "0.00"
    assert money.shown(Decimal("-5.0000"), "USD") == "-5.00"
    # Stored while ISO 4217 gave the currency decimals.
    assert money.shown(Decimal("12.3400"), "JPY") == "12.34"
    assert money.shown(Decimal("1E+3"), "JPY") == "1000"


@given(st.lists(st.tuples(st.sampled_from(CURRENCIES), st.integers(0, 10**13 - 1)), max_size=30))
def test_sums_are_those_of_the_smallest_units(drawn: list[tuple[str, int]]) -> None:
    every = [Money(units * money.smallest(currency), currency) for currency, units in drawn]
    expected: dict[str, int] = {}
    for currency, units in drawn:
        expected[currency] = expected.get(currency, 0) + units
    told = {one.currency: one.amount / money.smallest(one.currency) for one in money.sums(every)}
    assert told == expected
    assert list(told) == sorted(told)


@given(st.sampled_from(CURRENCIES), st.integers(0, 10**12))
def test_what_is_told_is_read_again(currency: str, units: int) -> None:
    amount = units * money.smallest(currency)
    assert money.parsed(money.shown(amount, currency), currency, "").amount == amount


def test_the_wire_and_the_policy_hold_amounts_to_the_same_pattern() -> None:
    for name in ("Amount", "CurrencyCode"):
        wire, policy = _meta(getattr(fields, name)), _meta(getattr(policy_types, name))
        same = ("pattern", "min_length", "max_length")
        assert [getattr(wire, key) for key in same] == [getattr(policy, key) for key in same]


def _meta(alias: Any) -> Meta:
    return alias.__metadata__[0]


ROOT = Path(domain.__file__).parents[1]
FRACTIONS = {
    "api/http/metrics.py",  # seconds
    "api/http/negotiation.py",  # weights of media types
    "api/operations.py",  # `/` between paths
    "domain/apart.py",  # seconds
    "domain/calendar_process.py",  # seconds
    "domain/calendar_reading.py",  # seconds
    "domain/connections.py",  # seconds
    "domain/feed_reading.py",  # seconds
    "domain/fetching.py",  # seconds
    "domain/rules/connector_schedule.py",  # a part of a wait
    "domain/rules/json_feeds.py",  # numbers in a file, as ids
    "domain/rules/members_tree.py",  # numbers in a file, to be refused where they are no text
    "domain/store/database.py",  # seconds
    "domain/stopwatch.py",  # seconds
    "domain/store/jobs.py",  # seconds
}
"""Where there may be floats: nothing there is money or a quantity."""


def _fractions(source: str) -> list[str]:
    """Where a text of Python says `float` or `1.5`, or divides so that a float comes out."""
    return [
        ast.unparse(node)
        for node in ast.walk(ast.parse(source))
        if (isinstance(node, ast.Name) and node.id == "float")
        or (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div))
    ]


@pytest.mark.parametrize("package", ["api", "domain"])
def test_no_float_touches_money_or_a_quantity(package: str) -> None:
    """No field of a record or of the wire is one, and nothing is computed with one."""
    found = {
        name: fractions
        for path in sorted((ROOT / package).rglob("*.py"))
        if (name := path.relative_to(ROOT).as_posix()) not in FRACTIONS
        and (fractions := _fractions(path.read_text()))
    }
    assert found == {}


def test_no_amount_and_no_quantity_is_stored_as_a_binary_fraction() -> None:
    schema = (ROOT / "migrations/schema.sql").read_text().lower()
    assert "numeric(19,4)" in schema
    assert re.findall(r"double precision|\breal\b|float", schema) == []


@pytest.mark.parametrize("source", ["x: float", "y = 0.1", "z = a / b", "z /= 2", "float(a)"])
def test_what_the_walk_would_find(source: str) -> None:
    assert _fractions(source) != []
