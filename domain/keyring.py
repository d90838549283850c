"""Keys that are in the settings and never in the database, and what is sealed with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from domain.errors import Conflict


class SealBroken(Conflict):
    """What was sealed belongs elsewhere, was altered, or its key is gone."""

    code = "seal_broken"
    title = "What was sealed cannot be opened"


class Keyring:
    """Seals with the first of its keys, and opens what any of them has sealed.

    What is sealed is bound to the records that it is opened for: moved to others, it stays shut.
    Without keys both raise what `missing` makes. Raises ValueError for a key that is none.
    """

    __slots__ = ("_fernet", "_missing")

    def __init__(self, keys: Iterable[str], missing: Callable[[], Conflict]) -> None:
        fernets = [Fernet(key) for key in keys]
        self._fernet = MultiFernet(fernets) if fernets else None
        self._missing = missing

    @property
    def ready(self) -> bool:
        """Whether there is a key."""
        return self._fernet is not None

    def seal(self, data: bytes, *bound: UUID) -> bytes:
        """The data as they are stored, a third longer and some 120 bytes more."""
        # The time of day would be in it readably.
        return self._keys().encrypt_at_time(_binding(bound) + data, 0)

    def open(self, sealed: bytes, *bound: UUID) -> bytes:
        """What was sealed for these records. Raises `SealBroken`."""
        try:
            plain = self._keys().decrypt(sealed)
        except InvalidToken:
            detail = "None of the service's keys opens it: was it altered, or a key removed?"
            raise SealBroken(detail) from None
        binding = _binding(bound)
        if plain[: len(binding)] != binding:
            raise SealBroken("It was sealed for another record.")
        return plain[len(binding) :]

    def _keys(self) -> MultiFernet:
        if self._fernet is None:
            raise self._missing()
        return self._fernet

    def __repr__(self) -> str:
        return f"{type(self).__name__}(ready={self.ready})"


def fresh_key() -> str:
    """A new key, as the settings take it."""
    return Fernet.generate_key().decode()


def _binding(bound: tuple[UUID, ...]) -> bytes:
    return b"".join(one.bytes for one in bound)
