"""Identities over HTTP: a person at a provider, claimed or vouched for."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from api.http.access import requires
from api.http.caching import Match
from api.http.endpoint import Routes
from api.http.fields import Id, Moment, Version
from api.http.paging import Page, PageQuery, page, place
from api.people import following_merges
from domain import identities
from domain.call import Call
from domain.rules.access import Permission

routes = Routes("Identities", "People at providers; only verified identities are unique.")

Provider = Annotated[
    str,
    Meta(
        pattern="^[a-z][a-z0-9_-]{0,62}$(?!\\n)",
        max_length=63,
        description="Who tells people apart: `github`, `slack`, `email`, …",
        examples=["github"],
    ),
]
Subject = Annotated[
    str,
    Meta(
        pattern="^[^\\s\\u0000-\\u0020\\u007f]+$(?!\\n)",
        max_length=255,
        description="The provider's own id of the account, which never changes.",
        examples=["1234567"],
    ),
]
ProviderHandle = Annotated[
    str,
    Meta(
        pattern="^[^\\s\\u0000-\\u0020\\u007f]+$(?!\\n)",
        max_length=255,
        description="For display; compared without regard to case.",
        examples=["amara-okafor"],
    ),
]


class IdentityView(Struct, frozen=True):
    """An identity. `version` is that of the person, whose part it is."""

    id: Id
    person: Annotated[Id, Meta(description="Whose it is.")]
    provider: Provider
    subject: Annotated[Subject | None, Meta(description="Null when only a handle is known.")]
    handle: Annotated[ProviderHandle | None, Meta(description="Null when only an id is known.")]
    verified_at: Annotated[
        Moment | None, Meta(description="Since when it is verified; null: only claimed.")
    ]
    vouched_by: Annotated[
        Id | None, Meta(description="The account that vouched; null also for the command line.")
    ]
    version: Version
    created_at: Moment


class NewIdentity(Struct, frozen=True, forbid_unknown_fields=True):
    """An identity to record, with a subject, a handle, or both."""

    provider: Provider
    subject: Annotated[Subject | UnsetType, Meta(description="The provider's own id.")] = UNSET
    handle: Annotated[ProviderHandle | UnsetType, Meta(description="For display.")] = UNSET


class IdentityPatch(Struct, frozen=True, forbid_unknown_fields=True):
    """What to change of an identity."""

    handle: ProviderHandle


class _Place(Struct, frozen=True):
    id: Id


def view(person: identities.Person, identity: identities.Identity) -> IdentityView:
    """The wire form of an identity."""
    return IdentityView(
        id=identity.id,
        person=identity.person_id,
        provider=identity.provider,
        subject=identity.subject,
        handle=identity.handle,
        verified_at=identity.verified_at,
        vouched_by=identity.vouched_by,
        version=person.version,
        created_at=identity.created_at,
    )


@routes.get("/people/{person}/identities", requires(Permission.PERSON_READ), moves=True)
async def list_identities(call: Call, person: Id, query: PageQuery) -> Page[IdentityView]:
    """List a person's identities, oldest first."""
    after = place(query, _Place)
    with following_merges("/v1/people/{person}/identities"):
        owner, rows = await identities.page(
            call, person, after=after.id if after else None, limit=query.limit
        )
    return page(query, rows, [view(owner, row) for row in rows], _Place)


@routes.post(
    "/people/{person}/identities",
    requires(Permission.PERSON_MANAGE),
    creates=True,
    location="/v1/people/{person}/identities/{id}",
)
async def create_identity(call: Call, person: Id, body: NewIdentity) -> IdentityView:
    """Record an identity.

    It is claimed: somebody said so. Any number of people may claim one account, until somebody
    vouches for one of them.
    """
    draft = identities.Draft(body.provider, body.subject or None, body.handle or None)
    identity_id = await identities.add(call, person, draft)
    return view(*await identities.get(call, person, identity_id, Permission.PERSON_MANAGE))


@routes.get("/people/{person}/identities/{identity}", requires(Permission.PERSON_READ), moves=True)
async def get_identity(call: Call, person: Id, identity: Id) -> IdentityView:
    """Get an identity."""
    with following_merges(f"/v1/people/{{person}}/identities/{identity}"):
        return view(*await identities.get(call, person, identity, Permission.PERSON_READ))


@routes.patch("/people/{person}/identities/{identity}", requires(Permission.PERSON_MANAGE))
async def update_identity(
    call: Call, person: Id, identity: Id, body: IdentityPatch, match: Match
) -> IdentityView:
    """Give an identity another handle.

    The one before is kept. A verified identity without a subject is only claimed afterwards: its
    handle was all that was vouched for.
    """
    await identities.rename(call, person, identity, body.handle, match.check)
    return view(*await identities.get(call, person, identity, Permission.PERSON_MANAGE))


@routes.delete("/people/{person}/identities/{identity}", requires(Permission.PERSON_MANAGE))
async def delete_identity(call: Call, person: Id, identity: Id, match: Match) -> None:
    """Remove an identity."""
    await identities.delete(call, person, identity, match.check)


@routes.post("/people/{person}/identities/{identity}/vouch", requires(Permission.PERSON_MANAGE))
async def vouch_for_identity(call: Call, person: Id, identity: Id, match: Match) -> IdentityView:
    """Vouch for an identity.

    You say that the account is this person's, with your name and the date. Refused when another
    person has it verified.
    """
    await identities.vouch(call, person, identity, match.check)
    return view(*await identities.get(call, person, identity, Permission.PERSON_MANAGE))


@routes.delete(
    "/people/{person}/identities/{identity}/vouch", requires(Permission.PERSON_MANAGE), status=200
)
async def retract_vouching(call: Call, person: Id, identity: Id, match: Match) -> IdentityView:
    """Take a vouching back; the identity is only claimed again."""
    await identities.retract(call, person, identity, match.check)
    return view(*await identities.get(call, person, identity, Permission.PERSON_MANAGE))
