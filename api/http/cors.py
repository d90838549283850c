"""Cross-origin calls: there are no cookies, so any origin may read what is public."""

from __future__ import annotations

from msgspec import Struct

EXPOSED = (
    "ETag, Link, Location, Retry-After, RateLimit, RateLimit-Policy, X-Request-ID, WWW-Authenticate"
)
ALLOWED = (
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-ID, "
    "traceparent, tracestate"
)
METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"


class Cors(Struct, frozen=True):
    """The origins whose pages may call what is not public; `*` for all."""

    origins: frozenset[str]

    def headers(self, origin: str | None, *, open_: bool) -> dict[str, str]:
        """The headers of an answer, a problem too; `open_` ones are for every origin."""
        if open_ or "*" in self.origins:
            return {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": EXPOSED}
        if origin in self.origins:
            return {
                "Access-Control-Allow-Origin": str(origin),
                "Access-Control-Expose-Headers": EXPOSED,
                "Vary": "Origin",
            }
        return {"Vary": "Origin"}


def is_preflight(method: str, headers: dict[str, str]) -> bool:
    """Whether a request is a CORS preflight."""
    return (
        method == "OPTIONS" and "origin" in headers and "access-control-request-method" in headers
    )


def preflight() -> list[tuple[bytes, bytes]]:
    """The headers of a preflight's answer, besides those of every answer."""
    return [
        (b"access-control-allow-methods", METHODS.encode()),
        (b"access-control-allow-headers", ALLOWED.encode()),
        (b"access-control-max-age", b"86400"),
    ]
