"""The keys that nobody set: files beside the embedded PostgreSQL."""

from __future__ import annotations

import os
from pathlib import Path

from msgspec.structs import replace

from domain import keyring
from service import parsing
from service.settings import Settings, SettingsError

NAMES = {"ballot_keys": "ballot-keys", "data_keys": "data-keys"}
"""The settings and the files of the data folder: one key a line, the first one seals."""


def kept(settings: Settings) -> Settings:
    """The settings with the keys of the data folder, where they have none of their own.

    Raises SettingsError for a file that holds something else.
    """
    found: dict[str, tuple[str, ...]] = {}
    for name, file in NAMES.items():
        found[name] = getattr(settings, name) or _read(settings.data_dir / file)
    return replace(settings, **found)


def ensured(settings: Settings) -> Settings:
    """The same, with fresh keys in the data folder where there were none.

    One process at a time does this: `postgres.serve_lock`.
    """
    found = kept(settings)
    for name, file in NAMES.items():
        if not getattr(found, name):
            _write(settings.data_dir / file, f"{keyring.fresh_key()}\n")
    return kept(settings)


def _read(file: Path) -> tuple[str, ...]:
    try:
        lines = file.read_text("ascii").split()
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} cannot be read: {error}") from error
    try:
        return tuple(parsing.key(line) for line in lines)
    except ValueError:
        raise SettingsError(f"{file} does not hold one key on each line") from None


def _write(file: Path, text: str) -> None:
    """Whole or not at all: a key that a power failure cut short would lose all that it sealed."""
    fresh = file.with_name(f"{file.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as written:
        written.write(text)
        written.flush()
        os.fsync(written.fileno())
    fresh.rename(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
