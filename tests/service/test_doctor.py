"""`chancery doctor` on healthy and on broken installations."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.keyring import fresh_key
from service import cluster, doctor, migrate, postgres
from service.doctor import Finding
from service.settings import Settings


def examine(settings: Settings) -> list[Finding]:
    return asyncio.run(doctor.examine(settings))


def serving(url: str, *, data_dir: str = "/") -> Settings:
    """Settings that lack nothing, on a database of one's own."""
    keys = (fresh_key(),)
    return Settings(data_dir=Path(data_dir), database_url=url, ballot_keys=keys, data_keys=keys)


def wrong(findings: list[Finding]) -> list[Finding]:
    # A full disk is a fault of the machine that tests.
    return [found for found in findings if found.level != "ok" and "are free" not in found.what]


@pytest.fixture(scope="module")
def at_head(server: postgres.Server) -> postgres.Server:
    """The server, with a migrated database."""
    asyncio.run(migrate.upgrade(server.owner_url, cluster.SERVICE))
    return server


def test_a_healthy_installation_has_no_faults(at_head: postgres.Server) -> None:
    findings = examine(Settings(data_dir=at_head.data_dir))
    assert wrong(findings) == []
    told = "\n".join(found.what for found in findings)
    for part in (
        "Python 3.",
        str(at_head.data_dir),
        "PostgreSQL 18",
        "btree_gist and pg_trgm are available",
        f"at revision {migrate.head()}",
        "role chancery has no rights to change the schema",
        "clock agrees",
        "GiB are free",
    ):
        assert part in told


def test_a_given_database_is_examined_instead(at_head: postgres.Server) -> None:
    nowhere = "/nonexistent/chancery"
    findings = examine(serving(at_head.service_url, data_dir=nowhere))
    assert wrong(findings) == []
    assert nowhere not in doctor.render(findings)


def test_missing_keys_are_warnings(at_head: postgres.Server) -> None:
    keyless = Settings(data_dir=Path("/"), database_url=at_head.service_url)
    found = wrong(examine(keyless))
    assert {one.level for one in found} == {"warning"}
    assert [one.advice for one in found] == [
        "Set CHANCERY_BALLOT_KEYS to what chancery ballot-key prints.",
        "Set CHANCERY_DATA_KEYS to what chancery data-key prints.",
    ]


def test_a_role_that_can_change_the_schema_is_a_warning(at_head: postgres.Server) -> None:
    (owner,) = wrong(examine(serving(at_head.owner_url)))
    assert (owner.level, owner.what) == (
        "warning",
        "the service role chancery_owner may create tables, owns tables",
    )
    elsewhere = serving(at_head.superuser_url)
    levels = {found.level: found for found in wrong(examine(elsewhere))}
    assert "is a superuser" in levels["warning"].what
    assert "chancery migrate" in levels["error"].advice


def test_a_database_that_nobody_serves_is_an_error() -> None:
    url = "postgresql://chancery:open-sesame@127.0.0.1:1/chancery"
    (found,) = wrong(examine(serving(url)))
    assert (found.level, found.what) == ("error", "the database cannot be reached")
    assert "open-sesame" not in found.advice


def test_a_wrong_password_is_an_error(at_head: postgres.Server) -> None:
    url = at_head.service_url.replace("chancery:", "chancery:x", 1)
    (found,) = wrong(examine(serving(url)))
    assert "InvalidPassword" in found.advice


def test_a_fresh_machine_is_fine_and_stays_untouched(folder: Path) -> None:
    data_dir = folder / "not" / "yet"
    findings = examine(Settings(data_dir=data_dir))
    assert wrong(findings) == []
    assert "will be made by the first start" in doctor.render(findings)
    assert "is not running" in doctor.render(findings)
    assert list(folder.iterdir()) == []


def test_data_of_another_major_version_is_an_error(folder: Path) -> None:
    data = folder / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("12\n")
    (found,) = wrong(examine(Settings(data_dir=folder)))
    assert found.level == "error"
    assert "written by PostgreSQL 12" in found.advice


@pytest.mark.parametrize("name", ["postgres/credentials.json", "data-keys"])
def test_secrets_that_others_may_read_are_an_error(folder: Path, name: str) -> None:
    secret = folder / name
    secret.parent.mkdir(exist_ok=True)
    secret.write_text("{}")
    secret.chmod(0o644)
    (found,) = wrong(examine(Settings(data_dir=folder)))
    assert found == Finding("error", f"others may read {secret}", f"Run: chmod 600 {secret}")


def test_missing_programs_are_an_error(folder: Path) -> None:
    (found,) = wrong(examine(Settings(data_dir=folder, postgres_bin=folder)))
    assert found.level == "error"
    assert "initdb" in found.advice


@pytest.mark.parametrize(
    ("version", "level"),
    [(140019, "error"), (150000, "ok"), (180006, "ok"), (190000, "error")],
)
def test_only_tested_versions_pass(version: int, level: str) -> None:
    now = datetime.now(UTC)
    facts = doctor.Facts(version, "chancery", now, [], "chancery", False, False, False, False)
    assert doctor.of_server(facts).level == level


def test_an_extension_that_is_not_there_is_named() -> None:
    now = datetime.now(UTC)
    missing = ["btree_gist"]
    facts = doctor.Facts(180006, "c", now, missing, "c", False, False, False, False)
    found = doctor.of_extensions(facts)
    assert found.level == "error"
    assert "btree_gist" in found.what
    assert "pg_trgm" not in found.what


def test_clocks_that_disagree_are_a_warning() -> None:
    noon = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
    facts = doctor.Facts(180006, "chancery", noon, [], "chancery", False, False, False, False)
    assert doctor.of_clocks(facts, noon).level == "ok"
    late = doctor.of_clocks(facts, noon.replace(minute=1))
    assert (late.level, "60 seconds" in late.what) == ("warning", True)


def test_the_findings_are_rendered_with_their_advice() -> None:
    text = doctor.render(
        [Finding("ok", "one"), Finding("warning", "two", "do\nthis"), Finding("error", "three")]
    )
    assert text == (
        "ok      one\nwarning two\n        do\n        this\nerror   three\n\n1 errors, 1 warnings"
    )
