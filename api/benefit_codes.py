"""Benefit codes over HTTP: tickets or vouchers are loaded, and each grant shows its own."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from api.benefits import ONE as BENEFIT
from api.benefits import BenefitCode
from api.grants import ONE as GRANT
from api.http.access import requires
from api.http.endpoint import Routes
from api.http.fields import Count, Id, Moment, Slug
from domain import benefit_codes
from domain.call import Call
from domain.rules.access import Permission

routes = Routes("Benefit codes", "Tickets and vouchers that are given out, each to one grant.")

LIST = BENEFIT + "/codes"

Voucher = Annotated[
    str,
    Meta(
        pattern="^[^\\u0000-\\u0020\\u007f]([^\\u0000-\\u001f\\u007f]*[^\\u0000-\\u0020\\u007f])?$(?!\\n)",
        min_length=1,
        max_length=200,
        description="A ticket or voucher, as its issuer knows it.",
        examples=["PARIS-7Q2F"],
    ),
]


class BenefitCodes(Struct, frozen=True, forbid_unknown_fields=True):
    """Codes to add to a pool."""

    codes: Annotated[
        list[Voucher],
        Meta(
            min_length=1,
            max_length=10_000,
            description="Each once; what the pool has had adds nothing.",
            examples=[["PARIS-7Q2F"]],
        ),
    ]


class CodeCountsView(Struct, frozen=True):
    """How many codes a benefit has."""

    benefit: BenefitCode
    loaded: Annotated[Count, Meta(description="How many it has ever had.")]
    given: Annotated[Count, Meta(description="How many of these are somebody's.")]
    free: Annotated[Count, Meta(description="How many are left to give.")]


class LoadedCodesView(Struct, frozen=True):
    """What became of the codes that were sent, and how many the benefit has now."""

    benefit: BenefitCode
    added: Annotated[Count, Meta(description="How many are new.")]
    known: Annotated[Count, Meta(description="How many it had already, or were sent twice.")]
    loaded: Annotated[Count, Meta(description="How many it has ever had.")]
    given: Annotated[Count, Meta(description="How many of these are somebody's.")]
    free: Annotated[Count, Meta(description="How many are left to give.")]


class GrantCodeView(Struct, frozen=True):
    """The code that a grant has."""

    grant_id: Id
    benefit: BenefitCode
    code: Voucher
    given_at: Moment


@routes.post(LIST, requires(Permission.GRANT_FULFIL))
async def load_benefit_codes(
    call: Call, program: Slug, benefit: BenefitCode, body: BenefitCodes
) -> LoadedCodesView:
    """Load codes for a benefit.

    At most 10,000 at a time, given in this order. The same again adds nothing, so no
    Idempotency-Key is needed. They are sealed, and no list ever shows them.
    """
    made = await benefit_codes.load(call, program, benefit, body.codes)
    now = made.counts
    return LoadedCodesView(benefit, made.added, made.known, now.loaded, now.given, now.free)


@routes.get(LIST, requires(Permission.GRANT_READ))
async def count_benefit_codes(call: Call, program: Slug, benefit: BenefitCode) -> CodeCountsView:
    """Count the codes of a benefit.

    How many were loaded, given, and are free; the codes themselves are shown to nobody but whose
    they are.
    """
    found = await benefit_codes.counts(call, program, benefit)
    return CodeCountsView(benefit, found.loaded, found.given, found.free)


@routes.get(GRANT + "/code", requires(Permission.SELF_READ), unseals=True)
async def get_grant_code(call: Call, program: Slug, grant: Id) -> GrantCodeView:
    """Get the code of a grant.

    For the ambassador and for those with delivery:read. 404 while the grant has none.
    """
    found = await benefit_codes.get(call, program, grant)
    return GrantCodeView(grant, found.grant.benefit, found.code, found.given_at)
