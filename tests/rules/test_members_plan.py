"""What an import plans for people who come, change, leave and return, and what refuses it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import pytest

from domain.rules.members import Membership, Profile
from domain.rules.members_actions import (
    AddAmbassador,
    AddMembership,
    AddPerson,
    ChangeMembership,
    ChangeProfile,
    Current,
    Depart,
    EndMembership,
    Identity,
    Mode,
    RenameHandle,
    ReopenMembership,
    ReturnAmbassador,
    Status,
    Who,
)
from tests.rules.members_applied import applied
from tests.rules.members_made import DAY, EARLIER, codes, entry, kinds, planned, somebody


def test_a_first_import_adds_everybody_with_what_is_vouched_and_what_is_claimed() -> None:
    made = planned(
        entry("mira-o", 101, "slack: U0MIRA0101", "isTscMember: true", "tscMemberSince: 2025-05-28")
        + entry("jvale")
    )
    assert [one for one in made.actions if isinstance(one, AddPerson)] == [
        AddPerson(
            Who(None, 0, 1),
            (
                Identity("github", "101", "mira-o", verified=True),
                Identity("slack", "U0MIRA0101", None, verified=False),
            ),
            Profile(name="N"),
        ),
        AddPerson(
            Who(None, 1, 7), (Identity("github", None, "jvale", verified=False),), Profile(name="N")
        ),
    ]
    assert AddAmbassador(Who(None, 0, 1), "mira-o", None) in made.actions
    assert AddMembership(Who(None, 0, 1), "tsc", date(2025, 5, 28)) in made.actions


def test_joined_is_the_first_appearance_only_when_the_caller_says_so() -> None:
    known = planned(entry("jvale"), joined_known=True)
    assert AddAmbassador(Who(None, 0, 1), "jvale", DAY) in known.actions
    unknown = planned(entry("jvale"))
    assert AddAmbassador(Who(None, 0, 1), "jvale", None) in unknown.actions


def test_a_mirror_makes_emeritus_of_whoever_is_missing_and_a_merge_nobody() -> None:
    active, away = somebody(1, "aa", subject="1"), somebody(2, "bb", subject="2", status="on_leave")
    gone = somebody(3, "cc", subject="3", status="emeritus")
    made = planned(entry("jvale", 7), active, away, gone)
    assert [one for one in made.actions if isinstance(one, Depart)] == [
        Depart(Who(active.id), UUID(int=1001), "aa", DAY),
        Depart(Who(away.id), UUID(int=1002), "bb", DAY),
    ]
    assert "Depart" not in kinds(planned(entry("jvale", 7), active, away, gone, mode="merge"))


def test_whoever_joined_after_the_files_day_is_not_missing() -> None:
    late = somebody(1, "aa", subject="1", joined_on=date(2026, 3, 4))
    made = planned(entry("jvale", 7), late)
    assert ("Depart" in kinds(made), codes(made)) == (False, ["joined_later"])


@pytest.mark.parametrize("mode", ["merge", "mirror"])
def test_emeritus_who_reappear_return(mode: Mode) -> None:
    jon = somebody(1, "jvale", subject="7", status="emeritus", left_on=EARLIER)
    made = planned(entry("jvale", 7), jon, mode=mode)
    assert made.actions == (ReturnAmbassador(Who(jon.id, 0, 1), UUID(int=1001), DAY),)
    later = somebody(1, "jvale", subject="7", status="emeritus", left_on=date(2026, 3, 4))
    made = planned(entry("jvale", 7), later, mode=mode)
    assert (made.actions, codes(made)) == ((), ["left_later"])


@pytest.mark.parametrize("status", ["suspended", "removed"])
def test_no_import_lifts_what_people_decided(status: Status) -> None:
    jon = somebody(1, "jvale", subject="7", status=status)
    made = planned(entry("jon-vale", 7, "company: Tidewater"), jon)
    assert (made.actions, codes(made)) == ((), [status])
    assert (made.conflicts[0].line, made.conflicts[0].people) == (1, (jon.id,))
    missing = planned(entry("mira-o", 101), jon)
    assert "Depart" not in kinds(missing)
    assert codes(missing) == ([status] if status == "suspended" else [])


def test_an_entry_that_is_faulty_but_identifiable_is_present_and_clears_nothing() -> None:
    profile = Profile(name="Jon Vale", country="NO", bio="Sails.")
    jon = somebody(1, "jvale", subject="7", profile=profile)
    text = "- githubID: 7\n  country: Narnia\n  contributions: none\n"
    made = planned(text, jon)
    assert made.actions == (ChangeProfile(Who(jon.id, 0, 1), "bio", "Sails.", None),)
    assert [fault.code for fault in made.faults] == [
        "handle_missing",
        "name_missing",
        "country",
        "not_a_list",
    ]


def test_a_mirror_clears_what_is_absent_but_not_what_is_hidden_and_a_merge_neither() -> None:
    profile = Profile(name="N", bio="Sails.", company="Tidewater")
    jon = somebody(1, "jvale", subject="7", profile=profile, hidden=frozenset(["bio"]))
    made = planned(entry("jvale", 7), jon)
    assert made.actions == (ChangeProfile(Who(jon.id, 0, 1), "company", "Tidewater", None),)
    assert planned(entry("jvale", 7), jon, mode="merge").actions == ()


def test_somebody_without_a_handle_or_name_gets_those_that_github_would_show() -> None:
    made = planned("- githubID: 7\n")
    assert AddAmbassador(Who(None, 0, 1), "github-7", None) in made.actions
    assert isinstance(made.actions[0], AddPerson)
    assert made.actions[0].profile.name == "github-7"
    jon = applied(Current(), made).people[0]
    renamed = planned("- githubID: 7\n  github: jvale\n", jon)
    assert [one.ambassador_handle for one in renamed.actions if isinstance(one, RenameHandle)] == [
        "jvale"
    ]


TSC = ("isTscMember: true", "tscMemberSince: 2025-02-03")


@pytest.mark.parametrize(
    ("lines", "seats", "expected"),
    [
        (TSC, [], [("AddMembership", date(2025, 2, 3))]),
        (TSC, [Membership("tsc", date(2025, 2, 3))], []),
        (TSC, [Membership("tsc", None)], [("ChangeMembership", date(2025, 2, 3))]),
        (["isTscMember: true"], [Membership("tsc", date(2025, 2, 3))], []),
        ([], [Membership("tsc", EARLIER)], [("EndMembership", DAY)]),
        (["isTscMember: maybe"], [Membership("tsc", EARLIER)], []),
        ([], [Membership("board", date(2027, 1, 1))], [("EndMembership", date(2027, 1, 1))]),
        ([], [Membership("pilots", EARLIER)], []),
        (TSC, [Membership("tsc", date(2025, 2, 3), EARLIER)], [("ReopenMembership", EARLIER)]),
        (
            TSC,
            [Membership("tsc", None, EARLIER)],
            [("ReopenMembership", EARLIER), ("ChangeMembership", date(2025, 2, 3))],
        ),
        (
            TSC,
            [Membership("tsc", None, date(2024, 1, 1))],
            [("AddMembership", date(2025, 2, 3))],
        ),
        (["isTscMember: true"], [Membership("tsc", None, EARLIER)], [("AddMembership", DAY)]),
    ],
)
def test_groups(
    lines: Sequence[str], seats: Sequence[Membership], expected: list[tuple[str, date]]
) -> None:
    jon = somebody(1, "jvale", subject="7", memberships=tuple(seats))
    actions = planned(entry("jvale", 7, *lines), jon).actions
    days: list[date | None] = []
    for one in actions:
        match one:
            case AddMembership():
                days.append(one.since)
            case ChangeMembership():
                days.append(one.after)
            case EndMembership() | ReopenMembership():
                days.append(one.until)
            case _:
                pytest.fail(f"{one}")
    assert list(zip((type(one).__name__ for one in actions), days, strict=True)) == expected
    if not lines:
        assert planned(entry("jvale", 7), jon, mode="merge").actions == ()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("- {name: Jon, github: jvale}\n- {name: Mira}", "unidentifiable"),
        ("[]", "list_length"),
        ("- {name: Jon", "yaml"),
        ("- {name: J, github: a}\n- {name: K, github: A}", "repeated_person"),
    ],
)
def test_a_file_that_refuses_plans_nothing(text: str, code: str) -> None:
    made = planned(text, somebody(1, "aa", subject="1"))
    assert (made.refused, made.actions) == (True, ())
    assert code in [fault.code for fault in made.faults if fault.severity == "refuses"]


def test_an_older_file_than_the_last_is_refused_with_all_its_faults() -> None:
    made = planned(entry("jvale", 7, "country: Narnia"), last_as_of=date(2026, 3, 4))
    assert made.refused
    assert [fault.code for fault in made.faults] == ["as_of_older", "country"]
    assert not planned(entry("jvale"), last_as_of=DAY).refused
    assert not planned(entry("jvale"), last_as_of=date(2026, 3, 4), mode="merge").refused


def test_a_merge_leaves_out_whom_it_cannot_identify() -> None:
    made = planned("- {name: Jon, github: jvale}\n- {name: Mira}", mode="merge")
    assert kinds(made) == ["AddPerson", "AddAmbassador"]
    assert [(fault.code, fault.severity) for fault in made.faults] == [("unidentifiable", "entry")]
