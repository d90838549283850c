"""Deliveries: where a benefit is sent, and whether that is what the benefit asks for."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from msgspec import Struct

from domain.errors import Fault, Invalid
from domain.rules.policy_benefits import Need


class Address(Struct, frozen=True, omit_defaults=True):
    """A postal address as it is written on a parcel; `country` is ISO 3166-1 alpha-2."""

    name: str
    lines: tuple[str, ...]
    city: str
    country: str
    region: str | None = None
    postal_code: str | None = None

    def __repr__(self) -> str:
        return "Address()"  # whatever logs it by mistake tells nothing


class Delivery(Struct, frozen=True, omit_defaults=True):
    """What somebody tells to get a benefit."""

    address: Address | None = None
    email: str | None = None
    phone: str | None = None

    def __repr__(self) -> str:
        return "Delivery()"


def faults(given: Delivery | None, needs: Collection[Need], pointer: str) -> list[Fault]:
    """What is needed and missing (`required`), or given and not asked for (`not_asked`).

    `pointer` leads to the delivery.
    """
    found: list[Fault] = []
    for need in Need:
        there = given is not None and getattr(given, need.value) is not None
        if need in needs and not there:
            detail = f"The benefit needs the {_NAMES[need]}."
            found.append(Fault("required", detail, pointer=f"{pointer}/{need.value}"))
        elif there and need not in needs:
            detail = f"The benefit does not need the {_NAMES[need]}: it is not kept."
            found.append(Fault("not_asked", detail, pointer=f"{pointer}/{need.value}"))
    return found


def check(given: Delivery, needs: Collection[Need]) -> None:
    """Raise `Invalid` unless a delivery is exactly what a benefit needs."""
    if found := faults(given, needs, ""):
        raise Invalid("It is not what the benefit needs.", *found)


def check_claim(
    given: Delivery | None,
    needs: Collection[Need],
    choices: Mapping[str, str],
    items: Collection[str],
) -> None:
    """Raise `Invalid` unless a claim tells what is needed, and chooses only of the `items`."""
    found = faults(given, needs, "/delivery")
    for item in choices:
        if item not in items:
            detail = f"There is no item '{item}' in the benefit."
            found.append(Fault("not_asked", detail, pointer=f"/choices/{item}"))
    if found:
        raise Invalid("The claim is not what the benefit needs.", *found)


_NAMES = {Need.ADDRESS: "address", Need.EMAIL: "e-mail address", Need.PHONE: "phone number"}
