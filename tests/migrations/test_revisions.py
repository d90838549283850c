"""The revisions: one line of them, each undone exactly, and together what schema.sql says."""

from __future__ import annotations

import asyncio

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from migrations import schema
from service import migrate

REWRITE_ROWS_ONLY = {"0008_policy_required"}


def revisions() -> list[str]:
    scripts = ScriptDirectory.from_config(Config(migrate.MIGRATIONS / "alembic.ini"))
    return [script.revision for script in scripts.walk_revisions()][::-1]


def test_there_is_one_head_and_everything_agrees_on_it() -> None:
    scripts = ScriptDirectory.from_config(Config(migrate.MIGRATIONS / "alembic.ini"))
    assert scripts.get_heads() == [migrate.head()]


def test_revisions_are_numbered_without_a_gap_and_named_like_their_files() -> None:
    files = sorted(path.stem for path in (migrate.MIGRATIONS / "versions").glob("*.py"))
    assert revisions() == files
    assert [int(name[:4]) for name in files] == list(range(1, len(files) + 1))


def test_every_revision_can_be_undone_and_done_again(unmigrated_url: str) -> None:
    config = migrate.configuration(unmigrated_url)
    before = schema.dump(unmigrated_url)
    for revision in revisions():
        command.upgrade(config, revision)
        after = schema.dump(unmigrated_url)
        rewrites = revision in REWRITE_ROWS_ONLY
        assert (after != before) is not rewrites, f"{revision} changes nothing"
        command.downgrade(config, "-1")
        assert schema.dump(unmigrated_url) == before, f"{revision} is not undone"
        command.upgrade(config, revision)
        assert schema.dump(unmigrated_url) == after, f"{revision} is not the same the second time"
        before = after


def test_the_schema_is_the_committed_one(unmigrated_url: str) -> None:
    asyncio.run(migrate.upgrade(unmigrated_url))
    committed = schema.FILE.read_text(encoding="utf-8")
    assert schema.dump(unmigrated_url) == committed, "run `python -m migrations.schema --write`"
