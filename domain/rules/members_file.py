"""Reads AsyncAPI's members file into entries and faults, each with its line."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import TypeVar

from msgspec import Struct

from domain.rules import members_normalise as normalise
from domain.rules import members_tree as tree
from domain.rules.members import (
    BOARD,
    TSC,
    Contribution,
    Entry,
    Fault,
    Members,
    Membership,
    Profile,
    Severity,
    encodable,
    shown,
)
from domain.rules.members_normalise import Faulty, Noted

T = TypeVar("T")
Resolve = Callable[[str], str | None]

MAX_ENTRIES = 10_000
MAX_CONTRIBUTIONS = 2_000
# Beyond the text itself; the lengths that the record takes.
MAX_LINE = 200
MAX_BIO = 5_000
MAX_TITLE = 500
MAX_URL = 2_000

# Each key of an entry, with the name that the record uses for it.
KEYS = {
    "name": "name",
    "img": "avatar_url",
    "bio": "bio",
    "title": "title",
    "github": "github",
    "githubID": "github_id",
    "slack": "slack",
    "twitter": "twitter",
    "linkedin": "linkedin",
    "company": "company",
    "country": "country",
    "isTscMember": TSC,
    "tscMemberSince": TSC,
    "isBoardMember": BOARD,
    "contributions": "contributions",
}


def parse(data: bytes, resolve_type: Resolve, format: tree.Format | None = None) -> Members:
    """Everything that can be read, and a fault for everything that cannot; never raises.

    `resolve_type` gives the policy's code for a contribution type as written (aliases included),
    None for an unknown one. A file with a fault that `refuses` must not be applied as a mirror.
    Rules: RULES.md, "Import (mirror)"; the faults are those of AsyncAPI's real file.
    """
    report: list[Fault] = []
    try:
        root = tree.read(data, format)
    except tree.Unreadable as error:
        return Members((), (Fault(error.line, "", error.code, error.detail, "refuses"),))
    people = root.items if isinstance(root, tree.Sequence) else ()
    if not isinstance(root, tree.Sequence):
        report.append(Fault(root.line, "", "not_a_list", "the file is no list", "refuses"))
    elif not 0 < len(people) <= MAX_ENTRIES:
        detail = f"the list holds {len(people)} people, not 1 to {MAX_ENTRIES}"
        report.append(Fault(root.line, "", "list_length", detail, "refuses"))
        people = ()
    entries = tuple(
        entry
        for index, node in enumerate(people)
        if (entry := _entry(node, index, resolve_type, report)) is not None
    )
    report.extend(_repeated(entries))
    return Members(entries, tuple(sorted(report, key=lambda fault: fault.line)))


def _repeated(entries: Iterable[Entry]) -> Iterable[Fault]:
    first: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        keys = {"githubID": entry.github_id, "github": entry.github and entry.github.casefold()}
        for key, value in keys.items():
            if value is None:
                continue
            other = first.setdefault((key, value), entry)
            if other is not entry:
                detail = f"{key} {value} is also that of the entry at line {other.line}"
                pointer = f"/{entry.index}/{key}"
                yield Fault(entry.line, pointer, "repeated_person", detail, "refuses")


class _Reading(Struct):
    """One mapping while it is read: its fields by key, and the keys that nobody can read."""

    node: tree.Mapping
    pointer: str
    report: list[Fault]
    fields: dict[str, tree.Node] = {}
    unread: set[str] = set()

    def sort(self, known: Iterable[str]) -> None:
        for key, value in self.node.pairs:
            if key.text not in known:
                detail = f"the key {shown(key.text)} is not kept"
                self.fault(key.line, key.text, "unknown_key", detail)
            elif key.text in self.fields or key.text in self.unread:
                # Which of the two was meant nobody can know: the field says nothing.
                self.fields.pop(key.text, None)
                self.unread.add(key.text)
                self.fault(key.line, key.text, "repeated_key", f"{key.text} stands here twice")
            else:
                self.fields[key.text] = value

    def fault(
        self, line: int, key: str, code: str, detail: str, severity: Severity = "entry"
    ) -> None:
        escaped = encodable(key).replace("~", "~0").replace("/", "~1")
        pointer = f"{self.pointer}/{escaped}" if key else self.pointer
        self.report.append(Fault(line, pointer, code, detail, severity))

    def read(self, key: str, reader: Callable[[tree.Node], Noted[T]]) -> T | None:
        node = self.fields.get(key)
        if node is None:
            return None
        try:
            value, note = reader(node)
        except Faulty as faulty:
            self.unread.add(key)
            self.fault(node.line, key, faulty.code, f"{_quoted(node)} {faulty.detail}")
            return None
        if note:
            detail = f"{_quoted(node)} is read as {'absent' if value is None else shown(value)}"
            self.fault(node.line, key, note, detail, "normalised")
        return value

    def items(self, key: str) -> tuple[tree.Node, ...]:
        node = self.fields.get(key)
        if isinstance(node, tree.Sequence):
            return node.items
        if node is not None and not (isinstance(node, tree.Scalar) and node.value is None):
            self.unread.add(key)
            self.fault(node.line, key, "not_a_list", f"{key} is no list")
        return ()


def _quoted(node: tree.Node) -> str:
    return shown(node.text) if isinstance(node, tree.Scalar) else "what stands here"


def _reading(
    node: tree.Mapping, pointer: str, known: Iterable[str], report: list[Fault]
) -> _Reading:
    reading = _Reading(node, pointer, report)
    reading.sort(known)
    return reading


def _text(
    normaliser: Callable[[str], Noted[T]],
    limit: int = MAX_LINE,
    *,
    lines: bool = False,
    empty: str = "empty",
) -> Callable[[tree.Node], Noted[T | None]]:
    """A reader of text: empty is absent, and a number counts as the digits that were written."""

    def read(node: tree.Node) -> Noted[T | None]:
        if not isinstance(node, tree.Scalar) or isinstance(node.value, bool):
            raise Faulty("not_text", "is no text")
        written = "" if node.value is None else node.text
        trimmed, cut = normalise.text(written, limit, lines=lines)
        if not trimmed:
            return None, empty
        value, note = normaliser(trimmed)
        number = "" if isinstance(node.value, str) else "number"
        return value, note or cut or number

    return read


def _as_is(written: str) -> Noted[str]:
    return written, ""


def _number(normaliser: Callable[[str], Noted[T]]) -> Callable[[tree.Node], Noted[T | None]]:
    """A reader of an integer, which in quotes is normalised."""
    of_text = _text(normaliser)

    def read(node: tree.Node) -> Noted[T | None]:
        value, note = of_text(node)
        quoted = isinstance(node, tree.Scalar) and isinstance(node.value, str)
        return value, "quoted" if quoted and note == "" else note.removesuffix("number")

    return read


def _flag(node: tree.Node) -> Noted[bool]:
    if isinstance(node, tree.Scalar):
        if isinstance(node.value, bool):
            return node.value, ""
        written = node.text.strip().casefold()
        if node.value is None or written in ("true", "false", ""):
            return written == "true", "flag"
    raise Faulty("flag", "is neither true nor false")


def _entry(node: tree.Node, index: int, resolve: Resolve, report: list[Fault]) -> Entry | None:
    pointer = f"/{index}"
    if not isinstance(node, tree.Mapping):
        report.append(Fault(node.line, pointer, "unidentifiable", "is no person", "refuses"))
        return None
    reading = _reading(node, pointer, KEYS, report)
    read = reading.read
    github_id = read("githubID", _number(normalise.github_id))
    github = read("github", _text(normalise.github, MAX_URL))
    if github_id is None and github is None:
        detail = "has neither githubID nor github, so nobody can say who this is"
        reading.fault(node.line, "", "unidentifiable", detail, "refuses")
    elif github is None and "github" not in reading.unread:
        detail = "has no github: only the id says who this is"
        reading.fault(node.line, "", "handle_missing", detail)
    profile = Profile(
        name=read("name", _text(_as_is)),
        bio=read("bio", _text(_as_is, MAX_BIO, lines=True)),
        title=read("title", _text(_as_is)),
        company=read("company", _text(_as_is)),
        country=read("country", _text(normalise.country)),
        avatar_url=read("img", _text(normalise.url, MAX_URL)),
        twitter=read("twitter", _text(normalise.twitter, MAX_URL)),
        linkedin=read("linkedin", _text(normalise.linkedin, MAX_URL)),
    )
    if profile.name is None:
        if "name" not in reading.unread:
            reading.fault(node.line, "", "name_missing", "has no name")
        reading.unread.add("name")
    slack = read("slack", _text(normalise.slack))
    memberships = tuple(_memberships(reading))
    contributions = _contributions(reading, resolve)
    if github_id is None and github is None:
        return None
    return Entry(
        index=index,
        line=node.line,
        github_id=github_id,
        github=github,
        slack=slack,
        profile=profile,
        memberships=memberships,
        contributions=contributions,
        unread=frozenset(KEYS[key] for key in reading.unread),
    )


def _memberships(reading: _Reading) -> Iterable[Membership]:
    since: date | None = reading.read("tscMemberSince", _text(normalise.day))
    if reading.read("isTscMember", _flag):
        yield Membership(TSC, since)
    elif since is not None and "isTscMember" not in reading.unread:
        node = reading.fields["tscMemberSince"]
        detail = "tscMemberSince without isTscMember: no membership is recorded"
        reading.fault(node.line, "tscMemberSince", "since_without_membership", detail)
    if reading.read("isBoardMember", _flag):
        yield Membership(BOARD)


def _contributions(reading: _Reading, resolve: Resolve) -> tuple[Contribution, ...]:
    found: dict[tuple[object, ...], Contribution] = {}
    nodes = reading.items("contributions")
    if len(nodes) > MAX_CONTRIBUTIONS:
        reading.unread.add("contributions")
        detail = f"of {len(nodes)} contributions only the first {MAX_CONTRIBUTIONS} are read"
        reading.fault(reading.node.line, "contributions", "too_many", detail)
    for index, node in enumerate(nodes[:MAX_CONTRIBUTIONS]):
        pointer = f"{reading.pointer}/contributions/{index}"
        one = _contribution(node, pointer, resolve, reading.report)
        if one is None:
            reading.unread.add("contributions")
            continue
        key = (one.type_text, one.title, one.on, one.url)
        if key in found:
            detail = f"is the contribution of line {found[key].line} again, and counts once"
            reading.report.append(
                Fault(one.line, pointer, "repeated_contribution", detail, "normalised")
            )
        found.setdefault(key, one)
    return tuple(found.values())


def _contribution(
    node: tree.Node, pointer: str, resolve: Resolve, report: list[Fault]
) -> Contribution | None:
    """None when it must be left out: no type, title or year, or a link that is none."""
    if not isinstance(node, tree.Mapping):
        report.append(Fault(node.line, pointer, "not_a_mapping", "is no contribution", "entry"))
        return None

    reading = _reading(node, pointer, ("type", "title", "date", "link"), report)
    type_text = reading.read("type", _text(_as_is))
    type_ = resolve(type_text) if type_text else None
    if type_text and type_ is None:
        detail = f"{shown(type_text)} is no contribution type of the program's policy"
        reading.fault(reading.fields["type"].line, "type", "unknown_type", detail)
    title = reading.read("title", _text(_as_is, MAX_TITLE))
    on = _date(reading)
    url = reading.read("link", _text(normalise.url, MAX_URL, empty=""))
    for key, value in (("type", type_text), ("title", title), ("date", on)):
        if value is None and key not in reading.unread:
            reading.fault(node.line, "", f"{key}_missing", f"the contribution has no {key}")
    if not (type_text and type_ and title and on) or "link" in reading.unread:
        return None
    return Contribution(node.line, pointer, type_, type_text, title, on, url)


def _date(reading: _Reading) -> str | None:
    node = reading.fields.get("date")
    if not isinstance(node, tree.Mapping):
        return reading.read("date", _text(normalise.partial_date))
    parts = _reading(node, f"{reading.pointer}/date", ("year", "month", "day"), reading.report)
    year = parts.read("year", _number(normalise.year))
    name = parts.read("month", _text(normalise.month))
    month = normalise.MONTHS.index(name) + 1 if name else None
    day = parts.read("day", _number(normalise.day_of_month))
    if year is None:
        reading.unread.add("date")
        if "year" not in parts.unread:
            parts.fault(node.line, "", "year_missing", "a date needs a year")
        return None
    if month is None or day is None:
        if day is not None:
            parts.fault(node.line, "day", "day", "a day without a month is not kept")
        return f"{year}" if month is None else f"{year}-{month:02}"
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        parts.fault(node.line, "day", "day", f"month {month} has no day {day}")
        return f"{year}-{month:02}"
