"""`python -m migrations.new` and `python -m migrations.sql`: the tools beside the revisions."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from migrations import new, sql
from service import migrate


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(migrate.MIGRATIONS, tmp_path / "migrations"))


def test_a_new_revision_follows_the_head_and_moves_it(folder: Path) -> None:
    head = migrate.head()
    path = new.create("add_talks", folder)
    revision = f"{int(head[:4]) + 1:04}_add_talks"
    assert path.name == f"{revision}.py"
    assert (folder / "HEAD").read_text() == f"{revision}\n"
    scripts = ScriptDirectory.from_config(Config(folder / "alembic.ini"))
    assert scripts.get_heads() == [revision]
    assert scripts.get_revision(revision).down_revision == head
    assert path.read_text().startswith('"""Add talks."""\n')


def test_a_name_that_is_no_file_name_is_refused(folder: Path) -> None:
    with pytest.raises(SystemExit, match="add_talks"):
        new.create("Add talks", folder)
    assert (folder / "HEAD").read_text().strip() == migrate.head()


def test_the_sql_of_every_revision_is_written_for_the_linter(tmp_path: Path) -> None:
    (tmp_path / "0000_gone.sql").touch()
    written = sql.write(tmp_path)
    names = sorted(path.stem for path in (migrate.MIGRATIONS / "versions").glob("*.py"))
    assert [path.stem for path in written] == names
    assert sorted(tmp_path.iterdir()) == written
    assert "create table programs (" in written[0].read_text()
    for path in written:
        assert f"'{path.stem}'" in path.read_text()
        assert path.read_text().startswith("set lock_timeout = '4s';")
