"""Every statement of the store is prepared on a real database and compared with its Struct."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec
import pytest
from msgspec import inspect

import domain.store
from domain.store.query import Copy, Query, Statement, Temporary

if TYPE_CHECKING:
    CONNECTION = asyncpg.Connection[asyncpg.Record]

for module in pkgutil.walk_packages(domain.store.__path__, "domain.store."):
    importlib.import_module(module.name)

TEXT = (inspect.StrType, inspect.EnumType, inspect.LiteralType)
WHOLE = (inspect.IntType, inspect.EnumType, inspect.LiteralType)
LIST = (inspect.ListType, inspect.SetType, inspect.FrozenSetType, inspect.VarTupleType)

FITS: dict[str, tuple[type[inspect.Type], ...]] = {
    "bool": (inspect.BoolType,),
    "bytea": (inspect.BytesType,),
    "date": (inspect.DateType,),
    "int2": WHOLE,
    "int4": WHOLE,
    "int8": WHOLE,
    "float8": (inspect.FloatType,),
    "numeric": (inspect.DecimalType,),
    "text": TEXT,
    "timestamptz": (inspect.DateTimeType,),
    "uuid": (inspect.UUIDType,),
}
"""What a column may become; the first statement with another type of the server adds it here."""


def name(statement: Query[Any] | Statement) -> str:
    """`module.NAME`, as one would look for it."""
    for path, module in vars(domain.store).items():
        for key, value in getattr(module, "__dict__", {}).items():
            if value is statement:
                return f"{path}.{key}"
    return " ".join(statement.sql.split())[:60]


def alternatives(kind: inspect.Type) -> list[inspect.Type]:
    """The types of a field apart from None."""
    while isinstance(kind, inspect.Metadata):
        kind = kind.type
    options = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    return [option for option in options if not isinstance(option, inspect.NoneType)]


def fits(column: str, kind: inspect.Type) -> bool:
    if column in {"jsonb", "json"} or isinstance(kind, inspect.AnyType):
        return True
    for option in alternatives(kind):
        if column.endswith("[]"):
            if not isinstance(option, LIST) or not fits(column[:-2], option.item_type):
                return False
        elif not isinstance(option, FITS.get(column, ())):
            return False
    return True


@pytest.fixture
async def service(database_url: str) -> AsyncIterator[CONNECTION]:
    connection = await asyncpg.connect(database_url)
    # Statements over a table of one transaction are prepared in one that has it.
    transaction = connection.transaction()
    await transaction.start()
    for table in Temporary.known:
        await connection.execute(table.sql)
    yield connection
    await transaction.rollback()
    await connection.close()


async def test_every_row_is_what_its_struct_says(service: CONNECTION) -> None:
    faults: list[str] = []
    for query in Query.known:
        columns = (await service.prepare(query.sql)).get_attributes()
        fields = {field.encode_name: field for field in inspect.type_info(query.row).fields}
        names = [column.name for column in columns]
        wanted = {key for key, field in fields.items() if field.required}
        if len(set(names)) != len(names) or not wanted <= set(names) <= set(fields):
            faults.append(f"{name(query)}: {sorted(names)} is not {sorted(fields)}")
            continue
        faults += [
            f"{name(query)}: {column.name} is {column.type.name}, not {fields[column.name].type}"
            for column in columns
            if not fits(column.type.name, fields[column.name].type)
        ]
    assert faults == []
    assert Query.known


async def test_a_statement_that_returns_nothing_is_declared_so(service: CONNECTION) -> None:
    returning = [
        name(statement)
        for statement in Statement.known
        for column in (await service.prepare(statement.sql)).get_attributes()
        # `select pg_advisory_xact_lock(…)` has a column without a value.
        if column.type.name != "void"
    ]
    assert returning == []
    assert Statement.known


async def test_what_is_copied_has_columns_and_the_right(service: CONNECTION) -> None:
    for copy in Copy.known:
        rows = await service.fetch(
            """select a.attname, a.attgenerated <> '' as made,
                      has_column_privilege(a.attrelid, a.attname, 'insert') as may
                 from pg_attribute a where a.attrelid = $1::text::regclass and a.attnum > 0""",
            copy.table,
        )
        may = {row["attname"] for row in rows if row["may"] and not row["made"]}
        assert set(copy.columns) <= may, copy.table
    assert Copy.known


async def test_the_service_role_may_run_every_statement(service: CONNECTION) -> None:
    """A plan is made without running it, and its rights are checked as for a run."""
    refused: list[str] = []
    for statement in [*Query.known, *Statement.known]:
        prepared = await service.prepare(statement.sql)
        try:
            await prepared.explain(*[None] * len(prepared.get_parameters()))
        except asyncpg.InsufficientPrivilegeError as error:
            refused.append(f"{name(statement)}: {error}")
    assert refused == []


def test_no_statement_is_written_twice() -> None:
    texts = [" ".join(statement.sql.split()) for statement in [*Query.known, *Statement.known]]
    assert sorted({text for text in texts if texts.count(text) > 1}) == []


class Sample(msgspec.Struct):
    a: int
    b: str | None
    c: list[str]


@pytest.mark.parametrize(
    ("column", "field", "answer"),
    [
        ("int4", "a", True),
        ("text", "a", False),
        ("text", "b", True),
        ("uuid", "b", False),
        ("text[]", "c", True),
        ("int4[]", "c", False),
        ("text", "c", False),
        ("jsonb", "c", True),
    ],
)
def test_the_comparison_of_types_tells_apart(column: str, field: str, answer: bool) -> None:
    kinds = {each.name: each.type for each in inspect.type_info(Sample).fields}
    assert fits(column, kinds[field]) is answer
