"""GitHub's events: which are contributions, whose, of which day; whatever the payload is."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.rules import entries
from domain.rules.connectors import Found, GitHub, GitHubEvent
from domain.rules.contributions import Named, Visibility
from domain.rules.github_events import read
from tests.github import AMARA, BRUNO, closed, merged, ping, released, repository, reviewed, user

TODAY = date(2026, 3, 3)
SETTINGS = GitHub(
    types={
        GitHubEvent.ISSUE_CLOSED: "report",
        GitHubEvent.PULL_REQUEST_MERGED: "code",
        GitHubEvent.RELEASE_PUBLISHED: "release",
        GitHubEvent.REVIEW_SUBMITTED: "review",
    }
)
GOOD = {
    "pull_request": merged(),
    "pull_request_review": reviewed(),
    "release": released(),
    "issues": closed(),
}
DELETED = "GitHub does not say who did it; the account may be deleted."
NOBODY = "No person did it, but a bot, an organization or a placeholder."


def told(
    event: str, payload: object, settings: GitHub = SETTINGS, zone: str = "UTC"
) -> Found | str:
    return read(event, json.dumps(payload).encode(), settings, zone, TODAY)


def found(event: str, payload: object, settings: GitHub = SETTINGS, zone: str = "UTC") -> Found:
    made = told(event, payload, settings, zone)
    assert isinstance(made, Found), made
    entries.check(made)
    return made


@pytest.mark.parametrize(
    ("event", "key", "title", "who", "on", "type"),
    [
        (
            "pull_request",
            "pr-4711-7",
            "Let consumers forgive (acme/widgets#7)",
            AMARA,
            "2026-03-02",
            "code",
        ),
        (
            "pull_request_review",
            f"review-4711-7-{BRUNO}",
            "Review of Let consumers forgive (acme/widgets#7)",
            BRUNO,
            "2026-03-01",
            "review",
        ),
        (
            "release",
            "release-4711-333",
            "Release v1.2.0 (acme/widgets)",
            AMARA,
            "2026-03-01",
            "release",
        ),
        (
            "issues",
            "issue-4711-12",
            "Widgets do not wobble (acme/widgets#12)",
            AMARA,
            "2026-03-01",
            "report",
        ),
    ],
)
def test_what_counts(event: str, key: str, title: str, who: int, on: str, type: str) -> None:
    made = found(event, GOOD[event])
    assert (made.key, made.title) == (key, title)
    assert made.draft is not None
    assert made.draft.title == title
    assert made.draft.participants == (Named(identity=f"github:{who}"),)
    assert (made.draft.occurred_on, made.draft.type) == (on, type)
    assert made.draft.visibility is Visibility.PUBLIC
    subject = GOOD[event].get("review") or GOOD[event].get(event) or GOOD[event]["issue"]
    assert made.draft.url == subject["html_url"]


@pytest.mark.parametrize(
    ("event", "payload", "why"),
    [
        ("ping", ping(), "Such an event is no contribution."),
        ("push", merged(), "Such an event is no contribution."),
        ("pull_request", merged() | {"action": "opened"}, "Such an event is no contribution."),
        ("pull_request", merged() | {"action": None}, "Such an event is no contribution."),
        ("release", released() | {"action": "released"}, "Such an event is no contribution."),
        ("pull_request", merged(merged=False, merged_at=None), "closed without being merged"),
        ("pull_request", merged(merged=None), "closed without being merged"),
        ("pull_request", merged(merged_at=None), "It does not say when it was done"),
        ("pull_request", merged(merged_at="0001-01-01T00:00:00+14:00"), "not a time that can be"),
        ("pull_request", merged(merged_at="9999-12-31T23:59:59-14:00"), "not a time that can be"),
        ("pull_request", merged(merged_at="2026-03-05T00:00:00Z"), "It is dated in the future."),
        ("pull_request", merged(user=None), DELETED),
        ("pull_request", merged(user=user(10137, "ghost")), DELETED),
        ("pull_request", merged(user=user(49_699_333, "dependabot[bot]", "Bot")), NOBODY),
        ("pull_request", merged(user=user(99, "acme", "Organization")), NOBODY),
        ("issues", closed(user=user(5, "moved", "Mannequin")), NOBODY),
        ("issues", closed(state_reason="not_planned"), "not closed as completed"),
        ("issues", closed(state_reason="duplicate"), "not closed as completed"),
        ("issues", closed(user=None), DELETED),
        ("release", released(draft=True), "The release is a draft."),
        ("release", released(author=None), DELETED),
        ("pull_request_review", reviewed(user=user()), "the reviewer's own pull request"),
        ("pull_request_review", reviewed(user=None), DELETED),
        ("pull_request_review", reviewed(user=user(8, "copilot", "Bot")), NOBODY),
        ("pull_request_review", reviewed(submitted_at=None), "It does not say when it was done"),
        ("pull_request", merged() | {"repository": None}, "It names no repository."),
        ("pull_request", merged() | {"pull_request": None}, "It names no pull request."),
        ("release", released() | {"release": None}, "It names no release."),
        ("issues", closed() | {"issue": None}, "It names no issue."),
        ("pull_request_review", reviewed() | {"review": None}, "It names no review"),
        ("pull_request", [merged()], "not as GitHub documents it"),
        ("pull_request", merged(user=user() | {"id": True}), "not as GitHub documents it"),
        ("pull_request", merged(user=user() | {"id": 0}), "not as GitHub documents it"),
        ("pull_request", merged(merged_at="yesterday"), "not as GitHub documents it"),
        ("pull_request", merged(merged_at="2026-03-02T09:30:00"), "not as GitHub documents it"),
    ],
)
def test_what_does_not(event: str, payload: object, why: str) -> None:
    said = told(event, payload)
    assert isinstance(said, str)
    assert why in said


def test_what_is_wrong_with_a_payload_is_told_without_what_it_says() -> None:
    said = told("pull_request", merged(user=user(login="x") | {"id": "mirabelle"}))
    assert said == (
        "The payload is not as GitHub documents it:"
        " Expected `int`, got `str` - at `$.pull_request.user.id`."
    )


def test_a_review_of_what_nobody_is_known_to_have_written_counts() -> None:
    assert found("pull_request_review", reviewed(of={"user": None})).draft is not None


def test_only_what_the_settings_name() -> None:
    few = GitHub(types={GitHubEvent.ISSUE_CLOSED: "report"}, repositories=("Acme/Widgets",))
    assert told("release", released(), few) == (
        "The source's settings have no type for release_published."
    )
    assert isinstance(told("issues", closed(), few), Found)
    other = closed() | {"repository": repository("acme/other")}
    assert told("issues", other, few) == "The source's settings do not name its repository."


@pytest.mark.parametrize(
    ("private", "chosen", "seen"),
    [
        (False, Visibility.PUBLIC, Visibility.PUBLIC),
        (False, Visibility.MEMBERS, Visibility.MEMBERS),
        (True, Visibility.PUBLIC, Visibility.PRIVATE),
        (True, Visibility.MEMBERS, Visibility.MEMBERS),
        (True, Visibility.PRIVATE, Visibility.PRIVATE),
        (None, Visibility.PUBLIC, Visibility.PRIVATE),
    ],
)
def test_what_is_private_stays_so(
    private: bool | None, chosen: Visibility, seen: Visibility
) -> None:
    payload = closed() | {"repository": repository() | {"private": private}}
    made = found("issues", payload, GitHub(SETTINGS.types, (), chosen))
    assert made.draft is not None
    assert made.draft.visibility is seen


def test_days_are_those_of_the_program() -> None:
    late = found("issues", closed(), zone="Asia/Tokyo").draft
    assert late is not None
    assert late.occurred_on == "2026-03-02"
    # A minute after midnight by GitHub's clock, and not yet by ours.
    ahead = found("pull_request", merged(merged_at="2026-03-04T00:01:00Z")).draft
    assert ahead is not None
    assert ahead.occurred_on == "2026-03-03"


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("x", "x (acme/widgets#7)"),
        (None, "(acme/widgets#7)"),
        ("\x00\x1b[31mred\x7f\x85\u2028\n  alert\t", "[31mred alert (acme/widgets#7)"),
        ("w" * 300, "w" * 182 + "… (acme/widgets#7)"),
    ],
)
def test_titles_are_one_line_that_fits(written: str | None, title: str) -> None:
    assert found("pull_request", merged(title=written)).title == title


def test_two_of_one_name_on_one_day_are_two() -> None:
    assert found("issues", closed()).title != found("issues", closed(number=13)).title


def test_a_name_that_no_repository_has_does_not_crowd_out_the_title() -> None:
    payload = merged(title="A title") | {"repository": repository("o" * 400 + "/r")}
    made = found("pull_request", payload)
    assert made.title.startswith("A title (ooo")
    assert len(made.title) <= 200


def test_an_address_that_is_none_is_left_out() -> None:
    for url in ("javascript:alert(1)", "https://x.example/ <", "https://x.example/" + "y" * 2000):
        made = found("issues", closed(html_url=url)).draft
        assert made is not None
        assert made.url is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
EVENTS = st.sampled_from([*GOOD, "ping", "push"])


def places(payload: object, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where in a payload there is something."""
    if at:
        yield at
    if isinstance(payload, dict):
        for key, inner in payload.items():
            yield from places(inner, (*at, key))


PLACES = {event: sorted(places(payload)) for event, payload in GOOD.items()}
MISSING = object()


def changed(payload: dict[str, Any], at: tuple[Any, ...], value: object) -> dict[str, Any]:
    made = copy.deepcopy(payload)
    inner = made
    for step in at[:-1]:
        if not isinstance(inner := inner.get(step), dict):
            return made
    if value is MISSING:
        inner.pop(at[-1], None)
    else:
        inner[at[-1]] = value
    return made


@given(st.data())
def test_whatever_is_missing_or_of_another_type_there_is_a_reason(data: st.DataObject) -> None:
    event = data.draw(st.sampled_from(sorted(GOOD)))
    payload = GOOD[event]
    for at in data.draw(st.lists(st.sampled_from(PLACES[event]), min_size=1, max_size=3)):
        payload = changed(payload, at, data.draw(JSON | st.just(MISSING)))
    said = told(event, payload)
    if isinstance(said, str):
        assert said.endswith(".")
    else:
        entries.check(said)
        assert said.draft is not None


@pytest.mark.parametrize("event", sorted(GOOD))
def test_each_place_may_be_missing_or_null(event: str) -> None:
    for at in PLACES[event]:
        for value in (MISSING, None, [], {}, 0, "", "x", -1, 1.5):
            said = told(event, changed(GOOD[event], at, value))
            assert said
            if isinstance(said, Found):
                entries.check(said)


@given(EVENTS, st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
@example("issues", b"")
@example("issues", b"\xff\xfe")
@example("issues", b"[" * 100_000)
@example("issues", b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}")
@example("issues", b'{"action": "\\ud800"}')
@example("issues", b'{"action": "\\udc00 and on"}')
@example("issues", b'{"action": "\\ud800\\u0041"}')
@example("issues", b'{"n": 1' + b"0" * 5000 + b"}")
@example("issues", b'{"action": "closed", "repository": {"id": 1e999, "full_name": "a/b"}}')
def test_bytes_are_no_contribution(event: str, body: bytes) -> None:
    said = read(event, body, SETTINGS, "UTC", TODAY)
    assert isinstance(said, str)
    assert said.endswith(".")


@given(st.text(max_size=400), st.text(max_size=400))
def test_any_title_becomes_one_that_a_contribution_takes(title: str, name: str) -> None:
    payload = merged(title=title) | {"repository": repository() | {"full_name": name}}
    try:
        body = json.dumps(payload, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        body = json.dumps(payload).encode()
    said = read("pull_request", body, SETTINGS, "UTC", TODAY)
    if isinstance(said, Found):
        entries.check(said)
