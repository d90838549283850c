"""From what a handler returns to an answer as bytes."""

from __future__ import annotations

import asyncio
from typing import Any, cast
from urllib.parse import quote

import msgspec
from litestar import Request, Response

from api.http import caching, negotiation
from api.http.caching import Ready
from api.http.endpoint import Endpoint, Raw
from api.http.paging import Feed, Page
from api.http.parameters import without
from api.http.request import state_of

AnyRequest = Request[Any, Any, Any]

SMALL = 512
"""Bytes below which compression does not pay."""

LARGE = 1 << 18
"""Bytes above which compression would hold up other requests."""

VARY = "Accept, Accept-Encoding, Authorization"
SHARED = {"cache-control": caching.PUBLIC, "vary": VARY}
UNSHARED = {"cache-control": caching.PRIVATE, "vary": VARY}

RESERVED = "!#$&'()*+,/:;=?@[]%~"
"""What a URI may hold besides letters, digits and `-._~`."""


async def render(endpoint: Endpoint, request: AnyRequest, result: Any, *, shared: bool) -> Ready:
    """The answer, with its ETag, in the encoding that the caller takes; `shared` for any caller."""
    if result is None:
        return Ready(endpoint.status, [])
    version: object = getattr(result, "version", None)
    headers: dict[str, str] = {}
    if isinstance(result, Raw):
        body, media_type = result.data, result.media_type
        headers |= {name.lower(): value for name, value in result.headers.items()}
    else:
        body, media_type = msgspec.json.encode(result), endpoint.produces[0]
    headers["content-type"] = media_type
    if endpoint.location is not None:
        headers["location"] = location(endpoint.location, request, result)
    if isinstance(result, Page) and result.next is not None:
        headers["link"] = next_link(request.scope, "cursor", result.next)
    if isinstance(result, Feed):
        headers["link"] = next_link(request.scope, "after", result.next)
    public = endpoint.cached and shared
    headers |= SHARED if public else UNSHARED
    reads = endpoint.method == "GET"
    takes = state_of(request.scope).sent.get("accept-encoding")
    gzipped = reads and len(body) >= SMALL and negotiation.wants_gzip(takes)
    etag = None
    if reads or isinstance(version, int):
        etag = caching.entity_tag(
            body, version if isinstance(version, int) else None, gzipped=gzipped
        )
        headers["etag"] = etag
    if gzipped:
        headers["content-encoding"] = "gzip"
        if len(body) > LARGE:
            body = await asyncio.to_thread(negotiation.compressed, body)
        else:
            body = negotiation.compressed(body)
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    status = 201 if endpoint.may_create and _created(cast(object, result)) else endpoint.status
    return Ready(status, encoded, body, etag, media_type.partition(";")[0])


def _created(result: object) -> bool:
    return bool(getattr(result, "created", False))


def response(ready: Ready) -> Response[bytes]:
    """The answer for Litestar to send."""
    headers = {k.decode(): v.decode("latin-1") for k, v in ready.headers}
    media_type = headers.pop("content-type", None)
    return Response(ready.body, status_code=ready.status, media_type=media_type, headers=headers)


def location(template: str, request: AnyRequest, result: Any) -> str:
    """The Location of a result: its own fields and the path's parameters fill the template."""
    fields: dict[str, Any] = dict(request.path_params)
    fields |= {name: getattr(result, name) for name in getattr(result, "__struct_fields__", ())}
    return template.format(**{name: quote(str(value), safe="") for name, value in fields.items()})


def next_link(scope: Any, name: str, cursor: str) -> str:
    """The Link header of a page: this request with the next cursor."""
    kept = without(scope["query_string"], name)
    query = b"&".join([*kept, f"{name}={cursor}".encode()])
    return f'<{quote(scope["path"])}?{quote(query, safe=RESERVED)}>; rel="next"'
