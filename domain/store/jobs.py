"""Statements on the queue, in the tables of pgqueuer, whose own statements do the rest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from domain.rules.jobs import JobName, JobState
from domain.store.query import Connection, Count, Query, Statement


class Queued(Struct, frozen=True):
    """A job in the queue; `version` counts its attempts, `failure` says why the last one failed."""

    id: UUID
    job: str
    state: JobState
    payload: bytes
    attempts: int
    due_at: datetime
    created_at: datetime
    failure: str | None
    failed_at: datetime | None
    version: int


class Depth(Struct, frozen=True):
    """How many jobs of a kind are in a state, and for how many seconds the oldest is due."""

    job: str
    state: JobState
    n: int
    seconds: float


class Failures(Struct, frozen=True):
    """How often a job has failed, ever."""

    job: str
    failures: int


STORED: dict[JobState, str] = {
    JobState.HELD: "failed",
    JobState.RUNNING: "picked",
    JobState.WAITING: "queued",
}
"""Our states in pgqueuer's words."""

ENQUEUE = Statement(
    """
    -- $1 id  $2 job  $3 payload  $4 dedupe key (null: any number)
    insert into jobs (public_id, entrypoint, payload, dedupe_key, priority, status)
    values ($1, $2, $3, $4, 0, 'queued')
    on conflict (dedupe_key)
        where status in ('queued', 'picked') and dedupe_key is not null do nothing
    """
)

QUEUED: LiteralString = """select q.public_id as id, q.entrypoint as job,
           case q.status when 'failed' then 'held' when 'picked' then 'running'
                         else 'waiting' end as state,
           coalesce(q.payload, '') as payload, q.attempts, q.execute_after as due_at,
           q.created as created_at, l.failure, l.failed_at, q.attempts + 1 as version
      from jobs q
      left join lateral (
           select coalesce(traceback #>> '{additional_context,reason}',
                           traceback ->> 'exception_message') as failure,
                  created as failed_at
             from job_log where job_id = q.id and traceback is not null
            order by created desc, id desc limit 1) l on true"""

PAGE = Query(
    Queued,
    f"""
    -- $1 state (null: any)  $2 job (null: any)  $3 after id  $4 limit
    {QUEUED}
     where ($1::text is null or q.status = $1::job_status)
       and ($2::text is null or q.entrypoint = $2)
       and ($3::uuid is null or q.public_id > $3)
     order by q.public_id
     limit $4
    """,
)

FIND = Query(
    Queued,
    f"""
    -- $1 id
    {QUEUED}
     where q.public_id = $1
    """,
)

LOCK = Statement(
    """
    -- $1 id
    select from jobs where public_id = $1 for update
    """
)

RETRY = Statement(
    """
    -- $1 id
    update jobs set status = 'queued', attempts = 0, execute_after = now(), updated = now()
     where public_id = $1
    """
)

DROP = Statement(
    """
    -- $1 id
    delete from jobs where public_id = $1
    """
)

RELEASE = Statement(
    """
    -- $1 worker
    update jobs set status = 'queued', queue_manager_id = null, updated = now()
     where queue_manager_id = $1 and status = 'picked'
    """
)

RING = Statement(
    """
    -- $1 job  $2 now  $3 not after
    insert into schedules as s (job, rung_at) values ($1, $2)
    on conflict (job) do update set rung_at = excluded.rung_at where s.rung_at <= $3
    """
)

COUNT_FAILURE = Statement(
    """
    -- $1 job
    insert into job_failures as f (job, failures) values ($1, 1)
    on conflict (job) do update set failures = f.failures + 1
    """
)

# Each time that a worker takes a job there is an entry, and one when it is held.
BEGUN = Query(
    Count,
    """
    -- $1 pgqueuer's id
    select count(*)::int as n from job_log
     where job_id = $1 and status = 'picked'
       and id > coalesce((select max(id) from job_log where job_id = $1 and status = 'failed'), 0)
    """,
)

DEPTHS = Query(
    Depth,
    """
    select entrypoint as job,
           case status when 'failed' then 'held' when 'picked' then 'running'
                       else 'waiting' end as state,
           count(*)::int as n,
           greatest(0, extract(epoch from now() - min(execute_after)))::float8 as seconds
      from jobs group by entrypoint, status
    """,
)

FAILURES = Query(Failures, "select job, failures from job_failures")

FORGET_LOG = Query(
    Count,
    """
    -- $1 not after
    with gone as (
        delete from job_log where id in (
            select id from job_log where created <= $1 order by created limit 1000
               for update skip locked)
        returning id)
    select count(*)::int as n from gone
    """,
)


async def enqueue(
    tx: Connection, *, id: UUID, job: JobName, payload: bytes, dedupe: str | None
) -> bool:
    """Put a job into the queue; False when one with the same dedupe key waits or runs."""
    return await ENQUEUE.run(tx, id, job.value, payload, dedupe) > 0


async def enqueue_many(
    tx: Connection, job: JobName, payloads: Sequence[tuple[UUID, bytes]]
) -> None:
    """Put one job into the queue for each id and payload."""
    await ENQUEUE.many(tx, [(id, job.value, payload, None) for id, payload in payloads])


async def page(
    tx: Connection, *, state: JobState | None, job: JobName | None, after: UUID | None, limit: int
) -> list[Queued]:
    """Jobs in the order in which they were made."""
    stored = None if state is None else STORED[state]
    return await PAGE.all(tx, stored, job.value if job else None, after, limit)


async def find(tx: Connection, job_id: UUID) -> Queued | None:
    """The job."""
    return await FIND.first(tx, job_id)


async def lock(tx: Connection, job_id: UUID) -> None:
    """Keep workers and other callers from the job until the transaction ends."""
    await LOCK.run(tx, job_id)


async def retry(tx: Connection, job_id: UUID) -> None:
    """Let the job wait, as if it had never been tried."""
    await RETRY.run(tx, job_id)


async def drop(tx: Connection, job_id: UUID) -> None:
    """Delete the job."""
    await DROP.run(tx, job_id)


async def release(tx: Connection, worker: UUID) -> int:
    """Give back what a worker has taken; how many jobs those were."""
    return await RELEASE.run(tx, worker)


async def ring(tx: Connection, job: JobName, *, at: datetime, not_after: datetime) -> bool:
    """Note that a schedule rings now, if it last did so at `not_after` or before."""
    return await RING.run(tx, job.value, at, not_after) > 0


async def count_failure(tx: Connection, job: JobName) -> None:
    """Count one more failed attempt."""
    await COUNT_FAILURE.run(tx, job.value)


async def begun(tx: Connection, taken: int) -> int:
    """How often a job was taken since it was made, or held."""
    return (await BEGUN.one(tx, taken)).n


async def depths(tx: Connection) -> list[Depth]:
    """What is in the queue, by job and state."""
    return await DEPTHS.all(tx)


async def failures(tx: Connection) -> list[Failures]:
    """How often each job has failed."""
    return await FAILURES.all(tx)


async def forget_log(tx: Connection, *, before: datetime) -> int:
    """Delete up to a thousand old entries of the log; how many."""
    return (await FORGET_LOG.one(tx, before)).n
