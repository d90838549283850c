"""From what applicants say to what is kept of it, held to what the program asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from domain import identities
from domain.call import Transaction
from domain.errors import Fault, Invalid
from domain.rules import contribution_fields, links
from domain.rules.candidacies import Candidate, NotAsAsked
from domain.rules.contributions import Draft
from domain.rules.policy_admission import Admission
from domain.store.applications import Application, Identity

__all__ = [
    "Item",
    "Profile",
    "Words",
    "check_answers",
    "check_conduct",
    "check_identities",
    "stated",
]


class Profile(Struct, frozen=True):
    """What to set of a profile; UNSET leaves a field as it is. Links may be written as names."""

    name: str | UnsetType = UNSET
    title: str | UnsetType | None = UNSET
    bio: str | UnsetType | None = UNSET
    country: str | UnsetType | None = UNSET
    city: str | UnsetType | None = UNSET
    avatar_url: str | UnsetType | None = UNSET
    languages: Sequence[str] | UnsetType = UNSET
    topics: Sequence[str] | UnsetType = UNSET
    links: Sequence[links.Written] | UnsetType = UNSET
    company: str | UnsetType | None = UNSET


class Item(Struct, frozen=True):
    """What speaks for an application: a new contribution (`draft`), or one that is recorded.

    `program` is the slug of where that was recorded; None: where one applies.
    """

    draft: Draft | None
    program: str | None
    contribution_id: UUID | None


class Words(Struct, frozen=True):
    """What an applicant says; UNSET leaves a part as it is. An answer of None takes one back."""

    profile: Profile = Profile()
    handle: str | UnsetType | None = UNSET
    statement: str | UnsetType | None = UNSET
    answers: Mapping[str, Any] | UnsetType = UNSET
    conduct_version: str | UnsetType = UNSET
    identities: Sequence[identities.Draft] | UnsetType = UNSET
    evidence: Sequence[Item] | UnsetType = UNSET


def stated(before: Candidate, profile: Profile) -> Candidate:
    """The profile with what is set of it. Raises `Invalid` for a faulty link."""
    given: dict[str, Any] = {
        name: value
        for name in Profile.__struct_fields__
        if (value := getattr(profile, name)) is not UNSET
    }
    for name in given.keys() & {"languages", "topics"}:
        given[name] = tuple(dict.fromkeys(given[name]))
    if "links" in given:
        try:
            given["links"] = tuple(links.normalise_all(given["links"]))
        except Invalid as error:
            raise Invalid(error.detail, *below("/profile", error.faults)) from None
    return replace(before, **given)


def check_answers(
    admission: Admission, before: Mapping[str, Any], given: Mapping[str, Any]
) -> dict[str, Any]:
    """The answers with those that are given now. Raises `NotAsAsked`."""
    answers = {code: value for code, value in {**before, **given}.items() if value is not None}
    if faults := contribution_fields.check_values(admission.questions, answers, "answers"):
        raise NotAsAsked("The answers are not what the program asks for.", *faults)
    return answers


def check_conduct(admission: Admission, version: str | None) -> None:
    """Raise `NotAsAsked` unless the code of conduct of the policy is accepted, if it has one."""
    conduct = admission.conduct
    if conduct is not None and version != conduct.version:
        detail = f"Accept the code of conduct in its version {conduct.version}."
        raise NotAsAsked(detail, Fault("conduct", detail, pointer="/conduct_version"))


def check_identities(given: Sequence[identities.Draft]) -> None:
    """Raise `Invalid` for an identity that names no account, or one that is stated twice."""
    faults: list[Fault] = []
    seen: set[tuple[str, str | None, str | None]] = set()
    for place, one in enumerate(given):
        if one.subject is None and one.handle is None:
            detail = "An identity has a subject, a handle, or both."
            faults.append(Fault("required", detail, pointer=f"/identities/{place}/handle"))
        key = (one.provider, one.subject, one.handle and one.handle.casefold())
        if key in seen:
            detail = "The same identity is stated twice."
            faults.append(Fault("duplicate", detail, pointer=f"/identities/{place}"))
        seen.add(key)
    if faults:
        raise Invalid("The identities cannot be read.", *faults)


def identities_of(
    tx: Transaction, application: Application, given: Sequence[identities.Draft]
) -> list[Identity]:
    """The identities as they are stored with an application."""
    return [
        Identity(
            application.program_id,
            tx.call.new_id(),
            application.id,
            one.provider,
            one.subject,
            one.handle,
        )
        for one in given
    ]


def below(place: str, faults: Sequence[Fault]) -> list[Fault]:
    """Faults of a part of the body, as faults of the whole."""
    return [replace(one, pointer=place + (one.pointer or "")) for one in faults]
