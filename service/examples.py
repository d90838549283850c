"""Programs written as files, and the examples that come with Chancery."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import msgspec
import yaml
from msgspec import Meta, Struct

from domain import imports, programs
from domain.call import Call

EXAMPLES = Path(__file__).parents[1] / "examples"
MEMBERS = EXAMPLES / "members.yaml"
MOST_BYTES = 1_000_000


class BadFile(ValueError):
    """A file that holds no program; the message names it."""


class ProgramFile(Struct, frozen=True, forbid_unknown_fields=True):
    """One program as its file says."""

    slug: Annotated[str, Meta(pattern=r"\A[a-z0-9](-?[a-z0-9])*\Z", max_length=63)]
    policy: dict[str, Any]
    parent: str | None = None

    @property
    def draft(self) -> programs.Draft:
        """What the use case takes."""
        return programs.Draft(self.slug, self.parent, self.policy)


def read(path: Path) -> ProgramFile:
    """The program in a file (YAML or JSON). Raises BadFile, and OSError when it can't be read."""
    written = path.read_bytes()
    if len(written) > MOST_BYTES:
        raise BadFile(f"{path}: no program is longer than {MOST_BYTES} bytes")
    try:
        return msgspec.convert(yaml.safe_load(written), ProgramFile)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise BadFile(f"{where}: {error.problem}") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise BadFile(f"{path}: {str(error).splitlines()[0]}") from error


def parents_first(files: Iterable[ProgramFile]) -> list[ProgramFile]:
    """The programs in an order in which none comes before the one that it derives from."""
    waiting = {file.slug: file for file in files}
    ordered: list[ProgramFile] = []

    def place(slug: str) -> None:
        file = waiting.pop(slug, None)
        if file is not None:
            if file.parent is not None:
                place(file.parent)
            ordered.append(file)

    for slug in list(waiting):
        place(slug)
    return ordered


async def load(call: Call) -> None:
    """Load the example programs, and the invented people of `demo`, into an empty database."""
    if await programs.page(call, status=None, after=None, limit=1):
        return
    files = [read(path) for path in sorted((EXAMPLES / "programs").glob("*.yaml"))]
    for file in parents_first(files):
        await programs.apply(call, file.draft)
    await imports.run(call, "demo", imports.File(MEMBERS.read_bytes(), "merge"))
