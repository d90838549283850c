"""How the text of an environment variable becomes a value, and what to tell who got it wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct


class Kind(Struct, frozen=True):
    """A parser that raises ValueError, and what it expects in words; `many` gives "" a meaning."""

    parse: Callable[[str], object]
    expected: str
    many: bool = False


def whole(least: int, most: int) -> Kind:
    """A whole number in plain digits, with both bounds allowed."""

    def parse(text: str) -> int:
        # int() alone would also take "1_000", "+5" and the digits of other scripts.
        if not re.fullmatch(r"[0-9]{1,12}", text) or not least <= int(text) <= most:
            raise ValueError
        return int(text)

    return Kind(parse, f"a whole number from {least} to {most}")


def choice(*options: str) -> Kind:
    """One of some words, in any case."""

    def parse(text: str) -> str:
        return options[options.index(text.lower())]

    return Kind(parse, f"one of {', '.join(options)}")


def _word(text: str) -> str:
    if not re.fullmatch(r"[!-~]+", text):
        raise ValueError
    return text


def _folder(text: str) -> Path:
    try:
        path = Path(text).expanduser()
    except RuntimeError as unknown_user:
        raise ValueError from unknown_user
    if not path.is_absolute() or "\0" in text:
        raise ValueError
    return path


def _postgres_url(text: str) -> str:
    parts = urlsplit(_word(text))
    # A host may stand in the query (a socket folder), so only the scheme and a port are checked.
    if parts.scheme not in ("postgresql", "postgres") or "://" not in text:
        raise ValueError
    if "," not in parts.netloc:
        _ = parts.port
    return text


def _web_url(text: str) -> str:
    parts = urlsplit(_word(text))
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError
    _ = parts.port
    return text.rstrip("/")


def _contact(text: str) -> str:
    if not re.fullmatch(r"(mailto:[^@\s]+@[^@\s]+|https://[^\s/]+\S*|tel:\+?[0-9-]+)", text):
        raise ValueError
    return text


def _origin(text: str) -> str:
    if text == "*":
        return text
    parts = urlsplit(_web_url(text))
    if parts.path or parts.username is not None:
        raise ValueError
    # Browsers send an origin in lower case, and it is compared as text.
    return text.rstrip("/").lower()


def _network(text: str) -> IPv4Network | IPv6Network:
    return ip_network(text)


def key(text: str) -> str:
    """One key: 32 bytes in URL-safe base64."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{43}=", text):
        raise ValueError
    return text


def keys(command: str) -> Kind:
    """Keys as this command prints them; the first one seals, each opens."""
    return Kind(_several(key), f"keys of `chancery {command}`, with commas between")


def _several(item: Callable[[str], object]) -> Callable[[str], tuple[object, ...]]:
    def parse(text: str) -> tuple[object, ...]:
        return tuple(item(part.strip()) for part in text.split(",")) if text else ()

    return parse


NETWORKS = Kind(_several(_network), "networks such as 10.0.0.0/8, with commas between", many=True)
ORIGINS = Kind(
    _several(_origin),
    "* or origins such as https://example.org, with commas between",
    many=True,
)
FOLDER = Kind(_folder, "an absolute path")
WORD = Kind(_word, "visible ASCII characters without spaces")
POSTGRES_URL = Kind(_postgres_url, "postgresql://role:password@host:5432/database")
WEB_URL = Kind(_web_url, "an http:// or https:// address without query")
CONTACT = Kind(_contact, "an address that begins with mailto:, https: or tel:")
