"""Connections to others' servers: to the very address that was checked, under the name's rights."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import TYPE_CHECKING

import ada_url

from domain.rules.failures import Failure, LookFailed
from domain.rules.public_addresses import is_public, unwrapped

if TYPE_CHECKING:
    import httpx

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a name, for a port; raises OSError or UnicodeError where there are none."""

PORTS = {"http:": 80, "https:": 443}


class FetchFailed(LookFailed):
    """The other side did not answer with a page."""


async def resolved(host: str, port: int) -> Sequence[str]:
    """The addresses of a name by the system's own means, in its order of preference."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


async def permitted(
    url: ada_url.URL, allowed: Collection[IPv4Network | IPv6Network], resolve: Resolve
) -> list[str]:
    """The addresses of a URL's host, each public or in one of the `allowed` networks.

    Raises `FetchFailed` when it has none, or one that may not be reached: then none of them is.
    """
    host = url.hostname.strip("[]")
    try:
        found = [ip_address(one) for one in await resolve(host, _port(url))]
    except (OSError, UnicodeError):
        found = []
    if not found:
        raise FetchFailed(Failure.NAME, f"There is no server by the name of {shown(url)}.")
    for address in found:
        plain = unwrapped(address)
        if not is_public(address) and not any(plain in network for network in allowed):
            # Which address it is would tell what is inside.
            raise FetchFailed(
                Failure.NOT_PUBLIC,
                f"{shown(url)} is not on the public Internet. Whoever runs Chancery can open a "
                "network of their own (CHANCERY_FETCH_ALLOW).",
            )
    return list(dict.fromkeys(str(address) for address in found))


@asynccontextmanager
async def opened(
    url: ada_url.URL,
    addresses: Sequence[str],
    headers: Mapping[str, str],
    *,
    trust: Callable[[], ssl.SSLContext],
    connect_seconds: float,
) -> AsyncGenerator[httpx.Response]:
    """A GET's answer, as its head arrives, from the first of these addresses that takes it.

    The name stays what the server is asked for and what its certificate is judged by. Raises
    `FetchFailed`, also while the body is read.
    """
    import httpx

    # A transport alone: no cookies, no redirects and no proxies that the environment names.
    context = trust() if url.protocol == "https:" else False
    began = False
    try:
        async with httpx.AsyncHTTPTransport(verify=context, trust_env=False) as transport:
            response = await _first(
                transport, [_request(url, one, headers, connect_seconds) for one in addresses]
            )
            began = True
            try:
                yield response
            finally:
                await response.aclose()
    except httpx.ConnectTimeout:
        raise FetchFailed(
            Failure.TIMEOUT, f"{shown(url)} cannot be reached within {connect_seconds:g} seconds."
        ) from None
    except httpx.TransportError as error:
        raise _failure(url, error, began=began) from None
    except httpx.InvalidURL:
        detail = f"The address at {shown(url)} is too long."
        raise FetchFailed(Failure.ADDRESS, detail) from None


async def _first(
    transport: httpx.AsyncHTTPTransport, requests: Sequence[httpx.Request]
) -> httpx.Response:
    import httpx

    *others, last = requests
    for request in others:
        try:
            return await transport.handle_async_request(request)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            continue
    return await transport.handle_async_request(last)


def _request(
    url: ada_url.URL, address: str, headers: Mapping[str, str], connect_seconds: float
) -> httpx.Request:
    import httpx

    # How long all of it may take is the caller's affair.
    timeout = httpx.Timeout(None, connect=connect_seconds)
    return httpx.Request(
        "GET",
        httpx.URL(
            scheme=url.protocol[:-1],
            host=address,
            port=_port(url),
            raw_path=(url.pathname + url.search).encode(),
        ),
        headers={"host": url.host, **headers},
        extensions={
            "sni_hostname": url.hostname.strip("[]").rstrip("."),
            "timeout": timeout.as_dict(),
        },
    )


def _failure(url: ada_url.URL, error: httpx.TransportError, *, began: bool) -> FetchFailed:
    import httpx

    below: BaseException | None = error
    while below is not None:
        if isinstance(below, ssl.SSLCertVerificationError):
            detail = f"The certificate of {shown(url)} is not valid for it."
            return FetchFailed(Failure.TLS, detail)
        if isinstance(below, ssl.SSLError):
            detail = f"No secure connection to {shown(url)} can be made."
            return FetchFailed(Failure.TLS, detail)
        below = below.__cause__ or below.__context__
    if began:
        return FetchFailed(Failure.CUT_OFF, f"{shown(url)} broke off in the middle of its answer.")
    if isinstance(error, httpx.ConnectError):
        return FetchFailed(Failure.NO_ANSWER, f"Nobody answers at {shown(url)}.")
    return FetchFailed(
        Failure.NO_ANSWER, f"{shown(url)} does not answer as a server of web pages does."
    )


def shown(url: ada_url.URL) -> str:
    """The host of a URL, for people: the rest of it may be somebody's secret."""
    return url.host[:253]


def _port(url: ada_url.URL) -> int:
    return int(url.port) if url.port else PORTS[url.protocol]
