"""The address of a caller, as far as the proxies in front can be trusted."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

Network = IPv4Network | IPv6Network

WITH_PORT = re.compile(r"\[(?P<six>[^\]]+)\](?::\d+)?|(?P<four>[\d.]+):\d+")


def client_address(scope: Any, headers: dict[str, str], trusted: tuple[Network, ...]) -> str:
    """The last address in X-Forwarded-For that no trusted proxy has; the peer's own otherwise.

    Of an IPv6 address the network (/64): whoever has one address of it has them all.
    """
    client = scope.get("client")
    peer: str = client[0] if client else "unknown"
    hops = [hop.strip() for hop in headers.get("x-forwarded-for", "").split(",") if hop.strip()]
    while hops and _is_trusted(peer, trusted):
        peer = hops.pop()
    found = _address(peer)
    if isinstance(found, IPv6Address):
        return str(IPv6Network((found, 64), strict=False))
    return str(found or peer[:64])


def _is_trusted(text: str, trusted: tuple[Network, ...]) -> bool:
    address = _address(text)
    return address is not None and any(address in network for network in trusted)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    port = WITH_PORT.fullmatch(text)
    try:
        found = ip_address((port["six"] or port["four"]) if port else text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found
