"""The application form over HTTP: what a program asks of its applicants."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from api.contribution_types import by_code
from api.http.access import public
from api.http.endpoint import Routes
from api.http.fields import Code, Day, Line, Slug, Url, Version
from domain import application_forms
from domain.call import Call
from domain.rules import contribution_fields
from domain.rules.contribution_schema import whole
from domain.rules.policy_admission import (
    Admission,
    AdmissionMode,
    ConductAcceptance,
    Enforcement,
    EvidenceRule,
    ExtraField,
    Nominators,
)
from domain.rules.policy_contributions import Area

routes = Routes("Application form", "What a program asks of its applicants.")


class ApplicationQuestionView(Struct, frozen=True):
    """Something that the program asks."""

    code: Code
    name: Annotated[Line, Meta(description="The question.", examples=["Your motivation"])]
    description: Annotated[str | None, Meta(description="What to fill in.")]
    required: Annotated[bool, Meta(description="Whether it must be answered.")]
    schema: Annotated[
        dict[str, Any],
        Meta(description="JSON Schema (2020-12) of the answer.", examples=[{"type": "string"}]),
    ]


class ApplicationWindowView(Struct, frozen=True):
    """Days of every year on which applications are taken."""

    first: Annotated[str, Meta(description="The first day, as MM-DD.", examples=["03-01"])]
    last: Annotated[str, Meta(description="The last day, as MM-DD.", examples=["03-31"])]


class ConductView(Struct, frozen=True):
    """The code of conduct that applicants accept."""

    version: Annotated[Line, Meta(description="To be sent as `conduct_version`.", examples=["1.4"])]
    url: Annotated[Url | None, Meta(description="Where it can be read.")]


class EvidenceRuleView(Struct, frozen=True):
    """What an applicant has done already."""

    at_least: Annotated[
        int,
        Meta(
            ge=1,
            le=1000,
            description="How many contributions are enough.",
            extra_json_schema={"format": "int32"},
        ),
    ]
    within: Annotated[
        str | None,
        Meta(description="ISO 8601: in the stretch before applying.", examples=["P1Y"]),
    ]
    types: Annotated[list[Code], Meta(description="Of these types; empty: of any.")]
    areas: Annotated[list[Area], Meta(description="In these areas; empty: in any.")]
    programs: Annotated[list[Slug], Meta(description="Recorded there, too.")]
    enforcement: Annotated[
        Enforcement, Meta(description="Whether too little stops an application.")
    ]


class ApplicationForm(Struct, frozen=True):
    """Everything that a form for applications needs to know of a program."""

    program: Slug
    policy_version: Annotated[Version, Meta(description="The policy version that says so.")]
    open: Annotated[bool, Meta(description="Whether applications are taken today.")]
    opens_on: Annotated[
        Day | None, Meta(description="When they are taken again, if they are not today.")
    ]
    windows: Annotated[
        list[ApplicationWindowView], Meta(description="When they are taken; empty: always.")
    ]
    mode: Annotated[AdmissionMode, Meta(description="Who lets a person in.")]
    anonymous: Annotated[bool, Meta(description="Whether it takes no account.")]
    nominations: Annotated[Nominators, Meta(description="Who may nominate somebody else.")]
    consent: Annotated[bool, Meta(description="Whether nominees have to agree.")]
    conduct: Annotated[ConductView | None, Meta(description="What is to be accepted.")]
    questions: Annotated[list[ApplicationQuestionView], Meta(description="By code.")]
    evidence: Annotated[EvidenceRuleView | None, Meta(description="What they have done.")]


@routes.get("/programs/{program}/application-form", public(), cached=True)
async def get_application_form(call: Call, program: Slug) -> ApplicationForm:
    """Get the application form.

    Questions with a JSON Schema for each answer, and whether applications are taken today.
    """
    form = await application_forms.get(call, program)
    admission = form.policy.admission
    return ApplicationForm(
        program=form.program,
        policy_version=form.policy_version,
        open=form.open,
        opens_on=form.opens_on,
        windows=[ApplicationWindowView(window.first, window.last) for window in admission.windows],
        mode=admission.mode,
        anonymous=admission.anonymous,
        nominations=admission.nominations,
        consent=admission.consent,
        conduct=_conduct(admission.conduct),
        questions=_questions(admission),
        evidence=_evidence(admission.evidence),
    )


def _conduct(conduct: ConductAcceptance | None) -> ConductView | None:
    return ConductView(conduct.version, conduct.url) if conduct else None


def _evidence(rule: EvidenceRule | None) -> EvidenceRuleView | None:
    return msgspec.convert(rule, EvidenceRuleView, from_attributes=True) if rule else None


def _questions(admission: Admission) -> list[ApplicationQuestionView]:
    return [
        ApplicationQuestionView(
            code, asked.name, asked.description, asked.required, _schema(code, asked)
        )
        for code, asked in by_code(admission.questions)
    ]


def _schema(code: str, asked: ExtraField) -> dict[str, Any]:
    answers = contribution_fields.values_type({code: asked})
    return whole(msgspec.json.schema(answers))["properties"][code]
