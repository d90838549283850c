"""Votes on applications: who is left to vote, what a vote needs, and when it closes with what.

The rules are RULES.md, "Votes"; all times are aware. In words: `vote_words`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from domain.rules import stretches
from domain.rules.policy_admission import Voting


class Choice(StrEnum):
    """What a voter says."""

    FOR = "for"
    AGAINST = "against"
    ABSTAIN = "abstain"


class VoteResult(StrEnum):
    """How a vote ended; `expired`: without a result, to be looked at again."""

    PASSED = "passed"
    DECLINED = "declined"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Recusal(StrEnum):
    """Why somebody of the electorate does not vote: by a rule, or as they declared themselves."""

    APPLICANT = "applicant"
    COMPANY = "company"
    DECLARED = "declared"
    NOMINATOR = "nominator"


class Rules(Struct, frozen=True):
    """What a vote was opened with; it stays, whatever the policy says later."""

    percent: int
    minimum_voters: int = 1
    close_on_passing: bool = False
    fail_early: bool = False


class Times(Struct, frozen=True):
    """When a vote was opened, and the first and the last time at which it can close."""

    opened_at: datetime
    earliest: datetime
    latest: datetime

    def takes_votes(self, at: datetime) -> bool:
        """Whether a vote at that time is in time, if nothing has closed it before."""
        return self.opened_at <= at < self.latest

    def takes_recusals(self, at: datetime) -> bool:
        """Whether the electorate can still shrink: only before the earliest close."""
        return self.opened_at <= at < self.earliest


class Count(Struct, frozen=True):
    """The voters, without those who are recused, and what they said.

    The choices of a secret ballot are counted from `Times.latest` on; until then, they are 0.
    """

    voters: int
    votes_for: int = 0
    against: int = 0
    abstain: int = 0

    @property
    def outstanding(self) -> int:
        return self.voters - self.votes_for - self.against - self.abstain


class Closed(Struct, frozen=True):
    """How a vote ended, and when that was due."""

    result: VoteResult
    at: datetime


class Elector(Struct, frozen=True):
    """Somebody of the electorate as they were at the opening."""

    account_id: UUID
    person_id: UUID | None = None
    company: str | None = None


class Candidacy(Struct, frozen=True):
    """Who applies, as far as is known; `account_id` is the applicant's, not a nominator's."""

    person_id: UUID | None = None
    account_id: UUID | None = None
    company: str | None = None
    nominator_id: UUID | None = None
    nominator_account_id: UUID | None = None


def opening(voting: Voting, opened_at: datetime) -> tuple[Rules, Times]:
    """The rules and times of a vote that is opened now.

    A stretch of days or weeks is as many times 24 hours; months and years keep the time of day in
    UTC. Without a minimum, the earliest close is the opening.
    """
    rules = Rules(voting.percent, voting.minimum_voters, voting.close_on_passing, voting.fail_early)
    earliest = _after(voting.minimum, opened_at) if voting.minimum else opened_at
    # A minimum of P1M can be longer than a maximum of P30D, in some months.
    return rules, Times(opened_at, earliest, max(earliest, _after(voting.maximum, opened_at)))


def reminders(voting: Voting, times: Times) -> tuple[datetime, ...]:
    """When those who have not voted are reminded, in order; never at or before the opening."""
    due = {_before(offset, times.latest) for offset in voting.reminders}
    return tuple(sorted(at for at in due if at > times.opened_at))


def need(percent: int, voters: int) -> int:
    """How many have to be for it: the share of the voters, rounded up."""
    return -(-percent * voters // 100)


def too_few(rules: Rules, count: Count) -> bool:
    """Whether fewer voters are left than a result takes."""
    return count.voters < rules.minimum_voters


def passes(rules: Rules, count: Count) -> bool:
    """Whether enough are for it, of enough voters."""
    return not too_few(rules, count) and count.votes_for >= need(rules.percent, count.voters)


def is_lost(rules: Rules, count: Count) -> bool:
    """Whether it cannot pass any more, unless somebody changes their vote."""
    return count.votes_for + count.outstanding < need(rules.percent, count.voters)


def closes_at(rules: Rules, times: Times, count: Count, last_change_at: datetime) -> datetime:
    """When it closes if nobody changes anything any more.

    `last_change_at` is when the count last changed: the last vote, change or retraction; the
    opening when there was none.
    """
    if too_few(rules, count):
        # From then on, nobody is recused any more, and no one joins an electorate.
        return times.earliest
    if (rules.close_on_passing and passes(rules, count)) or (
        rules.fail_early and is_lost(rules, count)
    ):
        return min(max(times.earliest, last_change_at), times.latest)
    return times.latest


def outcome(rules: Rules, count: Count) -> VoteResult:
    """What the count means when a vote closes."""
    if too_few(rules, count):
        return VoteResult.EXPIRED
    if passes(rules, count):
        return VoteResult.PASSED
    # When everybody has voted, nothing is outstanding: then it is lost, too.
    return VoteResult.DECLINED if is_lost(rules, count) else VoteResult.EXPIRED


def settle(
    rules: Rules, times: Times, count: Count, last_change_at: datetime, at: datetime
) -> Closed | None:
    """How and when it closed, or None while it is open.

    The time is when closing became due, however late anybody looks. Whoever takes votes settles
    first, so that nothing that comes after that time is in `count`.
    """
    due = closes_at(rules, times, count, last_change_at)
    return Closed(outcome(rules, count), due) if at >= due else None


def recusal(elector: Elector, candidacy: Candidacy) -> Recusal | None:
    """The rule by which somebody does not vote on this; None when no rule says so."""
    if _same(elector.person_id, candidacy.person_id) or (
        elector.account_id == candidacy.account_id
    ):
        return Recusal.APPLICANT
    if _same(elector.person_id, candidacy.nominator_id) or (
        elector.account_id == candidacy.nominator_account_id
    ):
        return Recusal.NOMINATOR
    if _same(_company(elector.company), _company(candidacy.company)):
        return Recusal.COMPANY
    return None


def company_excess(companies: Iterable[str | None], percent: int) -> list[str]:
    """The companies with more of the committee than the cap allows, as first written, in order.

    Each may have its share of all, rounded down, but one person alone is never too many. None and
    blank are unknown: they count for all and are nobody's.
    """
    known = list(companies)
    most = max(1, percent * len(known) // 100)
    sizes = Counter(name for one in known if (name := _company(one)))
    written = {_company(one): one.strip() for one in reversed(known) if one}
    return [written[name] for name in sorted(sizes) if sizes[name] > most]


def _company(name: str | None) -> str | None:
    return " ".join(name.split()).casefold() or None if name else None


def _same(one: object, other: object) -> bool:
    return one is not None and one == other


def _after(stretch: str, at: datetime) -> datetime:
    utc = at.astimezone(UTC)
    return utc + timedelta(days=(stretches.after(stretch, utc.date()) - utc.date()).days)


def _before(stretch: str, at: datetime) -> datetime:
    utc = at.astimezone(UTC)
    return utc - timedelta(days=(utc.date() - stretches.before(stretch, utc.date())).days)
