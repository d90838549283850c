"""Fetches what others publish, without being led to what is not public or held up for long."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from importlib.metadata import version
from ipaddress import IPv4Network, IPv6Network
from typing import TYPE_CHECKING

import ada_url
from msgspec import Struct

from domain.connections import FetchFailed, Resolve, opened, permitted, resolved, shown
from domain.rules.failures import Failure
from domain.rules.inflating import ENCODINGS, Inflater, NotInflatable, TooLong

if TYPE_CHECKING:
    import httpx

__all__ = ["PUBLIC_ONLY", "FetchFailed", "Fetcher", "Limits", "Page"]

REDIRECTS = (301, 302, 303, 307, 308)

REFUSALS = {
    401: (Failure.REFUSED, "wants to know who asks (401): it may need an authorization"),
    403: (Failure.REFUSED, "does not let us in (403)"),
    404: (Failure.NOT_FOUND, "has no such page (404)"),
    410: (Failure.GONE, "says that the page is gone for good (410)"),
    429: (Failure.TOO_MANY_REQUESTS, "wants to be asked less often (429)"),
}

_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([A-Za-z0-9][A-Za-z0-9._:-]{0,39})", re.IGNORECASE)
_MEDIA_TYPE = re.compile(r"\s*([A-Za-z0-9!#$&^_.+-]{1,100}/[A-Za-z0-9!#$&^_.+-]{1,100})\s*(?:;|$)")
_VALIDATOR = re.compile(r"[ -~]{1,500}")


class Limits(Struct, frozen=True):
    """How much one fetch may take: `seconds` in all with redirects, `bytes` after decompression."""

    bytes: int = 10 * 1024 * 1024
    seconds: float = 30
    connect_seconds: float = 10
    redirects: int = 5


class Page(Struct, frozen=True):
    """What was answered: 200 with a body, or 304 without one.

    `url` is where it was found in the end. `content_type` is in lower case, without parameters.
    """

    status: int
    url: str
    body: bytes
    content_type: str | None
    charset: str | None
    etag: str | None
    last_modified: str | None

    @property
    def unchanged(self) -> bool:
        """Whether the other side says that nothing is new since what was sent with the request."""
        return self.status == 304


class Fetcher:
    """Gets pages over HTTP and HTTPS, only from addresses that are public or in `allowed`.

    Each name is looked up once, all its addresses are checked, and the connection goes to one of
    those: what the name means a moment later changes nothing. So again on each redirect. Proxies
    of the environment are not used, and cookies not kept.
    """

    def __init__(
        self,
        allowed: Collection[IPv4Network | IPv6Network] = (),
        limits: Limits | None = None,
        *,
        resolve: Resolve = resolved,
        trust: Callable[[], ssl.SSLContext] | None = None,
    ) -> None:
        self._allowed, self._limits = tuple(allowed), limits or Limits()
        self._resolve, self._trust = resolve, trust or _authorities

    async def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        authorization: str | None = None,
    ) -> Page:
        """The page at an address. Raises `FetchFailed`.

        `etag` and `last_modified` are those of the page as it is known: unchanged, it is answered
        with 304 and not sent again. `authorization` (a whole header value) goes to the address's
        own origin alone.
        """
        headers = {
            "accept": "*/*",
            "accept-encoding": ", ".join(ENCODINGS),
            "user-agent": f"Chancery/{version('chancery')}",
        }
        if etag is not None:
            headers["if-none-match"] = etag
        if last_modified is not None:
            headers["if-modified-since"] = last_modified
        start = _address(url)
        try:
            async with asyncio.timeout(self._limits.seconds):
                return await self._follow(start, headers, authorization)
        except TimeoutError:
            raise FetchFailed(
                Failure.TIMEOUT,
                f"{shown(start)} took longer than {self._limits.seconds:g} seconds.",
            ) from None

    async def _follow(
        self, start: ada_url.URL, headers: dict[str, str], authorization: str | None
    ) -> Page:
        here, seen = start, {start.href}
        for _ in range(self._limits.redirects + 1):
            sent = dict(headers)
            if authorization is not None and here.origin == start.origin:
                sent["authorization"] = authorization
            found = await self._ask(here, sent)
            if isinstance(found, Page):
                return found
            if found.href in seen:
                raise FetchFailed(Failure.REDIRECTS, f"{shown(start)} redirects in a circle.")
            seen.add(found.href)
            here = found
        raise FetchFailed(
            Failure.REDIRECTS,
            f"{shown(start)} redirects more than {self._limits.redirects} times.",
        )

    async def _ask(self, url: ada_url.URL, headers: Mapping[str, str]) -> Page | ada_url.URL:
        """The page, or where it is said to be."""
        addresses = await permitted(url, self._allowed, self._resolve)
        async with opened(
            url,
            addresses,
            headers,
            trust=self._trust,
            connect_seconds=self._limits.connect_seconds,
        ) as answer:
            conditional = "if-none-match" in headers or "if-modified-since" in headers
            match answer.status_code:
                case 200:
                    body = await self._body(url, answer)
                case 304 if conditional:
                    body = b""
                case status if status in REDIRECTS and "location" in answer.headers:
                    return _redirected(url, answer.headers["location"])
                case _:
                    raise _refusal(url, answer)
            return Page(
                status=answer.status_code,
                url=url.href,
                body=body,
                content_type=_media_type(answer),
                charset=_charset(answer),
                etag=_validator(answer, "etag"),
                last_modified=_validator(answer, "last-modified"),
            )

    async def _body(self, url: ada_url.URL, answer: httpx.Response) -> bytes:
        try:
            inflater = Inflater(answer.headers.get("content-encoding"), self._limits.bytes)
            async for piece in answer.aiter_raw():
                inflater.take(piece)
            return inflater.end()
        except TooLong:
            most = self._limits.bytes // 1024**2
            raise FetchFailed(
                Failure.TOO_LARGE, f"What {shown(url)} sends is longer than {most} MiB."
            ) from None
        except NotInflatable:
            raise FetchFailed(
                Failure.UNREADABLE,
                f"What {shown(url)} sends is damaged, or compressed in a way unknown to us.",
            ) from None


def _address(text: str, base: ada_url.URL | None = None) -> ada_url.URL:
    try:
        url = ada_url.URL(text, base.href if base else None)
    except ValueError:
        url = None
    if url is None or url.protocol not in ("http:", "https:"):
        where = f"{shown(base)} redirects to what" if base else "That"
        raise FetchFailed(Failure.ADDRESS, f"{where} is no http or https address.")
    if url.username or url.password:
        where = f"The address that {shown(base)} redirects to" if base else "The address"
        detail = f"{where} has a name or a password in it: an authorization is given by itself."
        raise FetchFailed(Failure.ADDRESS, detail)
    url.hash = ""
    return url


def _redirected(here: ada_url.URL, location: str) -> ada_url.URL:
    there = _address(location, here)
    if (here.protocol, there.protocol) == ("https:", "http:"):
        detail = f"{shown(here)} redirects from https to http, where anybody can listen."
        raise FetchFailed(Failure.REDIRECTS, detail)
    return there


def _refusal(url: ada_url.URL, answer: httpx.Response) -> FetchFailed:
    status = answer.status_code
    if status in REFUSALS:
        failure, words = REFUSALS[status]
    elif status >= 500:
        failure, words = Failure.STATUS, f"has trouble of its own ({status})"
    else:
        failure, words = Failure.STATUS, f"gives an answer that is no page ({status})"
    return FetchFailed(failure, f"{shown(url)} {words}.", retry_after=_retry_after(answer))


def _retry_after(answer: httpx.Response) -> timedelta | None:
    """How long to wait: as given in seconds, or as a time by the other side's own clock."""
    text = answer.headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return timedelta(seconds=int(text))
    try:
        until = parsedate_to_datetime(text)
        wait = until - parsedate_to_datetime(answer.headers.get("date", ""))
    except (TypeError, ValueError, OverflowError):
        return None
    return max(wait, timedelta(0))


def _media_type(answer: httpx.Response) -> str | None:
    found = _MEDIA_TYPE.match(answer.headers.get("content-type", ""))
    return found[1].lower() if found else None


def _charset(answer: httpx.Response) -> str | None:
    found = _CHARSET.search(answer.headers.get("content-type", ""))
    return found[1].lower() if found else None


def _validator(answer: httpx.Response, name: str) -> str | None:
    # What cannot be sent back as it came is as good as none.
    value = answer.headers.get(name, "")
    return value if _VALIDATOR.fullmatch(value) else None


@cache
def _authorities() -> ssl.SSLContext:
    import httpx

    # Also those that SSL_CERT_FILE names: an intranet has its own.
    return httpx.create_ssl_context()


PUBLIC_ONLY = Fetcher()
"""What fetches unless the settings allow more."""
