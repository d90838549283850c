"""What counts, how much, and what a cap keeps out."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rules import stretches
from domain.rules.points import Counted, Reason, score, uncapped
from domain.rules.policy_contributions import Area, Cap, ContributionType, Counting


def kind(
    points: int | None = 10, *caps: tuple[int, str], counting: Counting = Counting.FULL
) -> ContributionType:
    return ContributionType(
        name="Talk",
        area=Area.EVENTS,
        points=points,
        caps=tuple(Cap(at_most, within) for at_most, within in caps),
        counting=counting,
    )


def one(
    number: int, on: str, type: str = "talk", participants: int = 1, share: int | None = None
) -> Counted:
    return Counted(UUID(int=number), type, date.fromisoformat(on), "day", participants, share)


def test_contributions_come_in_the_order_of_their_days_with_sums() -> None:
    types = {"talk": kind(10), "article": kind(3), "meetup": kind(None)}
    told = score(
        types,
        [
            one(4, "2026-03-01", "article"),
            one(2, "2026-02-01"),
            one(1, "2026-03-01"),
            one(3, "2026-01-01", "meetup"),
        ],
    )
    assert [(entry.contribution.id.int, entry.points) for entry in told.contributions] == [
        (3, Decimal(0)),
        (2, Decimal(10)),
        (1, Decimal(10)),
        (4, Decimal(3)),
    ]
    assert all(entry.counted and entry.reason is None for entry in told.contributions)
    assert told.by_type == {"article": Decimal(3), "meetup": Decimal(0), "talk": Decimal(20)}
    assert list(told.by_type) == ["article", "meetup", "talk"]
    assert told.total == Decimal(23)


def test_nothing_is_worth_nothing() -> None:
    told = score({"talk": kind()}, [])
    assert (told.contributions, told.by_type, told.total) == ((), {}, Decimal(0))


def test_a_cap_counts_those_that_counted_within_the_stretch() -> None:
    told = score(
        {"talk": kind(10, (2, "P1Y"))},
        [
            one(1, "2025-03-05"),
            one(2, "2025-03-06"),
            one(3, "2026-03-04"),  # with the first two it would be three in one year
            one(4, "2026-03-05"),  # the first is a year and a day ago, the third did not count
            one(5, "2026-03-05"),
            one(6, "2026-03-06"),
        ],
    )
    assert [entry.counted for entry in told.contributions] == [True, True, False, True, False, True]
    capped = told.contributions[2]
    assert (capped.points, capped.reason, capped.cap) == (0, Reason.CAPPED, Cap(2, "P1Y"))
    assert told.total == Decimal(40)


def test_the_first_full_cap_is_named() -> None:
    caps = (1, "P1W"), (2, "P1Y")
    told = score(
        {"talk": kind(10, *caps)},
        [one(1, "2026-01-01"), one(2, "2026-01-02"), one(3, "2026-02-01"), one(4, "2026-03-01")],
    )
    full = [entry.cap for entry in told.contributions]
    assert full == [None, Cap(1, "P1W"), None, Cap(2, "P1Y")]


def test_the_cap_of_one_type_is_nothing_to_another() -> None:
    types = {"talk": kind(10, (1, "P1Y")), "article": kind(3, (1, "P1Y"))}
    told = score(types, [one(1, "2026-01-01"), one(2, "2026-01-01", "article")])
    assert told.total == Decimal(13)


def test_a_type_without_points_is_capped_all_the_same() -> None:
    told = score({"talk": kind(None, (1, "P1Y"))}, [one(1, "2026-01-01"), one(2, "2026-01-02")])
    assert [entry.counted for entry in told.contributions] == [True, False]


def test_a_type_that_the_policy_no_longer_has_is_worth_nothing() -> None:
    told = score({}, [one(1, "2026-01-01")])
    (entry,) = told.contributions
    assert (entry.points, entry.counted, entry.reason) == (0, False, Reason.TYPE_UNKNOWN)
    assert entry.cap is None
    assert told.by_type == {"talk": Decimal(0)}


@pytest.mark.parametrize(
    ("counting", "participants", "share", "points"),
    [
        (Counting.FULL, 3, None, "10"),
        (Counting.FULL, 3, 20, "10"),
        (Counting.SPLIT, 1, None, "10"),
        (Counting.SPLIT, 3, None, "3.33"),
        (Counting.SPLIT, 3, 25, "2.50"),
        (Counting.SPLIT, 3, 0, "0"),
        (Counting.SPLIT, 2, 100, "10"),
    ],
)
def test_all_of_it_or_a_share(
    counting: Counting, participants: int, share: int | None, points: str
) -> None:
    contribution = one(1, "2026-01-01", participants=participants, share=share)
    told = score({"talk": kind(10, counting=counting)}, [contribution])
    assert told.total == Decimal(points)
    assert str(told.total) == f"{Decimal(points):.2f}"


DAYS = st.integers(0, 800).map(lambda offset: date(2024, 1, 1) + timedelta(days=offset))
TYPES = {
    "article": kind(7, (2, "P1M"), (3, "P6M")),
    "meetup": kind(10, (1, "P10D"), counting=Counting.SPLIT),
    "talk": kind(1_000_000, (3, "P1Y")),
    "thread": kind(1),
}
CONTRIBUTIONS = st.lists(
    st.builds(
        Counted,
        id=st.uuids(),
        type=st.sampled_from([*TYPES, "gone"]),
        occurred_on=DAYS,
        precision=st.just("day"),
        participants=st.integers(1, 7),
        share=st.none() | st.integers(0, 100),
    ),
    max_size=40,
    unique_by=lambda contribution: contribution.id,
)


@given(CONTRIBUTIONS, st.randoms(use_true_random=False))
def test_the_order_in_which_they_are_given_does_not_matter(
    made: list[Counted], random: Random
) -> None:
    shuffled = list(made)
    random.shuffle(shuffled)
    assert score(TYPES, shuffled) == score(TYPES, made)


@given(CONTRIBUTIONS)
def test_the_sums_are_those_of_the_parts(made: list[Counted]) -> None:
    told = score(TYPES, made)
    assert told.total == sum(told.by_type.values()) == sum(e.points for e in told.contributions)
    for type, points in told.by_type.items():
        own = [entry.points for entry in told.contributions if entry.contribution.type == type]
        assert points == sum(own)
    assert Counter(entry.contribution.id for entry in told.contributions) == Counter(
        contribution.id for contribution in made
    )


@given(CONTRIBUTIONS)
def test_a_contribution_is_worth_all_or_nothing_and_nothing_only_for_a_reason(
    made: list[Counted],
) -> None:
    for entry in score(TYPES, made).contributions:
        type = TYPES.get(entry.contribution.type)
        full = uncapped(type, entry.contribution) if type else Decimal(0)
        assert entry.points == (full if entry.counted else 0)
        assert entry.counted is (entry.reason is None)
        assert (entry.reason is Reason.CAPPED) is (entry.cap is not None)
        assert (entry.reason is Reason.TYPE_UNKNOWN) is (type is None)


@given(CONTRIBUTIONS, DAYS)
def test_no_stretch_holds_more_than_its_cap_whichever_day_it_ends_on(
    made: list[Counted], last: date
) -> None:
    counted = [entry.contribution for entry in score(TYPES, made).contributions if entry.counted]
    for type, rules in TYPES.items():
        for cap in rules.caps:
            first = stretches.begin(cap.within, last)
            inside = [x for x in counted if x.type == type and first <= x.occurred_on <= last]
            assert len(inside) <= cap.at_most


@given(CONTRIBUTIONS)
def test_a_cap_keeps_nothing_out_before_it_is_full(made: list[Counted]) -> None:
    entries = score(TYPES, made).contributions
    for place, entry in enumerate(entries):
        if entry.cap is None:
            continue
        day = entry.contribution.occurred_on
        first = stretches.begin(entry.cap.within, day)
        before = [
            other
            for other in entries[:place]
            if other.counted
            and other.contribution.type == entry.contribution.type
            and first <= other.contribution.occurred_on
        ]
        assert len(before) == entry.cap.at_most


@given(CONTRIBUTIONS, DAYS, st.sampled_from([*TYPES]), st.uuids())
def test_one_more_changes_nothing_before_it_and_nothing_of_other_types(
    made: list[Counted], day: date, type: str, id: UUID
) -> None:
    more = Counted(id, type, day, "day", 1, None)
    old = {entry.contribution.id: entry for entry in score(TYPES, made).contributions}
    for entry in score(TYPES, [*made, more]).contributions:
        contribution = entry.contribution
        if contribution.id == id:
            continue
        if contribution.type != type or (contribution.occurred_on, contribution.id) < (day, id):
            assert entry == old[contribution.id]


@given(st.integers(0, 1_000_000), st.integers(1, 500))
def test_equal_parts_never_add_up_to_more_than_the_whole(points: int, participants: int) -> None:
    type = kind(points, counting=Counting.SPLIT)
    part = uncapped(type, one(1, "2026-01-01", participants=participants))
    assert Decimal(points) - participants * Decimal("0.01") < part * participants <= points
