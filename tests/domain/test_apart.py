"""Work in processes of their own, which end."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

import pytest

from domain import apart
from domain.apart import GivenUp


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A program that does what it is told."""
    (tmp_path / "obedient.py").write_text(
        "import os, re, sys, time\n"
        "from domain import apart\n"
        "apart.answer(lambda told: str(eval(told)).encode())\n"
    )
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    return "obedient"


async def test_it_answers(module: str) -> None:
    assert await apart.run(module, b"1 + 1") == b"2"
    assert len(await apart.run(module, b"'x' * 5_000_000")) == 5_000_000


@pytest.mark.parametrize("told", [b"1 / 0", b"os.kill(os.getpid(), 9)", b"'x' * 2_000_000_000"])
async def test_what_fails_is_given_up(module: str, told: bytes) -> None:
    with pytest.raises(GivenUp):
        await apart.run(module, told)


@pytest.mark.parametrize("told", [b"time.sleep(60)", b"re.search('(a+)+b', 'a' * 99)"])
async def test_it_is_ended_in_time_and_holds_up_nobody(module: str, told: bytes) -> None:
    began, ticks = time.monotonic(), 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.02)
            ticks += 1

    ticking = asyncio.create_task(tick())
    with pytest.raises(GivenUp):
        await apart.run(module, told, seconds=1)
    ticking.cancel()
    assert time.monotonic() - began < 5
    assert ticks > 10


async def test_it_ends_with_whoever_waits_for_it(module: str, tmp_path: Path) -> None:
    told = f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())), time.sleep(60)"
    task = asyncio.create_task(apart.run(module, told.encode()))
    for _ in range(500):
        await asyncio.sleep(0.02)
        if (tmp_path / "pid").exists() and (tmp_path / "pid").read_text():
            break
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


async def test_it_knows_no_keys(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHANCERY_DATA_KEYS", "secret")
    found = await apart.run(module, b"[name for name in os.environ if 'CHANCERY' in name]")
    assert found == b"[]"
