"""Who of a committee takes part in its votes, and who counts as inactive."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from domain.rules import stretches
from domain.rules.days import day_of
from domain.rules.policy_admission import Inactivity
from domain.rules.votes import Choice, Recusal, VoteResult


class Participation(StrEnum):
    """What a member did in a closed vote; `voted`: in a secret ballot, nobody knows what."""

    FOR = "for"
    AGAINST = "against"
    ABSTAIN = "abstain"
    VOTED = "voted"
    DID_NOT_VOTE = "did_not_vote"
    RECUSED = "recused"
    NOT_A_MEMBER = "not_a_member"


class Finished(Struct, frozen=True):
    """A vote that has closed, in whichever way."""

    id: UUID
    opened_at: datetime
    closed_at: datetime
    result: VoteResult


class Said(Struct, frozen=True):
    """What is kept of somebody of the electorate; a secret ballot keeps only that they `voted`."""

    recusal: Recusal | None = None
    choice: Choice | None = None
    voted: bool = False


class Record(Struct, frozen=True):
    """A member in the votes that were not cancelled, in the order of their closing.

    `missed` are those in a row up to now that they did not vote in, the closing days of the first
    and the last of which follow. `inactive` is None where the policy has no rule for it.
    """

    answers: tuple[tuple[UUID, Participation], ...]
    missed: int
    first_missed_on: date | None
    last_missed_on: date | None
    inactive: bool | None


def answer(said: Said | None) -> Participation:
    """What somebody did in a closed vote; None: they were not in its electorate."""
    if said is None:
        return Participation.NOT_A_MEMBER
    if said.recusal is not None:
        return Participation.RECUSED
    if said.choice is not None:
        return Participation(said.choice.value)
    return Participation.VOTED if said.voted else Participation.DID_NOT_VOTE


def record(
    rounds: Iterable[Finished],
    said: Mapping[UUID, Said],
    since: datetime,
    inactivity: Inactivity | None,
    time_zone: str,
) -> Record:
    """A member's part in the votes, by the rule of AsyncAPI's charter (2.10) as it is practised.

    Inactive is who has missed so many votes in a row, up to the last one, of which the first and
    the last closed so far apart, in days of the program's time zone. `since` is when they became a
    member this time: votes that were opened before it are shown and never counted. To be recused
    neither counts as missed nor as taking part.
    """
    held = [one for one in rounds if one.result is not VoteResult.CANCELLED]
    held.sort(key=lambda one: (one.closed_at, one.id))
    answers = [(one, answer(said.get(one.id))) for one in held]
    missed: list[date] = []
    for one, what in answers:
        if one.opened_at < since or what in (Participation.NOT_A_MEMBER, Participation.RECUSED):
            continue
        if what is Participation.DID_NOT_VOTE:
            missed.append(day_of(one.closed_at, time_zone))
        else:
            missed.clear()
    return Record(
        answers=tuple((one.id, what) for one, what in answers),
        missed=len(missed),
        first_missed_on=missed[0] if missed else None,
        last_missed_on=missed[-1] if missed else None,
        inactive=None if inactivity is None else _too_long(missed, inactivity),
    )


def _too_long(missed: list[date], inactivity: Inactivity) -> bool:
    if len(missed) < inactivity.missed:
        return False
    return missed[-1] >= stretches.after(inactivity.apart, missed[0])
