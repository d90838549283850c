"""The part of a person's data that benefits hold, on the wire."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from msgspec import Meta, Struct

from api.deliveries import AddressView
from api.http.fields import Id, Moment
from api.money import MoneyView
from api.personal_applications import Known, KnownMoment, ProgramSlug, Said

KnownDay = Annotated[date | None, Meta(description="A day; null when there is none.")]


class HeldDeliveryView(Struct, frozen=True):
    """Where a benefit is sent."""

    address: Annotated[AddressView | None, Meta(description="Null when it is not needed.")]
    email: Known
    phone: Known


class HeldGrantView(Struct, frozen=True):
    """A benefit that the person was offered."""

    program: ProgramSlug
    id: Id
    benefit: Said
    occasion: Said
    occasion_name: Known
    status: Said
    value: Annotated[MoneyView | None, Meta(description="What it was worth when it was offered.")]
    choices: Annotated[
        dict[str, str], Meta(description="Chosen variants.", examples=[{"shirt": "m"}])
    ]
    note: Known
    claim_by: KnownDay
    fulfil_by: KnownDay
    offered_at: Moment
    claimed_at: KnownMoment
    approved_at: KnownMoment
    fulfilled_on: KnownDay
    carrier: Known
    tracking: Known
    closed_at: KnownMoment
    closed_reason: Known
    delivery: Annotated[
        HeldDeliveryView | None, Meta(description="Null when it was never told, or is erased.")
    ]
    delivery_erase_on: Annotated[
        date | None, Meta(description="When the delivery is erased; null: it is still needed.")
    ]
    code: Annotated[str | None, Meta(description="The ticket or voucher.")]
    withheld: Annotated[
        bool,
        Meta(
            description="Whether there is a delivery or a code that the caller may not read "
            "(without delivery:read), or whose key is gone."
        ),
    ]
