"""Webhooks: what another service sends by itself, and whether it is what it says."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from enum import StrEnum
from urllib.parse import parse_qs
from uuid import UUID

from msgspec import Struct

from domain.errors import Fault, Invalid

DELIVERY = "x-github-delivery"
EVENT = "x-github-event"
SIGNATURE = "x-hub-signature-256"

FORM = "application/x-www-form-urlencoded"
FORM_FIELD = "payload"
MOST_FIELDS = 16
"""GitHub's form has one."""

LARGEST = 25 * 1024 * 1024
"""Bytes; GitHub sends nothing that is larger."""

_EVENT = re.compile(r"[a-z0-9_]{1,100}\Z")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.IGNORECASE)


class WebhookState(StrEnum):
    """Where a delivery stands: what waits is done by the worker, or when its source goes on."""

    DONE = "done"
    FAILED = "failed"
    IGNORED = "ignored"
    WAITING = "waiting"


class WebhookResult(StrEnum):
    """What becomes of a delivery that arrives: one that came before does nothing again."""

    ACCEPTED = "accepted"
    IGNORED = "ignored"
    REPEATED = "repeated"


class Headers(Struct, frozen=True):
    """What GitHub says of a delivery: its own id of it, and the name of the event."""

    delivery: str
    event: str


def signed(secret: bytes, body: bytes, signature: str) -> bool:
    """Whether this is the signature of these bytes; how long it takes says nothing about it.

    As in GitHub's documentation: `sha256=` and the HMAC in hexadecimal digits.
    """
    expected = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace"))


def headers(sent: Mapping[str, str]) -> Headers:
    """What the headers (by lower-case name) say. Raises `Invalid` that names the first fault."""
    delivery, event = sent.get(DELIVERY, ""), sent.get(EVENT, "")
    if not _UUID.match(delivery):
        raise _bad("X-GitHub-Delivery", "Expected a UUID.")
    if not _EVENT.match(event):
        raise _bad("X-GitHub-Event", "Expected the name of an event.")
    return Headers(str(UUID(delivery)), event)


def payload(body: bytes, media_type: str) -> bytes:
    """The JSON of a body, which a form has in its field `payload`. Raises `Invalid`."""
    if media_type != FORM:
        return body
    try:
        fields = parse_qs(body.decode("ascii"), max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        raise not_json("It is no form.") from None
    values = fields.get(FORM_FIELD, [])
    if len(values) != 1:
        raise not_json("It has no field `payload`, or several.")
    return values[0].encode()


def not_json(detail: str) -> Invalid:
    """The error for a payload that is not as GitHub documents it."""
    return Invalid("The payload is not what GitHub sends.", Fault("body", detail, pointer=""))


def _bad(name: str, detail: str) -> Invalid:
    return Invalid(
        "The headers are not what GitHub sends.", Fault("parameter", detail, parameter=name)
    )
