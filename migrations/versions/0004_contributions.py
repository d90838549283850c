"""Contributions in their simplest form, and the files they came from."""

from migrations.ddl import execute

revision = "0004_contributions"
down_revision = "0003_ambassadors"


def upgrade() -> None:
    execute(
        """
        create table contributions (
            program_id uuid not null,
            id uuid not null,
            ambassador_id uuid not null,
            type text not null,
            type_text text not null,
            title text not null,
            occurred_on date not null,
            date_precision text not null,
            url text,
            source text,
            position integer,
            status text not null,
            version integer not null,
            created_at timestamptz not null,
            updated_at timestamptz not null,
            constraint contributions_pkey primary key (program_id, id),
            constraint contributions_ambassador_fkey
                foreign key (program_id, ambassador_id) references ambassadors (program_id, id),
            constraint contributions_precision_check check (date_precision in ('day', 'month', 'year')),
            constraint contributions_status_check check (status in ('accepted', 'withdrawn'))
        );
        create index contributions_recent_idx
            on contributions (program_id, status, occurred_on desc, id desc);
        create index contributions_ambassador_idx
            on contributions (program_id, ambassador_id, status, occurred_on desc, id desc);
        create index contributions_type_idx
            on contributions (program_id, type, status, occurred_on desc, id desc);
        comment on table contributions is 'Something somebody did for the community.';
        comment on column contributions.type_text is 'The type as its source wrote it; type is the catalogue''s code.';
        comment on column contributions.occurred_on is 'The first day of the period that date_precision names.';
        comment on column contributions.source is 'Where it came from; null when written through the API by hand.';

        create table imports (
            program_id uuid not null,
            id uuid not null,
            format text not null,
            mode text not null,
            as_of date,
            digest bytea not null,
            summary jsonb not null,
            applied_at timestamptz not null,
            applied_by uuid,
            constraint imports_pkey primary key (program_id, id),
            constraint imports_program_fkey foreign key (program_id) references programs (id),
            constraint imports_mode_check check (mode in ('merge', 'mirror'))
        );
        create index imports_as_of_idx on imports (program_id, format, as_of desc);
        comment on table imports is 'Files that were applied; a mirror older than the last one is refused.';
    """
    )


def downgrade() -> None:
    execute(
        """
        drop table imports;
        drop table contributions;
    """
    )
