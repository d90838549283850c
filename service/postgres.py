"""The PostgreSQL that Chancery brings along: started, joined and stopped, on Linux and macOS.

Liveness is told by locks that the kernel drops with their holder, never by process numbers:
the server itself inherits one, so a stale or recycled `postmaster.pid` deceives nobody.
"""

from __future__ import annotations

import fcntl
import os
import shlex
import signal
import socket
import time
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

import msgspec
from msgspec import Struct

from service import cluster
from service.binaries import PostgresError, Programs, find_binaries, reachable
from service.cluster import Cluster

PATIENCE = 120.0
"""Seconds to wait for another process, a crash recovery or a shutdown."""

# A socket's address holds 104 bytes on macOS and 108 on Linux.
LONGEST_SOCKET = 100
SOCKET_PORT = 5432


class AlreadyServing(PostgresError):
    """Another `chancery serve` uses the data folder."""


class Server(Struct, frozen=True, kw_only=True):
    """A running server and how to reach it; `started_here` tells whether this call started it."""

    data_dir: Path
    host: str
    port: int
    pid: int
    superuser_url: str
    owner_url: str
    service_url: str
    started_here: bool = False

    def __repr__(self) -> str:
        return (
            f"Server(data_dir={self.data_dir}, host={self.host}, port={self.port}, pid={self.pid})"
        )


def ensure_running(
    data_dir: Path, binaries: Path | None = None, options: Mapping[str, str] | None = None
) -> Server:
    """Start the server, or join the one that runs, and leave it running until `stop`.

    `options` are server settings for a start; they do nothing to a server that runs already.
    """
    place = cluster.open_folder(data_dir)
    with _turn(place.data_dir):
        server = _start_or_join(place, binaries, options or {})
        _note_last_user_stops(place.data_dir, False)
        return server


@contextmanager
def running(
    data_dir: Path, binaries: Path | None = None, options: Mapping[str, str] | None = None
) -> Generator[Server]:
    """Start the server or join the one that runs; the last block to end stops it.

    Whoever started it need not be the one who stops it: an import may begin before `serve` and end
    before it. A server that `ensure_running` started or joined is not stopped by any block. A block
    that was killed counts as ended, so the next block to end stops the server that it left behind.
    """
    place = cluster.open_folder(data_dir)
    with closing(Lock(place.data_dir / "postgres.users")) as users:
        with _turn(place.data_dir):
            server = _start_or_join(place, binaries, options or {})
            if server.started_here:
                _note_last_user_stops(place.data_dir, True)
            users.take(shared=True)
        try:
            yield server
        finally:
            with _turn(place.data_dir):
                if users.try_to_take() and users.read() == "last user stops":
                    _stop(place)


def stop(data_dir: Path) -> bool:
    """Stop the server, whoever uses it; False when none was running."""
    if not data_dir.is_dir():
        return False
    place = cluster.open_folder(data_dir)
    with _turn(place.data_dir):
        return _stop(place)


def status(data_dir: Path) -> Server | None:
    """The running server; None when there is none that accepts connections."""
    place = Cluster(data_dir.resolve(), None)
    found = _postmaster(place)
    if found is None or found.state != "ready":
        return None
    # A killed server's last processes may live on for a moment, but they accept nobody.
    if not found.answers(ours=_is_alive(place)):
        return None
    passwords = place.credentials()
    if passwords is None:
        raise PostgresError(
            f"{place.root}/credentials.json is lost. Stop the server (process {found.pid}); "
            "the next start makes new passwords."
        )

    def url(role: str, password: str, database: str) -> str:
        where = f"host={quote(found.host)}&port={found.port}"
        return f"postgresql://{role}:{password}@/{database}?{where}"

    return Server(
        data_dir=place.data_dir,
        host=found.host,
        port=found.port,
        pid=found.pid,
        superuser_url=url(cluster.SUPERUSER, passwords.superuser, "postgres"),
        owner_url=url(cluster.OWNER, passwords.owner, cluster.DATABASE),
        service_url=url(cluster.SERVICE, passwords.service, cluster.DATABASE),
    )


@contextmanager
def serve_lock(data_dir: Path) -> Generator[None]:
    """Be the only `chancery serve` on this data folder for the length of the block.

    Raises AlreadyServing. The lock ends with the process, however that ends.
    """
    place = cluster.open_folder(data_dir)
    with closing(Lock(place.data_dir / "serve.lock")) as lock:
        if not lock.try_to_take():
            raise AlreadyServing(
                f"chancery serve is running on {place.data_dir} already (process {lock.read()}). "
                "Stop that one, or give this one its own CHANCERY_DATA_DIR and CHANCERY_PORT."
            )
        lock.write(str(os.getpid()))
        yield


class Lock:
    """An advisory lock on a file, which may also carry a short note."""

    def __init__(self, path: Path) -> None:
        self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def try_to_take(self, *, shared: bool = False) -> bool:
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(self.descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def take(self, *, shared: bool = False) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self.try_to_take(shared=shared):
            if time.monotonic() > deadline:
                raise PostgresError("another process is starting or stopping PostgreSQL for long")
            time.sleep(0.02)

    def read(self) -> str:
        return os.pread(self.descriptor, 100, 0).decode()

    def write(self, note: str) -> None:
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, note.encode(), 0)

    def close(self) -> None:
        os.close(self.descriptor)


class _Postmaster(Struct, frozen=True):
    """What PostgreSQL wrote into `postmaster.pid`."""

    pid: int
    host: str
    port: int
    state: str

    def answers(self, *, ours: bool) -> bool:
        """Whether somebody listens; on a TCP port that is no longer ours it could be anybody."""
        try:
            if self.host.startswith("/"):
                with socket.socket(socket.AF_UNIX) as probe:
                    probe.connect(f"{self.host}/.s.PGSQL.{self.port}")
            elif ours:
                socket.create_connection((self.host, self.port), timeout=1).close()
            else:
                return False
        except OSError:
            return False
        return True


def _postmaster(place: Cluster) -> _Postmaster | None:
    try:
        lines = (place.data / "postmaster.pid").read_text().splitlines()
        pid, _, _, port, folder, address, _, state = (line.strip() for line in lines[:8])
        return _Postmaster(int(pid), folder or address, int(port), state)
    except FileNotFoundError:
        return None
    except PermissionError as fault:
        raise PostgresError(f"the data in {place.data_dir} belongs to another user") from fault
    except ValueError:
        # It is written line by line while the server starts.
        return None


@contextmanager
def _turn(data_dir: Path) -> Generator[None]:
    """One process at a time starts, joins or stops."""
    with closing(Lock(data_dir / "postgres.turn")) as lock:
        lock.take()
        yield


def _note_last_user_stops(data_dir: Path, so: bool) -> None:
    with closing(Lock(data_dir / "postgres.users")) as users:
        users.write("last user stops" if so else "")


def _is_alive(place: Cluster) -> bool:
    """Whether any process of the server exists: they all inherited this lock."""
    with closing(Lock(place.data_dir / "postgres.alive")) as lock:
        return not lock.try_to_take(shared=True)


def _start_or_join(place: Cluster, binaries: Path | None, options: Mapping[str, str]) -> Server:
    deadline = time.monotonic() + PATIENCE
    with closing(Lock(place.data_dir / "postgres.alive")) as alive:
        while not (server := status(place.data_dir)):
            if alive.try_to_take():
                programs = reachable(find_binaries(binaries), place.account, place.data_dir)
                _start(place, programs, options, alive.descriptor)
                server = status(place.data_dir)
                if server is None:
                    raise PostgresError(f"PostgreSQL stopped at once:\n{_last_words(place)}")
                return msgspec.structs.replace(server, started_here=True)
            if time.monotonic() > deadline:
                raise PostgresError(
                    f"PostgreSQL in {place.data_dir} neither starts nor ends:\n{_last_words(place)}"
                )
            time.sleep(0.02)
        return server


def _start(place: Cluster, programs: Programs, options: Mapping[str, str], keep: int) -> None:
    if not place.exists():
        cluster.create(place, programs, options, keep)
    cluster.check_major(place, programs)
    # Nothing of a server lives, so what these say about process numbers is out of date, and a
    # process that got the number since would keep PostgreSQL from starting.
    (place.data / "postmaster.pid").unlink(missing_ok=True)
    for left in (place.root / "run").glob(".s.PGSQL.*"):
        left.unlink()
    if place.credentials() is None:
        cluster.set_passwords(place.root, programs, keep)
    settings = _address(place) | dict(options)
    answer = programs.run(
        "pg_ctl",
        *("start", "--silent", "--wait", "--timeout", str(int(PATIENCE))),
        *("-D", place.data, "-l", place.log / "start.log"),
        *("-o", " ".join(shlex.quote(f"--{name}={value}") for name, value in settings.items())),
        cwd=place.root,
        keep=keep,
    )
    if answer.returncode != 0:
        raise PostgresError(
            f"PostgreSQL did not start: {answer.stderr.strip()}\n{_last_words(place)}"
        )


def _address(place: Cluster) -> dict[str, str]:
    folder = str(place.root / "run")
    # Clients take a comma for the end of one host of several.
    if "," not in folder and len(os.fsencode(f"{folder}/.s.PGSQL.1234")) < LONGEST_SOCKET:
        return {
            "listen_addresses": "",
            "unix_socket_directories": f'"{folder}"',
            "port": str(SOCKET_PORT),
        }
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    return {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "port": port}


def _last_words(place: Cluster) -> str:
    logs = sorted(place.log.glob("*.log"), key=lambda path: path.stat().st_mtime)
    lines = [line for path in logs[-2:] for line in path.read_text(errors="replace").splitlines()]
    return "\n".join(lines[-8:])


def _stop(place: Cluster) -> bool:
    deadline = time.monotonic() + PATIENCE
    asked: int | None = None
    while True:
        found = _postmaster(place)
        if not _is_alive(place) and not (found and found.answers(ours=False)):
            return asked is not None
        if found and found.pid != asked:
            try:
                os.kill(found.pid, signal.SIGINT)
            except ProcessLookupError:
                pass
            except PermissionError as fault:
                raise PostgresError(f"process {found.pid} belongs to another user") from fault
            asked = found.pid
        if time.monotonic() > deadline:
            raise PostgresError(f"PostgreSQL does not stop:\n{_last_words(place)}")
        time.sleep(0.02)
