"""Requests of the current minute, for instances that count them together."""

from migrations.ddl import execute

revision = "0007_rate_counts"
down_revision = "0006_records"


def upgrade() -> None:
    execute(
        """
        create unlogged table rate_counts (
            caller bytea not null,
            minute bigint not null,
            requests integer not null,
            constraint rate_counts_pkey primary key (caller)
        );
        create index rate_counts_minute_idx on rate_counts (minute);
        comment on table rate_counts is 'Requests of a caller in a minute; unlogged, for a crash may forget them.';
        comment on column rate_counts.caller is 'A digest of a token''s id or an address: neither is stored.';
        comment on column rate_counts.minute is 'Minutes since 1970.';
    """
    )


def downgrade() -> None:
    execute("drop table rate_counts")
