"""The electorate: the committee as it is when a vote is opened, and who of it may not vote."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from domain import affiliations
from domain.call import Transaction
from domain.errors import Conflict
from domain.rules import votes
from domain.rules.days import day_of
from domain.rules.policy import Policy
from domain.rules.policy_admission import Voting
from domain.rules.votes import Candidacy, Elector, Recusal
from domain.store import electors
from domain.store.applications import Application

__all__ = ["CompanyCapExceeded", "OpeningRefused", "TooFewVoters", "gather"]


class OpeningRefused(Conflict):
    """No vote can be opened as things are."""

    code = "opening_refused"
    title = "No vote can be opened"


class CompanyCapExceeded(OpeningRefused):
    """One company has more of the committee than the policy allows."""

    code = "company_cap_exceeded"
    title = "Too much of the committee is of one company"


class TooFewVoters(OpeningRefused):
    """With so few voters there can be no result."""

    code = "too_few_voters"
    title = "Too few of the committee could vote"


async def gather(
    tx: Transaction, policy: Policy, voting: Voting, application: Application
) -> list[tuple[Elector, Recusal | None]]:
    """The committee now, each person once with the company of today, and who is recused by a rule.

    Raises `CompanyCapExceeded` and `TooFewVoters` (RULES.md, "Votes").
    """
    today = day_of(tx.call.at, policy.time_zone)
    members = await electors.committee(tx, application.program_id, tx.call.at, today)
    if voting.company_cap is not None:
        companies = [one.company for one in members]
        if excess := votes.company_excess(companies, voting.company_cap):
            raise CompanyCapExceeded(
                f"More than {voting.company_cap} % of the committee work for "
                + ", ".join(excess)
                + "; the policy allows no more of one company."
            )
    companies = [application.profile.company]
    if application.person_id is not None:
        companies += await affiliations.companies_on(tx, application.person_id, today)
    electorate = [(one, _recusal(one, application, companies)) for one in members]
    voters = sum(recusal is None for _, recusal in electorate)
    if voters < voting.minimum_voters:
        raise TooFewVoters(
            f"Of a committee of {len(electorate)}, {voters} could vote; a result takes "
            f"{voting.minimum_voters}."
        )
    return electorate


def _recusal(
    elector: Elector, application: Application, companies: Sequence[str | None]
) -> Recusal | None:
    """The first rule that keeps somebody from voting; by any of the applicant's companies."""
    candidacy = Candidacy(
        person_id=application.person_id,
        account_id=None if application.nominated else application.submitted_by,
        nominator_id=application.nominator_id,
        nominator_account_id=application.submitted_by if application.nominated else None,
    )
    found = (votes.recusal(elector, replace(candidacy, company=company)) for company in companies)
    return next((one for one in found if one is not None), None)
