"""The keys that nobody set: made once, kept, and told to every process."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from domain.keyring import fresh_key
from domain.sealing import Seals
from domain.vault import Vault
from service import key_files, serving
from service.settings import Settings, SettingsError


def at(
    folder: Path, *, ballot_keys: tuple[str, ...] = (), data_keys: tuple[str, ...] = ()
) -> Settings:
    return Settings(data_dir=folder, ballot_keys=ballot_keys, data_keys=data_keys)


def test_keys_are_made_once_for_their_owner_alone(tmp_path: Path) -> None:
    assert key_files.kept(at(tmp_path)) == at(tmp_path)
    made = key_files.ensured(at(tmp_path))
    assert Seals(made.ballot_keys).ready
    assert Vault(made.data_keys).ready
    assert made.ballot_keys != made.data_keys
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["ballot-keys", "data-keys"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert key_files.ensured(at(tmp_path)) == made
    assert key_files.kept(at(tmp_path)) == made


def test_a_key_of_the_settings_comes_first(tmp_path: Path) -> None:
    given = at(tmp_path, data_keys=(fresh_key(),))
    assert key_files.ensured(given).data_keys == given.data_keys
    assert [file.name for file in tmp_path.iterdir()] == ["ballot-keys"]


def test_a_file_can_hold_several_and_the_first_one_seals(tmp_path: Path) -> None:
    keys = (fresh_key(), fresh_key())
    (tmp_path / "data-keys").write_text("\n".join(keys) + "\n")
    assert key_files.ensured(at(tmp_path)).data_keys == keys


@pytest.mark.parametrize("content", [b"no key\n", b"\xff\n"])
@pytest.mark.parametrize("name", ["ballot-keys", "data-keys"])
def test_a_file_with_something_else_is_refused_and_left_alone(
    tmp_path: Path, name: str, content: bytes
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(SettingsError, match=name):
        key_files.ensured(at(tmp_path))
    assert file.read_bytes() == content


def test_a_file_of_a_start_that_was_cut_short_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "data-keys.new").write_text("half")
    assert key_files.ensured(at(tmp_path)).data_keys


def test_every_process_is_told(tmp_path: Path) -> None:
    given = at(tmp_path, ballot_keys=(fresh_key(), fresh_key()), data_keys=(fresh_key(),))
    told = serving.environment(given.on_database("postgresql://a@b/c"))
    found = Settings.from_environ(told | {"HOME": "/home/ada"})
    assert (found.ballot_keys, found.data_keys) == (given.ballot_keys, given.data_keys)
