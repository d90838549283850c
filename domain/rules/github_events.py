"""What GitHub's webhook tells: the contribution that an event stands for, or why it is none."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct

from domain.rules import plain_text
from domain.rules.connectors import Found, GitHub, GitHubEvent
from domain.rules.contributions import Draft, Named, Visibility
from domain.rules.days import day_of

__all__ = ["LONGEST_TITLE", "NotAsDocumented", "Told", "opened", "read", "stands_for"]

LONGEST_TITLE = 200
"""Characters; no contribution has more."""

GHOST = 10137
"""The account by which GitHub shows what deleted accounts did."""

FIRST_YEAR = 1970
"""What is older was not done on any forge."""

KINDS: dict[tuple[str, str], GitHubEvent] = {
    ("issues", "closed"): GitHubEvent.ISSUE_CLOSED,
    ("pull_request", "closed"): GitHubEvent.PULL_REQUEST_MERGED,
    ("pull_request_review", "submitted"): GitHubEvent.REVIEW_SUBMITTED,
    ("release", "published"): GitHubEvent.RELEASE_PUBLISHED,
}
"""The events and their actions that can be a contribution; there are some two hundred others."""

_URL = re.compile(r'https?://[^\s\x00-\x20\x7f<>"]{1,1900}\Z')

Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]
Moment = Annotated[datetime, Meta(tz=True)]
Payload = TypeVar("Payload", bound="Told")


class NotAsDocumented(Exception):
    """A payload is not what GitHub documents; the text says how, and quotes nothing."""


class _No(Exception):
    """Why an event is no contribution, in words."""


class Account(Struct, frozen=True):
    """A user, as GitHub shows one: `User`, `Bot`, `Organization` or `Mannequin`."""

    id: Id
    type: str | None = None


class Repository(Struct, frozen=True):
    """A repository; one that does not say that it is public is taken for a private one."""

    id: Id
    full_name: str
    private: bool | None = None


class Told(Struct, frozen=True):
    """What all payloads may have."""

    action: str | None = None
    repository: Repository | None = None


class PullRequest(Struct, frozen=True):
    """A pull request."""

    number: Id
    title: str | None = None
    html_url: str | None = None
    user: Account | None = None
    merged: bool | None = None
    merged_at: Moment | None = None


class Review(Struct, frozen=True):
    """A review of a pull request."""

    html_url: str | None = None
    user: Account | None = None
    submitted_at: Moment | None = None


class Release(Struct, frozen=True):
    """A release; its name may be empty."""

    id: Id
    tag_name: str | None = None
    name: str | None = None
    html_url: str | None = None
    author: Account | None = None
    draft: bool | None = None
    published_at: Moment | None = None


class Issue(Struct, frozen=True):
    """An issue; older servers do not say with what `state_reason` it was closed."""

    number: Id
    title: str | None = None
    html_url: str | None = None
    user: Account | None = None
    state_reason: str | None = None
    closed_at: Moment | None = None


class PullRequestTold(Told, frozen=True):
    """The payload of `pull_request`."""

    pull_request: PullRequest | None = None


class ReviewTold(Told, frozen=True):
    """The payload of `pull_request_review`."""

    review: Review | None = None
    pull_request: PullRequest | None = None


class ReleaseTold(Told, frozen=True):
    """The payload of `release`."""

    release: Release | None = None


class IssueTold(Told, frozen=True):
    """The payload of `issues`."""

    issue: Issue | None = None


class _Done(Struct, frozen=True):
    """What was done, before it is looked at who did it and when."""

    key: str
    title: str
    url: str | None
    who: Account | None
    at: datetime | None


def opened(body: bytes) -> Told:
    """What a payload has that all payloads may have. Raises `NotAsDocumented`."""
    return _decoded(body, Told)


def stands_for(event: str, action: str | None) -> GitHubEvent | None:
    """What an event can be (by the name in its header, and its action); None: nothing for us."""
    return KINDS.get((event, action or ""))


def read(event: str, body: bytes, settings: GitHub, time_zone: str, today: date) -> Found | str:
    """The contribution that an event stands for under these settings; or why it is none, in words.

    `event` is the name in the header, `body` the payload as it came. `today` is the day in the
    program's (IANA) time zone. A pull request counts for its author when it is merged, an issue for
    who opened it when it is completed, a review for the reviewer unless the pull request is their
    own (and once for each), a release for who published it. Never raises.
    """
    try:
        return _read(event, body, settings, time_zone, today)
    except NotAsDocumented as error:
        return f"The payload is not as GitHub documents it: {error}"
    except _No as why:
        return str(why)


def _read(event: str, body: bytes, settings: GitHub, time_zone: str, today: date) -> Found:
    told = opened(body)
    kind = stands_for(event, told.action)
    if kind is None:
        raise _No("Such an event is no contribution.")
    type = settings.types.get(kind)
    if type is None:
        raise _No(f"The source's settings have no type for {kind.value}.")
    repository = told.repository
    if repository is None:
        raise _No("It names no repository.")
    wanted = {name.casefold() for name in settings.repositories}
    if wanted and repository.full_name.casefold() not in wanted:
        raise _No("The source's settings do not name its repository.")
    done = _done(kind, body, repository)
    draft = Draft(
        type=type,
        title=done.title,
        occurred_on=_day(done.at, time_zone, today).isoformat(),
        participants=(_person(done.who),),
        url=done.url if done.url and _URL.match(done.url) else None,
        visibility=_visibility(settings, repository),
    )
    return Found(done.key, done.title, draft)


def _done(kind: GitHubEvent, body: bytes, repository: Repository) -> _Done:
    match kind:
        case GitHubEvent.PULL_REQUEST_MERGED:
            return _merged(_decoded(body, PullRequestTold), repository)
        case GitHubEvent.REVIEW_SUBMITTED:
            return _reviewed(_decoded(body, ReviewTold), repository)
        case GitHubEvent.RELEASE_PUBLISHED:
            return _released(_decoded(body, ReleaseTold), repository)
        case GitHubEvent.ISSUE_CLOSED:
            return _resolved(_decoded(body, IssueTold), repository)


def _merged(told: PullRequestTold, repository: Repository) -> _Done:
    if (one := told.pull_request) is None:
        raise _No("It names no pull request.")
    if not one.merged:
        raise _No("The pull request was closed without being merged.")
    return _Done(
        f"pr-{repository.id}-{one.number}",
        _title(one.title, f"{repository.full_name}#{one.number}"),
        one.html_url,
        one.user,
        one.merged_at,
    )


def _reviewed(told: ReviewTold, repository: Repository) -> _Done:
    review, of = told.review, told.pull_request
    if review is None or of is None:
        raise _No("It names no review, or no pull request.")
    if review.user is None:
        raise _No("GitHub does not say who did it; the account may be deleted.")
    if of.user is not None and of.user.id == review.user.id:
        raise _No("It is a review of the reviewer's own pull request.")
    return _Done(
        f"review-{repository.id}-{of.number}-{review.user.id}",
        _title(f"Review of {of.title or 'a pull request'}", f"{repository.full_name}#{of.number}"),
        review.html_url,
        review.user,
        review.submitted_at,
    )


def _released(told: ReleaseTold, repository: Repository) -> _Done:
    if (one := told.release) is None:
        raise _No("It names no release.")
    if one.draft:
        raise _No("The release is a draft.")
    return _Done(
        f"release-{repository.id}-{one.id}",
        _title(f"Release {one.name or one.tag_name or one.id}", repository.full_name),
        one.html_url,
        one.author,
        one.published_at,
    )


def _resolved(told: IssueTold, repository: Repository) -> _Done:
    if (one := told.issue) is None:
        raise _No("It names no issue.")
    if one.state_reason not in (None, "completed"):
        raise _No("The issue was not closed as completed.")
    return _Done(
        f"issue-{repository.id}-{one.number}",
        _title(one.title, f"{repository.full_name}#{one.number}"),
        one.html_url,
        one.user,
        one.closed_at,
    )


def _person(account: Account | None) -> Named:
    if account is None or account.id == GHOST:
        raise _No("GitHub does not say who did it; the account may be deleted.")
    if account.type not in (None, "User"):
        raise _No("No person did it, but a bot, an organization or a placeholder.")
    return Named(identity=f"github:{account.id}")


def _day(at: datetime | None, time_zone: str, today: date) -> date:
    if at is None or not FIRST_YEAR <= at.year < date.max.year:
        raise _No("It does not say when it was done, or not a time that can be.")
    day = day_of(at, time_zone)
    if day > today + timedelta(days=1):
        raise _No("It is dated in the future.")
    # Just before midnight GitHub's clock may be ahead of ours.
    return min(day, today)


def _visibility(settings: GitHub, repository: Repository) -> Visibility:
    """A private repository's is private, unless the settings say who else may see it."""
    if repository.private is not False and settings.visibility is Visibility.PUBLIC:
        return Visibility.PRIVATE
    return settings.visibility


def _title(text: str | None, place: str) -> str:
    """One line of what it is called, and where: two of one name on one day are two."""
    suffix = f"({plain_text.line(place, LONGEST_TITLE - 60)})"
    room = LONGEST_TITLE - len(suffix) - 1
    return f"{plain_text.line(text or '', room)} {suffix}".strip()


def _decoded(body: bytes, type: type[Payload]) -> Payload:
    try:
        return msgspec.json.decode(body, type=type)
    except msgspec.ValidationError as error:
        raise NotAsDocumented(f"{error}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise NotAsDocumented("it is not JSON in UTF-8.") from None
    except RecursionError:
        raise NotAsDocumented("it is nested too deeply.") from None
