"""Strict decoding of path and query parameters: texts become what their declared types say."""

from __future__ import annotations

import datetime as dt
import re
import types
import uuid
from collections.abc import Callable
from functools import cache
from typing import Any, Union, get_args, get_origin
from urllib.parse import unquote_to_bytes

import msgspec
from msgspec import Struct

from api.http.decode import split
from domain.errors import Fault, Invalid

CONTROL = re.compile("[\x00-\x1f\x7f]")
INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})\Z")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
UUID_TEXT = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
BROKEN_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")

NOT_TEXT = "It is not UTF-8 text without control characters."

Reader = Callable[[str], Any]
"""From the text of a parameter to the JSON value that it stands for. Raises ValueError."""


class Parameters(Struct, frozen=True):
    """The parameters of one operation; those named in `lists` may be repeated."""

    type: type[Struct]
    readers: dict[str, Reader]
    lists: frozenset[str]


class Nothing(Struct, frozen=True):
    """The query of an operation without query parameters."""


@cache
def parameters(type_: type[Struct]) -> Parameters:
    """How to read the fields of a Struct from texts; worked out once for each Struct."""
    readers: dict[str, Reader] = {}
    lists: set[str] = set()
    for field in msgspec.structs.fields(type_):
        kind = bare(field.type)
        if get_origin(kind) in (list, tuple):
            lists.add(field.encode_name)
            kind = bare(get_args(kind)[0])
        readers[field.encode_name] = READERS.get(kind, str)
    return Parameters(type_, readers, frozenset(lists))


def bare(type_: Any) -> Any:
    """A field's type without Annotated, None and UNSET."""
    origin = get_origin(type_)
    if origin in (Union, types.UnionType):
        rest = [a for a in get_args(type_) if a not in (type(None), msgspec.UnsetType)]
        return bare(rest[0]) if len(rest) == 1 else type_
    return bare(get_args(type_)[0]) if hasattr(type_, "__metadata__") else type_


def decode_query(query: bytes, type_: type[Struct]) -> Any:
    """Decode a query string. Raises `Invalid` that names the parameter."""
    known = parameters(type_)
    values: dict[str, Any] = {}
    for part in query.split(b"&"):
        if not part:
            continue
        raw_name, _, raw_value = part.partition(b"=")
        name, text = _text(raw_name), _text(raw_value)
        if name is None or name not in known.readers:
            raise Invalid(
                "There is no such query parameter here.",
                Fault("unknown_parameter", "It is not known here.", parameter=(name or "?")[:60]),
            )
        if text is None:
            raise refused(name, NOT_TEXT)
        value = _read(known, name, text)
        if name in known.lists:
            values.setdefault(name, []).append(value)
        elif name in values:
            raise refused(name, "It is given more than once.")
        else:
            values[name] = value
    return _convert(values, type_)


def decode_path(texts: dict[str, str], type_: type[Struct]) -> dict[str, Any]:
    """Decode the path's parameters. Raises `Invalid` that names one."""
    known = parameters(type_)
    for name in known.readers:
        # Servers decode the path, and put U+FFFD where it was not UTF-8.
        if CONTROL.search(texts[name]) or "\N{REPLACEMENT CHARACTER}" in texts[name]:
            raise refused(name, NOT_TEXT)
    values = {name: _read(known, name, texts[name]) for name in known.readers}
    return msgspec.structs.asdict(_convert(values, type_))


def refused(name: str, detail: str) -> Invalid:
    """The error for a parameter that is not as declared."""
    return Invalid(
        f"The parameter {name!r} is not valid.", Fault("parameter", detail, parameter=name)
    )


def without(query: bytes, name: str) -> list[bytes]:
    """The parts of a query string that are not the parameter `name`, however it is spelled."""
    return [part for part in query.split(b"&") if part and _text(part.partition(b"=")[0]) != name]


def _text(raw: bytes) -> str | None:
    if BROKEN_ESCAPE.search(raw):
        return None
    try:
        text = unquote_to_bytes(raw.replace(b"+", b" ")).decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if CONTROL.search(text) else text


def _read(known: Parameters, name: str, text: str) -> Any:
    try:
        return known.readers[name](text)
    except ValueError as error:
        raise refused(name, str(error)) from None


def _convert(values: dict[str, Any], type_: type[Struct]) -> Any:
    try:
        return msgspec.convert(values, type_, strict=True)
    except msgspec.ValidationError as error:
        sentence, where = split(error)
        raise refused(where.split("/")[1] if where else "query", sentence) from None


def _integer(text: str) -> int:
    if INTEGER.match(text) is None:
        raise ValueError("Expected an integer")
    return int(text)


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError("Expected `true` or `false`")
    return text == "true"


def _day(text: str) -> str:
    if DAY.match(text) is None:
        raise ValueError("Expected a day as YYYY-MM-DD")
    return text


def _uuid(text: str) -> str:
    if UUID_TEXT.match(text) is None:
        raise ValueError("Expected a UUID")
    return text


READERS: dict[Any, Reader] = {int: _integer, bool: _boolean, dt.date: _day, uuid.UUID: _uuid}
"""The types whose text has a stricter form than msgspec would take; every other type reads text."""
