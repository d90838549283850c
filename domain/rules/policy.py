"""The policy: a program's rules as one document, inherited, validated and compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple
from zoneinfo import available_timezones

import msgspec

from domain.errors import Fault
from domain.rules.policy_admission import Admission, AdmissionMode
from domain.rules.policy_admission_consistency import clashes
from domain.rules.policy_benefits_consistency import conflicts
from domain.rules.policy_consistency import contradictions
from domain.rules.policy_contributions import Area, ContributionType
from domain.rules.policy_document import (
    Directory,
    DirectoryField,
    ListedStatus,
    Policy,
    ProgramGroup,
    ProgramRole,
    Texts,
    TimeZone,
)
from domain.rules.policy_merge import Change, diff, resolve
from domain.rules.policy_public import (
    is_internal,
    opened,
    unlisted,
    without_benefits,
    without_points,
)
from domain.rules.policy_schema import json_schema
from domain.rules.policy_shape import (
    Finding,
    InvalidPolicy,
    Path,
    as_list,
    as_object,
    departures,
    pointer,
    reaches,
    refuse,
    require_plain,
)
from domain.rules.policy_tenure import Requirement, TenureRules
from domain.rules.policy_tenure_consistency import misfits

__all__ = [
    "Admission",
    "AdmissionMode",
    "Area",
    "Change",
    "ContributionType",
    "Directory",
    "DirectoryField",
    "InvalidPolicy",
    "ListedStatus",
    "Policy",
    "ProgramGroup",
    "ProgramRole",
    "Requirement",
    "TenureRules",
    "Texts",
    "contribution_type",
    "diff",
    "is_internal",
    "json_schema",
    "normalized",
    "resolve",
    "unlisted",
    "validate",
    "without_benefits",
    "without_points",
]


def validate(
    effective: Mapping[str, object],
    own: Mapping[str, object],
    parent: Mapping[str, object] | None = None,
) -> Policy:
    """The policy that the effective document states; `own` is what the program itself wrote.

    `parent` is the parent's effective document: what it keeps internal stays so. Raises
    InvalidPolicy with all faults together. Their pointers are into `own`; a fault in what was
    inherited points at its root and names the inherited place.
    """
    require_plain(own)
    require_plain(effective)
    findings = list(departures(Policy, effective, sparse=False))
    findings += _unknown_zone(effective)
    findings += _taken_names(effective, own)
    findings += contradictions(effective, own)
    findings += misfits(effective, own)
    findings += clashes(effective, own)
    findings += conflicts(effective, own)
    findings += opened(effective, own, parent)
    findings += departures(Policy, own, sparse=True)
    faults = [_located(finding, own) for finding in findings]
    if faults:
        unique = {(fault.pointer, fault.code, fault.detail): fault for fault in faults}
        raise refuse([unique[key] for key in sorted(unique, key=str)])
    return msgspec.convert(effective, Policy)


def contribution_type(policy: Policy, text: str) -> str | None:
    """The code of the contribution type that an import calls `text`, by code or alias."""
    wanted = normalized(text)
    if wanted in policy.contribution_types:
        return wanted
    for code, kind in policy.contribution_types.items():
        if wanted and any(normalized(alias) == wanted for alias in kind.aliases):
            return code
    return None


def normalized(text: str) -> str:
    """The form in which names of contribution types are compared: `Case-Study` is `case_study`."""
    return "_".join(text.casefold().replace("-", " ").split())


def _located(finding: Finding, own: Mapping[str, object]) -> Fault:
    if reaches(own, finding.path):
        return finding.fault()
    if finding.code == "required" and reaches(own, finding.path[:-1]):
        return finding._replace(path=finding.path[:-1]).fault()
    inherited = f"In the inherited {pointer(finding.path)}: {finding.detail}"
    return finding._replace(path=(), detail=inherited).fault()


@cache
def _time_zones() -> frozenset[str]:
    # Names that mean something else on another machine, or nothing at all.
    return frozenset(available_timezones() | {"UTC"}) - {"Factory", "localtime"}


def _unknown_zone(effective: Mapping[str, object]) -> Iterator[Finding]:
    zone = effective.get("time_zone")
    if any(departures(TimeZone, zone, sparse=False)):
        return
    if zone not in _time_zones():
        yield Finding(("time_zone",), "unknown_time_zone", "Not a name of the IANA database.")


class _Claim(NamedTuple):
    """A contribution type's claim to be meant by a name; sorted, the better claim comes first."""

    own: bool
    is_alias: bool
    path: Path
    code: str


def _taken_names(effective: Mapping[str, object], own: Mapping[str, object]) -> Iterator[Finding]:
    claims: defaultdict[str, list[_Claim]] = defaultdict(list)
    for name, path, code in _names(effective):
        claims[name].append(_Claim(reaches(own, path), len(path) > 2, path, code))
    for name, rivals in claims.items():
        first, *others = sorted(rivals)
        for other in others:
            detail = f"`{name[:100]}` already means the contribution type `{first.code}`."
            yield Finding(other.path, "name_taken", detail)


def _names(effective: Mapping[str, object]) -> Iterator[tuple[str, Path, str]]:
    """Every code and alias of the catalogue, as far as it can be read, with its place."""
    for code, kind in (as_object(effective.get("contribution_types")) or {}).items():
        path = ("contribution_types", code)
        yield code, path, code
        aliases = as_list((as_object(kind) or {}).get("aliases")) or ()
        for index, alias in enumerate(aliases):
            # A type may repeat its own code as an alias: it means the same.
            if isinstance(alias, str) and normalized(alias) != code:
                yield normalized(alias), (*path, "aliases", str(index)), code
