"""The settings of a connector on the wire: one shape for each kind, told apart by `kind`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from api.contribution_body import WAYS, ParticipantBody, Seen
from api.http.fields import LINE, Code, Language, Line, Url
from api.http.schemas import REFERENCE
from domain.connector_settings import PEOPLE, ConnectorDraft
from domain.rules import connectors as rules
from domain.rules.connectors import GitHubEvent, SheetField
from domain.rules.contributions import Named, Visibility

RequiredSecret = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=500,
        description="The webhook's secret, as GitHub was told it. Never shown again.",
        examples=["a-long-random-text"],
    ),
]
Secret = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=2000,
        description=(
            "The value of the header `Authorization` that is sent to the address. Never shown"
            " again; absent in a change it stays, null is none."
        ),
        examples=["Bearer 0000"],
    ),
]
Address = Annotated[Url, Meta(description="Where it is published: http or https.")]
TypeOfAll = Annotated[
    Code, Meta(description="Each entry is a contribution of this type of the policy.")
]
Every = Annotated[
    int,
    Meta(
        ge=5,
        le=10_080,
        description="Minutes between two looks.",
        examples=[60],
        extra_json_schema={"format": "int32"},
    ),
]
PastDays = Annotated[
    int,
    Meta(
        ge=1,
        le=1825,
        description="Events that were over longer ago are left alone.",
        examples=[90],
        extra_json_schema={"format": "int32"},
    ),
]
Keyword = Annotated[str, Meta(pattern=LINE, min_length=1, max_length=100, examples=["chancery"])]
Keywords = Annotated[
    list[Keyword],
    Meta(
        max_length=50,
        description=(
            "Only entries with one of these in title, summary or categories; empty: all entries."
        ),
        examples=[["chancery"]],
    ),
]
OutsideName = Annotated[
    str, Meta(pattern=LINE, min_length=1, max_length=320, examples=["Amara Okafor"])
]
Somebody = Annotated[
    ParticipantBody,
    Meta(
        description="Somebody, named in exactly one of three ways.",
        extra_json_schema={
            "oneOf": [{"required": [way], "properties": {way: {}}} for way in WAYS],
        },
    ),
]
People = Annotated[
    dict[OutsideName, ParticipantBody],
    Meta(
        max_length=500,
        description="Who is meant by a name or e-mail address that it gives.",
        examples=[{"Amara Okafor": {"ambassador": "amara-okafor"}}],
    ),
]
HIDDEN = "Null: nobody, or not shown to who may not manage sources."
HiddenPeople = Annotated[
    dict[OutsideName, ParticipantBody] | None,
    Meta(
        description="Who is meant by a name or e-mail address that it gives."
        " Null: not shown to who may not manage sources.",
        examples=[{"Amara Okafor": {"ambassador": "amara-okafor"}}],
    ),
]
Types = Annotated[
    dict[GitHubEvent, Code],
    Meta(
        max_length=4,
        description="The type of the policy for each event that counts.",
        examples=[{"pull_request_merged": "pull_request"}],
        extra_json_schema={"propertyNames": {"$ref": REFERENCE + "GitHubEvent"}},
    ),
]
Repository = Annotated[
    str,
    Meta(
        pattern="^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$(?!\\n)",
        max_length=200,
        description="`owner/name`, in capital letters or small ones.",
        examples=["invented/queue"],
    ),
]
Repositories = Annotated[
    list[Repository],
    Meta(max_length=200, description="Only these; empty: all that send here.", examples=[[]]),
]
Columns = Annotated[
    dict[SheetField, Annotated[Line, Meta(min_length=1)]],
    Meta(
        max_length=10,
        description="Under which heading each field stands.",
        examples=[{"title": "What", "occurred_on": "When", "ambassador": "Who"}],
        extra_json_schema={"propertyNames": {"$ref": REFERENCE + "SheetField"}},
    ),
]
DayFormat = Annotated[
    str,
    Meta(
        pattern=LINE,
        min_length=2,
        max_length=50,
        description="How days are written, as in `strptime`; otherwise as in ISO 8601.",
        examples=["%d.%m.%Y"],
    ),
]
Visible = Annotated[Seen, Meta(description="Who sees what it records.")]


class GitHubConnector(
    Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="github"
):
    """A webhook of GitHub."""

    types: Types
    repositories: Repositories | UnsetType = UNSET
    visibility: Visible | UnsetType = UNSET
    secret: RequiredSecret | UnsetType = UNSET


class FeedConnector(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="feed"):
    """A feed: RSS, Atom or JSON Feed."""

    url: Address
    type: TypeOfAll
    every: Every | UnsetType = UNSET
    keywords: Keywords | UnsetType = UNSET
    authors: People | UnsetType = UNSET
    author: Annotated[
        Somebody | UnsetType | None, Meta(description="Who wrote what names no known author.")
    ] = UNSET
    language: Language | UnsetType | None = UNSET
    visibility: Visible | UnsetType = UNSET
    secret: Secret | UnsetType | None = UNSET


class CalendarConnector(
    Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="calendar"
):
    """An iCalendar subscription."""

    url: Address
    type: TypeOfAll
    every: Every | UnsetType = UNSET
    past_days: PastDays | UnsetType = UNSET
    keywords: Keywords | UnsetType = UNSET
    people: People | UnsetType = UNSET
    participant: Annotated[
        Somebody | UnsetType | None, Meta(description="Who did what names nobody known.")
    ] = UNSET
    visibility: Visible | UnsetType = UNSET
    secret: Secret | UnsetType | None = UNSET


class SheetConnector(
    Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="sheet"
):
    """Tables that are uploaded."""

    columns: Columns
    type: Annotated[
        Code | UnsetType | None, Meta(description="The type of rows that say none.")
    ] = UNSET
    day_format: DayFormat | UnsetType | None = UNSET
    visibility: Visible | UnsetType = UNSET


ConnectorBody = Annotated[
    GitHubConnector | FeedConnector | CalendarConnector | SheetConnector,
    Meta(description="How the source gets its contributions by itself."),
]


class GitHubSettings(Struct, frozen=True, tag_field="kind", tag="github"):
    """A webhook of GitHub, as it is set."""

    types: Types
    repositories: Repositories
    visibility: Visible


class FeedSettings(Struct, frozen=True, tag_field="kind", tag="feed"):
    """A feed, as it is set."""

    url: Address
    type: TypeOfAll
    every: Every
    keywords: Keywords
    authors: HiddenPeople
    author: Annotated[
        ParticipantBody | None, Meta(description=f"Who wrote what names no known author. {HIDDEN}")
    ]
    language: Language | None
    visibility: Visible


class CalendarSettings(Struct, frozen=True, tag_field="kind", tag="calendar"):
    """An iCalendar subscription, as it is set."""

    url: Address
    type: TypeOfAll
    every: Every
    past_days: PastDays
    keywords: Keywords
    people: HiddenPeople
    participant: Annotated[
        ParticipantBody | None, Meta(description=f"Who did what names nobody known. {HIDDEN}")
    ]
    visibility: Visible


class SheetSettings(Struct, frozen=True, tag_field="kind", tag="sheet"):
    """Tables that are uploaded, as they are set."""

    columns: Columns
    type: Annotated[Code | None, Meta(description="The type of rows that say none.")]
    day_format: DayFormat | None
    visibility: Visible


ConnectorSettings = Annotated[
    GitHubSettings | FeedSettings | CalendarSettings | SheetSettings,
    Meta(description="As a change takes them, without the secret."),
]


def draft(body: ConnectorBody, *, paused: bool = False) -> ConnectorDraft:
    """The domain's form of a connector: what is absent is as it is by default."""
    match body:
        case GitHubConnector():
            settings = rules.GitHub(
                body.types, tuple(body.repositories or ()), body.visibility or Visibility.PUBLIC
            )
        case FeedConnector():
            settings = rules.Feed(
                body.url,
                body.type,
                body.every or 60,
                tuple(body.keywords or ()),
                _people(body.authors or {}),
                _somebody(body.author or None),
                body.language or None,
                body.visibility or Visibility.PUBLIC,
            )
        case CalendarConnector():
            settings = rules.Calendar(
                body.url,
                body.type,
                body.every or 360,
                body.past_days or 90,
                tuple(body.keywords or ()),
                _people(body.people or {}),
                _somebody(body.participant or None),
                body.visibility or Visibility.PUBLIC,
            )
        case SheetConnector():
            settings = rules.Sheet(
                body.columns,
                body.type or None,
                body.day_format or None,
                body.visibility or Visibility.PUBLIC,
            )
    secret = UNSET if isinstance(body, SheetConnector) else body.secret
    return ConnectorDraft(settings, secret, paused)


def view(settings: rules.Settings, *, whole: bool) -> ConnectorSettings:
    """The wire form of settings; with the people in them only if `whole`."""
    values = msgspec.to_builtins(settings)
    if not whole:
        values |= dict.fromkeys(PEOPLE & values.keys())
    return msgspec.convert(values, ConnectorSettings)


def _people(people: Mapping[str, ParticipantBody]) -> dict[str, Named]:
    return {name: named for name, one in people.items() if (named := _somebody(one))}


def _somebody(one: ParticipantBody | None) -> Named | None:
    """The domain's form of somebody; that they are named in one way is seen to there."""
    if one is None:
        return None
    person = None if one.person is UNSET else str(one.person)
    return Named(
        one.ambassador or None,
        one.identity or None,
        person,
        one.role or None,
        one.share or None,
    )
