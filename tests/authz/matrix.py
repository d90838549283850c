"""Role by permission by place as a text: `python -m tests.authz.matrix --write` makes matrix.txt.

A change of who may do what is then a change of a line that somebody reviews.
"""

from __future__ import annotations

import sys
from pathlib import Path
from uuid import UUID

from domain.rules.access import Actor, Assignment, Permission, Role

FILE = Path(__file__).with_name("matrix.txt")

PLACES: dict[str, str | None] = {"own program": "own", "another one": "other", "instance": None}
"""Where a role may do something: in its program, in another one, beyond any program."""


def actor(role: Role | None) -> Actor:
    """An account with one role, which is the instance's for the owner (None: without a role)."""
    held: tuple[Assignment, ...] = ()
    if role is Role.OWNER:
        held = (Assignment(role, None, None),)
    elif role is not None:
        held = (Assignment(role, UUID(int=1), "own"),)
    return Actor(account_id=UUID(int=2), name="somebody", assignments=held)


def table() -> str:
    """Rows are permissions, columns roles; three marks each, one for each place."""
    roles = [None, *sorted(Role)]
    names = [role.value if role else "no role" for role in roles]
    first = max(len(permission) for permission in Permission)
    lines = [
        f"# {', '.join(PLACES)}: x where the role permits it",
        "  ".join([" " * first, *names]),
    ]
    for permission in sorted(Permission):
        marks = [
            "".join("x" if actor(role).may(permission, place) else "." for place in PLACES.values())
            for role in roles
        ]
        cells = [mark.ljust(len(name)) for mark, name in zip(marks, names, strict=True)]
        lines.append("  ".join([permission.ljust(first), *cells]))
    return "\n".join(line.rstrip() for line in lines) + "\n"


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        raise SystemExit(__doc__)
    FILE.write_text(table(), encoding="utf-8")
