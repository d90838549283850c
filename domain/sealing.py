"""Secret choices, sealed with keys that are in the settings and never in the database."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from domain.errors import Conflict
from domain.rules.votes import Choice

_WIDTH = max(len(choice) for choice in Choice)


class BallotKeyMissing(Conflict):
    """Nothing can be sealed: the service was started without a key."""

    code = "ballot_key_missing"
    title = "The service has no key for secret ballots"


class SealBroken(Conflict):
    """A sealed choice is of another round or elector, was altered, or its key is gone."""

    code = "seal_broken"
    title = "A sealed choice cannot be opened"


class Seals:
    """Seals choices with the first of its keys, and opens what any of them has sealed.

    Each is bound to its round and elector, and all are of one length. Raises ValueError for a key
    that is none.
    """

    __slots__ = ("_fernet",)

    def __init__(self, keys: Iterable[str] = ()) -> None:
        fernets = [Fernet(key) for key in keys]
        self._fernet = MultiFernet(fernets) if fernets else None

    @property
    def ready(self) -> bool:
        """Whether there is a key."""
        return self._fernet is not None

    def seal(self, choice: Choice, round_id: UUID, account_id: UUID) -> bytes:
        """The choice as it is stored. Raises `BallotKeyMissing`."""
        said = choice.value.ljust(_WIDTH).encode()
        # The time of day would be in it readably: nobody's business but `voted_at`'s.
        return self._keys().encrypt_at_time(_binding(round_id, account_id) + said, 0)

    def open(self, sealed: bytes, round_id: UUID, account_id: UUID) -> Choice:
        """The choice that was sealed for them there. Raises `BallotKeyMissing`, `SealBroken`."""
        try:
            plain = self._keys().decrypt(sealed)
        except InvalidToken:
            detail = "None of the service's keys opens a choice: was it altered, or a key removed?"
            raise SealBroken(detail) from None
        binding = _binding(round_id, account_id)
        if plain[: len(binding)] != binding:
            raise SealBroken("A sealed choice is of another round, or of somebody else.")
        return Choice(plain[len(binding) :].decode().rstrip())

    def _keys(self) -> MultiFernet:
        if self._fernet is None:
            raise BallotKeyMissing("Secret ballots need CHANCERY_BALLOT_KEYS.")
        return self._fernet

    def __repr__(self) -> str:
        return f"Seals(ready={self.ready})"


NO_SEALS = Seals()


def fresh_key() -> str:
    """A new key, as the setting takes it."""
    return Fernet.generate_key().decode()


def _binding(round_id: UUID, account_id: UUID) -> bytes:
    return round_id.bytes + account_id.bytes
