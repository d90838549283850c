"""Webhooks over HTTP: GitHub tells a source what happened, and managers see what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from api.http.access import requires, signed
from api.http.endpoint import Raw, Routes
from api.http.fields import Moment, Slug
from api.http.paging import Page, PageQuery, page, place
from api.sources import ONE as SOURCE
from api.sources import SourceSlug
from domain import webhooks
from domain.call import Call
from domain.rules.access import Permission
from domain.rules.webhooks import FORM, LARGEST, WebhookResult, WebhookState

routes = Routes("Webhooks", "What other services tell a source by themselves.")

DeliveryId = Annotated[
    str,
    Meta(
        description="GitHub's own id of it (X-GitHub-Delivery).",
        examples=["72d3162e-cc78-11e3-81ab-4c9367dc0958"],
    ),
]


class WebhookReceiptView(Struct, frozen=True):
    """What becomes of a delivery."""

    delivery: DeliveryId
    result: Annotated[
        WebhookResult,
        Meta(
            description="What is `accepted` is recorded soon; what is `repeated` came before.",
            examples=["accepted"],
        ),
    ]


class WebhookDeliveryView(Struct, frozen=True):
    """What GitHub told a source, without what it said."""

    id: DeliveryId
    event: Annotated[str, Meta(description="GitHub's name of it.", examples=["pull_request"])]
    state: Annotated[
        WebhookState,
        Meta(
            description="What is `waiting` is done soon, or when the source is resumed.",
            examples=["done"],
        ),
    ]
    result: Annotated[
        str | None,
        Meta(
            description="What became of it, in words.",
            examples=["It is a review of the reviewer's own pull request."],
        ),
    ]
    received_at: Moment
    done_at: Moment | None


class _Place(Struct, frozen=True):
    received_at: datetime
    id: str


@routes.post(
    SOURCE + "/webhook",
    signed(),
    status=202,
    consumes=("application/json", FORM),
    hears={
        "X-GitHub-Delivery": "GitHub's own id of the delivery, a UUID.",
        "X-GitHub-Event": "What happened, by GitHub's name of the event.",
    },
    most=LARGEST,
)
async def receive_webhook(
    call: Call, program: Slug, source: SourceSlug, body: Raw
) -> WebhookReceiptView:
    """Receive a webhook of GitHub.

    For GitHub alone: the body is signed with the secret of the source. It is stored and answered,
    and recorded by the worker. A delivery that came before does nothing again, unless it has
    failed. Events that are no contribution are ignored, pings too. At most 25 MiB. What is signed
    is under no rate limit; what is not counts for its address.
    """
    headers, data, media_type = body.headers, body.data, body.media_type
    received = await webhooks.receive(call, program, source, headers, data, media_type)
    return WebhookReceiptView(received.delivery, received.result)


@routes.get(SOURCE + "/deliveries", requires(Permission.SOURCE_READ))
async def list_webhook_deliveries(
    call: Call, program: Slug, source: SourceSlug, query: PageQuery
) -> Page[WebhookDeliveryView]:
    """List what came to a source's webhook.

    Newest first, of the last thirty days and what still waits.
    """
    last = place(query, _Place)
    after = (last.received_at, last.id) if last else None
    rows = await webhooks.page(call, program, source, after=after, limit=query.limit)
    items = [msgspec.convert(row, WebhookDeliveryView, from_attributes=True) for row in rows]
    return page(query, rows, items, _Place)
