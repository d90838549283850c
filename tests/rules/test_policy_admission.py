"""What a policy may say about admission and votes, and what of it must fit."""

from __future__ import annotations

from typing import Any

import pytest

from domain.rules.policy_admission import (
    Admission,
    AdmissionMode,
    Ballot,
    Enforcement,
    EvidenceRule,
    Inactivity,
    Nominators,
    Opening,
    Voting,
    Window,
)
from domain.rules.policy_contributions import Area
from tests.rules.test_policy import check, faults

TYPES: dict[str, Any] = {
    "talk": {"name": "Talk", "area": "events"},
    "article": {"name": "Article", "area": "content"},
}
COMMITTEE: dict[str, Any] = {"mode": "committee", "applications": True, "voting": {"percent": 51}}
SECRET: dict[str, Any] = {"ballot": "secret", "close_on_passing": False}

A = "/admission"


def of(admission: dict[str, Any], **parts: Any) -> dict[str, Any]:
    """A policy with this admission."""
    stated = {"admission": admission | parts}
    return {"texts": {"name": "T"}, "contribution_types": TYPES} | stated


def voting(**parts: Any) -> dict[str, Any]:
    return of(COMMITTEE, voting=parts)


def evidence(**parts: Any) -> dict[str, Any]:
    return of({"evidence": {"at_least": 1} | parts})


def question(**parts: Any) -> dict[str, Any]:
    return of({"questions": {"why": {"name": "Why?", "kind": "text"} | parts}})


def test_a_program_that_says_nothing_of_it_takes_no_applications() -> None:
    assert check({"texts": {"name": "T"}}).admission == Admission(AdmissionMode.MANAGER)


def test_a_whole_document_arrives_typed() -> None:
    stated = check(
        of(
            COMMITTEE,
            windows=[{"first": "11-15", "last": "01-10"}],
            anonymous=True,
            nominations="ambassadors",
            consent=False,
            conduct={"version": "3.0", "url": "https://example.org/conduct"},
            questions={"why": {"name": "Why?", "kind": "text", "required": True}},
            evidence={
                "at_least": 4,
                "within": "P1Y",
                "types": ["talk"],
                "areas": ["events"],
                "programs": ["mentors"],
                "enforcement": "block",
            },
            reapply_after="P6M",
            decline_reasons={"early": {"name": "Too early"}},
            published=True,
            voting={
                "percent": 66,
                "minimum": "P7D",
                "maximum": "P28D",
                "minimum_voters": 3,
                "company_cap": 25,
                "opening": "submission",
                "confirm": True,
                "reminders": ["P3W", "P1D"],
                "inactivity": {"missed": 3, "apart": "P6M"},
                **SECRET,
            },
        )
    ).admission
    assert stated.windows == (Window("11-15", "01-10"),)
    assert stated.nominations is Nominators.AMBASSADORS
    assert stated.evidence == EvidenceRule(
        4, "P1Y", ("talk",), (Area.EVENTS,), ("mentors",), Enforcement.BLOCK
    )
    assert stated.voting == Voting(
        percent=66,
        minimum="P7D",
        maximum="P28D",
        close_on_passing=False,
        ballot=Ballot.SECRET,
        minimum_voters=3,
        company_cap=25,
        opening=Opening.SUBMISSION,
        confirm=True,
        reminders=("P3W", "P1D"),
        inactivity=Inactivity(3, "P6M"),
    )


@pytest.mark.parametrize(
    "own",
    [
        of({"mode": "committee"}),
        of({"mode": "manager", "applications": True}),
        of({"mode": "open", "applications": True, "nominations": "anybody"}),
        of({"mode": "manager", "nominations": "anybody", "consent": False}),
        of(COMMITTEE, windows=[{"first": "03-01", "last": "03-01"}]),
        voting(**SECRET),
        voting(fail_early=True),
        voting(minimum="P28D", maximum="P28D"),
        voting(minimum="P4W", maximum="P28D"),
        voting(minimum="P12M", maximum="P1Y"),
        voting(minimum="P28D", maximum="P1M"),
        voting(maximum="P1M", reminders=["P27D"]),
        evidence(types=["talk", "article"], areas=["content"]),
        evidence(programs=["mentors"]) | {"contribution_types": {}},
        question(kind="choice", choices=["yes", "no"]),
        question(max_length=2000),
    ],
)
def test_what_fits_is_valid(own: dict[str, Any]) -> None:
    check(own)


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        # Each of its own kind.
        (of({"mode": "lottery"}), (A + "/mode", "invalid")),
        (voting(percent=0), (A + "/voting/percent", "invalid")),
        (voting(percent=101), (A + "/voting/percent", "invalid")),
        (voting(percent=50.5), (A + "/voting/percent", "invalid")),
        (voting(minimum_voters=0), (A + "/voting/minimum_voters", "invalid")),
        (voting(maximum="PT1H"), (A + "/voting/maximum", "invalid")),
        (voting(reminders=["P1D", "P1D"]), (A + "/voting/reminders/1", "duplicate")),
        (voting(quorum=10), (A + "/voting/quorum", "unknown_field")),
        (of({"windows": [{"first": "02-29", "last": "03-31"}]}), (A + "/windows/0/first",)),
        (of({"windows": [{"first": "03-01"}]}), (A + "/windows/0", "required")),
        (of({"reapply_after": "six months"}), (A + "/reapply_after", "invalid")),
        (evidence(at_least=0), (A + "/evidence/at_least", "invalid")),
        (evidence(programs=["Mentors"]), (A + "/evidence/programs/0", "invalid")),
        (of({"questions": {"Why": {"name": "Why?", "kind": "text"}}}), (A + "/questions/Why",)),
        # The mode and the vote.
        (of({"mode": "committee", "applications": True}), (A + "/mode", "required")),
        (of(COMMITTEE, voting=None), (A + "/voting", "required")),
        (of(COMMITTEE, mode="manager"), (A + "/voting", "out_of_place")),
        (of(COMMITTEE, mode="open"), (A + "/voting", "out_of_place")),
        (
            of({"mode": "open", "nominations": "anybody", "consent": False}),
            (A + "/consent", "out_of_place"),
        ),
        # A secret ballot tells nothing before its end.
        (voting(ballot="secret"), (A + "/voting/ballot", "out_of_place")),
        (
            voting(ballot="secret", close_on_passing=True),
            (A + "/voting/close_on_passing", "out_of_place"),
        ),
        (voting(**SECRET, fail_early=True), (A + "/voting/fail_early", "out_of_place")),
        # The times.
        (voting(minimum="P29D"), (A + "/voting/minimum", "range")),
        (voting(minimum="P1M", maximum="P30D"), (A + "/voting/minimum", "range")),
        (voting(minimum="P29D", maximum="P1M"), (A + "/voting/minimum", "range")),
        (voting(minimum="P366D", maximum="P1Y"), (A + "/voting/minimum", "range")),
        (voting(reminders=["P7D", "P28D"]), (A + "/voting/reminders/1", "range")),
        (voting(maximum="P1M", reminders=["P28D"]), (A + "/voting/reminders/0", "range")),
        # Evidence and questions.
        (evidence(types=["talk", "shoe"]), (A + "/evidence/types/1", "unknown_type")),
        (evidence(areas=["code"]), (A + "/evidence/areas", "nothing_counts")),
        (
            evidence(types=["talk"], areas=["content"]),
            (A + "/evidence/areas", "nothing_counts"),
        ),
        (evidence() | {"contribution_types": {}}, (A + "/evidence", "nothing_counts")),
        (question(kind="choice"), (A + "/questions/why/kind", "required")),
        (question(choices=["yes"]), (A + "/questions/why/choices", "out_of_place")),
        (question(kind="integer", max_length=3), (A + "/questions/why/max_length",)),
        (
            question(kind="integer", minimum=3, maximum=2),
            (A + "/questions/why/minimum", "range"),
        ),
    ],
)
def test_each_fault_is_pointed_at(own: dict[str, Any], expected: tuple[str, ...]) -> None:
    found = faults(own)
    assert len(found) == 1
    assert next(iter(found))[: len(expected)] == expected


PARENT = of(COMMITTEE, evidence={"at_least": 1, "types": ["talk"]})


def test_a_child_changes_parts_of_it() -> None:
    own = {"admission": {"voting": {"percent": 66}, "evidence": {"at_least": 2}}}
    stated = check(own, PARENT).admission
    assert stated.voting is not None
    assert (stated.mode, stated.voting.percent) == (AdmissionMode.COMMITTEE, 66)
    assert stated.evidence == EvidenceRule(2, types=("talk",))


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({"admission": {"mode": "manager"}}, (A + "/mode", "out_of_place")),
        ({"admission": {"voting": {"ballot": "secret"}}}, (A + "/voting/ballot", "out_of_place")),
        ({"contribution_types": {"talk": None}}, ("/contribution_types/talk", "unknown_type")),
        ({"admission": {"voting": {"maximum": "P3D", "minimum": "P1W"}}}, (A + "/voting/minimum",)),
    ],
)
def test_what_a_child_breaks_is_pointed_at_in_the_child(
    own: dict[str, Any], expected: tuple[str, ...]
) -> None:
    found = faults(own, PARENT)
    assert len(found) == 1
    assert next(iter(found))[: len(expected)] == expected


def test_a_child_does_without_the_vote() -> None:
    own = {"admission": {"mode": "manager", "voting": None}}
    assert check(own, PARENT).admission.voting is None
