"""The benefits of a person among what is held about them, opened for them alone."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from domain.call import Call
from domain.keyring import SealBroken
from domain.rules import money
from domain.rules.access import Permission
from domain.rules.deliveries import Delivery
from domain.store import personal_grants as store
from domain.store.query import Connection
from domain.vault import DataKeyMissing


class Worth(Struct, frozen=True):
    """What a benefit was worth when it was offered; the amount is an exact decimal as text."""

    amount: str
    currency: str


class HeldGrant(Struct, frozen=True):
    """A benefit that the person was offered.

    `delivery` is where it is sent, as long as that is kept. `withheld`: there is a delivery or a
    code, and whoever asks may not read it, or its key is gone.
    """

    program: str
    id: UUID
    benefit: str
    occasion: str
    occasion_name: str | None
    status: str
    value: Worth | None
    choices: dict[str, str]
    note: str | None
    claim_by: date | None
    fulfil_by: date | None
    offered_at: datetime
    claimed_at: datetime | None
    approved_at: datetime | None
    fulfilled_on: date | None
    carrier: str | None
    tracking: str | None
    closed_at: datetime | None
    closed_reason: str | None
    delivery: Delivery | None
    delivery_erase_on: date | None
    code: str | None
    withheld: bool


async def all_of(tx: Connection, call: Call, people: list[UUID], *, own: bool) -> list[HeldGrant]:
    """What these people were offered in every program, the oldest first; `own`: they ask."""
    return [
        _opened(call, one, own or call.actor.may(Permission.DELIVERY_READ, one.program))
        for one in await store.all_of(tx, people)
    ]


def _opened(call: Call, row: store.Row, readable: bool) -> HeldGrant:
    delivery = _open(call, row.delivery, row.program_id, row.id) if readable else None
    code = _open(call, row.code, row.program_id, row.code_id or row.id) if readable else None
    same = {name: getattr(row, name) for name in _SAME}
    return HeldGrant(
        **same,
        value=_worth(row),
        delivery=msgspec.json.decode(delivery, type=Delivery) if delivery else None,
        code=code.decode() if code else None,
        withheld=[row.delivery is None, row.code is None] != [delivery is None, code is None],
    )


def _open(call: Call, sealed: bytes | None, *bound: UUID) -> bytes | None:
    """What is sealed, if its key is there: without it people get the rest of their data."""
    try:
        return call.vault.open(sealed, *bound) if sealed else None
    except (DataKeyMissing, SealBroken):
        return None


def _worth(row: store.Row) -> Worth | None:
    if row.value_amount is None or row.value_currency is None:
        return None
    return Worth(money.shown(row.value_amount, row.value_currency), row.value_currency)


_SAME = frozenset(HeldGrant.__struct_fields__) & frozenset(store.Row.__struct_fields__) - {
    "code",
    "delivery",
}
