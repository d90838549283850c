"""Policies over HTTP: the one in force, its versions, and what changed between two."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from api.http.access import public, requires
from api.http.caching import Match
from api.http.endpoint import Raw, Routes
from api.http.fields import Id, Moment, Reason, Slug, Version
from api.http.paging import Page, PageQuery, page, place
from domain import policies
from domain.call import Call
from domain.rules import policy as rules
from domain.rules.access import Permission

routes = Routes("Policies", "The rules of a program: one document, versioned and inherited.")

EXAMPLE = {
    "texts": {"name": "Demo Ambassadors"},
    "admission": {"mode": "manager"},
    "tenure": {"clock": "anniversary", "length": "P1Y", "grace": "P30D"},
}

Document = Annotated[
    dict[str, Any],
    Meta(
        description="The policy document as written; its schema is at /v1/policy-schema.",
        examples=[EXAMPLE],
        extra_json_schema={"$ref": "#/components/schemas/PolicyDocument"},
    ),
]


class PolicyView(Struct, frozen=True):
    """A policy version. Decisions name the version that they were taken under."""

    program: Slug
    version: Version
    document: Document
    effective: Annotated[
        dict[str, Any],
        Meta(description="Merged onto the parent's effective policy.", examples=[EXAMPLE]),
    ]
    parent_version: Annotated[
        Version | None, Meta(description="The parent's version that it is merged onto.")
    ]
    reason: Reason
    created_at: Moment


class PolicySummaryView(Struct, frozen=True):
    """A version in the list of versions."""

    version: Version
    parent_version: Annotated[
        Version | None, Meta(description="The parent's version that it is merged onto.")
    ]
    reason: Reason
    created_at: Moment
    created_by: Annotated[Id | None, Meta(description="The account; null for the command line.")]


class PolicyChangeView(Struct, frozen=True):
    """One difference between two effective policies."""

    pointer: Annotated[
        str, Meta(description="RFC 6901 pointer into the policy.", examples=["/admission/mode"])
    ]
    change: Annotated[
        Literal["added", "removed", "changed"], Meta(description="What happened there.")
    ]
    before: Annotated[Any, Meta(description="What was there.", examples=["open"])]
    after: Annotated[Any, Meta(description="What is there.", examples=["manager"])]


class PolicyDiff(Struct, frozen=True):
    """What changed between two versions."""

    old: Version
    new: Version
    changes: Annotated[list[PolicyChangeView], Meta(description="In the order of the pointers.")]


class NewPolicy(Struct, frozen=True, forbid_unknown_fields=True):
    """A policy to put in force."""

    document: Document
    reason: Reason


class DiffQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which two versions to compare."""

    old: Version
    new: Version


class _Place(Struct, frozen=True):
    version: int


def view(slug: str, policy: policies.PolicyVersion) -> PolicyView:
    """The wire form of a policy version."""
    return PolicyView(
        program=slug,
        version=policy.version,
        document=policy.document,
        effective=policy.effective,
        parent_version=policy.parent_version,
        reason=policy.reason,
        created_at=policy.created_at,
    )


@routes.get("/policy-schema", public(), cached=True, produces=("application/schema+json",))
async def get_policy_schema(call: Call) -> Raw:
    """Get the JSON Schema of policy documents."""
    return Raw(msgspec.json.encode(rules.json_schema()), "application/schema+json")


@routes.get("/programs/{program}/policy", public(), cached=True)
async def get_policy(call: Call, program: Slug) -> PolicyView:
    """Get the policy in force.

    Where scoring is internal, points are shown to the program's staff alone; so it is with its
    versions and their differences.
    """
    return view(program, await policies.current(call, program))


@routes.put("/programs/{program}/policy", requires(Permission.POLICY_MANAGE))
async def replace_policy(call: Call, program: Slug, body: NewPolicy, match: Match) -> PolicyView:
    """Put a new policy in force.

    Programs that derive from this one get a new effective version too, or the change is refused
    naming the program. The same document again changes nothing.
    """
    put = await policies.put(call, program, body.document, body.reason, match.check)
    return view(program, put)


@routes.get("/programs/{program}/policy/versions", public(), cached=True)
async def list_policy_versions(
    call: Call, program: Slug, query: PageQuery
) -> Page[PolicySummaryView]:
    """List the versions of a policy, newest first."""
    before = place(query, _Place)
    rows = await policies.versions(
        call, program, before=before.version if before else None, limit=query.limit
    )
    items = [msgspec.convert(row, PolicySummaryView, from_attributes=True) for row in rows]
    return page(query, rows, items, _Place)


@routes.get("/programs/{program}/policy/versions/{version}", public(), cached=True)
async def get_policy_version(call: Call, program: Slug, version: Version) -> PolicyView:
    """Get one version of a policy."""
    return view(program, await policies.version(call, program, version))


@routes.get("/programs/{program}/policy/diff", public(), cached=True)
async def diff_policy_versions(call: Call, program: Slug, query: DiffQuery) -> PolicyDiff:
    """Compare two versions of the effective policy."""
    changes = await policies.diff(call, program, query.old, query.new)
    items = [msgspec.convert(change, PolicyChangeView, from_attributes=True) for change in changes]
    return PolicyDiff(old=query.old, new=query.new, changes=items)
