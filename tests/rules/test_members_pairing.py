"""Which recorded contribution each one of the file is: an edit is a change, not another record."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from domain.rules.members import Contribution, Entry, Fault, Profile
from domain.rules.members_actions import (
    AddContribution,
    ChangeContribution,
    Recorded,
    RemoveContribution,
    Who,
)
from domain.rules.members_changes import Terms, contributions

CODES = {"presentation": "talk"}
DAY = date(2026, 3, 3)


def recorded(
    number: int, words: str, *, url: str | None = "u", ours: bool = True, listed: bool = True
) -> Recorded:
    said, title, on = words.split()
    code = CODES.get(said, said)
    return Recorded(UUID(int=number), code, said, title, on, url, ours, listed)


def in_file(words: str, *, url: str | None = "u") -> Contribution:
    said, title, on = words.split()
    return Contribution(9, "/0/contributions/0", CODES.get(said, said), said, title, on, url)


def steps(
    file: list[Contribution],
    now: list[Recorded],
    *,
    mirror: bool = True,
    unread: bool = False,
    faults: list[Fault] | None = None,
) -> list[str]:
    unreadable = frozenset(["contributions"] if unread else [])
    entry = Entry(0, 1, "7", "jvale", None, Profile(), (), tuple(file), unreadable)
    told: list[str] = []
    faults = [] if faults is None else faults
    for one in contributions(entry, now, Terms(mirror, DAY), Who(None), faults):
        match one:
            case AddContribution():
                told.append(f"+ {one.type_text} {one.title} {one.on} {one.url}")
            case ChangeContribution():
                after = one.after
                told.append(
                    f"{after.id.int} {after.type}={after.type_text} {after.title} {after.on}"
                    f" {after.url}"
                )
            case RemoveContribution():
                told.append(f"- {one.before.id.int}")
            case _:
                pytest.fail(f"{one}")
    return told


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("talk T 2024-03", "talk T 2024-03", []),
        ("talk T 2024-03-05", "talk T 2024-03", []),
        ("talk T 2024-03", "talk T 2024", []),
        ("talk T 2024", "talk T 2024-03", ["1 talk=talk T 2024-03 u"]),
        ("talk T 2024-04", "talk T 2024-03", ["1 talk=talk T 2024-03 u"]),
        ("talk T 2024-03", "talk U 2024-03", ["1 talk=talk U 2024-03 u"]),
        ("talk T 2024-03", "article T 2024-03", ["1 article=article T 2024-03 u"]),
        ("talk T 2024-03", "presentation T 2024-03", ["1 talk=presentation T 2024-03 u"]),
        ("talk T 2024-03", "talk U 2025-03", ["+ talk U 2025-03 u", "- 1"]),
    ],
)
def test_one_edit_is_a_change(before: str, after: str, told: list[str]) -> None:
    assert steps([in_file(after)], [recorded(1, before)]) == told


def test_an_edited_link_is_a_change() -> None:
    now = [recorded(1, "talk T 2024-03", url=None)]
    assert steps([in_file("talk T 2024-03", url="v")], now) == ["1 talk=talk T 2024-03 v"]


def test_without_a_link_another_date_is_an_edit_only_for_a_mirror() -> None:
    file, now = [in_file("talk T 2024-03", url=None)], [recorded(1, "talk T 2023-03", url=None)]
    assert steps(file, now) == ["1 talk=talk T 2024-03 None"]
    assert steps(file, now, mirror=False) == ["+ talk T 2024-03 None"]


def test_what_could_be_either_is_added_and_removed() -> None:
    file = [in_file("talk T 2024-03", url="v"), in_file("talk T 2024-03", url="w")]
    now = [recorded(1, "talk T 2024-03", url="x"), recorded(2, "talk T 2024-03", url="y")]
    told = ["+ talk T 2024-03 v", "+ talk T 2024-03 w", "- 1", "- 2"]
    assert steps(file, now) == told
    assert steps(file, now, mirror=False) == told[:2]


def test_repeats_are_paired_as_often_as_they_occur_the_finest_first() -> None:
    file = [in_file("talk T 2024"), in_file("talk T 2024-03"), in_file("talk T 2024-03-05")]
    now = [recorded(1, "talk T 2024-03-05"), recorded(2, "talk T 2024-03")]
    assert steps(file, now) == ["+ talk T 2024 u"]
    now = [recorded(1, "talk T 2024-03-05"), recorded(2, "talk T 2024-11-05")]
    assert steps([in_file("talk T 2024"), in_file("talk T 2024-03")], now) == []
    now = [recorded(n, "talk T 2024-03-05") for n in (1, 2, 3, 4)]
    assert steps(file, now) == ["- 4"]


def test_what_another_source_or_a_reviewer_decided_is_recognised_and_left_alone() -> None:
    elsewhere = recorded(1, "talk T 2024-03-05", ours=False)
    declined = recorded(2, "talk U 2024-03", listed=False)
    assert (
        steps([in_file("talk T 2024-03"), in_file("talk U 2024-03")], [elsewhere, declined]) == []
    )
    assert steps([], [elsewhere, declined]) == []
    assert steps([in_file("talk T 2024-03", url="v")], [elsewhere]) == ["+ talk T 2024-03 v"]
    twin = recorded(3, "talk U 2024-03")
    assert steps([in_file("talk U 2024-03")], [declined, twin]) == []


def test_a_reviewers_type_stays_while_the_file_says_the_same() -> None:
    corrected = Recorded(UUID(int=1), "workshop", "talk", "T", "2024-03", "u")
    assert steps([in_file("talk T 2024-03")], [corrected]) == []
    assert steps([in_file("talk T 2024-04")], [corrected]) == ["1 workshop=talk T 2024-04 u"]
    assert steps([in_file("article T 2024-03")], [corrected]) == ["1 article=article T 2024-03 u"]


def test_nothing_is_removed_while_one_cannot_be_read() -> None:
    now = [recorded(1, "talk T 2024-03"), recorded(2, "talk U 2024-03")]
    assert steps([in_file("talk T 2024-03")], now, unread=True) == []
    assert steps([in_file("talk T 2024-03")], now, mirror=False) == []
    assert steps([in_file("talk T 2024-03")], now) == ["- 2"]


def test_what_lies_after_the_files_day_is_a_fault() -> None:
    faults: list[Fault] = []
    now = [recorded(1, "talk U 2024-03")]
    assert steps([in_file("talk T 2026-04"), in_file("talk T 2026-03")], now, faults=faults) == [
        "+ talk T 2026-03 u"
    ]
    assert [(one.code, one.line, one.pointer) for one in faults] == [
        ("future_date", 9, "/0/contributions/0/date")
    ]
