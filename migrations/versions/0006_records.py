"""The audit log, the event log and the idempotency keys."""

from migrations.ddl import execute

revision = "0006_records"
down_revision = "0005_accounts"


def upgrade() -> None:
    execute(
        """
        create table audit_entries (
            id uuid not null,
            at timestamptz not null,
            actor_id uuid,
            actor_name text not null,
            token_id uuid,
            program_id uuid,
            action text not null,
            subject_kind text not null,
            subject_id uuid not null,
            fields text[] not null,
            request_id text not null,
            constraint audit_entries_pkey primary key (id)
        );
        create index audit_entries_program_idx on audit_entries (program_id, id desc);
        create index audit_entries_subject_idx on audit_entries (subject_id, id desc);
        create index audit_entries_actor_idx on audit_entries (actor_id, id desc);
        comment on table audit_entries is 'Who did what to which record, when, in which request; append-only.';
        comment on column audit_entries.actor_name is 'The account''s kind of caller: an account, the command line, nobody.';
        comment on column audit_entries.fields is 'Names of the fields that changed; their values stand in audit_values.';

        create table audit_values (
            entry_id uuid not null,
            before jsonb not null,
            after jsonb not null,
            reason text,
            constraint audit_values_pkey primary key (entry_id),
            constraint audit_values_entry_fkey foreign key (entry_id) references audit_entries (id)
        );
        comment on table audit_values is 'Values before and after a change, and why; erasure empties them.';

        create table events (
            id uuid not null,
            xid xid8 not null default pg_current_xact_id(),
            seq bigint generated always as identity,
            type text not null,
            program_id uuid,
            subject_id uuid not null,
            data jsonb not null,
            at timestamptz not null,
            constraint events_pkey primary key (id)
        );
        create unique index events_order_key on events (xid, seq);
        create index events_program_idx on events (program_id, xid, seq);
        comment on table events is 'Facts that we announce, in the order (xid, seq).';
        comment on column events.xid is 'A row is shown once every older transaction has ended.';

        create table idempotency_keys (
            scope text not null,
            key text not null,
            digest bytea not null,
            resource_id uuid not null,
            created_at timestamptz not null,
            constraint idempotency_keys_pkey primary key (scope, key)
        );
        create index idempotency_keys_created_idx on idempotency_keys (created_at);
        comment on table idempotency_keys is 'What a request with this key created; kept for 24 hours.';
        comment on column idempotency_keys.scope is 'Actor and operation.';

        create function announce_public_change() returns trigger language plpgsql as $$
        begin
            perform pg_notify('chancery_public', '');
            return null;
        end $$;
        comment on function announce_public_change() is 'Tells every process to drop its snapshot of public answers.';
        create trigger programs_public after insert or update or delete or truncate on programs
            for each statement execute function announce_public_change();
        create trigger policies_public after insert or update or delete or truncate on policies
            for each statement execute function announce_public_change();
        create trigger directory_entries_public after insert or update or delete or truncate on directory_entries
            for each statement execute function announce_public_change();
        create trigger memberships_public after insert or update or delete or truncate on memberships
            for each statement execute function announce_public_change();
        create trigger affiliations_public after insert or update or delete or truncate on affiliations
            for each statement execute function announce_public_change();
        create trigger ambassador_handles_public after insert or update or delete or truncate on ambassador_handles
            for each statement execute function announce_public_change();
        create trigger contributions_public after insert or update or delete or truncate on contributions
            for each statement execute function announce_public_change();
    """
    )


def downgrade() -> None:
    execute(
        """
        drop trigger contributions_public on contributions;
        drop trigger ambassador_handles_public on ambassador_handles;
        drop trigger affiliations_public on affiliations;
        drop trigger memberships_public on memberships;
        drop trigger directory_entries_public on directory_entries;
        drop trigger policies_public on policies;
        drop trigger programs_public on programs;
        drop function announce_public_change();
        drop table idempotency_keys;
        drop table events;
        drop table audit_values;
        drop table audit_entries;
    """
    )
