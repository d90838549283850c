"""What can go wrong inside: errors with a stable code and no status (`api/http/problems.py`)."""

from __future__ import annotations

from typing import ClassVar, Self

from msgspec import Struct


class Fault(Struct, frozen=True):
    """One thing that is wrong with what was sent, and where it stands.

    `pointer` is an RFC 6901 pointer into the body, `parameter` the name of a path, query or header
    parameter; exactly one of the two is set.
    """

    code: str
    detail: str
    pointer: str | None = None
    parameter: str | None = None


class DomainError(Exception):
    """A request that can't be done. `code` is part of the contract and never changes."""

    code: ClassVar[str] = "error"
    title: ClassVar[str] = "The request cannot be done"

    def __init__(self, detail: str, *faults: Fault) -> None:
        super().__init__(detail)
        self.detail = detail
        self.faults = faults
        self.current: object | None = None

    def about(self, current: object | None) -> Self:
        """The same error with the record that it is about, as it is now."""
        self.current = current
        return self


class Invalid(DomainError):
    """The request breaks a rule that it could have known; `faults` point at each."""

    code = "invalid"
    title = "The request is not valid"


class Unauthenticated(DomainError):
    """There is no credential, or it is not (or no longer) good."""

    code = "unauthenticated"
    title = "A valid token is needed"


class Forbidden(DomainError):
    """The caller is known and may not do this."""

    code = "forbidden"
    title = "This needs a permission that the token does not have"


class NotFound(DomainError):
    """There is no such record, or the caller may not know that there is."""

    code = "not_found"
    title = "There is no such resource"


class Conflict(DomainError):
    """It conflicts with the state or the policy of the program."""

    code = "conflict"
    title = "The request conflicts with the current state"


class AlreadyExists(Conflict):
    """A record with this key is there already."""

    code = "already_exists"
    title = "There is one already"


class InvalidReference(Conflict):
    """The request names a record that does not exist (any more)."""

    code = "invalid_reference"
    title = "The request names something that does not exist"


class InUse(Conflict):
    """Other records still point at this one."""

    code = "in_use"
    title = "Other records depend on this one"


class Busy(Conflict):
    """Another request is changing the same records just now."""

    code = "busy"
    title = "Another request is changing the same records"


class AlreadyReversed(Conflict):
    """An entry is put right once; what was wrong with the reversal is put right by a new entry."""

    code = "already_reversed"
    title = "The entry has been reversed already"


class IsReversal(Conflict):
    """What only puts another entry right is not put right itself."""

    code = "is_reversal"
    title = "The entry is a reversal itself"


class OutOfStock(Conflict):
    """There is not so much of it to give."""

    code = "out_of_stock"
    title = "There is not enough in stock"


class VersionMismatch(DomainError):
    """The record changed since the caller read it (`If-Match`)."""

    code = "version_mismatch"
    title = "The resource has changed since it was read"


class Unavailable(DomainError):
    """The database does not answer, or has no connection to spare; the request is fine."""

    code = "unavailable"
    title = "The service cannot reach its database"


class KeyInFlight(Conflict):
    """A twin of this request, with the same idempotency key, is running now."""

    code = "idempotency_key_in_flight"
    title = "The same request is being processed"


class KeyReused(DomainError):
    """The idempotency key was used before, with another request."""

    code = "idempotency_key_reused"
    title = "The idempotency key belongs to another request"
