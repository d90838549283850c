"""${message}."""

# Expand, then contract: the release that is running now works on this schema too, because it
# serves while this runs and comes back when the new one is rolled back. Add a column, table or
# index here; fill it and read it in the code of this release; drop what it replaces in a later one.
#
# Locks: `add constraint … not valid` first, `validate constraint` in a later revision; no rewrite
# of a large table. A statement that needs over 60 s says `set local statement_timeout = '…'`.
#
# An index on a table that has rows goes into a revision of its own:
#     with op.get_context().autocommit_block():
#         execute("create index concurrently if not exists contributions_x_idx on contributions (x)")

from migrations.ddl import execute

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    execute(
        """
    """
    )


def downgrade() -> None:
    execute(
        """
    """
    )
