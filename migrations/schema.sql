CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public;

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

CREATE TYPE public.job_status AS ENUM (
    'queued',
    'picked',
    'successful',
    'exception',
    'canceled',
    'deleted',
    'failed'
);

CREATE FUNCTION public.announce_job_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
        begin
            perform pg_notify(
                'chancery_jobs',
                json_build_object(
                    'type', 'table_changed_event',
                    'channel', 'chancery_jobs',
                    'operation', lower(tg_op),
                    'sent_at', now(),
                    'table', tg_table_name
                )::text
            );
            return null;
        end $$;

COMMENT ON FUNCTION public.announce_job_change() IS 'Wakes the workers.';

CREATE FUNCTION public.announce_public_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
        begin
            perform pg_notify('chancery_public', '');
            return null;
        end $$;

COMMENT ON FUNCTION public.announce_public_change() IS 'Tells every process to drop its snapshot of public answers.';

CREATE FUNCTION public.count_stock_movement() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
        declare
            change record;
        begin
            -- In one order of places, so that two that carry to and fro don't wait for each other.
            for change in
                select place_id,
                       case when new.kind in ('reserved', 'released') then 0 else way end
                           * new.quantity as on_hand,
                       case new.kind when 'reserved' then 1 when 'released' then -1 else 0 end
                           * new.quantity as reserved
                  from (values (new.from_place_id, -1), (new.to_place_id, 1)) as ends (place_id, way)
                 where place_id is not null
                 order by place_id
            loop
                insert into public.stock_balances (program_id, variant_id, place_id, on_hand, reserved)
                values (new.program_id, new.variant_id, change.place_id, 0, 0)
                on conflict do nothing;
                update public.stock_balances
                   set on_hand = stock_balances.on_hand + change.on_hand,
                       reserved = stock_balances.reserved + change.reserved
                 where program_id = new.program_id and variant_id = new.variant_id
                   and place_id = change.place_id;
            end loop;
            return null;
        end
        $$;

COMMENT ON FUNCTION public.count_stock_movement() IS 'Keeps the balances the sums of the ledger, whoever writes to it.';

CREATE TABLE public.accounts (
    id uuid NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    person_id uuid,
    disabled_at timestamp with time zone,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT accounts_kind_check CHECK ((kind = ANY (ARRAY['person'::text, 'integration'::text])))
);

COMMENT ON TABLE public.accounts IS 'Who can call: a person or an integration.';

CREATE TABLE public.affiliations (
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    company text NOT NULL,
    valid_from date,
    valid_until date,
    CONSTRAINT affiliations_period_check CHECK ((valid_until >= valid_from))
);

COMMENT ON TABLE public.affiliations IS 'Where a person worked, and when; days are inclusive.';

CREATE TABLE public.ambassador_handles (
    program_id uuid NOT NULL,
    id uuid NOT NULL,
    ambassador_id uuid NOT NULL,
    handle text NOT NULL,
    until_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.ambassador_handles IS 'Handles that an ambassador had before; they lead to the new one.';

CREATE TABLE public.ambassadors (
    program_id uuid NOT NULL,
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    handle text NOT NULL,
    status text NOT NULL,
    status_reason text,
    status_on date,
    joined_on date,
    hidden_fields text[] NOT NULL,
    "position" integer,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    farewell text,
    CONSTRAINT ambassadors_status_check CHECK ((status = ANY (ARRAY['active'::text, 'on_leave'::text, 'suspended'::text, 'emeritus'::text, 'removed'::text])))
);

COMMENT ON TABLE public.ambassadors IS 'A person''s membership of one program.';

COMMENT ON COLUMN public.ambassadors.status_on IS 'The day from which the status holds, where it is known.';

COMMENT ON COLUMN public.ambassadors.joined_on IS 'Null when nobody recorded it; never invented.';

COMMENT ON COLUMN public.ambassadors."position" IS 'The place in the members file that it came from.';

COMMENT ON COLUMN public.ambassadors.farewell IS 'What they said when they left.';

CREATE TABLE public.application_comments (
    program_id uuid NOT NULL,
    id uuid NOT NULL,
    application_id uuid NOT NULL,
    account_id uuid,
    text text NOT NULL,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.application_comments IS 'What the committee says among itself; no applicant reads it.';

CREATE TABLE public.application_evidence (
    program_id uuid NOT NULL,
    id uuid NOT NULL,
    application_id uuid NOT NULL,
    "position" integer NOT NULL,
    contribution_program_id uuid,
    contribution_id uuid,
    draft jsonb,
    CONSTRAINT application_evidence_what_check CHECK ((((contribution_id IS NULL) = (contribution_program_id IS NULL)) AND (num_nonnulls(contribution_id, draft) >= 1)))
);

COMMENT ON TABLE public.application_evidence IS 'What speaks for an application, in the order given.';

COMMENT ON COLUMN public.application_evidence.draft IS 'A contribution told here first; it is recorded when the application is accepted.';

CREATE TABLE public.application_identities (
    program_id uuid NOT NULL,
    id uuid NOT NULL,
    application_id uuid NOT NULL,
    provider text NOT NULL,
    subject text,
    handle text,
    CONSTRAINT application_identities_known_check CHECK (((subject IS NOT NULL) OR (handle IS NOT NULL)))
);

COMMENT ON TABLE public.application_identities IS 'What the applicant says to be, at providers.';

CREATE TABLE public.applications (
    program_id uuid NOT NULL,
    id uuid NOT NULL,
    person_id uuid,
    status text NOT NULL,
    profile jsonb NOT NULL,
    handle text,
    statement text,
    answers jsonb NOT NULL,
    conduct_version text,
    conduct_accepted_at timestamp with time zone,
    submitted_by uuid,
    nominator_id uuid,
    nominator_name text,
    consent text NOT NULL,
    consent_at timestamp with time zone,
    capability bytea,
    consent_capability bytea,
    policy_version integer NOT NULL,
    round integer NOT NULL,
    decision_needed text,
    outcome_by text,
    decided_by uuid,
    decided_at timestamp with time zone,
    decided_policy_version integer,
    decline_reason text,
    applicant_note text,
    committee_note text,
    override_reason text,
    ambassador_id uuid,
    version integer NOT NULL,
    submitted_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT applications_accepted_check CHECK (((status = 'accepted'::text) = (ambassador_id IS NOT NULL))),
    CONSTRAINT applications_consent_check CHECK ((consent = ANY (ARRAY['not_needed'::text, 'asked'::text, 'given'::text, 'refused'::text]))),
    CONSTRAINT applications_decided_check CHECK (((status = ANY (ARRAY['accepted'::text, 'declined'::text])) = (decided_at IS NOT NULL))),
    CONSTRAINT applications_outcome_check CHECK ((outcome_by = ANY (ARRAY['rule'::text, 'vote'::text, 'manager'::text, 'override'::text]))),
    CONSTRAINT applications_status_check CHECK ((status = ANY (ARRAY['submitted'::text, 'in_vote'::text, 'accepted'::text, 'declined'::text, 'withdrawn'::text, 'expired'::text])))
);

COMMENT ON TABLE public.applications IS 'Candidacies, by oneself or by a nominator.';

COMMENT ON COLUMN public.applications.person_id IS 'Null until it is known who it is: nobody recorded has a verified identity of it.';

COMMENT ON COLUMN public.applications.profile IS 'The profile as the applicant states it; empty once they are erased.';

COMMENT ON COLUMN public.applications.submitted_by IS 'The account that applied or nominated; null: nobody in particular.';

COMMENT ON COLUMN public.applications.nominator_id IS 'Who nominated; null when the applicant applied, or for somebody unknown.';

COMMENT ON COLUMN public.applications.capability IS 'Digest of the secret that opens this application.';

COMMENT ON COLUMN public.applications.consent_capability IS 'Digest of the nominee''s secret.';

COMMENT ON COLUMN public.applications.policy_version IS 'In force when it was submitted.';

COMMENT ON COLUMN public.applications.round IS 'How many votes were opened on it.';

COMMENT ON COLUMN public.applications.decision_needed IS 'Why a manager has to decide now; null: nobody has to.';

COMMENT ON COLUMN public.applications.outcome_by IS 'rule: admitted without anybody; override: against or without the vote.';

CREATE TABLE public.audit_entries (
    id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    actor_id uuid,
    actor_name text NOT NULL,
    token_id uuid,
    program_id uuid,
    action text NOT NULL,
    subject_kind text NOT NULL,
    subject_id uuid NOT NULL,
    fields text[] NOT NULL,
    request_id text NOT NULL
);

COMMENT ON TABLE public.audit_entries IS 'Who did what to which record, when, in which request; append-only.';

COMMENT ON COLUMN public.audit_entries.actor_name IS 'The account''s kind of caller: an account, the command line, nobody.';

COMMENT ON COLUMN public.audit_entries.fields IS 'Names of the fields that changed; their values stand in audit_values.';

CREATE TABLE public.audit_values (
    entry_id uuid NOT NULL,
    before jsonb NOT NULL,
    after jsonb NOT NULL,
    reason text
);

COMMENT ON TABLE public.audit_values IS 'Values before and after a change, and why; erasure empties them.';

CREATE TABLE public.benefit_codes (
    program_id uuid NOT NULL,
    id uuid NOT NULL,
    benefit text NOT NULL,
    digest bytea NOT NULL,
    sealed bytea NOT NULL,
    grant_id uuid,
    loaded_at timestamp with time zone NOT NULL,
    loaded_by uuid,
    given_at timestamp with time zone,
    CONSTRAINT benefit_codes_given_check CHECK (((grant_id IS NULL) = (given_at IS NULL)))
);

COMMENT ON TABLE public.benefit_codes IS 'Tickets and vouchers to give out, each to one grant.';

COMMENT ON COLUMN public.benefit_codes.digest IS 'So that no code is loaded twice.';

COMMENT ON COLUMN public.benefit_codes.sealed IS 'The code, sealed with a key that is not in the database.';

CREATE TABLE public.budget_warnings (
    program_id uuid NOT NULL,
    budget_id uuid NOT NULL,
    percent integer NOT NULL,
    warned_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.budget_warnings IS 'The warnings that went out, so that each goes once.';

CREATE TABLE public.budgets (
    program_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    currency text NOT NULL,
    amount numeric(19,4) NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    warn_at integer[] NOT NULL,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT budgets_amount_check CHECK ((amount >= (0)::numeric)),
    CONSTRAINT budgets_period_check CHECK ((last_day >= first_day))
);

COMMENT ON TABLE public.budgets IS 'What a program may spend in a period, in one currency.';

COMMENT ON COLUMN public.budgets.warn_at IS 'Announced when so many percent of it are committed or spent.';

CREATE TABLE public.connectors (
    program_id uuid NOT NULL,
    source_id uuid NOT NULL,
    kind text NOT NULL,
    settings jsonb NOT NULL,
    secret bytea,
    state text NOT NULL,
    next_run_at timestamp with time zone,
    last_run_at timestamp with time zone,
    last_success_at timestamp with time zone,
    failures integer NOT NULL,
    error_code text,
    error_detail text,
    etag text,
    last_modified text,
    created bigint NOT NULL,
    updated bigint NOT NULL,
    unchanged bigint NOT NULL,
    rejected bigint NOT NULL,
    CONSTRAINT connectors_error_check CHECK (((error_code IS NULL) = (error_detail IS NULL))),
    CONSTRAINT connectors_kind_check CHECK ((kind = ANY (ARRAY['calendar'::text, 'feed'::text, 'github'::text, 'sheet'::text]))),
    CONSTRAINT connectors_state_check CHECK ((state = ANY (ARRAY['active'::text, 'paused'::text])))
);

COMMENT ON TABLE public.connectors IS 'How a source gets its contributions by itself.';

COMMENT ON COLUMN public.connectors.settings IS 'As the kind defines them; nothing secret.';

COMMENT ON COLUMN public.connectors.secret IS 'Sealed with a key that is not in the database.';

COMMENT ON COLUMN public.connectors.next_run_at IS 'Null for what does not go and look.';

COMMENT ON COLUMN public.connectors.failures IS 'Runs in a row that failed.';

COMMENT ON COLUMN public.connectors.error_detail IS 'Why the last run failed, for people.';

COMMENT ON COLUMN public.connectors.etag IS 'What the other side called its last answer.';

COMMENT ON COLUMN public.connectors.created IS 'How many contributions it has recorded, ever.';

CREATE TABLE public.contribution_fingerprints (
    program_id uuid NOT NULL,
    who uuid NOT NULL,
    fingerprint bytea NOT NULL,
    contribution_id uuid NOT NULL
);

COMMENT ON TABLE public.contribution_fingerprints IS 'Who did what first: another contribution of theirs with the same address or details is suspected.';

CREATE TABLE public.contribution_participants (
    program_id uuid NOT NULL,
    contribution_id uuid NOT NULL,
    who uuid GENERATED ALWAYS AS (COALESCE(person_id, unmatched_id)) STORED NOT NULL,
    "position" integer NOT NULL,
    person_id uuid,
    unmatched_id uuid,
    role text,
    share integer,
    occurred_on date NOT NULL,
    CONSTRAINT contribution_participants_share_check CHECK (((share >= 1) AND (share <= 100)))
);

COMMENT ON TABLE public.contribution_participants IS 'Whose contribution it is; each counts for itself.';

COMMENT ON COLUMN public.contribution_participants.who IS 'The person, or the identity in the inbox while nobody owns it.';

COMMENT ON COLUMN public.contribution_participants.unmatched_id IS 'The identity that named them, if it was in the inbox; kept when it is matched.';

COMMENT ON COLUMN public.contribution_participants.share IS 'Percent, where the policy splits what a contribution counts.';

COMMENT ON COLUMN public.contribution_participants.occurred_on IS 'The contribution''s, so that a person''s list is read along one index.';

CREATE TABLE public.contribution_suspects (
    program_id uuid NOT NULL,
    contribution_id uuid NOT NULL,
    other_id uuid NOT NULL,
    verdict text,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT contribution_suspects_verdict_check CHECK ((verdict = ANY (ARRAY['distinct'::text, 'same'::text])))
);

COMMENT ON TABLE public.contribution_suspects IS 'Contributions that may be the same as an earlier one; verdict is null until a reviewer says.';

CREATE TABLE public.contributions (
    program_id uuid NOT NULL,
    id uuid NOT NULL,
    type text NOT NULL,
    type_text text NOT NULL,
    title text NOT NULL,
    description text,
    occurred_on date NOT NULL,
    date_precision text NOT NULL,
    ended_on date,
    url text,
    evidence text[] NOT NULL,
    role text,
    language text,
    tags text[] NOT NULL,
    audience text[] NOT NULL,
    event_format text,
    country text,
    metrics jsonb NOT NULL,
    fields jsonb NOT NULL,
    visibility text NOT NULL,
    matched boolean NOT NULL,
    source text,
    key text,
    digest bytea,
    "position" integer,
    submitted_by uuid,
    touched_at timestamp with time zone,
    status text NOT NULL,
    waiting_for text,
    decline_reason text,
    note text,
    decided_by uuid,
    decided_at timestamp with time zone,
    dispute text,
    disputed_at timestamp with time zone,
    same_as uuid,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT contributions_country_check CHECK ((country ~ '^[A-Z]{2}$'::text)),
    CONSTRAINT contributions_ended_on_check CHECK ((ended_on >= occurred_on)),
    CONSTRAINT contributions_event_format_check CHECK ((event_format = ANY (ARRAY['in_person'::text, 'virtual'::text, 'hybrid'::text]))),
    CONSTRAINT contributions_key_check CHECK (((key IS NULL) OR ((source IS NOT NULL) AND (digest IS NOT NULL)))),
    CONSTRAINT contributions_precision_check CHECK ((date_precision = ANY (ARRAY['day'::text, 'month'::text, 'year'::text]))),
    CONSTRAINT contributions_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'accepted'::text, 'declined'::text, 'disputed'::text, 'withdrawn'::text]))),
    CONSTRAINT contributions_visibility_check CHECK ((visibility = ANY (ARRAY['public'::text, 'members'::text, 'private'::text]))),
    CONSTRAINT contributions_waiting_check CHECK ((waiting_for = ANY (ARRAY['reviewer'::text, 'author'::text])))
);

COMMENT ON TABLE public.contributions IS 'Something somebody did for the community.';

COMMENT ON COLUMN public.contributions.type_text IS 'The type as its source wrote it; type is the catalogue''s code.';

COMMENT ON COLUMN public.contributions.occurred_on IS 'The first day of the period that date_precision names.';

COMMENT ON COLUMN public.contributions.metrics IS 'Readings in the order of their arrival: [{"read_on", "values"}]; only ever appended to.';

COMMENT ON COLUMN public.contributions.fields IS 'What the policy asks of this type besides.';

COMMENT ON COLUMN public.contributions.matched IS 'Whether at least one participant is a person that we know.';

COMMENT ON COLUMN public.contributions.source IS 'Where it came from; null when written through the API by hand.';

COMMENT ON COLUMN public.contributions.key IS 'The source''s own key, chosen by the tool.';

COMMENT ON COLUMN public.contributions.digest IS 'Of what the source last sent under the key.';

COMMENT ON COLUMN public.contributions."position" IS 'The place in the members file that it came from.';

COMMENT ON COLUMN public.contributions.submitted_by IS 'The account; null for the command line and for files.';

COMMENT ON COLUMN public.contributions.touched_at IS 'When a person last changed it by hand; null: only its source did.';

COMMENT ON COLUMN public.contributions.waiting_for IS 'Of what is pending or disputed: whose turn it is.';

COMMENT ON COLUMN public.contributions.note IS 'The reviewer''s words to the author.';

COMMENT ON COLUMN public.contributions.dispute IS 'The author''s words, once, after it was declined.';

COMMENT ON COLUMN public.contributions.same_as IS 'The contribution that counts in its place.';

CREATE TABLE public.daily_runs (
    program_id uuid NOT NULL,
    on_day date NOT NULL,
    done_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.daily_runs IS 'The days, each the program''s own, whose daily work is done.';

CREATE TABLE public.directory_entries (
    program_id uuid NOT NULL,
    ambassador_id uuid NOT NULL,
    person_id uuid NOT NULL,
    handle text NOT NULL,
    status text NOT NULL,
    name text NOT NULL,
    sort_name text NOT NULL,
    title text,
    bio text,
    country text,
    city text,
    avatar_url text,
    languages text[] NOT NULL,
    topics text[] NOT NULL,
    links jsonb NOT NULL,
    joined_on date,
    sort_joined date NOT NULL,
    shown text[] NOT NULL,
    search text NOT NULL,
    farewell text
);

COMMENT ON TABLE public.directory_entries IS 'What the public may see of each ambassador, made anew by every change of it.';

COMMENT ON COLUMN public.directory_entries.sort_joined IS 'joined_on, or infinity when it is unknown or hidden.';

COMMENT ON COLUMN public.directory_entries.shown IS 'Which of company, groups and roles (all dated, read with the entry) are public.';

CREATE TABLE public.electors (
    program_id uuid NOT NULL,
    round_id uuid NOT NULL,
    account_id uuid NOT NULL,
    person_id uuid,
    company text,
    recusal text,
    recusal_reason text,
    recused_at timestamp with time zone,
    choice text,
    sealed bytea,
    voted_at timestamp with time zone,
    version integer NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT electors_choice_check CHECK ((choice = ANY (ARRAY['for'::text, 'against'::text, 'abstain'::text]))),
    CONSTRAINT electors_recusal_check CHECK ((recusal = ANY (ARRAY['applicant'::text, 'company'::text, 'declared'::text, 'nominator'::text]))),
    CONSTRAINT electors_voted_check CHECK (((num_nonnulls(recusal, choice, sealed) <= 1) AND (((choice IS NULL) AND (sealed IS NULL)) OR (voted_at IS NOT NULL))))
);

COMMENT ON TABLE public.electors IS 'Who could vote when a vote was opened, and their votes.';

COMMENT ON COLUMN public.electors.company IS 'Where they worked then.';

COMMENT ON COLUMN public.electors.sealed IS 'The choice of a secret ballot, encrypted; destroyed at the closing.';

COMMENT ON COLUMN public.electors.voted_at IS 'Stays when a secret choice is destroyed: that somebody voted is known.';

CREATE TABLE public.eligibilities (
    program_id uuid NOT NULL,
    id uuid NOT NULL,
    ambassador_id uuid NOT NULL,
    attribute text NOT NULL,
    expires_on date,
    note text,
    expired_at timestamp with time zone,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.eligibilities IS 'What an ambassador is for a time, such as a student.';

COMMENT ON COLUMN public.eligibilities.attribute IS 'A code of the policy.';

COMMENT ON COLUMN public.eligibilities.expires_on IS 'The last day on which it holds; null: nobody knows.';

COMMENT ON COLUMN public.eligibilities.expired_at IS 'When its end was announced.';

CREATE TABLE public.events (
    id uuid NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    seq bigint NOT NULL,
    type text NOT NULL,
    program_id uuid,
    subject_id uuid NOT NULL,
    data jsonb NOT NULL,
    at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.events IS 'Facts that we announce, in the order (xid, seq).';

COMMENT ON COLUMN public.events.xid IS 'A row is shown once every older transaction has ended.';

ALTER TABLE public.events ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.events_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.evidence_marks (
    program_id uuid NOT NULL,
    contribution_program_id uuid NOT NULL,
    contribution_id uuid NOT NULL,
    person_id uuid NOT NULL,
    application_id uuid NOT NULL
);

COMMENT ON TABLE public.evidence_marks IS 'What was evidence for somebody''s admission; it counts for no tenure of theirs there.';

CREATE TABLE public.expenses (
    program_id uuid NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    amount numeric(19,4) NOT NULL,
    currency text NOT NULL,
    occurred_on date NOT NULL,
    description text NOT NULL,
    grant_id uuid,
    movement_id uuid,
    reverses_id uuid,
    recorded_at timestamp with time zone NOT NULL,
    recorded_by uuid,
    CONSTRAINT expenses_about_check CHECK ((num_nonnulls(grant_id, movement_id) <= 1)),
    CONSTRAINT expenses_amount_check CHECK (((amount <> (0)::numeric) AND ((amount < (0)::numeric) = (reverses_id IS NOT NULL)))),
    CONSTRAINT expenses_kind_check CHECK ((kind = ANY (ARRAY['event'::text, 'fee'::text, 'goods'::text, 'logistics'::text, 'other'::text, 'reimbursement'::text, 'travel'::text])))
);

COMMENT ON TABLE public.expenses IS 'What was spent: append-only, put right by entries that reverse others.';

COMMENT ON COLUMN public.expenses.amount IS 'Exact; negative only where it reverses another expense.';

CREATE TABLE public.grant_deliveries (
    program_id uuid NOT NULL,
    grant_id uuid NOT NULL,
    sealed bytea NOT NULL,
    erase_on date
);

COMMENT ON TABLE public.grant_deliveries IS 'Where something is sent: sealed with a key that is not in the database.';

COMMENT ON COLUMN public.grant_deliveries.erase_on IS 'The day on which the row goes; null: it is still needed.';

CREATE TABLE public.grants (
    program_id uuid NOT NULL,
    id uuid NOT NULL,
    benefit text NOT NULL,
    ambassador_id uuid NOT NULL,
    tenure_id uuid,
    occasion text NOT NULL,
    occasion_name text,
    number integer NOT NULL,
    status text NOT NULL,
    policy_version integer NOT NULL,
    value_amount numeric(19,4),
    value_currency text,
    choices jsonb NOT NULL,
    note text,
    claim_by date,
    fulfil_by date,
    offered_at timestamp with time zone NOT NULL,
    offered_by uuid,
    claimed_at timestamp with time zone,
    approved_at timestamp with time zone,
    approved_by uuid,
    fulfilled_at timestamp with time zone,
    fulfilled_on date,
    fulfilled_by uuid,
    carrier text,
    tracking text,
    closed_at timestamp with time zone,
    closed_by uuid,
    closed_reason text,
    overdue_at timestamp with time zone,
    version integer NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT grants_claimed_check CHECK (((status <> ALL (ARRAY['claimed'::text, 'fulfilled'::text, 'returned'::text])) OR (claimed_at IS NOT NULL))),
    CONSTRAINT grants_closed_check CHECK (((status = ANY (ARRAY['returned'::text, 'declined'::text, 'expired'::text, 'revoked'::text])) = (closed_at IS NOT NULL))),
    CONSTRAINT grants_fulfilled_check CHECK (((status <> ALL (ARRAY['fulfilled'::text, 'returned'::text])) OR ((fulfilled_at IS NOT NULL) AND (fulfilled_on IS NOT NULL)))),
    CONSTRAINT grants_number_check CHECK ((number >= 1)),
    CONSTRAINT grants_occasion_check CHECK ((occasion = ANY (ARRAY['admission'::text, 'award'::text, 'end'::text, 'event'::text, 'manager'::text, 'renewal'::text, 'tenure'::text]))),
    CONSTRAINT grants_status_check CHECK ((status = ANY (ARRAY['offered'::text, 'claimed'::text, 'fulfilled'::text, 'returned'::text, 'declined'::text, 'expired'::text, 'revoked'::text]))),
    CONSTRAINT grants_value_check CHECK ((((value_amount IS NULL) = (value_currency IS NULL)) AND (value_amount >= (0)::numeric)))
);

COMMENT ON TABLE public.grants IS 'Benefits that were given to ambassadors, because of one tenure, award or decision.';

COMMENT ON COLUMN public.grants.benefit IS 'Its code in the policy.';

COMMENT ON COLUMN public.grants.tenure_id IS 'The tenure that it belongs to; null: there was none.';

COMMENT ON COLUMN public.grants.occasion IS 'Why it was offered.';

COMMENT ON COLUMN public.grants.occasion_name IS 'Which award or event.';

COMMENT ON COLUMN public.grants.number IS 'The how manieth of this benefit in the tenure, from 1.';

COMMENT ON COLUMN public.grants.value_amount IS 'What it was worth when it was offered.';

COMMENT ON COLUMN public.grants.choices IS 'The variant that was chosen of each stock item, by the codes.';

COMMENT ON COLUMN public.grants.claim_by IS 'The last day to claim it, in the program''s time zone.';

COMMENT ON COLUMN public.grants.fulfil_by IS 'The day by which it was promised, counted from the claim.';

COMMENT ON COLUMN public.grants.offered_by IS 'The account; null: the policy''s rule.';

COMMENT ON COLUMN public.grants.approved_at IS 'Null: nobody had to approve, or has not yet.';

COMMENT ON COLUMN public.grants.overdue_at IS 'When it was announced that it is late.';

CREATE TABLE public.idempotency_keys (
    scope text NOT NULL,
    key text NOT NULL,
    digest bytea NOT NULL,
    resource_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.idempotency_keys IS 'What a request with this key created; kept for 24 hours.';

COMMENT ON COLUMN public.idempotency_keys.scope IS 'Actor and operation.';

CREATE TABLE public.identities (
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    provider text NOT NULL,
    subject text,
    handle text,
    verified_at timestamp with time zone,
    vouched_by uuid,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT identities_known_check CHECK (((subject IS NOT NULL) OR (handle IS NOT NULL))),
    CONSTRAINT identities_provider_check CHECK ((provider ~ '^[a-z][a-z0-9_-]{0,62}$'::text))
);

COMMENT ON TABLE public.identities IS 'A person at a provider: claimed, or verified (vouched for).';

COMMENT ON COLUMN public.identities.subject IS 'The provider''s stable id; null when only a handle is known.';

COMMENT ON COLUMN public.identities.handle IS 'For display; compared without regard to case.';

COMMENT ON COLUMN public.identities.verified_at IS 'Null while the identity is only claimed.';

COMMENT ON COLUMN public.identities.vouched_by IS 'The account that said yes; null for the command line.';

CREATE TABLE public.identity_handles (
    id uuid NOT NULL,
    identity_id uuid NOT NULL,
    handle text NOT NULL,
    until_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.identity_handles IS 'Handles that an identity had before.';

CREATE TABLE public.imports (
    program_id uuid NOT NULL,
    id uuid NOT NULL,
    format text NOT NULL,
    mode text NOT NULL,
    as_of date,
    digest bytea NOT NULL,
    summary jsonb NOT NULL,
    applied_at timestamp with time zone NOT NULL,
    applied_by uuid,
    CONSTRAINT imports_mode_check CHECK ((mode = ANY (ARRAY['merge'::text, 'mirror'::text])))
);

COMMENT ON TABLE public.imports IS 'Files that were applied; a mirror older than the last one is refused.';

CREATE TABLE public.invitations (
    id uuid NOT NULL,
    program_id uuid,
    role text,
    person_id uuid,
    name text NOT NULL,
    digest bytea NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    redeemed_at timestamp with time zone,
    redeemed_by uuid,
    revoked_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    created_by uuid,
    version integer NOT NULL,
    updated_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.invitations IS 'One-time links that make an account for a person or a role.';

CREATE TABLE public.job_failures (
    job text NOT NULL,
    failures bigint NOT NULL
);

COMMENT ON TABLE public.job_failures IS 'How often attempts at a job have failed, ever: a metric.';

CREATE TABLE public.job_log (
    id bigint NOT NULL,
    created timestamp with time zone DEFAULT now() NOT NULL,
    job_id bigint NOT NULL,
    status public.job_status NOT NULL,
    priority integer NOT NULL,
    entrypoint text NOT NULL,
    traceback jsonb,
    aggregated boolean DEFAULT false
);

COMMENT ON TABLE public.job_log IS 'What happened to each job, for a week; pgqueuer''s.';

ALTER TABLE public.job_log ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.job_log_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.jobs (
    id bigint NOT NULL,
    priority integer NOT NULL,
    queue_manager_id uuid,
    created timestamp with time zone DEFAULT now() NOT NULL,
    updated timestamp with time zone DEFAULT now() NOT NULL,
    heartbeat timestamp with time zone DEFAULT now() NOT NULL,
    execute_after timestamp with time zone DEFAULT now() NOT NULL,
    status public.job_status NOT NULL,
    entrypoint text NOT NULL,
    dedupe_key text,
    payload bytea,
    headers jsonb,
    attempts integer DEFAULT 0 NOT NULL,
    slot bigint,
    public_id uuid NOT NULL
);

COMMENT ON TABLE public.jobs IS 'What the workers still have to do, and what they gave up; pgqueuer''s.';

COMMENT ON COLUMN public.jobs.id IS 'Within the database alone; public_id is what the API tells.';

COMMENT ON COLUMN public.jobs.status IS 'queued (waiting), picked (running) or failed (held); what is done is deleted.';

COMMENT ON COLUMN public.jobs.entrypoint IS 'Which job.';

COMMENT ON COLUMN public.jobs.dedupe_key IS 'Of those that wait or run there is one with this key.';

COMMENT ON COLUMN public.jobs.payload IS 'JSON: ids, codes and days, never personal values.';

CREATE SEQUENCE public.jobs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.jobs_id_seq OWNED BY public.jobs.id;

CREATE TABLE public.leaves (
    program_id uuid NOT NULL,
    id uuid NOT NULL,
    ambassador_id uuid NOT NULL,
    first_day date NOT NULL,
    last_day date,
    reason text,
    announced_by uuid,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT leaves_period_check CHECK ((last_day >= first_day))
);

COMMENT ON TABLE public.leaves IS 'Leaves of absence, which may overlap; their days stop the clock.';

COMMENT ON COLUMN public.leaves.last_day IS 'Inclusive; null: nobody knows yet.';

COMMENT ON COLUMN public.leaves.announced_by IS 'The account that entered it.';

CREATE TABLE public.memberships (
    program_id uuid NOT NULL,
    id uuid NOT NULL,
    ambassador_id uuid NOT NULL,
    kind text NOT NULL,
    code text NOT NULL,
    valid_from date,
    valid_until date,
    CONSTRAINT memberships_kind_check CHECK ((kind = ANY (ARRAY['group'::text, 'role'::text]))),
    CONSTRAINT memberships_period_check CHECK ((valid_until >= valid_from))
);

COMMENT ON TABLE public.memberships IS 'Groups and roles inside a program, with their days (inclusive).';

CREATE TABLE public.people (
    id uuid NOT NULL,
    name text NOT NULL,
    title text,
    bio text,
    country text,
    city text,
    avatar_url text,
    languages text[] NOT NULL,
    topics text[] NOT NULL,
    links jsonb NOT NULL,
    hidden_fields text[] NOT NULL,
    merged_into uuid,
    erased_at timestamp with time zone,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT people_country_check CHECK ((country ~ '^[A-Z]{2}$'::text)),
    CONSTRAINT people_merged_into_check CHECK ((merged_into <> id))
);

COMMENT ON TABLE public.people IS 'A human being; can belong to several programs.';

COMMENT ON COLUMN public.people.country IS 'ISO 3166-1 alpha-2.';

COMMENT ON COLUMN public.people.languages IS 'BCP 47 tags.';

COMMENT ON COLUMN public.people.links IS 'A list of {kind, url}, in display order.';

COMMENT ON COLUMN public.people.hidden_fields IS 'Fields that the person shows in no public answer.';

COMMENT ON COLUMN public.people.merged_into IS 'The person that this record was merged into.';

CREATE TABLE public.person_merges (
    id uuid NOT NULL,
    kept_id uuid NOT NULL,
    merged_id uuid NOT NULL,
    moved jsonb NOT NULL,
    merged_at timestamp with time zone NOT NULL,
    merged_by uuid,
    undone_at timestamp with time zone
);

COMMENT ON TABLE public.person_merges IS 'What a merge of two people moved, so that an undo returns exactly that.';

COMMENT ON COLUMN public.person_merges.moved IS 'Ids of the moved rows by table.';

CREATE TABLE public.policies (
    program_id uuid NOT NULL,
    version integer NOT NULL,
    document jsonb NOT NULL,
    effective jsonb NOT NULL,
    parent_version integer,
    reason text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by uuid,
    CONSTRAINT policies_version_check CHECK ((version > 0))
);

COMMENT ON TABLE public.policies IS 'Every version of a program''s rules; decisions point at the one they were taken under.';

COMMENT ON COLUMN public.policies.document IS 'As written by the program, without what it inherits.';

COMMENT ON COLUMN public.policies.effective IS 'The document merged onto the parent''s effective policy.';

COMMENT ON COLUMN public.policies.parent_version IS 'The parent''s version that was merged; null without a parent.';

COMMENT ON COLUMN public.policies.created_by IS 'The account; null for the command line.';

CREATE TABLE public.programs (
    id uuid NOT NULL,
    slug text NOT NULL,
    parent_id uuid,
    status text NOT NULL,
    policy_version integer NOT NULL,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT programs_parent_check CHECK ((parent_id <> id)),
    CONSTRAINT programs_slug_check CHECK (((slug ~ '^[a-z0-9](-?[a-z0-9])*$'::text) AND (length(slug) <= 63))),
    CONSTRAINT programs_status_check CHECK ((status = ANY (ARRAY['active'::text, 'archived'::text]))),
    CONSTRAINT programs_version_check CHECK ((version > 0))
);

COMMENT ON TABLE public.programs IS 'One ambassador program; many live in one instance.';

COMMENT ON COLUMN public.programs.policy_version IS 'The version of policies that is in force now.';

COMMENT ON COLUMN public.programs.version IS 'Counts the changes of this record; the ETag.';

CREATE TABLE public.promotions (
    id uuid NOT NULL,
    from_program_id uuid NOT NULL,
    from_ambassador_id uuid NOT NULL,
    to_program_id uuid NOT NULL,
    to_ambassador_id uuid NOT NULL,
    reason text,
    promoted_at timestamp with time zone NOT NULL,
    promoted_by uuid,
    CONSTRAINT promotions_programs_check CHECK ((from_program_id <> to_program_id))
);

COMMENT ON TABLE public.promotions IS 'Who went from one program to another; both histories stay.';

COMMENT ON COLUMN public.promotions.promoted_by IS 'The account.';

CREATE UNLOGGED TABLE public.rate_counts (
    caller bytea NOT NULL,
    minute bigint NOT NULL,
    requests integer NOT NULL
);

COMMENT ON TABLE public.rate_counts IS 'Requests of a caller in a minute; unlogged, for a crash may forget them.';

COMMENT ON COLUMN public.rate_counts.caller IS 'A digest of a token''s id or an address: neither is stored.';

COMMENT ON COLUMN public.rate_counts.minute IS 'Minutes since 1970.';

CREATE TABLE public.role_assignments (
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    role text NOT NULL,
    program_id uuid,
    valid_from timestamp with time zone NOT NULL,
    valid_until timestamp with time zone,
    assigned_by uuid,
    version integer NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT role_assignments_period_check CHECK ((valid_until >= valid_from)),
    CONSTRAINT role_assignments_role_check CHECK ((role = ANY (ARRAY['ambassador'::text, 'committee'::text, 'fulfilment'::text, 'integration'::text, 'manager'::text, 'owner'::text, 'reader'::text, 'reviewer'::text]))),
    CONSTRAINT role_assignments_scope_check CHECK (((role = 'owner'::text) = (program_id IS NULL)))
);

COMMENT ON TABLE public.role_assignments IS 'Which role an account has where, from when until when.';

CREATE TABLE public.schedules (
    job text NOT NULL,
    rung_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.schedules IS 'When a job that comes round by itself was last put into the queue.';

CREATE TABLE public.source_tokens (
    program_id uuid NOT NULL,
    source_id uuid NOT NULL,
    token_id uuid NOT NULL
);

COMMENT ON TABLE public.source_tokens IS 'The tokens that may write to a source, and only to their sources.';

CREATE TABLE public.sources (
    program_id uuid NOT NULL,
    id uuid NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    trust text NOT NULL,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT sources_slug_check CHECK (((slug ~ '^[a-z0-9](-?[a-z0-9])*$'::text) AND (length(slug) <= 63))),
    CONSTRAINT sources_trust_check CHECK ((trust = ANY (ARRAY['trusted'::text, 'untrusted'::text])))
);

COMMENT ON TABLE public.sources IS 'Where tools'' contributions come from; the slug never changes.';

CREATE TABLE public.stock_balances (
    program_id uuid NOT NULL,
    variant_id uuid NOT NULL,
    place_id uuid NOT NULL,
    on_hand integer NOT NULL,
    reserved integer NOT NULL,
    CONSTRAINT stock_balances_on_hand_check CHECK ((on_hand >= 0)),
    CONSTRAINT stock_balances_reserved_check CHECK (((reserved >= 0) AND (reserved <= on_hand)))
);

COMMENT ON TABLE public.stock_balances IS 'The sums of the ledger; only its trigger writes here.';

CREATE TABLE public.stock_items (
    program_id uuid NOT NULL,
    id uuid NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    description text,
    low_at integer,
    retired boolean NOT NULL,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT stock_items_low_check CHECK ((low_at >= 0))
);

COMMENT ON TABLE public.stock_items IS 'Kinds of swag.';

COMMENT ON COLUMN public.stock_items.low_at IS 'Announced when a variant has no more than so many to give; null: never.';

CREATE TABLE public.stock_movements (
    program_id uuid NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    variant_id uuid NOT NULL,
    quantity integer NOT NULL,
    from_place_id uuid,
    to_place_id uuid,
    grant_id uuid,
    recipient text,
    reason text,
    occurred_on date NOT NULL,
    reverses_id uuid,
    import_key text,
    recorded_at timestamp with time zone NOT NULL,
    recorded_by uuid,
    CONSTRAINT stock_movements_places_check CHECK (
CASE kind
    WHEN 'received'::text THEN ((from_place_id IS NULL) AND (to_place_id IS NOT NULL))
    WHEN 'returned'::text THEN ((from_place_id IS NULL) AND (to_place_id IS NOT NULL))
    WHEN 'given'::text THEN ((from_place_id IS NOT NULL) AND (to_place_id IS NULL))
    WHEN 'moved'::text THEN ((from_place_id <> to_place_id) AND (num_nonnulls(from_place_id, to_place_id) = 2))
    WHEN 'adjusted'::text THEN (num_nonnulls(from_place_id, to_place_id) = 1)
    WHEN 'reserved'::text THEN ((from_place_id IS NOT NULL) AND (to_place_id IS NULL) AND (grant_id IS NOT NULL))
    WHEN 'released'::text THEN ((from_place_id IS NOT NULL) AND (to_place_id IS NULL) AND (grant_id IS NOT NULL))
    ELSE false
END),
    CONSTRAINT stock_movements_quantity_check CHECK (((quantity <> 0) AND ((quantity < 0) = (reverses_id IS NOT NULL))))
);

COMMENT ON TABLE public.stock_movements IS 'The ledger: append-only, put right by entries that reverse others.';

COMMENT ON COLUMN public.stock_movements.quantity IS 'Leaves one place and comes to the other; negative only where it reverses another entry.';

COMMENT ON COLUMN public.stock_movements.recipient IS 'Whom or what it was for, where that is no grant.';

COMMENT ON COLUMN public.stock_movements.import_key IS 'Of which file and line it is, so that a file counts once.';

CREATE TABLE public.stock_places (
    program_id uuid NOT NULL,
    id uuid NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    retired boolean NOT NULL,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT stock_places_kind_check CHECK ((kind = ANY (ARRAY['event'::text, 'storage'::text])))
);

COMMENT ON TABLE public.stock_places IS 'Where stock is: in storage, or at an event, to which it was given.';

CREATE TABLE public.stock_variants (
    program_id uuid NOT NULL,
    id uuid NOT NULL,
    item_id uuid NOT NULL,
    code text NOT NULL,
    size text,
    color text,
    retired boolean NOT NULL,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.stock_variants IS 'What is counted: an item of one size and color.';

CREATE TABLE public.tenure_contributions (
    program_id uuid NOT NULL,
    tenure_id uuid NOT NULL,
    contribution_id uuid NOT NULL,
    ambassador_id uuid NOT NULL
);

COMMENT ON TABLE public.tenure_contributions IS 'What counted for a finished tenure; it counts for no other of the same ambassador.';

COMMENT ON COLUMN public.tenure_contributions.ambassador_id IS 'The tenure''s, so that each contribution counts once for them.';

CREATE TABLE public.tenure_reminders (
    program_id uuid NOT NULL,
    tenure_id uuid NOT NULL,
    kind text NOT NULL,
    due_on date NOT NULL,
    sent_at timestamp with time zone NOT NULL,
    CONSTRAINT tenure_reminders_kind_check CHECK ((kind = ANY (ARRAY['ending'::text, 'at_risk'::text])))
);

COMMENT ON TABLE public.tenure_reminders IS 'The reminders that went out, so that each goes once.';

CREATE TABLE public.tenures (
    program_id uuid NOT NULL,
    id uuid NOT NULL,
    ambassador_id uuid NOT NULL,
    first_day date NOT NULL,
    last_day date,
    policy_version integer NOT NULL,
    origin text NOT NULL,
    outcome text,
    outcome_on date,
    outcome_reason text,
    outcome_policy_version integer,
    decided_by uuid,
    asked_at timestamp with time zone,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT tenures_decided_check CHECK ((((outcome IS NULL) = (outcome_on IS NULL)) AND ((outcome IS NULL) OR (last_day IS NOT NULL)))),
    CONSTRAINT tenures_origin_check CHECK ((origin = ANY (ARRAY['live'::text, 'backfilled'::text]))),
    CONSTRAINT tenures_outcome_check CHECK ((outcome = ANY (ARRAY['renewed'::text, 'lapsed'::text, 'ended'::text]))),
    CONSTRAINT tenures_period_check CHECK ((last_day >= (first_day - 1)))
);

COMMENT ON TABLE public.tenures IS 'Periods of being an ambassador; the outcome is null until one is finished.';

COMMENT ON COLUMN public.tenures.last_day IS 'Inclusive; null: open-ended. Who left earlier has the day before they left.';

COMMENT ON COLUMN public.tenures.policy_version IS 'In force when it began.';

COMMENT ON COLUMN public.tenures.origin IS 'backfilled: begun before anything was recorded of it.';

COMMENT ON COLUMN public.tenures.outcome_on IS 'The day from which the outcome holds.';

COMMENT ON COLUMN public.tenures.outcome_policy_version IS 'In force when it was decided.';

COMMENT ON COLUMN public.tenures.decided_by IS 'The account; null: decided by rule, or by an import.';

COMMENT ON COLUMN public.tenures.asked_at IS 'Since when a manager is asked for the outcome.';

CREATE TABLE public.tokens (
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    name text NOT NULL,
    digest bytea NOT NULL,
    hint text NOT NULL,
    permissions text[],
    program_ids uuid[],
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    last_used_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    created_by uuid,
    version integer NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT tokens_period_check CHECK ((expires_at >= created_at))
);

COMMENT ON TABLE public.tokens IS 'Bearer tokens; the secret itself is shown once and stored as a digest.';

COMMENT ON COLUMN public.tokens.hint IS 'The first characters, so that a person can tell tokens apart.';

COMMENT ON COLUMN public.tokens.permissions IS 'Null: everything that the account may do.';

COMMENT ON COLUMN public.tokens.program_ids IS 'Null: every program in which the account has a role.';

CREATE TABLE public.unmatched_identities (
    program_id uuid NOT NULL,
    id uuid NOT NULL,
    provider text NOT NULL,
    account text NOT NULL,
    status text NOT NULL,
    person_id uuid,
    reason text,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT unmatched_identities_status_check CHECK ((status = ANY (ARRAY['open'::text, 'matched'::text, 'dismissed'::text])))
);

COMMENT ON TABLE public.unmatched_identities IS 'The inbox: identities that contributions name and nobody owns yet.';

COMMENT ON COLUMN public.unmatched_identities.account IS 'A provider''s id; or @ and a handle, or an address, in lower case.';

COMMENT ON COLUMN public.unmatched_identities.person_id IS 'To whom it was matched.';

CREATE TABLE public.vote_reminders (
    program_id uuid NOT NULL,
    round_id uuid NOT NULL,
    due_at timestamp with time zone NOT NULL,
    sent_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.vote_reminders IS 'The reminders that went out, so that each goes once.';

CREATE TABLE public.vote_rounds (
    program_id uuid NOT NULL,
    id uuid NOT NULL,
    application_id uuid NOT NULL,
    number integer NOT NULL,
    policy_version integer NOT NULL,
    percent integer NOT NULL,
    minimum_voters integer NOT NULL,
    close_on_passing boolean NOT NULL,
    fail_early boolean NOT NULL,
    confirm boolean NOT NULL,
    ballot text NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    opened_by uuid,
    earliest_close timestamp with time zone NOT NULL,
    latest_close timestamp with time zone NOT NULL,
    closed_at timestamp with time zone,
    result text,
    cancel_reason text,
    voters integer,
    need integer,
    votes_for integer,
    votes_against integer,
    votes_abstain integer,
    version integer NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT vote_rounds_ballot_check CHECK ((ballot = ANY (ARRAY['open'::text, 'secret'::text]))),
    CONSTRAINT vote_rounds_closed_check CHECK (((closed_at IS NULL) = (result IS NULL))),
    CONSTRAINT vote_rounds_result_check CHECK ((result = ANY (ARRAY['passed'::text, 'declined'::text, 'expired'::text, 'cancelled'::text]))),
    CONSTRAINT vote_rounds_secret_check CHECK (((ballot = 'open'::text) OR (NOT (close_on_passing OR fail_early)))),
    CONSTRAINT vote_rounds_times_check CHECK (((earliest_close >= opened_at) AND (latest_close >= earliest_close)))
);

COMMENT ON TABLE public.vote_rounds IS 'Votes on applications as they were opened: their rules stay whatever the policy says later.';

COMMENT ON COLUMN public.vote_rounds.number IS 'The how manieth vote on this application, from 1.';

COMMENT ON COLUMN public.vote_rounds.voters IS 'Who was left to vote, without the recused; written at its closing, as the counts are.';

CREATE TABLE public.webhook_deliveries (
    program_id uuid NOT NULL,
    source_id uuid NOT NULL,
    delivery_id text NOT NULL,
    event text NOT NULL,
    body bytea,
    state text NOT NULL,
    result text,
    received_at timestamp with time zone NOT NULL,
    done_at timestamp with time zone,
    CONSTRAINT webhook_deliveries_done_check CHECK (((state = 'waiting'::text) = (done_at IS NULL))),
    CONSTRAINT webhook_deliveries_state_check CHECK ((state = ANY (ARRAY['done'::text, 'failed'::text, 'ignored'::text, 'waiting'::text])))
);

COMMENT ON TABLE public.webhook_deliveries IS 'What other services told us, once each.';

COMMENT ON COLUMN public.webhook_deliveries.delivery_id IS 'The other side''s own id of it: again is no news.';

COMMENT ON COLUMN public.webhook_deliveries.body IS 'As it came; null once it is no longer needed.';

COMMENT ON COLUMN public.webhook_deliveries.result IS 'What became of it, in words.';

ALTER TABLE ONLY public.jobs ALTER COLUMN id SET DEFAULT nextval('public.jobs_id_seq'::regclass);

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.affiliations
    ADD CONSTRAINT affiliations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.ambassador_handles
    ADD CONSTRAINT ambassador_handles_pkey PRIMARY KEY (program_id, id);

ALTER TABLE ONLY public.ambassadors
    ADD CONSTRAINT ambassadors_person_key UNIQUE (program_id, person_id);

ALTER TABLE ONLY public.ambassadors
    ADD CONSTRAINT ambassadors_pkey PRIMARY KEY (program_id, id);

ALTER TABLE ONLY public.application_comments
    ADD CONSTRAINT application_comments_pkey PRIMARY KEY (program_id, id);

ALTER TABLE ONLY public.application_evidence
    ADD CONSTRAINT application_evidence_once_key UNIQUE (program_id, application_id, contribution_program_id, contribution_id);

ALTER TABLE ONLY public.application_evidence
    ADD CONSTRAINT application_evidence_pkey PRIMARY KEY (program_id, id);

ALTER TABLE ONLY public.application_identities
    ADD CONSTRAINT application_identities_key UNIQUE NULLS NOT DISTINCT (program_id, application_id, provider, subject, handle);

ALTER TABLE ONLY public.application_identities
    ADD CONSTRAINT application_identities_pkey PRIMARY KEY (program_id, id);

ALTER TABLE ONLY public.applications
    ADD CONSTRAINT applications_pkey PRIMARY KEY (program_id, id);

ALTER TABLE ONLY public.audit_entries
    ADD CONSTRAINT audit_entries_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.audit_values
    ADD CONSTRAINT audit_values_pkey PRIMARY KEY (entry_id);

ALTER TABLE ONLY public.benefit_codes
    ADD CONSTRAINT benefit_codes_digest_key UNIQUE (program_id, benefit, digest);

ALTER TABLE ONLY public.benefit_codes
    ADD CONSTRAINT benefit_codes_grant_key UNIQUE (program_id, grant_id);

ALTER TABLE ONLY public.benefit_codes
    ADD CONSTRAINT benefit_codes_pkey PRIMARY KEY (program_id, id);

ALTER TABLE ONLY public.budget_warnings
    ADD CONSTRAINT budget_warnings_pkey PRIMARY KEY (program_id, budget_id, percent);

ALTER TABLE ONLY public.budgets
    ADD CONSTRAINT budgets_period_excl EXCLUDE USING gist (program_id WITH =, currency WITH =, daterange(first_day, last_day, '[]'::text) WITH &&);

ALTER TABLE ONLY public.budgets
    ADD CONSTRAINT budgets_pkey PRIMARY KEY (program_id, id);

ALTER TABLE ONLY public.connectors
    ADD CONSTRAINT connectors_pkey PRIMARY KEY (program_id, source_id);

ALTER TABLE ONLY public.contribution_fingerprints
    ADD CONSTRAINT contribution_fingerprints_pkey PRIMARY KEY (program_id, who, fingerprint);

ALTER TABLE ONLY public.contribution_participants
    ADD CONSTRAINT contribution_participants_pkey PRIMARY KEY (program_id, contribution_id, who);

ALTER TABLE ONLY public.contribution_suspects
    ADD CONSTRAINT contribution_suspects_pkey PRIMARY KEY (program_id, contribution_id, other_id);

ALTER TABLE ONLY public.contributions
    ADD CONSTRAINT contributions_pkey PRIMARY KEY (program_id, id);

ALTER TABLE ONLY public.daily_runs
    ADD CONSTRAINT daily_runs_pkey PRIMARY KEY (program_id, on_day);

ALTER TABLE ONLY public.directory_entries
    ADD CONSTRAINT directory_entries_pkey PRIMARY KEY (program_id, ambassador_id);

ALTER TABLE ONLY public.electors
    ADD CONSTRAINT electors_pkey PRIMARY KEY (program_id, round_id, account_id);

ALTER TABLE ONLY public.eligibilities
    ADD CONSTRAINT eligibilities_attribute_key UNIQUE (program_id, ambassador_id, attribute);

ALTER TABLE ONLY public.eligibilities
    ADD CONSTRAINT eligibilities_pkey PRIMARY KEY (program_id, id);

ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.evidence_marks
    ADD CONSTRAINT evidence_marks_pkey PRIMARY KEY (program_id, contribution_program_id, contribution_id, person_id);

ALTER TABLE ONLY public.expenses
    ADD CONSTRAINT expenses_pkey PRIMARY KEY (program_id, id);

ALTER TABLE ONLY public.expenses
    ADD CONSTRAINT expenses_reverses_key UNIQUE (program_id, reverses_id);

ALTER TABLE ONLY public.grant_deliveries
    ADD CONSTRAINT grant_deliveries_pkey PRIMARY KEY (program_id, grant_id);

ALTER TABLE ONLY public.grants
    ADD CONSTRAINT grants_number_key UNIQUE NULLS NOT DISTINCT (program_id, ambassador_id, benefit, tenure_id, number);

ALTER TABLE ONLY public.grants
    ADD CONSTRAINT grants_pkey PRIMARY KEY (program_id, id);

ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (scope, key);

ALTER TABLE ONLY public.identities
    ADD CONSTRAINT identities_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.identity_handles
    ADD CONSTRAINT identity_handles_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.imports
    ADD CONSTRAINT imports_pkey PRIMARY KEY (program_id, id);

ALTER TABLE ONLY public.invitations
    ADD CONSTRAINT invitations_digest_key UNIQUE (digest);

ALTER TABLE ONLY public.invitations
    ADD CONSTRAINT invitations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.job_failures
    ADD CONSTRAINT job_failures_pkey PRIMARY KEY (job);

ALTER TABLE ONLY public.job_log
    ADD CONSTRAINT job_log_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_public_key UNIQUE (public_id);

ALTER TABLE ONLY public.leaves
    ADD CONSTRAINT leaves_pkey PRIMARY KEY (program_id, id);

ALTER TABLE ONLY public.memberships
    ADD CONSTRAINT memberships_pkey PRIMARY KEY (program_id, id);

ALTER TABLE ONLY public.people
    ADD CONSTRAINT people_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.person_merges
    ADD CONSTRAINT person_merges_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.policies
    ADD CONSTRAINT policies_pkey PRIMARY KEY (program_id, version);

ALTER TABLE ONLY public.programs
    ADD CONSTRAINT programs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.programs
    ADD CONSTRAINT programs_slug_key UNIQUE (slug);

ALTER TABLE ONLY public.promotions
    ADD CONSTRAINT promotions_pkey PRIMARY KEY (from_program_id, id);

ALTER TABLE ONLY public.rate_counts
    ADD CONSTRAINT rate_counts_pkey PRIMARY KEY (caller);

ALTER TABLE ONLY public.role_assignments
    ADD CONSTRAINT role_assignments_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.schedules
    ADD CONSTRAINT schedules_pkey PRIMARY KEY (job);

ALTER TABLE ONLY public.source_tokens
    ADD CONSTRAINT source_tokens_pkey PRIMARY KEY (program_id, source_id, token_id);

ALTER TABLE ONLY public.sources
    ADD CONSTRAINT sources_pkey PRIMARY KEY (program_id, id);

ALTER TABLE ONLY public.sources
    ADD CONSTRAINT sources_slug_key UNIQUE (program_id, slug);

ALTER TABLE ONLY public.stock_balances
    ADD CONSTRAINT stock_balances_pkey PRIMARY KEY (program_id, variant_id, place_id);

ALTER TABLE ONLY public.stock_items
    ADD CONSTRAINT stock_items_code_key UNIQUE (program_id, code);

ALTER TABLE ONLY public.stock_items
    ADD CONSTRAINT stock_items_pkey PRIMARY KEY (program_id, id);

ALTER TABLE ONLY public.stock_movements
    ADD CONSTRAINT stock_movements_import_key UNIQUE (program_id, import_key);

ALTER TABLE ONLY public.stock_movements
    ADD CONSTRAINT stock_movements_pkey PRIMARY KEY (program_id, id);

ALTER TABLE ONLY public.stock_movements
    ADD CONSTRAINT stock_movements_reverses_key UNIQUE (program_id, reverses_id);

ALTER TABLE ONLY public.stock_places
    ADD CONSTRAINT stock_places_code_key UNIQUE (program_id, code);

ALTER TABLE ONLY public.stock_places
    ADD CONSTRAINT stock_places_pkey PRIMARY KEY (program_id, id);

ALTER TABLE ONLY public.stock_variants
    ADD CONSTRAINT stock_variants_code_key UNIQUE (program_id, item_id, code);

ALTER TABLE ONLY public.stock_variants
    ADD CONSTRAINT stock_variants_pkey PRIMARY KEY (program_id, id);

ALTER TABLE ONLY public.tenure_contributions
    ADD CONSTRAINT tenure_contributions_once_key UNIQUE (program_id, contribution_id, ambassador_id);

ALTER TABLE ONLY public.tenure_contributions
    ADD CONSTRAINT tenure_contributions_pkey PRIMARY KEY (program_id, tenure_id, contribution_id);

ALTER TABLE ONLY public.tenure_reminders
    ADD CONSTRAINT tenure_reminders_pkey PRIMARY KEY (program_id, tenure_id, kind, due_on);

ALTER TABLE ONLY public.tenures
    ADD CONSTRAINT tenures_overlap_excl EXCLUDE USING gist (ambassador_id WITH =, program_id WITH =, daterange(first_day, (last_day + 1)) WITH &&);

ALTER TABLE ONLY public.tenures
    ADD CONSTRAINT tenures_pkey PRIMARY KEY (program_id, id);

ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT tokens_digest_key UNIQUE (digest);

ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT tokens_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.unmatched_identities
    ADD CONSTRAINT unmatched_identities_account_key UNIQUE (program_id, provider, account);

ALTER TABLE ONLY public.unmatched_identities
    ADD CONSTRAINT unmatched_identities_pkey PRIMARY KEY (program_id, id);

ALTER TABLE ONLY public.vote_reminders
    ADD CONSTRAINT vote_reminders_pkey PRIMARY KEY (program_id, round_id, due_at);

ALTER TABLE ONLY public.vote_rounds
    ADD CONSTRAINT vote_rounds_number_key UNIQUE (program_id, application_id, number);

ALTER TABLE ONLY public.vote_rounds
    ADD CONSTRAINT vote_rounds_pkey PRIMARY KEY (program_id, id);

ALTER TABLE ONLY public.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (program_id, source_id, delivery_id);

CREATE INDEX accounts_person_idx ON public.accounts USING btree (person_id);

CREATE INDEX affiliations_person_idx ON public.affiliations USING btree (person_id);

CREATE INDEX ambassador_handles_ambassador_idx ON public.ambassador_handles USING btree (program_id, ambassador_id);

CREATE INDEX ambassador_handles_handle_idx ON public.ambassador_handles USING btree (program_id, lower(handle), until_at);

CREATE UNIQUE INDEX ambassadors_handle_key ON public.ambassadors USING btree (program_id, lower(handle));

CREATE INDEX ambassadors_person_idx ON public.ambassadors USING btree (person_id);

CREATE INDEX application_comments_application_idx ON public.application_comments USING btree (program_id, application_id, id);

CREATE INDEX application_evidence_contribution_idx ON public.application_evidence USING btree (contribution_program_id, contribution_id);

CREATE INDEX application_identities_subject_idx ON public.application_identities USING btree (program_id, provider, subject);

CREATE INDEX applications_ambassador_idx ON public.applications USING btree (program_id, ambassador_id);

CREATE UNIQUE INDEX applications_capability_key ON public.applications USING btree (capability);

CREATE UNIQUE INDEX applications_consent_capability_key ON public.applications USING btree (consent_capability);

CREATE INDEX applications_nominator_idx ON public.applications USING btree (nominator_id);

CREATE UNIQUE INDEX applications_open_key ON public.applications USING btree (program_id, person_id) WHERE ((status = ANY (ARRAY['submitted'::text, 'in_vote'::text])) AND (person_id IS NOT NULL));

CREATE INDEX applications_person_idx ON public.applications USING btree (person_id);

CREATE INDEX applications_recent_idx ON public.applications USING btree (program_id, id DESC);

CREATE INDEX applications_status_idx ON public.applications USING btree (program_id, status, id DESC);

CREATE INDEX applications_submitter_idx ON public.applications USING btree (submitted_by);

CREATE INDEX audit_entries_actor_idx ON public.audit_entries USING btree (actor_id, id DESC);

CREATE INDEX audit_entries_program_idx ON public.audit_entries USING btree (program_id, id DESC);

CREATE INDEX audit_entries_subject_idx ON public.audit_entries USING btree (subject_id, id DESC);

CREATE INDEX benefit_codes_free_idx ON public.benefit_codes USING btree (program_id, benefit, id) WHERE (grant_id IS NULL);

CREATE INDEX connectors_due_idx ON public.connectors USING btree (next_run_at) WHERE ((state = 'active'::text) AND (next_run_at IS NOT NULL));

CREATE INDEX contribution_fingerprints_contribution_idx ON public.contribution_fingerprints USING btree (program_id, contribution_id);

CREATE INDEX contribution_participants_person_idx ON public.contribution_participants USING btree (program_id, person_id, occurred_on DESC, contribution_id DESC) WHERE (person_id IS NOT NULL);

CREATE INDEX contribution_participants_unmatched_idx ON public.contribution_participants USING btree (program_id, unmatched_id) WHERE (unmatched_id IS NOT NULL);

CREATE INDEX contribution_participants_who_idx ON public.contribution_participants USING btree (person_id) WHERE (person_id IS NOT NULL);

CREATE INDEX contribution_suspects_open_idx ON public.contribution_suspects USING btree (program_id, contribution_id) WHERE (verdict IS NULL);

CREATE INDEX contribution_suspects_other_idx ON public.contribution_suspects USING btree (program_id, other_id);

CREATE INDEX contributions_by_hand_idx ON public.contributions USING btree (submitted_by) WHERE (source IS NULL);

CREATE INDEX contributions_hidden_idx ON public.contributions USING btree (program_id, occurred_on DESC, id DESC) WHERE ((status = 'accepted'::text) AND ((visibility = 'private'::text) OR (NOT matched)));

CREATE UNIQUE INDEX contributions_key_key ON public.contributions USING btree (program_id, source, key) WHERE (source IS NOT NULL);

CREATE INDEX contributions_members_idx ON public.contributions USING btree (program_id, occurred_on DESC, id DESC) WHERE ((status = 'accepted'::text) AND (visibility = 'members'::text) AND matched);

CREATE INDEX contributions_public_country_idx ON public.contributions USING btree (program_id, country, occurred_on DESC, id DESC) WHERE ((status = 'accepted'::text) AND (visibility = 'public'::text) AND matched AND (country IS NOT NULL));

CREATE INDEX contributions_public_idx ON public.contributions USING btree (program_id, occurred_on DESC, id DESC) WHERE ((status = 'accepted'::text) AND (visibility = 'public'::text) AND matched);

CREATE INDEX contributions_public_language_idx ON public.contributions USING btree (program_id, lower(language), occurred_on DESC, id DESC) WHERE ((status = 'accepted'::text) AND (visibility = 'public'::text) AND matched AND (language IS NOT NULL));

CREATE INDEX contributions_public_type_idx ON public.contributions USING btree (program_id, type, occurred_on DESC, id DESC) WHERE ((status = 'accepted'::text) AND (visibility = 'public'::text) AND matched);

CREATE INDEX contributions_recent_idx ON public.contributions USING btree (program_id, status, occurred_on DESC, id DESC);

CREATE INDEX contributions_same_as_idx ON public.contributions USING btree (program_id, same_as) WHERE (same_as IS NOT NULL);

CREATE INDEX contributions_search_idx ON public.contributions USING gin (to_tsvector('simple'::regconfig, translate(((title || ' '::text) || COALESCE(description, ''::text)), '/.-_:@<>&'::text, '         '::text)));

CREATE INDEX contributions_submitted_idx ON public.contributions USING btree (program_id, submitted_by, status, occurred_on DESC, id DESC) WHERE ((submitted_by IS NOT NULL) AND (NOT ((status = 'accepted'::text) AND (visibility <> 'private'::text) AND matched)));

CREATE INDEX contributions_tags_idx ON public.contributions USING gin (tags) WHERE (tags <> '{}'::text[]);

CREATE INDEX contributions_waiting_idx ON public.contributions USING btree (program_id, waiting_for, id) WHERE (status = ANY (ARRAY['pending'::text, 'disputed'::text]));

CREATE INDEX directory_entries_country_idx ON public.directory_entries USING btree (program_id, country, sort_name, ambassador_id);

CREATE INDEX directory_entries_joined_idx ON public.directory_entries USING btree (program_id, sort_joined, ambassador_id);

CREATE INDEX directory_entries_languages_idx ON public.directory_entries USING gin (languages);

CREATE INDEX directory_entries_name_idx ON public.directory_entries USING btree (program_id, sort_name, ambassador_id);

CREATE INDEX directory_entries_person_idx ON public.directory_entries USING btree (person_id);

CREATE INDEX directory_entries_search_idx ON public.directory_entries USING gin (search public.gin_trgm_ops);

CREATE INDEX directory_entries_status_idx ON public.directory_entries USING btree (program_id, status);

CREATE INDEX directory_entries_topics_idx ON public.directory_entries USING gin (topics);

CREATE INDEX electors_account_idx ON public.electors USING btree (account_id);

CREATE INDEX electors_person_idx ON public.electors USING btree (person_id);

CREATE INDEX eligibilities_expires_idx ON public.eligibilities USING btree (program_id, expires_on, id) WHERE (expired_at IS NULL);

CREATE UNIQUE INDEX events_order_key ON public.events USING btree (xid, seq);

CREATE INDEX events_program_idx ON public.events USING btree (program_id, xid, seq);

CREATE INDEX evidence_marks_application_idx ON public.evidence_marks USING btree (program_id, application_id);

CREATE INDEX evidence_marks_contribution_idx ON public.evidence_marks USING btree (contribution_program_id, contribution_id);

CREATE INDEX evidence_marks_person_idx ON public.evidence_marks USING btree (person_id);

CREATE INDEX expenses_day_idx ON public.expenses USING btree (program_id, currency, occurred_on);

CREATE INDEX expenses_grant_idx ON public.expenses USING btree (program_id, grant_id);

CREATE INDEX expenses_movement_idx ON public.expenses USING btree (program_id, movement_id);

CREATE INDEX grant_deliveries_erase_idx ON public.grant_deliveries USING btree (program_id, erase_on);

CREATE INDEX grants_ambassador_idx ON public.grants USING btree (program_id, ambassador_id, id DESC);

CREATE INDEX grants_benefit_idx ON public.grants USING btree (program_id, benefit, id DESC);

CREATE INDEX grants_claim_by_idx ON public.grants USING btree (program_id, claim_by) WHERE ((status = 'offered'::text) AND (claim_by IS NOT NULL));

CREATE INDEX grants_fulfil_by_idx ON public.grants USING btree (program_id, fulfil_by) WHERE ((status = 'claimed'::text) AND (fulfil_by IS NOT NULL));

CREATE UNIQUE INDEX grants_occasion_key ON public.grants USING btree (program_id, ambassador_id, benefit, occasion, occasion_name) WHERE ((occasion_name IS NOT NULL) AND (status = ANY (ARRAY['offered'::text, 'claimed'::text, 'fulfilled'::text])));

CREATE INDEX grants_status_idx ON public.grants USING btree (program_id, status, id DESC);

CREATE INDEX grants_tenure_idx ON public.grants USING btree (program_id, tenure_id);

CREATE INDEX idempotency_keys_created_idx ON public.idempotency_keys USING btree (created_at);

CREATE INDEX identities_address_idx ON public.identities USING btree (lower(subject)) WHERE (provider = 'email'::text);

CREATE INDEX identities_handle_idx ON public.identities USING btree (provider, lower(handle));

CREATE INDEX identities_person_idx ON public.identities USING btree (person_id);

CREATE INDEX identities_subject_idx ON public.identities USING btree (provider, subject);

CREATE UNIQUE INDEX identities_verified_handle_key ON public.identities USING btree (provider, lower(handle)) WHERE ((verified_at IS NOT NULL) AND (subject IS NULL));

CREATE UNIQUE INDEX identities_verified_subject_key ON public.identities USING btree (provider, subject) WHERE ((verified_at IS NOT NULL) AND (subject IS NOT NULL));

CREATE INDEX identity_handles_identity_idx ON public.identity_handles USING btree (identity_id);

CREATE INDEX imports_as_of_idx ON public.imports USING btree (program_id, format, as_of DESC);

CREATE INDEX invitations_person_idx ON public.invitations USING btree (person_id);

CREATE INDEX invitations_program_idx ON public.invitations USING btree (program_id);

CREATE INDEX invitations_redeemed_by_idx ON public.invitations USING btree (redeemed_by);

CREATE INDEX job_log_created ON public.job_log USING btree (created);

CREATE INDEX job_log_job_id_status ON public.job_log USING btree (job_id, created DESC);

CREATE INDEX job_log_not_aggregated ON public.job_log USING btree ((1)) WHERE (NOT aggregated);

CREATE INDEX job_log_status ON public.job_log USING btree (status);

CREATE INDEX jobs_ep_ea_idx ON public.jobs USING btree (entrypoint, execute_after) WHERE (status = 'queued'::public.job_status);

CREATE INDEX jobs_ep_prio_id_idx ON public.jobs USING btree (entrypoint, priority DESC, id) WHERE (status = 'queued'::public.job_status);

CREATE INDEX jobs_held_idx ON public.jobs USING btree (public_id) WHERE (status = 'failed'::public.job_status);

CREATE INDEX jobs_picked_heartbeat_idx ON public.jobs USING btree (heartbeat) WHERE (status = 'picked'::public.job_status);

CREATE UNIQUE INDEX jobs_picked_slot_idx ON public.jobs USING btree (entrypoint, slot) WHERE ((status = 'picked'::public.job_status) AND (slot IS NOT NULL));

CREATE INDEX jobs_priority_id_id1_idx ON public.jobs USING btree (priority, id DESC) INCLUDE (id) WHERE (status = 'queued'::public.job_status);

CREATE INDEX jobs_queue_manager_id_idx ON public.jobs USING btree (queue_manager_id) WHERE (queue_manager_id IS NOT NULL);

CREATE UNIQUE INDEX jobs_unique_dedupe_key ON public.jobs USING btree (dedupe_key) WHERE ((status = ANY (ARRAY['queued'::public.job_status, 'picked'::public.job_status])) AND (dedupe_key IS NOT NULL));

CREATE INDEX jobs_updated_id_id1_idx ON public.jobs USING btree (updated, id DESC) INCLUDE (id) WHERE (status = 'picked'::public.job_status);

CREATE INDEX leaves_ambassador_idx ON public.leaves USING btree (program_id, ambassador_id, first_day, id);

CREATE INDEX memberships_ambassador_idx ON public.memberships USING btree (program_id, ambassador_id);

CREATE INDEX memberships_code_idx ON public.memberships USING btree (program_id, kind, code, ambassador_id);

CREATE INDEX people_merged_into_idx ON public.people USING btree (merged_into);

CREATE INDEX people_name_idx ON public.people USING btree (lower(name), id) WHERE ((merged_into IS NULL) AND (erased_at IS NULL));

CREATE INDEX people_search_idx ON public.people USING gin (lower(name) public.gin_trgm_ops);

CREATE INDEX person_merges_kept_idx ON public.person_merges USING btree (kept_id);

CREATE INDEX person_merges_merged_idx ON public.person_merges USING btree (merged_id);

CREATE INDEX programs_parent_idx ON public.programs USING btree (parent_id);

CREATE INDEX programs_policy_idx ON public.programs USING btree (id, policy_version);

CREATE INDEX promotions_from_idx ON public.promotions USING btree (from_program_id, from_ambassador_id);

CREATE INDEX promotions_to_idx ON public.promotions USING btree (to_program_id, to_ambassador_id);

CREATE INDEX rate_counts_minute_idx ON public.rate_counts USING btree (minute);

CREATE INDEX role_assignments_account_idx ON public.role_assignments USING btree (account_id);

CREATE UNIQUE INDEX role_assignments_open_key ON public.role_assignments USING btree (account_id, role, program_id) NULLS NOT DISTINCT WHERE (valid_until IS NULL);

CREATE INDEX role_assignments_program_idx ON public.role_assignments USING btree (program_id);

CREATE INDEX source_tokens_token_idx ON public.source_tokens USING btree (token_id);

CREATE INDEX stock_balances_place_idx ON public.stock_balances USING btree (program_id, place_id, variant_id);

CREATE INDEX stock_movements_day_idx ON public.stock_movements USING btree (program_id, occurred_on, id);

CREATE INDEX stock_movements_from_idx ON public.stock_movements USING btree (program_id, from_place_id);

CREATE INDEX stock_movements_grant_idx ON public.stock_movements USING btree (program_id, grant_id);

CREATE INDEX stock_movements_to_idx ON public.stock_movements USING btree (program_id, to_place_id);

CREATE INDEX stock_movements_variant_idx ON public.stock_movements USING btree (program_id, variant_id, id DESC);

CREATE INDEX tenures_ambassador_idx ON public.tenures USING btree (program_id, ambassador_id, first_day DESC, id DESC);

CREATE INDEX tenures_due_idx ON public.tenures USING btree (program_id, last_day, id) WHERE (outcome IS NULL);

CREATE UNIQUE INDEX tenures_open_key ON public.tenures USING btree (program_id, ambassador_id) WHERE (outcome IS NULL);

CREATE INDEX tokens_account_idx ON public.tokens USING btree (account_id);

CREATE INDEX unmatched_identities_account_idx ON public.unmatched_identities USING btree (provider, account);

CREATE INDEX unmatched_identities_person_idx ON public.unmatched_identities USING btree (person_id);

CREATE INDEX unmatched_identities_status_idx ON public.unmatched_identities USING btree (program_id, status, id);

CREATE INDEX vote_rounds_due_idx ON public.vote_rounds USING btree (program_id, latest_close) WHERE (closed_at IS NULL);

CREATE UNIQUE INDEX vote_rounds_open_key ON public.vote_rounds USING btree (program_id, application_id) WHERE (closed_at IS NULL);

CREATE INDEX webhook_deliveries_old_idx ON public.webhook_deliveries USING btree (received_at);

CREATE INDEX webhook_deliveries_recent_idx ON public.webhook_deliveries USING btree (program_id, source_id, received_at DESC, delivery_id);

CREATE TRIGGER affiliations_public AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.affiliations FOR EACH STATEMENT EXECUTE FUNCTION public.announce_public_change();

CREATE TRIGGER ambassador_handles_public AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.ambassador_handles FOR EACH STATEMENT EXECUTE FUNCTION public.announce_public_change();

CREATE TRIGGER applications_public AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.applications FOR EACH STATEMENT EXECUTE FUNCTION public.announce_public_change();

CREATE TRIGGER contribution_participants_public AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.contribution_participants FOR EACH STATEMENT EXECUTE FUNCTION public.announce_public_change();

CREATE TRIGGER contributions_public AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.contributions FOR EACH STATEMENT EXECUTE FUNCTION public.announce_public_change();

CREATE TRIGGER directory_entries_public AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.directory_entries FOR EACH STATEMENT EXECUTE FUNCTION public.announce_public_change();

CREATE TRIGGER jobs_changed AFTER INSERT OR DELETE OR TRUNCATE ON public.jobs FOR EACH STATEMENT EXECUTE FUNCTION public.announce_job_change();

CREATE TRIGGER leaves_public AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.leaves FOR EACH STATEMENT EXECUTE FUNCTION public.announce_public_change();

CREATE TRIGGER memberships_public AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.memberships FOR EACH STATEMENT EXECUTE FUNCTION public.announce_public_change();

CREATE TRIGGER policies_public AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.policies FOR EACH STATEMENT EXECUTE FUNCTION public.announce_public_change();

CREATE TRIGGER programs_public AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.programs FOR EACH STATEMENT EXECUTE FUNCTION public.announce_public_change();

CREATE TRIGGER promotions_public AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.promotions FOR EACH STATEMENT EXECUTE FUNCTION public.announce_public_change();

CREATE TRIGGER stock_movements_count AFTER INSERT ON public.stock_movements FOR EACH ROW EXECUTE FUNCTION public.count_stock_movement();

CREATE TRIGGER tenures_public AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.tenures FOR EACH STATEMENT EXECUTE FUNCTION public.announce_public_change();

CREATE TRIGGER vote_rounds_public AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.vote_rounds FOR EACH STATEMENT EXECUTE FUNCTION public.announce_public_change();

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_person_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.affiliations
    ADD CONSTRAINT affiliations_person_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.ambassador_handles
    ADD CONSTRAINT ambassador_handles_ambassador_fkey FOREIGN KEY (program_id, ambassador_id) REFERENCES public.ambassadors(program_id, id);

ALTER TABLE ONLY public.ambassadors
    ADD CONSTRAINT ambassadors_person_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.ambassadors
    ADD CONSTRAINT ambassadors_program_fkey FOREIGN KEY (program_id) REFERENCES public.programs(id);

ALTER TABLE ONLY public.application_comments
    ADD CONSTRAINT application_comments_application_fkey FOREIGN KEY (program_id, application_id) REFERENCES public.applications(program_id, id);

ALTER TABLE ONLY public.application_evidence
    ADD CONSTRAINT application_evidence_application_fkey FOREIGN KEY (program_id, application_id) REFERENCES public.applications(program_id, id);

ALTER TABLE ONLY public.application_evidence
    ADD CONSTRAINT application_evidence_contribution_fkey FOREIGN KEY (contribution_program_id, contribution_id) REFERENCES public.contributions(program_id, id);

ALTER TABLE ONLY public.application_identities
    ADD CONSTRAINT application_identities_application_fkey FOREIGN KEY (program_id, application_id) REFERENCES public.applications(program_id, id);

ALTER TABLE ONLY public.applications
    ADD CONSTRAINT applications_ambassador_fkey FOREIGN KEY (program_id, ambassador_id) REFERENCES public.ambassadors(program_id, id);

ALTER TABLE ONLY public.applications
    ADD CONSTRAINT applications_nominator_fkey FOREIGN KEY (nominator_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.applications
    ADD CONSTRAINT applications_person_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.applications
    ADD CONSTRAINT applications_program_fkey FOREIGN KEY (program_id) REFERENCES public.programs(id);

ALTER TABLE ONLY public.audit_values
    ADD CONSTRAINT audit_values_entry_fkey FOREIGN KEY (entry_id) REFERENCES public.audit_entries(id);

ALTER TABLE ONLY public.benefit_codes
    ADD CONSTRAINT benefit_codes_grant_fkey FOREIGN KEY (program_id, grant_id) REFERENCES public.grants(program_id, id);

ALTER TABLE ONLY public.benefit_codes
    ADD CONSTRAINT benefit_codes_program_fkey FOREIGN KEY (program_id) REFERENCES public.programs(id);

ALTER TABLE ONLY public.budget_warnings
    ADD CONSTRAINT budget_warnings_budget_fkey FOREIGN KEY (program_id, budget_id) REFERENCES public.budgets(program_id, id);

ALTER TABLE ONLY public.budgets
    ADD CONSTRAINT budgets_program_fkey FOREIGN KEY (program_id) REFERENCES public.programs(id);

ALTER TABLE ONLY public.connectors
    ADD CONSTRAINT connectors_source_fkey FOREIGN KEY (program_id, source_id) REFERENCES public.sources(program_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.contribution_fingerprints
    ADD CONSTRAINT contribution_fingerprints_contribution_fkey FOREIGN KEY (program_id, contribution_id) REFERENCES public.contributions(program_id, id);

ALTER TABLE ONLY public.contribution_participants
    ADD CONSTRAINT contribution_participants_contribution_fkey FOREIGN KEY (program_id, contribution_id) REFERENCES public.contributions(program_id, id);

ALTER TABLE ONLY public.contribution_participants
    ADD CONSTRAINT contribution_participants_person_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.contribution_participants
    ADD CONSTRAINT contribution_participants_unmatched_fkey FOREIGN KEY (program_id, unmatched_id) REFERENCES public.unmatched_identities(program_id, id);

ALTER TABLE ONLY public.contribution_suspects
    ADD CONSTRAINT contribution_suspects_contribution_fkey FOREIGN KEY (program_id, contribution_id) REFERENCES public.contributions(program_id, id);

ALTER TABLE ONLY public.contribution_suspects
    ADD CONSTRAINT contribution_suspects_other_fkey FOREIGN KEY (program_id, other_id) REFERENCES public.contributions(program_id, id);

ALTER TABLE ONLY public.contributions
    ADD CONSTRAINT contributions_program_fkey FOREIGN KEY (program_id) REFERENCES public.programs(id);

ALTER TABLE ONLY public.contributions
    ADD CONSTRAINT contributions_same_as_fkey FOREIGN KEY (program_id, same_as) REFERENCES public.contributions(program_id, id);

ALTER TABLE ONLY public.contributions
    ADD CONSTRAINT contributions_source_fkey FOREIGN KEY (program_id, source) REFERENCES public.sources(program_id, slug);

ALTER TABLE ONLY public.daily_runs
    ADD CONSTRAINT daily_runs_program_fkey FOREIGN KEY (program_id) REFERENCES public.programs(id);

ALTER TABLE ONLY public.directory_entries
    ADD CONSTRAINT directory_entries_ambassador_fkey FOREIGN KEY (program_id, ambassador_id) REFERENCES public.ambassadors(program_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.directory_entries
    ADD CONSTRAINT directory_entries_person_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.electors
    ADD CONSTRAINT electors_account_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.electors
    ADD CONSTRAINT electors_person_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.electors
    ADD CONSTRAINT electors_round_fkey FOREIGN KEY (program_id, round_id) REFERENCES public.vote_rounds(program_id, id);

ALTER TABLE ONLY public.eligibilities
    ADD CONSTRAINT eligibilities_ambassador_fkey FOREIGN KEY (program_id, ambassador_id) REFERENCES public.ambassadors(program_id, id);

ALTER TABLE ONLY public.evidence_marks
    ADD CONSTRAINT evidence_marks_application_fkey FOREIGN KEY (program_id, application_id) REFERENCES public.applications(program_id, id);

ALTER TABLE ONLY public.evidence_marks
    ADD CONSTRAINT evidence_marks_contribution_fkey FOREIGN KEY (contribution_program_id, contribution_id) REFERENCES public.contributions(program_id, id);

ALTER TABLE ONLY public.evidence_marks
    ADD CONSTRAINT evidence_marks_person_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.expenses
    ADD CONSTRAINT expenses_grant_fkey FOREIGN KEY (program_id, grant_id) REFERENCES public.grants(program_id, id);

ALTER TABLE ONLY public.expenses
    ADD CONSTRAINT expenses_movement_fkey FOREIGN KEY (program_id, movement_id) REFERENCES public.stock_movements(program_id, id);

ALTER TABLE ONLY public.expenses
    ADD CONSTRAINT expenses_program_fkey FOREIGN KEY (program_id) REFERENCES public.programs(id);

ALTER TABLE ONLY public.expenses
    ADD CONSTRAINT expenses_reverses_fkey FOREIGN KEY (program_id, reverses_id) REFERENCES public.expenses(program_id, id);

ALTER TABLE ONLY public.grant_deliveries
    ADD CONSTRAINT grant_deliveries_grant_fkey FOREIGN KEY (program_id, grant_id) REFERENCES public.grants(program_id, id);

ALTER TABLE ONLY public.grants
    ADD CONSTRAINT grants_ambassador_fkey FOREIGN KEY (program_id, ambassador_id) REFERENCES public.ambassadors(program_id, id);

ALTER TABLE ONLY public.grants
    ADD CONSTRAINT grants_tenure_fkey FOREIGN KEY (program_id, tenure_id) REFERENCES public.tenures(program_id, id);

ALTER TABLE ONLY public.identities
    ADD CONSTRAINT identities_person_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.identity_handles
    ADD CONSTRAINT identity_handles_identity_fkey FOREIGN KEY (identity_id) REFERENCES public.identities(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.imports
    ADD CONSTRAINT imports_program_fkey FOREIGN KEY (program_id) REFERENCES public.programs(id);

ALTER TABLE ONLY public.invitations
    ADD CONSTRAINT invitations_person_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.invitations
    ADD CONSTRAINT invitations_program_fkey FOREIGN KEY (program_id) REFERENCES public.programs(id);

ALTER TABLE ONLY public.invitations
    ADD CONSTRAINT invitations_redeemed_by_fkey FOREIGN KEY (redeemed_by) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.leaves
    ADD CONSTRAINT leaves_ambassador_fkey FOREIGN KEY (program_id, ambassador_id) REFERENCES public.ambassadors(program_id, id);

ALTER TABLE ONLY public.memberships
    ADD CONSTRAINT memberships_ambassador_fkey FOREIGN KEY (program_id, ambassador_id) REFERENCES public.ambassadors(program_id, id);

ALTER TABLE ONLY public.people
    ADD CONSTRAINT people_merged_into_fkey FOREIGN KEY (merged_into) REFERENCES public.people(id);

ALTER TABLE ONLY public.person_merges
    ADD CONSTRAINT person_merges_kept_fkey FOREIGN KEY (kept_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.person_merges
    ADD CONSTRAINT person_merges_merged_fkey FOREIGN KEY (merged_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.policies
    ADD CONSTRAINT policies_program_fkey FOREIGN KEY (program_id) REFERENCES public.programs(id);

ALTER TABLE ONLY public.programs
    ADD CONSTRAINT programs_parent_fkey FOREIGN KEY (parent_id) REFERENCES public.programs(id);

ALTER TABLE ONLY public.programs
    ADD CONSTRAINT programs_policy_fkey FOREIGN KEY (id, policy_version) REFERENCES public.policies(program_id, version) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.promotions
    ADD CONSTRAINT promotions_from_fkey FOREIGN KEY (from_program_id, from_ambassador_id) REFERENCES public.ambassadors(program_id, id);

ALTER TABLE ONLY public.promotions
    ADD CONSTRAINT promotions_to_fkey FOREIGN KEY (to_program_id, to_ambassador_id) REFERENCES public.ambassadors(program_id, id);

ALTER TABLE ONLY public.role_assignments
    ADD CONSTRAINT role_assignments_account_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.role_assignments
    ADD CONSTRAINT role_assignments_program_fkey FOREIGN KEY (program_id) REFERENCES public.programs(id);

ALTER TABLE ONLY public.source_tokens
    ADD CONSTRAINT source_tokens_source_fkey FOREIGN KEY (program_id, source_id) REFERENCES public.sources(program_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.source_tokens
    ADD CONSTRAINT source_tokens_token_fkey FOREIGN KEY (token_id) REFERENCES public.tokens(id);

ALTER TABLE ONLY public.sources
    ADD CONSTRAINT sources_program_fkey FOREIGN KEY (program_id) REFERENCES public.programs(id);

ALTER TABLE ONLY public.stock_balances
    ADD CONSTRAINT stock_balances_place_fkey FOREIGN KEY (program_id, place_id) REFERENCES public.stock_places(program_id, id);

ALTER TABLE ONLY public.stock_balances
    ADD CONSTRAINT stock_balances_variant_fkey FOREIGN KEY (program_id, variant_id) REFERENCES public.stock_variants(program_id, id);

ALTER TABLE ONLY public.stock_items
    ADD CONSTRAINT stock_items_program_fkey FOREIGN KEY (program_id) REFERENCES public.programs(id);

ALTER TABLE ONLY public.stock_movements
    ADD CONSTRAINT stock_movements_from_fkey FOREIGN KEY (program_id, from_place_id) REFERENCES public.stock_places(program_id, id);

ALTER TABLE ONLY public.stock_movements
    ADD CONSTRAINT stock_movements_grant_fkey FOREIGN KEY (program_id, grant_id) REFERENCES public.grants(program_id, id);

ALTER TABLE ONLY public.stock_movements
    ADD CONSTRAINT stock_movements_reverses_fkey FOREIGN KEY (program_id, reverses_id) REFERENCES public.stock_movements(program_id, id);

ALTER TABLE ONLY public.stock_movements
    ADD CONSTRAINT stock_movements_to_fkey FOREIGN KEY (program_id, to_place_id) REFERENCES public.stock_places(program_id, id);

ALTER TABLE ONLY public.stock_movements
    ADD CONSTRAINT stock_movements_variant_fkey FOREIGN KEY (program_id, variant_id) REFERENCES public.stock_variants(program_id, id);

ALTER TABLE ONLY public.stock_places
    ADD CONSTRAINT stock_places_program_fkey FOREIGN KEY (program_id) REFERENCES public.programs(id);

ALTER TABLE ONLY public.stock_variants
    ADD CONSTRAINT stock_variants_item_fkey FOREIGN KEY (program_id, item_id) REFERENCES public.stock_items(program_id, id);

ALTER TABLE ONLY public.tenure_contributions
    ADD CONSTRAINT tenure_contributions_contribution_fkey FOREIGN KEY (program_id, contribution_id) REFERENCES public.contributions(program_id, id);

ALTER TABLE ONLY public.tenure_contributions
    ADD CONSTRAINT tenure_contributions_tenure_fkey FOREIGN KEY (program_id, tenure_id) REFERENCES public.tenures(program_id, id);

ALTER TABLE ONLY public.tenure_reminders
    ADD CONSTRAINT tenure_reminders_tenure_fkey FOREIGN KEY (program_id, tenure_id) REFERENCES public.tenures(program_id, id);

ALTER TABLE ONLY public.tenures
    ADD CONSTRAINT tenures_ambassador_fkey FOREIGN KEY (program_id, ambassador_id) REFERENCES public.ambassadors(program_id, id);

ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT tokens_account_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.unmatched_identities
    ADD CONSTRAINT unmatched_identities_person_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.unmatched_identities
    ADD CONSTRAINT unmatched_identities_program_fkey FOREIGN KEY (program_id) REFERENCES public.programs(id);

ALTER TABLE ONLY public.vote_reminders
    ADD CONSTRAINT vote_reminders_round_fkey FOREIGN KEY (program_id, round_id) REFERENCES public.vote_rounds(program_id, id);

ALTER TABLE ONLY public.vote_rounds
    ADD CONSTRAINT vote_rounds_application_fkey FOREIGN KEY (program_id, application_id) REFERENCES public.applications(program_id, id);

ALTER TABLE ONLY public.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_source_fkey FOREIGN KEY (program_id, source_id) REFERENCES public.sources(program_id, id) ON DELETE CASCADE;
