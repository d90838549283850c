CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

CREATE FUNCTION public.announce_public_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
        begin
            perform pg_notify('chancery_public', '');
            return null;
        end $$;

COMMENT ON FUNCTION public.announce_public_change() IS 'Tells every process to drop its snapshot of public answers.';

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
    CONSTRAINT ambassadors_status_check CHECK ((status = ANY (ARRAY['active'::text, 'on_leave'::text, 'suspended'::text, 'emeritus'::text, 'removed'::text])))
);

COMMENT ON TABLE public.ambassadors IS 'A person''s membership of one program.';

COMMENT ON COLUMN public.ambassadors.status_on IS 'The day from which the status holds, where it is known.';

COMMENT ON COLUMN public.ambassadors.joined_on IS 'Null when nobody recorded it; never invented.';

COMMENT ON COLUMN public.ambassadors."position" IS 'The place in the members file that it came from.';

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

CREATE TABLE public.contributions (
    program_id uuid NOT NULL,
    id uuid NOT NULL,
    ambassador_id uuid NOT NULL,
    type text NOT NULL,
    type_text text NOT NULL,
    title text NOT NULL,
    occurred_on date NOT NULL,
    date_precision text NOT NULL,
    url text,
    source text,
    "position" integer,
    status text NOT NULL,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT contributions_precision_check CHECK ((date_precision = ANY (ARRAY['day'::text, 'month'::text, 'year'::text]))),
    CONSTRAINT contributions_status_check CHECK ((status = ANY (ARRAY['accepted'::text, 'withdrawn'::text])))
);

COMMENT ON TABLE public.contributions IS 'Something somebody did for the community.';

COMMENT ON COLUMN public.contributions.type_text IS 'The type as its source wrote it; type is the catalogue''s code.';

COMMENT ON COLUMN public.contributions.occurred_on IS 'The first day of the period that date_precision names.';

COMMENT ON COLUMN public.contributions.source IS 'Where it came from; null when written through the API by hand.';

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
    search text NOT NULL
);

COMMENT ON TABLE public.directory_entries IS 'What the public may see of each ambassador, made anew by every change of it.';

COMMENT ON COLUMN public.directory_entries.sort_joined IS 'joined_on, or infinity when it is unknown or hidden.';

COMMENT ON COLUMN public.directory_entries.shown IS 'Which of company, groups and roles (all dated, read with the entry) are public.';

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
    CONSTRAINT role_assignments_role_check CHECK ((role = ANY (ARRAY['ambassador'::text, 'integration'::text, 'manager'::text, 'owner'::text, 'reader'::text]))),
    CONSTRAINT role_assignments_scope_check CHECK (((role = 'owner'::text) = (program_id IS NULL)))
);

COMMENT ON TABLE public.role_assignments IS 'Which role an account has where, from when until when.';

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

ALTER TABLE ONLY public.audit_entries
    ADD CONSTRAINT audit_entries_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.audit_values
    ADD CONSTRAINT audit_values_pkey PRIMARY KEY (entry_id);

ALTER TABLE ONLY public.contributions
    ADD CONSTRAINT contributions_pkey PRIMARY KEY (program_id, id);

ALTER TABLE ONLY public.directory_entries
    ADD CONSTRAINT directory_entries_pkey PRIMARY KEY (program_id, ambassador_id);

ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (id);

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

ALTER TABLE ONLY public.rate_counts
    ADD CONSTRAINT rate_counts_pkey PRIMARY KEY (caller);

ALTER TABLE ONLY public.role_assignments
    ADD CONSTRAINT role_assignments_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT tokens_digest_key UNIQUE (digest);

ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT tokens_pkey PRIMARY KEY (id);

CREATE INDEX accounts_person_idx ON public.accounts USING btree (person_id);

CREATE INDEX affiliations_person_idx ON public.affiliations USING btree (person_id);

CREATE INDEX ambassador_handles_ambassador_idx ON public.ambassador_handles USING btree (program_id, ambassador_id);

CREATE INDEX ambassador_handles_handle_idx ON public.ambassador_handles USING btree (program_id, lower(handle), until_at);

CREATE UNIQUE INDEX ambassadors_handle_key ON public.ambassadors USING btree (program_id, lower(handle));

CREATE INDEX ambassadors_person_idx ON public.ambassadors USING btree (person_id);

CREATE INDEX audit_entries_actor_idx ON public.audit_entries USING btree (actor_id, id DESC);

CREATE INDEX audit_entries_program_idx ON public.audit_entries USING btree (program_id, id DESC);

CREATE INDEX audit_entries_subject_idx ON public.audit_entries USING btree (subject_id, id DESC);

CREATE INDEX contributions_ambassador_idx ON public.contributions USING btree (program_id, ambassador_id, status, occurred_on DESC, id DESC);

CREATE INDEX contributions_recent_idx ON public.contributions USING btree (program_id, status, occurred_on DESC, id DESC);

CREATE INDEX contributions_type_idx ON public.contributions USING btree (program_id, type, status, occurred_on DESC, id DESC);

CREATE INDEX directory_entries_country_idx ON public.directory_entries USING btree (program_id, country, sort_name, ambassador_id);

CREATE INDEX directory_entries_joined_idx ON public.directory_entries USING btree (program_id, sort_joined, ambassador_id);

CREATE INDEX directory_entries_languages_idx ON public.directory_entries USING gin (languages);

CREATE INDEX directory_entries_name_idx ON public.directory_entries USING btree (program_id, sort_name, ambassador_id);

CREATE INDEX directory_entries_person_idx ON public.directory_entries USING btree (person_id);

CREATE INDEX directory_entries_search_idx ON public.directory_entries USING gin (search public.gin_trgm_ops);

CREATE INDEX directory_entries_status_idx ON public.directory_entries USING btree (program_id, status);

CREATE INDEX directory_entries_topics_idx ON public.directory_entries USING gin (topics);

CREATE UNIQUE INDEX events_order_key ON public.events USING btree (xid, seq);

CREATE INDEX events_program_idx ON public.events USING btree (program_id, xid, seq);

CREATE INDEX idempotency_keys_created_idx ON public.idempotency_keys USING btree (created_at);

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

CREATE INDEX memberships_ambassador_idx ON public.memberships USING btree (program_id, ambassador_id);

CREATE INDEX memberships_code_idx ON public.memberships USING btree (program_id, kind, code, ambassador_id);

CREATE INDEX people_merged_into_idx ON public.people USING btree (merged_into);

CREATE INDEX people_name_idx ON public.people USING btree (lower(name), id) WHERE ((merged_into IS NULL) AND (erased_at IS NULL));

CREATE INDEX people_search_idx ON public.people USING gin (lower(name) public.gin_trgm_ops);

CREATE INDEX person_merges_kept_idx ON public.person_merges USING btree (kept_id);

CREATE INDEX person_merges_merged_idx ON public.person_merges USING btree (merged_id);

CREATE INDEX programs_parent_idx ON public.programs USING btree (parent_id);

CREATE INDEX programs_policy_idx ON public.programs USING btree (id, policy_version);

CREATE INDEX rate_counts_minute_idx ON public.rate_counts USING btree (minute);

CREATE INDEX role_assignments_account_idx ON public.role_assignments USING btree (account_id);

CREATE UNIQUE INDEX role_assignments_open_key ON public.role_assignments USING btree (account_id, role, program_id) NULLS NOT DISTINCT WHERE (valid_until IS NULL);

CREATE INDEX role_assignments_program_idx ON public.role_assignments USING btree (program_id);

CREATE INDEX tokens_account_idx ON public.tokens USING btree (account_id);

CREATE TRIGGER affiliations_public AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.affiliations FOR EACH STATEMENT EXECUTE FUNCTION public.announce_public_change();

CREATE TRIGGER ambassador_handles_public AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.ambassador_handles FOR EACH STATEMENT EXECUTE FUNCTION public.announce_public_change();

CREATE TRIGGER contributions_public AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.contributions FOR EACH STATEMENT EXECUTE FUNCTION public.announce_public_change();

CREATE TRIGGER directory_entries_public AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.directory_entries FOR EACH STATEMENT EXECUTE FUNCTION public.announce_public_change();

CREATE TRIGGER memberships_public AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.memberships FOR EACH STATEMENT EXECUTE FUNCTION public.announce_public_change();

CREATE TRIGGER policies_public AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.policies FOR EACH STATEMENT EXECUTE FUNCTION public.announce_public_change();

CREATE TRIGGER programs_public AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.programs FOR EACH STATEMENT EXECUTE FUNCTION public.announce_public_change();

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

ALTER TABLE ONLY public.audit_values
    ADD CONSTRAINT audit_values_entry_fkey FOREIGN KEY (entry_id) REFERENCES public.audit_entries(id);

ALTER TABLE ONLY public.contributions
    ADD CONSTRAINT contributions_ambassador_fkey FOREIGN KEY (program_id, ambassador_id) REFERENCES public.ambassadors(program_id, id);

ALTER TABLE ONLY public.directory_entries
    ADD CONSTRAINT directory_entries_ambassador_fkey FOREIGN KEY (program_id, ambassador_id) REFERENCES public.ambassadors(program_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.directory_entries
    ADD CONSTRAINT directory_entries_person_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);

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

ALTER TABLE ONLY public.role_assignments
    ADD CONSTRAINT role_assignments_account_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.role_assignments
    ADD CONSTRAINT role_assignments_program_fkey FOREIGN KEY (program_id) REFERENCES public.programs(id);

ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT tokens_account_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);
