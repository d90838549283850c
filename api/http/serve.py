"""What happens around every handler: identify, check, decode, call, render."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, cast
from urllib.parse import quote

import msgspec
from litestar import Request, Response
from litestar.handlers import HTTPRouteHandler

from api.http import access, caching, paging, parameters, render
from api.http.answers import Answers, Sent
from api.http.bodies import read_body
from api.http.context import Context
from api.http.endpoint import Capability, Endpoint, Moved
from api.http.negotiation import accepts
from api.http.problems import HttpProblem
from api.http.request import RequestState, state_of
from domain.call import Call, Key
from domain.errors import Unauthenticated
from domain.rules.access import Actor

AnyRequest = Request[Any, Any, Any]

ANONYMOUS_KEY = 22
"""Characters; so many hold 128 random bits, if each of them is one of 64."""


def build(endpoint: Endpoint, context: Context) -> HTTPRouteHandler:
    """The Litestar handler of an endpoint."""

    async def handle(request: AnyRequest) -> Response[bytes]:
        return await serve(endpoint, context, request)

    return HTTPRouteHandler(
        endpoint.litestar_path,
        http_method=endpoint.method,  # pyright: ignore[reportArgumentType] -- a Literal of the same texts
        name=endpoint.operation_id,
        # The answer says its own; Litestar's default for DELETE (204) would allow no body.
        status_code=200,
        include_in_schema=False,
    )(handle)


async def serve(endpoint: Endpoint, context: Context, request: AnyRequest) -> Response[bytes]:
    """Answer one request."""
    state = state_of(request.scope)
    state.route, state.open = endpoint.path, endpoint.open and "authorization" not in state.sent
    # Noted before anything is read: an answer read before a change is never kept after it.
    at, changes = context.clock(), context.database.changes
    actor = await identify(endpoint, context, state, at)
    access.check(actor, endpoint.access, request.path_params.get("program"))
    accept(endpoint, state)
    arguments = await decode(endpoint, context, request)
    key = idempotency_key(endpoint, state, actor, arguments) if endpoint.creates else None
    call = Call(
        context.database,
        actor,
        at,
        state.request_id,
        key,
        context.seals,
        context.vault,
        context.fetcher,
    )
    try:
        result = await endpoint.function(call=call, **arguments)
    except Moved as moved:
        headers = {"Location": quote(moved.location, safe=render.RESERVED)}
        return Response(b"", status_code=308, headers=headers)
    except Unauthenticated:
        if endpoint.access.signed:
            await context.limits.admit_address(state, at, told=True)
        raise
    if isinstance(result, Answers):
        return Sent(cast(Answers[Any], result), endpoint.status, dict(render.UNSHARED))
    ready = await render.render(endpoint, request, result, shared=actor.anonymous)
    if endpoint.cached and actor.anonymous:
        context.snapshot.keep(request.scope, ready, changes=changes, at=at)
    if endpoint.method == "GET":
        ready = ready.for_condition(state.sent.get("if-none-match"))
    return render.response(ready)


async def identify(
    endpoint: Endpoint, context: Context, state: RequestState, at: datetime
) -> Actor:
    """The actor, counted against the limits: whoever has no good token counts by address.

    What is signed counts only once its signature is found to be bad: many organizations' webhooks
    come from the same few addresses, and none of them may use up what the others need.
    """
    if not endpoint.limited or endpoint.access.signed:
        return await access.identify(state.sent, context.database, endpoint.access, at)
    try:
        actor = await access.identify(state.sent, context.database, endpoint.access, at)
    except Unauthenticated:
        await context.limits.admit_address(state, at, told=True)
        raise
    if actor.anonymous and endpoint.creates and not endpoint.access.capability:
        await context.limits.admit_submission(state, at)
    elif actor.token_id is None:
        await context.limits.admit_address(state, at, told=not endpoint.cached)
    else:
        await context.limits.admit_token(state, actor.token_id, at)
    return actor


def accept(endpoint: Endpoint, state: RequestState) -> None:
    """Refuse (406) a caller who takes none of the media types that are offered."""
    header = state.sent.get("accept")
    if endpoint.status == 204 or any(accepts(header, offered) for offered in endpoint.produces):
        return
    raise HttpProblem(
        406,
        "not_acceptable",
        "None of the accepted media types is offered",
        f"Offered are: {', '.join(endpoint.produces)}.",
    )


async def decode(endpoint: Endpoint, context: Context, request: AnyRequest) -> dict[str, Any]:
    """The handler's arguments, but for the call."""
    arguments = parameters.decode_path(request.path_params, endpoint.path_shape)
    query = parameters.decode_query(
        request.scope["query_string"], endpoint.query or parameters.Nothing
    )
    if endpoint.query is not None:
        arguments["query"] = query
    if isinstance(query, paging.PageQuery):
        paging.bind(endpoint.operation_id, request.path_params)
    state = state_of(request.scope)
    if endpoint.body is not None:
        arguments["body"] = await read_body(endpoint, context, request)
    if endpoint.matches:
        arguments["match"] = caching.parse_match(state.sent.get("if-match"))
    if endpoint.wired:
        arguments["context"] = context
    if endpoint.access.capability:
        arguments["secret"] = Capability(access.bearer(state.sent) or "")
    return arguments


def idempotency_key(
    endpoint: Endpoint, state: RequestState, actor: Actor, arguments: dict[str, Any]
) -> Key | None:
    """The Idempotency-Key of a creating request (quoted, as the draft says, or bare)."""
    header = state.sent.get("idempotency-key")
    if header is None:
        return None
    key = header[1:-1] if len(header) > 2 and header[0] == header[-1] == '"' else header
    if not (1 <= len(key) <= 255 and key.isascii() and key.isprintable()):
        raise parameters.refused("Idempotency-Key", "Expected 1 to 255 printable ASCII characters.")
    caller = str(actor.account_id or "anonymous")
    if actor.anonymous and "secret" not in arguments and len(key) < ANONYMOUS_KEY:
        # Whoever knows the key of somebody without a token is given what that one was given.
        detail = f"Expected at least {ANONYMOUS_KEY} random characters, as no token is sent."
        raise parameters.refused("Idempotency-Key", detail)
    if "secret" in arguments:
        caller = hashlib.sha256(arguments["secret"].secret.encode()).hexdigest()
    said = {name: value for name, value in arguments.items() if name not in ("secret", "context")}
    digest = hashlib.sha256(msgspec.json.encode(said, order="sorted")).digest()
    return Key(f"{caller}:{endpoint.operation_id}", key, digest)
