"""Applications: candidacies with their evidence, and the committee's votes on them."""

from migrations.ddl import execute

revision = "0013_applications"
down_revision = "0012_tenures"


def upgrade() -> None:
    execute(
        """
        create table applications (
            program_id uuid not null,
            id uuid not null,
            person_id uuid,
            status text not null,
            profile jsonb not null,
            handle text,
            statement text,
            answers jsonb not null,
            conduct_version text,
            conduct_accepted_at timestamptz,
            submitted_by uuid,
            nominator_id uuid,
            nominator_name text,
            consent text not null,
            consent_at timestamptz,
            capability bytea,
            consent_capability bytea,
            policy_version integer not null,
            round integer not null,
            decision_needed text,
            outcome_by text,
            decided_by uuid,
            decided_at timestamptz,
            decided_policy_version integer,
            decline_reason text,
            applicant_note text,
            committee_note text,
            override_reason text,
            ambassador_id uuid,
            version integer not null,
            submitted_at timestamptz not null,
            updated_at timestamptz not null,
            constraint applications_pkey primary key (program_id, id),
            constraint applications_program_fkey foreign key (program_id) references programs (id),
            constraint applications_person_fkey foreign key (person_id) references people (id),
            constraint applications_nominator_fkey foreign key (nominator_id) references people (id),
            constraint applications_ambassador_fkey foreign key (program_id, ambassador_id)
                references ambassadors (program_id, id),
            constraint applications_status_check check (status in
                ('submitted', 'in_vote', 'accepted', 'declined', 'withdrawn', 'expired')),
            constraint applications_consent_check
                check (consent in ('not_needed', 'asked', 'given', 'refused')),
            constraint applications_outcome_check
                check (outcome_by in ('rule', 'vote', 'manager', 'override')),
            constraint applications_accepted_check
                check ((status = 'accepted') = (ambassador_id is not null)),
            constraint applications_decided_check
                check ((status in ('accepted', 'declined')) = (decided_at is not null))
        );
        create unique index applications_open_key on applications (program_id, person_id)
            where status in ('submitted', 'in_vote') and person_id is not null;
        create unique index applications_capability_key on applications (capability);
        create unique index applications_consent_capability_key
            on applications (consent_capability);
        create index applications_recent_idx on applications (program_id, id desc);
        create index applications_status_idx on applications (program_id, status, id desc);
        create index applications_person_idx on applications (person_id);
        create index applications_nominator_idx on applications (nominator_id);
        create index applications_submitter_idx on applications (submitted_by);
        create index applications_ambassador_idx on applications (program_id, ambassador_id);
        comment on table applications is 'Candidacies, by oneself or by a nominator.';
        comment on column applications.person_id is 'Null until it is known who it is: nobody recorded has a verified identity of it.';
        comment on column applications.profile is 'The profile as the applicant states it; empty once they are erased.';
        comment on column applications.submitted_by is 'The account that applied or nominated; null: nobody in particular.';
        comment on column applications.nominator_id is 'Who nominated; null when the applicant applied, or for somebody unknown.';
        comment on column applications.capability is 'Digest of the secret that opens this application.';
        comment on column applications.consent_capability is 'Digest of the nominee''s secret.';
        comment on column applications.policy_version is 'In force when it was submitted.';
        comment on column applications.round is 'How many votes were opened on it.';
        comment on column applications.decision_needed is 'Why a manager has to decide now; null: nobody has to.';
        comment on column applications.outcome_by is 'rule: admitted without anybody; override: against or without the vote.';

        create table application_identities (
            program_id uuid not null,
            id uuid not null,
            application_id uuid not null,
            provider text not null,
            subject text,
            handle text,
            constraint application_identities_pkey primary key (program_id, id),
            constraint application_identities_key unique nulls not distinct
                (program_id, application_id, provider, subject, handle),
            constraint application_identities_application_fkey
                foreign key (program_id, application_id) references applications (program_id, id),
            constraint application_identities_known_check
                check (subject is not null or handle is not null)
        );
        create index application_identities_subject_idx
            on application_identities (program_id, provider, subject);
        comment on table application_identities is 'What the applicant says to be, at providers.';

        create table application_evidence (
            program_id uuid not null,
            id uuid not null,
            application_id uuid not null,
            position integer not null,
            contribution_program_id uuid,
            contribution_id uuid,
            draft jsonb,
            constraint application_evidence_pkey primary key (program_id, id),
            constraint application_evidence_application_fkey
                foreign key (program_id, application_id) references applications (program_id, id),
            constraint application_evidence_contribution_fkey
                foreign key (contribution_program_id, contribution_id)
                references contributions (program_id, id),
            constraint application_evidence_what_check
                check ((contribution_id is null) = (contribution_program_id is null)
                       and num_nonnulls(contribution_id, draft) >= 1),
            constraint application_evidence_once_key
                unique (program_id, application_id, contribution_program_id, contribution_id)
        );
        create index application_evidence_contribution_idx
            on application_evidence (contribution_program_id, contribution_id);
        comment on table application_evidence is 'What speaks for an application, in the order given.';
        comment on column application_evidence.draft is 'A contribution told here first; it is recorded when the application is accepted.';

        create table evidence_marks (
            program_id uuid not null,
            contribution_program_id uuid not null,
            contribution_id uuid not null,
            person_id uuid not null,
            application_id uuid not null,
            constraint evidence_marks_pkey
                primary key (program_id, contribution_program_id, contribution_id, person_id),
            constraint evidence_marks_application_fkey foreign key (program_id, application_id)
                references applications (program_id, id),
            constraint evidence_marks_contribution_fkey
                foreign key (contribution_program_id, contribution_id)
                references contributions (program_id, id),
            constraint evidence_marks_person_fkey foreign key (person_id) references people (id)
        );
        create index evidence_marks_contribution_idx
            on evidence_marks (contribution_program_id, contribution_id);
        create index evidence_marks_person_idx on evidence_marks (person_id);
        create index evidence_marks_application_idx on evidence_marks (program_id, application_id);
        comment on table evidence_marks is 'What was evidence for somebody''s admission; it counts for no tenure of theirs there.';

        create table vote_rounds (
            program_id uuid not null,
            id uuid not null,
            application_id uuid not null,
            number integer not null,
            policy_version integer not null,
            percent integer not null,
            minimum_voters integer not null,
            close_on_passing boolean not null,
            fail_early boolean not null,
            confirm boolean not null,
            ballot text not null,
            opened_at timestamptz not null,
            opened_by uuid,
            earliest_close timestamptz not null,
            latest_close timestamptz not null,
            closed_at timestamptz,
            result text,
            cancel_reason text,
            voters integer,
            need integer,
            votes_for integer,
            votes_against integer,
            votes_abstain integer,
            version integer not null,
            updated_at timestamptz not null,
            constraint vote_rounds_pkey primary key (program_id, id),
            constraint vote_rounds_number_key unique (program_id, application_id, number),
            constraint vote_rounds_application_fkey foreign key (program_id, application_id)
                references applications (program_id, id),
            constraint vote_rounds_ballot_check check (ballot in ('open', 'secret')),
            constraint vote_rounds_result_check
                check (result in ('passed', 'declined', 'expired', 'cancelled')),
            constraint vote_rounds_times_check
                check (earliest_close >= opened_at and latest_close >= earliest_close),
            constraint vote_rounds_secret_check
                check (ballot = 'open' or not (close_on_passing or fail_early)),
            constraint vote_rounds_closed_check check ((closed_at is null) = (result is null))
        );
        create unique index vote_rounds_open_key on vote_rounds (program_id, application_id)
            where closed_at is null;
        create index vote_rounds_due_idx on vote_rounds (program_id, latest_close)
            where closed_at is null;
        comment on table vote_rounds is 'Votes on applications as they were opened: their rules stay whatever the policy says later.';
        comment on column vote_rounds.number is 'The how manieth vote on this application, from 1.';
        comment on column vote_rounds.voters is 'Who was left to vote, without the recused; written at its closing, as the counts are.';

        create table electors (
            program_id uuid not null,
            round_id uuid not null,
            account_id uuid not null,
            person_id uuid,
            company text,
            recusal text,
            recusal_reason text,
            recused_at timestamptz,
            choice text,
            sealed bytea,
            voted_at timestamptz,
            version integer not null,
            updated_at timestamptz not null,
            constraint electors_pkey primary key (program_id, round_id, account_id),
            constraint electors_round_fkey foreign key (program_id, round_id)
                references vote_rounds (program_id, id),
            constraint electors_account_fkey foreign key (account_id) references accounts (id),
            constraint electors_person_fkey foreign key (person_id) references people (id),
            constraint electors_recusal_check
                check (recusal in ('applicant', 'company', 'declared', 'nominator')),
            constraint electors_choice_check check (choice in ('for', 'against', 'abstain')),
            constraint electors_voted_check check (
                num_nonnulls(recusal, choice, sealed) <= 1
                and (choice is null and sealed is null or voted_at is not null))
        );
        create index electors_account_idx on electors (account_id);
        create index electors_person_idx on electors (person_id);
        comment on table electors is 'Who could vote when a vote was opened, and their votes.';
        comment on column electors.company is 'Where they worked then.';
        comment on column electors.sealed is 'The choice of a secret ballot, encrypted; destroyed at the closing.';
        comment on column electors.voted_at is 'Stays when a secret choice is destroyed: that somebody voted is known.';

        create table vote_reminders (
            program_id uuid not null,
            round_id uuid not null,
            due_at timestamptz not null,
            sent_at timestamptz not null,
            constraint vote_reminders_pkey primary key (program_id, round_id, due_at),
            constraint vote_reminders_round_fkey foreign key (program_id, round_id)
                references vote_rounds (program_id, id)
        );
        comment on table vote_reminders is 'The reminders that went out, so that each goes once.';

        create table application_comments (
            program_id uuid not null,
            id uuid not null,
            application_id uuid not null,
            account_id uuid,
            text text not null,
            version integer not null,
            created_at timestamptz not null,
            updated_at timestamptz not null,
            constraint application_comments_pkey primary key (program_id, id),
            constraint application_comments_application_fkey
                foreign key (program_id, application_id) references applications (program_id, id)
        );
        create index application_comments_application_idx
            on application_comments (program_id, application_id, id);
        comment on table application_comments is 'What the committee says among itself; no applicant reads it.';

        create trigger applications_public after insert or update or delete or truncate on applications
            for each statement execute function announce_public_change();
        create trigger vote_rounds_public after insert or update or delete or truncate on vote_rounds
            for each statement execute function announce_public_change();

        -- Replaced by a wider one in the same transaction.
        -- squawk-ignore ban-drop-constraint
        alter table role_assignments drop constraint role_assignments_role_check;
        -- It holds some rows for each account: to look at all of them takes no time.
        -- squawk-ignore constraint-missing-not-valid
        alter table role_assignments add constraint role_assignments_role_check check (role in
            ('ambassador', 'committee', 'integration', 'manager', 'owner', 'reader', 'reviewer'));
    """
    )


def downgrade() -> None:
    execute(
        """
        drop table application_comments;
        drop table vote_reminders;
        drop table electors;
        drop table vote_rounds;
        drop table evidence_marks;
        drop table application_evidence;
        drop table application_identities;
        drop table applications;
        delete from role_assignments where role = 'committee';
        alter table role_assignments drop constraint role_assignments_role_check;
        alter table role_assignments add constraint role_assignments_role_check check (role in
            ('ambassador', 'integration', 'manager', 'owner', 'reader', 'reviewer'));
    """
    )
