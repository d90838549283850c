"""`chancery serve`: from nothing, or from a given database, to worker processes that answer.

Granian's workers finish what is in flight when they are told to stop; this adds the readiness line,
one deadline for all workers, their end with their parent, and the embedded server's supervision.
"""

from __future__ import annotations

import gc
import http.client
import logging
import multiprocessing
import os
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from granian.constants import HTTPModes, Interfaces, Loops
from granian.log import LogLevels
from granian.server.mp import MPServer

from service import key_files, postgres, telemetry
from service.beside import Beside, end_with_parent
from service.binaries import PostgresError
from service.settings import Settings, SettingsError

log = logging.getLogger("chancery.serve")

WATCH_SECONDS = 0.5
LONGEST_WAIT = 10.0


class CannotListen(SettingsError):
    """The address is in use, or not of this machine."""


def refuse_port_in_use(host: str, port: int) -> None:
    """Raise CannotListen, which the server itself would not: its workers share their port."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        raise CannotListen(
            f"cannot listen on {host} port {port}: {error.strerror or error}. "
            "Choose another with --port or CHANCERY_PORT."
        ) from error


@contextmanager
def embedded(settings: Settings) -> Generator[Settings]:
    """The settings on the embedded server, which is started again when it dies.

    The keys that they lack are made and kept in the data folder.
    """
    with postgres.running(settings.data_dir, settings.postgres_bin) as server, ExitStack() as again:
        ended = threading.Event()
        watch = threading.Thread(
            target=_keep_running, args=(settings, server, ended, again), daemon=True
        )
        watch.start()
        try:
            found = settings.on_database(server.service_url, migration=server.owner_url)
            yield key_files.ensured(found)
        finally:
            ended.set()
            watch.join()


def _keep_running(
    settings: Settings, server: postgres.Server, ended: threading.Event, again: ExitStack
) -> None:
    # On a loopback port (where the socket's path is too long) the address has to stay the same.
    options = {} if "host=%2F" in server.service_url else {"port": str(server.port)}
    wait = WATCH_SECONDS
    while not ended.wait(wait):
        wait = WATCH_SECONDS
        try:
            if postgres.status(settings.data_dir) is None:
                log.error("PostgreSQL is gone; starting it again")
                running = postgres.running(settings.data_dir, settings.postgres_bin, options)
                again.enter_context(running)
                log.warning("PostgreSQL is back")
        except (PostgresError, OSError) as error:
            log.error("PostgreSQL does not start: %s", error)
            wait = LONGEST_WAIT


def serve(settings: Settings, announce: Callable[[str], None], *, with_worker: bool) -> None:
    """Serve until SIGTERM or SIGINT; returns when nothing is in flight any more.

    `announce` gets a line for people once the service answers; then the queue's worker starts, if
    one is wanted. Requests and jobs that still run after `shutdown_seconds` are cut. Exits with 1
    when the workers fail.
    """
    with tempfile.TemporaryDirectory(prefix="chancery-metrics-") as metrics:
        if settings.workers > 1:
            telemetry.share_metrics(Path(metrics))
        os.environ.update(environment(settings))
        # A fork would take over this process's threads' locks and its lock on the data folder.
        multiprocessing.set_start_method("spawn", force=True)
        beside = Beside(settings.shutdown_seconds) if with_worker else None
        try:
            Server(settings, announce, beside).serve(target_loader=load, wrap_loader=False)
        finally:
            if beside is not None:
                beside.end()


def environment(settings: Settings) -> dict[str, str]:
    """What the workers have to know and the environment may not say: which database and keys."""
    names = ("database_url", "migration_database_url", "listen_database_url")
    known = {f"CHANCERY_{name.upper()}": str(getattr(settings, name)) for name in names}
    keys = {
        f"CHANCERY_{name.upper()}": ",".join(getattr(settings, name)) for name in key_files.NAMES
    }
    return known | keys


def load() -> Any:
    """The application, in a worker."""
    # Control-C reaches every process of the terminal, and the first one tells the workers by
    # SIGTERM; a granian worker that is told twice while it starts never ends.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    threading.Thread(target=end_with_parent, daemon=True).start()
    from service.app import from_environment

    app = from_environment()
    # What is there by now stays for good: a garbage collection need not pass through it each time.
    gc.freeze()
    return app


class Server(MPServer):
    """Granian with a line when it answers, and one deadline for all workers."""

    def __init__(
        self, settings: Settings, announce: Callable[[str], None], beside: Beside | None
    ) -> None:
        super().__init__(  # pyright: ignore[reportUnknownMemberType] -- watchfiles is not installed
            "service.app:from_environment",
            address=settings.host,
            port=settings.port,
            interface=Interfaces.ASGI,
            # Left to itself it takes whichever loop happens to be installed.
            loop=Loops.asyncio,
            http=HTTPModes.http1,
            websockets=False,
            workers=settings.workers,
            respawn_failed_workers=True,
            respawn_interval=0.1,
            log_level=LogLevels.debug if settings.log_level == "debug" else LogLevels.warning,
            log_dictconfig=telemetry.logging_config(settings),
        )
        self.settings, self.announce, self.beside = settings, announce, beside
        self.stopping = threading.Event()

    def startup(self, spawn_target: Any, target_loader: Any) -> None:
        """Start the workers, and wait in the background until one of them answers."""
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # until `load`, in the workers
        super().startup(spawn_target, target_loader)  # pyright: ignore[reportUnknownMemberType] -- granian has no types here
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        threading.Thread(target=self._announce, daemon=True).start()

    def shutdown(self, exit_code: int = 0) -> None:
        """Let the workers finish; whoever is not done at the deadline is killed."""
        self.stopping.set()
        if self.beside is not None:
            self.beside.stop()
        late = threading.Timer(self.settings.shutdown_seconds, self._kill_late)
        late.daemon = True
        late.start()
        try:
            super().shutdown(exit_code)
        finally:
            late.cancel()

    def _kill_late(self) -> None:
        log.warning("requests still run after %s seconds", self.settings.shutdown_seconds)
        for worker in list(self.wrks):
            worker.kill()

    def _announce(self) -> None:
        host = self.settings.host
        shown = f"[{host}]" if ":" in host else host
        while not self.stopping.is_set():
            if answers(host, self.settings.port):
                self.announce(f"serving http://{shown}:{self.settings.port} (docs at /docs)")
                if self.beside is not None:
                    self.beside.start()
                return
            time.sleep(0.02)


def answers(host: str, port: int) -> bool:
    """Whether a service of ours answers there."""
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 -- only compared
    connection = http.client.HTTPConnection(near, port, timeout=1)
    try:
        connection.request("GET", "/health/live")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@contextmanager
def stops_cleanly() -> Generator[None]:
    """Let SIGTERM end the start, too, as an exception that closes what was opened."""

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise SystemExit(0)

    before: Callable[[int, FrameType | None], Any] | int | None
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
