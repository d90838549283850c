"""The answers that every operation shares: problems by status, and the headers."""

from __future__ import annotations

from typing import Any

from api.http import problems
from api.http.access import public
from api.http.endpoint import Endpoint
from api.http.schemas import REFERENCE, example_of
from domain import errors

Json = dict[str, Any]

PROBLEMS: dict[int, tuple[str, str, str, str]] = {
    400: ("Invalid", errors.Invalid.code, errors.Invalid.title, "The request breaks the contract."),
    401: (
        "Unauthenticated",
        errors.Unauthenticated.code,
        errors.Unauthenticated.title,
        "There is no good token.",
    ),
    403: ("Forbidden", errors.Forbidden.code, errors.Forbidden.title, "The token may not do this."),
    404: (
        "NotFound",
        errors.NotFound.code,
        errors.NotFound.title,
        "There is no such resource, or the caller may not know of it.",
    ),
    406: (
        "NotAcceptable",
        "not_acceptable",
        "None of the accepted media types is offered",
        "The Accept header takes nothing that is offered.",
    ),
    409: (
        "Conflict",
        errors.Conflict.code,
        errors.Conflict.title,
        "It conflicts with the state or the policy; `code` says how.",
    ),
    412: (
        "VersionMismatch",
        errors.VersionMismatch.code,
        errors.VersionMismatch.title,
        "The resource changed since it was read.",
    ),
    413: (
        "ContentTooLarge",
        "content_too_large",
        "The body is too large",
        "The body is too large.",
    ),
    415: (
        "UnsupportedMediaType",
        "unsupported_media_type",
        "The body's media type is not supported",
        "The body is of another media type.",
    ),
    422: (
        "KeyReused",
        errors.KeyReused.code,
        errors.KeyReused.title,
        "The Idempotency-Key belongs to another request.",
    ),
    429: ("RateLimited", "rate_limited", "There were too many requests", "Too many requests."),
    503: (
        "Unavailable",
        errors.Unavailable.code,
        errors.Unavailable.title,
        "The database cannot be reached; try again.",
    ),
}
"""Status: name of the response, code, title, description."""

EXTRA = {
    401: ["WWW-Authenticate"],
    429: ["RateLimit", "RateLimit-Policy", "Retry-After"],
    503: ["Retry-After"],
}

HEADERS: dict[str, tuple[str, Json]] = {
    "Cache-Control": ("How long the answer may be kept, and by whom.", {"type": "string"}),
    "ETag": ("Version, content and encoding of the answer.", {"type": "string"}),
    "Location": ("Where it is.", {"type": "string", "format": "uri-reference"}),
    "RateLimit": ("What is left (draft-ietf-httpapi-ratelimit-headers).", {"type": "string"}),
    "RateLimit-Policy": ("How many requests are allowed in how many seconds.", {"type": "string"}),
    "Retry-After": ("Seconds to wait.", {"type": "string"}),
    "Vary": ("The request's headers that the answer depends on.", {"type": "string"}),
    "WWW-Authenticate": ("How to authenticate (RFC 6750).", {"type": "string"}),
    "X-Request-ID": ("Finds this request in the logs.", {"type": "string"}),
}


def problem_statuses(endpoint: Endpoint) -> list[int]:
    """The failures that an operation can have, by what it declares."""
    changes = endpoint.method != "GET"
    found = {400, 401, 503}
    if endpoint.access.permission is not None or (endpoint.creates and endpoint.access == public()):
        found.add(403)
    if endpoint.status != 204:
        found.add(406)
    # What is below /me may be nobody's: not every account belongs to a person.
    own = endpoint.path.startswith("/v1/me/")
    filtered = "program" in getattr(endpoint.query, "__struct_fields__", ())
    if endpoint.path_types or endpoint.access.capability or endpoint.wired or own or filtered:
        found.add(404)
    if changes:
        found |= {404, 409}
    if endpoint.unseals:
        found.add(409)
    if endpoint.matches:
        found.add(412)
    if endpoint.body is not None:
        found |= {413, 415}
    if endpoint.creates:
        found.add(422)
    if endpoint.limited:
        found.add(429)
    # Strangers are not told whether there is what they speak of.
    return sorted(found - {404, 409} if endpoint.access.signed else found)


def reusable_responses(schemas: Json) -> Json:
    """The problem responses as components."""
    made: Json = {}
    for status, (name, code, title, description) in PROBLEMS.items():
        example = example_of({"$ref": REFERENCE + "Problem"}, schemas) | {
            "type": problems.TYPE_BASE + code,
            "title": title,
            "status": status,
            "detail": description,
            "code": code,
            "errors": [],
        }
        headers = ["X-Request-ID", *EXTRA.get(status, [])]
        made[name] = {
            "description": description,
            "headers": {h: {"$ref": f"#/components/headers/{h}"} for h in sorted(headers)},
            "content": {
                problems.MEDIA_TYPE: {
                    "schema": {"$ref": REFERENCE + "Problem"},
                    "example": example,
                }
            },
        }
    return made


def reusable_headers() -> Json:
    """The response headers as components."""
    return {
        name: {"description": description, "schema": schema}
        for name, (description, schema) in HEADERS.items()
    }
