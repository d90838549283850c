"""What holds for every table, however it came to be."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import asyncpg
import pytest

if TYPE_CHECKING:
    CONNECTION = asyncpg.Connection[asyncpg.Record]

NOT_OURS = "alembic_version"

PGQUEUERS = {
    "job_log_created",
    "job_log_job_id_status",
    "job_log_not_aggregated",
    "job_log_status",
    "jobs_picked_slot_idx",
}
"""Indexes for whose names pgqueuer looks."""

KINDS = {"p": "pkey", "u": "key", "f": "fkey", "c": "check", "x": "excl"}

RECORDS_OF_THE_INSTANCE = {
    "role_assignments": "the owner's roles stand above the programs; found by account",
    "invitations": "an invitation of the owner's belongs to no program; found by its digest",
    "audit_entries": "the instance's own entries have no program; in the order of their ids",
    "events": "the instance's own events have no program; in one order for all",
}
"""Tables with a nullable program_id, and why their key does not begin with it."""


@pytest.fixture
async def schema(database_url: str) -> AsyncIterator[CONNECTION]:
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def test_every_constraint_has_a_name_of_ours(schema: CONNECTION) -> None:
    # Since PostgreSQL 18 a NOT NULL is a constraint too ("n"); those keep the server's names.
    rows = await schema.fetch(
        """
        select conname, relname, contype::text as kind from pg_constraint
        join pg_class on pg_class.oid = conrelid
        where pg_constraint.connamespace = 'public'::regnamespace and contype <> 'n'
        and relname <> $1
        """,
        NOT_OURS,
    )
    assert len(rows) > 50
    assert [
        row["conname"]
        for row in rows
        if not row["conname"].startswith(row["relname"] + "_")
        or row["conname"].rpartition("_")[2] != KINDS.get(row["kind"])
        # What the server makes up for `references` and `unique` ends in the column: _id_fkey.
        or row["conname"].endswith(("_id_fkey", "_id_key"))
    ] == []


async def test_every_index_has_a_name_of_ours(schema: CONNECTION) -> None:
    rows = await schema.fetch(
        """
        select i.relname as name, t.relname as table, indisunique, indisexclusion from pg_index
        join pg_class i on i.oid = indexrelid join pg_class t on t.oid = indrelid
        where i.relnamespace = 'public'::regnamespace and t.relname <> $1
        """,
        NOT_OURS,
    )
    assert [
        row["name"]
        for row in rows
        if row["name"] not in PGQUEUERS
        if not row["name"].startswith(row["table"] + "_")
        or not row["name"].endswith(
            ("_key", "_pkey")
            if row["indisunique"]
            else ("_excl" if row["indisexclusion"] else "_idx")
        )
    ] == []


async def test_every_foreign_key_is_led_by_an_index(schema: CONNECTION) -> None:
    """Otherwise each delete of the row that it points at reads the whole table.

    Rows that point at nothing need not be in it.
    """
    missing = await schema.fetch(
        """
        select conname from pg_constraint f
        where contype = 'f' and connamespace = 'public'::regnamespace and not exists (
            select from pg_index i
            where i.indrelid = f.conrelid
            and (i.indpred is null or pg_get_expr(i.indpred, i.indrelid) in (
                select format('(%I IS NOT NULL)', a.attname) from pg_attribute a
                where a.attrelid = f.conrelid and a.attnum = any(f.conkey)))
            and (i.indkey::int2[])[0:cardinality(f.conkey) - 1] @> f.conkey
        )
        """
    )
    assert [row["conname"] for row in missing] == []


async def test_every_moment_has_a_time_zone(schema: CONNECTION) -> None:
    rows = await schema.fetch(
        """
        select table_name || '.' || column_name as name from information_schema.columns
        where table_schema = 'public' and data_type in (
            'timestamp without time zone', 'time without time zone', 'time with time zone',
            'money', 'real', 'double precision', 'json', 'character', 'character varying'
        ) and table_name <> $1
        """,
        NOT_OURS,
    )
    assert [row["name"] for row in rows] == []


async def test_every_table_and_function_says_what_it_is_for(schema: CONNECTION) -> None:
    rows = await schema.fetch(
        """
        select relname as name from pg_class
        where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm')
        and relname <> $1 and obj_description(oid, 'pg_class') is null
        union all
        select proname from pg_proc p
        where pronamespace = 'public'::regnamespace and obj_description(oid, 'pg_proc') is null
        and not exists (select from pg_depend where objid = p.oid and deptype = 'e')
        """,
        NOT_OURS,
    )
    assert [row["name"] for row in rows] == []


async def test_the_program_leads_the_key_of_what_belongs_to_one(schema: CONNECTION) -> None:
    """So that the schema can be distributed by program."""
    rows = await schema.fetch(
        """
        select table_name, is_nullable = 'NO' as always, (
            select attname from pg_index
            join pg_attribute on attrelid = indrelid and attnum = indkey[0]
            where indrelid = format('public.%I', table_name)::regclass and indisprimary
        ) as leader
        from information_schema.columns
        where table_schema = 'public' and column_name = 'program_id'
        """
    )
    tenant = {row["table_name"]: row["leader"] for row in rows if row["always"]}
    assert len(tenant) >= 5
    assert {table for table, leader in tenant.items() if leader != "program_id"} == set()
    assert {row["table_name"] for row in rows if not row["always"]} == set(RECORDS_OF_THE_INSTANCE)


async def test_every_table_has_a_primary_key(schema: CONNECTION) -> None:
    rows = await schema.fetch(
        """
        select relname from pg_class
        where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
        and not exists (select from pg_index where indrelid = pg_class.oid and indisprimary)
        """
    )
    assert [row["relname"] for row in rows] == []


async def test_what_counts_its_changes_says_when_the_last_was(schema: CONNECTION) -> None:
    rows = await schema.fetch(
        """
        select table_name from information_schema.columns where table_schema = 'public'
        group by table_name
        having bool_or(column_name = 'version') <> bool_or(column_name = 'updated_at')
        """
    )
    # A policy is written once: its version is a part of its key.
    assert [row["table_name"] for row in rows] == ["policies"]
