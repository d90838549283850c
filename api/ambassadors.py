"""Ambassadors over HTTP: the directory of a program."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from api.http.access import public, requires
from api.http.caching import Match
from api.http.endpoint import Moved, Routes
from api.http.fields import (
    LINE,
    Code,
    Country,
    Day,
    Handle,
    Id,
    Language,
    Line,
    Moment,
    Name,
    Reason,
    Slug,
    Text,
    Url,
    Version,
)
from api.http.paging import Page, PageQuery, page, place
from api.people import City, Languages, LinkView, NewPerson, Title, Topic, Topics
from api.people import changes as changes_of
from domain import ambassadors
from domain.ambassadors import Entry
from domain.call import Call
from domain.errors import Fault, Invalid
from domain.rules.access import Permission
from domain.rules.ambassadors import AmbassadorStatus, same_handle
from domain.rules.policy_document import DirectoryField

routes = Routes("Ambassadors", "The people of a program, as its public directory shows them.")

LIST = "/programs/{program}/ambassadors"
ONE = LIST + "/{handle}"

Status = Annotated[
    AmbassadorStatus,
    Meta(description="Where the ambassador stands.", examples=["active"]),
]
HiddenFields = Annotated[
    list[DirectoryField],
    Meta(
        max_length=len(DirectoryField),
        description="What no public answer of this program shows of them.",
        examples=[["city"]],
    ),
]


class AmbassadorPrivateView(Struct, frozen=True):
    """What only the program's staff and the ambassador see."""

    person_id: Id
    status_reason: Annotated[Reason | None, Meta(description="Why the status was set.")]
    status_on: Annotated[Day | None, Meta(description="The day from which the status holds.")]
    farewell: Annotated[Text | None, Meta(description="Their goodbye, also when none is shown.")]
    joined_on: Annotated[Day | None, Meta(description="The day of joining, also when hidden.")]
    hidden_fields: HiddenFields
    created_at: Moment
    updated_at: Moment


class AmbassadorView(Struct, frozen=True):
    """An ambassador as the public sees them; what is hidden is null or empty."""

    id: Id
    handle: Handle
    status: Status
    name: Annotated[Name, Meta(description="What they are called.")]
    title: Annotated[Title | None, Meta(description="What they are.")]
    bio: Annotated[Text | None, Meta(description="About them.")]
    country: Annotated[Country | None, Meta(description="Where they live.")]
    city: Annotated[City | None, Meta(description="Where they live.")]
    company: Annotated[Line | None, Meta(description="Where they work today.")]
    avatar_url: Annotated[Url | None, Meta(description="A picture of them.")]
    languages: Languages
    topics: Topics
    links: Annotated[list[LinkView], Meta(description="In the order they chose.")]
    joined_on: Annotated[Day | None, Meta(description="The day of joining, where it is known.")]
    groups: Annotated[list[Code], Meta(description="Groups that they belong to today.")]
    roles: Annotated[list[Code], Meta(description="Roles that they hold today.")]
    farewell: Annotated[
        Text | None,
        Meta(description="What they said as they left, where the program lists farewells."),
    ]
    version: Version
    private: Annotated[AmbassadorPrivateView | None, Meta(description="Null in the public view.")]


class NewAmbassador(Struct, frozen=True, forbid_unknown_fields=True):
    """Who becomes an ambassador: a person who is recorded already, or a new one."""

    handle: Handle
    person_id: Annotated[Id | UnsetType, Meta(description="Somebody who is recorded.")] = UNSET
    person: Annotated[
        NewPerson | UnsetType, Meta(description="Somebody new; instead of `person_id`.")
    ] = UNSET
    joined_on: Annotated[
        Day | UnsetType | None, Meta(description="The day of joining; absent when unknown.")
    ] = UNSET
    hidden_fields: HiddenFields | UnsetType = UNSET


class AmbassadorPatch(Struct, frozen=True, forbid_unknown_fields=True):
    """What to change of an ambassador."""

    handle: Handle | UnsetType = UNSET
    joined_on: Annotated[
        Day | UnsetType | None, Meta(description="Null: nobody knows the day.")
    ] = UNSET
    hidden_fields: HiddenFields | UnsetType = UNSET


class NewStatus(Struct, frozen=True, forbid_unknown_fields=True):
    """A status to set."""

    status: Status
    reason: Reason
    on: Annotated[
        Day | UnsetType, Meta(description="The day from which it holds; by default today.")
    ] = UNSET


class AmbassadorQuery(PageQuery, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Filters of the directory; each is compared with what the directory shows."""

    status: Annotated[
        tuple[Status, ...],
        Meta(
            max_length=len(AmbassadorStatus),
            description="Repeat it for several; by default `active`. The public sees those that "
            "the program lists.",
        ),
    ] = ()
    country: Annotated[Country | None, Meta(description="Who lives there.")] = None
    group: Annotated[Code | None, Meta(description="Who belongs to this group today.")] = None
    role: Annotated[Code | None, Meta(description="Who holds this role today.")] = None
    language: Annotated[Language | None, Meta(description="Who speaks it.")] = None
    topic: Annotated[Topic | None, Meta(description="Who knows about it.")] = None
    q: Annotated[
        Annotated[str, Meta(pattern=LINE, min_length=2, max_length=100, examples=["amara"])] | None,
        Meta(description="A part of the name, handle, title, bio, topics or company."),
    ] = None
    sort: Annotated[
        Literal["name", "joined"],
        Meta(description="The order; by `joined`, unknown days come last."),
    ] = "name"


def view(entry: Entry) -> AmbassadorView:
    """The wire form of an ambassador, as the reader of the entry may see them."""
    private = None
    if entry.insider:
        private = AmbassadorPrivateView(
            person_id=entry.person_id,
            status_reason=entry.status_reason,
            status_on=entry.status_on,
            farewell=entry.recorded_farewell,
            joined_on=entry.recorded_joined_on,
            hidden_fields=[DirectoryField(name) for name in entry.hidden_fields],
            created_at=entry.created_at,
            updated_at=entry.updated_at,
        )
    known = {name: getattr(entry, name) for name in AmbassadorView.__struct_fields__[:-1]}
    return msgspec.convert(known | {"private": private}, AmbassadorView, from_attributes=True)


def path_of(program: str, handle: str) -> str:
    """Where an ambassador is."""
    return f"/v1/programs/{program}/ambassadors/{handle}"


@routes.get(LIST, public(), cached=True)
async def list_ambassadors(
    call: Call, program: Slug, query: AmbassadorQuery
) -> Page[AmbassadorView]:
    """List the ambassadors of a program.

    Everybody sees the statuses that the program's directory lists; callers with ambassador:read see
    all of them, with the private part.
    """
    filters = ambassadors.Filters(
        query.country, query.group, query.role, query.language, query.topic, query.q
    )
    if query.sort == "name":
        rows = await ambassadors.page_by_name(
            call,
            program,
            filters,
            statuses=query.status,
            after=place(query, ambassadors.ByName),
            limit=query.limit,
        )
        return page(query, rows, [view(row) for row in rows], ambassadors.ByName)
    rows = await ambassadors.page_by_joined(
        call,
        program,
        filters,
        statuses=query.status,
        after=place(query, ambassadors.ByJoined),
        limit=query.limit,
    )
    return page(query, rows, [view(row) for row in rows], ambassadors.ByJoined)


@routes.post(
    LIST,
    requires(Permission.AMBASSADOR_MANAGE),
    creates=True,
    location="/v1/programs/{program}/ambassadors/{handle}",
)
async def create_ambassador(call: Call, program: Slug, body: NewAmbassador) -> AmbassadorView:
    """Make a person an ambassador.

    Either somebody who is recorded already (`person_id`) or somebody new (`person`).
    """
    draft = ambassadors.Draft(
        handle=body.handle,
        person=_who(body),
        joined_on=body.joined_on or None,
        hidden_fields=body.hidden_fields or (),
    )
    return view(await ambassadors.create(call, program, draft))


@routes.get(ONE, public(), cached=True, moves=True)
async def get_ambassador(call: Call, program: Slug, handle: Handle) -> AmbassadorView:
    """Get an ambassador.

    A handle that they had before leads to the one that they have now. Staff and the ambassador
    themself see the private part.
    """
    entry = await ambassadors.get(call, program, handle)
    if not same_handle(entry.handle, handle):
        raise Moved(path_of(program, entry.handle))
    return view(entry)


@routes.patch(ONE, requires(Permission.AMBASSADOR_MANAGE))
async def update_ambassador(
    call: Call, program: Slug, handle: Handle, body: AmbassadorPatch, match: Match
) -> AmbassadorView:
    """Change the handle, the day of joining or what is hidden.

    A handle that is given up leads to the new one, until somebody else takes it.
    """
    changes = ambassadors.Changes(body.handle, body.joined_on, body.hidden_fields)
    return view(await ambassadors.update(call, program, handle, changes, match.check))


@routes.post(ONE + "/status", requires(Permission.AMBASSADOR_MANAGE))
async def change_ambassador_status(
    call: Call, program: Slug, handle: Handle, body: NewStatus, match: Match
) -> AmbassadorView:
    """Change an ambassador's status, with a reason.

    Who is suspended or removed is in no public answer.
    """
    change = ambassadors.Status(body.status, body.reason, body.on or None)
    return view(await ambassadors.change_status(call, program, handle, change, match.check))


def _who(body: NewAmbassador) -> ambassadors.Who:
    match body.person_id, body.person:
        case msgspec.UNSET, NewPerson() as person:
            return changes_of(person)
        case person_id, msgspec.UNSET if person_id is not UNSET:
            return person_id
        case _:
            detail = "Exactly one of `person_id` and `person` is needed."
            raise Invalid(detail, Fault("person", detail, pointer="/person_id"))
