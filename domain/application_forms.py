"""The application form: what a program asks for, and whether it takes applications now."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from domain import policies, programs
from domain.call import Call, reading
from domain.rules import admissions
from domain.rules.days import day_of
from domain.rules.policy import Policy

__all__ = ["Form", "get"]


class Form(Struct, frozen=True):
    """What applicants are told before; `opens_on` is a day of the program's time zone."""

    program: str
    policy_version: int
    policy: Policy
    open: bool
    opens_on: date | None


async def get(call: Call, slug: str) -> Form:
    """The form as it is today. Raises `NotFound`."""
    async with reading(call) as tx:
        program = await programs.find(tx, slug)
        policy = await policies.typed(tx, program)
    admission = policy.admission
    takes = admission.applications and program.status != "archived"
    opens_on = admissions.opens_on(admission.windows, day_of(call.at, policy.time_zone))
    return Form(
        program=program.slug,
        policy_version=program.policy_version,
        policy=policy,
        open=takes and opens_on is None,
        opens_on=opens_on if takes else None,
    )
