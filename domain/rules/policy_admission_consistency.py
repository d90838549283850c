"""What types can't say of a policy's admission: that its mode, vote, evidence and questions fit."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping
from datetime import date

import msgspec

from domain.rules import stretches
from domain.rules.policy_admission import (
    Admission,
    AdmissionMode,
    Ballot,
    EvidenceRule,
    Nominators,
    Voting,
)
from domain.rules.policy_consistency import extra_field, unknown_types, wanted_types
from domain.rules.policy_shape import Finding, Path, as_object, stated

Document = Mapping[str, object]

ADMISSION: Path = ("admission",)
MODE: Path = (*ADMISSION, "mode")
VOTING: Path = (*ADMISSION, "voting")
EVIDENCE: Path = (*ADMISSION, "evidence")

EARLY = ("close_on_passing", "fail_early")
"""What closes a vote before its end, and so tells how it stands."""

_DAYS = [
    date(year, month, day)
    for year in range(2025, 2029)
    for month in range(1, 13)
    for day in (1, 29, 30, 31)
    if day <= monthrange(year, month)[1]
]
"""Months that follow a day are as long after each of these as they can be: those that follow the
2nd to the 28th are as long as after the 1st."""


def clashes(effective: Document, own: Document) -> Iterator[Finding]:
    """Every part of the admission that does not fit the others.

    Codes: `out_of_place`, `required`, `range`, `unknown_type`, `nothing_counts`. Each path is that
    of the first of the parts concerned that `own` states. A section that departs from its type is
    passed over.
    """
    try:
        admission = msgspec.convert(effective.get("admission", {}), Admission)
    except msgspec.ValidationError:
        return
    yield from _mode(admission, own)
    if admission.voting is not None:
        yield from _ballot(admission.voting, own)
        yield from _times(admission.voting, own)
    if admission.evidence is not None:
        catalogue = as_object(effective.get("contribution_types")) or {}
        yield from _evidence(admission.evidence, catalogue, own)
    questions = as_object((as_object(effective.get("admission")) or {}).get("questions")) or {}
    for code, question in questions.items():
        asked = as_object(question) or {}
        yield from extra_field(asked, (*ADMISSION, "questions", code), own)


def _mode(admission: Admission, own: Document) -> Iterator[Finding]:
    committee = admission.mode is AdmissionMode.COMMITTEE
    if committee and admission.applications and admission.voting is None:
        at = stated(own, VOTING, MODE, (*ADMISSION, "applications"), ADMISSION)
        yield Finding(at, "required", "A committee that takes applications needs `voting`.")
    if not committee and admission.voting is not None:
        at = stated(own, VOTING, MODE)
        yield Finding(at, "out_of_place", "`voting` is for the mode `committee`.")
    nominated = admission.nominations is not Nominators.NOBODY
    if admission.mode is AdmissionMode.OPEN and nominated and not admission.consent:
        at = stated(own, (*ADMISSION, "consent"), (*ADMISSION, "nominations"), MODE)
        detail = "Where nobody decides, nobody is admitted without their consent."
        yield Finding(at, "out_of_place", detail)


def _ballot(voting: Voting, own: Document) -> Iterator[Finding]:
    if voting.ballot is not Ballot.SECRET:
        return
    for name in EARLY:
        if getattr(voting, name):
            at = stated(own, (*VOTING, name), (*VOTING, "ballot"))
            yield Finding(at, "out_of_place", f"A secret ballot needs `{name}: false`.")


def _times(voting: Voting, own: Document) -> Iterator[Finding]:
    maximum = (*VOTING, "maximum")
    if voting.minimum and _can_exceed(voting.minimum, voting.maximum):
        at = stated(own, (*VOTING, "minimum"), maximum)
        yield Finding(at, "range", "`minimum` can be longer than `maximum`.")
    for index, offset in enumerate(voting.reminders):
        if not _can_exceed(voting.maximum, offset, always=True):
            at = stated(own, (*VOTING, "reminders", str(index)), maximum)
            yield Finding(at, "range", "It would be due before the vote opens, or as it does.")


def _can_exceed(one: str, other: str, *, always: bool = False) -> bool:
    """Whether a stretch is longer than another one from some day on; `always`: from every day."""
    longer = (stretches.after(one, day) > stretches.after(other, day) for day in _DAYS)
    return all(longer) if always else any(longer)


def _evidence(rule: EvidenceRule, catalogue: Document, own: Document) -> Iterator[Finding]:
    unknown = list(unknown_types(rule.types, EVIDENCE, catalogue, own))
    yield from unknown
    if unknown or wanted_types(rule.types, rule.areas, catalogue):
        return
    if rule.areas or not rule.programs:
        limits = ((*EVIDENCE, "areas"), (*EVIDENCE, "types"), EVIDENCE, ("contribution_types",))
        yield Finding(stated(own, *limits), "nothing_counts", "No contribution type is meant.")
