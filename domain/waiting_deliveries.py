"""What reached a source's webhook while the source was paused is done when it goes on."""

from __future__ import annotations

from uuid import UUID

from domain import jobs
from domain.call import Transaction
from domain.jobs import Delivered, JobName
from domain.store import webhooks as store


async def enqueue(tx: Transaction, program_id: UUID, source_id: UUID) -> None:
    """Have everything done that waits at a source; what is done already stays as it is.

    A job that is just giving up, because it saw the source paused, may still be there: that is why
    there is one more for each.
    """
    waiting = await store.waiting_ids(tx, program_id, source_id)
    payloads = [Delivered(program_id, source_id, delivery_id) for delivery_id in waiting]
    await jobs.enqueue_many(tx, JobName.DELIVERY, payloads)
