"""Recording contributions: one at a time, a great many at once, and the same again and again."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from msgspec import Struct

from bench import bulk, databases, puts
from bench.databases import Place
from bench.load import Loaded
from bench.ratios import Spread
from bench.servers import Process, service
from service import cluster
from service.postgres import Server

PUT_BAR = 0.2
BULK_BAR = 0.4
"""The least share of the peer's rate."""

GROWTH_BAR = 64 << 20
"""Bytes that a process may grow by while lines are sent to it."""

PEER = "bench_peer"


class Size(Struct, frozen=True):
    """How much is sent."""

    rounds: int
    seconds: int
    lines: int
    many: int


FULL = Size(rounds=5, seconds=5, lines=100_000, many=1_000_000)
QUICK = Size(rounds=2, seconds=2, lines=10_000, many=50_000)


async def measure(server: Server, loaded: Loaded, scratch: Path, size: Size) -> int:
    """Measure and print; the number of missed bars. Raises `Unexpected` for an untrue answer."""
    place = databases.place(server, cluster.DATABASE)
    peer = await databases.clone(server, cluster.DATABASE, PEER)
    with ExitStack() as stack:
        app = stack.enter_context(service(server.service_url, scratch / "writes.log"))
        print("recording contributions, as a share of what PostgreSQL does without us")
        missed = await _puts(place, app, loaded, size)
        await databases.settle(server)
        missed += await _bulk(place, peer, app, loaded, size)
    await databases.settle(server)
    with service(server.service_url, scratch / "memory.log") as app:
        missed += await _memory(app, loaded, size)
        told = await bulk.truth(place, app, loaded, count=size.lines)
    print(
        f"  the same {size.lines:,} lines cut off, twice at once and once more: each recorded once,"
        f" every answer true ({told['created']:,} created, {told['unchanged']:,} unchanged)\n"
    )
    return missed


async def _puts(place: Place, app: Process, loaded: Loaded, size: Size) -> int:
    one = await puts.measure(place, app, loaded, rounds=size.rounds, seconds=size.seconds)
    print(
        f"  keyed PUT                 {_rates(one.ours, one.peer)}{one.ratio!s:22}"
        f"{_cost(one.cost)}; pgbench runs the same {one.statements} statements"
    )
    return _told(one.ratio.median < PUT_BAR)


async def _bulk(place: Place, peer: Place, app: Process, loaded: Loaded, size: Size) -> int:
    many = await bulk.against(
        place, peer, app, loaded, count=size.lines, rounds=min(3, size.rounds)
    )
    print(
        f"  bulk of {size.lines:<9,} lines    {_rates(many.ours, many.peer)}{many.ratio!s:22}"
        f"{_cost(many.cost)}; COPY of the same rows into the {len(bulk.TABLES)} tables"
    )
    return _told(many.ratio.median < BULK_BAR)


async def _memory(app: Process, loaded: Loaded, size: Size) -> int:
    seen = await bulk.memory(app, loaded, count=size.many)
    growth = seen.peak - seen.before
    print(
        f"  memory while {size.many:,} lines are sent: {seen.before >> 20} MB before,"
        f" {growth >> 20} MB more at the most"
    )
    return _told(growth >= GROWTH_BAR)


def _rates(ours: Spread, peer: Spread) -> str:
    return f"{ours.median:8,.0f}/s of {peer.median:8,.0f}/s  "


def _cost(cost: Spread) -> str:
    return f"{cost.median * 1e6:5.0f} µs of our processor each"


def _told(missed: bool) -> int:
    if missed:
        print("  MISSED")
    return int(missed)
