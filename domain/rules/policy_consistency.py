"""What types can't say of a policy's contribution types: that their parts fit each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from domain.rules.policy_contributions import FieldKind, RequirableField
from domain.rules.policy_shape import Finding, Path, as_list, as_object, stated

Document = Mapping[str, object]

OF_EVERY_CONTRIBUTION = frozenset(RequirableField) | {
    "fields",
    "key",
    "metrics",
    "occurred_on",
    "participants",
    "source",
    "status",
    "title",
    "type",
    "visibility",
}
"""A type's own field called like one of these would be mistaken for it."""

FITS = {
    "choices": FieldKind.CHOICE,
    "max_length": FieldKind.TEXT,
    "minimum": FieldKind.INTEGER,
    "maximum": FieldKind.INTEGER,
}
"""Which parts of an extra field are for which kind of field."""


def contradictions(effective: Document, own: Document) -> Iterator[Finding]:
    """Every part of a contribution type that does not fit the others.

    Codes: `out_of_place`, `required`, `range`, `no_roles`, `name_taken`. Each path is that of the
    first of the parts concerned that `own` states.
    """
    for code, kind in _entries(effective, "contribution_types"):
        path = ("contribution_types", code)
        yield from _roles(kind, path, own)
        metrics = as_object(kind.get("metrics")) or {}
        for name, extra in _entries(kind, "fields"):
            here = (*path, "fields", name)
            if name in OF_EVERY_CONTRIBUTION:
                yield Finding(here, "name_taken", f"Every contribution has its own `{name}`.")
            elif name in metrics:
                at = stated(own, here, (*path, "metrics", name))
                yield Finding(at, "name_taken", f"`{name}` is a metric of this type.")
            yield from extra_field(extra, here, own)


def _roles(kind: Document, path: Path, own: Document) -> Iterator[Finding]:
    if kind.get("roles"):
        return
    for index, name in enumerate(as_list(kind.get("required")) or ()):
        if name == RequirableField.ROLE:
            at = stated(own, (*path, "required", str(index)), (*path, "roles"))
            yield Finding(at, "no_roles", "A role can be required only where `roles` names some.")


def extra_field(extra: Document, path: Path, own: Document) -> Iterator[Finding]:
    """Every part of a field of a policy's own that is not for its kind."""
    kind = extra.get("kind")
    if kind not in list(FieldKind):
        return
    for name, fitting in FITS.items():
        if kind != fitting and extra.get(name) not in (None, [], ()):
            at = stated(own, (*path, name), (*path, "kind"))
            yield Finding(at, "out_of_place", f"`{name}` is for the kind `{fitting}`.")
    if kind == FieldKind.CHOICE and not extra.get("choices"):
        at = stated(own, (*path, "choices"), (*path, "kind"), path)
        yield Finding(at, "required", "`choices` names at least one code for the kind `choice`.")
    least, most = extra.get("minimum"), extra.get("maximum")
    if type(least) is int and type(most) is int and least > most:
        at = stated(own, (*path, "minimum"), (*path, "maximum"))
        yield Finding(at, "range", "`minimum` is greater than `maximum`.")


def unknown_types(
    codes: Sequence[str], path: Path, catalogue: Document, own: Document
) -> Iterator[Finding]:
    """Every one of the codes, which stand in the `types` of a place, that is no type's."""
    place = ("contribution_types",)
    for index, code in enumerate(codes):
        if code not in catalogue:
            at = stated(own, (*path, "types", str(index)), (*place, code), place)
            yield Finding(at, "unknown_type", "There is no such contribution type.")


def wanted_types(types: Sequence[str], areas: Sequence[str], catalogue: Document) -> list[Document]:
    """The types that are meant: any where none is named, of any area where none is."""
    return [
        kind
        for code, value in catalogue.items()
        if (kind := as_object(value)) is not None
        and (not types or code in types)
        and (not areas or kind.get("area") in areas)
    ]


def _entries(document: Document, name: str) -> Iterator[tuple[str, Document]]:
    for key, value in (as_object(document.get(name)) or {}).items():
        if (mapping := as_object(value)) is not None:
            yield key, mapping
