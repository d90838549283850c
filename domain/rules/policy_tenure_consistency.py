"""What types can't say of a policy's tenures: that clock, requirement and catalogue fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import TypeVar

import msgspec

from domain.rules import stretches
from domain.rules.clocks import Period, first_period
from domain.rules.policy_consistency import unknown_types, wanted_types
from domain.rules.policy_shape import Finding, Path, as_list, as_object, stated
from domain.rules.policy_tenure import (
    Clock,
    Condition,
    Measure,
    Requirement,
    TenureRules,
    WhenMet,
)

Document = Mapping[str, object]
Section = TypeVar("Section", Requirement, TenureRules)

PARTS = {
    "length": (Clock.ANNIVERSARY, Clock.COHORT),
    "starts": (Clock.COHORT,),
    "cycle": (Clock.CALENDAR,),
}
"""Which clocks need which parts of the tenure rules; the other clocks have no place for them."""

TENURE: Path = ("tenure",)


def misfits(effective: Document, own: Document) -> Iterator[Finding]:
    """Every part of the tenure rules, the requirement and the farewells that does not fit.

    Codes: `out_of_place`, `required`, `range`, `unknown_type`, `nothing_counts`, `no_points`. Each
    path is that of the first of the parts concerned that `own` states. A section that departs from
    its type is passed over.
    """
    tenure = _read(TenureRules, effective.get("tenure"))
    if tenure is not None:
        faults = [*_parts(tenure, own), *_equal_ends(tenure, own)]
        yield from faults or [*_broken_terms(tenure, own), *_too_long(tenure, own)]
    requirement = _read(Requirement, effective.get("requirement"))
    if requirement is not None:
        yield from _requirement(requirement, effective, own)
    yield from _farewells(effective, own)


def _read(kind: type[Section], value: object) -> Section | None:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return None


def _parts(tenure: TenureRules, own: Document) -> Iterator[Finding]:
    for name, clocks in PARTS.items():
        at = stated(own, (*TENURE, name), (*TENURE, "clock"), TENURE)
        if bool(getattr(tenure, name)) is (tenure.clock in clocks):
            continue
        if tenure.clock in clocks:
            yield Finding(at, "required", f"The clock `{tenure.clock}` needs `{name}`.")
        else:
            yield Finding(at, "out_of_place", f"`{name}` is not for the clock `{tenure.clock}`.")
    if tenure.clock is not Clock.NONE:
        return
    if tenure.reminders.ending:
        at = stated(own, (*TENURE, "reminders", "ending"), (*TENURE, "clock"))
        yield Finding(at, "out_of_place", "On the clock `none` nothing ends.")
    if tenure.when_met is WhenMet.REVIEW:
        at = stated(own, (*TENURE, "when_met"), (*TENURE, "clock"))
        yield Finding(at, "out_of_place", "On the clock `none` nothing ends.")


def _equal_ends(tenure: TenureRules, own: Document) -> Iterator[Finding]:
    if tenure.cycle is not None and tenure.cycle.first == tenure.cycle.last:
        cycle = (*TENURE, "cycle")
        at = stated(own, (*cycle, "last"), (*cycle, "first"))
        yield Finding(at, "range", "The cycle ends on the day on which it begins.")


def _broken_terms(tenure: TenureRules, own: Document) -> Iterator[Finding]:
    """Terms after which no other begins: their holders would leave the cohorts."""
    if tenure.clock is not Clock.COHORT:
        return
    length = tenure.length or ""
    for start in tenure.starts:
        # Four years: the ends of terms that begin late in a month depend on the leap year.
        firsts = [date.fromisoformat(f"{year}-{start}") for year in range(2025, 2029)]
        ends = [stretches.end(length, first) + timedelta(days=1) for first in firsts]
        if any(f"{end:%m-%d}" not in tenure.starts for end in ends):
            at = stated(own, (*TENURE, "length"), (*TENURE, "starts"))
            detail = f"No term begins when that of {start} has ended after `{length}`."
            yield Finding(at, "range", detail)


def _too_long(tenure: TenureRules, own: Document) -> Iterator[Finding]:
    whole = _whole(tenure)
    if whole.last is None:
        return
    if tenure.grace and stretches.end(tenure.grace, whole.first) > whole.last:
        at = stated(own, (*TENURE, "grace"), (*TENURE, "length"), (*TENURE, "cycle"))
        yield Finding(at, "range", "The grace is longer than the tenure.")
    for kind in ("ending", "at_risk"):
        for index, offset in enumerate(getattr(tenure.reminders, kind)):
            if stretches.end(offset, whole.first) >= whole.last:
                here = (*TENURE, "reminders", kind, str(index))
                at = stated(own, here, (*TENURE, "length"), (*TENURE, "cycle"))
                yield Finding(at, "range", "It would be due before the tenure begins.")


def _whole(tenure: TenureRules) -> Period:
    """A tenure from its very first day, in a year that is not shortened by joining late."""
    begin = tenure.cycle.first if tenure.cycle else next(iter(tenure.starts), "03-01")
    return first_period(tenure, date.fromisoformat(f"2025-{begin}"))


def _requirement(requirement: Requirement, effective: Document, own: Document) -> Iterator[Finding]:
    path = ("requirement",)
    if effective.get("tenure") is None:
        at = stated(own, path, TENURE)
        yield Finding(at, "out_of_place", "A requirement is judged by `tenure`, which is missing.")
    if not requirement.groups:
        at = stated(own, (*path, "groups"), path)
        yield Finding(at, "required", "A requirement has at least one group.")
    clock = (as_object(effective.get("tenure")) or {}).get("clock")
    types = as_object(effective.get("contribution_types")) or {}
    for code, group in requirement.groups.items():
        here = (*path, "groups", code, "conditions")
        if not group.conditions:
            yield Finding(stated(own, here, here[:-1]), "required", "A group has conditions.")
        for name, condition in group.conditions.items():
            yield from _condition(condition, (*here, name), types, own)
            if clock == Clock.NONE and condition.within is None:
                at = stated(own, (*here, name, "within"), (*here, name), (*TENURE, "clock"))
                detail = "On the clock `none` each condition says within which stretch it counts."
                yield Finding(at, "required", detail)


def _condition(
    condition: Condition, path: Path, types: Document, own: Document
) -> Iterator[Finding]:
    unknown = list(unknown_types(condition.types, path, types, own))
    yield from unknown
    if unknown:
        return
    wanted = wanted_types(condition.types, condition.areas, types)
    catalogue = ("contribution_types",)
    limits = ((*path, "areas"), (*path, "types"), path, catalogue)
    if not wanted:
        yield Finding(stated(own, *limits), "nothing_counts", "No contribution type is meant.")
    elif condition.measure is Measure.POINTS and not any(kind.get("points") for kind in wanted):
        at = stated(own, (*path, "measure"), path, catalogue)
        yield Finding(at, "no_points", "No contribution type that is meant has points.")
    elif condition.measure is Measure.DISTINCT_TYPES and condition.at_least > len(wanted):
        at = stated(own, (*path, "at_least"), (*path, "measure"), *limits)
        yield Finding(at, "range", f"Only {len(wanted)} contribution types are meant.")


def _farewells(effective: Document, own: Document) -> Iterator[Finding]:
    departure = as_object(effective.get("departure")) or {}
    directory = as_object(effective.get("directory")) or {}
    listed = as_list(directory.get("statuses")) or ()
    if departure.get("list_farewells") is not True:
        return
    if "emeritus" not in listed or directory.get("public") is False:
        at = stated(own, ("departure", "list_farewells"), ("directory", "statuses"), ("directory",))
        yield Finding(at, "out_of_place", "The public directory does not list emeriti.")
