"""Connectors: how a source gets contributions by itself, with the settings of each kind."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct, field

from domain.rules.contributions import Draft, Named, Visibility


class ConnectorKind(StrEnum):
    """What a source reads: iCalendar, a feed (RSS, Atom, JSON), GitHub's webhook, or tables."""

    CALENDAR = "calendar"
    FEED = "feed"
    GITHUB = "github"
    SHEET = "sheet"


class ConnectorState(StrEnum):
    """Whether it works; a paused one fetches nothing, and what reaches it waits."""

    ACTIVE = "active"
    PAUSED = "paused"


class GitHubEvent(StrEnum):
    """What happens on GitHub that somebody did for the community."""

    ISSUE_CLOSED = "issue_closed"
    PULL_REQUEST_MERGED = "pull_request_merged"
    RELEASE_PUBLISHED = "release_published"
    REVIEW_SUBMITTED = "review_submitted"


class GitHub(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="github"):
    """What a webhook of GitHub records: the type for each event that counts, by the policy's codes.

    `repositories` as `owner/name`, without regard to case; none named: all that send.
    """

    types: dict[GitHubEvent, str]
    repositories: tuple[str, ...] = ()
    visibility: Visibility = Visibility.PUBLIC


class Feed(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="feed"):
    """What a feed records: each entry is a contribution of `type`.

    `every` is in minutes. An entry counts when its title, summary or categories have one of the
    `keywords` (none: all entries), without regard to case. `authors` maps names or e-mail addresses
    of authors, as the feed writes them, to people; who is not named there is `author`, if given.
    """

    url: str
    type: str
    every: int = 60
    keywords: tuple[str, ...] = ()
    authors: dict[str, Named] = field(default_factory=dict[str, Named])
    author: Named | None = None
    language: str | None = None
    visibility: Visibility = Visibility.PUBLIC


class Calendar(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="calendar"):
    """What an iCalendar subscription records: each event that is over is a contribution of `type`.

    `every` is in minutes, `past_days` how far it looks back. `people` maps the names or addresses
    of organizers and attendees to people; `participant` is who did it when none is known.
    """

    url: str
    type: str
    every: int = 360
    past_days: int = 90
    keywords: tuple[str, ...] = ()
    people: dict[str, Named] = field(default_factory=dict[str, Named])
    participant: Named | None = None
    visibility: Visibility = Visibility.PUBLIC


class SheetField(StrEnum):
    """What a column of a table can hold."""

    AMBASSADOR = "ambassador"
    COUNTRY = "country"
    DESCRIPTION = "description"
    IDENTITY = "identity"
    KEY = "key"
    LANGUAGE = "language"
    OCCURRED_ON = "occurred_on"
    TITLE = "title"
    TYPE = "type"
    URL = "url"


class Sheet(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="sheet"):
    """What an uploaded table records: in which column (by its heading) each field stands.

    Types are read by their codes, names and aliases, `type` is for rows without one. Days are
    written as in ISO 8601, or as `day_format` (of `strptime`) says. Without a key column a row's
    key is made of what it says, so that the same row counts once.
    """

    columns: dict[SheetField, str]
    type: str | None = None
    day_format: str | None = None
    visibility: Visibility = Visibility.PUBLIC


Settings = GitHub | Feed | Calendar | Sheet


POLLED = frozenset({ConnectorKind.CALENDAR, ConnectorKind.FEED})
"""What is looked at; the other kinds wait for what is sent to them."""


def kind_of(settings: Settings) -> ConnectorKind:
    """The kind that these settings are for."""
    return ConnectorKind(settings.__struct_config__.tag)


class EntryResult(StrEnum):
    """What became of something that a connector has found; what is skipped is no contribution."""

    CREATED = "created"
    REJECTED = "rejected"
    SKIPPED = "skipped"
    UNCHANGED = "unchanged"
    UPDATED = "updated"


class Found(Struct, frozen=True):
    """What a connector has found: a contribution under its key, or why it is none (`skipped`).

    `line` is where in a file it stands, from 1. `title` is for people, also of what was skipped.
    """

    key: str
    title: str
    draft: Draft | None = None
    skipped: str | None = None
    line: int | None = None


class Read(Struct, frozen=True):
    """All that one look at a source has found, and by what the other side knows its answer again.

    `unchanged`: the other side said that nothing is new (304), and nothing was read but its name.
    `etag` and `last_modified` are None when something in the answer has to be looked at again
    though the answer stays the same, such as what is still to come.
    """

    found: Sequence[Found] = ()
    etag: str | None = None
    last_modified: str | None = None
    unchanged: bool = False
