"""One static statement and the Struct that its rows become; nothing else here runs SQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, LiteralString, TypeVar

import asyncpg
import msgspec
from asyncpg.pool import PoolConnectionProxy
from msgspec import Struct

if TYPE_CHECKING:
    Raw = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]

Row = TypeVar("Row")


class Count(Struct, frozen=True):
    """The row of a statement that only counts."""

    n: int


class Connection:
    """An asyncpg connection inside a transaction; store functions take one and never open one."""

    __slots__ = ("raw",)

    def __init__(self, raw: Raw) -> None:
        self.raw = raw


class Query(Generic[Row]):
    """A statement with `$n` parameters, and the type of its rows."""

    known: ClassVar[list[Query[Any]]] = []

    def __init__(self, row: type[Row], sql: LiteralString) -> None:
        self.row, self.sql = row, sql
        Query.known.append(self)

    async def all(self, tx: Connection, *args: object) -> list[Row]:
        """Every row, in the order of the statement."""
        return msgspec.convert(await tx.raw.fetch(self.sql, *args), list[self.row])

    async def first(self, tx: Connection, *args: object) -> Row | None:
        """The first row, or None."""
        row = await tx.raw.fetchrow(self.sql, *args)
        return None if row is None else msgspec.convert(row, self.row)

    async def one(self, tx: Connection, *args: object) -> Row:
        """The only row of a statement that always has one (a count, an insert that returns)."""
        return msgspec.convert(await tx.raw.fetchrow(self.sql, *args), self.row)

    async def stream(self, tx: Connection, *args: object) -> AsyncIterator[Row]:
        """Every row through a server-side cursor, in constant memory."""
        async for row in tx.raw.cursor(self.sql, *args, prefetch=500):
            yield msgspec.convert(row, self.row)


class Statement:
    """A statement that returns nothing."""

    known: ClassVar[list[Statement]] = []

    def __init__(self, sql: LiteralString) -> None:
        self.sql = sql
        Statement.known.append(self)

    async def run(self, tx: Connection, *args: object) -> int:
        """Run it; the number of rows that it touched."""
        tag = await tx.raw.execute(self.sql, *args)
        count = tag.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    async def many(self, tx: Connection, rows: Iterable[tuple[object, ...]]) -> None:
        """Run it once for each row of parameters, in one round trip."""
        await tx.raw.executemany(self.sql, rows)


class Temporary:
    """A table of one transaction, with the columns of a lasting one."""

    known: ClassVar[list[Temporary]] = []

    def __init__(self, name: LiteralString, like: LiteralString) -> None:
        self.sql: LiteralString = f"create temporary table {name} (like {like}) on commit drop"
        Temporary.known.append(self)

    async def create(self, tx: Connection) -> None:
        """Create it; it is gone when the transaction ends."""
        await tx.raw.execute(self.sql)


class Copy:
    """A COPY of rows into columns of a table."""

    known: ClassVar[list[Copy]] = []

    def __init__(self, table: LiteralString, columns: Sequence[LiteralString]) -> None:
        self.table, self.columns = table, list[str](columns)
        Copy.known.append(self)

    async def run(self, tx: Connection, rows: Iterable[tuple[object, ...]]) -> None:
        """Copy the rows."""
        await tx.raw.copy_records_to_table(self.table, records=rows, columns=self.columns)
