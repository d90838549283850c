"""Benefits over HTTP: the public catalogue of the policy, and offering one to many."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from api import money
from api.grant_views import Items, Needed
from api.http.access import public, requires
from api.http.endpoint import Routes
from api.http.fields import TEXT, Code, Count, Handle, Id, Line, Slug, Version
from api.money import MoneyView
from domain import benefits, granting
from domain.call import Call
from domain.granting import OfferResult
from domain.rules.access import Permission
from domain.rules.policy_benefits import Benefit, BenefitKind, Occasion

routes = Routes("Benefits", "What a program's ambassadors get: the catalogue, and offering it.")

LIST = "/programs/{program}/benefits"
ONE = LIST + "/{benefit}"

BenefitCode = Annotated[
    Code, Meta(description="The benefit's code in the policy.", examples=["swag_pack"])
]
Reason = Annotated[Occasion, Meta(description="Why it is offered.", examples=["award"])]
OccasionName = Annotated[
    Line,
    Meta(
        min_length=1,
        description="Which award or event it is; only for `award` and `event`, which need it.",
        examples=["Community Award 2026"],
    ),
]
OfferNote = Annotated[
    str,
    Meta(
        pattern=TEXT,
        min_length=1,
        max_length=1000,
        description="What is said with the offer, for the ambassador to read.",
        examples=["Thank you for a great year!"],
    ),
]
Stretch = Annotated[
    str,
    Meta(description="ISO 8601: whole days, weeks, months or years.", examples=["P30D"]),
]


class BenefitEligibilityView(Struct, frozen=True):
    """Whom a benefit is for: everything that is named has to be so on the day."""

    attributes: Annotated[list[Code], Meta(description="Eligibilities that they all have.")]
    groups: Annotated[list[Code], Meta(description="They belong to at least one of these.")]
    roles: Annotated[list[Code], Meta(description="They hold at least one of these.")]
    tenures: Annotated[Count, Meta(description="So many tenures, with the one that runs.")]


class BenefitView(Struct, frozen=True):
    """Something that ambassadors get."""

    code: BenefitCode
    name: Annotated[str, Meta(description="Its public name.", examples=["Swag pack"])]
    kind: Annotated[BenefitKind, Meta(description="What sort of thing it is.", examples=["swag"])]
    description: Annotated[
        str | None, Meta(description="What it is.", examples=["A shirt and stickers."])
    ]
    public: Annotated[bool, Meta(description="Whether everybody sees it in this list.")]
    value: Annotated[MoneyView | None, Meta(description="What it is worth, where that is known.")]
    offered: Annotated[list[Reason], Meta(description="When it is offered.")]
    eligibility: Annotated[BenefitEligibilityView, Meta(description="Whom it is for.")]
    per_tenure: Annotated[Count, Meta(description="How many one can have in a tenure.")]
    ever: Annotated[Count | None, Meta(description="How many one can ever have; null: any.")]
    automatic: Annotated[bool, Meta(description="Whether nobody has to claim it.")]
    needs: Annotated[list[Needed], Meta(description="What is told with a claim.")]
    approval: Annotated[bool, Meta(description="Whether a manager approves a claim.")]
    claim_within: Annotated[Stretch | None, Meta(description="How long an offer can be claimed.")]
    fulfil_within: Annotated[Stretch | None, Meta(description="How soon it is promised.")]
    items: Items
    codes: Annotated[bool, Meta(description="Whether it is a code from a pool.")]
    ends_with_tenure: Annotated[
        bool, Meta(description="Whether it goes when they are no ambassador any more.")
    ]


class BenefitCatalogue(Struct, frozen=True):
    """What a program promises to its ambassadors."""

    program: Slug
    policy_version: Annotated[Version, Meta(description="The policy version that says so.")]
    items: Annotated[list[BenefitView], Meta(description="By code.")]


class NewOffers(Struct, frozen=True, forbid_unknown_fields=True):
    """To whom a benefit is offered, and why."""

    occasion: Reason
    name: OccasionName | UnsetType = UNSET
    handles: (
        Annotated[
            list[Handle],
            Meta(
                min_length=1,
                max_length=granting.MOST,
                description="To whom; absent: to all who are active and eligible.",
            ),
        ]
        | UnsetType
    ) = UNSET
    note: OfferNote | UnsetType = UNSET
    dry_run: Annotated[bool, Meta(description="Tell what would be offered, and store nothing.")] = (
        False
    )


class OfferView(Struct, frozen=True):
    """What became of the offer to one ambassador."""

    handle: Handle
    result: Annotated[
        OfferResult,
        Meta(
            description="`offered`; `had`: for this occasion, or by rule in this tenure, they were "
            "offered it before; `at_limit`: they have as many as anybody can; `not_eligible`: it "
            "is not for them; `not_active`; `unknown`: nobody has this handle.",
            examples=["offered"],
        ),
    ]
    grant_id: Annotated[Id | None, Meta(description="The grant; null: none was stored.")]
    reasons: Annotated[
        list[str], Meta(description="Why not, in words.", examples=[["They are not Team lead."]])
    ]


class OffersView(Struct, frozen=True):
    """What became of offers to many."""

    benefit: BenefitCode
    dry_run: Annotated[bool, Meta(description="Whether nothing was stored.")]
    counts: Annotated[
        dict[str, Count],
        Meta(description="How many had each result.", examples=[{"offered": 12}]),
    ]
    items: Annotated[
        list[OfferView],
        Meta(
            max_length=granting.MOST,
            description="The first ones. Of an offer to all, those for whom it is not are counted "
            "alone.",
        ),
    ]


@routes.get(LIST, public(), cached=True)
async def list_benefits(call: Call, program: Slug) -> BenefitCatalogue:
    """List the benefits.

    The public ones of the policy in force; who reads grants sees the others too.
    """
    found = await benefits.page(call, program)
    return BenefitCatalogue(
        program=found.program,
        policy_version=found.policy_version,
        items=[view(code, benefit) for code, benefit in found.benefits.items()],
    )


@routes.get(ONE, public(), cached=True)
async def get_benefit(call: Call, program: Slug, benefit: BenefitCode) -> BenefitView:
    """Get a benefit."""
    return view(benefit, await benefits.get(call, program, benefit))


@routes.post(ONE + "/offers", requires(Permission.GRANT_MANAGE))
async def offer_benefit(
    call: Call, program: Slug, benefit: BenefitCode, body: NewOffers
) -> OffersView:
    """Offer a benefit to many.

    All in one transaction, on an occasion that the policy names for it. What the rules would offer
    by themselves (`admission`, `tenure`, `renewal`) is offered where the tenure that runs has none
    yet: so a changed policy reaches those whose tenure began before, and a second time changes
    nothing.
    """
    round = granting.Round(
        benefit,
        body.occasion,
        body.name or None,
        body.note or None,
        None if body.handles is UNSET else body.handles,
        body.dry_run,
    )
    done = await granting.offer_many(call, program, round)
    return OffersView(
        benefit, body.dry_run, _counts(done.counts), [_told(one) for one in done.told]
    )


def view(code: str, benefit: Benefit) -> BenefitView:
    """The wire form of a benefit."""
    asked, value = benefit.eligibility, benefit.value
    return BenefitView(
        code=code,
        name=benefit.name,
        kind=benefit.kind,
        description=benefit.description,
        public=benefit.public,
        value=money.view(Decimal(value.amount), value.currency) if value else None,
        offered=list(benefit.offered),
        eligibility=BenefitEligibilityView(
            list(asked.attributes), list(asked.groups), list(asked.roles), asked.tenures
        ),
        per_tenure=benefit.per_tenure,
        ever=benefit.ever,
        automatic=benefit.automatic,
        needs=list(benefit.needs),
        approval=benefit.approval,
        claim_within=benefit.claim_within,
        fulfil_within=benefit.fulfil_within,
        items=benefit.items,
        codes=benefit.codes,
        ends_with_tenure=benefit.ends_with_tenure,
    )


def _counts(counts: Mapping[OfferResult, int]) -> dict[str, int]:
    return {result.value: count for result, count in counts.items()}


def _told(one: granting.Told) -> OfferView:
    return OfferView(one.handle, one.result, one.grant_id, list(one.reasons))
