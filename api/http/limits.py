"""Rate limits, for each token and for each address without one (RateLimit fields, draft 11)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

from api.http.problems import HttpProblem
from api.http.request import RequestState

SUBMISSIONS = 15
"""Of so many requests without a token, one may leave something with us."""

WINDOW = 60
"""Seconds. Windows begin with the minute, so that all counts of a past one are dropped at once."""

Caller = tuple[str, str]

Shared = Callable[[str, int], Awaitable[int]]
"""Counts one more request of a caller in a minute since 1970, and says how many there were."""


class Limits:
    """How often a caller may call.

    The counts are this process's own, and so are the limits, unless they are `shared`.
    """

    def __init__(
        self,
        *,
        per_token: int,
        per_address: int,
        shared: Shared | None = None,
        capacity: int = 100_000,
    ) -> None:
        self.per_token, self.per_address = per_token, per_address
        self.shared, self.capacity = shared, capacity
        self.window = 0
        self.counts: dict[Caller, int] = {}

    async def admit_address(self, state: RequestState, at: datetime, *, told: bool) -> None:
        """Count a request without a good token: raises a 429 problem over the address's limit.

        Cacheable answers are not `told` the RateLimit fields: a shared cache would repeat them.
        """
        await self._admit(state, ("address", state.address), self.per_address, at, told=told)

    async def admit_submission(self, state: RequestState, at: datetime) -> None:
        """Count a record that somebody without a token makes: a 429 problem over its own limit."""
        limit = max(1, self.per_address // SUBMISSIONS)
        await self._admit(state, ("submitter", state.address), limit, at, told=True)

    async def admit_token(self, state: RequestState, token_id: UUID, at: datetime) -> None:
        """Count a request of a token: raises a 429 problem over its limit."""
        await self._admit(state, ("token", str(token_id)), self.per_token, at, told=True)

    async def _admit(
        self, state: RequestState, caller: Caller, limit: int, at: datetime, *, told: bool
    ) -> None:
        window, second = divmod(int(at.timestamp()), WINDOW)
        wait, kind = WINDOW - second, caller[0]
        if self.shared is not None:
            count = await self.shared(":".join(caller), window)
        else:
            count = self._count(caller, window)
        if told or count > limit:
            state.headers = state.headers | {
                "RateLimit-Policy": f'"{kind}";q={limit};w={WINDOW}',
                "RateLimit": f'"{kind}";r={max(0, limit - count)};t={wait}',
            }
        if count > limit:
            raise HttpProblem(
                429,
                "rate_limited",
                "There were too many requests",
                f"At most {limit} a minute for each {kind}; try again in {wait} s.",
                {"Retry-After": str(wait)},
            )

    def _count(self, caller: Caller, window: int) -> int:
        if window != self.window:
            self.window, self.counts = window, {}
        if caller not in self.counts and len(self.counts) >= self.capacity:
            caller = (caller[0], "")  # memory is bounded: whoever comes late shares one count
        self.counts[caller] = self.counts.get(caller, 0) + 1
        return self.counts[caller]
