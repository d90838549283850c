"""The database is the referee: the name of a violated constraint becomes one domain error."""

from __future__ import annotations

import asyncpg

from domain.errors import (
    AlreadyExists,
    Busy,
    DomainError,
    Fault,
    InUse,
    Invalid,
    InvalidReference,
    OutOfStock,
)
from domain.rules.budgets import BudgetOverlap

UNIQUE: dict[str, tuple[str, str]] = {
    "programs_slug_key": ("/slug", "A program with this slug exists already."),
    "ambassadors_handle_key": ("/handle", "Another ambassador of the program has this handle."),
    "ambassadors_person_key": ("/person_id", "The person is an ambassador of the program already."),
    "applications_open_key": (
        "",
        "There is another open application of the person in the program.",
    ),
    "identities_verified_subject_key": (
        "/subject",
        "This identity is verified for another person already.",
    ),
    "identities_verified_handle_key": (
        "/handle",
        "This identity is verified for another person already.",
    ),
    "role_assignments_open_key": ("/role", "The account holds this role there already."),
    "sources_slug_key": ("/slug", "A source of the program with this slug exists already."),
    "stock_items_code_key": ("/code", "A stock item of the program with this code exists already."),
    "stock_movements_reverses_key": ("", "The entry was put right already."),
    "stock_places_code_key": ("/code", "A place of the program with this code exists already."),
}
"""Unique constraints: where in the request the value stood, and what to say."""

PERIODS: dict[str, str] = {
    "affiliations_period_check": "/valid_until",
    "budgets_period_check": "/last_day",
    "leaves_period_check": "/last_day",
    "memberships_period_check": "/valid_until",
    "role_assignments_period_check": "/valid_until",
    "tokens_period_check": "/expires_at",
}
"""Checks that a period ends after it starts."""


REFERENCES: dict[str, tuple[str, str]] = {
    "expenses_grant_fkey": ("/grant_id", "The program has no such grant."),
    "expenses_movement_fkey": ("/movement_id", "The program has no such entry of its ledger."),
}
"""References: where in the request the id stood, and what to say."""

STOCK = frozenset({"stock_balances_on_hand_check", "stock_balances_reserved_check"})
"""Checks that nothing is given that is not there."""

RACES = frozenset(
    {
        "contribution_fingerprints_pkey",
        "eligibilities_attribute_key",
        "stock_movements_import_key",
        "stock_variants_code_key",
        "tenures_open_key",
    }
)
"""Unique constraints that hold back only a request that met another one: it may try again."""


def translate(error: asyncpg.PostgresError) -> DomainError | None:
    """The domain error that a database error stands for; None when it is a defect of ours."""
    name = getattr(error, "constraint_name", None) or ""
    match error:
        case asyncpg.UniqueViolationError() if name in UNIQUE:
            pointer, detail = UNIQUE[name]
            return AlreadyExists(detail, Fault("already_exists", detail, pointer=pointer))
        case asyncpg.UniqueViolationError() if name == "jobs_unique_dedupe_key":
            return AlreadyExists("The same job waits or runs already.")
        case asyncpg.UniqueViolationError() if name in RACES:
            return Busy("Another request is changing the same records; try again.")
        case asyncpg.CheckViolationError() if name in PERIODS or name in STOCK:
            return _broken(name)
        case asyncpg.ExclusionViolationError() if name == "budgets_period_excl":
            detail = "Another budget in this currency covers some of these days."
            return BudgetOverlap(detail, Fault("budget_overlap", detail, pointer="/first_day"))
        case asyncpg.ForeignKeyViolationError() if "is still referenced" in str(error.detail):
            return InUse("Other records depend on this one.")
        case asyncpg.ForeignKeyViolationError():
            return _unknown(name)
        case asyncpg.DataError():
            return Invalid("A value cannot be stored: it is out of range or not valid text.")
        case asyncpg.LockNotAvailableError() | asyncpg.DeadlockDetectedError():
            return Busy("Another request is changing the same records; try again.")
        case _:
            return None


def _broken(name: str) -> DomainError:
    if name in STOCK:
        return OutOfStock("There are not so many to give.")
    detail = "A period ends on or after the day that it starts."
    return Invalid(detail, Fault("period", detail, pointer=PERIODS[name]))


def _unknown(name: str) -> InvalidReference:
    if name not in REFERENCES:
        return InvalidReference(f"The request names a record that does not exist ({name}).")
    pointer, detail = REFERENCES[name]
    return InvalidReference(detail, Fault("invalid_reference", detail, pointer=pointer))
