"""Which identities are one account (RULES.md, "Identity and access")."""

from __future__ import annotations

from uuid import UUID

import pytest

from domain.rules.identities import Identity, owners, same
from tests.world import NOW


def identity(subject: str | None, handle: str | None, person: int = 1) -> Identity:
    return Identity(
        id=UUID(int=person * 100),
        person_id=UUID(int=person),
        provider="github",
        subject=subject,
        handle=handle,
        verified_at=NOW,
        vouched_by=None,
        created_at=NOW,
    )


@pytest.mark.parametrize(
    ("known", "sought", "answer"),
    [
        (("7", "amara"), ("7", "renamed"), True),
        (("7", "amara"), ("8", "amara"), False),
        (("7", "Amara"), (None, "aMARA"), True),
        ((None, "amara"), ("8", "AMARA"), True),
        ((None, "amara"), (None, "amara"), True),
        ((None, "amara"), (None, "other"), False),
        (("7", None), (None, "amara"), False),
        ((None, "amara"), ("8", None), False),
    ],
)
def test_the_providers_id_decides_where_both_have_one(
    known: tuple[str | None, str | None], sought: tuple[str | None, str | None], answer: bool
) -> None:
    assert same(identity(*known), *sought) is answer


def test_an_equal_id_beats_equal_handles() -> None:
    known = [identity("7", "renamed", person=1), identity(None, "amara", person=2)]
    assert owners(known, "7", "amara") == {UUID(int=1)}
    assert owners(known, "8", "amara") == {UUID(int=2)}
    assert owners(known, "8", "nobody") == set()
