"""The environment: defaults, faults that name their variable, and secrets that stay secret."""

from __future__ import annotations

import os
from ipaddress import ip_network
from pathlib import Path

import pytest

from domain import keyring
from service import key_files, settings
from service.settings import Settings, SettingsError
from tests.world import BALLOT_KEY, DATA_KEY

URL = "postgresql://chancery:open-sesame@db.example.org:5432/chancery"


def fault(**environ: str) -> str:
    with pytest.raises(SettingsError) as raised:
        Settings.from_environ({"HOME": "/home/ada", **environ})
    return str(raised.value)


def read(**environ: str) -> Settings:
    return Settings.from_environ({"HOME": "/home/ada", "PATH": "/bin", **environ})


def test_an_empty_environment_is_enough() -> None:
    found = read()
    assert (found.host, found.port, found.workers, found.pool_size) == ("127.0.0.1", 8000, 1, 10)
    assert found.database_url is None
    assert found.cors_origins == ("*",)
    assert found.fetch_allow == ()
    assert found.log_format == "json"
    assert found.shutdown_seconds == 20


def test_every_kind_of_value_is_read() -> None:
    found = read(
        CHANCERY_PORT="65535",
        CHANCERY_DATA_DIR="/srv/chancery",
        CHANCERY_TRUSTED_PROXIES="10.0.0.0/8, fd00::/8,192.0.2.7",
        CHANCERY_FETCH_ALLOW="10.20.0.0/16",
        CHANCERY_CORS_ORIGINS="https://Example.org, http://localhost:3000/",
        CHANCERY_LOG_LEVEL="WARNING",
        CHANCERY_PUBLIC_URL="https://example.org/chancery/",
        CHANCERY_SECURITY_CONTACT="mailto:security@example.org",
    )
    assert found.port == 65535
    assert found.data_dir == Path("/srv/chancery")
    assert found.trusted_proxies == tuple(
        map(ip_network, ("10.0.0.0/8", "fd00::/8", "192.0.2.7/32"))
    )
    assert found.fetch_allow == (ip_network("10.20.0.0/16"),)
    assert found.cors_origins == ("https://example.org", "http://localhost:3000")
    assert found.log_level == "warning"
    assert found.public_url == "https://example.org/chancery"
    assert found.security_contact == "mailto:security@example.org"


def test_empty_is_not_set_but_an_empty_list_is_empty() -> None:
    found = read(CHANCERY_PORT="", CHANCERY_DATABASE_URL=" ", CHANCERY_CORS_ORIGINS="")
    assert found.port == 8000
    assert found.database_url is None
    assert found.cors_origins == ()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CHANCERY_PORT", "0"),
        ("CHANCERY_PORT", "65536"),
        ("CHANCERY_PORT", "8_000"),
        ("CHANCERY_PORT", "٨٠٠٠"),
        ("CHANCERY_WORKERS", "-1"),
        ("CHANCERY_HOST", "local host"),
        ("CHANCERY_DATA_DIR", "relative/folder"),
        ("CHANCERY_DATA_DIR", "~nosuchuser/folder"),
        ("CHANCERY_LOG_LEVEL", "loud"),
        ("CHANCERY_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("CHANCERY_TRUSTED_PROXIES", "10.0.0.0/8,,"),
        ("CHANCERY_FETCH_ALLOW", "intranet.example.org"),
        ("CHANCERY_CORS_ORIGINS", "example.org"),
        ("CHANCERY_CORS_ORIGINS", "https://example.org/path"),
        ("CHANCERY_PUBLIC_URL", "ftp://example.org"),
        ("CHANCERY_PUBLIC_URL", "https://example.org:99999"),
        ("CHANCERY_SECURITY_CONTACT", "somebody"),
    ],
)
def test_a_bad_value_names_variable_value_and_expectation(variable: str, value: str) -> None:
    message = fault(**{variable: value})
    assert message.startswith(f"{variable} is {value!r}: expected ")
    assert len(message.splitlines()) == 1


@pytest.mark.parametrize(
    "url", ["mysql://ada:open-sesame@db/x", "open-sesame", "postgresql://a:open-sesame@db:port/x"]
)
def test_a_bad_secret_is_not_repeated(url: str) -> None:
    message = fault(CHANCERY_DATABASE_URL=url)
    assert message.startswith("CHANCERY_DATABASE_URL is (not shown): expected postgresql://")
    assert "open-sesame" not in message


def test_an_unknown_name_is_answered_with_the_closest() -> None:
    assert "did you mean CHANCERY_DATABASE_URL?" in fault(CHANCERY_DATABSE_URL=URL)
    assert "did you mean CHANCERY_PORT?" in fault(CHANCERY_PROT="80")


@pytest.mark.parametrize("name", key_files.NAMES)
def test_keys_are_read_in_their_order(name: str) -> None:
    first, second = keyring.fresh_key(), keyring.fresh_key()
    variable = f"CHANCERY_{name.upper()}"
    for given, found in (("", ()), (f"{first}, {second}", (first, second))):
        assert getattr(read(**{variable: given}), name) == found
    assert getattr(read(), name) == ()


@pytest.mark.parametrize(
    "keys",
    ["secret", keyring.fresh_key()[:-1], f"{keyring.fresh_key()},"],
    ids=["none", "cut", "comma"],
)
@pytest.mark.parametrize("name", ["ballot", "data"])
def test_a_wrong_key_is_not_shown(name: str, keys: str) -> None:
    variable = f"CHANCERY_{name.upper()}_KEYS"
    message = fault(**{variable: keys})
    assert f"{variable} is (not shown)" in message
    assert f"chancery {name}-key" in message
    assert keys not in message


def test_every_fault_is_told_at_once() -> None:
    message = fault(CHANCERY_PORT="x", CHANCERY_NOPE="1", CHANCERY_WORKERS="0")
    assert len(message.splitlines()) == 3


def test_the_other_addresses_follow_the_database() -> None:
    found = read(CHANCERY_DATABASE_URL=URL)
    assert found.migration_database_url == found.listen_database_url == URL
    owner = URL.replace("chancery:", "owner:")
    found = read(CHANCERY_DATABASE_URL=URL, CHANCERY_MIGRATION_DATABASE_URL=owner)
    assert (found.database_url, found.migration_database_url) == (URL, owner)
    assert found.listen_database_url == URL


def test_an_owner_without_a_database_is_a_fault() -> None:
    assert "needs CHANCERY_DATABASE_URL" in fault(CHANCERY_MIGRATION_DATABASE_URL=URL)


def test_no_secret_is_in_the_repr() -> None:
    found = read(
        CHANCERY_DATABASE_URL=URL,
        CHANCERY_OWNER_TOKEN="open-sesame",
        CHANCERY_BALLOT_KEYS=BALLOT_KEY,
        CHANCERY_DATA_KEYS=DATA_KEY,
        CHANCERY_OTLP_ENDPOINT="https://ada:open-sesame@collector.example.org",
    )
    assert "open-sesame" not in repr(found)
    assert BALLOT_KEY not in repr(found)
    assert DATA_KEY not in repr(found)
    assert "database_url=***" in repr(found)
    assert "port=8000" in repr(found)


def test_the_data_folder_follows_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert read().data_dir == Path("/home/ada/.local/share/chancery")
    assert read(XDG_DATA_HOME="/data").data_dir == Path("/data/chancery")
    assert read(XDG_DATA_HOME="data").data_dir == Path("/home/ada/.local/share/chancery")
    monkeypatch.setattr("sys.platform", "darwin")
    assert read().data_dir == Path("/home/ada/Library/Application Support/chancery")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert read().data_dir == Path("/var/lib/chancery")


def test_the_reference_names_every_field() -> None:
    rows = settings.reference()
    assert [name for name, _, _ in rows] == [
        f"CHANCERY_{name.upper()}" for name in Settings.__struct_fields__
    ]
    assert all(default and description.endswith(".") for _, default, description in rows)
    table = settings.markdown_table()
    assert "| `CHANCERY_PORT` | `8000` | The TCP port that the service listens on. |\n" in table
    assert len(table.splitlines()) == len(rows) + 2
