"""Secret choices, sealed with keys that are in the settings and never in the database."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from domain.errors import Conflict
from domain.keyring import Keyring
from domain.rules.votes import Choice

_WIDTH = max(len(choice) for choice in Choice)


class BallotKeyMissing(Conflict):
    """Nothing can be sealed: the service was started without a key."""

    code = "ballot_key_missing"
    title = "The service has no key for secret ballots"


class Seals:
    """Seals choices, each bound to its round and elector; all sealed ones are of one length.

    Raises ValueError for a key that is none.
    """

    __slots__ = ("_keyring",)

    def __init__(self, keys: Iterable[str] = ()) -> None:
        self._keyring = Keyring(keys, _missing)

    @property
    def ready(self) -> bool:
        """Whether there is a key."""
        return self._keyring.ready

    def seal(self, choice: Choice, round_id: UUID, account_id: UUID) -> bytes:
        """The choice as it is stored. Raises `BallotKeyMissing`."""
        return self._keyring.seal(choice.value.ljust(_WIDTH).encode(), round_id, account_id)

    def open(self, sealed: bytes, round_id: UUID, account_id: UUID) -> Choice:
        """The choice that was sealed for them there. Raises `BallotKeyMissing`, `SealBroken`."""
        return Choice(self._keyring.open(sealed, round_id, account_id).decode().rstrip())

    def __repr__(self) -> str:
        return f"Seals(ready={self.ready})"


def _missing() -> BallotKeyMissing:
    return BallotKeyMissing("Secret ballots need CHANCERY_BALLOT_KEYS.")


NO_SEALS = Seals()
