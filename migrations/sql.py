"""`python -m migrations.sql` writes the SQL of every revision to build/sql, for squawk."""

from __future__ import annotations

import io
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

HERE = Path(__file__).parent


def write(folder: Path) -> list[Path]:
    """One file a revision, named after it; what else is there in `folder` is removed."""
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("*.sql"):
        stale.unlink()
    revisions = ScriptDirectory.from_config(Config(HERE / "alembic.ini")).walk_revisions()
    return [
        write_one(folder, str(script.down_revision or "base"), script.revision)
        for script in reversed(list(revisions))
    ]


def write_one(folder: Path, start: str, revision: str) -> Path:
    output = io.StringIO()
    config = Config(HERE / "alembic.ini", output_buffer=output)
    command.upgrade(config, f"{start}:{revision}", sql=True)
    path = folder / f"{revision}.sql"
    path.write_text(output.getvalue(), encoding="utf-8")
    return path


if __name__ == "__main__":
    for path in write(Path("build/sql")):
        print(path)
