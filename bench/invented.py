"""Invented people in their thousands: set-based SQL, the same rows for the same sizes."""

from __future__ import annotations

from typing import Any

POLICY: dict[str, Any] = {
    "texts": {"name": "Bench Ambassadors"},
    "directory": {"statuses": ["active", "emeritus"]},
    "groups": {"north": {"name": "North"}, "south": {"name": "South"}},
    "roles": {"lead": {"name": "Lead"}},
    "contribution_types": {
        code: {"name": code.title(), "area": "content"}
        for code in ("article", "book", "code", "event", "mentoring", "podcast", "talk", "video")
    },
}

AGE = "timestamptz '2026-01-01 00:00:00+00'"
SYLLABLES = "'{ba,be,co,da,el,fi,go,ha,in,jo,ka,lu,ma,ne,or,pa,qui,ra,si,tu,un,vo,wi,xe,yo,za}'"
COUNTRIES = "'{IN,US,DE,BR,NG,FR,KE,PL,CA,ES,GB,IT,JP,MX,NL,PT,SE,TR,UA,ZA}'"
TOPICS = (
    "'{accessibility,brokers,design,documentation,events,java,messaging,python,schemas,testing}'"
)
TYPES = "'{article,talk,code,event,video,podcast,mentoring,book}'"


FIRST_MILLISECOND = 1_600_000_000_000


def name_of(kind: str, number: str = "i") -> str:
    """SQL for the id of the n-th record of a kind (one hexadecimal digit), in order of time.

    One in each millisecond, as UUIDv7 has it: ids that differ in their last digits alone are all
    the same to a GiST index.
    """
    time = f"lpad(to_hex({FIRST_MILLISECOND} + ({number})), 12, '0')"
    return f"(overlay({time} placing '-' from 9 for 0) || '-7000-8000-{kind:0>12}')::uuid"


PERSON, AMBASSADOR, ACCOUNT, TOKEN = (name_of(kind) for kind in "abcd")


def text_of(kind: str, number: int) -> str:
    """The id of the n-th record of a kind."""
    time = f"{FIRST_MILLISECOND + number:012x}"
    return f"{time[:8]}-{time[8:]}-7000-8000-{kind:0>12}"


def one_of(array: str, count: int, skew: int = 1) -> str:
    """SQL for an element of an array; with a skew the first ones are more frequent."""
    return f"({array}::text[])[1 + floor({count} * random() ^ {skew})::int]"


def word(syllables: int) -> str:
    """SQL for a name of so many syllables."""
    return f"initcap({' || '.join([one_of(SYLLABLES, 26)] * syllables)})"


PEOPLE = f"""
    insert into people (id, name, title, bio, country, city, avatar_url, languages, topics, links,
                        hidden_fields, version, created_at, updated_at)
    select {PERSON}, {word(2)} || ' ' || {word(3)}, {one_of(TOPICS, 10)} || ' engineer',
           'Works on ' || {one_of(TOPICS, 10)} || ' with friends in ' || {word(3)} || '.',
           {one_of(COUNTRIES, 20, 3)}, {word(3)}, 'https://example.org/avatars/' || i || '.png',
           array['en', {one_of("'{de,es,fr,hi,pt,sw}'", 6, 2)}], array[{one_of(TOPICS, 10, 2)}],
           jsonb_build_array(jsonb_build_object(
               'kind', 'website', 'url', 'https://example.org/' || i)),
           case when i % 10 = 0 then '{{city}}'::text[] else '{{}}' end, 1, {AGE}, {AGE}
      from generate_series(1, $1::int) i
"""

IDENTITIES = f"""
    insert into identities (id, person_id, provider, subject, handle, verified_at, created_at)
    select {name_of("e")}, {PERSON}, 'github', (900000000 + i)::text, 'invented-' || i, {AGE}, {AGE}
      from generate_series(1, $1::int) i
"""

AFFILIATIONS = f"""
    insert into affiliations (id, person_id, company, valid_from)
    select {name_of("f")}, {PERSON}, {word(2)} || ' Works', date '2020-01-01'
      from generate_series(1, $1::int) i where i % 5 < 3
"""

AMBASSADORS = f"""
    insert into ambassadors (program_id, id, person_id, handle, status, joined_on, hidden_fields,
                             version, created_at, updated_at)
    select $2, {AMBASSADOR}, {PERSON}, 'invented-' || i,
           case when i % 100 < 70 then 'active' when i % 100 < 90 then 'emeritus'
                when i % 100 < 98 then 'on_leave' when i % 100 = 98 then 'suspended'
                else 'removed' end,
           case when random() < 0.9 then date '2016-01-01' + (random() * 3650)::int end,
           '{{}}', 1, {AGE}, {AGE}
      from generate_series(1, $1::int) i
"""

MEMBERSHIPS = f"""
    insert into memberships (program_id, id, ambassador_id, kind, code, valid_from, valid_until)
    select $2, {name_of("8")}, {AMBASSADOR},
           case when i % 20 = 0 then 'role' else 'group' end,
           case when i % 20 = 0 then 'lead' when i % 3 = 0 then 'north' else 'south' end,
           date '2020-01-01', case when i % 7 = 0 then date '2022-01-01' end
      from generate_series(1, $1::int) i where i % 5 = 0
"""

LANGUAGES = "'{en,en,en,de,es,fr,hi,pt,sw}'"


def drawn(ambassadors: int, contributions: int) -> str:
    """SQL that draws who did what and when, once for the records and their people.

    Most of the work is done by few: random() squared.
    """
    return f"""
        create temporary table drawn on commit drop as
        select c, 1 + floor({ambassadors} * random() ^ 2)::int as i, {one_of(TYPES, 8, 2)} as type,
               date '2021-01-01' + (random() * 1825)::int as day
          from generate_series(1, {contributions}) c
    """


CONTRIBUTIONS = f"""
    insert into contributions (program_id, id, type, type_text, title, occurred_on, date_precision,
                               url, evidence, language, tags, audience, event_format, country,
                               metrics, fields, visibility, matched, status, waiting_for, version,
                               created_at, updated_at)
    select $1, {name_of("9", "c")}, type, type, initcap(type) || ' number ' || c, day, 'day',
           'https://example.org/did/' || c, '{{}}', {one_of(LANGUAGES, 9)},
           case when c % 4 = 0 then array[{one_of(TOPICS, 10, 2)}] else '{{}}' end, '{{}}',
           case when type in ('event', 'talk') then 'in_person' end,
           case when type in ('event', 'talk') then {one_of(COUNTRIES, 20, 3)} end,
           '[]', '{{}}', case when c % 25 = 0 then 'private' else 'public' end, true,
           case when c % 50 = 1 then 'withdrawn' when c % 50 = 2 then 'pending' else 'accepted' end,
           case when c % 50 = 2 then 'reviewer' end, 1, {AGE}, {AGE}
      from drawn
"""

PARTICIPANTS = f"""
    insert into contribution_participants (program_id, contribution_id, position, person_id,
                                           occurred_on)
    select $1, {name_of("9", "c")}, 0, {PERSON}, day from drawn
"""

# Old transactions have low numbers, spread over many so that the order is not one long tie.
EVENTS = f"""
    insert into events (id, xid, type, program_id, subject_id, data, at)
    select {name_of("7")}, (3 + i::bigint * 500 / $1::int)::text::xid8, 'ambassador.joined', $2,
           {AMBASSADOR}, '{{}}', {AGE}
      from generate_series(1, $1::int) i
"""

AUDIT = f"""
    insert into audit_entries (id, at, actor_id, actor_name, program_id, action, subject_kind,
                               subject_id, fields, request_id)
    select {name_of("6")}, {AGE}, {name_of("c", "1 + i % 50")}, 'account', $2, 'ambassador.joined',
           'ambassador', {AMBASSADOR}, '{{status}}', 'bench-request'
      from generate_series(1, $1::int) i
"""

AUDIT_VALUES = f"""
    insert into audit_values (entry_id, before, after)
    select {name_of("6")}, '{{}}', '{{"status": "active"}}' from generate_series(1, $1::int) i
"""

ACCOUNTS = f"""
    insert into accounts (id, kind, name, version, created_at, updated_at)
    select {ACCOUNT}, 'person', 'Invented ' || i, 1, {AGE}, {AGE} from generate_series(1, $1::int) i
"""

ROLES = f"""
    insert into role_assignments (id, account_id, role, program_id, valid_from, version, updated_at)
    select {name_of("5")}, {ACCOUNT}, 'reader', $2, {AGE}, 1, {AGE}
      from generate_series(1, $1::int) i
"""

TOKENS = f"""
    insert into tokens (id, account_id, name, digest, hint, created_at, version, updated_at)
    select {TOKEN}, {ACCOUNT}, 'invented', sha256(i::text::bytea), 'chy_0000', {AGE}, 1, {AGE}
      from generate_series(1, $1::int) i
"""

SOURCE = """
    insert into sources (program_id, id, slug, name, trust, version, created_at, updated_at)
    values ($1, $2, $3, $3, 'trusted', 1, $4, $4)
"""

SOURCE_TOKEN = """
    insert into source_tokens (program_id, source_id, token_id)
    select program_id, id, $3 from sources where program_id = $1 and slug = $2
"""
