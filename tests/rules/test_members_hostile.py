"""Bytes that are no members file, or mean harm: refused with their line, never an exception."""

from __future__ import annotations

import json
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.rules.members_file import parse
from domain.rules.members_tree import MAX_BYTES, MAX_DEPTH, Format
from tests.rules.members_read import TYPES, entry_with, only, read


@pytest.mark.parametrize("escape", [r"\u0000", r"\u001b", r"\ud800", r"\u0085"])
def test_characters_that_no_text_may_hold(escape: str) -> None:
    text = f'[{{"name": "Jon Vale", "github": "jvale",\n"title": "a{escape}b", "k{escape}": 1}}]'
    members = read(text)
    assert {(one.line, one.code) for one in members.faults} == {
        (2, "characters"),
        (2, "unknown_key"),
    }
    assert members.entries[0].unread == {"title"}
    for fault in members.faults:
        (fault.pointer + fault.detail).encode()


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ('[\n{"name": "Jon"\n"github": "jvale"}]', 3, "json"),
        ("[\n{}\n{}]", 3, "json"),
        ('[{"name": NaN}]', 1, "json"),
        ("- name: Jon\n  github: 'jvale\n", 3, "yaml"),
        ("- name: Jon\n github: jvale\n", 2, "yaml"),
        ("- name: a\n- \x00\n", 2, "yaml"),
        (b"- name: Jon\n- name: \xff\n", 2, "not_utf8"),
        ("", 1, "empty"),
        ("# nobody\n", 1, "empty"),
        ("[]", 1, "list_length"),
        ("\n\nname: Jon", 3, "not_a_list"),
        ("- {}\n---\n- {}\n", 2, "documents"),
        ("- !!python/object:os.system {}\n", 1, "tag"),
        ("- name: !!binary aGk=\n", 1, "tag"),
        ("- &a [*a]\n", 1, "alias"),
        ("- ? [x]\n  : y\n", 1, "key"),
        ("- " + "[" * (MAX_DEPTH + 1) + "\n", 1, "too_deep"),
        ("[" * 100_000, 1, "too_deep"),
        ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), 1, "too_deep"),
        (b" " * (MAX_BYTES + 1), 1, "too_large"),
    ],
)
def test_what_is_no_file_is_refused_with_its_line(text: str | bytes, line: int, code: str) -> None:
    members = read(text)
    assert members.entries == ()
    assert only(members.faults) == (line, "", code, "refuses")


def test_aliases_are_read_but_never_explode() -> None:
    entry, _ = entry_with(
        "contributions:",
        "  - {type: talk, title: Bridges, date: &when {year: 2024}}",
        "  - {type: talk, title: Tunnels, date: *when}",
    )
    assert [one.on for one in entry.contributions] == ["2024", "2024"]
    bomb = "- &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"- &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
    )
    tracemalloc.start()
    members = read(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert only(members.faults)[2:] == ("too_large", "refuses")
    assert peak < 5_000_000


@pytest.mark.parametrize(
    ("text", "line", "pointer", "code"),
    [
        ("- {name: Jon, github: jvale}\n- {name: Mira}", 2, "/1", "unidentifiable"),
        ("- {name: Jon, github: jvale}\n- Mira", 2, "/1", "unidentifiable"),
        (
            "- {name: Jon, github: jvale}\n- {name: J, github: JVale}",
            2,
            "/1/github",
            "repeated_person",
        ),
        (
            "- {name: J, github: a, githubID: 7}\n- {name: K, github: b, githubID: 7}",
            2,
            "/1/githubID",
            "repeated_person",
        ),
    ],
)
def test_entries_that_refuse_the_file(text: str, line: int, pointer: str, code: str) -> None:
    members = read(text)
    refusing = tuple(fault for fault in members.faults if fault.severity == "refuses")
    assert only(refusing) == (line, pointer, code, "refuses")


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=80), st.sampled_from([None, "yaml", "json"]))
def test_bytes_never_raise(data: bytes, format: Format | None) -> None:
    for fault in parse(data, TYPES.get, format).faults:
        assert 1 <= fault.line <= len(data) + 1


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
KEYS = "name img bio github githubID slack twitter linkedin country tscMemberSince isTscMember"
ODD_CONTRIBUTION = ODD | st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("type", "title", "date", "link"), ODD)
)
ODD_ENTRY = ODD | st.fixed_dictionaries(
    {}, optional={**dict.fromkeys(KEYS.split(), ODD), "contributions": st.lists(ODD_CONTRIBUTION)}
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ODD_ENTRY, max_size=2))
def test_a_list_of_anything_never_raises(document: list[object]) -> None:
    members = read(json.dumps(document))
    for fault in members.faults:
        (fault.pointer + fault.detail).encode()
