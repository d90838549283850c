"""People's rights over HTTP: read everything that is held about a person; one's own erasure."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from api.http.access import requires
from api.http.caching import Match
from api.http.endpoint import Routes
from api.http.fields import Id, Moment, Url
from api.people import PersonView, following_merges
from api.personal_applications import (
    HeldApplicationView,
    HeldCommentView,
    HeldNominationView,
    HeldVoteView,
    Known,
    KnownMoment,
    ProgramSlug,
    Said,
)
from api.personal_benefits import HeldGrantView
from domain import erasure
from domain.call import Call
from domain.rules.access import Permission

routes = Routes("Personal data", "Everything that is held about a person, and its erasure.")

KnownDay = Annotated[date | None, Meta(description="A day; null when it is open or not known.")]
Share = Annotated[int, Meta(ge=1, le=100, extra_json_schema={"format": "int32"})]
Texts = Annotated[list[str], Meta(description="As they are recorded.")]
Values = Annotated[
    dict[str, Any], Meta(description="Fields and their values.", examples=[{"city": "Lagos"}])
]


class FormerHandleView(Struct, frozen=True):
    """A handle of before."""

    handle: Said
    until_at: Moment


class HeldIdentityView(Struct, frozen=True):
    """An identity with its history."""

    provider: Said
    subject: Known
    handle: Known
    verified_at: KnownMoment
    created_at: Moment
    former_handles: Annotated[list[FormerHandleView], Meta(description="Handles of before.")]


class HeldAffiliationView(Struct, frozen=True):
    """Where the person worked."""

    company: Said
    valid_from: KnownDay
    valid_until: KnownDay


class HeldMembershipView(Struct, frozen=True):
    """A group or a role inside a program."""

    kind: Said
    code: Said
    valid_from: KnownDay
    valid_until: KnownDay


class HeldTenureView(Struct, frozen=True):
    """A period of being an ambassador."""

    first_day: Annotated[date, Meta(description="The first day.")]
    last_day: KnownDay
    origin: Said
    outcome: Known
    outcome_on: KnownDay
    outcome_reason: Known


class HeldLeaveView(Struct, frozen=True):
    """A leave of absence."""

    first_day: Annotated[date, Meta(description="The first day.")]
    last_day: KnownDay
    reason: Known


class HeldEligibilityView(Struct, frozen=True):
    """Something that is true of the person until a day."""

    attribute: Said
    expires_on: KnownDay
    note: Known


class HeldPromotionView(Struct, frozen=True):
    """Where the person went on to from the program."""

    to_program: ProgramSlug
    reason: Known
    promoted_at: Moment


class HeldAmbassadorView(Struct, frozen=True):
    """The person in one program."""

    program: ProgramSlug
    handle: Said
    status: Said
    status_reason: Known
    status_on: KnownDay
    farewell: Known
    joined_on: KnownDay
    hidden_fields: Annotated[list[str], Meta(description="What the public does not see.")]
    former_handles: Annotated[list[FormerHandleView], Meta(description="Handles of before.")]
    memberships: Annotated[list[HeldMembershipView], Meta(description="Groups and roles.")]
    tenures: Annotated[list[HeldTenureView], Meta(description="Oldest first.")]
    leaves: Annotated[list[HeldLeaveView], Meta(description="Oldest first.")]
    eligibilities: Annotated[list[HeldEligibilityView], Meta(description="By their codes.")]
    promotions: Annotated[list[HeldPromotionView], Meta(description="Oldest first.")]
    created_at: Moment
    updated_at: Moment


class HeldReadingView(Struct, frozen=True):
    """Numbers that were read on a day."""

    read_on: Annotated[date, Meta(description="The day.")]
    values: Annotated[
        dict[str, int],
        Meta(description="The numbers by their names.", examples=[{"attendees": 40}]),
    ]


class HeldPartView(Struct, frozen=True):
    """The person's part in a contribution."""

    role: Known
    share: Annotated[Share | None, Meta(description="Percent, where it is shared out.")]
    identity: Annotated[
        str | None,
        Meta(description="How it named the person, if by an identity.", examples=["github:@amara"]),
    ]


class HeldContributionView(Struct, frozen=True):
    """Something the person did, or submitted for others."""

    program: ProgramSlug
    id: Id
    type: Said
    type_text: Said
    title: Said
    description: Known
    occurred_on: Annotated[date, Meta(description="The first day of the period.")]
    date_precision: Said
    ended_on: KnownDay
    url: Annotated[Url | None, Meta(description="Where it can be seen.")]
    evidence: Texts
    role: Known
    language: Known
    tags: Texts
    audience: Texts
    event_format: Known
    country: Known
    metrics: Annotated[
        list[HeldReadingView], Meta(description="Numbers, in the order of their arrival.")
    ]
    fields: Values
    visibility: Said
    part: Annotated[
        HeldPartView | None, Meta(description="Null: the person submitted it for others.")
    ]
    submitted: Annotated[bool, Meta(description="Whether the person submitted it.")]
    source: Known
    key: Known
    status: Said
    waiting_for: Known
    decline_reason: Known
    note: Known
    decided_at: KnownMoment
    dispute: Known
    disputed_at: KnownMoment
    same_as: Annotated[Id | None, Meta(description="The contribution that counts in its place.")]
    created_at: Moment
    updated_at: Moment


class HeldRoleView(Struct, frozen=True):
    """A role of an account."""

    role: Said
    program: Annotated[ProgramSlug | None, Meta(description="Null: the whole instance.")]
    valid_from: Moment
    valid_until: KnownMoment


class HeldTokenView(Struct, frozen=True):
    """A token, without its secret."""

    name: Said
    hint: Said
    expires_at: KnownMoment
    revoked_at: KnownMoment
    last_used_at: KnownMoment
    created_at: Moment


class HeldAccountView(Struct, frozen=True):
    """An account of the person."""

    kind: Said
    name: Said
    disabled_at: KnownMoment
    created_at: Moment
    roles: Annotated[list[HeldRoleView], Meta(description="Roles, past ones included.")]
    tokens: Annotated[list[HeldTokenView], Meta(description="Tokens, revoked ones included.")]


class HeldSourceView(Struct, frozen=True):
    """A source whose settings name the person, for what it reads elsewhere."""

    program: ProgramSlug
    source: Said
    names: Annotated[
        list[str],
        Meta(description="The names and addresses that lead to the person there.", examples=[[]]),
    ]


class HeldInvitationView(Struct, frozen=True):
    """An invitation, without its secret."""

    name: Said
    program: Annotated[ProgramSlug | None, Meta(description="Null: the whole instance.")]
    role: Known
    expires_at: Moment
    redeemed_at: KnownMoment
    revoked_at: KnownMoment
    created_at: Moment


class HeldEntryView(Struct, frozen=True):
    """An audit entry about the person or what is theirs."""

    at: Moment
    action: Said
    subject_kind: Said
    subject_id: Id
    program: Annotated[ProgramSlug | None, Meta(description="Null: of no one program.")]
    fields: Annotated[list[str], Meta(description="What changed.")]
    reason: Known
    before: Values
    after: Values


class PersonalData(Struct, frozen=True):
    """Everything that is held about one person."""

    person: PersonView
    merged_people: Annotated[
        list[PersonView], Meta(description="Records that were merged into the person.")
    ]
    identities: Annotated[list[HeldIdentityView], Meta(description="Accounts at providers.")]
    affiliations: Annotated[list[HeldAffiliationView], Meta(description="Companies.")]
    ambassadors: Annotated[list[HeldAmbassadorView], Meta(description="In each program.")]
    contributions: Annotated[list[HeldContributionView], Meta(description="In each program.")]
    applications: Annotated[
        list[HeldApplicationView], Meta(description="In each program, also by nomination.")
    ]
    nominations: Annotated[list[HeldNominationView], Meta(description="Made by the person.")]
    votes: Annotated[list[HeldVoteView], Meta(description="Places in votes of committees.")]
    comments: Annotated[list[HeldCommentView], Meta(description="Written for committees.")]
    grants: Annotated[list[HeldGrantView], Meta(description="Benefits, in each program.")]
    sources: Annotated[
        list[HeldSourceView], Meta(description="Sources whose settings name the person.")
    ]
    accounts: Annotated[list[HeldAccountView], Meta(description="Accounts here.")]
    invitations: Annotated[list[HeldInvitationView], Meta(description="Invitations here.")]
    audit: Annotated[list[HeldEntryView], Meta(description="What was done, oldest first.")]


class OwnErasure(Struct, frozen=True, forbid_unknown_fields=True):
    """Says that one means it."""

    confirm: Annotated[
        Literal["erase"], Meta(description="The word `erase`; there is no way back.")
    ]


def view(everything: erasure.Everything) -> PersonalData:
    """The wire form of all that is held."""
    return msgspec.convert(everything, PersonalData, from_attributes=True)


@routes.get("/people/{person}/export", requires(Permission.PERSON_MANAGE), moves=True)
async def export_person(call: Call, person: Id) -> PersonalData:
    """Export everything that is held about a person.

    It reaches over all programs: the permission must be held in the whole instance.
    """
    with following_merges("/v1/people/{person}/export"):
        return view(await erasure.export(call, person))


@routes.get("/me/export", requires(Permission.SELF_READ))
async def export_own_data(call: Call) -> PersonalData:
    """Export everything that is held about oneself.

    404 for an account that belongs to no person.
    """
    return view(await erasure.export_own(call))


@routes.post("/me/erasure", requires(Permission.SELF_MANAGE), status=204)
async def erase_own_data(call: Call, body: OwnErasure, match: Match) -> None:
    """Erase oneself for good.

    The account is disabled with its tokens; this request is the last one that they are good for.
    """
    del body
    await erasure.erase_own(call, match.check)
