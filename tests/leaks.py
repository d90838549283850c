"""What the service wrote while the suite ran: kept, and searched for private values at the end.

That is what it logs in these processes, the output of every process of it that a test starts, the
log of the tests' database server, and a dump of each database in which a test entered such a value.
All processes of pytest-xdist write to one folder, which their controller searches.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.telemetry import Text
from tests import database, private

VARIABLE = "TEST_OUTPUT"
"""Names the folder to the other processes of pytest-xdist."""

OWN = pytest.StashKey[Path]()
BEFORE = pytest.StashKey[dict[Path, int]]()
LEAKS = pytest.StashKey[list[str]]()
LOG = pytest.StashKey[logging.Handler]()


def folder() -> Path:
    """Where everything is kept until the suite has ended."""
    return Path(os.environ[VARIABLE])


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder, unless the controller has, and listen to all that is logged."""
    if VARIABLE not in os.environ:
        config.stash[OWN] = Path(tempfile.mkdtemp(prefix="chancery-output-"))
        config.stash[BEFORE] = {log: log.stat().st_size for log in database.logs()}
        os.environ[VARIABLE] = str(config.stash[OWN])
    handler = logging.FileHandler(folder() / f"logged-{os.getpid()}.txt", delay=True)
    handler.setFormatter(Text())
    config.stash[LOG] = handler
    # The tests' own client is no part of the service.
    for name in ("httpx", "httpcore", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Listen again, whatever a test has done to the loggers."""
    logging.root.addHandler(item.config.stash[LOG])
    logging.root.setLevel(logging.DEBUG)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Search, once nobody writes any more, and let the run fail for what is found."""
    config = session.config
    if (own := config.stash.get(OWN, None)) is None:
        return
    for log, size in ((log, config.stash[BEFORE].get(log, 0)) for log in database.logs()):
        content = log.read_bytes()
        # A log that is shorter than it was began anew.
        (own / f"server-{log.name}").write_bytes(content[size if size <= len(content) else 0 :])
    config.stash[LEAKS] = private.found(own)
    if config.stash[LEAKS]:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell where private values were found."""
    if leaks := terminalreporter.config.stash.get(LEAKS, []):
        terminalreporter.section("private values were found", red=True, bold=True)
        for leak in leaks:
            terminalreporter.line(leak)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing behind."""
    config.stash[LOG].close()
    logging.root.removeHandler(config.stash[LOG])
    if (own := config.stash.get(OWN, None)) is not None:
        shutil.rmtree(own)
        del os.environ[VARIABLE]


@pytest.fixture
def watch(
    request: pytest.FixtureRequest, databases: database.Databases, owner_url: str
) -> Iterator[private.Watch]:
    """Dump the test's database at its end if private values were entered into it."""
    # Who names the values may enter them past HTTP, too.
    watch = private.Watch(getattr(request.module, "MARKS", None) is private.MARKS)
    yield watch
    if watch.planted:
        name = re.sub(r"[^\w.-]+", "-", request.node.nodeid)[-150:]
        file = folder() / f"dump-{name}-{os.getpid()}.txt"
        databases.run(lambda: private.dump(owner_url, file))
