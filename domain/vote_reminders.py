"""The bell of votes: rounds that are due are closed, and who has not voted is reminded, once.

It only rings: whoever touches a vote settles what is due first, with a worker or without.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from domain import closings, events, jobs
from domain.call import Call, reading, transaction
from domain.rules import votes
from domain.rules.access import WORKER
from domain.rules.events import EventType
from domain.rules.jobs import JobName, Poll
from domain.store import electors
from domain.store import programs as program_store
from domain.store import renewals as renewal_store
from domain.store import rounds as store
from domain.store.rounds import Round, Watched

__all__ = ["ring", "run"]


async def ring(call: Call) -> None:
    """Have the rounds seen to that are due, or of which a reminder is; each is in the queue once.

    One whose job was given up waits for the owner; so do those of archived programs, until they are
    reopened.
    """
    async with transaction(call) as tx:
        found = await store.ringing(tx)
        ids = [one.id for one in found]
        counted = await electors.counted(tx, ids) if found else {}
        watched = {one.id: one for one in await store.watched(tx, ids)} if found else {}
        for poll in found:
            due = closings.is_due(poll, counted[poll.id], call.at)
            if due or reminder(poll, watched[poll.id], call.at):
                payload = Poll(poll.program_id, poll.application_id)
                await jobs.enqueue(tx, JobName.VOTE, payload, dedupe=f"vote:{poll.id}")


async def run(call: Call, program_id: UUID, application_id: UUID) -> None:
    """Close the open round of an application if it is due; else send the reminder that is.

    Again it changes nothing. Raises what `closings.settle` raises.
    """
    async with reading(call) as tx:
        slug = await renewal_store.slug(tx, program_id)
    await closings.settle(call, slug, application_id, strict=True)
    async with transaction(replace(call, actor=WORKER)) as tx:
        program = await program_store.by_slug(tx, slug)
        poll = await store.lock_open(tx, program_id, application_id)
        if program is None or program.status == "archived" or poll is None:
            return
        (watched,) = await store.watched(tx, [poll.id])
        due = reminder(poll, watched, call.at)
        if due is None or not await store.remind(tx, program_id, poll.id, due, call.at):
            return
        waiting = [
            one.account_id
            for one in await electors.page(tx, program_id, poll.id)
            if one.recusal is None and one.voted_at is None
        ]
        if waiting:
            await events.emit(
                tx,
                EventType.VOTE_CLOSING,
                poll.id,
                program_id=program_id,
                application_id=application_id,
                latest_close=poll.latest_close,
                account_ids=waiting,
            )


def reminder(poll: Round, watched: Watched, at: datetime) -> datetime | None:
    """When the reminder was due that is to be sent now, by the rules that the vote was opened with.

    Only the latest that has come: it makes those before it pointless, and the close all of them.
    """
    if watched.voting is None or at >= poll.latest_close:
        return None
    come = [one for one in votes.reminders(watched.voting, poll.times) if one <= at]
    if not come or (watched.reminded is not None and watched.reminded >= come[-1]):
        return None
    return come[-1]
