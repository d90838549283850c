"""`chancery source run`: one look, told in words."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import asyncpg
import pytest
from click.testing import CliRunner, Result

from service.cli import main
from tests.connected import rss
from tests.database import Databases
from tests.world import POLICY

Run = Callable[..., Result]


class Site(BaseHTTPRequestHandler):
    """A feed, as long as it is there."""

    body: bytes | None = None

    def do_GET(self) -> None:
        self.send_response(404 if self.body is None else 200)
        self.end_headers()
        self.wfile.write(self.body or b"Not here")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where the feed is; the command runs its own event loop, so that this is a thread."""
    monkeypatch.setattr(Site, "body", None)
    server = HTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/feed.xml"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch,
    databases: Databases,
    database_url: str,
    tmp_path: Path,
    site: str,
) -> Run:
    """Runs a command on a new program with a source that reads the site."""
    for name in [name for name in os.environ if name.startswith("CHANCERY_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CHANCERY_DATABASE_URL", database_url)
    monkeypatch.setenv("CHANCERY_FETCH_ALLOW", "127.0.0.0/8")

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments, prog_name="chancery")

    path = tmp_path / "demo.yaml"
    path.write_text(json.dumps({"slug": "demo", "policy": POLICY}))
    assert call("program", "apply", str(path)).exit_code == 0
    made = call("source", "create", "--program", "demo", "--slug", "blog", "--name", "Blog")
    assert made.exit_code == 0, made.output
    settings = json.dumps(
        {
            "kind": "feed",
            "url": site,
            "type": "article",
            "author": {"identity": "github:5501911"},
        }
    )

    async def connect() -> None:
        raw = await asyncpg.connect(database_url)
        try:
            await raw.execute(
                """insert into connectors (program_id, source_id, kind, settings, state, failures,
                                           created, updated, unchanged, rejected)
                   select program_id, id, 'feed', $1, 'paused', 0, 0, 0, 0, 0 from sources""",
                settings,
            )
        finally:
            await raw.close()

    databases.run(connect)
    return call


def test_what_is_new_is_recorded_and_counted(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    body = rss(("a", "Queues without tears"), ("b", "Topics for everybody"))
    # The command reads the real clock, which may be before what tests call today.
    monkeypatch.setattr(Site, "body", body.replace("2026", "2024").encode())
    for counts in (
        "2 created, 0 rejected, 0 skipped, 0 unchanged, 0 updated",
        "0 created, 0 rejected, 0 skipped, 2 unchanged, 0 updated",
    ):
        done = run("source", "run", "blog", "--program", "demo")
        assert (done.exit_code, done.output) == (0, f"done: {counts}\n")


def test_what_cannot_be_read_is_told(run: Run) -> None:
    failed = run("source", "run", "blog", "--program", "demo")
    assert failed.exit_code == 1
    assert failed.output.startswith("nothing could be read: ")
    assert "404" in failed.output


def test_a_source_without_a_connector_is_refused(run: Run) -> None:
    run("source", "create", "--program", "demo", "--slug", "bot", "--name", "Bot")
    refused = run("source", "run", "bot", "--program", "demo")
    assert refused.exit_code != 0
    assert "has no connector" in refused.output
    missing = run("source", "run", "nothing", "--program", "demo")
    assert missing.exit_code != 0
