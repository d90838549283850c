"""Fixtures for every test; databases come from `tests/database.py`."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator

import httpx
import hypothesis
import pytest

from service.app import App, create_app
from service.settings import Settings
from tests.contract.validator import check_response
from tests.outside import LOOPBACK, Outside, serving
from tests.private import Watch
from tests.world import BALLOT_KEY, DATA_KEY, NOW, Clock, World

pytest_plugins = ["tests.database", "tests.leaks"]

# A busy machine is no fault of what is tested: speed is measured in bench/.
hypothesis.settings.register_profile("untimed", hypothesis.settings.default, deadline=None)
hypothesis.settings.load_profile("untimed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse two tests with one id: pytest-xdist would run one of them, and say nothing."""
    twins = [one for one, count in Counter(item.nodeid for item in items).items() if count > 1]
    if twins:
        raise pytest.UsageError(f"These tests have the ids of others: {', '.join(twins)}")


def settings(database_url: str) -> Settings:
    """Limits that no test meets by chance."""
    return Settings.from_environ(
        {
            "CHANCERY_DATABASE_URL": database_url,
            "CHANCERY_RATE_LIMIT_PER_MINUTE": "1000000",
            "CHANCERY_RATE_LIMIT_ANONYMOUS_PER_MINUTE": "1000000",
            "CHANCERY_POOL_SIZE": "5",
            "CHANCERY_BALLOT_KEYS": BALLOT_KEY,
            "CHANCERY_DATA_KEYS": DATA_KEY,
            "CHANCERY_FETCH_ALLOW": ",".join(map(str, LOOPBACK)),
        }
    )


@pytest.fixture
async def outside() -> AsyncIterator[Outside]:
    """A server of others on this machine's loopback."""
    async with serving() as server:
        yield server


@pytest.fixture(scope="session")
def wired() -> tuple[App, Clock]:
    """The service, wired once: that takes longer than most tests. It is not open yet."""
    clock = Clock()
    return create_app(settings("postgresql://nobody@localhost/none"), clock=clock.read), clock


@pytest.fixture
def clock(wired: tuple[App, Clock]) -> Clock:
    """The service's time in this test."""
    clock = wired[1]
    clock.now = NOW
    return clock


@pytest.fixture
async def app(wired: tuple[App, Clock], database_url: str, clock: Clock) -> AsyncIterator[App]:
    """The whole service on this test's own database."""
    app = wired[0]
    app.settings = settings(database_url)
    # A machine that has much else to do is no fault of the service.
    app.database.patience = 30
    async with app.lifespan():
        yield app


@pytest.fixture
async def world(app: App, owner_url: str, clock: Clock, watch: Watch) -> AsyncIterator[World]:
    """Builders on the test's service, and a client that calls it over HTTP."""
    transport = httpx.ASGITransport(app.front, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport,
        base_url="http://chancery.test",
        event_hooks={"request": [watch.see], "response": [check_response]},
    ) as client:
        yield World(app.database, client, owner_url, clock)
