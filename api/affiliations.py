"""Affiliations over HTTP: where a person worked, from which day to which."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from api.http.access import requires
from api.http.caching import Match
from api.http.endpoint import Routes
from api.http.fields import LINE, Day, Id, Version
from api.http.paging import Page, PageQuery, page, place
from api.people import following_merges
from domain import affiliations
from domain.call import Call
from domain.rules.access import Permission

routes = Routes("Affiliations", "Where people work, from which day to which.")

Company = Annotated[
    str, Meta(pattern=LINE, min_length=1, max_length=200, examples=["Invented Systems"])
]
From = Annotated[Day | None, Meta(description="The first day; null when it is not known.")]
Until = Annotated[Day | None, Meta(description="The last day; null while it lasts.")]


class AffiliationView(Struct, frozen=True):
    """An affiliation. `version` is that of the person, whose part it is."""

    id: Id
    person: Annotated[Id, Meta(description="Who worked there.")]
    company: Annotated[Company, Meta(description="The company's name.")]
    valid_from: From
    valid_until: Until
    version: Version


class NewAffiliation(Struct, frozen=True, forbid_unknown_fields=True):
    """An affiliation to record."""

    company: Annotated[Company, Meta(description="The company's name.")]
    valid_from: From | UnsetType = UNSET
    valid_until: Until | UnsetType = UNSET


class AffiliationPatch(Struct, frozen=True, forbid_unknown_fields=True):
    """What to change of an affiliation."""

    company: Annotated[Company | UnsetType, Meta(description="The company's name.")] = UNSET
    valid_from: From | UnsetType = UNSET
    valid_until: Until | UnsetType = UNSET


class AffiliationsQuery(PageQuery, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Filters of the list of affiliations."""

    on: Annotated[Day | None, Meta(description="Only those of this day.")] = None


class _Place(Struct, frozen=True):
    id: Id


def view(person: affiliations.Person, affiliation: affiliations.Affiliation) -> AffiliationView:
    """The wire form of an affiliation."""
    return AffiliationView(
        id=affiliation.id,
        person=affiliation.person_id,
        company=affiliation.company,
        valid_from=affiliation.valid_from,
        valid_until=affiliation.valid_until,
        version=person.version,
    )


@routes.get("/people/{person}/affiliations", requires(Permission.PERSON_READ), moves=True)
async def list_affiliations(
    call: Call, person: Id, query: AffiliationsQuery
) -> Page[AffiliationView]:
    """List where a person worked, or works on a day."""
    after = place(query, _Place)
    with following_merges("/v1/people/{person}/affiliations"):
        owner, rows = await affiliations.page(
            call, person, on=query.on, after=after.id if after else None, limit=query.limit
        )
    return page(query, rows, [view(owner, row) for row in rows], _Place)


@routes.post(
    "/people/{person}/affiliations",
    requires(Permission.PERSON_MANAGE),
    creates=True,
    location="/v1/people/{person}/affiliations/{id}",
)
async def create_affiliation(call: Call, person: Id, body: NewAffiliation) -> AffiliationView:
    """Record where a person worked."""
    affiliation_id = await affiliations.add(
        call,
        person,
        body.company,
        valid_from=body.valid_from or None,
        valid_until=body.valid_until or None,
    )
    return view(*await affiliations.get(call, person, affiliation_id, Permission.PERSON_MANAGE))


@routes.get(
    "/people/{person}/affiliations/{affiliation}", requires(Permission.PERSON_READ), moves=True
)
async def get_affiliation(call: Call, person: Id, affiliation: Id) -> AffiliationView:
    """Get an affiliation."""
    with following_merges(f"/v1/people/{{person}}/affiliations/{affiliation}"):
        return view(*await affiliations.get(call, person, affiliation, Permission.PERSON_READ))


@routes.patch("/people/{person}/affiliations/{affiliation}", requires(Permission.PERSON_MANAGE))
async def update_affiliation(
    call: Call, person: Id, affiliation: Id, body: AffiliationPatch, match: Match
) -> AffiliationView:
    """Correct or end an affiliation."""
    given: dict[str, Any] = {name: getattr(body, name) for name in body.__struct_fields__}
    changes = affiliations.Changes(**given)
    await affiliations.update(call, person, affiliation, changes, match.check)
    return view(*await affiliations.get(call, person, affiliation, Permission.PERSON_MANAGE))


@routes.delete("/people/{person}/affiliations/{affiliation}", requires(Permission.PERSON_MANAGE))
async def delete_affiliation(call: Call, person: Id, affiliation: Id, match: Match) -> None:
    """Remove an affiliation that was recorded by mistake."""
    await affiliations.delete(call, person, affiliation, match.check)
