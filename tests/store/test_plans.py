"""The hot statements keep index plans on tables of a size at which another plan would hurt.

The statements run through their own store functions, with EXPLAIN in the place of fetching.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from msgspec.structs import replace

from bench import invented
from bench.load import Loaded, load
from domain.rules import secrets
from domain.rules.ambassadors import AmbassadorStatus
from domain.rules.contributions import ContributionStatus
from domain.store import (
    ambassadors,
    audit,
    authentication,
    contribution_lists,
    directory,
    events,
    people,
)
from domain.store import contribution_places as places
from domain.store.contribution_readers import Reader
from domain.store.database import Database
from domain.store.query import Connection
from tests.database import OWNER, SERVICE, Databases, address
from tests.store.explain import Explaining, Plan

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
SOMEBODY = UUID(invented.text_of("b", 4242))
PUBLIC = directory.Reader(
    reads_all=False,
    person_id=None,
    statuses=frozenset({AmbassadorStatus.ACTIVE}),
    today=NOW.date(),
)
STAFF = directory.Reader(
    reads_all=True, person_id=None, statuses=frozenset(AmbassadorStatus), today=NOW.date()
)


Ask = Callable[[Connection], Awaitable[object]]
PlanOf = Callable[[Ask], Awaitable[Plan]]


@pytest.fixture(scope="module")
def filled(databases: Databases) -> Iterator[tuple[str, Loaded]]:
    """A database with 10,000 ambassadors and 30,000 contributions."""
    with databases.fresh(databases.template, "plans") as name:
        owner, service = (address(databases.url, name, role) for role in (OWNER, SERVICE))
        loaded = databases.run(
            lambda: load(owner, service, ambassadors=10_000, contributions=30_000)
        )
        yield service, loaded


@pytest.fixture
async def plan_of(filled: tuple[str, Loaded]) -> AsyncIterator[PlanOf]:
    """Plans a store function's statement as the service's own pool would."""
    database = Database()
    await database.open(filled[0], size=1)

    async def plan(ask: Ask) -> Plan:
        async with database.connection() as raw:
            explaining = Explaining(raw)
            await ask(Connection(explaining))
        (made,) = explaining.plans
        return made

    yield plan
    await database.close(5)


@pytest.fixture(scope="module")
def program(filled: tuple[str, Loaded]) -> UUID:
    return filled[1].program_id


NAMED = directory.ByName("zaza", SOMEBODY)
JOINED = directory.ByJoined(date(2025, 12, 1), SOMEBODY)
FILTERS = directory.Filters


@pytest.mark.parametrize("reader", [PUBLIC, STAFF], ids=["public", "staff"])
@pytest.mark.parametrize("after", [None, NAMED], ids=["first", "last"])
@pytest.mark.parametrize(
    ("filters", "index"),
    [
        (FILTERS(), "directory_entries_name_idx"),
        (FILTERS(country="IN"), "directory_entries_country_idx"),
        (FILTERS(language="de"), "directory_entries_name_idx"),
        (FILTERS(topic="accessibility"), "directory_entries_name_idx"),
        (FILTERS(text="engineer"), "directory_entries_name_idx"),
    ],
    ids=["all", "country", "language", "topic", "text"],
)
async def test_a_page_by_name_follows_its_index(
    plan_of: PlanOf,
    program: UUID,
    filters: directory.Filters,
    index: str,
    after: directory.ByName | None,
    reader: directory.Reader,
) -> None:
    plan = await plan_of(
        lambda tx: directory.page_by_name(tx, program, reader, filters, after=after, limit=21)
    )
    assert plan.read_whole == []
    assert plan.sorts == []
    assert plan.indexes == {index, "ambassadors_pkey"}
    assert ("ROW(e.sort_name, e.ambassador_id)" in plan.conditions(index)) is bool(after)


@pytest.mark.parametrize("after", [None, JOINED], ids=["first", "last"])
@pytest.mark.parametrize(
    "filters",
    [FILTERS(), FILTERS(country="IN"), FILTERS(text="engineer")],
    ids=["all", "country", "text"],
)
async def test_a_page_by_joining_follows_its_index(
    plan_of: PlanOf,
    program: UUID,
    filters: directory.Filters,
    after: directory.ByJoined | None,
) -> None:
    plan = await plan_of(
        lambda tx: directory.page_by_joined(tx, program, PUBLIC, filters, after=after, limit=21)
    )
    assert plan.read_whole == []
    assert plan.sorts == []
    assert plan.indexes == {"directory_entries_joined_idx", "ambassadors_pkey"}
    condition = plan.conditions("directory_entries_joined_idx")
    assert ("ROW(e.sort_joined, e.ambassador_id)" in condition) is bool(after)


@pytest.mark.parametrize("after", [None, NAMED], ids=["first", "last"])
async def test_members_of_a_big_group_are_met_by_an_index(
    plan_of: PlanOf, program: UUID, after: directory.ByName | None
) -> None:
    """Along the list, or all members first: that depends on how many there are."""
    filters = FILTERS(group="north")
    plan = await plan_of(
        lambda tx: directory.page_by_name(tx, program, PUBLIC, filters, after=after, limit=21)
    )
    assert plan.read_whole == []
    assert plan.indexes & {"memberships_ambassador_idx", "memberships_code_idx"}


async def test_the_few_of_a_small_group_are_read_first(plan_of: PlanOf, program: UUID) -> None:
    filters = FILTERS(group="nobody-is-in-it")
    plan = await plan_of(
        lambda tx: directory.page_by_name(tx, program, PUBLIC, filters, after=None, limit=21)
    )
    assert plan.read_whole == []
    assert plan.indexes == {"memberships_code_idx", "directory_entries_pkey", "ambassadors_pkey"}


async def test_a_rare_text_is_found_by_its_trigrams(plan_of: PlanOf, program: UUID) -> None:
    """Sorting the few that are found is right; sorting the program would not be."""
    plan = await plan_of(
        lambda tx: directory.page_by_name(
            tx, program, PUBLIC, FILTERS(text="quidalu"), after=None, limit=21
        )
    )
    assert plan.read_whole == []
    assert plan.indexes == {"directory_entries_search_idx", "ambassadors_pkey"}


async def test_a_page_looks_up_companies_groups_and_roles(plan_of: PlanOf, program: UUID) -> None:
    plan = await plan_of(
        lambda tx: directory.page_by_name(tx, program, PUBLIC, FILTERS(), after=None, limit=21)
    )
    lookups = [node["Index Name"] for node in plan.inner if "Index Name" in node]
    assert sorted(lookups) == ["affiliations_person_idx", *["memberships_ambassador_idx"] * 2]


OLDEST = places.Recent(date(2021, 1, 2), UUID(invented.text_of("9", 777)))
WHO = UUID(invented.text_of("a", 4242))
EVERYBODY = Reader(False, None, None, frozenset({AmbassadorStatus.ACTIVE}), {})
SIGNED_IN = Reader(False, WHO, SOMEBODY, frozenset({AmbassadorStatus.ACTIVE}), {})
MANAGER = Reader(True, None, SOMEBODY, frozenset({AmbassadorStatus.ACTIVE}), {})
NARROW = places.Filters
UNSEEN = ("contributions_members_idx", "contributions_hidden_idx")


@pytest.mark.parametrize("after", [None, OLDEST], ids=["first", "last"])
@pytest.mark.parametrize(
    ("filters", "index"),
    [
        (NARROW(), "contributions_public_idx"),
        (NARROW(since=date(2025, 5, 1)), "contributions_public_idx"),
        (NARROW(type="article"), "contributions_public_type_idx"),
        (NARROW(type="nobody-does-it"), "contributions_public_type_idx"),
        (NARROW(country="ZA"), "contributions_public_country_idx"),
        (NARROW(language="SW"), "contributions_public_language_idx"),
    ],
    ids=["all", "since", "type", "unknown type", "country", "language"],
)
async def test_a_page_of_contributions_follows_its_index(
    plan_of: PlanOf,
    program: UUID,
    filters: places.Filters,
    index: str,
    after: places.Recent | None,
) -> None:
    plan = await plan_of(
        lambda tx: places.page(tx, program, EVERYBODY, filters, after=after, limit=21)
    )
    assert plan.read_whole == []
    assert plan.sorts == []
    assert plan.indexes == {index}
    assert ("ROW(c_1.occurred_on, c_1.id)" in plan.conditions(index)) is bool(after)


async def test_whether_the_directory_lists_somebody_is_looked_up(
    plan_of: PlanOf, program: UUID
) -> None:
    """For the few of a page, not for all of a program."""
    plan = await plan_of(
        lambda tx: places.page(tx, program, EVERYBODY, NARROW(), after=None, limit=21)
    )
    lookups = {node["Index Name"] for node in plan.inner if "Index Name" in node}
    assert lookups == {"contribution_participants_pkey", "directory_entries_person_idx"}


@pytest.mark.parametrize("after", [None, OLDEST], ids=["first", "last"])
@pytest.mark.parametrize("reader", [EVERYBODY, SIGNED_IN, MANAGER], ids=["all", "one", "staff"])
@pytest.mark.parametrize("filters", [NARROW(), NARROW(type="book")], ids=["all", "type"])
async def test_one_persons_contributions_follow_their_index(
    plan_of: PlanOf,
    program: UUID,
    filters: places.Filters,
    reader: Reader,
    after: places.Recent | None,
) -> None:
    filters = replace(filters, person_id=WHO)
    plan = await plan_of(
        lambda tx: places.page(tx, program, reader, filters, after=after, limit=21)
    )
    assert plan.read_whole == []
    index = "contribution_participants_person_idx"
    assert {index, "contributions_pkey"} <= plan.indexes
    condition = plan.conditions(index)
    assert "p.person_id =" in condition or "person_id =" in condition
    assert ("ROW(" in condition) is bool(after)


@pytest.mark.parametrize("after", [None, OLDEST], ids=["first", "last"])
async def test_a_signed_in_page_merges_what_each_index_has_next(
    plan_of: PlanOf, program: UUID, after: places.Recent | None
) -> None:
    plan = await plan_of(
        lambda tx: places.page(tx, program, SIGNED_IN, NARROW(), after=after, limit=21)
    )
    assert plan.read_whole == []
    assert "Merge Append" in {node["Node Type"] for node in plan.outer}
    assert {
        "contributions_public_idx",
        "contributions_members_idx",
        "contribution_participants_person_idx",
        "contributions_submitted_idx",
    } <= plan.indexes


@pytest.mark.parametrize(
    ("filters", "indexes"),
    [
        (NARROW(), {"contributions_public_idx", *UNSEEN}),
        (NARROW(type="book"), {"contributions_public_type_idx", *UNSEEN}),
        (NARROW(status=ContributionStatus.PENDING), {"contributions_recent_idx"}),
    ],
    ids=["all", "type", "pending"],
)
async def test_a_page_for_staff_follows_indexes(
    plan_of: PlanOf, program: UUID, filters: places.Filters, indexes: set[str]
) -> None:
    plan = await plan_of(
        lambda tx: places.page(tx, program, MANAGER, filters, after=None, limit=21)
    )
    assert plan.read_whole == []
    assert plan.indexes == indexes


@pytest.mark.parametrize(
    ("words", "tag", "index"),
    [
        ("'quidalu':*", None, "contributions_search_idx"),
        (None, "quidalu", "contributions_tags_idx"),
    ],
    ids=["word", "tag"],
)
async def test_what_is_searched_for_is_found_by_it(
    plan_of: PlanOf, program: UUID, words: str | None, tag: str | None, index: str
) -> None:
    """Also a word that is nowhere: along the list that would be every contribution."""
    filters = NARROW(words=words, tag=tag)
    counted = await plan_of(lambda tx: places.MATCHES.all(tx, program, words, tag, places.FEW))
    assert (counted.read_whole, counted.indexes) == ([], {index})
    arguments = (*places.arguments_of(program, EVERYBODY, filters), None, None, 2000, 21)
    found = await plan_of(lambda tx: places.FOUND.all(tx, *arguments))
    assert (found.read_whole, found.indexes) == ([], {index})


@pytest.mark.parametrize("reader", [EVERYBODY, SIGNED_IN, MANAGER], ids=["all", "one", "staff"])
async def test_contributions_are_shown_by_their_keys(
    plan_of: PlanOf, program: UUID, reader: Reader
) -> None:
    ids = [UUID(invented.text_of("9", number)) for number in range(1, 21)]
    plan = await plan_of(lambda tx: contribution_lists.shown(tx, program, reader, ids))
    assert plan.read_whole == []
    assert "contributions_pkey" in plan.indexes


@pytest.mark.parametrize("types", [None, ["ambassador.joined"]])
@pytest.mark.parametrize("place", [(0, 0), (400, 8_000)], ids=["first", "last"])
async def test_events_are_read_in_their_order(
    plan_of: PlanOf, place: tuple[int, int], types: list[str] | None
) -> None:
    xid, seq = place
    plan = await plan_of(
        lambda tx: events.after(tx, xid=xid, seq=seq, programs=None, types=types, limit=101)
    )
    assert plan.read_whole == []
    assert plan.sorts == []
    assert plan.indexes == {"events_order_key"}
    condition = plan.conditions("events_order_key")
    assert "ROW(e.xid, e.seq)" in condition
    assert "pg_snapshot_xmin" in condition


@pytest.mark.parametrize(
    ("who", "before", "index"),
    [
        ({}, None, "audit_entries_pkey"),
        ({}, UUID(invented.text_of("6", 50)), "audit_entries_pkey"),
        ({"actor_id": UUID(invented.text_of("c", 7))}, None, "audit_entries_actor_idx"),
        ({"subject_id": SOMEBODY}, None, "audit_entries_subject_idx"),
    ],
    ids=["first", "last", "actor", "subject"],
)
async def test_the_audit_log_is_read_by_index(
    plan_of: PlanOf, who: dict[str, UUID], before: UUID | None, index: str
) -> None:
    narrowed = {"actor_id": None, "subject_id": None} | who
    open_ended = {"programs": None, "action": None, "since": None, "until": None}
    plan = await plan_of(
        lambda tx: audit.page(tx, **narrowed, **open_ended, before=before, limit=21)
    )
    assert plan.read_whole == []
    assert plan.sorts == []
    assert plan.indexes == {index, "audit_values_pkey", "accounts_pkey"}
    assert ("e.id <" in plan.conditions(index)) is (before is not None)


@pytest.mark.parametrize("after", [None, ("zaza", SOMEBODY)], ids=["first", "last"])
async def test_people_are_read_by_name(plan_of: PlanOf, after: tuple[str, UUID] | None) -> None:
    plan = await plan_of(
        lambda tx: people.page(tx, programs=None, text=None, program=None, after=after, limit=21)
    )
    assert plan.read_whole == []
    assert plan.sorts == []
    assert plan.indexes == {"people_name_idx"}
    assert ("ROW(" in plan.conditions("people_name_idx")) is (after is not None)


async def test_one_ambassador_is_found_by_handle(plan_of: PlanOf, program: UUID) -> None:
    plan = await plan_of(lambda tx: ambassadors.resolve(tx, program, "Invented-4242"))
    assert plan.read_whole == []
    assert "ambassadors_handle_key" in plan.indexes


async def test_one_entry_is_found_by_its_key(plan_of: PlanOf, program: UUID) -> None:
    plan = await plan_of(lambda tx: directory.get(tx, program, PUBLIC, SOMEBODY))
    assert plan.read_whole == []
    assert plan.indexes == {"directory_entries_pkey", "ambassadors_pkey"}


async def test_a_token_is_found_by_its_digest(plan_of: PlanOf) -> None:
    digest = secrets.digest("a-token-that-nobody-has-been-given")
    plan = await plan_of(lambda tx: authentication.find(tx, digest, NOW))
    assert plan.read_whole == []
    assert plan.indexes == {"tokens_digest_key", "accounts_pkey"}
    assert "role_assignments_account_idx" in {node.get("Index Name") for node in plan.inner}


async def test_the_pool_plans_for_the_values_at_hand(filled: tuple[str, Loaded]) -> None:
    """EXPLAIN always does; the service has to be told, or the optional filters cost every index."""
    database = Database()
    await database.open(filled[0], size=1)
    async with database.connection() as raw:
        assert await raw.fetchval("show plan_cache_mode") == "force_custom_plan"
    await database.close(5)


async def test_a_plan_without_an_index_would_be_seen(
    plan_of: PlanOf, program: UUID, filled: tuple[str, Loaded]
) -> None:
    """The checks above can fail: a server that may use no index reads and sorts everything."""

    async def ask(tx: Connection) -> None:
        await tx.raw.raw.execute("set enable_indexscan = off")
        await tx.raw.raw.execute("set enable_bitmapscan = off")
        await directory.page_by_name(tx, program, PUBLIC, FILTERS(), after=None, limit=21)

    plan = await plan_of(ask)
    assert "directory_entries" in plan.read_whole
    assert plan.sorts != []
