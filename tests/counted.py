"""A tenure for which a contribution counted, as if it had been judged."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from tests.world import World

YEAR = (date(2025, 1, 11), date(2026, 1, 10))


async def counted(
    world: World,
    contribution_id: UUID,
    *,
    outcome: str | None = "renewed",
    days: tuple[date, date] = YEAR,
    handle: str = "amara",
) -> None:
    """Let a contribution count for a tenure of an ambassador, and for no other."""
    await world.rows(
        """with gone as (delete from tenure_contributions where contribution_id = $1
                          returning tenure_id)
           delete from tenures where id in (select tenure_id from gone)""",
        contribution_id,
    )
    await world.rows(
        """with t as (
               insert into tenures (
                   program_id, id, ambassador_id, first_day, last_day, policy_version, origin,
                   outcome, outcome_on, version, created_at, updated_at)
               select program_id, gen_random_uuid(), id, $4::date, $5::date, 1, 'live',
                      $3::text, case when $3::text is not null then $5::date end, 1, now(), now()
                 from ambassadors where handle = $2
               returning program_id, id, ambassador_id)
           insert into tenure_contributions (program_id, tenure_id, contribution_id, ambassador_id)
           select program_id, id, $1, ambassador_id from t""",
        contribution_id,
        handle,
        outcome,
        *days,
    )
