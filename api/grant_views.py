"""What is told of a grant: all of it to who works on it, and what is theirs to the ambassador."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from api import money
from api.http.fields import (
    Code,
    Day,
    Handle,
    Id,
    Line,
    Moment,
    Name,
    Quantity,
    Reason,
    Slug,
    Text,
    Version,
)
from api.money import MoneyView
from domain.grants import Shown
from domain.rules.benefits import Awaiting, GrantStatus
from domain.rules.policy_benefits import Need, Occasion

Status = Annotated[
    GrantStatus,
    Meta(
        description="`offered`, `claimed`, `fulfilled`; or, at an end: `returned` (it came back), "
        "`declined` (they did not want it), `expired` (nobody claimed it), `revoked`.",
        examples=["offered"],
    ),
]
Turn = Annotated[
    Awaiting,
    Meta(
        description="What comes next: a `claim` by the ambassador, an `approval` by a manager, or "
        "a `fulfilment`.",
        examples=["claim"],
    ),
]
Choices = Annotated[
    dict[Slug, Slug],
    Meta(
        max_length=50,
        description="The variant that was chosen of each stock item, by their codes.",
        examples=[{"t-shirt": "m"}],
    ),
]
Items = Annotated[
    dict[Slug, Quantity],
    Meta(
        max_length=50,
        description="The stock items in it, and how many of each.",
        examples=[{"t-shirt": 1}],
    ),
]
Needed = Annotated[
    Need, Meta(description="What is told with the claim, besides choices.", examples=["address"])
]


class GrantStaffView(Struct, frozen=True):
    """Who did what about a grant, for those who work on it; null is a rule, or nobody."""

    offered_by: Annotated[Id | None, Meta(description="The account that offered it.")]
    approved_by: Annotated[Id | None, Meta(description="The account that approved it.")]
    fulfilled_by: Annotated[Id | None, Meta(description="The account that fulfilled it.")]
    closed_by: Annotated[Id | None, Meta(description="The account that ended it.")]
    overdue_at: Annotated[Moment | None, Meta(description="When it was announced as late.")]
    policy_version: Annotated[Version, Meta(description="The policy when it was offered.")]


class GrantView(Struct, frozen=True):
    """A benefit that was given to an ambassador; never where it is sent, and no code."""

    id: Id
    benefit: Annotated[Code, Meta(description="Its code in the policy.", examples=["swag_pack"])]
    benefit_name: Annotated[Name, Meta(description="Its name.", examples=["Swag pack"])]
    ambassador_id: Id
    ambassador: Annotated[Handle, Meta(description="The handle that they have now.")]
    ambassador_name: Annotated[Name, Meta(description="What they are called.")]
    tenure_id: Annotated[Id | None, Meta(description="The tenure that it belongs to, if any.")]
    occasion: Annotated[Occasion, Meta(description="Why it was offered.", examples=["tenure"])]
    occasion_name: Annotated[Line | None, Meta(description="Which award or event.")]
    number: Annotated[
        Quantity, Meta(description="The how manieth of this benefit in the tenure.", examples=[1])
    ]
    status: Status
    awaiting: Annotated[Turn | None, Meta(description="Null: nothing.")]
    value: Annotated[MoneyView | None, Meta(description="What it was worth when it was offered.")]
    items: Items
    choices: Choices
    needs: Annotated[list[Needed], Meta(max_length=len(Need), description="What it asks for.")]
    note: Annotated[Text | None, Meta(description="What was said with the offer.")]
    claim_by: Annotated[Day | None, Meta(description="The last day to claim it; null: always.")]
    fulfil_by: Annotated[Day | None, Meta(description="The day by which it is promised.")]
    offered_at: Moment
    claimed_at: Moment | None
    approved_at: Annotated[Moment | None, Meta(description="Null: not, or it need not be.")]
    fulfilled_at: Annotated[Moment | None, Meta(description="When it was noted as fulfilled.")]
    fulfilled_on: Annotated[Day | None, Meta(description="The day on which it was.")]
    carrier: Annotated[Line | None, Meta(description="Who carries it.", examples=["DHL"])]
    tracking: Annotated[Line | None, Meta(description="The carrier's number of it.")]
    closed_at: Annotated[
        Moment | None, Meta(description="When it was returned, declined, expired or revoked.")
    ]
    closed_reason: Annotated[Reason | None, Meta(description="Why, where somebody said it.")]
    has_delivery: Annotated[bool, Meta(description="Whether it is known where it is sent.")]
    has_code: Annotated[bool, Meta(description="Whether it is a code, which it has by now.")]
    staff: Annotated[GrantStaffView | None, Meta(description="Null for the ambassador.")]
    version: Version
    updated_at: Moment


def view(shown: Shown) -> GrantView:
    """The wire form of a grant."""
    one, benefit = shown.grant, shown.benefit
    value = None
    if one.value_amount is not None and one.value_currency is not None:
        value = money.view(one.value_amount, one.value_currency)
    return GrantView(
        id=one.id,
        benefit=one.benefit,
        benefit_name=benefit.name,
        ambassador_id=one.ambassador_id,
        ambassador=shown.handle,
        ambassador_name=shown.name,
        tenure_id=one.tenure_id,
        occasion=one.occasion,
        occasion_name=one.occasion_name,
        number=one.number,
        status=one.status,
        awaiting=shown.awaiting,
        value=value,
        items=benefit.items,
        choices=one.choices,
        needs=list(benefit.needs),
        note=one.note,
        claim_by=one.claim_by,
        fulfil_by=one.fulfil_by,
        offered_at=one.offered_at,
        claimed_at=one.claimed_at,
        approved_at=one.approved_at,
        fulfilled_at=one.fulfilled_at,
        fulfilled_on=one.fulfilled_on,
        carrier=one.carrier,
        tracking=one.tracking,
        closed_at=one.closed_at,
        closed_reason=one.closed_reason,
        has_delivery=shown.has_delivery,
        has_code=benefit.codes and one.fulfilled_at is not None,
        staff=_staff(shown) if shown.staff else None,
        version=one.version,
        updated_at=one.updated_at,
    )


def _staff(shown: Shown) -> GrantStaffView:
    one = shown.grant
    return GrantStaffView(
        offered_by=one.offered_by,
        approved_by=one.approved_by,
        fulfilled_by=one.fulfilled_by,
        closed_by=one.closed_by,
        overdue_at=one.overdue_at,
        policy_version=one.policy_version,
    )
