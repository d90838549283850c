"""What goes wrong when a source is looked at, in words for whoever runs the program."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from domain.errors import Conflict


class Failure(StrEnum):
    """Why nothing could be read at the other side."""

    ADDRESS = "address"
    CUT_OFF = "cut_off"
    GONE = "gone"
    NAME = "name"
    NOT_FOUND = "not_found"
    NOT_PUBLIC = "not_public"
    NO_ANSWER = "no_answer"
    REDIRECTS = "redirects"
    REFUSED = "refused"
    STATUS = "status"
    TIMEOUT = "timeout"
    TLS = "tls"
    TOO_LARGE = "too_large"
    TOO_MANY_REQUESTS = "too_many_requests"
    UNREADABLE = "unreadable"


class LookFailed(Conflict):
    """A look at the other side brought nothing: it did not answer, or what it sent is unreadable.

    `detail` is a sentence for people. `retry_after` is how long the other side asks to be left
    alone, if it does. `Failure.GONE` says that it will never answer again.
    """

    code = "look_failed"
    title = "The other side could not be read"

    def __init__(
        self, failure: Failure, detail: str, *, retry_after: timedelta | None = None
    ) -> None:
        super().__init__(detail)
        self.failure = failure
        self.retry_after = retry_after
