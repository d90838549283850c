"""Connectors: sources that fetch by themselves, or that a webhook reaches."""

from migrations.ddl import execute

revision = "0015_connectors"
down_revision = "0014_benefits"


def upgrade() -> None:
    execute(
        """
        create table connectors (
            program_id uuid not null,
            source_id uuid not null,
            kind text not null,
            settings jsonb not null,
            secret bytea,
            state text not null,
            next_run_at timestamptz,
            last_run_at timestamptz,
            last_success_at timestamptz,
            failures integer not null,
            error_code text,
            error_detail text,
            etag text,
            last_modified text,
            created bigint not null,
            updated bigint not null,
            unchanged bigint not null,
            rejected bigint not null,
            constraint connectors_pkey primary key (program_id, source_id),
            constraint connectors_source_fkey foreign key (program_id, source_id)
                references sources (program_id, id) on delete cascade,
            constraint connectors_kind_check check (kind in ('calendar', 'feed', 'github', 'sheet')),
            constraint connectors_state_check check (state in ('active', 'paused')),
            constraint connectors_error_check
                check ((error_code is null) = (error_detail is null))
        );
        create index connectors_due_idx on connectors (next_run_at)
            where state = 'active' and next_run_at is not null;
        comment on table connectors is 'How a source gets its contributions by itself.';
        comment on column connectors.settings is 'As the kind defines them; nothing secret.';
        comment on column connectors.secret is 'Sealed with a key that is not in the database.';
        comment on column connectors.next_run_at is 'Null for what does not go and look.';
        comment on column connectors.failures is 'Runs in a row that failed.';
        comment on column connectors.error_detail is 'Why the last run failed, for people.';
        comment on column connectors.etag is 'What the other side called its last answer.';
        comment on column connectors.created is 'How many contributions it has recorded, ever.';

        create table webhook_deliveries (
            program_id uuid not null,
            source_id uuid not null,
            delivery_id text not null,
            event text not null,
            body bytea,
            state text not null,
            result text,
            received_at timestamptz not null,
            done_at timestamptz,
            constraint webhook_deliveries_pkey primary key (program_id, source_id, delivery_id),
            constraint webhook_deliveries_source_fkey foreign key (program_id, source_id)
                references sources (program_id, id) on delete cascade,
            constraint webhook_deliveries_state_check
                check (state in ('done', 'failed', 'ignored', 'waiting')),
            constraint webhook_deliveries_done_check
                check ((state = 'waiting') = (done_at is null))
        );
        create index webhook_deliveries_recent_idx
            on webhook_deliveries (program_id, source_id, received_at desc, delivery_id);
        create index webhook_deliveries_old_idx on webhook_deliveries (received_at);
        comment on table webhook_deliveries is 'What other services told us, once each.';
        comment on column webhook_deliveries.delivery_id is 'The other side''s own id of it: again is no news.';
        comment on column webhook_deliveries.body is 'As it came; null once it is no longer needed.';
        comment on column webhook_deliveries.result is 'What became of it, in words.';
    """
    )


def downgrade() -> None:
    execute(
        """
        drop table webhook_deliveries;
        drop table connectors;
    """
    )
