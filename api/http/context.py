"""What the service wires into the HTTP layer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from api.http.limits import Limits
from api.http.snapshot import Snapshot
from domain.fetching import Fetcher
from domain.sealing import Seals
from domain.store.database import Database
from domain.vault import Vault


class Context(Struct, frozen=True):
    """One for each process; `clock` gives aware UTC times.

    `max_body` and `max_bulk` are bytes of a body that is read whole, and as it arrives.
    """

    database: Database
    clock: Callable[[], datetime]
    limits: Limits
    snapshot: Snapshot
    max_body: int
    max_bulk: int
    security_contact: str | None
    seals: Seals
    vault: Vault
    fetcher: Fetcher
