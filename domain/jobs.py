"""Work that is done outside any request: put it into the queue, and see to what was given up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from domain import audit
from domain.call import Call, Transaction, reading, transaction
from domain.errors import Conflict, NotFound
from domain.rules.jobs import PERIODS, Day, Delivered, JobName, JobState, Look, Poll
from domain.store import daily
from domain.store import jobs as store
from domain.store.jobs import Depth, Failures, Queued
from domain.store.query import Connection

__all__ = [
    "Day",
    "Delivered",
    "Depth",
    "Failures",
    "JobName",
    "JobNotHeld",
    "JobState",
    "Look",
    "Nothing",
    "Poll",
    "Queued",
    "begun",
    "count_failure",
    "depths",
    "drop",
    "enqueue",
    "enqueue_many",
    "failures",
    "get",
    "page",
    "release",
    "retry",
    "ring",
]

Check = Callable[[int], None]
"""Raises `VersionMismatch` when a version is not the one that the caller expects."""


class JobNotHeld(Conflict):
    """Only a job that was given up waits for somebody to decide."""

    code = "job_not_held"
    title = "The job is not held"


async def enqueue(
    tx: Transaction, job: JobName, payload: Struct, *, dedupe: str | None = None
) -> bool:
    """Have a job done once the transaction is committed; if it is not, nothing happens.

    `payload` becomes JSON: ids, codes and days, never personal values. A job may run more than
    once (its worker was killed), so that what it does has to be idempotent. With `dedupe`, False
    and nothing when a job with the same key waits or runs already.
    """
    return await store.enqueue(
        tx,
        id=tx.call.new_id(),
        job=job,
        payload=msgspec.json.encode(payload),
        dedupe=dedupe,
    )


async def enqueue_many(tx: Transaction, job: JobName, payloads: Sequence[Struct]) -> None:
    """Have a job done for each of these, as `enqueue` does."""
    encoded = [(tx.call.new_id(), msgspec.json.encode(payload)) for payload in payloads]
    await store.enqueue_many(tx, job, encoded)


async def ring(call: Call) -> None:
    """Put into the queue whatever comes round by itself and is due; of several callers one does."""
    async with transaction(call) as tx:
        for job, period in PERIODS.items():
            if await store.ring(tx, job, at=call.at, not_after=call.at - period):
                await enqueue(tx, job, Nothing(), dedupe=job.value)


class Nothing(Struct, frozen=True):
    """The payload of a job that needs none."""


async def release(call: Call, worker: UUID) -> None:
    """Give back the jobs that a worker has taken and will not finish."""
    async with transaction(call) as tx:
        await store.release(tx, worker)


async def begun(call: Call, taken: int) -> int:
    """How often a worker has begun a job since it was made or last held, this time included.

    `taken` is the queue's own id of it. Also those times count of which nothing was heard again.
    """
    async with reading(call) as tx:
        return await store.begun(tx, taken)


async def count_failure(call: Call, job: JobName) -> None:
    """Count one more failed attempt, for the metrics."""
    async with transaction(call) as tx:
        await store.count_failure(tx, job)


async def get(call: Call, job_id: UUID) -> Queued:
    """The job. Raises `NotFound`, also once it is done."""
    async with reading(call) as tx:
        return await _find(tx, job_id)


async def page(
    call: Call, *, state: JobState | None, job: JobName | None, after: UUID | None, limit: int
) -> list[Queued]:
    """Jobs in the order in which they were made; one more than a page."""
    async with reading(call) as tx:
        return await store.page(tx, state=state, job=job, after=after, limit=limit + 1)


async def retry(call: Call, job_id: UUID, check: Check) -> Queued:
    """Have a held job done after all, with all its attempts; the job as it waits then.

    Raises `NotFound`, `VersionMismatch`, `JobNotHeld`, and `AlreadyExists` when another one with
    the same key waits or runs.
    """
    async with transaction(call) as tx:
        held = await _held(tx, job_id, check)
        await store.retry(tx, job_id)
        after = await _find(tx, job_id)
        await audit.record(
            tx, "job.retried", ("job", job_id), before=_told(held), after=_told(after)
        )
        return after


async def drop(call: Call, job_id: UUID, check: Check) -> None:
    """Give a held job up for good; a program's day then counts as done.

    Raises `NotFound`, `VersionMismatch`, `JobNotHeld`.
    """
    async with transaction(call) as tx:
        held = await _held(tx, job_id, check)
        await store.drop(tx, job_id)
        if held.job == JobName.DAILY:
            day = msgspec.json.decode(held.payload, type=Day)
            await daily.mark(tx, day.program_id, day.on, at=call.at)
        await audit.record(tx, "job.dropped", ("job", job_id), before=_told(held))


async def depths(call: Call) -> list[Depth]:
    """How much is in the queue, by job and state."""
    async with reading(call) as tx:
        return await store.depths(tx)


async def failures(call: Call) -> list[Failures]:
    """How many attempts at each job have failed, ever."""
    async with reading(call) as tx:
        return await store.failures(tx)


async def _held(tx: Transaction, job_id: UUID, check: Check) -> Queued:
    await store.lock(tx, job_id)
    job = await _find(tx, job_id)
    check(job.version)
    if job.state is not JobState.HELD:
        raise JobNotHeld("Only a job that was given up can be retried or dropped.")
    return job


async def _find(tx: Connection, job_id: UUID) -> Queued:
    job = await store.find(tx, job_id)
    if job is None:
        raise NotFound(f"There is no job '{job_id}'.")
    return job


def _told(job: Queued) -> dict[str, Any]:
    payload = msgspec.json.decode(job.payload)
    return {"job": job.job, "state": job.state.value, "payload": payload}
