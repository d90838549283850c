"""schemathesis against the live service: every check, good and bad data, and real links."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings

from tests.contract import fuzz_hooks, own, seed
from tests.contract.live import serving
from tests.contract.validator import document
from tests.database import OWNER, SERVICE, Databases, address

BUDGET = 12
"""Examples for each operation here; `make fuzz` takes hundreds."""

RULES = Path(__file__).with_name("schemathesis.toml").read_text()
CONFIG = schemathesis.Config.from_str(RULES)
contract: Any = schemathesis.openapi.from_dict(document(), config=CONFIG)
HEADERS = {"Authorization": f"Bearer {seed.TOKEN}"}

APPLY = "create_application"
ADMISSION = (
    APPLY,
    "create_round",
    "replace_own_vote",
    "get_tally",
    "decide_application",
    "get_ambassador",
)
"""What leads from an application to an ambassador, each operation by a link of the one before."""


def only(*operations: str) -> Any:
    """The contract of these operations alone, with the links between them, for good requests."""
    told = copy.deepcopy(document())
    for path, methods in list(told["paths"].items()):
        kept = {m: one for m, one in methods.items() if one["operationId"] in operations}
        for response in (r for one in kept.values() for r in one["responses"].values()):
            links = response.pop("links", {})
            response["links"] = {name: links[name] for name in operations if name in links}
        told["paths"][path] = kept
    good = schemathesis.Config.from_str(RULES.replace('mode = "all"', 'mode = "positive"'))
    return schemathesis.openapi.from_dict(told, config=good)


@contextmanager
def populated(databases: Databases) -> Iterator[str]:
    """A live service with some content."""
    with databases.fresh(databases.template, "fuzz") as name:
        asyncio.run(seed.fill(address(databases.url, name, OWNER)))
        with serving(address(databases.url, name, SERVICE)) as url:
            seed.populate(url)
            yield url


@pytest.fixture(scope="module")
def base_url(databases: Databases) -> Iterator[str]:
    """One for all the tests that call any operation."""
    with populated(databases) as url:
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


def test_links_lead_from_an_application_to_an_ambassador(databases: Databases) -> None:
    # Of its own: who has called every operation has changed the policy, too.
    made: list[str] = []
    reached: set[str] = set()

    class Walk(only(*ADMISSION).as_state_machine()):  # type: ignore[misc] -- made at run time
        linked = False

        def setup(self) -> None:
            # What an earlier walk has made answers otherwise each time: the draws would not repeat.
            made.clear()

        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            # Whoever applies has no vote on that: so nobody in particular does.
            return {"base_url": base_url, "headers": {} if name(case) == APPLY else HEADERS}

        def before_call(self, case: Any) -> None:
            """An id that no link gave becomes one of before, so that the walk goes on."""
            self.linked = case.path_parameters.get("application", ...) in [*made, ...]
            if not self.linked and made:
                case.path_parameters["application"] = made[-1]
            fit(case)

        def after_call(self, response: Any, case: Any) -> None:
            if response.status_code >= 300:
                return
            if self.linked:
                reached.add(name(case))
            if name(case) == APPLY:
                made.append(response.json()["id"])

    with populated(databases) as base_url:
        Walk.run(
            settings=settings(
                max_examples=BUDGET,
                stateful_step_count=16,
                deadline=None,
                derandomize=True,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
        )
    assert reached == set(ADMISSION)


def fit(case: Any) -> None:
    """Leave out what a generator cannot know: codes of a policy, and ids; a handle leads on."""
    if name(case) == APPLY:
        who = {"name": case.body["profile"]["name"]}
        case.body = {"profile": who, "handle": f"walker-{uuid4().hex}"}
    if name(case) in ("decide_application", "replace_own_vote"):
        for known in ("reason", "vouched", "person_id", "handle"):
            case.body.pop(known, None)


def name(case: Any) -> str:
    return case.operation.definition.raw["operationId"]
