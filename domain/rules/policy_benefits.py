"""What a policy says about benefits: the catalogue, when each is offered, and to whom."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct, field

from domain.rules.policy_types import (
    INT32,
    UNIQUE,
    Amount,
    Code,
    CurrencyCode,
    Name,
    Paragraph,
    Slug,
    Stretch,
)

Count = Annotated[int, Meta(ge=1, le=1000, extra_json_schema=INT32)]


class BenefitKind(StrEnum):
    """What sort of thing a benefit is, for whoever lists them."""

    ACCESS = "access"
    DISCOUNT = "discount"
    MEETING = "meeting"
    MEMBERSHIP = "membership"
    OTHER = "other"
    RECOGNITION = "recognition"
    REIMBURSEMENT = "reimbursement"
    SWAG = "swag"
    TICKET = "ticket"
    VISIBILITY = "visibility"


class Occasion(StrEnum):
    """Why a benefit is offered.

    By rule, in the transaction that brings it about: `admission` (somebody becomes an ambassador),
    `tenure` (each tenure begins, the first too), `renewal` (a further one begins), `end` (somebody
    leaves or lapses). By people: `award` and `event` (each named), `manager`.
    """

    ADMISSION = "admission"
    AWARD = "award"
    END = "end"
    EVENT = "event"
    MANAGER = "manager"
    RENEWAL = "renewal"
    TENURE = "tenure"


class Need(StrEnum):
    """What an ambassador tells to get a benefit; it is sealed, and erased after the delivery."""

    ADDRESS = "address"
    EMAIL = "email"
    PHONE = "phone"


class Value(Struct, frozen=True, forbid_unknown_fields=True):
    """What a benefit is worth, all costs included."""

    amount: Annotated[Amount, Meta(description="An exact decimal, as text: `150.00`.")]
    currency: Annotated[CurrencyCode, Meta(description="ISO 4217.")]


class BenefitEligibility(Struct, frozen=True, forbid_unknown_fields=True):
    """Whom a benefit is for: everything that is named has to be so on the day."""

    attributes: Annotated[
        tuple[Code, ...],
        Meta(
            max_length=20,
            extra_json_schema=UNIQUE,
            description="Codes of `eligibility` that all have to be true of them.",
        ),
    ] = ()
    groups: Annotated[
        tuple[Code, ...],
        Meta(
            max_length=50,
            extra_json_schema=UNIQUE,
            description="Codes of `groups`; they belong to at least one.",
        ),
    ] = ()
    roles: Annotated[
        tuple[Code, ...],
        Meta(
            max_length=50,
            extra_json_schema=UNIQUE,
            description="Codes of `roles`; they hold at least one.",
        ),
    ] = ()
    tenures: Annotated[
        Count, Meta(description="Their tenure is at least the how manieth in the program; 1: any.")
    ] = 1


class Benefit(Struct, frozen=True, forbid_unknown_fields=True):
    """Something that ambassadors get."""

    name: Annotated[Name, Meta(description="The benefit's public name.")]
    kind: Annotated[BenefitKind, Meta(description="What sort of thing it is.")]
    offered: Annotated[
        tuple[Occasion, ...],
        Meta(
            min_length=1,
            max_length=len(Occasion),
            extra_json_schema=UNIQUE,
            description="When it is offered; a manager offers it only on an occasion named here.",
        ),
    ]
    description: Annotated[Paragraph | None, Meta(description="What it is, in public.")] = None
    public: Annotated[bool, Meta(description="Whether the public list shows it.")] = True
    value: Annotated[Value | None, Meta(description="What it is worth; shown in public.")] = None
    eligibility: Annotated[BenefitEligibility, Meta(description="Whom it is for.")] = field(
        default_factory=BenefitEligibility
    )
    per_tenure: Annotated[
        Count, Meta(description="How many somebody can have of it in one tenure.")
    ] = 1
    ever: Annotated[
        Count | None, Meta(description="How many somebody can ever have of it in the program.")
    ] = None
    automatic: Annotated[
        bool,
        Meta(description="Claimed by itself when it is offered; it asks nothing of anybody."),
    ] = False
    needs: Annotated[
        tuple[Need, ...],
        Meta(
            max_length=len(Need),
            extra_json_schema=UNIQUE,
            description="What they tell with the claim, besides their choice of `items`.",
        ),
    ] = ()
    approval: Annotated[
        bool, Meta(description="Whether a manager approves a claim before it is fulfilled.")
    ] = False
    claim_within: Annotated[
        Stretch | None,
        Meta(description="How long it can be claimed; the offer expires afterwards."),
    ] = None
    fulfil_within: Annotated[
        Stretch | None,
        Meta(description="How soon after the claim it is promised; announced when it is late."),
    ] = None
    items: Annotated[
        dict[
            Slug,
            Annotated[Count, Meta(description="How many of the item.")],
        ],
        Meta(max_length=50, description="The stock items in it, by code, and how many of each."),
    ] = field(default_factory=dict[str, int])
    codes: Annotated[
        bool, Meta(description="Whether a claim is fulfilled by a code from a pool, at once.")
    ] = False
    ends_with_tenure: Annotated[
        bool,
        Meta(
            description="Whether it is revoked when they stop being an ambassador, and replaced "
            "when it is offered anew at a renewal: an invitation is, a shirt is not."
        ),
    ] = False


class Deliveries(Struct, frozen=True, forbid_unknown_fields=True):
    """How long is known where something was sent."""

    kept: Annotated[
        Stretch,
        Meta(description="How long after the fulfilment addresses are kept; then erased."),
    ] = "P60D"
