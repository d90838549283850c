"""Accounts, their roles, tokens and invitations."""

from migrations.ddl import execute

revision = "0005_accounts"
down_revision = "0004_contributions"


def upgrade() -> None:
    execute(
        """
        create table accounts (
            id uuid not null,
            kind text not null,
            name text not null,
            person_id uuid,
            disabled_at timestamptz,
            version integer not null,
            created_at timestamptz not null,
            updated_at timestamptz not null,
            constraint accounts_pkey primary key (id),
            constraint accounts_kind_check check (kind in ('person', 'integration')),
            constraint accounts_person_fkey foreign key (person_id) references people (id)
        );
        create index accounts_person_idx on accounts (person_id);
        comment on table accounts is 'Who can call: a person or an integration.';

        create table role_assignments (
            id uuid not null,
            account_id uuid not null,
            role text not null,
            program_id uuid,
            valid_from timestamptz not null,
            valid_until timestamptz,
            assigned_by uuid,
            version integer not null,
            updated_at timestamptz not null,
            constraint role_assignments_pkey primary key (id),
            constraint role_assignments_account_fkey foreign key (account_id) references accounts (id),
            constraint role_assignments_program_fkey foreign key (program_id) references programs (id),
            constraint role_assignments_role_check
                check (role in ('ambassador', 'integration', 'manager', 'owner', 'reader')),
            constraint role_assignments_scope_check check ((role = 'owner') = (program_id is null)),
            constraint role_assignments_period_check check (valid_until >= valid_from)
        );
        create index role_assignments_account_idx on role_assignments (account_id);
        create index role_assignments_program_idx on role_assignments (program_id);
        create unique index role_assignments_open_key
            on role_assignments (account_id, role, program_id) nulls not distinct
            where valid_until is null;
        comment on table role_assignments is 'Which role an account has where, from when until when.';

        create table tokens (
            id uuid not null,
            account_id uuid not null,
            name text not null,
            digest bytea not null,
            hint text not null,
            permissions text[],
            program_ids uuid[],
            expires_at timestamptz,
            revoked_at timestamptz,
            last_used_at timestamptz,
            created_at timestamptz not null,
            created_by uuid,
            version integer not null,
            updated_at timestamptz not null,
            constraint tokens_pkey primary key (id),
            constraint tokens_digest_key unique (digest),
            constraint tokens_account_fkey foreign key (account_id) references accounts (id),
            constraint tokens_period_check check (expires_at >= created_at)
        );
        create index tokens_account_idx on tokens (account_id);
        comment on table tokens is 'Bearer tokens; the secret itself is shown once and stored as a digest.';
        comment on column tokens.hint is 'The first characters, so that a person can tell tokens apart.';
        comment on column tokens.permissions is 'Null: everything that the account may do.';
        comment on column tokens.program_ids is 'Null: every program in which the account has a role.';

        create table invitations (
            id uuid not null,
            program_id uuid,
            role text,
            person_id uuid,
            name text not null,
            digest bytea not null,
            expires_at timestamptz not null,
            redeemed_at timestamptz,
            redeemed_by uuid,
            revoked_at timestamptz,
            created_at timestamptz not null,
            created_by uuid,
            version integer not null,
            updated_at timestamptz not null,
            constraint invitations_pkey primary key (id),
            constraint invitations_digest_key unique (digest),
            constraint invitations_program_fkey foreign key (program_id) references programs (id),
            constraint invitations_person_fkey foreign key (person_id) references people (id),
            constraint invitations_redeemed_by_fkey foreign key (redeemed_by) references accounts (id)
        );
        create index invitations_program_idx on invitations (program_id);
        create index invitations_person_idx on invitations (person_id);
        create index invitations_redeemed_by_idx on invitations (redeemed_by);
        comment on table invitations is 'One-time links that make an account for a person or a role.';
    """
    )


def downgrade() -> None:
    execute(
        """
        drop table invitations;
        drop table tokens;
        drop table role_assignments;
        drop table accounts;
    """
    )
