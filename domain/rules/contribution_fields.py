"""What a contribution must and may say by its type, and every place where it says otherwise."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Annotated, Any, Literal, Protocol, cast

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from domain.errors import Fault
from domain.rules.policy_contributions import ContributionType, ExtraField, FieldKind
from domain.rules.policy_shape import pointer
from domain.rules.policy_types import INT64, MAX_INTEGER, URL_PATTERN

SOMEWHERE = ("in_person", "hybrid")
"""The event formats in which somebody is in a country."""

USUAL_LENGTH = 500
"""The most characters of a text whose field states no other limit."""

TEXT_PATTERN = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*$"
DAY_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$(?!\n)"


class Participant(Protocol):
    """Somebody who did it."""

    @property
    def role(self) -> str | None: ...


class Given(Protocol):
    """What is told of a contribution, as far as its type has a say; empty and None are the same."""

    @property
    def url(self) -> str | None: ...
    @property
    def description(self) -> str | None: ...
    @property
    def language(self) -> str | None: ...
    @property
    def country(self) -> str | None: ...
    @property
    def event_format(self) -> str | None: ...
    @property
    def audience(self) -> Sequence[str]: ...
    @property
    def evidence(self) -> Sequence[str]: ...
    @property
    def role(self) -> str | None: ...
    @property
    def ended_on(self) -> date | None: ...
    @property
    def tags(self) -> Sequence[str]: ...
    @property
    def metrics(self) -> Mapping[str, int]: ...
    @property
    def fields(self) -> Mapping[str, Any]: ...
    @property
    def participants(self) -> Sequence[Participant]: ...


def check(kind: ContributionType, given: Given, audiences: Collection[str] = ()) -> list[Fault]:
    """Every fault of what is given, with its pointer into the body; none is an empty list.

    `audiences` are the codes of the policy; without any, every code is one. Codes: `required`,
    `not_allowed` (the type knows no such role, metric, field or audience), `field` (the value does
    not fit). Where somebody is somewhere the country is required, whatever the type (GDE's rule).
    """
    faults = [
        _required(name)
        for name in kind.required
        if not getattr(given, name) and not (name == "role" and _all_have_roles(given))
    ]
    if not given.country and given.event_format in SOMEWHERE and "country" not in kind.required:
        faults.append(_required("country"))
    if given.role is not None and given.role not in kind.roles:
        faults.append(_unknown_role(kind, "role"))
    for index, participant in enumerate(given.participants):
        if participant.role is not None and participant.role not in kind.roles:
            faults.append(_unknown_role(kind, "participants", str(index), "role"))
    if given.audience and audiences:
        for index, code in enumerate(given.audience):
            if code not in audiences:
                detail = "The policy names no such audience."
                faults.append(_fault("not_allowed", detail, "audience", str(index)))
    if given.metrics:
        faults += _metrics(kind, given.metrics)
    if kind.fields or given.fields:
        faults += check_values(kind.fields, given.fields, "fields")
    return faults


def fields_type(kind: ContributionType) -> type[Struct]:
    """The type of `fields` in a contribution of this kind: nothing but what it names."""
    return values_type(kind.fields)


def check_values(
    known: Mapping[str, ExtraField], given: Mapping[str, Any], place: str
) -> list[Fault]:
    """What is wrong with the values given for such fields, which stand at `place` in the body."""
    shape = values_type(known)
    try:
        msgspec.convert(given, shape)
    except msgspec.ValidationError:
        # It tells the first fault alone.
        return list(_faults_in(shape, given, place))
    return []


def values_type(known: Mapping[str, ExtraField]) -> type[Struct]:
    """The type of the values of such fields; built once for the same ones."""
    return _built(tuple(known.items()))


def _all_have_roles(given: Given) -> bool:
    people = given.participants
    return bool(people) and all(one.role is not None for one in people)


def _metrics(kind: ContributionType, metrics: Mapping[str, int]) -> Iterator[Fault]:
    for code, value in metrics.items():
        if code not in kind.metrics:
            yield _fault("not_allowed", "The type has no such metric.", "metrics", code)
        elif type(value) is not int or not 0 <= value <= MAX_INTEGER:
            yield _fault("field", "Expected a number of at least 0.", "metrics", code)


def _faults_in(shape: type[Struct], given: Mapping[str, Any], place: str) -> Iterator[Fault]:
    known = msgspec.structs.fields(shape)
    for code in sorted(given.keys() - {field.name for field in known}):
        detail = "The type has no such field." if place == "fields" else "Nobody asks for that."
        yield _fault("not_allowed", detail, place, code)
    for field in known:
        if field.name not in given:
            if field.required:
                yield _required(place, field.name)
            continue
        try:
            msgspec.convert(given[field.name], field.type)
        except msgspec.ValidationError as error:
            yield _fault("field", f"{error}.", place, field.name)


@lru_cache(maxsize=1024)
def _built(fields: tuple[tuple[str, ExtraField], ...]) -> type[Struct]:
    members: list[tuple[str, Any, Any] | tuple[str, Any]] = []
    for code, field in fields:
        described = Meta(title=field.name, description=field.description)
        known: Any = Annotated[_type_of(field), described]
        members.append((code, known) if field.required else (code, known | UnsetType, UNSET))
    return msgspec.defstruct(
        "Fields", members, frozen=True, forbid_unknown_fields=True, kw_only=True
    )


def _type_of(field: ExtraField) -> Any:
    match field.kind:
        case FieldKind.BOOLEAN:
            return bool
        case FieldKind.CHOICE:
            return cast("Any", Literal)[field.choices]
        case FieldKind.DAY:
            # With the pattern, for readers to whom `format` is only a remark.
            return Annotated[date, Meta(extra_json_schema={"pattern": DAY_PATTERN})]
        case FieldKind.INTEGER:
            least = -MAX_INTEGER if field.minimum is None else field.minimum
            most = MAX_INTEGER if field.maximum is None else field.maximum
            return Annotated[int, Meta(ge=least, le=most, extra_json_schema=INT64)]
        case FieldKind.TEXT:
            longest = field.max_length or USUAL_LENGTH
            return Annotated[str, Meta(min_length=1, max_length=longest, pattern=TEXT_PATTERN)]
        case FieldKind.URL:
            return Annotated[str, Meta(min_length=9, max_length=2000, pattern=URL_PATTERN)]


def _unknown_role(kind: ContributionType, *path: str) -> Fault:
    known = ", ".join(f"`{role}`" for role in kind.roles)
    detail = f"Expected one of {known}." if known else "It is done in no particular role."
    return _fault("not_allowed", detail, *path)


def _required(*path: str) -> Fault:
    return _fault("required", f"`{path[-1]}` is required.", *path)


def _fault(code: str, detail: str, *path: str) -> Fault:
    return Fault(code, detail, pointer(path))
