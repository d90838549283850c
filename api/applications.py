"""Applications over HTTP: apply or nominate, follow, amend and withdraw."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from api.application_body import ApplicationPatch, NewApplication, words
from api.application_views import (
    ApplicationView,
    ApplicationWithSecret,
    State,
    values,
    view,
)
from api.http.access import applicant, public, requires
from api.http.caching import Match
from api.http.endpoint import Routes
from api.http.fields import Id, Moment, Slug
from api.http.paging import Page, PageQuery, page, place
from api.http.refusals import telling
from domain import amending, application_erasures, applications, applying
from domain.applications import Filter, Place, Shown
from domain.applying import Nomination
from domain.call import Call
from domain.rules.access import Permission

routes = Routes("Applications", "Candidacies, from applying to a decision.")

ALL = "/programs/{program}/applications"
ONE = ALL + "/{application}"


class ApplicationQuery(PageQuery, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Filters of the list of applications."""

    status: Annotated[State | None, Meta(description="Only those in this state.")] = None
    closing_before: Annotated[
        Moment | None, Meta(description="Only those whose open vote ends before then.")
    ] = None
    unvoted: Annotated[
        bool, Meta(description="Only those on which you could vote now, and have not.")
    ] = False
    mine: Annotated[bool, Meta(description="Only your own, and those of whom you nominated.")] = (
        False
    )


@routes.get(ALL, requires(Permission.SELF_READ))
async def list_applications(
    call: Call, program: Slug, query: ApplicationQuery
) -> Page[ApplicationView]:
    """List applications, newest first.

    With application:read all of the program's; without it your own.
    """
    where = Filter(query.status, query.closing_before, query.unvoted, query.mine)
    rows = await applications.page(
        call, program, where, after=place(query, Place), limit=query.limit
    )
    return page(query, [one.application for one in rows], [view(one) for one in rows], Place)


@routes.post(ALL, public(), creates=True, location="/v1/programs/{program}/applications/{id}")
async def create_application(
    call: Call, program: Slug, body: NewApplication
) -> ApplicationWithSecret:
    """Apply, or nominate somebody.

    Without a token where the program allows that; the secret in the answer opens the application
    then. The same request again with its Idempotency-Key answers with another secret. Whoever has
    an open application is refused (409).
    """
    nomination = Nomination(body.nomination.name or None) if body.nomination else None
    with telling(Shown, view):
        made = await applying.submit(call, program, words(body), nomination)
    return ApplicationWithSecret(**values(made.application), secret=made.secret)


@routes.get(ONE, applicant())
async def get_application(call: Call, program: Slug, application: Id) -> ApplicationView:
    """Get an application.

    Your own, or with the secret that opens it; with application:read any of the program.
    """
    return view(await applications.get(call, program, application))


@routes.patch(ONE, applicant())
async def update_application(
    call: Call, program: Slug, application: Id, body: ApplicationPatch, match: Match
) -> ApplicationView:
    """Amend an application.

    While nobody has voted on it. A list replaces the one before; answers are changed one by one.
    """
    with telling(Shown, view):
        return view(await amending.amend(call, program, application, words(body), match.check))


@routes.post(ONE + "/withdrawal", applicant())
async def withdraw_application(
    call: Call, program: Slug, application: Id, match: Match
) -> ApplicationView:
    """Withdraw an application.

    Until it is decided; an open vote on it is cancelled. Its evidence is free for another one.
    """
    return view(await applications.withdraw(call, program, application, match.check))


@routes.delete(ONE, applicant())
async def delete_application(call: Call, program: Slug, application: Id, match: Match) -> None:
    """Erase an application.

    What it says of somebody goes, and what the committee said about them; that there was one, when,
    and how it ended, stay. An open one is withdrawn. For whom it is about, who sent it, and whoever
    decides; for an accepted one erase the person.
    """
    await application_erasures.erase(call, program, application, match.check)
