"""The whole contribution: everything that is told of it, its people, its review, its tenures."""

from migrations.ddl import execute

revision = "0010_participants"
down_revision = "0009_sources"


def upgrade() -> None:
    execute(
        """
        create table unmatched_identities (
            program_id uuid not null,
            id uuid not null,
            provider text not null,
            account text not null,
            status text not null,
            person_id uuid,
            reason text,
            version integer not null,
            created_at timestamptz not null,
            updated_at timestamptz not null,
            constraint unmatched_identities_pkey primary key (program_id, id),
            constraint unmatched_identities_account_key unique (program_id, provider, account),
            constraint unmatched_identities_program_fkey
                foreign key (program_id) references programs (id),
            constraint unmatched_identities_person_fkey
                foreign key (person_id) references people (id),
            constraint unmatched_identities_status_check
                check (status in ('open', 'matched', 'dismissed'))
        );
        create index unmatched_identities_account_idx on unmatched_identities (provider, account);
        create index unmatched_identities_person_idx on unmatched_identities (person_id);
        create index unmatched_identities_status_idx
            on unmatched_identities (program_id, status, id);
        -- squawk-ignore require-concurrent-index-creation
        create index identities_address_idx on identities (lower(subject))
            where provider = 'email';
        comment on table unmatched_identities is 'The inbox: identities that contributions name and nobody owns yet.';
        comment on column unmatched_identities.account is 'A provider''s id; or @ and a handle, or an address, in lower case.';
        comment on column unmatched_identities.person_id is 'To whom it was matched.';

        -- No release holds this table yet: it is made anew in one piece, not by forty steps.
        create temporary table before on commit drop as
            select c.*, a.person_id
              from contributions c
              join ambassadors a on a.program_id = c.program_id and a.id = c.ambassador_id;
        -- squawk-ignore ban-drop-table
        drop table contributions;

        create table contributions (
            program_id uuid not null,
            id uuid not null,
            type text not null,
            type_text text not null,
            title text not null,
            description text,
            occurred_on date not null,
            date_precision text not null,
            ended_on date,
            url text,
            evidence text[] not null,
            role text,
            language text,
            tags text[] not null,
            audience text[] not null,
            event_format text,
            country text,
            metrics jsonb not null,
            fields jsonb not null,
            visibility text not null,
            matched boolean not null,
            source text,
            key text,
            digest bytea,
            position integer,
            submitted_by uuid,
            touched_at timestamptz,
            status text not null,
            waiting_for text,
            decline_reason text,
            note text,
            decided_by uuid,
            decided_at timestamptz,
            dispute text,
            disputed_at timestamptz,
            same_as uuid,
            version integer not null,
            created_at timestamptz not null,
            updated_at timestamptz not null,
            constraint contributions_pkey primary key (program_id, id),
            constraint contributions_program_fkey
                foreign key (program_id) references programs (id),
            constraint contributions_source_fkey foreign key (program_id, source)
                references sources (program_id, slug),
            constraint contributions_same_as_fkey foreign key (program_id, same_as)
                references contributions (program_id, id),
            constraint contributions_precision_check
                check (date_precision in ('day', 'month', 'year')),
            constraint contributions_status_check
                check (status in ('pending', 'accepted', 'declined', 'disputed', 'withdrawn')),
            constraint contributions_waiting_check check (waiting_for in ('reviewer', 'author')),
            constraint contributions_visibility_check
                check (visibility in ('public', 'members', 'private')),
            constraint contributions_event_format_check
                check (event_format in ('in_person', 'virtual', 'hybrid')),
            constraint contributions_country_check check (country ~ '^[A-Z]{2}$'),
            constraint contributions_ended_on_check check (ended_on >= occurred_on),
            constraint contributions_key_check
                check (key is null or (source is not null and digest is not null))
        );
        create unique index contributions_key_key on contributions (program_id, source, key)
            where source is not null;
        create index contributions_recent_idx
            on contributions (program_id, status, occurred_on desc, id desc);
        create index contributions_waiting_idx on contributions (program_id, waiting_for, id)
            where status in ('pending', 'disputed');
        create index contributions_by_hand_idx on contributions (submitted_by)
            where source is null;
        create index contributions_same_as_idx on contributions (program_id, same_as)
            where same_as is not null;
        create index contributions_public_idx
            on contributions (program_id, occurred_on desc, id desc)
            where status = 'accepted' and visibility = 'public' and matched;
        create index contributions_public_type_idx
            on contributions (program_id, type, occurred_on desc, id desc)
            where status = 'accepted' and visibility = 'public' and matched;
        create index contributions_public_country_idx
            on contributions (program_id, country, occurred_on desc, id desc)
            where status = 'accepted' and visibility = 'public' and matched and country is not null;
        create index contributions_public_language_idx
            on contributions (program_id, lower(language), occurred_on desc, id desc)
            where status = 'accepted' and visibility = 'public' and matched and language is not null;
        create index contributions_tags_idx on contributions using gin (tags)
            where tags <> '{}';
        create index contributions_members_idx
            on contributions (program_id, occurred_on desc, id desc)
            where status = 'accepted' and visibility = 'members' and matched;
        create index contributions_hidden_idx
            on contributions (program_id, occurred_on desc, id desc)
            where status = 'accepted' and (visibility = 'private' or not matched);
        create index contributions_submitted_idx
            on contributions (program_id, submitted_by, status, occurred_on desc, id desc)
            where submitted_by is not null
              and not (status = 'accepted' and visibility <> 'private' and matched);
        -- Punctuation is blank: to the text search, `Kafka/MQTT` would be one word.
        create index contributions_search_idx on contributions using gin (
            to_tsvector('simple', translate(title || ' ' || coalesce(description, ''),
                                            '/.-_:@<>&', '         ')));
        comment on table contributions is 'Something somebody did for the community.';
        comment on column contributions.type_text is 'The type as its source wrote it; type is the catalogue''s code.';
        comment on column contributions.occurred_on is 'The first day of the period that date_precision names.';
        comment on column contributions.metrics is 'Readings in the order of their arrival: [{"read_on", "values"}]; only ever appended to.';
        comment on column contributions.fields is 'What the policy asks of this type besides.';
        comment on column contributions.matched is 'Whether at least one participant is a person that we know.';
        comment on column contributions.source is 'Where it came from; null when written through the API by hand.';
        comment on column contributions.key is 'The source''s own key, chosen by the tool.';
        comment on column contributions.digest is 'Of what the source last sent under the key.';
        comment on column contributions.position is 'The place in the members file that it came from.';
        comment on column contributions.submitted_by is 'The account; null for the command line and for files.';
        comment on column contributions.touched_at is 'When a person last changed it by hand; null: only its source did.';
        comment on column contributions.waiting_for is 'Of what is pending or disputed: whose turn it is.';
        comment on column contributions.note is 'The reviewer''s words to the author.';
        comment on column contributions.dispute is 'The author''s words, once, after it was declined.';
        comment on column contributions.same_as is 'The contribution that counts in its place.';

        insert into contributions (
            program_id, id, type, type_text, title, occurred_on, date_precision, url, evidence,
            tags, audience, metrics, fields, visibility, matched, source, position, status,
            version, created_at, updated_at)
        select program_id, id, type, type_text, title, occurred_on, date_precision, url, '{}',
               '{}', '{}', '[]', '{}', 'public', true, source, position, status,
               version, created_at, updated_at
          from before;

        create table contribution_participants (
            program_id uuid not null,
            contribution_id uuid not null,
            who uuid not null generated always as (coalesce(person_id, unmatched_id)) stored,
            position integer not null,
            person_id uuid,
            unmatched_id uuid,
            role text,
            share integer,
            occurred_on date not null,
            constraint contribution_participants_pkey primary key (program_id, contribution_id, who),
            constraint contribution_participants_contribution_fkey
                foreign key (program_id, contribution_id) references contributions (program_id, id),
            constraint contribution_participants_person_fkey
                foreign key (person_id) references people (id),
            constraint contribution_participants_unmatched_fkey
                foreign key (program_id, unmatched_id)
                references unmatched_identities (program_id, id),
            constraint contribution_participants_share_check check (share between 1 and 100)
        );
        create index contribution_participants_person_idx
            on contribution_participants (program_id, person_id, occurred_on desc, contribution_id desc)
            where person_id is not null;
        create index contribution_participants_who_idx on contribution_participants (person_id)
            where person_id is not null;
        create index contribution_participants_unmatched_idx
            on contribution_participants (program_id, unmatched_id) where unmatched_id is not null;
        comment on table contribution_participants is 'Whose contribution it is; each counts for itself.';
        comment on column contribution_participants.who is 'The person, or the identity in the inbox while nobody owns it.';
        comment on column contribution_participants.unmatched_id is 'The identity that named them, if it was in the inbox; kept when it is matched.';
        comment on column contribution_participants.share is 'Percent, where the policy splits what a contribution counts.';
        comment on column contribution_participants.occurred_on is 'The contribution''s, so that a person''s list is read along one index.';

        create table contribution_fingerprints (
            program_id uuid not null,
            who uuid not null,
            fingerprint bytea not null,
            contribution_id uuid not null,
            constraint contribution_fingerprints_pkey primary key (program_id, who, fingerprint),
            constraint contribution_fingerprints_contribution_fkey
                foreign key (program_id, contribution_id) references contributions (program_id, id)
        );
        create index contribution_fingerprints_contribution_idx
            on contribution_fingerprints (program_id, contribution_id);
        comment on table contribution_fingerprints is 'Who did what first: another contribution of theirs with the same address or details is suspected.';

        create table contribution_suspects (
            program_id uuid not null,
            contribution_id uuid not null,
            other_id uuid not null,
            verdict text,
            created_at timestamptz not null,
            constraint contribution_suspects_pkey primary key (program_id, contribution_id, other_id),
            constraint contribution_suspects_contribution_fkey
                foreign key (program_id, contribution_id) references contributions (program_id, id),
            constraint contribution_suspects_other_fkey
                foreign key (program_id, other_id) references contributions (program_id, id),
            constraint contribution_suspects_verdict_check check (verdict in ('distinct', 'same'))
        );
        create index contribution_suspects_other_idx on contribution_suspects (program_id, other_id);
        create index contribution_suspects_open_idx on contribution_suspects (program_id, contribution_id)
            where verdict is null;
        comment on table contribution_suspects is 'Contributions that may be the same as an earlier one; verdict is null until a reviewer says.';

        create table tenures (
            program_id uuid not null,
            id uuid not null,
            ambassador_id uuid not null,
            first_day date not null,
            last_day date not null,
            outcome text,
            constraint tenures_pkey primary key (program_id, id),
            constraint tenures_ambassador_fkey foreign key (program_id, ambassador_id)
                references ambassadors (program_id, id),
            constraint tenures_period_check check (last_day >= first_day)
        );
        create index tenures_ambassador_idx on tenures (program_id, ambassador_id, first_day);
        comment on table tenures is 'Periods of being an ambassador; the outcome is null until one is finished.';

        create table tenure_contributions (
            program_id uuid not null,
            tenure_id uuid not null,
            contribution_id uuid not null,
            constraint tenure_contributions_pkey primary key (program_id, tenure_id, contribution_id),
            constraint tenure_contributions_tenure_fkey foreign key (program_id, tenure_id)
                references tenures (program_id, id),
            constraint tenure_contributions_contribution_fkey foreign key (program_id, contribution_id)
                references contributions (program_id, id)
        );
        create index tenure_contributions_contribution_idx
            on tenure_contributions (program_id, contribution_id);
        comment on table tenure_contributions is 'What counted for a tenure; of a finished one it cannot change any more.';

        insert into contribution_participants
            (program_id, contribution_id, position, person_id, occurred_on)
        select program_id, id, 0, person_id, occurred_on from before;

        create trigger contributions_public
            after insert or update or delete or truncate on contributions
            for each statement execute function announce_public_change();
        create trigger contribution_participants_public
            after insert or update or delete or truncate on contribution_participants
            for each statement execute function announce_public_change();
    """
    )


def downgrade() -> None:
    execute(
        """
        create temporary table after on commit drop as
            select c.*, a.id as ambassador_id
              from contributions c
              join contribution_participants p
                on p.program_id = c.program_id and p.contribution_id = c.id
              join ambassadors a on a.program_id = p.program_id and a.person_id = p.person_id
             where c.status in ('accepted', 'withdrawn') and p.position = 0;
        drop table tenure_contributions;
        drop table tenures;
        drop table contribution_suspects;
        drop table contribution_fingerprints;
        drop table contribution_participants;
        drop table unmatched_identities;
        -- squawk-ignore require-concurrent-index-deletion
        drop index identities_address_idx;
        drop table contributions;
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
        insert into contributions
        select program_id, id, ambassador_id, type, type_text, title, occurred_on, date_precision,
               url, source, position, status, version, created_at, updated_at
          from after;
        create trigger contributions_public
            after insert or update or delete or truncate on contributions
            for each statement execute function announce_public_change();
    """
    )
