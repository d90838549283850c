"""Uploaded tables as spreadsheets write them, and as they had better not."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rules import sheet_cells, sheets
from domain.rules.connectors import Sheet, SheetField
from domain.rules.contributions import Named, Visibility
from domain.rules.policy import Policy
from tests.world import POLICY


def made(document: dict[str, Any]) -> Policy:
    return msgspec.convert(document, Policy)


TYPES = POLICY["contribution_types"]
POLICY_OF_TALKS = made(
    POLICY
    | {"contribution_types": TYPES | {"case_study": {"name": "Case study", "area": "content"}}}
)
F = SheetField
COLUMNS = {F.TITLE: "What", F.OCCURRED_ON: "When", F.AMBASSADOR: "Who", F.TYPE: "Kind"}
SETTINGS = Sheet(COLUMNS)


def read(data: str | bytes, settings: Sheet = SETTINGS) -> sheets.Table:
    return sheets.parse(data.encode() if isinstance(data, str) else data, settings, POLICY_OF_TALKS)


def row(**cells: str) -> dict[str, str]:
    return {"What": "A talk", "When": "2026-02-03", "Who": "amara", "Kind": "talk"} | cells


def one(settings: Sheet = SETTINGS, /, **cells: str) -> sheets.Row:
    given = row(**{name.replace("_", " "): cell for name, cell in cells.items()})
    quoted = ['"' + cell.replace('"', '""') + '"' for cell in given.values()]
    table = read(",".join(given) + "\n" + ",".join(quoted) + "\n", settings)
    assert not table.faults, table.faults
    (only,) = table.rows
    return only


def faults(row: sheets.Row) -> list[tuple[str | None, str]]:
    assert row.found.draft is None
    return [(fault.column, fault.code) for fault in row.faults]


def refused(table: sheets.Table) -> list[tuple[int, str | None, str]]:
    assert not table.rows
    return [(fault.line, fault.column, fault.code) for fault in table.faults]


@pytest.mark.parametrize(
    "data",
    [
        "What,When,Who,Kind\nA talk,2026-02-03,amara,talk\n",
        "\ufeffWhat,When,Who,Kind\r\nA talk,2026-02-03,amara,talk\r\n",
        "WHAT;  when ;Who;kind\nA talk;2026-02-03;amara;Presentation\n",
        "kind\tWho\tWhen\tWhat\n\n Talk\t@Amara\t2026-02-03\t A  talk \n\t\t\t\n",
        '"What","When","Who","Kind"\r"A\ntalk","2026-02-03","amara","talk"',
        '"What, in a word";"Notes";What;When;Who;Kind\n;a,b,c,d;A talk;2026-02-03;amara;talk\n',
    ],
)
def test_tables_as_programs_write_them_are_read(data: str) -> None:
    table = read(data)
    assert not table.faults
    (only,) = table.rows
    assert only.faults == ()
    assert only.found.draft is not None
    draft = only.found.draft
    assert (draft.type, draft.title, draft.occurred_on) == ("talk", "A talk", "2026-02-03")
    assert draft.participants == (Named(ambassador="amara"),)
    assert only.found.key == one().found.key


def test_lines_are_counted_as_editors_count_them() -> None:
    table = read('\nWhat,When,Who,Kind\n\nA talk,2026,amara,talk\n"B\n\ntalk",2026,amara,x\nC,,,\n')
    assert [row.found.line for row in table.rows] == [4, 5, 8]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", [(1, name, "column_missing") for name in COLUMNS.values()]),
        (b"What,When,Who\nA talk,2026,amara\n", [(1, "Kind", "column_missing")]),
        (b"What,What,When,Who,Kind\n", [(1, "What", "column_repeated")]),
        (b"What,When,Who,Kind\n,,,\n", [(2, None, "empty")]),
        (b'What,When,Who,Kind\nA,2026,amara,talk\n"A\nB,2026', [(3, None, "syntax")]),
        (b'What,When,Who,Kind\n"A"B,2026,amara,talk\n', [(2, None, "syntax")]),
        (b"What,When,Who,Kind\nA talk,2026,amara,talk\n\xfc,,,\n", [(3, None, "encoding")]),
        ("What,When,Who,Kind\n".encode("utf-16"), [(1, None, "encoding")]),
        (b"What|When|Who|Kind\n", [(1, name, "column_missing") for name in COLUMNS.values()]),
        (b"x" * (sheets.MAX_BYTES + 1), [(1, None, "too_large")]),
        (b"What,When,Who,Kind\n" + b"x" * 200_000, [(2, None, "syntax")]),
    ],
)
def test_what_is_no_such_table_is_refused_whole(
    data: bytes, expected: list[tuple[int, str | None, str]]
) -> None:
    assert refused(read(data)) == expected


def test_it_is_told_which_headings_there_are() -> None:
    (fault,) = read("What,When,Who,Type\n").faults
    assert fault.detail == 'There is no such heading; there are "what", "when", "who", "type".'
    (fault,) = read("What,When,Who,Kind\n\xfc".encode("latin-1")).faults
    assert fault.detail == "It is not in UTF-8. Save it as CSV in UTF-8."


def test_a_table_has_so_many_rows() -> None:
    rows = [f"Talk {n},2026,amara,talk" for n in range(sheets.MAX_ROWS)]
    assert len(read("\n".join(["What,When,Who,Kind", *rows])).rows) == sheets.MAX_ROWS
    rows.append("One more,2026,amara,talk")
    table = read("\n".join(["What,When,Who,Kind", *rows]))
    assert refused(table) == [(sheets.MAX_ROWS + 2, None, "too_many_rows")]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("talk", "talk"),
        (" Presentation ", "talk"),
        ("CASE-STUDY", "case_study"),
        ("Case  Study", "case_study"),
        ("Article", "article"),
    ],
)
def test_types_are_read_by_code_name_and_alias(written: str, code: str) -> None:
    draft = one(Kind=written).found.draft
    assert draft is not None
    assert draft.type == code


def test_a_name_of_two_types_is_none() -> None:
    types: dict[str, Any] = {
        code: {"name": "Video", "area": "content"} for code in ("film", "stream")
    }
    twice = made(POLICY | {"contribution_types": types})
    table = sheets.parse(b"What,When,Who,Kind\nA talk,2026,amara,Video\n", SETTINGS, twice)
    assert faults(table.rows[0]) == [("Kind", "type")]


def test_rows_without_a_type_are_of_the_type_of_the_settings() -> None:
    of_articles = Sheet(COLUMNS, type="article", visibility=Visibility.MEMBERS)
    assert faults(one(Kind="")) == [("Kind", "missing")]
    draft = one(of_articles, Kind="").found.draft
    assert draft is not None
    assert (draft.type, draft.visibility) == ("article", Visibility.MEMBERS)
    without = Sheet({F.TITLE: "What", F.OCCURRED_ON: "When", F.AMBASSADOR: "Who"}, type="article")
    draft = one(without, Kind="dancing").found.draft
    assert draft is not None
    assert draft.type == "article"


@pytest.mark.parametrize(
    ("written", "form", "day"),
    [
        ("2025", None, "2025"),
        ("2025-03", None, "2025-03"),
        ("2025-03-07", None, "2025-03-07"),
        ("07.03.2025", "%d.%m.%Y", "2025-03-07"),
        ("7.3.2025", "%d.%m.%Y", "2025-03-07"),
        ("3/7/2025 10:22:33", "%m/%d/%Y %H:%M:%S", "2025-03-07"),
        ("03/2025", "%m/%Y", "2025-03"),
        ("March 2025", "%B %Y", "2025-03"),
        ("in 2025", "in %Y", "2025"),
        # What is known less precisely than the others is written as ISO 8601 has it.
        ("2025-03", "%d.%m.%Y", "2025-03"),
        ("2025", "%d.%m.%Y", "2025"),
    ],
)
def test_days_are_no_more_precise_than_written(written: str, form: str | None, day: str) -> None:
    draft = one(Sheet(COLUMNS, day_format=form), When=written).found.draft
    assert draft is not None
    assert draft.occurred_on == day


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("07.03.2025", None),
        ("2025-02-30", None),
        ("2025-13", None),
        ("1825-03-07", None),
        ("2025-03-07T10:00", None),
        ("\u0662\u0660\u0662\u0665", None),
        ("03/2025", "%d.%m.%Y"),
        ("30.02.2025", "%d.%m.%Y"),
        ("07.03.1825", "%d.%m.%Y"),
        # By the format it would be the thirteenth month, in any other way the settings are wrong.
        ("2025-01-13", "%Y-%d-%m"),
        ("2025-01-13", "%Y-%m-%m"),
        ("13", "%d"),
    ],
)
def test_other_days_are_none(written: str, form: str | None) -> None:
    assert faults(one(Sheet(COLUMNS, day_format=form), When=written)) == [("When", "date")]


@pytest.mark.parametrize(
    "form", ["%d.%m", "%d %Y", "%Y-%m-%m", "%H:%M", "%Y-%j", "%G-%V", "x", "%"]
)
def test_formats_of_no_use_are_refused(form: str) -> None:
    with pytest.raises(ValueError, match=r"[A-Z]"):
        sheet_cells.precision(form)


WITH_IDENTITY = {F.TITLE: "What", F.OCCURRED_ON: "When", F.TYPE: "Kind"}


@pytest.mark.parametrize(
    ("heading", "written", "identities"),
    [
        ("Account", "github:5501911", ["github:5501911"]),
        ("Account", "github:@OctoCat", ["github:@octocat"]),
        ("Account", "https://github.com/OctoCat/", ["github:@octocat"]),
        ("Account", "Amara@Example.org", ["email:amara@example.org"]),
        ("GitHub handle", "octocat, @Mona;mona\nhubot", ["octocat", "mona", "hubot"]),
        ("GitHub handle", "mastodon:@noor@example.org", ["mastodon:@noor@example.org"]),
    ],
)
def test_identities_are_read_where_they_are_clear(
    heading: str, written: str, identities: list[str]
) -> None:
    settings = Sheet(WITH_IDENTITY | {F.IDENTITY: heading})
    draft = one(settings, **{heading: written}).found.draft
    assert draft is not None
    wanted = [one if ":" in one else f"github:@{one}" for one in identities]
    assert [who.identity for who in draft.participants] == wanted


@pytest.mark.parametrize(
    ("heading", "written"),
    [
        # A bare name could be of any site, and a number the id of somebody else.
        ("Twitter", "octocat"),
        ("Account", "@octocat"),
        ("GitHub", "5501911"),
        ("GitHub", "octo--cat"),
        ("Account", "https://example.org/octocat"),
        ("Account", "https://github.com/octocat/repository"),
        ("Account", "github:"),
    ],
)
def test_other_identities_are_nobodys(heading: str, written: str) -> None:
    settings = Sheet(WITH_IDENTITY | {F.IDENTITY: heading})
    assert faults(one(settings, **{heading: written})) == [(heading, "identity")]


def test_people_are_named_by_their_handles_where_there_are_some() -> None:
    both = Sheet(COLUMNS | {F.IDENTITY: "GitHub"})
    draft = one(both, Who="Amara, bruno", GitHub="octocat").found.draft
    assert draft is not None
    assert draft.participants == (Named(ambassador="amara"), Named(ambassador="bruno"))
    draft = one(both, Who="", GitHub="octocat").found.draft
    assert draft is not None
    assert draft.participants == (Named(identity="github:@octocat"),)
    assert faults(one(both, Who="", GitHub="")) == [("GitHub", "missing")]
    assert faults(one(Who="Amara Okonjo!")) == [("Who", "handle")]
    crowd = ",".join(f"a{n}" for n in range(51))
    assert faults(one(Who=crowd)) == [("Who", "entry")]


MORE = COLUMNS | {
    F.DESCRIPTION: "About",
    F.URL: "Link",
    F.COUNTRY: "Where",
    F.LANGUAGE: "In",
    F.KEY: "No",
}
FULL = {"About": "", "Link": "", "Where": "", "In": "", "No": "7"}


def test_everything_else_is_read() -> None:
    cells = FULL | {
        "About": "One\r\ntwo",
        "Link": "https://example.org/",
        "Where": "ng",
        "In": "en",
    }
    found = one(Sheet(MORE), **cells).found
    assert found.draft is not None
    draft = found.draft
    assert (draft.description, draft.url) == ("One\ntwo", "https://example.org/")
    assert (draft.country, draft.language, found.key) == ("NG", "en", "7")
    draft = one(Sheet(MORE), **FULL).found.draft
    assert draft is not None
    assert (draft.description, draft.url, draft.country, draft.language) == (None,) * 4


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("What", "", "missing"),
        ("What", "ab", "entry"),
        ("What", "a" * 201, "entry"),
        ("What", "a\x00b", "entry"),
        ("What", "a\x1bb", "entry"),
        ("When", "", "missing"),
        ("When", "yesterday", "date"),
        ("Who", "", "missing"),
        ("Kind", "dancing", "type"),
        ("About", "a" * 2001, "entry"),
        ("About", "a" * 5001, "entry"),
        ("Link", "example.org", "entry"),
        ("Link", "javascript:alert(1)", "entry"),
        ("Link", "https://example.org/a b", "entry"),
        ("Where", "Nigeria", "entry"),
        ("In", "English!", "entry"),
        ("No", "", "missing"),
        ("No", "7/8", "entry"),
        ("No", "7" * 256, "entry"),
    ],
    ids=lambda value: value[:20],
)
def test_each_fault_has_its_column(column: str, cell: str, code: str) -> None:
    assert faults(one(Sheet(MORE), **(FULL | {column: cell}))) == [(column, code)]


def test_all_faults_of_a_row_are_told_and_stop_no_other() -> None:
    table = read("What,When,Who,Kind\n,x,!,y\nA talk,2026,amara,talk\nA talk,2026\n")
    assert faults(table.rows[0]) == [
        ("Kind", "type"),
        ("What", "missing"),
        ("When", "date"),
        ("Who", "handle"),
    ]
    assert table.rows[1].found.draft is not None
    assert faults(table.rows[2]) == [(None, "cells")]


def test_what_looks_like_a_formula_is_text() -> None:
    title = '=HYPERLINK("https://example.org/","A talk")'
    assert one(What=title).found.title == title
    assert faults(one(Who='=cmd|"/c calc"!A0')) == [("Who", "handle"), ("Who", "handle")]


def test_the_same_row_counts_once() -> None:
    table = read(
        "What,When,Who,Kind\nA talk,2026,amara,talk\nA TALK,2026,Amara,presentation\n"
        "A talk,2026,bruno,talk\nA talk,2026,amara,talk\nA talk,2026-01,amara,talk\n"
    )
    first, shouted, other, again, sooner = table.rows
    assert first.found.key == shouted.found.key == again.found.key
    assert len({first.found.key, other.found.key, sooner.found.key}) == 3
    # Written differently it is another draft, and only one of the two can be right.
    assert faults(shouted) == [(None, "repeated")]
    assert (again.found.skipped, again.found.draft, again.faults) == (
        "Line 2 says the same.",
        None,
        (),
    )


def test_a_key_that_comes_twice_is_told_at_its_column() -> None:
    rows = [row(**FULL), row(**FULL), row(**FULL, What="Another")]
    text = "\n".join([",".join(rows[0]), *(",".join(one.values()) for one in rows)])
    first, again, other = read(text, Sheet(MORE)).rows
    assert (first.found.key, again.found.skipped) == ("7", "Line 2 says the same.")
    assert faults(other) == [("No", "repeated")]


def test_a_key_of_what_a_row_says_stays_when_details_are_corrected() -> None:
    columns = {field: name for field, name in MORE.items() if field is not F.KEY}
    cells = {name: cell for name, cell in FULL.items() if name != "No"}
    plain = one(Sheet(columns), **cells).found
    better = one(Sheet(columns), **cells | {"About": "Better", "In": "en", "Where": "NG"}).found
    elsewhere = one(Sheet(columns), **cells | {"Link": "https://example.org/"}).found
    assert plain.key == better.key != elsewhere.key
    assert plain.key.startswith("r-")


PIECES = st.sampled_from(
    [
        "What",
        "When",
        "Who",
        "Kind",
        ",",
        ";",
        "\t",
        '"',
        "\n",
        "\r",
        "talk",
        "amara",
        "2026",
        " ",
        "\x00",
    ]
)


@given(st.one_of(st.binary(max_size=200), st.lists(PIECES | st.text(max_size=5)).map("".join)))
def test_no_bytes_break_it(data: str | bytes) -> None:
    raw = data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass")
    table = read(raw)
    assert bool(table.rows) != bool(table.faults)
    table = read(b"What,When,Who,Kind\n" + raw)
    keys = [row.found.key for row in table.rows if row.found.draft]
    assert len(set(keys)) == len(keys)
    for one in table.rows:
        assert [bool(one.found.draft), bool(one.found.skipped), bool(one.faults)].count(True) == 1


@given(st.text(max_size=60), st.text(max_size=12))
def test_no_cell_and_no_format_break_it(cell: str, form: str) -> None:
    assert sheet_cells.identity(cell, github=True) != ""
    try:
        found = sheet_cells.day(cell, form)
    except ValueError:
        return
    assert sheet_cells.ISO_DAY.fullmatch(found)
