"""Consent over HTTP: whoever was nominated agrees, or refuses."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from api.application_body import ConductVersion
from api.application_views import ApplicationView, view
from api.applications import ONE
from api.http.access import applicant, requires
from api.http.caching import Match
from api.http.endpoint import Routes
from api.http.fields import Id, Secret, Slug, Version
from domain import consents
from domain.call import Call
from domain.rules.access import Permission

routes = Routes("Consent", "What nominees say to being nominated.")


class ConsentLink(Struct, frozen=True):
    """The secret with which a nominee reads the application and answers."""

    application_id: Id
    secret: Annotated[
        Secret,
        Meta(
            description="Hand it to the nominee; shown once, never again.",
            examples=["chn_0000000000000000000000000000000000000"],
        ),
    ]
    version: Version


class ConsentAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """What the nominee says."""

    agreed: Annotated[bool, Meta(description="False withdraws the application.")]
    conduct_version: ConductVersion | UnsetType = UNSET


@routes.post(ONE + "/consent-link", requires(Permission.APPLICATION_DECIDE))
async def create_consent_link(
    call: Call, program: Slug, application: Id, match: Match
) -> ConsentLink:
    """Make the secret for a nominee.

    It opens this application alone, to read it and to answer; the one before is good for nothing.
    """
    made = await consents.link(call, program, application, match.check)
    return msgspec.convert(made, ConsentLink, from_attributes=True)


@routes.put(ONE + "/consent", applicant())
async def replace_consent(
    call: Call, program: Slug, application: Id, body: ConsentAnswer, match: Match
) -> ApplicationView:
    """Agree to a nomination, or refuse it.

    For the nominee: with their account, or the secret that was made for them. Whoever agrees
    accepts the code of conduct, if there is one.
    """
    said = consents.Answer(body.agreed, body.conduct_version or None)
    return view(await consents.answer(call, program, application, said, match.check))
