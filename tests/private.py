"""Invented private values, which tests enter as somebody's, and the search for where they leaked.

Nothing else in the suite holds them: wherever they turn up, the service wrote them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import asyncpg
import httpx

MARKS = {
    "name": "Mirabelle Quillfeather",
    "street": "417 Crooked Heron Street",
    "phone": "+35199041704170",
    "email": "mirabelle@quillfeather.example",
    "code": "HERON-417-PASS-ZQX",
}
"""For deliveries and codes: what is sealed, and shown to nobody but those who may read it."""

TABLES = """
select quote_ident(relname) from pg_class
 where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') order by relname
"""


class Watch:
    """Looks for private values in what a test sends; a test that enters them otherwise says so."""

    def __init__(self, planted: bool) -> None:
        self.planted = planted

    async def see(self, request: httpx.Request) -> None:
        """Look at a request, unless it is written while it is sent."""
        try:
            self.planted |= any(value.encode() in request.content for value in MARKS.values())
        except httpx.RequestNotRead:
            return


def found(folder: Path) -> list[str]:
    """Where the files of a folder hold one of the values: a sentence for each line of one."""
    return [
        f"The marked {name} is in line {number} of {path.name}: {_shown(line)}"
        for path in sorted(folder.iterdir())
        for number, line in _suspects(path.read_bytes().lower())
        for name, value in MARKS.items()
        if any(form in line for form in _forms(value))
    ]


async def dump(url: str, file: Path) -> None:
    """Write every row of every table of a database; the role of the address may read them all."""
    connection = await asyncpg.connect(url)
    try:
        with file.open("ab") as output:
            for row in await connection.fetch(TABLES):
                output.write(f"{row[0]}\n".encode())
                await connection.copy_from_query(f"table {row[0]}", output=output)
    finally:
        await connection.close()


def _shown(line: bytes) -> str:
    return line[:300].decode(errors="replace")


def _suspects(content: bytes) -> Iterator[tuple[int, bytes]]:
    # Most files hold nothing: they are searched whole, and not line by line.
    if any(form in content for value in MARKS.values() for form in _forms(value)):
        yield from enumerate(content.splitlines(), start=1)


def _forms(value: str) -> set[bytes]:
    """How a value is written: as it is, in an address, and (of bytes) in a dump; in lower case."""
    plain = value.lower().encode()
    return {plain, quote(value).lower().encode(), value.encode().hex().encode()}
