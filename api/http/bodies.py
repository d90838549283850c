"""Request bodies: their media type, their size, their decoding."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

from litestar import Request

from api.http import lines
from api.http.access import SIGNATURE
from api.http.context import Context
from api.http.decode import decode_body, decode_elements
from api.http.endpoint import Endpoint, Raw
from api.http.lines import Lines
from api.http.problems import HttpProblem
from api.http.request import state_of

AnyRequest = Request[Any, Any, Any]

UTF8 = re.compile(r';\s*charset\s*=\s*"?utf-?8"?\s*(;|\Z)', re.IGNORECASE)


async def read_body(endpoint: Endpoint, context: Context, request: AnyRequest) -> Any:
    """Read and decode the body; 415 for another type, 413 for more bytes than the settings say.

    Of lines that are read as they arrive, nothing is read yet.
    """
    sent = state_of(request.scope).sent
    media_type = _media_type(endpoint, sent)
    streamed = media_type == lines.NDJSON
    most = endpoint.most or (context.max_bulk if streamed else context.max_body)
    if (told := sent.get("content-length", "")).isdecimal() and int(told[:20]) > most:
        raise _too_large(most)
    chunks = _chunks(request, most)
    if streamed:
        return Lines[Any](endpoint.line, lines.of_chunks(chunks))
    data = bytearray()
    async for chunk in chunks:
        data += chunk
    if endpoint.body is Raw:
        names = [*endpoint.hears, SIGNATURE] if endpoint.access.signed else endpoint.hears
        heard = {name.lower(): sent.get(name.lower(), "") for name in names}
        return Raw(bytes(data), media_type, heard)
    if endpoint.line is not None:
        elements = decode_elements(bytes(data), lines.MOST_ELEMENTS)
        return Lines[Any](endpoint.line, lines.of_elements(elements))
    return decode_body(bytes(data), endpoint.body)


async def _chunks(request: AnyRequest, most: int) -> AsyncIterator[bytes]:
    size, more = 0, True
    while more:
        message = await request.receive()
        if message["type"] != "http.request":
            raise HttpProblem(
                400, "incomplete", "The request is incomplete", "It ended before its body did."
            )
        more = message["more_body"]
        size += len(message["body"])
        if size > most:
            raise _too_large(most)
        yield message["body"]


def _media_type(endpoint: Endpoint, sent: dict[str, str]) -> str:
    header = sent.get("content-type", "")
    media_type, _, options = header.partition(";")
    media_type = media_type.strip().lower()
    foreign = "charset" in options.lower() and not UTF8.search(";" + options)
    encoded = sent.get("content-encoding", "identity").strip().lower() != "identity"
    if media_type not in endpoint.consumes or foreign or encoded:
        name = "Accept-Patch" if endpoint.method == "PATCH" else "Accept-Post"
        offered = ", ".join(endpoint.consumes)
        raise HttpProblem(
            415,
            "unsupported_media_type",
            "The body's media type is not supported",
            f"Send one of: {offered}; in UTF-8, without a content encoding.",
            {name: offered},
        )
    return media_type


def _too_large(most: int) -> HttpProblem:
    return HttpProblem(
        413, "content_too_large", "The body is too large", f"At most {most} bytes are read."
    )
