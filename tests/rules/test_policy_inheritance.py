"""The laws of inheriting a policy and of comparing two."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.rules import policy

KEY = st.sampled_from(["a", "b", "c", "d/e", "f~g", "~1", ""])
SCALAR = st.booleans() | st.integers(0, 3) | st.sampled_from(["x", "y", ""])
LEAF = SCALAR | st.lists(SCALAR | st.none(), max_size=2)


def documents(leaf: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    value = st.recursive(leaf, lambda inner: st.dictionaries(KEY, inner, max_size=3), max_leaves=8)
    return st.dictionaries(KEY, value, max_size=4)


PATCHES = documents(LEAF | st.none())
EFFECTIVE = documents(LEAF)
# Objects where objects are and scalars where scalars are, as in valid policies.
SECTIONS = st.dictionaries(
    st.sampled_from(["a", "b"]), st.dictionaries(KEY, SCALAR, max_size=3), max_size=2
)


def merge_as_the_rfc_says(target: Any, patch: Any) -> Any:
    """The pseudocode of RFC 7396, section 2, line by line."""
    if isinstance(patch, dict):
        if not isinstance(target, dict):
            target = {}
        target = dict(target)
        for name, value in patch.items():
            if value is None:
                target.pop(name, None)
            else:
                target[name] = merge_as_the_rfc_says(target.get(name), value)
        return target
    return patch


def nulls(document: Any) -> int:
    if not isinstance(document, dict):
        return 0
    return sum(1 if value is None else nulls(value) for value in document.values())


@settings(max_examples=40)
@given(PATCHES, EFFECTIVE)
def test_inheritance_is_a_json_merge_patch(own: dict[str, Any], parent: dict[str, Any]) -> None:
    effective = policy.resolve(own, parent)
    assert effective == merge_as_the_rfc_says(parent, own)
    assert nulls(effective) == 0


@settings(max_examples=40)
@given(PATCHES, EFFECTIVE)
def test_resolving_again_changes_nothing(own: dict[str, Any], parent: dict[str, Any]) -> None:
    effective = policy.resolve(own, parent)
    assert policy.resolve(own, effective) == effective
    assert policy.resolve(effective, None) == effective
    assert policy.resolve({}, effective) == effective


@settings(max_examples=40)
@given(PATCHES, EFFECTIVE)
def test_the_order_of_keys_does_not_matter(own: dict[str, Any], parent: dict[str, Any]) -> None:
    def reverse(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {key: reverse(value[key]) for key in reversed(value)}

    straight = policy.resolve(own, parent)
    assert json.dumps(straight) == json.dumps(policy.resolve(reverse(own), reverse(parent)))
    assert list(straight) == sorted(straight)


@settings(max_examples=40)
@given(PATCHES, EFFECTIVE)
def test_neither_document_is_changed(own: dict[str, Any], parent: dict[str, Any]) -> None:
    before = json.dumps([own, parent])
    policy.resolve(own, parent)
    assert json.dumps([own, parent]) == before


@given(SECTIONS, SECTIONS, SECTIONS)
def test_a_chain_that_removes_nothing_can_be_read_from_either_end(
    grandparent: dict[str, Any], parent: dict[str, Any], own: dict[str, Any]
) -> None:
    down = policy.resolve(own, policy.resolve(parent, grandparent))
    up = policy.resolve(policy.resolve(own, parent), grandparent)
    assert down == up


def test_a_removal_does_not_survive_being_resolved_early() -> None:
    down = policy.resolve({"a": None}, policy.resolve({}, {"a": 1}))
    up = policy.resolve(policy.resolve({"a": None}, {}), {"a": 1})
    assert (down, up) == ({}, {"a": 1})


def applied(document: Mapping[str, Any], changes: list[policy.Change]) -> Any:
    changed = json.loads(json.dumps(document))
    for change in changes:
        *path, last = (
            key.replace("~1", "/").replace("~0", "~") for key in change.pointer.split("/")[1:]
        )
        place = changed
        for key in path:
            place = place[key]
        if change.change == "added":
            assert last not in place
        else:
            assert place[last] == change.before
        if change.change == "removed":
            del place[last]
        else:
            place[last] = change.after
    return changed


@settings(max_examples=40)
@given(EFFECTIVE, EFFECTIVE)
def test_the_difference_leads_from_one_to_the_other(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    forth, back = policy.diff(old, new), policy.diff(new, old)
    assert applied(old, forth) == new
    assert applied(new, back) == old
    assert [change.pointer for change in forth] == [change.pointer for change in back]


@given(EFFECTIVE)
def test_nothing_differs_from_itself(document: dict[str, Any]) -> None:
    assert policy.diff(document, json.loads(json.dumps(document))) == []


def test_the_difference_is_told_in_the_order_of_keys() -> None:
    old = {"texts": {"name": "A", "tagline": "t"}, "groups": {"tsc": {"name": "T"}}}
    new = {"texts": {"name": "B"}, "groups": {}, "roles": {"lead": {"name": "L"}}}
    assert policy.diff(old, new) == [
        policy.Change("/groups/tsc", "removed", {"name": "T"}, None),
        policy.Change("/roles", "added", None, {"lead": {"name": "L"}}),
        policy.Change("/texts/name", "changed", "A", "B"),
        policy.Change("/texts/tagline", "removed", "t", None),
    ]
