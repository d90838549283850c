"""Money: exact decimals with a currency, checked and written as ISO 4217 says; never a float."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from iso4217 import Currency
from msgspec import Struct

from domain.errors import Fault, Invalid

NOTHING = Decimal(0)

_AMOUNT = re.compile(r"(?:0|[1-9][0-9]{0,12})(?:\.([0-9]{1,4}))?")
_DECIMALS: dict[str, int] = {one.code: one.exponent for one in Currency if one.exponent is not None}


class Money(Struct, frozen=True):
    """An exact amount in a currency of ISO 4217."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return f"{shown(self.amount, self.currency)} {self.currency}"


def decimals(currency: str) -> int | None:
    """How many decimals a currency has; None for what nobody pays with.

    That is every code that ISO 4217 does not list, and those it lists without minor units: metals,
    units of account, `XXX`.
    """
    return _DECIMALS.get(currency)


def parsed(text: str, currency: str, pointer: str, *, least: Decimal | None = None) -> Money:
    """The money that `amount` and `currency` of an object say; `pointer` leads to that object.

    Raises `Invalid` with a fault `currency` (there is no such one), `decimals` (more than the
    currency has) or `range` (no amount of at most 13 digits, or less than `least`).
    """
    known = decimals(currency)
    if known is None:
        raise _wrong("currency", f"ISO 4217 has no currency '{currency}'.", f"{pointer}/currency")
    found = _AMOUNT.fullmatch(text)
    if found is None:
        raise _wrong("range", "An amount has at most 13 digits and 4 decimals.", _amount(pointer))
    if len(found[1] or "") > known:
        detail = f"{currency} has {known or 'no'} decimals."
        raise _wrong("decimals", detail, _amount(pointer))
    amount = Decimal(text)
    if least is not None and amount < least:
        raise _wrong("range", f"It is less than {shown(least, currency)}.", _amount(pointer))
    return Money(exact(amount, currency), currency)


def smallest(currency: str) -> Decimal:
    """The smallest amount that can be paid in a currency; 1 where there is no such one."""
    return Decimal(1).scaleb(-(decimals(currency) or 0))


def exact(amount: Decimal, currency: str) -> Decimal:
    """The same amount with exactly the decimals of its currency, or with more where it needs them.

    It needs more where it was stored before ISO 4217 took decimals from the currency.
    """
    rounded = amount.quantize(smallest(currency)) + NOTHING
    return rounded if rounded == amount else amount.normalize()


def shown(amount: Decimal, currency: str) -> str:
    """An amount as text, with exactly the decimals of its currency: `8264.37`, `-5.00`, `300`."""
    return f"{exact(amount, currency):f}"


def sums(every: Iterable[Money]) -> list[Money]:
    """The sum in each currency, in the order of their codes."""
    found: dict[str, Decimal] = {}
    for one in every:
        found[one.currency] = found.get(one.currency, NOTHING) + one.amount
    return [Money(exact(found[code], code), code) for code in sorted(found)]


def _amount(pointer: str) -> str:
    return f"{pointer}/amount"


def _wrong(code: str, detail: str, pointer: str) -> Invalid:
    return Invalid(detail, Fault(code, detail, pointer=pointer))
