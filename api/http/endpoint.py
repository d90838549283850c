"""One declaration for each operation: its type hints say what goes in and what comes out."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct

from api.http.access import Access, public
from api.http.answers import Answers
from api.http.caching import Match
from api.http.context import Context
from api.http.lines import CONSUMES, NDJSON, Lines
from domain.call import Call

Handler = TypeVar("Handler", bound=Callable[..., Awaitable[Any]])

PARAMETER = re.compile(r"\{(\w+)\}")
JSON = ("application/json",)
PATCH = ("application/merge-patch+json", "application/json")


class Raw(Struct, frozen=True):
    """Bytes of another media type than JSON, in or out; with the headers that were asked for."""

    data: bytes
    media_type: str
    headers: dict[str, str] = {}


class Capability(Struct, frozen=True):
    """The one-time secret that was sent as the bearer."""

    secret: str


class Moved(Exception):
    """The resource is now at another path (308)."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location


class Endpoint(Struct, frozen=True):
    """One operation, as declared.

    `path_types` are the path parameters in order, `path_shape` the Struct of them; `query`, `body`
    and `result` are the declared types; `location` is a template over the result's fields; `leads`
    names operations that one calls next, with the result's fields of what the path does not say;
    `may_create` answers with 201 where the result says that it was `created`; `unseals` reads what
    is sealed, which takes the service's key; `hears` names the headers that come with the bytes of
    the body (and what they say), `most` how many bytes there may be (None: as the settings say);
    `documented` is false for what only serves the docs page; `operation_id` is the function's name,
    verb_noun.
    """

    method: str
    path: str
    tag: str
    access: Access
    function: Callable[..., Awaitable[Any]]
    operation_id: str
    summary: str
    description: str
    path_types: dict[str, Any]
    path_shape: type[Struct]
    query: type[Struct] | None
    body: Any
    result: Any
    status: int
    location: str | None
    leads: dict[str, dict[str, str]]
    consumes: tuple[str, ...]
    produces: tuple[str, ...]
    matches: bool
    creates: bool
    may_create: bool
    cached: bool
    moves: bool
    unseals: bool
    hears: dict[str, str]
    most: int | None
    documented: bool
    limited: bool
    wired: bool

    @property
    def open(self) -> bool:
        """Whether it is a read that needs no token."""
        return self.method == "GET" and self.access == public()

    @property
    def line(self) -> Any:
        """What each line of the body is, if it is `Lines`; None for any other body."""
        return get_args(self.body)[0] if get_origin(self.body) is Lines else None

    @property
    def answer(self) -> Any:
        """What each line of the answer is, if it is `Answers`; None for any other answer."""
        return get_args(self.result)[0] if get_origin(self.result) is Answers else None

    @property
    def litestar_path(self) -> str:
        """The path in Litestar's notation; decoding the text is ours."""
        return PARAMETER.sub(r"{\1:str}", self.path)


class Routes:
    """The operations of one noun. `known` is every operation of the service."""

    def __init__(
        self, tag: str, description: str, prefix: str = "/v1", *, limited: bool = True
    ) -> None:
        self.tag, self.description, self.prefix, self.limited = tag, description, prefix, limited
        self.endpoints: list[Endpoint] = []

    def get(self, path: str, access: Access, **options: Any) -> Callable[[Handler], Handler]:
        """Declare a read. `cached` public reads may be answered from the snapshot."""
        return self._declare("GET", path, access, **options)

    def post(self, path: str, access: Access, **options: Any) -> Callable[[Handler], Handler]:
        """Declare a POST; with `creates=True` it makes one thing and honours Idempotency-Key."""
        return self._declare("POST", path, access, **options)

    def put(self, path: str, access: Access, **options: Any) -> Callable[[Handler], Handler]:
        """Declare a PUT."""
        return self._declare("PUT", path, access, **options)

    def patch(self, path: str, access: Access, **options: Any) -> Callable[[Handler], Handler]:
        """Declare a PATCH, an RFC 7396 merge patch: absent means unchanged, null means none."""
        return self._declare("PATCH", path, access, consumes=PATCH, **options)

    def delete(self, path: str, access: Access, **options: Any) -> Callable[[Handler], Handler]:
        """Declare a DELETE."""
        return self._declare("DELETE", path, access, **options)

    def _declare(
        self,
        method: str,
        path: str,
        access: Access,
        *,
        status: int | None = None,
        creates: bool = False,
        location: str | None = None,
        leads: dict[str, dict[str, str]] | None = None,
        may_create: bool = False,
        consumes: tuple[str, ...] | None = None,
        produces: tuple[str, ...] | None = None,
        cached: bool = False,
        moves: bool = False,
        unseals: bool = False,
        hears: dict[str, str] | None = None,
        most: int | None = None,
        documented: bool = True,
    ) -> Callable[[Handler], Handler]:
        def declare(function: Handler) -> Handler:
            hints = get_type_hints(function, include_extras=True)
            result, body = hints.pop("return"), hints.get("body")
            summary, _, description = inspect.cleandoc(function.__doc__ or "").partition("\n")
            path_types = {name: hints[name] for name in PARAMETER.findall(path)}
            if cached and (method != "GET" or access != public()):
                raise TypeError(f"{function.__name__} is no public read: it cannot be cached")
            default = 201 if creates else 204 if result is type(None) else 200
            self.endpoints.append(
                Endpoint(
                    method=method,
                    path=self.prefix + path,
                    tag=self.tag,
                    access=access,
                    function=function,
                    operation_id=function.__name__,
                    summary=summary.rstrip("."),
                    description=" ".join(description.split()) or summary,
                    path_types=path_types,
                    path_shape=msgspec.defstruct("Path", list(path_types.items()), frozen=True),
                    query=hints.get("query"),
                    body=body,
                    result=result,
                    status=status or default,
                    location=location,
                    leads=leads or {},
                    consumes=consumes or (CONSUMES if get_origin(body) is Lines else JSON),
                    produces=produces or ((NDJSON,) if get_origin(result) is Answers else JSON),
                    matches=hints.get("match") is Match,
                    creates=creates,
                    may_create=may_create,
                    cached=cached,
                    moves=moves,
                    unseals=unseals,
                    hears=hears or {},
                    most=most,
                    documented=documented,
                    limited=self.limited,
                    wired=hints.get("context") is Context,
                )
            )
            expected = {"call", "query", "body", "match", "secret", "context"}
            if unknown := hints.keys() - expected - path_types.keys():
                raise TypeError(f"{function.__name__} takes unknown parameters: {unknown}")
            if hints.get("call") is not Call:
                raise TypeError(f"{function.__name__} does not take a Call")
            return function

        return declare
