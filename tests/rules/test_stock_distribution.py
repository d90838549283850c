"""The distribution report adds up for any ledger, and says who got what."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from decimal import Decimal
from random import Random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.rules import stock_distribution as rules
from domain.rules import tables
from domain.rules.expenses import ExpenseKind
from domain.rules.money import Money
from domain.rules.stock import MovementKind, PlaceKind
from domain.rules.stock_distribution import Destination, Flow, Report, Spent

STORAGE, EVENT = PlaceKind.STORAGE, PlaceKind.EVENT
PLACES = {"store": STORAGE, "lab": STORAGE, "paris": EVENT, "london": EVENT}
GRANTS = {UUID(int=n): code for n, code in enumerate(("welcome", "welcome", "award"))}


def flow(
    kind: str,
    quantity: int,
    from_place: str | None = None,
    to_place: str | None = None,
    *,
    grant: int | None = None,
    recipient: str | None = None,
    item: str = "shirt",
    variant: str = "m",
) -> Flow:
    return Flow(
        kind=MovementKind(kind),
        item=item,
        variant=variant,
        quantity=quantity,
        from_place=from_place,
        from_kind=PLACES[from_place] if from_place else None,
        to_place=to_place,
        to_kind=PLACES[to_place] if to_place else None,
        grant_id=None if grant is None else UUID(int=grant),
        benefit=None if grant is None else GRANTS[UUID(int=grant)],
        recipient=recipient,
    )


def paid(
    amount: str, currency: str = "USD", of: Flow | None = None, grant: int | None = None
) -> Spent:
    grant_id = None if grant is None else UUID(int=grant)
    benefit = None if grant_id is None else GRANTS[grant_id]
    return Spent(ExpenseKind.LOGISTICS, Money(Decimal(amount), currency), grant_id, benefit, of)


def told(report: Report) -> list[tuple[str, str | None, int]]:
    return [(line.key.to.value, line.key.which, line.quantity) for line in report.lines]


def test_what_came_back_from_an_event_was_not_distributed() -> None:
    flows = [
        flow("received", 100, to_place="store"),
        flow("moved", 60, "store", "paris"),
        flow("moved", 15, "paris", "store"),
        flow("moved", 5, "paris", "london"),
    ]
    found = rules.report({}, flows, [])
    assert told(found) == [("event", "london", 5), ("event", "paris", 40)]
    assert (found.totals.distributed, found.totals.on_hand) == (45, 55)


def test_what_an_event_gives_to_somebody_is_counted_once() -> None:
    flows = [
        flow("moved", 60, "store", "paris"),
        flow("given", 10, "paris", recipient="Speakers"),
        flow("given", 2, "paris", grant=0),
        flow("given", 3, "store", recipient="Speakers"),
    ]
    found = rules.report({("shirt", "m"): 100}, flows, [])
    assert told(found) == [("event", "paris", 60), ("recipient", "Speakers", 3)]
    assert [line.grants for line in found.lines] == [1, 0]
    assert (found.totals.before, found.totals.on_hand) == (100, 37)


def test_what_is_lost_is_adjusted_and_not_distributed_wherever_it_was() -> None:
    flows = [
        flow("moved", 10, "store", "paris"),
        flow("adjusted", 4, "paris"),
        flow("adjusted", 1, "store"),
        flow("adjusted", 2, None, "lab"),
    ]
    found = rules.report({("shirt", "m"): 20}, flows, [])
    assert told(found) == [("event", "paris", 6)]
    assert (found.totals.adjusted, found.totals.on_hand) == (-3, 11)


def test_reversals_subtract_and_what_comes_to_nothing_is_no_line() -> None:
    wrong = flow("given", 7, "store", recipient="Mentors")
    other = flow("given", 2, "store", grant=1)
    flows = [wrong, replace(wrong, quantity=-7), other, replace(other, quantity=-1)]
    found = rules.report({("shirt", "m"): 7}, flows, [])
    assert told(found) == [("grant", "welcome", 1)]
    assert found.totals.on_hand == 6
    undone = rules.report({}, [other, replace(other, quantity=-2)], [])
    assert (undone.lines, undone.totals.distributed) == ([], 0)


def test_reserving_distributes_nothing() -> None:
    flows = [flow("reserved", 3, "store", grant=0), flow("released", 1, "store", grant=0)]
    found = rules.report({("shirt", "m"): 3}, flows, [])
    assert (found.lines, found.totals.on_hand) == ([], 3)


def test_grants_are_counted_and_not_their_entries() -> None:
    flows = [
        flow("given", 1, "store", grant=0),
        flow("given", 1, "lab", grant=0),
        flow("given", 2, "store", grant=1),
        flow("given", 1, "store", grant=2),
    ]
    found = rules.report({}, flows, [])
    assert [(line.key.which, line.quantity, line.grants) for line in found.lines] == [
        ("award", 1, 1),
        ("welcome", 4, 2),
    ]


def test_costs_stand_with_what_they_were_for_and_are_not_lost() -> None:
    given_, moved = flow("given", 3, "store", grant=0), flow("moved", 9, "store", "paris")
    bought = flow("received", 50, to_place="store")
    spent = [
        paid("4.50", of=given_),
        paid("20.00", of=moved),
        paid("3", "JPY", of=moved),
        paid("12.00", grant=0),
        paid("8.00", grant=1),
        paid("500.00", of=bought),
        paid("7.00"),
        paid("-2.00"),
    ]
    found = rules.report({}, [given_, moved, bought], spent)
    assert [
        (line.key.which, line.key.item, line.quantity, [str(cost) for cost in line.costs])
        for line in found.lines
    ] == [
        ("paris", "shirt", 9, ["3 JPY", "20.00 USD"]),
        ("welcome", None, 0, ["20.00 USD"]),
        ("welcome", "shirt", 3, ["4.50 USD"]),
    ]
    assert [line.grants for line in found.lines] == [0, 2, 1]
    assert [str(one.money) for one in found.others] == ["505.00 USD"]
    assert [str(one) for one in found.totals.costs] == ["3 JPY", "44.50 USD"]
    assert [str(one) for one in found.totals.expenses] == ["3 JPY", "549.50 USD"]


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    """Any entry that the ledger takes: also one that no place could cover, or that reverses."""
    kind = draw(st.sampled_from(MovementKind))
    place, other = draw(st.permutations(list(PLACES)))[:2]
    ends: tuple[str | None, str | None] = {
        MovementKind.RECEIVED: (None, place),
        MovementKind.RETURNED: (None, place),
        MovementKind.MOVED: (place, other),
        MovementKind.ADJUSTED: draw(st.sampled_from([(None, place), (place, None)])),
    }.get(kind, (place, None))
    return flow(
        kind.value,
        draw(st.integers(-50, 50).filter(bool)),
        *ends,
        grant=draw(st.none() | st.integers(0, 2)),
        recipient=draw(st.none() | st.sampled_from(["Mentors", "Speakers"])),
        item=draw(st.sampled_from(["shirt", "mug"])),
        variant=draw(st.sampled_from(["m", "l"])),
    )


LEDGERS = st.lists(flows(), max_size=40)


def held(ledger: Sequence[Flow]) -> Counter[tuple[str, str, str]]:
    """The balance of each item, variant and place, entry by entry, as the database counts it."""
    balances: Counter[tuple[str, str, str]] = Counter()
    for one in ledger:
        if one.kind in (MovementKind.RESERVED, MovementKind.RELEASED):
            continue
        if one.from_place:
            balances[one.item, one.variant, one.from_place] -= one.quantity
        if one.to_place:
            balances[one.item, one.variant, one.to_place] += one.quantity
    return balances


def at(kind: PlaceKind, ledger: Sequence[Flow]) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for (item, variant, place), quantity in held(ledger).items():
        if PLACES[place] is kind:
            found[item, variant] += quantity
    return found


@given(LEDGERS, LEDGERS)
def test_any_ledger_adds_up(earlier: list[Flow], period: list[Flow]) -> None:
    before, whole = at(STORAGE, earlier), [*earlier, *period]
    found = rules.report(before, period, [])
    given_: Counter[tuple[str, str]] = Counter()
    for one in period:
        if one.kind is MovementKind.GIVEN:
            given_[one.item, one.variant] += one.quantity
    # Whatever somebody has been given, and what lies at events more than before.
    at_events, were = at(EVENT, whole), at(EVENT, earlier)
    lines: Counter[tuple[str | None, str | None]] = Counter()
    for line in found.lines:
        lines[line.key.item, line.key.variant] += line.quantity
    storage = at(STORAGE, whole)
    for one in found.balances:
        key = (one.item, one.variant)
        assert one.distributed == lines[key] == given_[key] + at_events[key] - were[key]
        assert (one.before, one.on_hand) == (before[key], storage[key])
        assert one.on_hand == (
            one.before + one.received + one.returned + one.adjusted - one.distributed
        )
    sums = found.totals
    assert sums.on_hand == storage.total()
    assert sums.distributed == sum(line.quantity for line in found.lines)
    for name in ("before", "received", "returned", "adjusted", "distributed", "on_hand"):
        assert getattr(sums, name) == sum(getattr(one, name) for one in found.balances)


@given(LEDGERS, st.randoms(use_true_random=False))
def test_how_entries_are_summed_up_and_in_which_order_makes_no_difference(
    period: list[Flow], chance: Random
) -> None:
    sums: defaultdict[Flow, int] = defaultdict(int)
    for one in period:
        sums[replace(one, quantity=0)] += one.quantity
    grouped = [replace(one, quantity=quantity) for one, quantity in sums.items()]
    mixed = list(period)
    chance.shuffle(mixed)
    one_by_one = rules.report({}, period, [])
    assert rules.report({}, mixed, []) == one_by_one
    assert rules.report({}, grouped, []) == one_by_one


SPENT = st.lists(
    st.builds(
        Spent,
        st.sampled_from(ExpenseKind),
        st.builds(Money, st.decimals(-1000, 1000, places=2), st.sampled_from(["USD", "EUR"])),
    )
    | st.builds(
        Spent,
        st.sampled_from(ExpenseKind),
        st.builds(Money, st.decimals(-1000, 1000, places=2), st.just("USD")),
        st.just(UUID(int=0)),
        st.just("welcome"),
    )
    | st.builds(
        Spent,
        st.sampled_from(ExpenseKind),
        st.builds(Money, st.decimals(-1000, 1000, places=2), st.just("EUR")),
        flow=flows(),
    ),
    max_size=20,
)


@given(LEDGERS, SPENT)
def test_every_expense_is_on_one_line_or_among_the_others(
    period: list[Flow], spent: list[Spent]
) -> None:
    found = rules.report({}, period, spent)

    def summed(every: Sequence[Money]) -> dict[str, Decimal]:
        sums: defaultdict[str, Decimal] = defaultdict(Decimal)
        for one in every:
            sums[one.currency] += one.amount
        return {code: amount for code, amount in sums.items() if amount}

    costs = [cost for line in found.lines for cost in line.costs]
    assert summed(found.totals.costs) == summed(costs)
    everything = summed([*costs, *(one.money for one in found.others)])
    assert everything == summed([one.money for one in spent]) == summed(found.totals.expenses)


def test_lines_are_in_one_order() -> None:
    given_ = [
        flow("given", 1, "store", recipient="Mentors"),
        flow("given", 1, "store"),
        flow("given", 1, "store", grant=0, variant="l"),
        flow("given", 1, "store", grant=0),
        flow("moved", 1, "store", "paris"),
    ]
    found = rules.report({}, given_, [paid("1.00", grant=0)])
    assert [(line.key.to, line.key.which, line.key.variant) for line in found.lines] == [
        (Destination.EVENT, "paris", "m"),
        (Destination.GRANT, "welcome", None),
        (Destination.GRANT, "welcome", "l"),
        (Destination.GRANT, "welcome", "m"),
        (Destination.RECIPIENT, None, "m"),
        (Destination.RECIPIENT, "Mentors", "m"),
    ]


def test_no_text_of_a_table_starts_a_formula_and_numbers_stay_numbers() -> None:
    cells = ["=1+1", "+1", "-1", "@a", "\tx", 'a"b', "a,b", None, -3, Decimal("-4.50")]
    text = tables.rendered(["column"], [[cell] for cell in cells])
    assert text.split("\r\n") == [
        "column",
        *("'=1+1", "'+1", "'-1", "'@a", "'\tx", '"a""b"', '"a,b"', '""', "-3", "-4.50", ""),
    ]
