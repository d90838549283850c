"""What the service role may do, as SQL (`grants.sql`, which psql can run too)."""

from __future__ import annotations

from pathlib import Path


def statements(role: str) -> str:
    """The grants for a role; the name is quoted as an identifier."""
    quoted = '"' + role.replace('"', '""') + '"'
    template = Path(__file__).with_name("grants.sql").read_text(encoding="utf-8")
    return template.replace(':"role"', quoted)
