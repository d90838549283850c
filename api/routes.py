"""Every operation of the service, and the Litestar handlers that serve them."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response
from litestar.handlers import HTTPRouteHandler

from api import (
    accounts,
    admissions,
    affiliations,
    ambassadors,
    application_form,
    applications,
    audit,
    benefit_codes,
    benefits,
    budgets,
    claims,
    comments,
    consents,
    contribution_posts,
    contribution_types,
    contributions,
    corrections,
    decisions,
    deliveries,
    departures,
    eligibilities,
    events,
    expenses,
    exports,
    fulfilments,
    grant_offers,
    grants,
    identities,
    imports,
    invitations,
    jobs,
    leaves,
    me,
    memberships,
    merges,
    operations,
    participation,
    people,
    personal_data,
    points,
    policies,
    programs,
    promotions,
    renewals,
    reviews,
    roles,
    rounds,
    sheets,
    source_runs,
    sources,
    standings,
    stock_balance,
    stock_distribution,
    stock_imports,
    stock_items,
    stock_movements,
    stock_places,
    tenures,
    tokens,
    unmatched,
    votes,
    webhooks,
)
from api.http.context import Context
from api.http.endpoint import Endpoint, Routes
from api.http.serve import build

NOUNS: tuple[Routes, ...] = (
    programs.routes,
    policies.routes,
    ambassadors.routes,
    memberships.routes,
    standings.routes,
    tenures.routes,
    renewals.routes,
    leaves.routes,
    departures.routes,
    eligibilities.routes,
    promotions.routes,
    benefits.routes,
    grant_offers.routes,
    grants.routes,
    claims.routes,
    fulfilments.routes,
    deliveries.routes,
    benefit_codes.routes,
    application_form.routes,
    applications.routes,
    consents.routes,
    rounds.routes,
    votes.routes,
    comments.routes,
    participation.routes,
    decisions.routes,
    admissions.routes,
    contribution_types.routes,
    contributions.routes,
    points.routes,
    contribution_posts.routes,
    reviews.routes,
    corrections.routes,
    unmatched.routes,
    sources.routes,
    source_runs.routes,
    webhooks.routes,
    sheets.routes,
    imports.routes,
    exports.routes,
    stock_items.routes,
    stock_places.routes,
    stock_movements.routes,
    stock_balance.routes,
    stock_imports.routes,
    stock_distribution.routes,
    budgets.routes,
    expenses.routes,
    people.routes,
    identities.routes,
    affiliations.routes,
    merges.routes,
    personal_data.routes,
    me.routes,
    accounts.routes,
    roles.routes,
    tokens.routes,
    invitations.routes,
    audit.routes,
    events.routes,
    jobs.routes,
    operations.routes,
)


def endpoints() -> list[Endpoint]:
    """Every operation, noun by noun."""
    return [endpoint for noun in NOUNS for endpoint in noun.endpoints]


def handlers(context: Context) -> list[HTTPRouteHandler]:
    """A Litestar handler for each operation, and one for OPTIONS on each path."""
    known = endpoints()
    methods: dict[str, set[str]] = {}
    for endpoint in known:
        methods.setdefault(endpoint.litestar_path, set()).add(endpoint.method)
    # OPTIONS first: Litestar adds its own, with a partial Allow, to paths that have none yet.
    return [_options(path, allowed) for path, allowed in methods.items()] + [
        build(endpoint, context) for endpoint in known
    ]


def _options(path: str, methods: set[str]) -> HTTPRouteHandler:
    also = {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set[str]())
    allow = ", ".join(sorted(methods | also))

    async def options(request: Request[Any, Any, Any]) -> Response[bytes]:
        return Response(b"", status_code=204, headers={"Allow": allow})

    return HTTPRouteHandler(path, http_method="OPTIONS", include_in_schema=False)(options)
