"""Runs the raw SQL of a migration: any number of statements in one text, online and offline."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING, Any, LiteralString

from alembic import op

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import AdaptedConnection


def execute(sql: LiteralString) -> None:
    """Run the statements in the transaction of the migration.

    Inside `autocommit_block()` give each call one statement: several are one transaction.
    """
    context = op.get_context()
    if context.as_sql:
        context.impl.static_output(dedent(sql).strip() + "\n")
        return
    bind = op.get_bind()
    # SQLAlchemy opens the transaction with its first statement, and what goes to the driver
    # directly is not one of its statements.
    bind.exec_driver_sql("select 1")
    connection: AdaptedConnection | Any = bind.connection.dbapi_connection
    # The driver's simple protocol takes many statements at once, and `:name` is no parameter there.
    connection.run_async(lambda driver: driver.execute(sql))
