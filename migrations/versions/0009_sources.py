"""Where tools' contributions come from, and the tokens that may write there."""

from migrations.ddl import execute

revision = "0009_sources"
down_revision = "0008_policy_required"


def upgrade() -> None:
    execute(
        """
        create table sources (
            program_id uuid not null,
            id uuid not null,
            slug text not null,
            name text not null,
            trust text not null,
            version integer not null,
            created_at timestamptz not null,
            updated_at timestamptz not null,
            constraint sources_pkey primary key (program_id, id),
            constraint sources_slug_key unique (program_id, slug),
            constraint sources_program_fkey foreign key (program_id) references programs (id),
            constraint sources_slug_check
                check (slug ~ '^[a-z0-9](-?[a-z0-9])*$' and length(slug) <= 63),
            constraint sources_trust_check check (trust in ('trusted', 'untrusted'))
        );
        comment on table sources is 'Where tools'' contributions come from; the slug never changes.';

        create table source_tokens (
            program_id uuid not null,
            source_id uuid not null,
            token_id uuid not null,
            constraint source_tokens_pkey primary key (program_id, source_id, token_id),
            constraint source_tokens_source_fkey foreign key (program_id, source_id)
                references sources (program_id, id) on delete cascade,
            constraint source_tokens_token_fkey foreign key (token_id) references tokens (id)
        );
        create index source_tokens_token_idx on source_tokens (token_id);
        comment on table source_tokens is 'The tokens that may write to a source, and only to their sources.';

        -- Replaced by a wider one in the same transaction.
        -- squawk-ignore ban-drop-constraint
        alter table role_assignments drop constraint role_assignments_role_check;
        -- It holds some rows for each account: to look at all of them takes no time.
        -- squawk-ignore constraint-missing-not-valid
        alter table role_assignments add constraint role_assignments_role_check
            check (role in ('ambassador', 'integration', 'manager', 'owner', 'reader', 'reviewer'));

        insert into sources (program_id, id, slug, name, trust, version, created_at, updated_at)
        select program_id, gen_random_uuid(), source, source, 'trusted', 1, now(), now()
          from contributions where source is not null group by program_id, source;
    """
    )


def downgrade() -> None:
    execute(
        """
        delete from role_assignments where role = 'reviewer';
        alter table role_assignments drop constraint role_assignments_role_check;
        alter table role_assignments add constraint role_assignments_role_check
            check (role in ('ambassador', 'integration', 'manager', 'owner', 'reader'));
        drop table source_tokens;
        drop table sources;
    """
    )
