"""People, their identities, affiliations and merges."""

from migrations.ddl import execute

revision = "0002_people"
down_revision = "0001_programs"


def upgrade() -> None:
    execute(
        """
        create table people (
            id uuid not null,
            name text not null,
            title text,
            bio text,
            country text,
            city text,
            avatar_url text,
            languages text[] not null,
            topics text[] not null,
            links jsonb not null,
            hidden_fields text[] not null,
            merged_into uuid,
            erased_at timestamptz,
            version integer not null,
            created_at timestamptz not null,
            updated_at timestamptz not null,
            constraint people_pkey primary key (id),
            constraint people_country_check check (country ~ '^[A-Z]{2}$'),
            constraint people_merged_into_fkey foreign key (merged_into) references people (id),
            constraint people_merged_into_check check (merged_into <> id)
        );
        create index people_merged_into_idx on people (merged_into);
        create index people_name_idx on people (lower(name), id)
            where merged_into is null and erased_at is null;
        create index people_search_idx on people using gin (lower(name) gin_trgm_ops);
        comment on table people is 'A human being; can belong to several programs.';
        comment on column people.country is 'ISO 3166-1 alpha-2.';
        comment on column people.languages is 'BCP 47 tags.';
        comment on column people.links is 'A list of {kind, url}, in display order.';
        comment on column people.hidden_fields is 'Fields that the person shows in no public answer.';
        comment on column people.merged_into is 'The person that this record was merged into.';

        create table identities (
            id uuid not null,
            person_id uuid not null,
            provider text not null,
            subject text,
            handle text,
            verified_at timestamptz,
            vouched_by uuid,
            created_at timestamptz not null,
            constraint identities_pkey primary key (id),
            constraint identities_person_fkey foreign key (person_id) references people (id),
            constraint identities_provider_check check (provider ~ '^[a-z][a-z0-9_-]{0,62}$'),
            constraint identities_known_check check (subject is not null or handle is not null)
        );
        create index identities_person_idx on identities (person_id);
        create unique index identities_verified_subject_key on identities (provider, subject)
            where verified_at is not null and subject is not null;
        create unique index identities_verified_handle_key on identities (provider, lower(handle))
            where verified_at is not null and subject is null;
        create index identities_subject_idx on identities (provider, subject);
        create index identities_handle_idx on identities (provider, lower(handle));
        comment on table identities is 'A person at a provider: claimed, or verified (vouched for).';
        comment on column identities.subject is 'The provider''s stable id; null when only a handle is known.';
        comment on column identities.handle is 'For display; compared without regard to case.';
        comment on column identities.verified_at is 'Null while the identity is only claimed.';
        comment on column identities.vouched_by is 'The account that said yes; null for the command line.';

        create table identity_handles (
            id uuid not null,
            identity_id uuid not null,
            handle text not null,
            until_at timestamptz not null,
            constraint identity_handles_pkey primary key (id),
            constraint identity_handles_identity_fkey foreign key (identity_id) references identities (id) on delete cascade
        );
        create index identity_handles_identity_idx on identity_handles (identity_id);
        comment on table identity_handles is 'Handles that an identity had before.';

        create table affiliations (
            id uuid not null,
            person_id uuid not null,
            company text not null,
            valid_from date,
            valid_until date,
            constraint affiliations_pkey primary key (id),
            constraint affiliations_person_fkey foreign key (person_id) references people (id),
            constraint affiliations_period_check check (valid_until >= valid_from)
        );
        create index affiliations_person_idx on affiliations (person_id);
        comment on table affiliations is 'Where a person worked, and when; days are inclusive.';

        create table person_merges (
            id uuid not null,
            kept_id uuid not null,
            merged_id uuid not null,
            moved jsonb not null,
            merged_at timestamptz not null,
            merged_by uuid,
            undone_at timestamptz,
            constraint person_merges_pkey primary key (id),
            constraint person_merges_kept_fkey foreign key (kept_id) references people (id),
            constraint person_merges_merged_fkey foreign key (merged_id) references people (id)
        );
        create index person_merges_kept_idx on person_merges (kept_id);
        create index person_merges_merged_idx on person_merges (merged_id);
        comment on table person_merges is 'What a merge of two people moved, so that an undo returns exactly that.';
        comment on column person_merges.moved is 'Ids of the moved rows by table.';
    """
    )


def downgrade() -> None:
    execute(
        """
        drop table person_merges;
        drop table affiliations;
        drop table identity_handles;
        drop table identities;
        drop table people;
    """
    )
