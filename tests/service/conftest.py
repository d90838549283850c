"""Folders for the embedded server, which pytest's own temporary ones cannot be."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from service import postgres
from tests.service.support import FAST


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder with a short path, outside pytest's own, which only its user may enter."""
    path = Path(tempfile.mkdtemp(prefix="chancery-", dir="/tmp")).resolve()
    path.chmod(0o755)
    yield path
    for running in path.rglob("postmaster.pid"):
        postgres.stop(running.parents[2])
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def kept() -> Iterator[Path]:
    """A data folder for many tests: making one takes a second, and copying one as well."""
    path = Path(tempfile.mkdtemp(prefix="chancery-", dir="/tmp")).resolve()
    postgres.ensure_running(path, options=FAST)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def made(kept: Path) -> Iterator[Path]:
    """A data folder that was used before, and whose server is stopped."""
    postgres.stop(kept)
    yield kept
    postgres.stop(kept)


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    """One running server for tests that only ask it questions."""
    path = Path(tempfile.mkdtemp(prefix="chancery-", dir="/tmp")).resolve()
    yield postgres.ensure_running(path, options=FAST)
    postgres.stop(path)
    shutil.rmtree(path)
