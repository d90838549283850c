"""Reading invented members files."""

from __future__ import annotations

from domain.rules.members import Entry, Fault, Members
from domain.rules.members_file import parse
from domain.rules.members_tree import Format

TYPES = {
    "talk": "talk",
    "presentation": "talk",
    "article": "article",
    "initiative_driver": "initiative",
    "iniciative_driver": "initiative",
    "special contribution": "special",
}


def read(text: str | bytes, format: Format | None = None) -> Members:
    return parse(text.encode() if isinstance(text, str) else text, TYPES.get, format)


def entry_with(*lines: str) -> tuple[Entry, tuple[Fault, ...]]:
    """One person whose own lines begin on line 4 of the file."""
    head = ['- name: "Mira Okoye"', '  github: "mira-o"', "  githubID: 101"]
    members = read("\n".join([*head, *(f"  {line}" for line in lines)]))
    return members.entries[0], members.faults


def only(faults: tuple[Fault, ...]) -> tuple[int, str, str, str]:
    (fault,) = faults
    return fault.line, fault.pointer, fault.code, fault.severity
