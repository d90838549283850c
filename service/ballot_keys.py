"""The keys of secret ballots where nobody set any: a file beside the embedded PostgreSQL."""

from __future__ import annotations

import os
from pathlib import Path

from msgspec.structs import replace

from domain import sealing
from service import parsing
from service.settings import Settings, SettingsError

NAME = "ballot-keys"
"""One key a line; the first one seals."""


def kept(settings: Settings) -> Settings:
    """The settings with the keys of the data folder, unless they have their own.

    Raises SettingsError for a file that holds something else.
    """
    if settings.ballot_keys:
        return settings
    file = settings.data_dir / NAME
    try:
        lines = file.read_text("ascii").split()
    except FileNotFoundError:
        return settings
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} cannot be read: {error}") from error
    try:
        parsing.BALLOT_KEYS.parse(",".join(lines))
    except ValueError:
        raise SettingsError(f"{file} does not hold one key on each line") from None
    return replace(settings, ballot_keys=tuple(lines))


def ensured(settings: Settings) -> Settings:
    """The same, with a fresh key in the data folder when there was none.

    One process at a time does this: `postgres.serve_lock`.
    """
    found = kept(settings)
    if found.ballot_keys:
        return found
    _write(settings.data_dir / NAME, f"{sealing.fresh_key()}\n")
    return kept(settings)


def _write(file: Path, text: str) -> None:
    """Whole or not at all: a key that a power failure cut short would lose every vote."""
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
