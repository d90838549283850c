"""Many lines in one upload: against COPY of the same rows, in how much memory, and how truly."""

from __future__ import annotations

import asyncio
import io
import time
from collections import Counter

import asyncpg
from msgspec import Struct

from bench import lines, uploads
from bench.client import Unexpected
from bench.databases import Place
from bench.load import SOURCE, Loaded
from bench.ratios import Spread, spread
from bench.servers import Process
from bench.uploads import Became
from domain.store import contribution_batches as batches

ROUND = 10_000_000
"""The lines of an upload are numbered from a multiple of this on."""

OURS = """(select id from contributions
            where source = $1
              and key in (select n::text from generate_series($2::int, $3::int) as n))"""

ENTRIES = f"(select id from audit_entries where subject_id in {OURS})"

TABLES = {
    "contributions": (batches.COPY_INCOMING.columns, f"id in {OURS}"),
    "contribution_participants": (batches.COPY_PARTICIPANTS.columns, f"contribution_id in {OURS}"),
    "contribution_fingerprints": (
        ["program_id", "who", "fingerprint", "contribution_id"],
        f"contribution_id in {OURS}",
    ),
    "audit_entries": (batches.COPY_ENTRIES.columns, f"subject_id in {OURS}"),
    "audit_values": (batches.COPY_VALUES.columns, f"entry_id in {ENTRIES}"),
    "events": (batches.COPY_EVENTS.columns, f"subject_id in {OURS}"),
}
"""Every table that an upload writes: the columns that it writes, and which rows are an upload's."""


class Against(Struct, frozen=True):
    """Lines in a second by HTTP, rows in a second by COPY, how they compare; of several rounds."""

    ours: Spread
    peer: Spread
    ratio: Spread
    cost: Spread


class Memory(Struct, frozen=True):
    """Bytes that were resident before an upload, and at the most while it ran."""

    before: int
    peak: int


async def against(
    place: Place, peer: Place, app: Process, loaded: Loaded, *, count: int, rounds: int
) -> Against:
    """An upload, then COPY of the rows that it made into a database that began as the same one."""
    found: list[tuple[float, float, float]] = []
    for number in range(1, rounds + 1):
        pieces = list(lines.ndjson(number * ROUND, count, loaded.ambassadors))
        before, began = app.processor(), time.perf_counter()
        answer = await uploads.send(app.port, loaded.bot, pieces)
        took = time.perf_counter() - began
        cost = (app.processor() - before) / count
        if uploads.read(answer).tally.created != count:
            raise Unexpected(f"Not every line was created: {answer[-200:].decode()}")
        rows = await _taken_out(place, number * ROUND, count)
        found.append((count / took, count / await _copied(peer, rows), cost))
    ours, peers, costs = (list(column) for column in zip(*found, strict=True))
    ratios = [rate / other for rate, other, _ in found]
    return Against(spread(ours), spread(peers), spread(ratios), spread(costs))


async def _taken_out(place: Place, first: int, count: int) -> dict[str, bytes]:
    """The rows of an upload in the order in which they were stored."""
    raw = await asyncpg.connect(place.owner_url)
    rows: dict[str, bytes] = {}
    try:
        for table, (columns, ours) in TABLES.items():
            sql = f"select {', '.join(columns)} from {table} where {ours} order by ctid"
            file = io.BytesIO()
            await raw.copy_from_query(
                sql, SOURCE, first, first + count - 1, output=file, format="binary"
            )
            rows[table] = file.getvalue()
    finally:
        await raw.close()
    return rows


async def _copied(peer: Place, rows: dict[str, bytes]) -> float:
    """Seconds to COPY them all in one transaction."""
    raw = await asyncpg.connect(peer.service_url)
    try:
        began = time.perf_counter()
        async with raw.transaction():
            for table, data in rows.items():
                columns = TABLES[table][0]
                await raw.copy_to_table(
                    table, source=io.BytesIO(data), columns=columns, format="binary"
                )
        return time.perf_counter() - began
    finally:
        await raw.close()


async def memory(app: Process, loaded: Loaded, *, count: int) -> Memory:
    """What an upload costs a process that has just begun to serve."""
    await _uploaded(app, loaded, 8 * ROUND, 1)
    before = peak = app.memory()
    upload = asyncio.create_task(_uploaded(app, loaded, 8 * ROUND + 1, count))
    while not upload.done():
        peak = max(peak, app.memory())
        await asyncio.wait([upload], timeout=0.2)
    if (await upload).tally.created != count:
        raise Unexpected(f"Not every line was created: {upload.result().tally}")
    return Memory(before, peak)


async def truth(place: Place, app: Process, loaded: Loaded, *, count: int) -> Counter[str]:
    """The same lines again and again: cut off in the middle, twice at once, and once more.

    Returns what the complete uploads were told, in all. Raises `Unexpected` for a wrong answer or
    a wrong number of rows.
    """
    first = 9 * ROUND
    await uploads.cut(
        app.port, loaded.bot, lines.ndjson(first, count // 2, loaded.ambassadors, each=777)
    )
    whole = [
        *await asyncio.gather(*(_uploaded(app, loaded, first, count) for _ in range(2))),
        await _uploaded(app, loaded, first, count),
    ]
    stored = await _stored(place, first, count)
    made: Counter[str | None] = Counter()
    told: Counter[str] = Counter()
    for one in whole:
        if [line.id for line in one.lines] != [stored.get(first + n) for n in range(count)]:
            raise Unexpected("A line was answered with an id that is not its own.")
        said = Counter(line.result for line in one.lines)
        if said != Counter(created=one.tally.created, unchanged=one.tally.unchanged):
            raise Unexpected(f"The lines say {said}, their summary {one.tally}.")
        told += said
        made.update(line.id for line in one.lines if line.result == "created")
    if made and max(made.values()) > 1:
        raise Unexpected("A contribution was created twice.")
    if whole[-1].tally.unchanged != count:
        raise Unexpected(f"The last upload changed something: {whole[-1].tally}")
    return told


async def _stored(place: Place, first: int, count: int) -> dict[int, str]:
    """The ids by number. Raises `Unexpected` unless each number was recorded once, and whole."""
    raw = await asyncpg.connect(place.owner_url)
    bounds = (SOURCE, first, first + count - 1)
    try:
        for table, (_, ours) in TABLES.items():
            # An address and the details: every contribution has two fingerprints.
            expected = count * (2 if table == "contribution_fingerprints" else 1)
            sql = f"select count(*) from {table} where {ours}"
            if (found := await raw.fetchval(sql, *bounds)) != expected:
                raise Unexpected(f"{table} has {found:,} rows of {expected:,}")
        rows = await raw.fetch(f"select id, key from contributions where id in {OURS}", *bounds)
        return {int(row["key"]): str(row["id"]) for row in rows}
    finally:
        await raw.close()


async def _uploaded(app: Process, loaded: Loaded, first: int, count: int) -> Became:
    pieces = lines.ndjson(first, count, loaded.ambassadors)
    return uploads.read(await uploads.send(app.port, loaded.bot, pieces))
