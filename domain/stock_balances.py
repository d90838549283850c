"""What there is of each stock item, by variant and by place: the sums of the ledger."""

from __future__ import annotations

from enum import StrEnum

from domain import programs
from domain.call import Call, reading
from domain.store import stock_balances as store
from domain.store.stock_balances import Filter, Line

__all__ = ["Filter", "Line", "StockSum", "page"]


class StockSum(StrEnum):
    """What balances are summed by; `line`: by variant and place, that is not at all."""

    ITEM = "item"
    LINE = "line"
    PLACE = "place"
    VARIANT = "variant"


async def page(
    call: Call,
    slug: str,
    where: Filter,
    *,
    by: StockSum,
    after: tuple[str, str, str] | None,
    limit: int,
) -> list[Line]:
    """Balances in the order of item, variant and place, one more than a page.

    What they are not summed by is an empty code. Raises `NotFound`.
    """
    async with reading(call) as tx:
        program = await programs.find(tx, slug)
        return await store.page(
            tx,
            program.id,
            where,
            by_variant=by in (StockSum.LINE, StockSum.VARIANT),
            by_place=by in (StockSum.LINE, StockSum.PLACE),
            after=after,
            limit=limit + 1,
        )
