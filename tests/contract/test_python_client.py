"""A client generated from the document, used against the live service."""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract import seed
from tests.contract.live import serving
from tests.database import OWNER, SERVICE, Databases, address

SEEDED = ("meetups", "sheets")
COMMITTED = Path(__file__).parents[2] / "openapi.yaml"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The generated package, importable; a warning of the generator is a fault of the document."""
    where = tmp_path_factory.mktemp("client")
    config = where / "config.yaml"
    config.write_text(
        "project_name_override: invented\n"
        "package_name_override: invented_client\n"
        "post_hooks: []\n"
        "content_type_overrides:\n"
        "  application/yaml: application/octet-stream\n"
        "  application/schema+json: application/json\n"
        "  application/x-ndjson: application/octet-stream\n"
        "  application/merge-patch+json: application/json\n"
        "  text/csv: application/octet-stream\n"
    )
    made = subprocess.run(
        [
            str(Path(sys.executable).with_name("openapi-python-client")),
            "generate",
            f"--path={COMMITTED}",
            f"--config={config}",
            "--meta=none",
            f"--output-path={where / 'invented_client'}",
            "--fail-on-warning",
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=where,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    sys.path.insert(0, str(where))
    yield "invented_client"
    sys.path.remove(str(where))


@pytest.fixture(scope="module")
def base_url(databases: Databases) -> Iterator[str]:
    with databases.fresh(databases.template, "client") as name:
        asyncio.run(seed.fill(address(databases.url, name, OWNER)))
        with serving(address(databases.url, name, SERVICE)) as url:
            seed.populate(url)
            yield url


UNMANAGED = {
    "api.posting.post_contributions",
    "api.webhooks.receive_webhook",
}
"""The generator knows no body of several media types, and none that is an array (its template
leaves out an import and asks `isinstance` of `list[...]`); docs/contributions.md shows how to send
lines, and GitHub needs no client."""


def test_every_module_can_be_imported(package: str) -> None:
    root = importlib.import_module(package)
    names = [one.name for one in pkgutil.walk_packages(root.__path__, f"{package}.")]
    assert len(names) > 100
    for name in names:
        if name.removeprefix(f"{package}.") not in UNMANAGED:
            importlib.import_module(name)


def test_it_puts_a_contribution(package: str, base_url: str) -> None:
    def module(name: str) -> Any:
        return importlib.import_module(f"{package}.{name}")

    body = module("models").ContributionBody.from_dict(
        {
            "type": "talk",
            "title": "Queues without tears",
            "occurred_on": "2026-01",
            "participants": [{"identity": "github:5501911"}],
        }
    )
    put = module("api.posting.put_contribution").sync
    with module("client").AuthenticatedClient(base_url=base_url, token=seed.TOKEN) as client:
        (token,) = module("api.tokens.list_tokens").sync(client=client).items
        source = module("models").NewSource.from_dict(
            {"slug": "meetup-bot", "name": "Meetup bot", "tokens": [str(token.id)]}
        )
        module("api.sources.create_source").sync("demo", client=client, body=source)
        told = [put("demo", "meetup-bot", "k1", client=client, body=body) for _ in range(2)]
    assert [one.result for one in told] == ["created", "unchanged"]
    assert told[0].contribution.id == told[1].contribution.id


def test_it_tells_connectors_apart(package: str, base_url: str) -> None:
    def module(name: str) -> Any:
        return importlib.import_module(f"{package}.{name}")

    get = module("api.sources.get_source").sync
    with module("client").AuthenticatedClient(base_url=base_url, token=seed.TOKEN) as client:
        settings = [get("demo", one, client=client).connector.settings for one in SEEDED]
    assert [type(one).__name__ for one in settings] == ["CalendarSettings", "SheetSettings"]


def test_it_reads_and_tells_problems_apart(package: str, base_url: str) -> None:
    def module(name: str) -> Any:
        return importlib.import_module(f"{package}.{name}")

    with module("client").Client(base_url=base_url) as client:
        programs = module("api.programs.list_programs").sync(client=client)
        assert [program.slug for program in programs.items] == ["demo"]
        program = module("api.programs.get_program").sync("demo", client=client)
        assert program.name == "Invented Ambassadors"
        problem = module("api.programs.get_program").sync("nowhere", client=client)
    assert isinstance(problem, module("models").Problem)
    assert (problem.status, problem.code) == (404, "not_found")


def test_it_changes_with_a_token(package: str, base_url: str) -> None:
    def module(name: str) -> Any:
        return importlib.import_module(f"{package}.{name}")

    body = module("models").ProgramPatch.from_dict({"status": "archived"})
    with module("client").AuthenticatedClient(base_url=base_url, token=seed.TOKEN) as client:
        changed = module("api.programs.update_program").sync("demo", client=client, body=body)
    assert changed.status == "archived"
