"""Candidacies: what an applicant says of themselves, and what can become of it."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from domain.errors import Conflict
from domain.rules.links import Link


class ApplicationStatus(StrEnum):
    """Where an application is; `expired` ended without a quorum and can be taken up again."""

    SUBMITTED = "submitted"
    IN_VOTE = "in_vote"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class Consent(StrEnum):
    """Whether the nominee agrees; `not_needed` when they apply themselves."""

    NOT_NEEDED = "not_needed"
    ASKED = "asked"
    GIVEN = "given"
    REFUSED = "refused"


class OutcomeBy(StrEnum):
    """Who accepted or declined: the rules alone, a vote, a manager, or one against the vote."""

    RULE = "rule"
    VOTE = "vote"
    MANAGER = "manager"
    OVERRIDE = "override"


UNDECIDED = frozenset({ApplicationStatus.SUBMITTED, ApplicationStatus.IN_VOTE})
"""An open application: a person has at most one of them in a program."""

AGREED = frozenset({Consent.NOT_NEEDED, Consent.GIVEN})
"""Only then is anything decided or voted on."""


class Candidate(Struct, frozen=True, omit_defaults=True):
    """A profile as the applicant states it; nothing is left of it once they are erased.

    `country` is ISO 3166-1 alpha-2, `languages` are BCP 47 tags, `company` is where they work now.
    """

    name: str = ""
    title: str | None = None
    bio: str | None = None
    country: str | None = None
    city: str | None = None
    avatar_url: str | None = None
    languages: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    company: str | None = None


class CannotApply(Conflict):
    """Somebody cannot apply now, and is told no more than that."""

    code = "cannot_apply"
    title = "You cannot apply to this program now"

    def __init__(self, detail: str = "You cannot apply to this program now.") -> None:
        super().__init__(detail)


class ApplicationsClosed(Conflict):
    """The program takes no applications of this kind, or none today."""

    code = "applications_closed"
    title = "The program takes no such applications now"


class NotEligible(Conflict):
    """The policy asks for more evidence before somebody applies."""

    code = "not_eligible"
    title = "More is needed before one can apply"


class ApplicationClosed(Conflict):
    """It was decided, withdrawn, or is being voted on: the applicant changes nothing any more."""

    code = "application_closed"
    title = "The application cannot be changed any more"


class NotAsAsked(Conflict):
    """The policy asks applicants for something else; the faults point at each."""

    code = "not_as_asked"
    title = "The application is not as the program asks for it"


class EvidenceUsed(Conflict):
    """The same contribution speaks for another application of the same person."""

    code = "evidence_used"
    title = "The contribution is evidence for another application"


class ConsentNotAsked(Conflict):
    """Nobody has to agree: they applied themselves, or the program does not ask nominees."""

    code = "consent_not_asked"
    title = "Nobody is asked for consent"
