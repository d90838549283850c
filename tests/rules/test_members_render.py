"""The exports, and that importing an export plans nothing."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from uuid import UUID

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.rules.members import Membership, Profile
from domain.rules.members_actions import Ambassador, Current, Identity, Mode, Person, Recorded
from domain.rules.members_file import parse
from domain.rules.members_plan import plan
from domain.rules.members_render import ExportFormat, render
from tests.rules.members_applied import applied
from tests.rules.members_made import DAY, EARLIER, somebody

MIRA = """\
  - name: "Mira \\"Bee\\" Okoye"
    img: "https://images.example/mira.png?s=96&v=4"
    bio: "Builds bridges.\\nAnd tunnels: “#1”."
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
      - type: "special contribution"
        title: "Booth at the pier"
        date:
          year: 2024
          month: "March"
        link: ""
      - type: "presentation"
        title: "Bridges"
        date:
          year: 2023
        link: "https://video.example/bridges"
      - type: "talk"
        title: "Tunnels"
        date:
          year: 2023
          month: "May"
          day: 9
        link: "https://video.example/tunnels"
  - name: "Jon Vale"
    github: "jvale"
    contributions: []
"""


def after(text: str, now: Current | None = None, mode: Mode = "mirror") -> Current:
    """What is recorded once the file is imported."""
    members = parse(text.encode(), lambda text: text)
    now = now or Current()
    made = plan(members, now, mode=mode, as_of=DAY, last_as_of=None, joined_known=True)
    assert not made.refused
    return applied(now, made)


def assert_at_rest(now: Current) -> None:
    for format in ("asyncapi-yaml", "asyncapi-json"):
        members = parse(render(now.people, format), lambda text: text)
        made = plan(members, now, mode="mirror", as_of=DAY, last_as_of=DAY, joined_known=True)
        assert (made.actions, made.refused) == ((), False), format


def test_a_file_in_the_written_form_comes_back_byte_for_byte() -> None:
    now = after(MIRA)
    assert render(now.people, "asyncapi-yaml").decode() == MIRA
    assert_at_rest(now)


def test_json_says_the_same_as_yaml() -> None:
    now = after(MIRA)
    written = render(now.people, "asyncapi-json")
    assert json.loads(written)[0]["country"] == "🇳🇬"
    assert json.loads(written)[1] == {"name": "Jon Vale", "github": "jvale", "contributions": []}
    assert render(after(written.decode()).people, "asyncapi-yaml").decode() == MIRA


def test_exactly_the_documented_things_are_normalised() -> None:
    text = """\
- github: "@jvale"
  name: " Jon Vale "
  githubID: "7"
  twitter: ""
  linkedin: "http://linkedin.com/in/jon-vale/"
  country: "UK"
  isBoardMember: false
  contributions:
  - {title: A, type: talk, date: {year: 2026, month: Jan}}
  - {title: B, type: talk, date: {year: 2024, month: "2022"}, link: video.example/b}
"""
    expected = """\
  - name: "Jon Vale"
    github: "jvale"
    githubID: 7
    linkedin: "jon-vale"
    country: "🇬🇧"
    contributions:
      - type: "talk"
        title: "A"
        date:
          year: 2026
          month: "January"
        link: ""
      - type: "talk"
        title: "B"
        date:
          year: 2024
        link: "https://video.example/b"
"""
    assert render(after(text).people, "asyncapi-yaml").decode() == expected


def test_characters_that_yaml_writes_as_escapes_only() -> None:
    jon = somebody(1, "jvale", subject="7", name="a\uffff\ufeff\u2028\x7f\x85😀b")
    written = render([jon], "asyncapi-yaml")
    assert b'"a\\uffff\\ufeff\\u2028\\u007f\\u0085\xf0\x9f\x98\x80b"' in written
    assert yaml.safe_load(written)[0]["name"] == jon.profile.name


def test_an_empty_program_is_an_empty_list() -> None:
    assert render((), "asyncapi-yaml") == b"[]\n"
    assert render((), "asyncapi-json") == b"[]\n"
    assert render((), "asyncapi-emeritus").endswith(b"emeritus_ambassadors: []\nemeritus_tsc: []\n")


def test_the_member_files_hold_who_is_there_without_what_is_hidden() -> None:
    profile = Profile(name="Jon Vale", bio="Sails.", company="Tidewater")
    slack = Identity("slack", "U0JON00001", None, verified=False)
    github = Identity("github", "7", "jvale", verified=True)
    kept = Recorded(UUID(int=1), "talk", None, "Bridges", "2024-03-05", None, ours=False)
    declined = Recorded(UUID(int=2), "talk", "talk", "Tunnels", "2024", None, listed=False)
    jon = somebody(
        1,
        "jvale",
        status="on_leave",
        profile=profile,
        identities=(slack, github),
        hidden=frozenset(["bio", "slack", "groups"]),
        memberships=(Membership("tsc", EARLIER),),
        contributions=(kept, declined),
    )
    away = [
        somebody(2, "aa", subject="2", status="emeritus"),
        somebody(3, "bb", subject="3", status="suspended"),
        somebody(4, "cc", subject="4", status="removed"),
        somebody(5, "dd", subject="5", status=None),
    ]
    assert json.loads(render([jon, *away], "asyncapi-json")) == [
        {
            "name": "Jon Vale",
            "github": "jvale",
            "githubID": 7,
            "company": "Tidewater",
            "contributions": [
                {
                    "type": "talk",
                    "title": "Bridges",
                    "date": {"year": 2024, "month": "March", "day": 5},
                    "link": "",
                }
            ],
        }
    ]
    assert_at_rest(Current((jon, *away)))


def test_somebody_without_a_github_identity_is_written_by_the_programs_handle() -> None:
    jon = Person(
        UUID(int=1), profile=Profile(name="J"), ambassador=Ambassador(UUID(int=2), "jon", "active")
    )
    assert json.loads(render([jon], "asyncapi-json"))[0]["github"] == "jon"
    assert_at_rest(Current((jon,)))


def test_emeritus_is_per_role() -> None:
    ended, still = Membership("tsc", EARLIER, DAY), Membership("tsc", EARLIER)
    people = [
        somebody(1, "jvale", subject="1", memberships=(ended,)),
        somebody(2, "mira-o", subject="2", status="emeritus", memberships=(ended, still)),
        somebody(3, "true", subject="3", status="emeritus"),
        somebody(4, "007", subject="4", status="emeritus"),
        somebody(5, "gone", subject="5", status="removed", memberships=(ended,)),
    ]
    assert render(people, "asyncapi-emeritus").decode().partition("\n\n")[2] == (
        'emeritus_ambassadors:\n  - mira-o\n  - "true"\n  - "007"\nemeritus_tsc:\n  - jvale\n'
    )


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_no_cell_of_a_csv_starts_a_formula(start: str) -> None:
    profile = Profile(name=f'{start}cmd|" /C calc"!A0', bio="one,\ntwo")
    jon = somebody(1, "jvale", subject="7", profile=profile, joined_on=EARLIER)
    written = render([jon, somebody(2, "bb", status="removed")], "csv").decode()
    assert written.endswith("\r\n")
    (row,) = csv.DictReader(io.StringIO(written, newline=""), strict=True)
    assert row["name"] == f"'{profile.name}"
    assert (row["bio"], row["github_id"], row["joined_on"]) == ("one,\ntwo", "7", "2025-06-01")
    assert (row["status"], row["left_on"], row["contributions"]) == ("active", "", "0")


ALPHABET = "ab Z'\"\\:#-\u2013&*!%@`|>{}[],\u0085\u2028\ufeff\uffff\ue000😀é\n"
WORDS = st.text(ALPHABET, min_size=1, max_size=6)
DATES = st.fixed_dictionaries(
    {"year": st.integers(2020, 2026)},
    optional={"month": st.sampled_from(["March", "Jan", 3, "2022", ""]), "day": st.integers(1, 31)},
) | st.sampled_from(["2024", "2024-03", "2024-03-05", "never"])
CONTRIBUTIONS = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["talk", "article", " talk "]),
        "title": st.sampled_from(["A", "B"]) | WORDS,
        "date": DATES,
    },
    optional={"link": st.sampled_from(["", "https://video.example/a", "video.example/b", "none"])},
)
ENTRIES = st.fixed_dictionaries(
    {},
    optional={
        "name": WORDS,
        "bio": WORDS,
        "title": WORDS,
        "slack": st.sampled_from(["U0MIRA0101", "U0JON00001", "me"]),
        "twitter": st.sampled_from(["", "mira_o", "https://x.com/jvale", "?"]),
        "linkedin": st.sampled_from(["mira-okoye", "linkedin.com/in/jos%C3%A9", "?"]),
        "country": st.sampled_from(["🇳🇬", "UK", "NO", "Narnia"]),
        "isTscMember": st.booleans(),
        "tscMemberSince": st.sampled_from(["2024-01-01", "2025-05-28", "?"]),
        "isBoardMember": st.booleans(),
        "contributions": st.lists(CONTRIBUTIONS, max_size=5),
    },
)


@st.composite
def files(draw: st.DrawFn) -> str:
    """A list of people with distinct ids and handles, which come again in other pairs."""
    handles = draw(st.lists(st.sampled_from(["aa", "bb", "cc", "dd"]), unique=True, min_size=1))
    ids = draw(st.permutations([1, 2, 3, 4]))
    listed: list[dict[str, object]] = []
    for handle, subject in zip(handles, ids, strict=False):
        shape = draw(st.sampled_from(["both", "both", "handle", "id"]))
        named: dict[str, object] = {} if shape == "id" else {"github": handle}
        listed.append(draw(ENTRIES) | named | ({} if shape == "handle" else {"githubID": subject}))
    return json.dumps(listed)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(files(), st.sampled_from(["merge", "mirror"])), min_size=1, max_size=3))
def test_whatever_was_imported_plans_nothing_again_nor_does_its_export(
    history: list[tuple[str, Mode]],
) -> None:
    now = Current()
    for text, mode in history:
        now = after(text, now, mode)
        members = parse(text.encode(), lambda text: text)
        again = plan(members, now, mode=mode, as_of=DAY, last_as_of=DAY, joined_known=True)
        assert again.actions == ()
    assert_at_rest(now)
    formats: tuple[ExportFormat, ...] = ("asyncapi-emeritus", "csv")
    for format in formats:
        render(now.people, format).decode()


def test_dates_before_the_first_import_stay() -> None:
    jon = somebody(1, "jvale", subject="7", joined_on=date(2024, 1, 1))
    now = after("- {name: N, github: jvale, githubID: 7}", Current((jon,)))
    assert now.people[0].ambassador == jon.ambassador
