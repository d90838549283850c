"""Reading the members file: every fault of the real file, with invented people, at its line."""

from __future__ import annotations

import json

import pytest

from domain.rules.members import Contribution, Fault
from domain.rules.members_file import MAX_CONTRIBUTIONS
from domain.rules.members_tree import Format
from tests.rules.members_read import entry_with, only, read


def contribution_with(*lines: str) -> tuple[Contribution | None, tuple[Fault, ...]]:
    """One contribution whose own lines begin on line 7 of the file."""
    indented = [f"    {line}" for line in ('title: "Bridges"', *lines)]
    entry, faults = entry_with("contributions:", "  - type: talk", *indented)
    return (entry.contributions[0] if entry.contributions else None), faults


WHOLE = """\
- name: "Mira Okoye"
  img: "https://images.example/mira.png?s=96&v=4"
  bio: "Builds bridges between queues."
  title: "Architect"
  github: "mira-o"
  githubID: 101
  slack: "U0MIRA0101"
  twitter: "mira_o"
  linkedin: "mira-okoye"
  company: "Tidewater"
  country: "🇳🇬"
  isTscMember: true
  tscMemberSince: "2025-05-28"
  isBoardMember: true
  contributions:
    - type: "presentation"
      title: "Bridges"
      date:
        year: 2024
        month: "March"
      link: "https://video.example/bridges"
- name: "Jon Vale"
  github: "jvale"
"""


def test_a_whole_entry() -> None:
    members = read(WHOLE)
    mira, jon = members.entries
    assert members.faults == ()
    assert (mira.line, mira.github_id, mira.github, mira.slack) == (
        1,
        "101",
        "mira-o",
        "U0MIRA0101",
    )
    assert mira.profile.country == "NG"
    assert mira.profile.twitter == "https://x.com/mira_o"
    assert mira.profile.linkedin == "https://www.linkedin.com/in/mira-okoye"
    assert mira.profile.avatar_url == "https://images.example/mira.png?s=96&v=4"
    assert [(one.group, str(one.since)) for one in mira.memberships] == [
        ("tsc", "2025-05-28"),
        ("board", "None"),
    ]
    assert mira.contributions == (
        Contribution(
            line=16,
            pointer="/0/contributions/0",
            type="talk",
            type_text="presentation",
            title="Bridges",
            on="2024-03",
            url="https://video.example/bridges",
        ),
    )
    assert (jon.line, jon.github_id, jon.contributions) == (22, None, ())


def test_json_with_tabs_says_the_same_at_the_same_lines() -> None:
    members = read(
        '[\n\t{\n\t\t"name": "Jon \\u00c5s",\n\t\t"github": "jvale",\n\t\t"country": "Narnia"\n\t}]'
    )
    assert members.entries[0].line == 2
    assert members.entries[0].profile.name == "Jon Ås"
    assert only(members.faults) == (5, "/0/country", "country", "entry")


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("initiative_driver", "initiative"),
        ("iniciative_driver", "initiative"),
        ("special contribution", "special"),
    ],
)
def test_a_type_keeps_its_spelling_beside_its_code(written: str, code: str) -> None:
    entry, faults = entry_with(
        "contributions:", f"  - {{type: {written}, title: Bridges, date: {{year: 2024}}}}"
    )
    assert faults == ()
    assert (entry.contributions[0].type, entry.contributions[0].type_text) == (code, written)


def test_an_unknown_type_leaves_out_that_contribution_only() -> None:
    entry, faults = entry_with(
        "contributions:",
        "  - {type: juggling, title: Balls, date: {year: 2024}}",
        "  - {type: talk, title: Bridges, date: {year: 2024}}",
    )
    assert only(faults) == (5, "/0/contributions/0/type", "unknown_type", "entry")
    assert [one.title for one in entry.contributions] == ["Bridges"]
    assert entry.unread == {"contributions"}


@pytest.mark.parametrize(
    ("date", "on", "fault"),
    [
        ("{year: 2026, month: Jan}", "2026-01", ("/month", "month", "normalised")),
        ("{year: 2026, month: Sept.}", "2026-09", ("/month", "month", "normalised")),
        ("{year: 2026, month: 3}", "2026-03", ("/month", "month", "normalised")),
        ('{year: 2024, month: "2022"}', "2024", ("/month", "month", "entry")),
        ("{year: 2023}", "2023", None),
        ('{year: 2023, month: ""}', "2023", ("/month", "empty", "normalised")),
        ('{year: "2023", month: May}', "2023-05", ("/year", "quoted", "normalised")),
        ("{year: 2023, month: May, day: 9}", "2023-05-09", None),
        ("{year: 2023, month: June, day: 31}", "2023-06", ("/day", "day", "entry")),
        ("2024-03", "2024-03", ("", "date", "normalised")),
        ("2024-03-05", "2024-03-05", ("", "date", "normalised")),
        ("2024", "2024", ("", "date", "normalised")),
        ("{month: May}", None, ("", "year_missing", "entry")),
        ("{year: 24, month: May}", None, ("/year", "year", "entry")),
        ("2024-13", None, ("", "date", "entry")),
        ("soon", None, ("", "date", "entry")),
        ("[2024, 3]", None, ("", "not_text", "entry")),
    ],
)
def test_dates(date: str, on: str | None, fault: tuple[str, str, str] | None) -> None:
    contribution, faults = contribution_with(f"date: {date}")
    assert (contribution and contribution.on) == on
    if fault is None:
        assert faults == ()
    else:
        pointer, code, severity = fault
        assert only(faults) == (7, "/0/contributions/0/date" + pointer, code, severity)


@pytest.mark.parametrize("key", ["title", "type", "date"])
def test_a_contribution_without_what_it_needs_is_left_out(key: str) -> None:
    parts = {"type": "talk", "title": "Bridges", "date": {"year": 2024}}
    del parts[key]
    members = read(json.dumps([{"name": "Jon Vale", "github": "jvale", "contributions": [parts]}]))
    assert members.entries[0].contributions == ()
    assert only(members.faults) == (1, "/0/contributions/0", f"{key}_missing", "entry")


@pytest.mark.parametrize(
    ("link", "url", "code"),
    [
        ('""', None, None),
        ("https://video.example/watch?v=a&t=9s#x", "https://video.example/watch?v=a&t=9s#x", None),
        ("video.example/bridges", "https://video.example/bridges", "scheme"),
        ("HTTPS://video.example/Bridges", "https://video.example/Bridges", "scheme"),
    ],
)
def test_links(link: str, url: str | None, code: str | None) -> None:
    contribution, faults = contribution_with("date: {year: 2024}", f"link: {link}")
    assert contribution is not None
    assert contribution.url == url
    assert [fault.code for fault in faults] == ([code] if code else [])


@pytest.mark.parametrize(
    "link", ["tbd", "javascript:alert(1)", "https://", "http://[", "N/A", "https://a.example/<b>"]
)
def test_a_link_that_is_none_leaves_out_the_contribution(link: str) -> None:
    contribution, faults = contribution_with("date: {year: 2024}", f'link: "{link}"')
    assert contribution is None
    assert only(faults) == (8, "/0/contributions/0/link", "url", "entry")


@pytest.mark.parametrize(
    ("key", "written", "field", "value", "code"),
    [
        ("linkedin", "mira-okoye", "linkedin", "https://www.linkedin.com/in/mira-okoye", None),
        (
            "linkedin",
            "http://linkedin.com/in/mira-okoye/",
            "linkedin",
            "https://www.linkedin.com/in/mira-okoye",
            "link",
        ),
        (
            "linkedin",
            "https://uk.linkedin.com/in/jos%C3%A9-v?trk=x",
            "linkedin",
            "https://www.linkedin.com/in/jos%C3%A9-v",
            "link",
        ),
        ("linkedin", "https://www.linkedin.com/company/tidewater", "linkedin", None, "linkedin"),
        ("twitter", "mira_o", "twitter", "https://x.com/mira_o", None),
        ("twitter", "@mira_o", "twitter", "https://x.com/mira_o", "link"),
        ("twitter", "https://www.twitter.com/mira_o/", "twitter", "https://x.com/mira_o", "link"),
        ("twitter", "https://x.com/mira_o?s=20", "twitter", "https://x.com/mira_o", "link"),
        ("twitter", "", "twitter", None, "empty"),
        ("twitter", "mira okoye", "twitter", None, "twitter"),
        ("country", "🇳🇴", "country", "NO", None),
        ("country", "UK", "country", "GB", "country"),
        ("country", "🇺🇰", "country", "GB", None),
        ("country", "no", "country", "NO", "country"),
        ("country", "United Kingdom", "country", None, "country"),
        ("country", "🇽🇽", "country", None, "country"),
        ("country", "🇳", "country", None, "country"),
        ("img", "not an address", "avatar_url", None, "url"),
        ("title", " Architect ", "title", "Architect", "trimmed"),
        ("bio", "x" * 5001, "bio", None, "too_long"),
    ],
)
def test_profile_fields(
    key: str, written: str, field: str, value: str | None, code: str | None
) -> None:
    entry, faults = entry_with(f"{key}: {json.dumps(written, ensure_ascii=False)}")
    assert getattr(entry.profile, field) == value
    assert [fault.code for fault in faults] == ([code] if code else [])
    unreadable = bool(faults) and faults[0].severity == "entry"
    assert entry.unread == ({field} if unreadable else set())


def test_norway_and_digits_need_no_quotes() -> None:
    entry, faults = entry_with("country: NO", "company: 42")
    assert (entry.profile.country, entry.profile.company) == ("NO", "42")
    assert [(fault.code, fault.severity) for fault in faults] == [
        ("country", "normalised"),
        ("number", "normalised"),
    ]


@pytest.mark.parametrize(
    ("written", "subject", "code"),
    [
        ("101", "101", None),
        ('"101"', "101", "quoted"),
        ("true", None, "not_text"),
        ("-5", None, "github_id"),
        ("0", None, "github_id"),
        ("1.5", None, "github_id"),
        ("9" * 30, None, "github_id"),
        ("9" * 5000, None, "too_long"),
        (str(2**53), None, "github_id"),
    ],
)
@pytest.mark.parametrize("format", ["yaml", "json"])
def test_github_ids(format: Format, written: str, subject: str | None, code: str | None) -> None:
    members = read(f'[{{"name": "Jon Vale", "github": "jvale",\n"githubID": {written}}}]', format)
    assert members.entries[0].github_id == subject
    assert [(fault.line, fault.code) for fault in members.faults] == ([(2, code)] if code else [])


def test_an_entry_with_an_id_alone_is_present() -> None:
    members = read("- name: Jon Vale\n  githubID: 7")
    assert (members.entries[0].github, members.entries[0].github_id) == (None, "7")
    assert only(members.faults) == (1, "/0", "handle_missing", "entry")


def test_handles() -> None:
    members = read("- {name: A, github: '@mira-o'}\n- {name: B, github: https://github.com/jvale}")
    assert [entry.github for entry in members.entries] == ["mira-o", "jvale"]
    assert [fault.code for fault in members.faults] == ["handle", "handle"]


def test_memberships() -> None:
    entry, faults = entry_with("isTscMember: 'true'", "tscMemberSince: 2025-02-30")
    assert [(one.group, one.since) for one in entry.memberships] == [("tsc", None)]
    assert [(fault.line, fault.code, fault.severity) for fault in faults] == [
        (4, "flag", "normalised"),
        (5, "date", "entry"),
    ]
    entry, faults = entry_with('tscMemberSince: "2025-02-03"', "isBoardMember: maybe")
    assert entry.memberships == ()
    assert entry.unread == {"board"}
    assert [(fault.line, fault.code) for fault in faults] == [
        (4, "since_without_membership"),
        (5, "flag"),
    ]


def test_an_unknown_key_is_reported_with_its_pointer() -> None:
    _, faults = entry_with("a/b~: 1")
    assert only(faults) == (4, "/0/a~1b~0", "unknown_key", "entry")


def test_a_repeated_key_says_nothing() -> None:
    entry, faults = entry_with("company: Tidewater", "company: Driftwood")
    assert entry.profile.company is None
    assert entry.unread == {"company"}
    assert only(faults) == (5, "/0/company", "repeated_key", "entry")


def test_two_people_run_together_by_a_bad_merge_are_unidentifiable() -> None:
    members = read(
        '[{"name": "Mira Okoye", "github": "mira-o",\n"name": "Jon Vale", "github": "jvale"}]'
    )
    assert members.entries == ()
    assert ("unidentifiable", "refuses") in [(one.code, one.severity) for one in members.faults]


def test_exact_duplicates_count_once_and_repeats_elsewhere_count_twice() -> None:
    entry, faults = entry_with(
        "contributions:",
        "  - {type: talk, title: Bridges, date: {year: 2024, month: May}}",
        "  - {type: talk, title: Bridges, date: {year: 2024, month: June}}",
        "  - {type: article, title: Bridges, date: {year: 2024, month: May}}",
        "  - {type: talk, title: Bridges, date: {year: 2024, month: May}, link: ''}",
    )
    assert len(entry.contributions) == 3
    assert only(faults) == (8, "/0/contributions/3", "repeated_contribution", "normalised")


def test_too_many_contributions_are_a_fault() -> None:
    listed = [{"type": "talk", "title": f"Bridge {n}", "date": {"year": 2024}} for n in range(2001)]
    members = read(json.dumps([{"name": "Jon", "github": "jvale", "contributions": listed}]))
    assert len(members.entries[0].contributions) == MAX_CONTRIBUTIONS
    assert [fault.code for fault in members.faults] == ["too_many"]


def test_a_bio_may_have_lines() -> None:
    entry, faults = entry_with("bio: |", "  One.", "  Two.")
    assert entry.profile.bio == "One.\nTwo."
    assert faults == ()
