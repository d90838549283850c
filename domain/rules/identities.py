"""Whether two identities at one provider are the same account."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from msgspec import Struct


class Identity(Struct, frozen=True):
    """A person at a provider: claimed, or verified since `verified_at` (vouched for)."""

    id: UUID
    person_id: UUID
    provider: str
    subject: str | None
    handle: str | None
    verified_at: datetime | None
    vouched_by: UUID | None
    created_at: datetime


def same(identity: Identity, subject: str | None, handle: str | None) -> bool:
    """Whether an identity is the account with this provider id and handle (RULES.md, "Identity").

    The provider's stable id decides where both sides have one: a handle that somebody else took
    over is a stranger. Only otherwise handles decide, without regard to case.
    """
    if identity.subject is not None and subject is not None:
        return identity.subject == subject
    if identity.handle is None or handle is None:
        return False
    return identity.handle.casefold() == handle.casefold()


def owners(known: Iterable[Identity], subject: str | None, handle: str | None) -> set[UUID]:
    """The people who hold the account; an equal provider id beats equal handles."""
    matching = [one for one in known if same(one, subject, handle)]
    exact = [one for one in matching if subject is not None and one.subject == subject]
    return {one.person_id for one in exact or matching}
