"""A service that takes notes by the line and needs no database, for what real operations hide."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
from litestar import Litestar
from msgspec import Meta, Struct

from api.http import problems
from api.http.access import public
from api.http.answers import Answers
from api.http.context import Context
from api.http.cors import Cors
from api.http.endpoint import Routes
from api.http.front import Front
from api.http.limits import Limits
from api.http.lines import Lines
from api.http.serve import build
from api.http.snapshot import Snapshot
from domain.call import Call
from domain.errors import Conflict, Invalid
from domain.fetching import PUBLIC_ONLY
from domain.sealing import NO_SEALS
from domain.store.database import Database
from domain.vault import NO_VAULT

Text = Annotated[
    str,
    Meta(min_length=1, max_length=200, pattern=r"^[^\u0000-\u001f\u007f]*$", description="Words."),
]
Index = Annotated[int, Meta(ge=0, le=2**31 - 1, description="The number of the line, from 0.")]


class NewNote(Struct, frozen=True, forbid_unknown_fields=True):
    """A note, as it is sent."""

    text: Text


class NoteTaken(Struct, frozen=True):
    """What became of one line."""

    index: Index
    error: Annotated[str | None, Meta(description="Why it was refused.")]


class NotesCounted(Struct, frozen=True):
    """The last line."""

    taken: Annotated[int, Meta(ge=0, le=2**31 - 1, description="How many notes were taken.")]


class Process(Struct, frozen=True):
    """How this process is."""

    rss_kib: Annotated[int, Meta(ge=0, le=2**31 - 1, description="The most memory it ever used.")]
    spools: Annotated[int, Meta(ge=0, le=2**31 - 1, description="Files without a name.")]
    taken: Annotated[int, Meta(ge=0, le=2**31 - 1, description="How many notes were ever taken.")]


routes = Routes("Notes", "What somebody said.", prefix="")
taken: list[int] = [0]


@routes.post("/notes/bulk", public())
async def take_notes(call: Call, body: Lines[NewNote]) -> Answers[NoteTaken | NotesCounted]:
    """Take notes."""
    del call
    answers, count = Answers[NoteTaken | NotesCounted](), 0
    async for batch in body:
        results: list[NoteTaken | NotesCounted] = []
        for index, line in batch:
            try:
                note = body.decode(line)
            except Invalid as error:
                results.append(NoteTaken(index, error.faults[0].detail))
            else:
                if note.text == "conflict":
                    raise Conflict("This note conflicts with everything.")
                results.append(NoteTaken(index, None))
                count += 1
                taken[0] += 1
        answers.write(results)
    answers.write([NotesCounted(count)])
    return answers


@routes.get("/health/ready", public())
async def get_process(call: Call) -> Process:
    """Tell how this process is."""
    del call
    return Process(_peak(), _nameless(), taken[0])


def _peak() -> int:
    found = re.search(r"^VmHWM:\s+(\d+)", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1])


def _nameless() -> int:
    # Through listdir, because its own descriptor is closed by now and can't be read any more.
    links = (Path("/proc/self/fd") / name for name in os.listdir("/proc/self/fd"))  # noqa: PTH208
    return sum(" (deleted)" in str(link.readlink()) for link in links if link.is_symlink())


def decode(body: bytes) -> list[dict[str, Any]]:
    """The lines of an answer."""
    return [msgspec.json.decode(line) for line in body.splitlines()]


def build_front(*, max_body: int = 1 << 20, max_bulk: int = 1 << 31) -> Front:
    """The toy as an ASGI application."""
    database = Database()

    def clock() -> datetime:
        return datetime.now(UTC)

    context = Context(
        database=database,
        clock=clock,
        limits=Limits(per_token=10**6, per_address=10**6),
        snapshot=Snapshot(database, clock),
        max_body=max_body,
        max_bulk=max_bulk,
        security_contact=None,
        seals=NO_SEALS,
        vault=NO_VAULT,
        fetcher=PUBLIC_ONLY,
    )
    app = Litestar(
        route_handlers=[build(endpoint, context) for endpoint in routes.endpoints],
        exception_handlers={Exception: problems.handle},
        openapi_config=None,
        logging_config=None,
        request_max_body_size=None,
    )
    return Front(app, snapshot=context.snapshot, cors=Cors(frozenset()), trusted=())
