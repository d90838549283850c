"""Tenure: its clock and outcome, leaves, reminders, eligibility, promotions, farewells."""

from migrations.ddl import execute

revision = "0012_tenures"
down_revision = "0011_queue"


def upgrade() -> None:
    execute(
        """
        create extension if not exists btree_gist;

        -- Nothing has ever written to these two: they are made anew in one piece.
        -- squawk-ignore ban-drop-table
        drop table tenure_contributions;
        -- squawk-ignore ban-drop-table
        drop table tenures;

        create table tenures (
            program_id uuid not null,
            id uuid not null,
            ambassador_id uuid not null,
            first_day date not null,
            last_day date,
            policy_version integer not null,
            origin text not null,
            outcome text,
            outcome_on date,
            outcome_reason text,
            outcome_policy_version integer,
            decided_by uuid,
            asked_at timestamptz,
            version integer not null,
            created_at timestamptz not null,
            updated_at timestamptz not null,
            constraint tenures_pkey primary key (program_id, id),
            constraint tenures_ambassador_fkey foreign key (program_id, ambassador_id)
                references ambassadors (program_id, id),
            -- Who leaves on the day of joining has a tenure without a day.
            constraint tenures_period_check check (last_day >= first_day - 1),
            constraint tenures_origin_check check (origin in ('live', 'backfilled')),
            constraint tenures_outcome_check check (outcome in ('renewed', 'lapsed', 'ended')),
            constraint tenures_decided_check
                check ((outcome is null) = (outcome_on is null)
                       and (outcome is null or last_day is not null)),
            constraint tenures_overlap_excl exclude using gist (
                ambassador_id with =, program_id with =, daterange(first_day, last_day + 1) with &&)
        );
        create unique index tenures_open_key on tenures (program_id, ambassador_id)
            where outcome is null;
        create index tenures_ambassador_idx
            on tenures (program_id, ambassador_id, first_day desc, id desc);
        create index tenures_due_idx on tenures (program_id, last_day, id) where outcome is null;
        comment on table tenures is 'Periods of being an ambassador; the outcome is null until one is finished.';
        comment on column tenures.last_day is 'Inclusive; null: open-ended. Who left earlier has the day before they left.';
        comment on column tenures.policy_version is 'In force when it began.';
        comment on column tenures.origin is 'backfilled: begun before anything was recorded of it.';
        comment on column tenures.outcome_on is 'The day from which the outcome holds.';
        comment on column tenures.outcome_policy_version is 'In force when it was decided.';
        comment on column tenures.decided_by is 'The account; null: decided by rule, or by an import.';
        comment on column tenures.asked_at is 'Since when a manager is asked for the outcome.';

        create table tenure_contributions (
            program_id uuid not null,
            tenure_id uuid not null,
            contribution_id uuid not null,
            ambassador_id uuid not null,
            constraint tenure_contributions_pkey primary key (program_id, tenure_id, contribution_id),
            constraint tenure_contributions_once_key
                unique (program_id, contribution_id, ambassador_id),
            constraint tenure_contributions_tenure_fkey foreign key (program_id, tenure_id)
                references tenures (program_id, id),
            constraint tenure_contributions_contribution_fkey foreign key (program_id, contribution_id)
                references contributions (program_id, id)
        );
        comment on table tenure_contributions is 'What counted for a finished tenure; it counts for no other of the same ambassador.';
        comment on column tenure_contributions.ambassador_id is 'The tenure''s, so that each contribution counts once for them.';

        create table leaves (
            program_id uuid not null,
            id uuid not null,
            ambassador_id uuid not null,
            first_day date not null,
            last_day date,
            reason text,
            announced_by uuid,
            version integer not null,
            created_at timestamptz not null,
            updated_at timestamptz not null,
            constraint leaves_pkey primary key (program_id, id),
            constraint leaves_ambassador_fkey foreign key (program_id, ambassador_id)
                references ambassadors (program_id, id),
            constraint leaves_period_check check (last_day >= first_day)
        );
        create index leaves_ambassador_idx on leaves (program_id, ambassador_id, first_day, id);
        comment on table leaves is 'Leaves of absence, which may overlap; their days stop the clock.';
        comment on column leaves.last_day is 'Inclusive; null: nobody knows yet.';
        comment on column leaves.announced_by is 'The account that entered it.';

        create table tenure_reminders (
            program_id uuid not null,
            tenure_id uuid not null,
            kind text not null,
            due_on date not null,
            sent_at timestamptz not null,
            constraint tenure_reminders_pkey primary key (program_id, tenure_id, kind, due_on),
            constraint tenure_reminders_tenure_fkey foreign key (program_id, tenure_id)
                references tenures (program_id, id),
            constraint tenure_reminders_kind_check check (kind in ('ending', 'at_risk'))
        );
        comment on table tenure_reminders is 'The reminders that went out, so that each goes once.';

        create table eligibilities (
            program_id uuid not null,
            id uuid not null,
            ambassador_id uuid not null,
            attribute text not null,
            expires_on date,
            note text,
            expired_at timestamptz,
            version integer not null,
            created_at timestamptz not null,
            updated_at timestamptz not null,
            constraint eligibilities_pkey primary key (program_id, id),
            constraint eligibilities_attribute_key unique (program_id, ambassador_id, attribute),
            constraint eligibilities_ambassador_fkey foreign key (program_id, ambassador_id)
                references ambassadors (program_id, id)
        );
        create index eligibilities_expires_idx on eligibilities (program_id, expires_on, id)
            where expired_at is null;
        comment on table eligibilities is 'What an ambassador is for a time, such as a student.';
        comment on column eligibilities.attribute is 'A code of the policy.';
        comment on column eligibilities.expires_on is 'The last day on which it holds; null: nobody knows.';
        comment on column eligibilities.expired_at is 'When its end was announced.';

        create table promotions (
            id uuid not null,
            from_program_id uuid not null,
            from_ambassador_id uuid not null,
            to_program_id uuid not null,
            to_ambassador_id uuid not null,
            reason text,
            promoted_at timestamptz not null,
            promoted_by uuid,
            constraint promotions_pkey primary key (from_program_id, id),
            constraint promotions_from_fkey foreign key (from_program_id, from_ambassador_id)
                references ambassadors (program_id, id),
            constraint promotions_to_fkey foreign key (to_program_id, to_ambassador_id)
                references ambassadors (program_id, id),
            constraint promotions_programs_check check (from_program_id <> to_program_id)
        );
        create index promotions_from_idx on promotions (from_program_id, from_ambassador_id);
        create index promotions_to_idx on promotions (to_program_id, to_ambassador_id);
        comment on table promotions is 'Who went from one program to another; both histories stay.';
        comment on column promotions.promoted_by is 'The account.';

        alter table ambassadors add column farewell text;
        alter table directory_entries add column farewell text;
        comment on column ambassadors.farewell is 'What they said when they left.';

        create trigger tenures_public after insert or update or delete or truncate on tenures
            for each statement execute function announce_public_change();
        create trigger leaves_public after insert or update or delete or truncate on leaves
            for each statement execute function announce_public_change();
        create trigger promotions_public after insert or update or delete or truncate on promotions
            for each statement execute function announce_public_change();
    """
    )


def downgrade() -> None:
    execute(
        """
        alter table directory_entries drop column farewell;
        alter table ambassadors drop column farewell;
        drop table promotions;
        drop table eligibilities;
        drop table tenure_reminders;
        drop table leaves;
        drop table tenure_contributions;
        drop table tenures;
        drop extension btree_gist;

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
    """
    )
