"""What of a policy everybody may read: all but internal points and unlisted benefits."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from domain.rules.policy_shape import Finding, as_object, stated

Document = Mapping[str, Any]


def is_internal(effective: Document) -> bool:
    """Whether the policy keeps its points to its staff."""
    return bool((as_object(effective.get("scoring")) or {}).get("internal"))


def without_points(document: Document) -> dict[str, Any]:
    """The document, own or effective, without what contributions are worth."""
    shown = dict(document)
    if (types := as_object(document.get("contribution_types"))) is not None:
        shown["contribution_types"] = {code: _pointless(kind) for code, kind in types.items()}
    return shown


def unlisted(effective: Document) -> set[str]:
    """The codes of benefits that are not public."""
    benefits = as_object(effective.get("benefits")) or {}
    return {
        code
        for code, benefit in benefits.items()
        if (as_object(benefit) or {}).get("public", True) is not True
    }


def without_benefits(document: Document, codes: Collection[str]) -> dict[str, Any]:
    """The document, own or effective, without these benefits."""
    shown = dict(document)
    if (benefits := as_object(document.get("benefits"))) is not None:
        shown["benefits"] = {key: one for key, one in benefits.items() if key not in codes}
    return shown


def opened(effective: Document, own: Document, parent: Document | None) -> Iterator[Finding]:
    """A child's word that would publish what its parent keeps internal: it inherits the points."""
    if parent is not None and is_internal(parent) and not is_internal(effective):
        detail = "The parent's scoring is internal, and its points are inherited."
        yield Finding(stated(own, ("scoring", "internal"), ("scoring",)), "internal", detail)


def _pointless(kind: object) -> object:
    if (stated := as_object(kind)) is None:
        return kind
    return {name: value for name, value in stated.items() if name != "points"}
