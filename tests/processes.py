"""The service as a process of its own, as whoever runs it would start it."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from service import postgres
from tests import leaks

ROOT = Path(__file__).parents[1]
CHANCERY = [sys.executable, "-m", "service.cli"]
PATIENCE = 30.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(**settings: str) -> dict[str, str]:
    """This process's environment with these CHANCERY_* settings and no others."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CHANCERY_")}
    return kept | {f"CHANCERY_{name.upper()}": value for name, value in settings.items()}


def chancery(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; whatever it serves, it is on a port that nobody else has."""
    answer = subprocess.run(
        [*CHANCERY, *arguments],
        env=environment(**({"port": str(free_port())} | settings)),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    descriptor, _ = tempfile.mkstemp(prefix="command-", suffix=".txt", dir=leaks.folder())
    with os.fdopen(descriptor, "w") as output:
        output.write(answer.stdout + answer.stderr)
    return answer


@contextmanager
def data_folder() -> Iterator[Path]:
    """A folder for an embedded server, which other users can reach; it is stopped at last."""
    path = Path(tempfile.mkdtemp(prefix="chancery-", dir="/tmp")).resolve()
    path.chmod(0o755)
    try:
        yield path / "data"
    finally:
        postgres.stop(path / "data")
        shutil.rmtree(path)


class Service:
    """A running `chancery serve` (or another server); killed at the end of the block."""

    def __init__(
        self, *arguments: str, command: Sequence[str] = (*CHANCERY, "serve"), **settings: str
    ) -> None:
        self.port = free_port()
        # It stays there, to be searched when the suite has ended.
        descriptor, name = tempfile.mkstemp(prefix="service-", suffix=".txt", dir=leaks.folder())
        self.log = Path(name)
        with os.fdopen(descriptor, "wb") as output:
            self.process = subprocess.Popen(
                [*command, "--port", str(self.port), *arguments],
                env=environment(**settings),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def said(self) -> str:
        return self.log.read_text()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.kill()

    def status(self, path: str) -> int | None:
        """The status of a GET; None when nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def ready(self) -> Self:
        """Wait until it answers."""
        deadline = time.monotonic() + PATIENCE
        while self.status("/health/ready") != 200:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.02)
        return self

    def gone(self) -> bool:
        """Whether nobody listens on the port any more."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) != 0

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def ended(self, seconds: float = PATIENCE) -> int:
        return self.process.wait(seconds)

    def stop(self) -> int:
        """Ask it to stop, and its exit code."""
        self.signal(signal.SIGTERM)
        return self.ended()

    def kill(self) -> None:
        """Kill every process of it, without a warning."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.process.wait()
