"""`chancery migrate`: two at once, the rights of the service role, and what `serve` is told."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest

from migrations import grants, new
from service import migrate
from tests.database import OWNER, SERVICE

if TYPE_CHECKING:
    CONNECTION = asyncpg.Connection[asyncpg.Record]


@pytest.fixture
async def owner(owner_url: str) -> AsyncIterator[CONNECTION]:
    connection = await asyncpg.connect(owner_url)
    yield connection
    await connection.close()


@pytest.fixture
async def service(database_url: str) -> AsyncIterator[CONNECTION]:
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def start_a_process(
    url: str, folder: Path = migrate.MIGRATIONS
) -> asyncio.subprocess.Process:
    program = (
        "import asyncio, pathlib, sys; from service import migrate;"
        "migrate.MIGRATIONS = pathlib.Path(sys.argv[3]);"
        "asyncio.run(migrate.upgrade(sys.argv[1], sys.argv[2]))"
    )
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program, url, SERVICE, folder), stderr=asyncio.subprocess.PIPE
    )


async def succeed(processes: list[asyncio.subprocess.Process]) -> None:
    errors = [(await process.communicate())[1].decode() for process in processes]
    assert [process.returncode for process in processes] == [0, 0], "\n".join(errors)


async def test_of_two_at_once_one_waits_and_both_succeed(unmigrated_url: str) -> None:
    processes = [await start_a_process(unmigrated_url) for _ in range(2)]
    await succeed(processes)
    connection = await asyncpg.connect(unmigrated_url)
    await migrate.check(connection)
    await connection.close()


async def test_two_in_one_process_do_not_disturb_each_other(unmigrated_url: str) -> None:
    assert await asyncio.gather(
        migrate.upgrade(unmigrated_url, SERVICE), migrate.upgrade(unmigrated_url, SERVICE)
    ) == [None, None]


async def test_a_migration_gives_up_when_it_gets_no_lock_and_goes_on_later(
    unmigrated_url: str,
) -> None:
    await migrate.upgrade(unmigrated_url, revision="0002_people")
    writer = await asyncpg.connect(unmigrated_url)
    async with writer.transaction():
        await writer.execute("lock table people in row exclusive mode")
        with pytest.raises(migrate.SchemaBusy, match="run `chancery migrate` again"):
            await asyncio.wait_for(migrate.upgrade(unmigrated_url), 10)
    assert await migrate.current(writer) == "0002_people"
    await migrate.upgrade(unmigrated_url)
    await migrate.check(writer)
    await writer.close()


@pytest.mark.parametrize(
    "sql",
    [
        "create table intruders (id uuid)",
        "alter table programs add column intruder text",
        "drop table programs",
        "drop index programs_parent_idx",
        "truncate programs",
        "update audit_entries set actor_name = ''",
        "delete from audit_entries",
        "truncate audit_entries cascade",
        "update events set data = '{}'",
        "delete from events",
        "update alembic_version set version_num = ''",
        "delete from alembic_version",
        f"set role {OWNER}",
    ],
)
async def test_the_service_cannot_change_the_schema_or_the_past(
    service: CONNECTION, sql: str
) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await service.execute(sql)


async def test_the_service_records_and_erases_the_values_of_what_it_recorded(
    service: CONNECTION,
) -> None:
    await service.execute(
        """
        insert into audit_entries (id, at, actor_name, action, subject_kind, subject_id, fields,
                                   request_id)
        values ('00000000-0000-0000-0000-000000000001', now(), 'nobody', 'x', 'x',
                gen_random_uuid(), '{}', 'r');
        insert into audit_values (entry_id, before, after)
        values ('00000000-0000-0000-0000-000000000001', '{}', '{"name": "Ada"}');
        insert into events (id, type, subject_id, data, at)
        values (gen_random_uuid(), 'x', gen_random_uuid(), '{}', now());
        update audit_values set after = '{}';
        delete from audit_values;
        """
    )
    assert await service.fetchval("select count(*) from audit_entries") == 1
    assert await service.fetchval("select count(*) from events") == 1


async def test_rights_that_somebody_added_are_taken_back(
    owner: CONNECTION, owner_url: str, service: CONNECTION
) -> None:
    await owner.execute(f"grant all on all tables in schema public to {SERVICE}")
    await service.execute("delete from events")
    await migrate.upgrade(owner_url, SERVICE)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await service.execute("delete from events")


async def test_one_role_for_both_is_a_warning(unmigrated_url: str) -> None:
    warning = await migrate.upgrade(unmigrated_url, OWNER)
    assert warning is not None
    assert "CHANCERY_MIGRATION_DATABASE_URL" in warning


async def test_a_role_that_does_not_exist_is_named(unmigrated_url: str) -> None:
    with pytest.raises(migrate.RoleMissing, match='create role "nobody-here" login'):
        await migrate.upgrade(unmigrated_url, "nobody-here")


def test_the_name_of_a_role_is_quoted() -> None:
    sql = grants.statements('a"; drop table x; --')
    assert ' to "a""; drop table x; --";' in sql
    assert ':"role"' not in sql


async def test_the_head_is_neither_too_old_nor_too_new(service: CONNECTION) -> None:
    await migrate.check(service)


async def test_an_empty_database_is_too_old(unmigrated_url: str) -> None:
    connection = await asyncpg.connect(unmigrated_url)
    with pytest.raises(migrate.SchemaTooOld, match=r"empty\. Run `chancery migrate`"):
        await migrate.check(connection)
    await connection.close()


async def test_an_older_database_is_too_old(owner: CONNECTION) -> None:
    await owner.execute("update alembic_version set version_num = '0001_programs'")
    with pytest.raises(migrate.SchemaTooOld, match=rf"0001_programs.*{migrate.head()}.*migrate`"):
        await migrate.check(owner)


async def test_a_newer_database_is_too_new_for_serving_and_for_migrating(
    owner: CONNECTION, owner_url: str
) -> None:
    await owner.execute("update alembic_version set version_num = '9999_later'")
    with pytest.raises(migrate.SchemaTooNew, match=r"9999_later.*Install that release"):
        await migrate.check(owner)
    with pytest.raises(migrate.SchemaTooNew, match="9999_later"):
        await migrate.upgrade(owner_url)


async def test_an_index_is_made_concurrently_while_another_runner_waits(
    owner_url: str, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(migrate.MIGRATIONS, tmp_path / "migrations"))
    path = new.create("index_titles", folder)
    head, _, _ = path.read_text().partition("def upgrade()")
    path.write_text(
        f"""from alembic import op
{head}
def upgrade() -> None:
    with op.get_context().autocommit_block():
        execute("create index concurrently contributions_title_idx on contributions (title)")
"""
    )
    # A writer keeps the first runner waiting until the second waits for the first.
    writer = await asyncpg.connect(owner_url)
    turn = writer.transaction()
    await turn.start()
    await writer.execute("select pg_current_xact_id()")
    await writer.execute("lock table contributions in row exclusive mode")
    processes = [await start_a_process(owner_url, folder) for _ in range(2)]
    runners = """select count(*) from pg_stat_activity
                 where application_name = 'chancery migrate' and datname = current_database()"""
    while await writer.fetchval(runners) < 2:
        await asyncio.sleep(0.05)
        await writer.execute("select pg_stat_clear_snapshot()")
    await asyncio.sleep(0.5)
    await turn.commit()
    await succeed(processes)
    assert await writer.fetchval(
        "select indisvalid from pg_index where indexrelid = 'contributions_title_idx'::regclass"
    )
    await writer.close()
