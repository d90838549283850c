"""Participation: what the members of a committee did in its votes, and who counts as inactive."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from domain import policies, programs, rounds
from domain.call import Call, reading
from domain.rules import participation as rules
from domain.rules.participation import Finished, Participation, Record, Said
from domain.store import participation as store
from domain.store import rounds as round_store
from domain.store.participation import Member, Vote
from domain.store.rounds import Round

__all__ = ["Answer", "Participant", "Place", "page"]

SHOWN = 100
"""How many votes of each member are listed; all are counted."""


class Place(Struct, frozen=True):
    """A place in the order of the members."""

    account_id: UUID


class Answer(Struct, frozen=True):
    """What a member did in one closed vote."""

    round: Round
    participation: Participation


class Participant(Struct, frozen=True):
    """A member of the committee now: since when, what they did in the votes, newest first."""

    account_id: UUID
    name: str
    since: datetime
    record: Record
    answers: list[Answer]


async def page(call: Call, slug: str, *, after: Place | None, limit: int) -> list[Participant]:
    """The members of the committee with their part in its votes, one more than a page.

    By the rule of the policy in force. Raises `NotFound`.
    """
    await rounds.settle(call, slug)
    async with reading(call, frozen=True) as tx:
        program = await programs.find(tx, slug)
        policy = await policies.typed(tx, program)
        members = await store.members(
            tx,
            program.id,
            call.at,
            after=after.account_id if after else None,
            limit=limit + 1,
        )
        votes = await store.votes(tx, program.id, members)
        closed = await round_store.closed(tx, program.id)
    voting = policy.admission.voting
    inactivity = voting.inactivity if voting else None
    finished = [
        Finished(one.id, one.opened_at, one.closed_at, one.result)
        for one in closed
        if one.closed_at is not None and one.result is not None
    ]
    by_id = {one.id: one for one in closed}
    found: list[Participant] = []
    for one in members:
        said = _said(one, votes)
        record = rules.record(finished, said, one.since, inactivity, policy.time_zone)
        answers = [Answer(by_id[id], what) for id, what in record.answers[: -SHOWN - 1 : -1]]
        found.append(Participant(one.account_id, one.name, one.since, record, answers))
    return found


def _said(member: Member, votes: Iterable[Vote]) -> dict[UUID, Said]:
    """What a member said, by round: with this account or another one of theirs."""
    return {
        vote.round_id: Said(vote.recusal, vote.choice, vote.voted)
        for vote in votes
        if vote.account_id == member.account_id
        or (member.person_id is not None and vote.person_id == member.person_id)
    }
