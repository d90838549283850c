"""Where a policy document departs from its types: every departure, not only the first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from inspect import isclass
from itertools import takewhile
from types import UnionType
from typing import Annotated, Any, NamedTuple, cast, get_args, get_origin

import msgspec

from domain.errors import Fault, Invalid
from domain.rules.policy_types import Slug

MAX_DEPTH = 16
MAX_VALUES = 20_000
MAX_FAULTS = 50
"""An answer stays small, however broken the document."""

_CODE = "A code is a lower-case letter, then up to 62 letters, digits or underscores."
_SLUG = "A code of the stock is up to 63 lower-case letters or digits, and single hyphens between."
_LONGEST_KEY = 100
_SURROGATE = re.compile("[\ud800-\udfff]")

Path = tuple[str, ...]


class InvalidPolicy(Invalid):
    """The document can't be a policy; each fault's pointer is into the program's own document."""

    code = "invalid_policy"
    title = "The policy is not valid"


class Finding(NamedTuple):
    """A fault before it is known whose words it is about."""

    path: Path
    code: str
    detail: str

    def fault(self) -> Fault:
        return Fault(code=self.code, detail=self.detail, pointer=pointer(self.path))


def refuse(faults: Sequence[Fault]) -> InvalidPolicy:
    """The error that carries the faults, the first 50 of them."""
    count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
    return InvalidPolicy(f"The policy document has {count}.", *faults[:MAX_FAULTS])


def pointer(path: Path) -> str:
    """The path as an RFC 6901 pointer, cut before a key too long to repeat in an answer."""
    keys = takewhile(lambda key: len(key) <= _LONGEST_KEY, path)
    return "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in keys)


def as_object(value: object) -> Mapping[str, object] | None:
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else None


def as_list(value: object) -> Sequence[object] | None:
    return cast("Sequence[object]", value) if isinstance(value, list | tuple) else None


def reaches(document: object, path: Path) -> bool:
    """Whether the document says something, be it null, at the path."""
    for key in path:
        if (mapping := as_object(document)) is not None and key in mapping:
            document = mapping[key]
        elif (items := as_list(document)) is not None and _is_index(key, len(items)):
            document = items[int(key)]
        else:
            return False
    return True


def stated(own: object, *paths: Path) -> Path:
    """The first of the places concerned by a fault that the document says something about."""
    return next((path for path in paths if reaches(own, path)), paths[0])


def _is_index(key: str, length: int) -> bool:
    return len(key) <= len(str(length)) and key.isascii() and key.isdigit() and int(key) < length


def require_plain(document: object) -> None:
    """Refuse what no policy can be and no recursion should meet: deep, huge, or not JSON text.

    Raises InvalidPolicy.
    """
    if faults := [finding.fault() for finding in _outlandish(document)]:
        raise refuse(faults)


def _outlandish(document: object) -> Iterator[Finding]:
    if as_object(document) is None:
        yield Finding((), "invalid", "Expected an object.")
        return
    # Depth first by hand: a document must not be able to exhaust Python's stack, and YAML's
    # references can make a small file an endless or enormous tree.
    pending: list[tuple[Path, object]] = [((), document)]
    seen = 0
    while pending:
        path, value = pending.pop()
        seen += 1
        if len(path) > MAX_DEPTH:
            yield Finding(path[:MAX_DEPTH], "too_deep", f"Nested deeper than {MAX_DEPTH} levels.")
            return
        if seen > MAX_VALUES:
            yield Finding((), "too_large", f"More than {MAX_VALUES} values.")
            return
        if isinstance(value, str) and _SURROGATE.search(value):
            yield Finding(path, "invalid", "Not Unicode text: a lone surrogate.")
        elif (mapping := as_object(value)) is not None:
            for key, item in mapping.items():
                if _is_key(key):
                    pending.append(((*path, key), item))
                else:
                    yield Finding(path, "invalid", "A key is not Unicode text.")
        elif (items := as_list(value)) is not None:
            pending.extend(((*path, str(index)), item) for index, item in enumerate(items))


def _is_key(key: object) -> bool:
    return isinstance(key, str) and not _SURROGATE.search(key)


def departures(kind: Any, value: object, *, sparse: bool, path: Path = ()) -> Iterator[Finding]:
    """Every place where the value is not of the kind.

    A sparse value is a document as a program writes it: nothing is required, and a member of an
    object may be null, which removes what the parent says there.
    """
    kind, least, most = _bare(kind)
    if _is_a(kind, msgspec.Struct):
        yield from _in_struct(kind, value, sparse, path)
    elif get_origin(kind) is dict:
        yield from _in_map(kind, most, value, sparse, path)
    elif get_origin(kind) is tuple:
        yield from _in_list(kind, least, most, value, path)
    elif misfit := _misfit(kind, value):
        yield Finding(path, "invalid", misfit)


def _bare(kind: Any) -> tuple[Any, int, int | None]:
    """The type without its annotations, and the least and the most entries that they allow.

    Scalars keep theirs: msgspec checks them. What may be an object or null is an object here: a
    null that is written removes, and the effective document has none.
    """
    if get_origin(kind) is Annotated:
        inner, *notes = get_args(kind)
        if get_origin(inner) is UnionType:
            inner = next((part for part in get_args(inner) if _is_a(part, msgspec.Struct)), inner)
        if get_origin(inner) in (dict, tuple) or _is_a(inner, msgspec.Struct):
            sizes = [note for note in notes if isinstance(note, msgspec.Meta)]
            least = next((one.min_length for one in sizes if one.min_length is not None), 0)
            most = next((one.max_length for one in sizes if one.max_length is not None), None)
            return inner, least, most
    return kind, 0, None


def _is_a(kind: Any, parent: type) -> bool:
    return isclass(kind) and issubclass(kind, parent)


def _in_struct(
    kind: type[msgspec.Struct], value: object, sparse: bool, path: Path
) -> Iterator[Finding]:
    mapping = as_object(value)
    if mapping is None:
        yield Finding(path, "invalid", "Expected an object.")
        return
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    for key in mapping.keys() - fields.keys():
        yield Finding((*path, key), "unknown_field", "There is no such field.")
    for name, field in fields.items():
        if name not in mapping:
            if field.required and not sparse:
                yield Finding((*path, name), "required", f"`{name}` is required.")
        elif not (sparse and mapping[name] is None):
            yield from departures(field.type, mapping[name], sparse=sparse, path=(*path, name))


def _in_map(
    kind: Any, most: int | None, value: object, sparse: bool, path: Path
) -> Iterator[Finding]:
    mapping = as_object(value)
    if mapping is None:
        yield Finding(path, "invalid", "Expected an object.")
        return
    key_kind, item_kind = get_args(kind)
    if most is not None and len(mapping) > most:
        yield Finding(path, "too_many", f"Expected at most {most} entries.")
    for key, item in mapping.items():
        if _misfit(key_kind, key):
            yield Finding((*path, key), "invalid_code", _SLUG if key_kind == Slug else _CODE)
        elif not (sparse and item is None):
            yield from departures(item_kind, item, sparse=sparse, path=(*path, key))


def _in_list(
    kind: Any, least: int, most: int | None, value: object, path: Path
) -> Iterator[Finding]:
    items = as_list(value)
    if items is None:
        yield Finding(path, "invalid", "Expected an array.")
        return
    if len(items) < least:
        yield Finding(path, "too_few", f"Expected at least {least} items.")
    if most is not None and len(items) > most:
        yield Finding(path, "too_many", f"Expected at most {most} items.")
    seen: set[str] = set()
    for index, item in enumerate(items):
        here = (*path, str(index))
        if isinstance(item, str) and item in seen:
            yield Finding(here, "duplicate", "This is there already.")
            continue
        if isinstance(item, str):
            seen.add(item)
        # A list replaces its parent's as a whole: its items inherit nothing.
        yield from departures(get_args(kind)[0], item, sparse=False, path=here)


def _misfit(kind: Any, value: object) -> str | None:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        bare = get_args(kind)[0] if get_origin(kind) is Annotated else kind
        if _is_a(bare, Enum):
            return "Expected one of " + ", ".join(f"`{member}`" for member in bare) + "."
        return f"{error}."
    return None
