"""`chancery contributions`: what tools would post, from a file."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import IO, Any

import click
import msgspec

from api import contribution_posts
from api.contribution_body import ContributionLine
from api.http import lines
from api.http.answers import Answers
from api.http.lines import Lines
from service.commands import calls
from service.settings import Settings

READABLE = click.Path(exists=True, dir_okay=False, allow_dash=True)
Told = contribution_posts.ContributionResult | contribution_posts.ContributionSummary


@click.command()
@click.argument("file", type=READABLE)
@click.option("--program", required=True, help="The program's slug.")
def contributions_command(file: str, program: str) -> None:
    """Record the contributions in FILE (`-`: standard input), one JSON object on each line.

    The lines are those of `POST /v1/programs/{program}/contributions/bulk`, each with its source
    and key, and so are the answers. The same file again changes nothing. Ends with 1 when a line
    was rejected.
    """

    async def work(chosen: Settings, stream: IO[Any]) -> Answers[Told]:
        async with calls.cli_call(chosen) as call:
            body = Lines[ContributionLine](ContributionLine, lines.of_chunks(chunks(stream)))
            return await contribution_posts.post_contributions(call, program, body)

    with calls.on_database(calls.settings()) as chosen, click.open_file(file, "rb") as stream:
        answers = asyncio.run(work(chosen, stream))
    last = b""
    for chunk in answers.chunks():
        sys.stdout.buffer.write(chunk)
        last = (last + chunk)[-1000:]
    summary = msgspec.json.decode(
        last.splitlines()[-1], type=contribution_posts.ContributionSummary
    ).summary
    sys.exit(1 if summary.rejected else 0)


async def chunks(stream: IO[Any]) -> AsyncIterator[bytes]:
    """A file as it would arrive; what it holds is worked on while the next part is read."""
    while chunk := await asyncio.to_thread(stream.read, 1 << 16):
        yield chunk
