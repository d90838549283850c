"""The outermost layer, plain ASGI: request ids, traces, metrics, the log, CORS, HEAD, snapshot."""

from __future__ import annotations

import logging
import re
import time
from typing import Any

from litestar.types import ASGIApp, Receive, Scope, Send
from opentelemetry import propagate, trace
from uuid_utils.compat import uuid7

from api.http import cors, metrics, problems
from api.http.addresses import Network, client_address
from api.http.caching import Ready
from api.http.cors import Cors
from api.http.negotiation import accepts
from api.http.request import KEY, RequestState, headers_of
from api.http.snapshot import Snapshot
from domain.errors import NotFound

log = logging.getLogger("chancery.access")
tracer = trace.get_tracer("chancery")

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}\Z")
READS = ("GET", "HEAD")


class Front:
    """Wraps the Litestar application; serves under any ASGI server."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        snapshot: Snapshot,
        cors: Cors,
        trusted: tuple[Network, ...],
    ) -> None:
        self.app, self.snapshot, self.cors, self.trusted = app, snapshot, cors, trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000, "reason": "There are none here."})
        else:
            await self.app(scope, receive, send)

    async def _serve(self, scope: Any, receive: Receive, send: Send) -> None:
        state = self._state(scope)
        scope[KEY] = state
        method: str = scope["method"]
        answer = _Answer(send, state, self.cors, method)
        started = time.perf_counter()
        context = propagate.extract(state.sent)
        try:
            with tracer.start_as_current_span(
                method, context=context, kind=trace.SpanKind.SERVER
            ) as span:
                await self._guarded(scope, receive, answer)
                span.update_name(f"{method} {state.route}")
                span.set_attribute("http.response.status_code", answer.status)
        finally:
            took = time.perf_counter() - started
            metrics.observe(method, state.route, answer.status, took)
            told = {
                "request_id": state.request_id,
                "method": method,
                "path": scope["path"],
                "status": answer.status,
                "ms": round(took * 1000, 1),
            }
            log.info("request", extra=told)

    def _state(self, scope: Any) -> RequestState:
        sent = headers_of(scope)
        given = sent.get("x-request-id", "")
        return RequestState(
            request_id=given if REQUEST_ID.match(given) else uuid7().hex,
            address=client_address(scope, sent, self.trusted),
            sent=sent,
            open=_open(scope["method"], sent),
        )

    async def _guarded(self, scope: Any, receive: Receive, answer: _Answer) -> None:
        try:
            await self._answer(scope, receive, answer)
        except Exception as error:
            # The last line of defence: a defect becomes a problem, not a hang-up.
            log.exception("unhandled", extra={"request_id": answer.state.request_id})
            if answer.status:
                raise
            await answer.whole(_problem(error, answer.state.request_id))

    async def _answer(self, scope: Any, receive: Receive, answer: _Answer) -> None:
        state = answer.state
        if cors.is_preflight(scope["method"], state.sent):
            await answer.whole(Ready(204, cors.preflight()))
        elif _ambiguous(scope):
            nothing = NotFound("There is nothing at this path.")
            await answer.whole(_problem(nothing, state.request_id))
        elif (ready := self._ready(scope, state.sent)) is not None:
            state.route = "snapshot"
            await answer.whole(ready.for_condition(state.sent.get("if-none-match")))
        elif scope["method"] == "HEAD":
            await self.app({**scope, "method": "GET"}, receive, answer)  # pyright: ignore[reportArgumentType] -- the scope is Any here
        else:
            await self.app(scope, receive, answer)

    def _ready(self, scope: Any, sent: dict[str, str]) -> Ready | None:
        if scope["method"] not in READS or "authorization" in sent:
            return None
        ready = self.snapshot.find(scope)
        return ready if ready and accepts(sent.get("accept"), ready.media_type) else None


class _Answer:
    """Sends an answer with the headers that every answer has; HEAD answers lose their body."""

    def __init__(self, send: Send, state: RequestState, cors: Cors, method: str) -> None:
        self.send, self.state, self.cors = send, state, cors
        self.bodiless = method == "HEAD"
        self.status = 0

    async def __call__(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            state = self.state
            extra = {"x-request-id": state.request_id, "x-content-type-options": "nosniff"}
            extra |= state.headers
            extra |= self.cors.headers(state.sent.get("origin"), open_=state.open)
            headers = [*message["headers"]]
            if self.status in (204, 304):  # RFC 9110: no length of a body that there is not
                headers = [(k, v) for k, v in headers if k.lower() != b"content-length"]
            headers += [(k.lower().encode(), v.encode("latin-1")) for k, v in extra.items()]
            message = {**message, "headers": headers}
        elif message["type"] == "http.response.body" and self.bodiless:
            message = {**message, "body": b""}
        await self.send(message)

    async def whole(self, ready: Ready) -> None:
        """Send an answer that is there already."""
        headers = [*ready.headers, (b"content-length", str(len(ready.body)).encode())]
        await self({"type": "http.response.start", "status": ready.status, "headers": headers})
        await self({"type": "http.response.body", "body": ready.body})


def _open(method: str, sent: dict[str, str]) -> bool:
    """Whether any origin may read the answer, as far as is known before the path is looked at."""
    if method == "OPTIONS":
        return sent.get("access-control-request-method") in READS
    return method in READS and "authorization" not in sent


def _ambiguous(scope: Any) -> bool:
    """Whether a path is spelled so that a router may take it for another one."""
    path: str = scope["path"]
    raw: bytes = scope.get("raw_path") or b""
    return "//" in path or (path.endswith("/") and path != "/") or b"%2f" in raw.lower()


def _problem(error: Exception, request_id: str) -> Ready:
    failure = problems.failure_of(error)
    headers = {"content-type": problems.MEDIA_TYPE, "cache-control": "no-store"} | failure.headers
    return Ready(
        failure.status,
        [(k.lower().encode(), v.encode("latin-1")) for k, v in headers.items()],
        problems.document(failure, request_id),
    )
