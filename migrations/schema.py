"""`python -m migrations.schema --write` makes schema.sql: to be read, and to notice drift."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from service import binaries, migrate, postgres

FILE = Path(__file__).with_name("schema.sql")

NOISE = re.compile(
    r"^(--|SET |SELECT pg_catalog\.set_config\(|\\(un)?restrict |COMMENT ON EXTENSION ).*$",
    re.MULTILINE,
)
"""What differs between servers, dumps and releases, and says nothing about the schema."""


def dump(url: str) -> str:
    """The schema of a database as SQL, the same from PostgreSQL 15 to 18."""
    command = [binaries.find_binaries() / "pg_dump", "--schema-only", "--no-owner"]
    command += ["--no-privileges", "--exclude-table=alembic_version", f"--dbname={url}"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise RuntimeError(answer.stderr)
    return re.sub(r"\n{3,}", "\n\n", NOISE.sub("", answer.stdout)).strip() + "\n"


def of_this_checkout() -> str:
    """The schema that the revisions make, on a server that lives for this one question."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # As root the server runs as another user, who has to get in.
        folder.chmod(0o711)
        with postgres.running(folder / "postgres") as server:
            asyncio.run(migrate.upgrade(server.owner_url))
            return dump(server.owner_url)


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        raise SystemExit(__doc__)
    FILE.write_text(of_this_checkout(), encoding="utf-8")
    print(FILE)
