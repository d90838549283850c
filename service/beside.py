"""The worker of a `chancery serve` that has a database of its own: one more process beside it."""

from __future__ import annotations

import asyncio
import logging
import math
import multiprocessing
import os
import signal
import threading
import time
from multiprocessing.context import SpawnProcess

from service import telemetry
from service.settings import Settings

log = logging.getLogger("chancery.serve")

AGAIN_SECONDS = 1.0
GRACE_SECONDS = 2.0
"""What the worker may take to give back the jobs that it has cut."""


class Beside:
    """Keeps a worker running; one that dies is replaced."""

    def __init__(self, shutdown_seconds: float) -> None:
        self.shutdown_seconds = shutdown_seconds
        self.stopping, self.deadline = threading.Event(), math.inf
        self.changing = threading.Lock()
        self.process: SpawnProcess | None = None
        self.watch = threading.Thread(target=self._keep, daemon=True)

    def start(self) -> None:
        """Start it, in the background; the environment says on which database."""
        self.watch.start()

    def stop(self) -> None:
        """Tell it to finish what it does; returns at once."""
        with self.changing:
            if not self.stopping.is_set():
                self.deadline = time.monotonic() + self.shutdown_seconds + GRACE_SECONDS
            self.stopping.set()
            if self.process is not None:
                self.process.terminate()

    def end(self) -> None:
        """Wait until it has finished, and kill it when it is late, as counted from the first stop.

        What took its time in between (requests are cut as late) gives the worker no more of it.
        """
        self.stop()
        if not self.watch.is_alive():
            return
        self.watch.join(max(0.0, self.deadline - time.monotonic()))
        if self.watch.is_alive():
            log.warning("the worker does not end; it is killed")
        if self.process is not None:
            self.process.kill()
        self.watch.join()

    def _keep(self) -> None:
        while not self.stopping.is_set():
            with self.changing:
                if self.stopping.is_set():
                    return
                process = multiprocessing.get_context("spawn").Process(target=run, daemon=True)
                process.start()
                self.process = process
            process.join()
            if not self.stopping.is_set():
                log.error("the worker ended with %s; starting another", process.exitcode)
            self.stopping.wait(AGAIN_SECONDS)


def run() -> None:
    """Be the worker, in a process of its own."""
    # Control-C reaches every process of the terminal; the first one tells this one by SIGTERM.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    threading.Thread(target=end_with_parent, daemon=True).start()
    settings = Settings.from_environ(os.environ)
    telemetry.configure(settings)
    from service.worker import work

    asyncio.run(work(settings, (signal.SIGTERM,)))


def end_with_parent() -> None:
    """Wait until the parent is gone, and go too."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        # Killed without a chance to stop us: nobody would ever stop us, or free the port.
        os.kill(os.getpid(), signal.SIGKILL)
