"""What is private is read by nobody without a key, and only where it was put."""

from __future__ import annotations

from uuid import UUID

import pytest

from domain.keyring import SealBroken, fresh_key
from domain.vault import NO_VAULT, DataKeyMissing, Vault

PROGRAM, OTHER_PROGRAM = UUID(int=1), UUID(int=2)
GRANT, OTHER_GRANT = UUID(int=11), UUID(int=12)
STREET = b"1 Invented Street"


def test_what_is_sealed_can_be_opened_and_cannot_be_read():
    vault = Vault([fresh_key()])
    sealed = [vault.seal(STREET, PROGRAM, GRANT) for _ in range(2)]
    assert [vault.open(one, PROGRAM, GRANT) for one in sealed] == [STREET, STREET]
    assert sealed[0] != sealed[1]
    assert STREET not in sealed[0]


@pytest.mark.parametrize(("program", "grant"), [(PROGRAM, OTHER_GRANT), (OTHER_PROGRAM, GRANT)])
def test_what_was_moved_stays_shut(program: UUID, grant: UUID):
    vault = Vault([fresh_key()])
    with pytest.raises(SealBroken, match="another record"):
        vault.open(vault.seal(STREET, PROGRAM, GRANT), program, grant)


def test_keys_are_changed_by_putting_a_new_one_first():
    old, new = fresh_key(), fresh_key()
    before = Vault([old]).seal(STREET, PROGRAM, GRANT)
    both = Vault([new, old])
    assert both.open(before, PROGRAM, GRANT) == STREET
    assert Vault([new]).open(both.seal(STREET, PROGRAM, GRANT), PROGRAM, GRANT) == STREET
    with pytest.raises(SealBroken, match="removed"):
        Vault([new]).open(before, PROGRAM, GRANT)


def test_without_a_key_nothing_is_sealed_or_opened():
    assert not NO_VAULT.ready
    with pytest.raises(DataKeyMissing, match="CHANCERY_DATA_KEYS"):
        NO_VAULT.seal(STREET, PROGRAM, GRANT)
    with pytest.raises(DataKeyMissing):
        NO_VAULT.open(b"", PROGRAM, GRANT)


def test_no_key_is_shown():
    key = fresh_key()
    assert repr(Vault([key])) == "Vault(ready=True)"
    with pytest.raises(ValueError, match="32"):
        Vault(["secret"])
