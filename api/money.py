"""Money over HTTP: amounts as text, so that no reader makes binary fractions of them."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct

from api.http.fields import Amount, CurrencyCode
from domain.rules import money
from domain.rules.money import Money

Sum = Annotated[
    str,
    Meta(
        pattern="^-?(0|[1-9][0-9]*)(\\.[0-9]{1,4})?$(?!\\n)",
        max_length=40,
        description="An exact decimal as text, with the decimals of its currency.",
        examples=["8264.37"],
    ),
]
"""What amounts come to: of any length, and negative where more went out than was there."""


class MoneyView(Struct, frozen=True):
    """An exact amount in a currency."""

    amount: Amount
    currency: CurrencyCode


class SumView(Struct, frozen=True):
    """What amounts of one currency come to."""

    amount: Sum
    currency: CurrencyCode


def view(amount: Decimal, currency: str) -> MoneyView:
    """The wire form of an amount that is not negative."""
    return MoneyView(money.shown(amount, currency), currency)


def sums(every: Iterable[Money]) -> list[SumView]:
    """The wire form of what amounts come to."""
    return [SumView(money.shown(one.amount, one.currency), one.currency) for one in every]
