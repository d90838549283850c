"""Asking a database, and being another user for a moment."""

from __future__ import annotations

import asyncio
import os
import warnings
from collections.abc import Callable

import asyncpg

from service.binaries import PostgresError

# What a test loses in a power failure is no loss.
FAST = {"fsync": "off"}


def ask(url: str, *statements: str) -> object:
    """Run statements on one connection; the value of the last."""

    async def run() -> object:
        connection = await asyncpg.connect(url)
        try:
            answer: object = None
            for statement in statements:
                answer = await connection.fetchval(statement)
            return answer
        finally:
            await connection.close()

    return asyncio.run(run())


def as_account(uid: int, work: Callable[[], str]) -> str:
    """What `work` returns in a process of another user; it has to be root to become one."""
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        # Other threads (pytest-xdist has one) are not continued in the child, and not needed.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        answer = "the work failed"
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(uid)
                os.setuid(uid)
            answer = work()
        except (PostgresError, OSError, asyncpg.PostgresError) as fault:
            answer = f"{type(fault).__name__}: {fault}"
        finally:
            # Whatever happened: the child must never go on as a second pytest.
            os.write(writer, answer.encode())
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as stream:
        answer = stream.read()
    os.waitpid(child, 0)
    return answer
