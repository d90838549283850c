"""What GitHub's webhook sends, after its published schema; the people and projects are invented."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

SECRET = "only GitHub and this test know it"

AMARA, BRUNO = 5501911, 7702233
"""Their ids at GitHub."""


def user(id: int = AMARA, login: str = "amara-codes", type: str = "User") -> dict[str, Any]:
    return {
        "login": login,
        "id": id,
        "node_id": "U_x",
        "avatar_url": "https://avatars.example.org/u/1",
        "html_url": f"https://github.com/{login}",
        "type": type,
        "site_admin": False,
    }


def repository(
    full_name: str = "acme/widgets", *, id: int = 4711, private: bool = False
) -> dict[str, Any]:
    return {
        "id": id,
        "node_id": "R_x",
        "name": full_name.rpartition("/")[2],
        "full_name": full_name,
        "private": private,
        "owner": user(99, full_name.partition("/")[0], "Organization"),
        "html_url": f"https://github.com/{full_name}",
        "description": None,
        "fork": False,
    }


def pull_request(**change: Any) -> dict[str, Any]:
    return {
        "url": "https://api.github.com/repos/acme/widgets/pulls/7",
        "id": 1_900_000_001,
        "html_url": "https://github.com/acme/widgets/pull/7",
        "number": 7,
        "state": "closed",
        "locked": False,
        "title": "Let consumers forgive",
        "user": user(),
        "body": None,
        "created_at": "2026-02-20T08:00:00Z",
        "closed_at": "2026-03-02T09:30:00Z",
        "merged_at": "2026-03-02T09:30:00Z",
        "draft": False,
        "merged": True,
        "merged_by": user(BRUNO, "bruno-reviews"),
        "comments": 3,
    } | change


def merged(**change: Any) -> dict[str, Any]:
    """A merged pull request of Amara's; what is changed of it."""
    return _told("closed", number=7, pull_request=pull_request(**change))


def reviewed(*, of: dict[str, Any] | None = None, **change: Any) -> dict[str, Any]:
    """A review by Bruno of Amara's pull request."""
    review = {
        "id": 80,
        "user": user(BRUNO, "bruno-reviews"),
        "body": "Almost.",
        "commit_id": "0" * 40,
        "submitted_at": "2026-03-01T18:00:00Z",
        "state": "changes_requested",
        "html_url": "https://github.com/acme/widgets/pull/7#pullrequestreview-80",
        "pull_request_url": "https://api.github.com/repos/acme/widgets/pulls/7",
        "author_association": "MEMBER",
    }
    still_open = {"state": "open", "closed_at": None, "merged_at": None}
    about = pull_request(**still_open) | (of or {})
    del about["merged"]
    return _told("submitted", review=review | change, pull_request=about)


def released(**change: Any) -> dict[str, Any]:
    release = {
        "id": 333,
        "tag_name": "v1.2.0",
        "target_commitish": "main",
        "name": None,
        "draft": False,
        "author": user(),
        "prerelease": False,
        "created_at": "2026-02-28T10:00:00Z",
        "published_at": "2026-03-01T10:00:00Z",
        "html_url": "https://github.com/acme/widgets/releases/tag/v1.2.0",
        "assets": [],
        "body": "Better.",
    }
    return _told("published", release=release | change)


def closed(**change: Any) -> dict[str, Any]:
    issue = {
        "id": 2_000,
        "number": 12,
        "title": "Widgets do not wobble",
        "user": user(),
        "labels": [],
        "state": "closed",
        "state_reason": "completed",
        "comments": 0,
        "created_at": "2026-01-10T10:00:00Z",
        "closed_at": "2026-03-01T23:30:00Z",
        "html_url": "https://github.com/acme/widgets/issues/12",
        "body": None,
    }
    return _told("closed", issue=issue | change)


def ping() -> dict[str, Any]:
    return {
        "zen": "Design for failure.",
        "hook_id": 30,
        "hook": {"type": "Repository", "id": 30, "events": ["*"]},
        "repository": repository(),
        "sender": user(),
    }


def signature(body: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def encoded(payload: object) -> bytes:
    return json.dumps(payload).encode()


def form(payload: object) -> bytes:
    """The same as GitHub sends it to a hook with the content type of a form."""
    return urlencode({"payload": json.dumps(payload, ensure_ascii=False)}).encode()


def headers(event: str, body: bytes, delivery: str | None = None, **more: str) -> dict[str, str]:
    """As GitHub sends them."""
    return {
        "Accept": "*/*",
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/044aadd",
        "X-GitHub-Delivery": delivery or str(uuid4()),
        "X-GitHub-Event": event,
        "X-GitHub-Hook-ID": "30",
        "X-Hub-Signature": "sha1=0000",
        "X-Hub-Signature-256": signature(body),
    } | {name.replace("_", "-"): value for name, value in more.items()}


def _told(action: str, **more: Any) -> dict[str, Any]:
    return {"action": action, "repository": repository(), "sender": user()} | more
