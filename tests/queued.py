"""Jobs in the queue, as workers leave them."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct

from domain import jobs
from domain.call import transaction
from domain.jobs import JobName, Nothing
from tests.world import World


async def waiting(
    world: World,
    job: JobName = JobName.TIDY,
    payload: Struct | None = None,
    *,
    dedupe: str | None = None,
) -> UUID:
    """A job that nobody has taken yet."""
    async with transaction(world.call()) as tx:
        assert await jobs.enqueue(tx, job, payload or Nothing(), dedupe=dedupe)
    (row,) = await world.rows("select public_id from jobs order by id desc limit 1")
    return row["public_id"]


async def held(
    world: World,
    job: JobName = JobName.TIDY,
    payload: Struct | None = None,
    *,
    dedupe: str | None = None,
) -> UUID:
    """A job that a worker has given up."""
    job_id = await waiting(world, job, payload, dedupe=dedupe)
    await world.rows("update jobs set status = 'failed', attempts = 8 where public_id = $1", job_id)
    await world.rows(
        """insert into job_log (job_id, status, priority, entrypoint, traceback)
           select id, 'failed', 0, entrypoint, $2 from jobs where public_id = $1""",
        job_id,
        {"exception_message": "unavailable: Somewhere else.", "additional_context": {}},
    )
    return job_id
