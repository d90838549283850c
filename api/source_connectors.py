"""Connectors on the wire: what a source reads by itself, and how that goes."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from api import connector_settings
from api.connector_settings import ConnectorSettings
from api.http.fields import Moment
from domain.rules.connectors import ConnectorKind, ConnectorState
from domain.sources import Connector

Total = Annotated[
    int,
    Meta(
        ge=0,
        description="How often, since there is the source.",
        examples=[12],
        extra_json_schema={"format": "int64"},
    ),
]


class ConnectorErrorView(Struct, frozen=True):
    """What went wrong when it last looked."""

    code: Annotated[str, Meta(description="What kind of error.", examples=["not_found"])]
    detail: Annotated[
        str,
        Meta(
            description="What happened, in words.",
            examples=["example.org answered 404: there is nothing at this address."],
        ),
    ]


class ConnectorCounts(Struct, frozen=True):
    """What became of what it has found; what it finds again is counted again."""

    created: Total
    updated: Total
    unchanged: Total
    rejected: Total


class ConnectorView(Struct, frozen=True):
    """How a source gets its contributions by itself."""

    kind: Annotated[ConnectorKind, Meta(description="What it reads.", examples=["feed"])]
    settings: ConnectorSettings
    has_secret: Annotated[bool, Meta(description="Whether it has a secret, which is not shown.")]
    state: Annotated[
        ConnectorState,
        Meta(
            description="`paused`: it looks at nothing, and what reaches it waits.",
            examples=["active"],
        ),
    ]
    next_run_at: Annotated[
        Moment | None,
        Meta(description="When it looks next; null: paused, or it waits for what is sent to it."),
    ]
    last_run_at: Annotated[Moment | None, Meta(description="When it last looked or was sent to.")]
    last_success_at: Annotated[Moment | None, Meta(description="When that last went well.")]
    failures: Annotated[
        int,
        Meta(
            ge=0,
            le=2147483647,
            description="How many looks in a row have failed.",
            examples=[0],
            extra_json_schema={"format": "int32"},
        ),
    ]
    error: Annotated[
        ConnectorErrorView | None, Meta(description="What went wrong last; null: nothing.")
    ]
    counts: ConnectorCounts


def view(one: Connector, *, whole: bool) -> ConnectorView:
    """The wire form of a connector; with the people in its settings only if `whole`."""
    error = None
    if one.error_code is not None and one.error_detail is not None:
        error = ConnectorErrorView(one.error_code, one.error_detail)
    return ConnectorView(
        one.kind,
        connector_settings.view(one.settings, whole=whole),
        one.secret is not None,
        one.state,
        one.next_run_at,
        one.last_run_at,
        one.last_success_at,
        one.failures,
        error,
        ConnectorCounts(one.created, one.updated, one.unchanged, one.rejected),
    )
