"""What nobody needs any more is deleted, a little at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

from domain import webhooks
from domain.call import KEPT, Call, Transaction, transaction
from domain.store import idempotency, jobs, rate_counts

LOG_KEPT = timedelta(days=7)


async def run(call: Call) -> None:
    """Delete old idempotency keys, counts of past minutes, old webhooks, the queue's old log."""
    minute = int(call.at.timestamp()) // 60
    await _all(call, lambda tx: idempotency.forget(tx, before=call.at - KEPT))
    await _all(call, lambda tx: rate_counts.forget(tx, before=minute))
    await _all(call, lambda tx: jobs.forget_log(tx, before=call.at - LOG_KEPT))
    await _all(call, webhooks.forget_bodies)
    await _all(call, webhooks.forget)


async def _all(call: Call, forget: Callable[[Transaction], Awaitable[int]]) -> None:
    """Forget in transactions of their own, so that no request waits for long."""
    gone = 1
    while gone:
        async with transaction(call) as tx:
            gone = await forget(tx)
