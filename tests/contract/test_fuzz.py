"""schemathesis against the live service: every check, good and bad data, and real links."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings

from tests.contract import fuzz_hooks, own, seed
from tests.contract.live import serving
from tests.contract.validator import document
from tests.database import OWNER, SERVICE, Databases, address

BUDGET = 12
"""Examples for each operation here; `make fuzz` takes hundreds."""

CONFIG = schemathesis.Config.from_path(Path(__file__).with_name("schemathesis.toml"))
contract: Any = schemathesis.openapi.from_dict(document(), config=CONFIG)
HEADERS = {"Authorization": f"Bearer {seed.TOKEN}"}


@pytest.fixture(scope="module")
def base_url(databases: Databases) -> Iterator[str]:
    """A live service with some content, for all the tests of this file."""
    with databases.fresh(databases.template, "fuzz") as name:
        asyncio.run(seed.fill(address(databases.url, name, OWNER)))
        with serving(address(databases.url, name, SERVICE)) as url:
            seed.populate(url)
            fuzz_hooks.OWN |= own.ids(url, seed.TOKEN)
            yield url
            assert own.is_good(url, seed.TOKEN), "the fuzzer locked itself out"


@contract.parametrize()
@settings(
    max_examples=BUDGET,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_operation_keeps_the_contract(case: Any, base_url: str) -> None:
    case.call_and_validate(base_url=base_url, headers=HEADERS)


def test_links_lead_where_they_say(base_url: str) -> None:
    class Walk(contract.as_state_machine()):  # type: ignore[misc] -- made at run time
        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"base_url": base_url, "headers": HEADERS}

    Walk.run(
        settings=settings(
            max_examples=BUDGET,
            stateful_step_count=8,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
    )
