"""An opening stock over HTTP: a CSV file in, what it became out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Struct

from api.http.access import requires
from api.http.endpoint import Raw, Routes
from api.http.fields import Count, Day, Slug
from api.imports import Digest
from domain import stock_imports
from domain.call import Call
from domain.rules.access import Permission
from domain.rules.stock_file import MAX_LINES

routes = Routes("Stock imports", "Files with what there is, read into the ledger.")

Codes = Annotated[Sequence[str], Meta(max_length=MAX_LINES)]


class StockImportReport(Struct, frozen=True):
    """What an import does, or would do."""

    applied: Annotated[bool, Meta(description="False for a dry run, and for a file once more.")]
    known: Annotated[bool, Meta(description="The same file was imported before.")]
    as_of: Annotated[Day, Meta(description="The day of the entries.")]
    digest: Digest
    lines: Annotated[Count, Meta(description="How many lines the file has.")]
    quantity: Annotated[
        int,
        Meta(
            ge=1,
            le=9223372036854775807,
            description="What their quantities come to.",
            examples=[2383],
            extra_json_schema={"format": "int64"},
        ),
    ]
    items: Annotated[Codes, Meta(description="Codes of the items that it creates.")]
    variants: Annotated[
        Codes, Meta(description="The variants that it creates.", examples=[["t-shirt/m"]])
    ]
    places: Annotated[Codes, Meta(description="Codes of the places that it creates.")]


class StockImportQuery(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """How a file is imported."""

    as_of: Annotated[
        Day | None, Meta(description="The day of the entries; by default today, never one to come.")
    ] = None
    dry_run: Annotated[bool, Meta(description="Only say what would be done.")] = False


@routes.post(
    "/programs/{program}/stock/imports",
    requires(Permission.STOCK_MANAGE),
    consumes=("text/csv",),
)
async def run_stock_import(
    call: Call, program: Slug, query: StockImportQuery, body: Raw
) -> StockImportReport:
    """Import an opening stock.

    CSV (RFC 4180, UTF-8, commas) with a header: `item`, `variant` (may be empty), `place` and
    `quantity`, and optionally `name`, `size`, `color`, `place_name` and `reason`. Each line becomes
    a `received` entry; items, variants and storage places that are missing are created, others stay
    as they are. All of it or nothing: a fault is told with its line and column. The same file again
    changes nothing, so no Idempotency-Key is needed.
    """
    file = stock_imports.File(body.data, query.as_of, query.dry_run)
    made = await stock_imports.run(call, program, file)
    return StockImportReport(
        applied=made.applied,
        known=made.known,
        as_of=made.as_of,
        digest=made.digest.hex(),
        lines=made.lines,
        quantity=made.quantity,
        items=made.items,
        variants=made.variants,
        places=made.places,
    )
