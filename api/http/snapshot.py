"""Public answers kept as ready bytes, until a commit anywhere changes public data."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from api.http.caching import Ready
from api.http.negotiation import wants_gzip
from api.http.request import state_of
from domain.store.database import Database

Place = tuple[str, bytes, bool]

AGE = timedelta(seconds=60)
"""Some public answers change with the date alone, which no commit tells."""


class Kept(Struct, frozen=True):
    """An answer, and when it was read."""

    ready: Ready
    at: datetime


class Snapshot:
    """A bounded store of answers to anonymous GETs; never used while the listener is down."""

    def __init__(
        self, database: Database, clock: Callable[[], datetime], *, capacity: int = 64 << 20
    ) -> None:
        self.database, self.clock, self.capacity = database, clock, capacity
        self.answers: OrderedDict[Place, Kept] = OrderedDict()
        self.changes, self.size = database.changes, 0

    def find(self, scope: Any) -> Ready | None:
        """The answer to a request, if it was given since the last change."""
        if not self._fresh():
            return None
        where = place(scope)
        kept = self.answers.get(where)
        if kept is None or not kept.at <= self.clock() < kept.at + AGE:
            return None
        self.answers.move_to_end(where)
        return kept.ready

    def keep(self, scope: Any, ready: Ready, *, changes: int, at: datetime) -> None:
        """Keep an answer that was read when `changes` changes were known, unless more came."""
        if not self._fresh() or changes != self.changes or ready.status != 200:
            return
        where = place(scope)
        if weight(where, ready) > self.capacity // 16:
            return
        self._drop(where)
        self.answers[where] = Kept(ready, at)
        self.size += weight(where, ready)
        while self.size > self.capacity:
            self._drop(next(iter(self.answers)))

    def _drop(self, where: Place) -> None:
        kept = self.answers.pop(where, None)
        if kept is not None:
            self.size -= weight(where, kept.ready)

    def _fresh(self) -> bool:
        if self.changes != self.database.changes:
            self.answers.clear()
            self.changes, self.size = self.database.changes, 0
        return self.database.listening


def place(scope: Any) -> Place:
    """What tells answers apart: path, query and encoding."""
    gzipped = wants_gzip(state_of(scope).sent.get("accept-encoding"))
    return scope["path"], scope["query_string"], gzipped


def weight(where: Place, ready: Ready) -> int:
    """About how many bytes of memory an answer takes."""
    return len(ready.body) + len(where[0]) + len(where[1]) + 2000
