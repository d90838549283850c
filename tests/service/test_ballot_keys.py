"""The keys of secret ballots that nobody set: made once, kept, and told to every process."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from domain import sealing
from service import ballot_keys, serving
from service.settings import Settings, SettingsError


def at(folder: Path, *keys: str) -> Settings:
    return Settings(data_dir=folder, ballot_keys=keys)


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    assert ballot_keys.kept(at(tmp_path)).ballot_keys == ()
    made = ballot_keys.ensured(at(tmp_path)).ballot_keys
    assert sealing.Seals(made).ready
    file = tmp_path / "ballot-keys"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["ballot-keys"]
    assert ballot_keys.ensured(at(tmp_path)).ballot_keys == made
    assert ballot_keys.kept(at(tmp_path)).ballot_keys == made


def test_a_key_of_the_settings_comes_first(tmp_path: Path) -> None:
    given = sealing.fresh_key()
    assert ballot_keys.ensured(at(tmp_path, given)).ballot_keys == (given,)
    assert not (tmp_path / "ballot-keys").exists()


def test_a_file_can_hold_several_and_the_first_one_seals(tmp_path: Path) -> None:
    keys = (sealing.fresh_key(), sealing.fresh_key())
    (tmp_path / "ballot-keys").write_text("\n".join(keys) + "\n")
    assert ballot_keys.ensured(at(tmp_path)).ballot_keys == keys


@pytest.mark.parametrize("content", [b"no key\n", b"\xff\n"])
def test_a_file_with_something_else_is_refused_and_left_alone(
    tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "ballot-keys"
    file.write_bytes(content)
    with pytest.raises(SettingsError, match="ballot-keys"):
        ballot_keys.ensured(at(tmp_path))
    assert file.read_bytes() == content


def test_a_file_of_a_start_that_was_cut_short_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "ballot-keys.new").write_text("half")
    assert ballot_keys.ensured(at(tmp_path)).ballot_keys


def test_every_process_is_told(tmp_path: Path) -> None:
    keys = (sealing.fresh_key(), sealing.fresh_key())
    told = serving.environment(at(tmp_path, *keys).on_database("postgresql://a@b/c"))
    assert Settings.from_environ(told | {"HOME": "/home/ada"}).ballot_keys == keys
