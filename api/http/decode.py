"""Strict decoding of request bodies: nothing is coerced, every fault is pointed at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, cast

import msgspec
from msgspec import Meta

from domain.errors import Fault, Invalid

DEPTH = 64
"""How deep a body may nest; what walks it later may recurse without fear."""

SHOWN = 200
"""How much of a decoder's own words is repeated: they may quote what was sent."""

AT = re.compile(r" - at (?P<key>`key` in )?`\$(?P<path>[^`]*)`$")
NAMED = re.compile(r"(?:unknown|required) field `(?P<name>.*)`$", re.DOTALL)
STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")
TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)


def pointer(path: str) -> str:
    """The RFC 6901 pointer for msgspec's `.a.b[0]`, up to where it names no key (`[...]`)."""
    steps: list[str] = []
    for name, index in STEP.findall(path):
        if index == "...":
            break
        steps.append(name or index)
    return "".join("/" + escaped(step) for step in steps)


def escaped(step: str) -> str:
    """One step of an RFC 6901 pointer."""
    return step.replace("~", "~0").replace("/", "~1")


def split(error: msgspec.ValidationError) -> tuple[str, str]:
    """The sentence of a msgspec error and the pointer to where it happened."""
    text = str(error)
    found = AT.search(text)
    sentence = text[: found.start()] if found else text
    where = pointer(found["path"]) if found else ""
    if named := NAMED.search(sentence):
        where += "/" + escaped(named["name"][:SHOWN])
    return sentence[:SHOWN], where


def decode_body(data: bytes, type_: Any) -> Any:
    """Decode a JSON body. Raises `Invalid` that points at the first fault."""
    if _too_deep(data):
        raise _nested()
    value = _decoded(data, type_)
    if rb"\u0000" in data:
        _refuse_nul(data)
    return value


def decode_elements(data: bytes, most: int) -> list[bytes]:
    """The elements of a JSON array, each to be decoded by itself. Raises `Invalid`."""
    try:
        elements = _decoded(data, Annotated[list[msgspec.Raw], Meta(max_length=most)])
    except RecursionError:
        raise _nested() from None
    return [bytes(element) for element in elements]


def _nested() -> Invalid:
    detail = f"It is nested more than {DEPTH} levels deep."
    return Invalid("The body is nested too deeply.", Fault("json", detail, pointer=""))


def _decoded(data: bytes, type_: Any) -> Any:
    if not data:
        raise Invalid("The body is empty.", Fault("body", "A JSON body is needed.", pointer=""))
    try:
        return msgspec.json.decode(data, type=type_, strict=True)
    except msgspec.ValidationError as error:
        sentence, where = split(error)
        raise Invalid("The body is not valid.", Fault("body", sentence, pointer=where)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        fault = Fault("json", str(error)[:SHOWN], pointer="")
        raise Invalid("The body is not JSON in UTF-8.", fault) from None


def _too_deep(data: bytes) -> bool:
    # Almost no body has so many brackets, and to count them all is cheap.
    if data.count(b"[") + data.count(b"{") <= DEPTH:
        return False
    depth = 0
    for token in TOKEN.finditer(data):
        first = token[0][:1]
        depth += (first in b"[{") - (first in b"]}")
        if depth > DEPTH:
            return True
    return False


def _refuse_nul(data: bytes) -> None:
    """PostgreSQL stores no NUL; a typed text refuses it by its pattern, free-form JSON here."""
    for where in _nuls(msgspec.json.decode(data), ""):
        fault = Fault("body", "A text holds the character U+0000.", pointer=where[:SHOWN])
        raise Invalid("The body is not valid.", fault)


def _nuls(value: Any, where: str) -> Iterator[str]:
    if isinstance(value, str):
        if "\0" in value:
            yield where
    elif isinstance(value, dict):
        for key, inner in cast("dict[str, Any]", value).items():
            if "\0" in key:
                yield where
            yield from _nuls(inner, f"{where}/{escaped(key)}")
    elif isinstance(value, list):
        for index, inner in enumerate(cast("list[Any]", value)):
            yield from _nuls(inner, f"{where}/{index}")
