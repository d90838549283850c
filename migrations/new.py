"""`python -m migrations.new add_talks`: the next numbered revision, with HEAD moved onto it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

HERE = Path(__file__).parent


def create(name: str, folder: Path = HERE) -> Path:
    """Write the file of a revision after the present head."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise SystemExit(f"{name!r} is not a name like add_talks")
    config = Config(folder / "alembic.ini")
    head = ScriptDirectory.from_config(config).get_current_head() or "0000"
    revision = f"{int(head[:4]) + 1:04}_{name}"
    command.revision(config, message=name.replace("_", " ").capitalize(), rev_id=revision)
    (folder / "HEAD").write_text(revision + "\n", encoding="utf-8")
    return folder / "versions" / f"{revision}.py"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    print(create(sys.argv[1]), "\nthen: python -m migrations.schema --write")
