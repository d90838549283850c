"""People over HTTP: whoever manages people reads and changes profiles."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from api.http.access import requires
from api.http.caching import Match
from api.http.endpoint import Moved, Routes
from api.http.fields import (
    LINE,
    Country,
    Id,
    Language,
    Moment,
    Name,
    Reason,
    Slug,
    Text,
    Url,
    Version,
)
from api.http.paging import Page, PageQuery, page, place
from domain import erasure, people
from domain.call import Call
from domain.rules import links
from domain.rules.access import Permission
from domain.rules.links import LinkKind
from domain.rules.policy_document import DirectoryField

routes = Routes("People", "Human beings: a profile each, whatever programs they are in.")

Title = Annotated[str, Meta(pattern=LINE, max_length=200, examples=["Community lead"])]
City = Annotated[str, Meta(pattern=LINE, max_length=100, examples=["Lagos"])]
Topic = Annotated[
    str, Meta(pattern=LINE, min_length=1, max_length=60, examples=["event-driven architecture"])
]
NamePart = Annotated[str, Meta(pattern=LINE, min_length=1, max_length=100, examples=["amara"])]
Languages = Annotated[list[Language], Meta(max_length=50, description="Languages they speak.")]
Topics = Annotated[list[Topic], Meta(max_length=50, description="What they talk about.")]
HiddenFields = Annotated[
    list[DirectoryField],
    Meta(max_length=len(DirectoryField), description="Fields that no public answer shows."),
]


class LinkView(Struct, frozen=True):
    """Where else a person is."""

    kind: Annotated[LinkKind, Meta(description="The site; `website` for any other.")]
    url: Url


class NewLink(Struct, frozen=True, forbid_unknown_fields=True):
    """A link as one writes it."""

    url: Annotated[
        str,
        Meta(
            pattern=LINE,
            min_length=1,
            max_length=2000,
            description="The address; with a `kind` the name at that site will do.",
            examples=["https://github.com/amara-okafor"],
        ),
    ]
    kind: Annotated[
        LinkKind | UnsetType, Meta(description="The site; absent: the address tells.")
    ] = UNSET


NewLinks = Annotated[
    list[NewLink],
    Meta(
        max_length=50,
        description="In display order; written in one way whatever was sent.",
        examples=[[{"kind": "github", "url": "amara-okafor"}]],
    ),
]


class PersonView(Struct, frozen=True):
    """A person as managers and the person see it, hidden fields included."""

    id: Id
    name: Annotated[Name, Meta(description="What they are called.")]
    title: Annotated[Title | None, Meta(description="What they do, in a few words.")]
    bio: Annotated[Text | None, Meta(description="A few sentences about them.")]
    country: Annotated[Country | None, Meta(description="Where they live.")]
    city: Annotated[City | None, Meta(description="Their town.")]
    avatar_url: Annotated[Url | None, Meta(description="A picture of them.")]
    languages: Languages
    topics: Topics
    links: Annotated[list[LinkView], Meta(description="Where else they are.")]
    hidden_fields: HiddenFields
    erased_at: Annotated[Moment | None, Meta(description="When they were erased.")]
    version: Version
    created_at: Moment
    updated_at: Moment


class Profile(Struct, frozen=True, forbid_unknown_fields=True):
    """What can be said about a person beside the name."""

    title: Annotated[Title | UnsetType | None, Meta(description="What they do.")] = UNSET
    bio: Annotated[Text | UnsetType | None, Meta(description="A few sentences.")] = UNSET
    country: Annotated[Country | UnsetType | None, Meta(description="Where they live.")] = UNSET
    city: Annotated[City | UnsetType | None, Meta(description="Their town.")] = UNSET
    avatar_url: Annotated[Url | UnsetType | None, Meta(description="A picture.")] = UNSET
    languages: Languages | UnsetType = UNSET
    topics: Topics | UnsetType = UNSET
    links: NewLinks | UnsetType = UNSET
    hidden_fields: HiddenFields | UnsetType = UNSET


class ProfilePatch(Profile, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What to change of a profile; null empties a field."""

    name: Annotated[Name | UnsetType, Meta(description="What they are called.")] = UNSET


class NewPerson(Profile, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A person to record."""

    name: Annotated[Name, Meta(description="What they are called.")]


class PeopleQuery(PageQuery, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Filters of the list of people."""

    q: Annotated[NamePart | None, Meta(description="A part of the name.")] = None
    program: Annotated[Slug | None, Meta(description="Only ambassadors of this program.")] = None


class Erasure(Struct, frozen=True, forbid_unknown_fields=True):
    """Why somebody is erased."""

    reason: Reason


def view(person: people.Person) -> PersonView:
    """The wire form of a person."""
    return msgspec.convert(person, PersonView, from_attributes=True)


def changes(body: ProfilePatch | NewPerson) -> people.Changes:
    """What a body changes, in the domain's words."""
    given: dict[str, Any] = {name: getattr(body, name) for name in people.Changes.__struct_fields__}
    if body.links is not UNSET:
        given["links"] = [links.Written(one.url, one.kind or None) for one in body.links]
    return people.Changes(**given)


@contextmanager
def following_merges(path: str) -> Generator[None]:
    """Answer a read of a merged record with 308 to the same path of the person that was kept."""
    try:
        yield
    except people.PersonMerged as merged:
        raise Moved(path.format(person=merged.kept_id)) from merged


@routes.get("/people", requires(Permission.PERSON_READ))
async def list_people(call: Call, query: PeopleQuery) -> Page[PersonView]:
    """List people by name.

    Those in the programs in which you may read people, and those who are in no program yet. Erased
    people and records that were merged into others are not listed.
    """
    rows = await people.page(
        call,
        text=query.q,
        program=query.program,
        after=place(query, people.Place),
        limit=query.limit,
    )
    return page(query, rows, [view(row) for row in rows], people.Place)


@routes.post(
    "/people", requires(Permission.PERSON_MANAGE), creates=True, location="/v1/people/{id}"
)
async def create_person(call: Call, body: NewPerson) -> PersonView:
    """Record a person.

    Until the person is an ambassador somewhere, everybody who may read people in any program sees
    the record.
    """
    person_id = await people.create(call, changes(body))
    return view(await people.get(call, person_id, Permission.PERSON_MANAGE))


@routes.get("/people/{person}", requires(Permission.PERSON_READ), moves=True)
async def get_person(call: Call, person: Id) -> PersonView:
    """Get a person.

    A record that was merged into another one answers 308 to the one that was kept.
    """
    with following_merges("/v1/people/{person}"):
        return view(await people.get(call, person, Permission.PERSON_READ))


@routes.patch("/people/{person}", requires(Permission.PERSON_MANAGE))
async def update_person(call: Call, person: Id, body: ProfilePatch, match: Match) -> PersonView:
    """Change a profile."""
    return view(await people.update(call, person, changes(body), match.check))


@routes.post("/people/{person}/erasure", requires(Permission.PERSON_ERASE))
async def erase_person(call: Call, person: Id, body: Erasure, match: Match) -> PersonView:
    """Erase a person for good.

    Everything personal goes, also from the audit log; dates, types and counts stay. Programs lead
    them as emeritus, their accounts are disabled and their tokens revoked.
    """
    return view(await erasure.erase(call, person, body.reason, match.check))


@routes.get("/me/profile", requires(Permission.SELF_READ))
async def get_own_profile(call: Call) -> PersonView:
    """Get one's own profile.

    404 for an account that belongs to no person.
    """
    return view(await people.own(call))


@routes.patch("/me/profile", requires(Permission.SELF_MANAGE))
async def update_own_profile(call: Call, body: ProfilePatch, match: Match) -> PersonView:
    """Change one's own profile, and what the public sees of it."""
    return view(await people.update_own(call, changes(body), match.check))
