"""What the plumbing knows of one request while it is under way."""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class RequestState(Struct):
    """Kept in the ASGI scope.

    `sent` are the request's headers by lower-case name, repeated ones joined; `headers` are added
    to whatever answer is sent; `open` answers may be read by a page of any origin.
    """

    request_id: str
    address: str
    sent: dict[str, str]
    open: bool
    headers: dict[str, str] = {}
    route: str = "unknown"


KEY = "chancery"


def state_of(scope: Any) -> RequestState:
    """The state of the request with this scope."""
    return scope[KEY]


def headers_of(scope: Any) -> dict[str, str]:
    """The request's headers; those that are sent more than once are joined, as RFC 9110 says."""
    found: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found
