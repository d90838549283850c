"""What has to be right about a connector's settings before it works with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import urlsplit

from domain.errors import Fault
from domain.rules import sheet_cells, sheets
from domain.rules.connectors import (
    Calendar,
    ConnectorKind,
    Feed,
    GitHub,
    Settings,
    Sheet,
    SheetField,
    kind_of,
)
from domain.rules.contributions import Named
from domain.rules.policy import Policy

AT = "/connector"
"""Where the settings stand in the body of a request."""

SENT = frozenset("\t" + "".join(map(chr, range(0x20, 0x7F))))
"""What a header may hold."""


def faults(policy: Policy, settings: Settings) -> list[Fault]:
    """What is wrong with settings, and where.

    People who are named in them are looked for when an entry is recorded, as in every post.
    """
    match settings:
        case GitHub():
            return list(_of_github(policy, settings))
        case Feed():
            people = _people({"author": settings.author}, {"authors": settings.authors})
        case Calendar():
            people = _people({"participant": settings.participant}, {"people": settings.people})
        case Sheet():
            return list(_of_sheet(policy, settings))
    types = _unknown(policy, [("/type", settings.type)])
    return [*types, *_of_url(settings.url), *people]


def secret_faults(settings: Settings, secret: str | None) -> list[Fault]:
    """What is wrong with the secret that a connector of this kind has, or has not."""
    kind = kind_of(settings)
    if kind is ConnectorKind.GITHUB and not secret:
        return [_fault("required", "/secret", "GitHub signs with a secret: say the same here.")]
    if kind is ConnectorKind.SHEET and secret is not None:
        return [_fault("unexpected", "/secret", "What is uploaded needs no secret.")]
    if kind is not ConnectorKind.GITHUB and secret is not None and not SENT.issuperset(secret):
        detail = "It is sent as the header `Authorization`: only ASCII characters on one line."
        return [_fault("secret", "/secret", detail)]
    return []


def moved(before: Settings, after: Settings) -> bool:
    """Whether what was told in confidence to one address would now be sent to another."""
    if not isinstance(before, Feed | Calendar) or not isinstance(after, Feed | Calendar):
        return False
    return _origin(before.url) != _origin(after.url)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80}.get(parts.scheme, 443)


def _of_url(url: str) -> Iterator[Fault]:
    try:
        parts = urlsplit(url)
        named = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        named = False
    if not named:
        yield _fault("address", "/url", "Expected an http or https URL with the name of a host.")
    elif "@" in urlsplit(url).netloc:
        detail = "Say who asks in `secret`, not in the address, which everybody here can read."
        yield _fault("address", "/url", detail)


def _of_github(policy: Policy, settings: GitHub) -> Iterator[Fault]:
    if not settings.types:
        yield _fault("required", "/types", "Say for at least one event which type it is.")
    yield from _unknown(
        policy, [(f"/types/{event.value}", type) for event, type in settings.types.items()]
    )


def _of_sheet(policy: Policy, settings: Sheet) -> Iterator[Fault]:
    if settings.type is not None:
        yield from _unknown(policy, [("/type", settings.type)])
    elif SheetField.TYPE not in settings.columns:
        yield _fault("required", "/type", "Say which type each row is, or in which column it is.")
    for field in (SheetField.TITLE, SheetField.OCCURRED_ON):
        if field not in settings.columns:
            yield _fault("required", "/columns", f"Say in which column `{field.value}` is.")
    if not settings.columns.keys() & {SheetField.AMBASSADOR, SheetField.IDENTITY}:
        detail = "Say in which column `ambassador` or `identity` is: who did it."
        yield _fault("required", "/columns", detail)
    known: set[str] = set()
    for field, name in settings.columns.items():
        if (heading := sheets.heading(name)) in known:
            detail = f"Another field is read from the column '{name}' already."
            yield _fault("repeated", f"/columns/{field.value}", detail)
        known.add(heading)
    if settings.day_format is not None:
        try:
            sheet_cells.precision(settings.day_format)
        except ValueError as error:
            yield _fault("day_format", "/day_format", str(error))


def _unknown(policy: Policy, types: Iterable[tuple[str, str]]) -> Iterator[Fault]:
    for pointer, type in types:
        if type not in policy.contribution_types:
            detail = f"The policy has no contribution type '{type}'."
            yield _fault("invalid_reference", pointer, detail)


def _people(
    alone: Mapping[str, Named | None], many: Mapping[str, Mapping[str, Named]]
) -> Iterator[Fault]:
    named = [(f"/{field}", one) for field, one in alone.items() if one is not None]
    for field, people in many.items():
        named += [(f"/{field}/{_escaped(name)}", one) for name, one in people.items()]
    for pointer, one in named:
        if (one.ambassador, one.identity, one.person).count(None) != 2:
            detail = "Name somebody by `ambassador`, `identity` or `person`: by one of them."
            yield _fault("participant", pointer, detail)


def _escaped(name: str) -> str:
    """A name as a JSON Pointer has it (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def _fault(code: str, pointer: str, detail: str) -> Fault:
    return Fault(code, detail, pointer=AT + pointer)
