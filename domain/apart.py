"""Work on what strangers sent, in a process of its own that is ended when it takes too long.

A thread could not be ended, and one regular expression over hostile text holds up all the others.
"""

from __future__ import annotations

import asyncio
import os
import resource
import sys
from collections.abc import Callable

SECONDS = 30.0
"""Of the clock for who waits, and of the processor for what works."""

MEMORY = 1024 * 1024 * 1024


class GivenUp(Exception):
    """The process took too long or too much memory."""


async def run(module: str, data: bytes, *, seconds: float = SECONDS) -> bytes:
    """What the program of this module, which calls `answer`, makes of the data.

    Raises `GivenUp`.
    """
    # Its own keys and addresses are nothing that it would need.
    environ = {k: v for k, v in os.environ.items() if not k.startswith("CHANCERY_")}
    environ["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        module,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=environ,
    )
    try:
        async with asyncio.timeout(seconds):
            found, _ = await process.communicate(data)
    except TimeoutError:
        raise GivenUp from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise GivenUp
    return found


def answer(work: Callable[[bytes], bytes], *, seconds: float = SECONDS) -> None:
    """What such a program does: little memory, little time, and one answer to what it was given."""
    # Also where nobody is left to end it.
    whole = int(seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (whole, whole))
    if sys.platform != "darwin":
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    sys.stdout.buffer.write(work(sys.stdin.buffer.read()))
