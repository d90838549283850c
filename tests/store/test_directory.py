"""The plans of the directory's lists: the last page costs what the first does."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import date
from itertools import product
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
import pytest

from domain.store.directory import BY_JOINED, BY_NAME, GET, MEMBERS_BY_NAME

if TYPE_CHECKING:
    CONNECTION = asyncpg.Connection[asyncpg.Record]

PROGRAM = UUID(int=1)
TODAY = date(2026, 3, 3)

MAKE = """
    insert into programs (id, slug, status, policy_version, version, created_at, updated_at)
    values ('00000000-0000-0000-0000-000000000001', 'many', 'active', 1, 1, now(), now());
    insert into policies (program_id, version, document, effective, reason, created_at)
    values ('00000000-0000-0000-0000-000000000001', 1, '{}', '{}', '', now());
    insert into people (id, name, languages, topics, links, hidden_fields, version, created_at,
                        updated_at)
    select gen_random_uuid(), 'Person ' || n, '{}', '{}', '[]', '{}', 1, now(), now()
      from generate_series(1, 20000) n;
    insert into ambassadors (program_id, id, person_id, handle, status, hidden_fields, version,
                             created_at, updated_at)
    select g.id, gen_random_uuid(), p.id, replace(p.name, ' ', '-'),
           case when random() < 0.7 then 'active' else 'emeritus' end, '{}', 1, now(), now()
      from people p, programs g;
    insert into directory_entries (program_id, ambassador_id, person_id, handle, status, name,
                                   sort_name, country, languages, topics, links, sort_joined,
                                   shown, search)
    select a.program_id, a.id, p.id, a.handle, a.status, p.name, lower(p.name),
           chr(65 + (random() * 25)::int) || chr(65 + (random() * 25)::int), '{en}',
           array['topic ' || (random() * 1000)::int], '[]',
           date '2020-01-01' + (random() * 2000)::int, '{company,groups,roles}', lower(p.name)
      from ambassadors a join people p on p.id = a.person_id;
    insert into memberships (program_id, id, ambassador_id, kind, code)
    select program_id, gen_random_uuid(), id, 'group',
           case when handle like '%-1999_' then 'rare' else 'common' end
      from ambassadors;
    analyze people, ambassadors, directory_entries, memberships;
"""


@pytest.fixture
async def many(owner_url: str) -> AsyncIterator[CONNECTION]:
    """A program with many ambassadors."""
    connection = await asyncpg.connect(owner_url)
    try:
        async with connection.transaction():
            await connection.execute(MAKE)
        await connection.execute("set plan_cache_mode = force_custom_plan")
        yield connection
    finally:
        await connection.close()


def arguments(
    *,
    statuses: tuple[str, ...] = ("active",),
    reads_all: bool = False,
    after: tuple[object, object] = (None, None),
    **filters: str,
) -> list[object]:
    narrowed = [filters.get(name) for name in ("country", "language", "topic", "text")]
    return [PROGRAM, list(statuses), TODAY, reads_all, None, *narrowed, *after, 21]


async def plan(connection: CONNECTION, sql: str, *args: object) -> dict[str, Any]:
    rows = await connection.fetch("explain (analyze, buffers, format json) " + sql, *args)
    return json.loads(rows[0][0])[0]["Plan"]


def nodes(node: dict[str, Any]) -> list[dict[str, Any]]:
    return [node, *(below for child in node.get("Plans", []) for below in nodes(child))]


def pages(node: dict[str, Any]) -> int:
    return node["Shared Hit Blocks"] + node["Shared Read Blocks"]


def indexes(node: dict[str, Any]) -> set[str]:
    return {each["Index Name"] for each in nodes(node) if "Index Name" in each}


async def last(connection: CONNECTION, column: str) -> tuple[object, object]:
    """The place behind which one page is left."""
    row = await connection.fetchrow(
        f"""select {column}, ambassador_id from directory_entries where status = 'active'
             order by 1 desc, 2 desc offset 21 limit 1"""
    )
    assert row is not None
    return row[0], row[1]


async def test_the_last_page_costs_what_the_first_does(many: CONNECTION) -> None:
    everybody = ("active", "emeritus", "on_leave")
    orders = ((BY_NAME, "sort_name", "name"), (BY_JOINED, "sort_joined", "joined"))
    for (query, column, order), statuses, reads_all in product(
        orders, (("active",), everybody), (False, True)
    ):
        costs = []
        for after in ((None, None), await last(many, column)):
            given = arguments(statuses=statuses, reads_all=reads_all, after=after)
            made = await plan(many, query.sql, *given)
            assert made["Actual Rows"] == 21
            assert f"directory_entries_{order}_idx" in indexes(made)
            assert "Seq Scan" not in {each["Node Type"] for each in nodes(made)}
            costs.append(pages(made))
        assert costs[1] <= costs[0] * 1.5, (order, statuses, reads_all, costs)


async def test_what_is_asked_for_is_read_from_its_index(many: CONNECTION) -> None:
    filters = {
        "country": ("QX", "directory_entries_country_idx"),
        "topic": ("topic 77", "directory_entries_topics_idx"),
        "text": ("%son 1777%", "directory_entries_search_idx"),
    }
    for name, (value, index) in filters.items():
        made = await plan(many, BY_NAME.sql, *arguments(**{name: value}))
        assert made["Actual Rows"] > 0, name
        assert index in indexes(made), name
        assert pages(made) < 500, name
    # A small group is read from its end, a large one in the order of the list.
    groups = {"rare": "memberships_code_idx", "common": "directory_entries_name_idx"}
    for code, index in groups.items():
        made = await plan(many, MEMBERS_BY_NAME.sql, *arguments(), "group", code, None)
        assert made["Actual Rows"] > 0, code
        assert index in indexes(made), code
        assert pages(made) < 500, code
    [row] = await many.fetch("select ambassador_id as id from directory_entries limit 1")
    made = await plan(many, GET.sql, PROGRAM, ["active"], TODAY, True, None, row["id"])
    assert {"ambassadors_pkey", "directory_entries_pkey"} <= indexes(made)
    assert pages(made) < 40


async def test_a_rare_status_is_found_by_itself(many: CONNECTION) -> None:
    await many.execute(
        "update directory_entries set status = 'suspended' where handle like '%-1999_'"
    )
    await many.execute("analyze directory_entries")
    given = arguments(statuses=("suspended",), reads_all=True)
    made = await plan(many, BY_NAME.sql, *given)
    assert made["Actual Rows"] == 10
    assert "directory_entries_status_idx" in indexes(made)
