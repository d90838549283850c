"""`chancery doctor`: what is there, what is wrong, and what to do about it. It changes nothing."""

from __future__ import annotations

import os
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import asyncpg
import msgspec
from msgspec import Struct

from service import key_files, migrate, postgres
from service.binaries import PostgresError, find_binaries, version
from service.settings import Settings

PATIENCE = 5.0
"""Seconds that a database may take to answer."""

LEAST_FREE = 200 * 2**20
LITTLE_FREE = 2**30
"""Bytes of disk space."""

MOST_SKEW = 2.0
"""Seconds between our clock and the database's."""

MAJORS = range(15, 19)

FACTS = """
select
  current_setting('server_version_num')::int as version,
  current_database()::text as database,
  clock_timestamp() as time,
  array(
    select needed from unnest(array['btree_gist', 'pg_trgm']) as needed
    where not exists (select from pg_available_extensions where name = needed)
  ) as missing,
  current_user::text as role,
  rolsuper as is_superuser,
  rolcreaterole as makes_roles,
  has_schema_privilege('public', 'create') as makes_tables,
  exists (
    select from pg_class
    where relnamespace = 'public'::regnamespace and pg_has_role(relowner, 'usage')
  ) as owns_tables
from pg_roles
where rolname = current_user
"""


class Facts(Struct, frozen=True):
    """What the database says about itself and about the role that asks."""

    version: int
    database: str
    time: datetime
    missing: list[str]
    role: str
    is_superuser: bool
    makes_roles: bool
    makes_tables: bool
    owns_tables: bool


class Finding(Struct, frozen=True):
    """One thing that was looked at; the advice is empty when all is well."""

    level: Literal["ok", "warning", "error"]
    what: str
    advice: str = ""


async def examine(settings: Settings) -> list[Finding]:
    """Look at the machine, the data folder, the programs and the database."""
    findings = [_python(), _clock()]
    url = settings.database_url
    if url is None:
        findings += [_folder(settings.data_dir), _space(settings.data_dir)]
        findings += [_programs(settings)]
        try:
            server = postgres.status(settings.data_dir)
        except PostgresError as fault:
            return [*findings, Finding("error", "the server's state is unknown", str(fault))]
        if server is None:
            what = "the PostgreSQL of this data folder is not running"
            return [*findings, Finding("ok", what, "chancery serve starts it")]
        url = server.service_url
    else:
        findings += _keys(settings)
    return findings + await _database(url)


def render(findings: list[Finding]) -> str:
    """The findings as lines for a terminal, and a verdict."""
    lines: list[str] = []
    for finding in findings:
        lines.append(f"{finding.level:<8}{finding.what}")
        lines += [f"{'':8}{line}" for line in finding.advice.splitlines()]
    errors = sum(finding.level == "error" for finding in findings)
    warnings = sum(finding.level == "warning" for finding in findings)
    return "\n".join([*lines, "", f"{errors} errors, {warnings} warnings"])


def _python() -> Finding:
    found = f"Python {sys.version.split()[0]} ({sys.executable})"
    if sys.version_info < (3, 11):  # noqa: UP036  # the one place that is there to tell
        return Finding("error", found, "Chancery needs Python 3.11 or newer.")
    return Finding("ok", found)


def _clock() -> Finding:
    now = datetime.now(UTC)
    # No machine can run a release that was made after its own time.
    if now.year < 2026:
        return Finding("error", f"the clock says {now:%Y-%m-%d}", "Set the clock of this machine.")
    return Finding("ok", f"the clock says {now:%Y-%m-%d %H:%M} UTC")


def _existing(folder: Path) -> Path:
    return next(path for path in [folder, *folder.parents] if path.exists())


def _folder(data_dir: Path) -> Finding:
    there = _existing(data_dir)
    if not os.access(there, os.W_OK | os.X_OK):
        advice = "Set CHANCERY_DATA_DIR to a folder that this user may write."
        return Finding("error", f"this user may not write in {there}", advice)
    if there != data_dir:
        return Finding("ok", f"the data folder {data_dir} will be made by the first start")
    secrets = [data_dir / "postgres" / "credentials.json"]
    secrets += [data_dir / name for name in key_files.NAMES.values()]
    for secret in secrets:
        if secret.exists() and secret.stat().st_mode & 0o077:
            return Finding("error", f"others may read {secret}", f"Run: chmod 600 {secret}")
    return Finding("ok", f"the data folder is {data_dir}")


def _keys(settings: Settings) -> list[Finding]:
    kinds = (
        ("secret ballots", "BALLOT_KEYS", "ballot-key", settings.ballot_keys),
        ("addresses and codes", "DATA_KEYS", "data-key", settings.data_keys),
    )
    return [
        Finding("ok", f"there is a key for {what}")
        if keys
        else Finding(
            "warning",
            f"there is no key for {what}",
            f"Set CHANCERY_{name} to what chancery {command} prints.",
        )
        for what, name, command, keys in kinds
    ]


def _space(data_dir: Path) -> Finding:
    free = shutil.disk_usage(_existing(data_dir)).free
    what = f"{free / 2**30:.1f} GiB are free for {data_dir}"
    if free < LEAST_FREE:
        return Finding("error", what, "PostgreSQL stops when the disk is full. Make room.")
    return Finding("warning" if free < LITTLE_FREE else "ok", what)


def _programs(settings: Settings) -> Finding:
    try:
        folder = find_binaries(settings.postgres_bin)
        found = version(folder, None, Path("/"))
    except PostgresError as fault:
        return Finding("error", "PostgreSQL's programs cannot run", str(fault))
    what = f"PostgreSQL {found} in {folder}"
    wrote = settings.data_dir / "postgres" / "data" / "PG_VERSION"
    try:
        major = wrote.read_text().strip()
    except OSError:
        return Finding("ok", what)
    if found is not None and found.partition(".")[0] != major:
        advice = f"{wrote.parent} was written by PostgreSQL {major}; chancery serve says what to do"
        return Finding("error", what, advice)
    return Finding("ok", what)


async def _database(url: str) -> list[Finding]:
    faults = (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError)
    try:
        connection = await asyncpg.connect(url, timeout=PATIENCE, command_timeout=PATIENCE)
    except faults as fault:
        advice = f"{type(fault).__name__}: {fault}\nCheck CHANCERY_DATABASE_URL and the server."
        return [Finding("error", "the database cannot be reached", advice)]
    try:
        facts = msgspec.convert(await connection.fetchrow(FACTS), Facts)
        ours = datetime.now(UTC)
        return [
            of_server(facts),
            of_clocks(facts, ours),
            of_extensions(facts),
            await _schema(connection),
            _role(facts),
        ]
    except faults as fault:
        advice = f"{type(fault).__name__}: {fault}"
        return [Finding("error", "the database did not answer a question", advice)]
    finally:
        await connection.close(timeout=PATIENCE)


def of_server(facts: Facts) -> Finding:
    major, minor = divmod(facts.version, 10000)
    what = f"the database {facts.database} answers on PostgreSQL {major}.{minor}"
    if major not in MAJORS:
        return Finding("error", what, "Chancery is made for PostgreSQL 15 to 18.")
    return Finding("ok", what)


def of_clocks(facts: Facts, ours: datetime) -> Finding:
    skew = abs((facts.time - ours).total_seconds())
    if skew > MOST_SKEW:
        what = f"the database's clock is {skew:.0f} seconds away from ours"
        return Finding("warning", what, "Let both machines follow a time server (NTP).")
    return Finding("ok", "the database's clock agrees with ours")


def of_extensions(facts: Facts) -> Finding:
    if facts.missing:
        what = f"extensions are not available: {', '.join(facts.missing)}"
        return Finding("error", what, "They come with the server's contrib package. Install it.")
    return Finding("ok", "the extensions btree_gist and pg_trgm are available")


async def _schema(connection: asyncpg.Connection[asyncpg.Record]) -> Finding:
    try:
        await migrate.check(connection)
    except migrate.SchemaError as fault:
        return Finding("error", "the schema does not fit this release", str(fault))
    return Finding("ok", f"the schema is at revision {migrate.head()}")


def _role(facts: Facts) -> Finding:
    excess = {
        "is a superuser": facts.is_superuser,
        "may create roles": facts.makes_roles,
        "may create tables": facts.makes_tables,
        "owns tables": facts.owns_tables,
    }
    faults = [words for words, so in excess.items() if so]
    if faults:
        return Finding(
            "warning",
            f"the service role {facts.role} {', '.join(faults)}",
            "Nothing then protects the audit log from the service itself. Let CHANCERY_DATABASE_URL"
            "\nname a plain role, and CHANCERY_MIGRATION_DATABASE_URL the owner of the schema.",
        )
    return Finding("ok", f"the service role {facts.role} has no rights to change the schema")
