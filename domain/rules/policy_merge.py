"""Inheritance between policies, and the difference between two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from msgspec import Struct

from domain.rules.policy_shape import Path, as_object, pointer, require_plain


class Change(Struct, frozen=True):
    """One difference: what stood at an RFC 6901 pointer before, what stands there after.

    `before` is None where something was added, `after` where something was removed.
    """

    pointer: str
    change: Literal["added", "removed", "changed"]
    before: object
    after: object


def resolve(
    document: Mapping[str, object], parent: Mapping[str, object] | None
) -> Mapping[str, object]:
    """The effective document: the program's own, merged onto its parent's effective one.

    A JSON merge patch (RFC 7396): null removes, a list replaces a list. Keys come out in
    alphabetical order at every level. Raises InvalidPolicy when the document is too deep or too
    large to be a policy.
    """
    require_plain(document)
    return _merge_objects(_merge_objects({}, parent or {}), document)


def _merge_objects(target: Mapping[str, object], patch: Mapping[str, object]) -> dict[str, object]:
    merged = dict(target)
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        elif (inner := as_object(value)) is not None:
            merged[key] = _merge_objects(as_object(merged.get(key)) or {}, inner)
        else:
            merged[key] = value
    return {key: merged[key] for key in sorted(merged)}


def diff(old_effective: Mapping[str, object], new_effective: Mapping[str, object]) -> list[Change]:
    """The changes that turn one effective document into another, in the order of their keys.

    Lists are compared whole; an object that is new or gone is one change.
    """
    return list(_changes(old_effective, new_effective, ()))


def _changes(old: Mapping[str, object], new: Mapping[str, object], path: Path) -> Iterator[Change]:
    for key in sorted(old.keys() | new.keys()):
        here = (*path, key)
        if key not in old:
            yield Change(pointer(here), "added", None, new[key])
        elif key not in new:
            yield Change(pointer(here), "removed", old[key], None)
        elif (before := as_object(old[key])) is not None and (
            after := as_object(new[key])
        ) is not None:
            yield from _changes(before, after, here)
        elif old[key] != new[key]:
            yield Change(pointer(here), "changed", old[key], new[key])
