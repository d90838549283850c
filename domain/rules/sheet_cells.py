"""Reads the cells of a row of an uploaded table, each by what its column holds."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import date, datetime

from msgspec import Struct
from msgspec.structs import replace

from domain.errors import Invalid
from domain.rules import entries, references
from domain.rules.connectors import Found, Sheet, SheetField
from domain.rules.contributions import Draft, Named
from domain.rules.members import Precision, shown, span, written
from domain.rules.policy import Policy, contribution_type, normalized
from domain.rules.stock_file import FileFault

AMBASSADOR = re.compile(r"(?=.{1,63}\Z)[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9_-])?")
ISO_DAY = re.compile(r"(19|20)[0-9]{2}(-[0-9]{2}(-[0-9]{2})?)?")
ISO_MONTH = re.compile(r"(19|20)[0-9]{2}(-[0-9]{2})?")
DIRECTIVES = frozenset("aABbdfHIMmpSYy")
"""Of `strptime`: what a day is made of, and the time that forms put behind it."""
PARTS = re.compile(r"[\s,;]+")
GITHUB_PAGE = re.compile(r"https?://(?:www\.)?github\.com/([^/?#]+)/?", re.IGNORECASE)
GITHUB_HANDLE = re.compile(r"@?((?=.{1,39}\Z)[A-Za-z0-9](?:-?[A-Za-z0-9])*)")
ADDRESS = re.compile(r"[^@:]{1,64}@[^@:]{1,190}\.[^@:]{2,60}")


PEOPLE = (SheetField.AMBASSADOR, SheetField.IDENTITY)


def column(pointer: str | None, headings: Mapping[SheetField, str]) -> str | None:
    """The heading of the column that holds what a pointer into a contribution points at."""
    steps = (pointer or "").strip("/").split("/")
    for step in (steps[-1], steps[0]):
        for field in PEOPLE if step == "participants" else SheetField:
            if field in headings and step in (field.value, "participants"):
                return headings[field]
    return None


class Cells(Struct):
    """A row while it is read. `given` are its cells, `headings` those of their columns."""

    line: int
    given: dict[SheetField, str]
    headings: dict[SheetField, str]
    settings: Sheet
    policy: Policy
    faults: list[FileFault] = []

    def read(self) -> tuple[Found, list[FileFault]]:
        """What the row says, without a draft where something is wrong with it."""
        draft = Draft(
            type=self._type(),
            title=" ".join(self._needed(SheetField.TITLE).split()),
            occurred_on=self._occurred_on(),
            participants=self._people(),
            description=self._text(SheetField.DESCRIPTION),
            url=self._text(SheetField.URL),
            language=self._text(SheetField.LANGUAGE),
            country=(self._text(SheetField.COUNTRY) or "").upper() or None,
            visibility=self.settings.visibility,
        )
        known = SheetField.KEY in self.headings
        key = self._needed(SheetField.KEY) if known else key_of(draft)
        found = Found(key, draft.title, draft, line=self.line)
        self._check(found)
        if self.faults:
            found = replace(found, draft=None, key=key if known else "")
        return found, self.faults

    def _check(self, found: Found) -> None:
        """Whatever would be refused of a post, too, and was not told yet."""
        told = {fault.column for fault in self.faults}
        people = {self.headings[field] for field in PEOPLE if field in self.headings}
        told |= people if told & people else set()
        try:
            entries.check(found)
        except Invalid as error:
            for fault in error.faults:
                place = column(fault.pointer, self.headings)
                if place not in told:
                    self.faults.append(FileFault(self.line, place, fault.code, fault.detail))

    def _fault(self, field: SheetField, code: str, detail: str) -> None:
        self.faults.append(FileFault(self.line, self.headings.get(field), code, detail))

    def _text(self, field: SheetField) -> str | None:
        return self.given.get(field, "").replace("\r\n", "\n").replace("\r", "\n") or None

    def _needed(self, field: SheetField) -> str:
        cell = self.given.get(field, "")
        if not cell:
            self._fault(field, "missing", "It is empty.")
        return cell

    def _type(self) -> str:
        cell = self.given.get(SheetField.TYPE, "")
        if not cell:
            if self.settings.type is None:
                self._fault(SheetField.TYPE, "missing", "No type is given.")
            return self.settings.type or ""
        found = contribution_type(self.policy, cell) or _named(self.policy, cell)
        if found is None:
            detail = f"{shown(cell)} is no contribution type's code, name or alias."
            self._fault(SheetField.TYPE, "type", detail)
        return found or ""

    def _occurred_on(self) -> str:
        cell = self._needed(SheetField.OCCURRED_ON)
        try:
            return cell and day(cell, self.settings.day_format)
        except ValueError:
            form = self.settings.day_format
            how = f"{shown(form)}" if form else "2025-03-07, 2025-03 or 2025"
            detail = f"{shown(cell)} is no day that is written as {how}."
            self._fault(SheetField.OCCURRED_ON, "date", detail)
            return ""

    def _people(self) -> tuple[Named, ...]:
        """By their handles where the row has some, else by identities."""
        handles = self.given.get(SheetField.AMBASSADOR, "")
        identities = self.given.get(SheetField.IDENTITY, "")
        field = SheetField.AMBASSADOR
        if not handles and SheetField.IDENTITY in self.headings:
            field = SheetField.IDENTITY
        parts = list(dict.fromkeys(part for part in PARTS.split(handles or identities) if part))
        if not parts:
            self._fault(field, "missing", "Nobody is named.")
        people = [
            self._handle(part) if field is SheetField.AMBASSADOR else self._identity(part)
            for part in parts
        ]
        return tuple(dict.fromkeys(one for one in people if one is not None))

    def _handle(self, part: str) -> Named | None:
        handle = part.removeprefix("@")
        if not AMBASSADOR.fullmatch(handle):
            detail = f"{shown(part)} cannot be an ambassador's handle."
            self._fault(SheetField.AMBASSADOR, "handle", detail)
            return None
        return Named(ambassador=handle.lower())

    def _identity(self, part: str) -> Named | None:
        bare = "github" in self.headings[SheetField.IDENTITY].casefold()
        found = identity(part, github=bare)
        if found is None:
            detail = f"{shown(part)} is no identity such as github:@octocat."
            self._fault(SheetField.IDENTITY, "identity", detail)
            return None
        return Named(identity=found)


def key_of(draft: Draft) -> str:
    """A key made of what makes it this contribution and no other.

    The description, language and country are not in it: who corrects them corrects the record.
    """
    people = sorted(one.ambassador or one.identity or "" for one in draft.participants)
    said = (draft.type, draft.title.casefold(), draft.occurred_on, draft.url or "", *people)
    return "r-" + hashlib.sha256("\0".join(said).encode()).hexdigest()[:40]


def _named(policy: Policy, text: str) -> str | None:
    """The code of the one type with this name."""
    wanted = normalized(text)
    codes = [
        code for code, one in policy.contribution_types.items() if normalized(one.name) == wanted
    ]
    return codes[0] if len(codes) == 1 else None


def day(text: str, form: str | None) -> str:
    """The day, month or year as ISO 8601 writes it, no more precise than it was written.

    `form` is one of `strptime`; months and years may be written as in ISO 8601 all the same. Raises
    `ValueError`, also for years outside of 1900 to 2099.
    """
    if form is not None and (read := _formed(text, form)) is not None:
        if not 1900 <= read.year <= 2099:
            raise ValueError("It is of another century.")
        return written(read, precision(form))
    # A whole day that the format does not fit is not read in another way: 2025-03-07 may be July.
    if not (ISO_DAY if form is None else ISO_MONTH).fullmatch(text):
        raise ValueError("It is not written so.")
    span(text)
    return text


def _formed(text: str, form: str) -> date | None:
    try:
        return datetime.strptime(text, form).date()  # noqa: DTZ007 -- a day has no zone
    except (ValueError, re.error):
        return None


def precision(form: str) -> Precision:
    """How precisely a format of `strptime` tells the day. Raises `ValueError` for one of no use."""
    told = re.findall(r"%(.)", form.replace("%%", ""))
    if len(set(told)) < len(told):
        raise ValueError("It says something twice.")
    if unknown := sorted(set(told) - DIRECTIVES):
        raise ValueError(f"It has %{unknown[0]}, which is no part of a day.")
    if not {"Y", "y"} & set(told):
        raise ValueError("A day needs its year.")
    if not {"m", "b", "B"} & set(told):
        if "d" in told:
            raise ValueError("A day needs its month.")
        return "year"
    return "day" if "d" in told else "month"


def identity(text: str, *, github: bool) -> str | None:
    """The identity that somebody wrote, as contributions name it; None for what is none.

    `github` says that a bare name is one at GitHub: anywhere else it could be any site's. The
    address of somebody's page there, and an e-mail address, are clear by themselves.
    """
    if page := GITHUB_PAGE.fullmatch(text):
        text, github = page[1], True
    elif ADDRESS.fullmatch(text):
        text = f"email:{text}"
    # Digits alone may be GitHub's own id as well, which is somebody else than the handle.
    if github and not text.isdigit() and (handle := GITHUB_HANDLE.fullmatch(text)):
        text = f"github:@{handle[1]}"
    try:
        account = references.read(text)
    except ValueError:
        return None
    return None if account.account.startswith("//") else account.written
