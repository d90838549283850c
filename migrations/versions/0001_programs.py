"""Programs and the versions of their policies."""

from migrations.ddl import execute

revision = "0001_programs"
down_revision = None


def upgrade() -> None:
    execute(
        """
        create extension if not exists pg_trgm;

        create table programs (
            id uuid not null,
            slug text not null,
            parent_id uuid,
            status text not null,
            policy_version integer not null,
            version integer not null,
            created_at timestamptz not null,
            updated_at timestamptz not null,
            constraint programs_pkey primary key (id),
            constraint programs_slug_key unique (slug),
            constraint programs_slug_check check (slug ~ '^[a-z0-9](-?[a-z0-9])*$' and length(slug) <= 63),
            constraint programs_parent_fkey foreign key (parent_id) references programs (id),
            constraint programs_parent_check check (parent_id <> id),
            constraint programs_status_check check (status in ('active', 'archived')),
            constraint programs_version_check check (version > 0)
        );
        create index programs_parent_idx on programs (parent_id);
        comment on table programs is 'One ambassador program; many live in one instance.';
        comment on column programs.policy_version is 'The version of policies that is in force now.';
        comment on column programs.version is 'Counts the changes of this record; the ETag.';

        create table policies (
            program_id uuid not null,
            version integer not null,
            document jsonb not null,
            effective jsonb not null,
            parent_version integer,
            reason text not null,
            created_at timestamptz not null,
            created_by uuid,
            constraint policies_pkey primary key (program_id, version),
            constraint policies_program_fkey foreign key (program_id) references programs (id),
            constraint policies_version_check check (version > 0)
        );
        comment on table policies is 'Every version of a program''s rules; decisions point at the one they were taken under.';
        comment on column policies.document is 'As written by the program, without what it inherits.';
        comment on column policies.effective is 'The document merged onto the parent''s effective policy.';
        comment on column policies.parent_version is 'The parent''s version that was merged; null without a parent.';
        comment on column policies.created_by is 'The account; null for the command line.';
        alter table programs add constraint programs_policy_fkey
            foreign key (id, policy_version) references policies (program_id, version)
            deferrable initially deferred;
        create index programs_policy_idx on programs (id, policy_version);
    """
    )


def downgrade() -> None:
    execute(
        """
        alter table programs drop constraint programs_policy_fkey;
        drop table policies;
        drop table programs;
        drop extension pg_trgm;
    """
    )
