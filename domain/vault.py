"""Private data (where something is sent, codes), sealed with keys that are in the settings."""

from __future__ import annotations

from collections.abc import Iterable

from domain.errors import Conflict
from domain.keyring import Keyring


class DataKeyMissing(Conflict):
    """Nothing private can be kept or read: the service was started without a key."""

    code = "data_key_missing"
    title = "The service has no key for private data"


class Vault(Keyring):
    """Seals data, bound to the program and the row that they belong to (by their ids).

    Raises `DataKeyMissing` and `SealBroken` as it seals and opens; ValueError for a key that is
    none.
    """

    __slots__ = ()

    def __init__(self, keys: Iterable[str] = ()) -> None:
        super().__init__(keys, _missing)


def _missing() -> DataKeyMissing:
    return DataKeyMissing("Addresses, codes and secrets of connectors need CHANCERY_DATA_KEYS.")


NO_VAULT = Vault()
