"""The processes that are measured: the service as it is served, and a bare server beside it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from msgspec import Struct

START_SECONDS = 60.0


class Process(Struct, frozen=True):
    """A running server: its port, and what `/proc` tells of it and its children."""

    port: int
    pid: int

    def family(self) -> list[Path]:
        """The process and its descendants; empty where there is no `/proc`."""
        parents = {path.parent: _parent(path) for path in Path("/proc").glob("[0-9]*/stat")}
        found = [self.pid]
        for pid in found:
            found += [int(path.name) for path, parent in parents.items() if parent == pid]
        return [path for path in parents if int(path.name) in found]

    def memory(self) -> int:
        """Bytes that are resident in memory."""
        page = os.sysconf("SC_PAGE_SIZE")
        return sum(int((p / "statm").read_text().split()[1]) * page for p in self.family())

    def processor(self) -> float:
        """Seconds of processor time used so far."""
        tick = os.sysconf("SC_CLK_TCK")
        ticks = 0
        for path in self.family():
            fields = (path / "stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / tick


def _parent(stat: Path) -> int:
    try:
        return int(stat.read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return -1


@contextmanager
def service(service_url: str, log: Path) -> Iterator[Process]:
    """`chancery serve` on a database, with default settings but for the limits of rate."""
    environment = {
        "CHANCERY_DATABASE_URL": service_url,
        "CHANCERY_RATE_LIMIT_PER_MINUTE": "1000000000",
        "CHANCERY_RATE_LIMIT_ANONYMOUS_PER_MINUTE": "1000000000",
    }
    port = _free_port()
    code = "from service.cli import main; main()"
    command = [sys.executable, "-c", code, "serve", "--port", str(port)]
    with _running(command, environment, log, port, "/health/ready") as process:
        yield process


@contextmanager
def floor(body: Path, log: Path) -> Iterator[Process]:
    """Granian, set as the service sets it, on `bench/floor.py`."""
    port = _free_port()
    command = [sys.executable, "-m", "granian", "bench.floor:app", "--interface", "asgi"]
    command += ["--port", str(port), "--http", "1", "--no-ws", "--workers", "1", "--no-access-log"]
    with _running(command, {"BENCH_FLOOR_BODY": str(body)}, log, port, "/") as process:
        yield process


@contextmanager
def _running(
    command: list[str], environment: dict[str, str], log: Path, port: int, path: str
) -> Iterator[Process]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("CHANCERY_")}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env=clean | environment,
            cwd=Path(__file__).parents[1],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(process, f"http://127.0.0.1:{port}{path}", log)
        yield Process(port, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"{url} does not answer:\n{log.read_text(errors='replace')[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
