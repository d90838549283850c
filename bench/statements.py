"""What one PUT runs on the database, recorded from the service itself, and the same for pgbench."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

import asyncpg
import httpx
import msgspec
from asyncpg.connection import LoggedQuery
from msgspec import Struct

from bench import invented, lines
from service.app import create_app
from service.settings import Settings

FIRST = 8_880_001
NUMBERS = (FIRST - lines.CYCLE, FIRST, FIRST + lines.CYCLE)
"""Contributions that differ in nothing but their numbers, which occur in nothing else."""

PERSON = 1234
"""Whose they are."""


BEGIN = """\\set n :n + 1
\\set m :n * 64 + :client_id
\\set p random(1, :people)
begin;"""

OTHERS = ("begin", "commit")
"""How statements begin that only begin and end a transaction."""


class Ran(Struct, frozen=True):
    """A statement with its arguments, and PostgreSQL's names of their types."""

    sql: str
    arguments: Sequence[Any]
    types: list[str]


class Script(Struct, frozen=True):
    """A script for pgbench, and the variables that it is given."""

    text: str
    variables: dict[str, str]
    statements: int


Put = Callable[[int, int], tuple[str, dict[str, str], dict[str, Any]]]
"""Path, headers and body of the PUT of a numbered contribution of a numbered person."""


async def script(service_url: str, put: Put) -> Script:
    """The statements of one PUT of a new contribution, for pgbench to run in one transaction.

    What differs from one PUT to the next differs from one run of the script to the next.
    """
    settings = Settings.from_environ(
        {"CHANCERY_DATABASE_URL": service_url, "CHANCERY_POOL_SIZE": "1"}
    )
    app = create_app(settings)
    transport = httpx.ASGITransport(app.front)
    runs: list[list[Ran]] = []
    async with app.lifespan(), httpx.AsyncClient(transport=transport, base_url="http://b") as http:
        # Once without looking: what is kept in memory from then on is asked for only once.
        for number in NUMBERS:
            logged: list[LoggedQuery] = []
            async with app.database.pool.acquire() as raw:
                raw.add_query_logger(logged.append)
            path, headers, body = put(number, PERSON)
            answer = await http.put(path, headers=headers, json=body)
            answer.raise_for_status()
            async with app.database.pool.acquire() as raw:
                raw.remove_query_logger(logged.append)
                runs.append([await _typed(raw, one) for one in logged if _counts(one.query)])
    _, first, second = runs
    if [one.sql for one in first] != [one.sql for one in second]:
        raise RuntimeError("Two PUTs of new contributions run different statements.")
    return _script(first, second)


def _counts(sql: str) -> bool:
    """Whether a statement does something in the transaction, and does not only begin or end it."""
    return not sql.startswith(OTHERS)


async def _typed(raw: Any, one: LoggedQuery) -> Ran:
    prepared: asyncpg.prepared_stmt.PreparedStatement[Any] = await raw.prepare(one.query)
    return Ran(one.query, list(one.args), [each.name for each in prepared.get_parameters()])


def _script(first: Sequence[Ran], second: Sequence[Ran]) -> Script:
    variables: dict[str, str] = {}
    fresh: dict[UUID, int] = {}
    text = [BEGIN]
    for place, (one, other) in enumerate(zip(first, second, strict=True)):
        written: list[str] = []
        pairs = zip(one.arguments, other.arguments, one.types, strict=True)
        for argument, (value, again, kind) in enumerate(pairs):
            name = f"v{place}_{argument}"
            written.append(_expression(value, again, kind, name, variables, fresh))
        text.append(_with(one.sql, written))
    return Script("\n".join([*text, "commit;", ""]), variables, len(first))


def _expression(
    value: Any, again: Any, kind: str, name: str, variables: dict[str, str], fresh: dict[UUID, int]
) -> str:
    """SQL for an argument: a variable, or what makes another value of its kind at each run."""
    if kind.endswith("[]") and (value != again or kind == "uuid[]"):
        inner = [
            _expression(one, other, kind[:-2], f"{name}_{n}", variables, fresh)
            for n, (one, other) in enumerate(zip(value, again, strict=True))
        ]
        return f"array[{', '.join(inner)}]::{kind}"
    match value:
        case None:
            return f"null::{kind}"
        case UUID() if str(value) == invented.text_of("a", PERSON):
            return invented.name_of("a", ":p::int")
        case UUID() if value != again:
            # In order of time, as the service's own ids are.
            number = fresh.setdefault(value, len(fresh))
            return f"('7f' || lpad(to_hex(:m::bigint * 16 + {number}), 30, '0'))::uuid"
        case bytes() if value != again:
            return f"decode(md5(:m || '{name}'), 'hex')"
        case _:
            pass
    variables[name] = text = _text(value, kind)
    shown = f":{name}::text"
    if str(FIRST) in text:
        shown = f"replace({shown}, '{FIRST}', :m::text)"
    if (known := str(lines.FIRST_SUBJECT + PERSON)) in text:
        shown = f"replace({shown}, '{known}', ({lines.FIRST_SUBJECT} + :p::int)::text)"
    return f"({shown})::{kind}" if shown.startswith("replace") else f":{name}::{kind}"


def _text(value: Any, kind: str) -> str:
    """A value as PostgreSQL reads it."""
    if kind == "jsonb":
        return msgspec.json.encode(value).decode()
    match value:
        case bool():
            return str(value).lower()
        case bytes():
            return f"\\x{value.hex()}"
        case datetime() | date():
            return value.isoformat()
        case list() | tuple():
            inner = (
                "null" if one is None else json.dumps(_text(one, kind[:-2]))
                for one in cast("Sequence[Any]", value)
            )
            return "{" + ",".join(inner) + "}"
        case _:
            return str(value)


def _with(sql: str, written: Sequence[str]) -> str:
    """A statement on one line with expressions in the place of `$n`, without comments."""
    kept = (line for line in sql.splitlines() if not line.lstrip().startswith("--"))
    text = " ".join(" ".join(kept).split())
    for n in range(len(written), 0, -1):
        text = text.replace(f"${n}", f"\0{n}\0")
    for n, one in enumerate(written, 1):
        text = text.replace(f"\0{n}\0", one)
    return text + ";"
