"""What the service wires into the HTTP layer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from api.http.limits import Limits
from api.http.snapshot import Snapshot
from domain.store.database import Database


class Context(Struct, frozen=True):
    """One for each process; `clock` gives aware UTC times."""

    database: Database
    clock: Callable[[], datetime]
    limits: Limits
    snapshot: Snapshot
    max_body: int
    security_contact: str | None
