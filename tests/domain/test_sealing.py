"""Secret choices are told apart by nobody without a key, and stay where they were sealed."""

from __future__ import annotations

from uuid import UUID

import pytest

from domain.keyring import SealBroken, fresh_key
from domain.rules.votes import Choice
from domain.sealing import NO_SEALS, BallotKeyMissing, Seals

ROUND, OTHER_ROUND = UUID(int=1), UUID(int=2)
ANN, BEN = UUID(int=11), UUID(int=12)


@pytest.mark.parametrize("choice", Choice)
def test_what_is_sealed_can_be_opened(choice: Choice):
    seals = Seals([fresh_key()])
    assert seals.ready
    assert seals.open(seals.seal(choice, ROUND, ANN), ROUND, ANN) is choice


def test_all_sealed_choices_are_of_one_length_and_no_two_are_alike():
    seals = Seals([fresh_key()])
    sealed = [seals.seal(choice, ROUND, ANN) for choice in [*Choice, *Choice]]
    assert len({len(one) for one in sealed}) == 1
    assert len(set(sealed)) == len(sealed)


@pytest.mark.parametrize(("round_id", "account_id"), [(ROUND, BEN), (OTHER_ROUND, ANN)])
def test_a_choice_that_was_moved_is_refused(round_id: UUID, account_id: UUID):
    seals = Seals([fresh_key()])
    sealed = seals.seal(Choice.FOR, ROUND, ANN)
    with pytest.raises(SealBroken, match="another record"):
        seals.open(sealed, round_id, account_id)


def test_a_choice_that_was_altered_is_refused():
    seals = Seals([fresh_key()])
    sealed = bytearray(seals.seal(Choice.FOR, ROUND, ANN))
    sealed[60] ^= 1
    with pytest.raises(SealBroken):
        seals.open(bytes(sealed), ROUND, ANN)


def test_keys_are_rotated_by_putting_a_new_one_first():
    old, new = fresh_key(), fresh_key()
    before = Seals([old]).seal(Choice.AGAINST, ROUND, ANN)
    both = Seals([new, old])
    assert both.open(before, ROUND, ANN) is Choice.AGAINST
    after = both.seal(Choice.FOR, ROUND, ANN)
    assert Seals([new]).open(after, ROUND, ANN) is Choice.FOR
    with pytest.raises(SealBroken, match="removed"):
        Seals([new]).open(before, ROUND, ANN)


def test_without_a_key_nothing_is_sealed_or_opened():
    assert not NO_SEALS.ready
    with pytest.raises(BallotKeyMissing, match="CHANCERY_BALLOT_KEYS"):
        NO_SEALS.seal(Choice.FOR, ROUND, ANN)
    with pytest.raises(BallotKeyMissing):
        NO_SEALS.open(b"", ROUND, ANN)


def test_what_is_no_key_is_refused_and_no_key_is_shown():
    with pytest.raises(ValueError, match="32"):
        Seals(["secret"])
    key = fresh_key()
    assert key not in repr(Seals([key]))
