"""Failures that a user can expect and mend, as lines without a traceback."""

from __future__ import annotations

import asyncpg

from domain.errors import DomainError, Fault
from service.binaries import PostgresError
from service.examples import BadFile
from service.migrate import SchemaError
from service.settings import SettingsError


class Refused(Exception):
    """A command can't do what it was asked for; one line for each argument says why."""


def lines(error: Exception) -> list[str] | None:
    """What to tell about a failure; None for a defect of ours."""
    match error:
        case Refused():
            return [str(line) for line in error.args]
        case DomainError():
            return [_placed(fault) for fault in error.faults] or [error.detail]
        case SettingsError() | SchemaError() | PostgresError() | BadFile():
            return str(error).splitlines()
        case asyncpg.PostgresError() | asyncpg.InterfaceError() | OSError():
            # Its further lines quote records and statements.
            said = str(error).splitlines() or [type(error).__name__]
            return [f"the database or the network failed: {said[0]}"]
        case _:
            return None


def _placed(fault: Fault) -> str:
    return f"{fault.pointer or fault.parameter or '/'}: {fault.detail}"
