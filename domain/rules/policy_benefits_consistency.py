"""What types can't say of a policy's benefits: that each can be offered, claimed and had."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from domain.errors import Invalid
from domain.rules import money
from domain.rules.policy_benefits import Benefit, Occasion, Value
from domain.rules.policy_shape import Finding, Path, as_object, stated
from domain.rules.policy_tenure import Clock

Document = Mapping[str, object]

WHOM = {
    "attributes": (
        "eligibility",
        "unknown_attribute",
        "There is no such attribute of `eligibility`.",
    ),
    "groups": ("groups", "unknown_group", "There is no such group."),
    "roles": ("roles", "unknown_role", "There is no such role."),
}
"""Which section of the policy the codes of an eligibility are from, and what tells it apart."""

ASKED = ("claim_within", "codes", "items", "needs")
"""What nobody is asked, and nothing is taken for, where a benefit is claimed by itself."""

AT_ONCE = ("fulfil_within", "items")
"""What has no place where a claim is fulfilled by a code, at once."""

RUNNING = (Occasion.TENURE, Occasion.RENEWAL)
"""Occasions that come about by a clock."""


def conflicts(effective: Document, own: Document) -> Iterator[Finding]:
    """Every part of a benefit that does not fit the others, or the rest of the policy.

    Codes: `out_of_place`, `range`, `currency`, `decimals`, `unknown_attribute`, `unknown_group`,
    `unknown_role`. Each path is that of the first of the parts concerned that `own` states. A
    benefit that departs from its type is passed over.
    """
    for code, value in (as_object(effective.get("benefits")) or {}).items():
        try:
            benefit = msgspec.convert(value, Benefit)
        except msgspec.ValidationError:
            continue
        path = ("benefits", code)
        yield from _whom(benefit, path, effective, own)
        if benefit.value is not None:
            yield from _worth(benefit.value, (*path, "value"), own)
        yield from _parts(benefit, path, own)
        if _clock(effective) in (None, Clock.NONE):
            yield from _timeless(benefit, path, own)


def _whom(benefit: Benefit, path: Path, effective: Document, own: Document) -> Iterator[Finding]:
    for name, (section, code, detail) in WHOM.items():
        known = as_object(effective.get(section)) or {}
        for index, wanted in enumerate(getattr(benefit.eligibility, name)):
            if wanted not in known:
                here = (*path, "eligibility", name, str(index))
                at = stated(own, here, (section, wanted), (section,))
                yield Finding(at, code, detail)


def _worth(value: Value, path: Path, own: Document) -> Iterator[Finding]:
    try:
        money.parsed(value.amount, value.currency, "")
    except Invalid as refused:
        for fault in refused.faults:
            wrong = (*path, (fault.pointer or "").removeprefix("/"))
            at = stated(own, wrong, (*path, "currency"), (*path, "amount"))
            yield Finding(at, fault.code, fault.detail)


def _parts(benefit: Benefit, path: Path, own: Document) -> Iterator[Finding]:
    for reason, names, detail in (
        ("automatic", ASKED, "`{}` is for what somebody claims, and not for what is `automatic`."),
        ("codes", AT_ONCE, "`{}` is not for what is fulfilled by `codes`, at once."),
    ):
        for name in names if getattr(benefit, reason) else ():
            if getattr(benefit, name):
                at = stated(own, (*path, name), (*path, reason))
                yield Finding(at, "out_of_place", detail.format(name))
    if benefit.ever is not None and benefit.ever < benefit.per_tenure:
        at = stated(own, (*path, "ever"), (*path, "per_tenure"))
        yield Finding(at, "range", "`ever` is less than `per_tenure`.")
    if benefit.ends_with_tenure and Occasion.END in benefit.offered:
        at = stated(own, (*path, "ends_with_tenure"), (*path, "offered"))
        detail = "What is offered at the `end` cannot end with the tenure."
        yield Finding(at, "out_of_place", detail)


def _clock(effective: Document) -> object:
    return (as_object(effective.get("tenure")) or {}).get("clock")


def _timeless(benefit: Benefit, path: Path, own: Document) -> Iterator[Finding]:
    """What never comes about where tenures don't follow one another."""
    clock = (("tenure", "clock"), ("tenure",))
    for index, occasion in enumerate(benefit.offered):
        if occasion in RUNNING:
            at = stated(own, (*path, "offered", str(index)), *clock)
            detail = f"`{occasion}` is for programs with a clock: no tenure ever begins here."
            yield Finding(at, "out_of_place", detail)
    if benefit.eligibility.tenures > 1:
        at = stated(own, (*path, "eligibility", "tenures"), *clock)
        yield Finding(at, "out_of_place", "No further tenure ever begins without a clock.")
