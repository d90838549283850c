"""To whom the stock went in a period, at what cost: summed up from what the ledger says.

What comes to an event is distributed with that, and what leaves the event again, unless the event
gives it to somebody, is so no more. So for every entry, and for any ledger,

    change in storage = what came in (received, returned, adjusted) - what was distributed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from domain.rules import money
from domain.rules.expenses import ExpenseKind
from domain.rules.money import Money
from domain.rules.stock import HOLDS, MovementKind, PlaceKind


class Destination(StrEnum):
    """To what sort of recipient something went."""

    EVENT = "event"
    GRANT = "grant"
    RECIPIENT = "recipient"


class Flow(Struct, frozen=True):
    """Entries of the ledger that say the same, and how many they come to; reversals subtract.

    Items, variants, places and benefits are named by their codes.
    """

    kind: MovementKind
    item: str
    variant: str
    quantity: int
    from_place: str | None = None
    from_kind: PlaceKind | None = None
    to_place: str | None = None
    to_kind: PlaceKind | None = None
    grant_id: UUID | None = None
    benefit: str | None = None
    recipient: str | None = None


class Spent(Struct, frozen=True):
    """Expenses that point at the same: a grant of a benefit, an entry of the ledger, or nothing."""

    kind: ExpenseKind
    money: Money
    grant_id: UUID | None = None
    benefit: str | None = None
    flow: Flow | None = None


class Key(Struct, frozen=True):
    """What a line is about.

    `which` is a place's or a benefit's code, or the recipient as written; None: nobody wrote it.
    Without an item it holds what grants have cost as a whole.
    """

    to: Destination
    which: str | None
    item: str | None = None
    variant: str | None = None


class Line(Struct, frozen=True):
    """How many of a variant somebody got, for how many grants, and what that has cost."""

    key: Key
    quantity: int
    grants: int
    costs: list[Money]


class Balance(Struct, frozen=True):
    """How many of a variant were in storage, and what became of them.

    `before` plus `received`, `returned` and `adjusted`, less `distributed`, is `on_hand`.
    """

    item: str
    variant: str
    before: int
    received: int
    returned: int
    adjusted: int
    distributed: int
    on_hand: int


class Totals(Struct, frozen=True):
    """The sums of the balances, of the lines' costs, and of all expenses of the period."""

    before: int
    received: int
    returned: int
    adjusted: int
    distributed: int
    on_hand: int
    costs: list[Money]
    expenses: list[Money]


class Other(Struct, frozen=True):
    """Expenses of one kind and currency that point at nothing that was distributed."""

    kind: ExpenseKind
    money: Money


class Report(Struct, frozen=True):
    """The distribution of a period, in the order of its keys and codes."""

    lines: list[Line]
    balances: list[Balance]
    others: list[Other]
    totals: Totals


INCOMING = (MovementKind.RECEIVED, MovementKind.RETURNED, MovementKind.ADJUSTED)


class _Draft:
    """A line as it grows."""

    def __init__(self) -> None:
        self.quantity = 0
        self.grants: defaultdict[UUID, int] = defaultdict(int)
        self.costs: list[Money] = []

    def line(self, key: Key) -> Line:
        grants = sum(count > 0 for count in self.grants.values())
        return Line(key, self.quantity, grants, _sums(self.costs))


def report(
    before: Mapping[tuple[str, str], int], flows: Iterable[Flow], spent: Iterable[Spent]
) -> Report:
    """The report of a period.

    `before` is what was in storage when it began, by item and variant; `flows` are all of its
    entries, `spent` all of its expenses.
    """
    flows, spent = list(flows), list(spent)
    drafts: defaultdict[Key, _Draft] = defaultdict(_Draft)
    for flow in flows:
        for key, quantity in destinations(flow):
            drafts[key].quantity += quantity
        if flow.kind is MovementKind.GIVEN and flow.grant_id is not None:
            drafts[_main(flow)].grants[flow.grant_id] += flow.quantity
    others: defaultdict[ExpenseKind, list[Money]] = defaultdict(list)
    for one in spent:
        key = _costs_of(one)
        if key is None:
            others[one.kind].append(one.money)
            continue
        drafts[key].costs.append(one.money)
        if key.item is None and one.grant_id is not None:
            drafts[key].grants[one.grant_id] = 1
    lines = [drafts[key].line(key) for key in sorted(drafts, key=_order)]
    lines = [line for line in lines if line.quantity or line.grants or line.costs]
    balances = _balances(before, flows)
    return Report(
        lines,
        balances,
        [Other(kind, sum_) for kind in sorted(others) for sum_ in _sums(others[kind])],
        _totals(balances, lines, spent),
    )


def destinations(flow: Flow) -> Iterator[tuple[Key, int]]:
    """The lines that entries belong to, the main one first, and what they add to each.

    What an event gives was distributed when it came there: it adds nothing.
    """
    if flow.kind in HOLDS:
        return
    if flow.kind is MovementKind.GIVEN and flow.from_kind is PlaceKind.STORAGE:
        to = Destination.RECIPIENT if flow.grant_id is None else Destination.GRANT
        which = flow.recipient if flow.grant_id is None else flow.benefit
        yield Key(to, which, flow.item, flow.variant), flow.quantity
        return
    stays = flow.kind is MovementKind.GIVEN
    if flow.to_kind is PlaceKind.EVENT:
        yield Key(Destination.EVENT, flow.to_place, flow.item, flow.variant), flow.quantity
    if flow.from_kind is PlaceKind.EVENT:
        key = Key(Destination.EVENT, flow.from_place, flow.item, flow.variant)
        yield key, 0 if stays else -flow.quantity


def in_storage(flow: Flow) -> int:
    """What entries change in storage."""
    if flow.kind in HOLDS:
        return 0
    comes = flow.quantity if flow.to_kind is PlaceKind.STORAGE else 0
    return comes - (flow.quantity if flow.from_kind is PlaceKind.STORAGE else 0)


def _main(flow: Flow) -> Key:
    return next(key for key, _ in destinations(flow))


def _costs_of(spent: Spent) -> Key | None:
    """The line that pays; None for what points at nothing, or at what was not distributed."""
    if spent.grant_id is not None:
        # A parcel costs as a whole, whatever is in it.
        return Key(Destination.GRANT, spent.benefit)
    if spent.flow is None:
        return None
    return next((key for key, _ in destinations(spent.flow)), None)


def _balances(before: Mapping[tuple[str, str], int], flows: Sequence[Flow]) -> list[Balance]:
    of_variant: defaultdict[tuple[str, str], list[Flow]] = defaultdict(list)
    for flow in flows:
        if flow.kind not in HOLDS:
            of_variant[flow.item, flow.variant].append(flow)
    known = {key for key, quantity in before.items() if quantity} | of_variant.keys()
    return [_balance(key, before.get(key, 0), of_variant.get(key, [])) for key in sorted(known)]


def _balance(key: tuple[str, str], before: int, flows: Sequence[Flow]) -> Balance:
    came = dict.fromkeys(INCOMING, 0)
    for flow in flows:
        if flow.kind in came:
            # An adjustment leaves a place where something is missing.
            came[flow.kind] += flow.quantity if flow.to_place is not None else -flow.quantity
    return Balance(
        *key,
        before=before,
        received=came[MovementKind.RECEIVED],
        returned=came[MovementKind.RETURNED],
        adjusted=came[MovementKind.ADJUSTED],
        distributed=sum(quantity for flow in flows for _, quantity in destinations(flow)),
        on_hand=before + sum(in_storage(flow) for flow in flows),
    )


def _totals(balances: Sequence[Balance], lines: Sequence[Line], spent: Sequence[Spent]) -> Totals:
    return Totals(
        before=sum(one.before for one in balances),
        received=sum(one.received for one in balances),
        returned=sum(one.returned for one in balances),
        adjusted=sum(one.adjusted for one in balances),
        distributed=sum(line.quantity for line in lines),
        on_hand=sum(one.on_hand for one in balances),
        costs=_sums(cost for line in lines for cost in line.costs),
        expenses=_sums(one.money for one in spent),
    )


def _sums(every: Iterable[Money]) -> list[Money]:
    return [one for one in money.sums(every) if one.amount]


def _order(key: Key) -> tuple[str, str, str, str]:
    return key.to, key.which or "", key.item or "", key.variant or ""
