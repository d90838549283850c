"""Every failure as an RFC 9457 problem document; the one table from domain errors to statuses."""

from __future__ import annotations

import logging
from typing import Annotated, Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
)
from msgspec import UNSET, Meta, Struct, UnsetType

from api.http.request import state_of
from domain import errors
from domain.errors import DomainError, Fault

log = logging.getLogger("chancery.http")

MEDIA_TYPE = "application/problem+json"
TYPE_BASE = "urn:chancery:problem:"

STATUSES: dict[type[DomainError], int] = {
    errors.Invalid: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.VersionMismatch: 412,
    errors.KeyReused: 422,
    errors.Unavailable: 503,
}
"""A subclass has its nearest listed parent's status."""


class HttpProblem(Exception):
    """A failure of HTTP itself, which no domain error stands for."""

    def __init__(
        self, status: int, code: str, title: str, detail: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.title, self.detail = status, code, title, detail
        self.headers = headers or {}


class ProblemFault(Struct, frozen=True):
    """One thing that is wrong, and where it stands."""

    code: Annotated[str, Meta(description="What kind of fault.", examples=["body"])]
    detail: Annotated[
        str, Meta(description="What is wrong with it.", examples=["Expected `int`, got `str`"])
    ]
    pointer: Annotated[
        str | None, Meta(description="RFC 6901 pointer into the body.", examples=["/limit"])
    ]
    parameter: Annotated[
        str | None, Meta(description="Name of the path, query or header parameter.")
    ]


class Problem(Struct, frozen=True):
    """An RFC 9457 problem document."""

    type: Annotated[
        str,
        Meta(
            description="Stable URI of this kind of problem.",
            examples=[TYPE_BASE + "not_found"],
            extra_json_schema={"format": "uri"},
        ),
    ]
    title: Annotated[
        str,
        Meta(description="Stable title of this kind.", examples=["There is no such resource"]),
    ]
    status: Annotated[
        int,
        Meta(
            description="The HTTP status.",
            ge=400,
            le=599,
            examples=[404],
            extra_json_schema={"format": "int32"},
        ),
    ]
    detail: Annotated[
        str,
        Meta(description="What went wrong this time.", examples=["There is no program 'nowhere'."]),
    ]
    instance: Annotated[
        str,
        Meta(
            description="URI of this occurrence.",
            examples=["urn:chancery:request:019a00000000700080000000000000ff"],
        ),
    ]
    code: Annotated[str, Meta(description="Stable machine-readable code.", examples=["not_found"])]
    errors: Annotated[
        list[ProblemFault], Meta(description="Each fault; empty when there is nothing to point at.")
    ]
    request_id: Annotated[
        str,
        Meta(
            description="The `X-Request-ID` of the answer.",
            examples=["019a00000000700080000000000000ff"],
        ),
    ]
    current: Annotated[
        Any | UnsetType,
        Meta(
            description="The record as it is now, where the conflict is with what it holds.",
            examples=[{}],
            extra_json_schema={"type": "object"},
        ),
    ] = UNSET


class Failure(Struct, frozen=True):
    """A problem before it is rendered."""

    status: int
    code: str
    title: str
    detail: str
    faults: tuple[Fault, ...] = ()
    headers: dict[str, str] = {}
    current: object | None = None


def status_of(error: type[DomainError]) -> int:
    """The status of a domain error, by its nearest listed parent."""
    for kind in error.__mro__:
        if kind in STATUSES:
            return STATUSES[kind]
    raise LookupError(f"{error.__name__} has no status")


DEFECT = Failure(
    500,
    "internal_error",
    "The service failed",
    "This is a defect of the service; the request id finds it in the logs.",
)


def failure_of(error: Exception) -> Failure:
    """What to tell about an exception; anything unforeseen is a defect and is told as no more."""
    match error:
        case DomainError():
            status = status_of(type(error))
            return Failure(
                status,
                error.code,
                error.title,
                error.detail,
                error.faults,
                extra(error, status),
                error.current,
            )
        case HttpProblem():
            return Failure(
                error.status, error.code, error.title, error.detail, headers=error.headers
            )
        case NotFoundException():
            return Failure(
                404, "not_found", errors.NotFound.title, "There is nothing at this path."
            )
        case MethodNotAllowedException():
            return Failure(
                405,
                "method_not_allowed",
                "The resource does not know this method",
                "See the Allow header.",
                headers={"Allow": allow((error.headers or {}).get("allow", ""))},
            )
        case HTTPException() if error.status_code < 500:
            return Failure(
                error.status_code, "bad_request", "The request is not valid", "It is malformed."
            )
        case _:
            return DEFECT


def allow(methods: str) -> str:
    """The router's Allow with HEAD, which the front serves wherever GET is."""
    known = {method.strip() for method in methods.split(",") if method.strip()}
    return ", ".join(sorted(known | {"HEAD"} if "GET" in known else known))


def extra(error: DomainError, status: int) -> dict[str, str]:
    """The headers that a status asks for."""
    match status:
        case 401:  # RFC 6750: no error code when no token was sent
            sent = getattr(error, "token_sent", False)
            value = 'Bearer realm="chancery"' + (', error="invalid_token"' if sent else "")
            return {"WWW-Authenticate": value}
        case 503:
            return {"Retry-After": "5"}
        case _:
            return {}


def document(failure: Failure, request_id: str) -> bytes:
    """The problem document as JSON."""
    return msgspec.json.encode(
        Problem(
            type=TYPE_BASE + failure.code,
            title=failure.title,
            status=failure.status,
            detail=failure.detail,
            instance=f"urn:chancery:request:{request_id}",
            code=failure.code,
            errors=[_wired(fault) for fault in failure.faults],
            request_id=request_id,
            current=UNSET if failure.current is None else failure.current,
        )
    )


def faults_of(error: DomainError) -> list[ProblemFault]:
    """What is wrong with one of many, in which there is at least one fault to read."""
    faults = error.faults or (Fault(error.code, error.detail, pointer=""),)
    return [_wired(fault) for fault in faults]


def _wired(fault: Fault) -> ProblemFault:
    return ProblemFault(fault.code, fault.detail, fault.pointer, fault.parameter)


def handle(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Litestar's exception handler for everything."""
    failure = failure_of(error)
    state = state_of(request.scope)
    told = {"request_id": state.request_id, "path": request.scope["path"]}
    if failure.status == 503:
        log.warning("the database is not available: %r", error.__cause__, extra=told)
    elif failure.status >= 500:
        log.error("request failed", exc_info=error, extra=told)
    headers = failure.headers | {"Cache-Control": "no-store"}
    return Response(
        document(failure, state.request_id),
        status_code=failure.status,
        media_type=MEDIA_TYPE,
        headers=headers,
    )
