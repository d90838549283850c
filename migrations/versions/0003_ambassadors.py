"""Memberships of people in programs, and the public directory."""

from migrations.ddl import execute

revision = "0003_ambassadors"
down_revision = "0002_people"


def upgrade() -> None:
    execute(
        """
        create table ambassadors (
            program_id uuid not null,
            id uuid not null,
            person_id uuid not null,
            handle text not null,
            status text not null,
            status_reason text,
            status_on date,
            joined_on date,
            hidden_fields text[] not null,
            position integer,
            version integer not null,
            created_at timestamptz not null,
            updated_at timestamptz not null,
            constraint ambassadors_pkey primary key (program_id, id),
            constraint ambassadors_program_fkey foreign key (program_id) references programs (id),
            constraint ambassadors_person_fkey foreign key (person_id) references people (id),
            constraint ambassadors_person_key unique (program_id, person_id),
            constraint ambassadors_status_check
                check (status in ('active', 'on_leave', 'suspended', 'emeritus', 'removed'))
        );
        create unique index ambassadors_handle_key on ambassadors (program_id, lower(handle));
        create index ambassadors_person_idx on ambassadors (person_id);
        comment on table ambassadors is 'A person''s membership of one program.';
        comment on column ambassadors.status_on is 'The day from which the status holds, where it is known.';
        comment on column ambassadors.joined_on is 'Null when nobody recorded it; never invented.';
        comment on column ambassadors.position is 'The place in the members file that it came from.';

        create table ambassador_handles (
            program_id uuid not null,
            id uuid not null,
            ambassador_id uuid not null,
            handle text not null,
            until_at timestamptz not null,
            constraint ambassador_handles_pkey primary key (program_id, id),
            constraint ambassador_handles_ambassador_fkey
                foreign key (program_id, ambassador_id) references ambassadors (program_id, id)
        );
        create index ambassador_handles_handle_idx on ambassador_handles (program_id, lower(handle), until_at);
        create index ambassador_handles_ambassador_idx on ambassador_handles (program_id, ambassador_id);
        comment on table ambassador_handles is 'Handles that an ambassador had before; they lead to the new one.';

        create table memberships (
            program_id uuid not null,
            id uuid not null,
            ambassador_id uuid not null,
            kind text not null,
            code text not null,
            valid_from date,
            valid_until date,
            constraint memberships_pkey primary key (program_id, id),
            constraint memberships_ambassador_fkey
                foreign key (program_id, ambassador_id) references ambassadors (program_id, id),
            constraint memberships_kind_check check (kind in ('group', 'role')),
            constraint memberships_period_check check (valid_until >= valid_from)
        );
        create index memberships_ambassador_idx on memberships (program_id, ambassador_id);
        create index memberships_code_idx on memberships (program_id, kind, code, ambassador_id);
        comment on table memberships is 'Groups and roles inside a program, with their days (inclusive).';

        create table directory_entries (
            program_id uuid not null,
            ambassador_id uuid not null,
            person_id uuid not null,
            handle text not null,
            status text not null,
            name text not null,
            sort_name text not null,
            title text,
            bio text,
            country text,
            city text,
            avatar_url text,
            languages text[] not null,
            topics text[] not null,
            links jsonb not null,
            joined_on date,
            sort_joined date not null,
            shown text[] not null,
            search text not null,
            constraint directory_entries_pkey primary key (program_id, ambassador_id),
            constraint directory_entries_ambassador_fkey
                foreign key (program_id, ambassador_id) references ambassadors (program_id, id)
                on delete cascade,
            constraint directory_entries_person_fkey foreign key (person_id) references people (id)
        );
        create index directory_entries_person_idx on directory_entries (person_id);
        create index directory_entries_name_idx
            on directory_entries (program_id, sort_name, ambassador_id);
        create index directory_entries_joined_idx
            on directory_entries (program_id, sort_joined, ambassador_id);
        create index directory_entries_status_idx on directory_entries (program_id, status);
        create index directory_entries_country_idx
            on directory_entries (program_id, country, sort_name, ambassador_id);
        create index directory_entries_languages_idx on directory_entries using gin (languages);
        create index directory_entries_topics_idx on directory_entries using gin (topics);
        create index directory_entries_search_idx on directory_entries using gin (search gin_trgm_ops);
        comment on table directory_entries is 'What the public may see of each ambassador, made anew by every change of it.';
        comment on column directory_entries.shown is 'Which of company, groups and roles (all dated, read with the entry) are public.';
        comment on column directory_entries.sort_joined is 'joined_on, or infinity when it is unknown or hidden.';
    """
    )


def downgrade() -> None:
    execute(
        """
        drop table directory_entries;
        drop table memberships;
        drop table ambassador_handles;
        drop table ambassadors;
    """
    )
