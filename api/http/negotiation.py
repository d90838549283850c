"""What the caller takes: media types and encodings (RFC 9110 section 12.5)."""

from __future__ import annotations

import gzip


def weights(header: str) -> dict[str, float]:
    """The weight of each name in an Accept or Accept-Encoding header, malformed ones left out."""
    found: dict[str, float] = {}
    for part in header.lower().split(","):
        name, *options = (piece.strip() for piece in part.split(";"))
        weight = next((option[2:] for option in options if option.startswith("q=")), "1")
        try:
            found[name] = float(weight)
        except ValueError:
            continue
    return found


def accepts(header: str | None, media_type: str) -> bool:
    """Whether an Accept header takes a media type: the most specific range decides."""
    if not header:
        return True
    wanted = weights(header)
    kind = media_type.partition("/")[0]
    for name in (media_type, f"{kind}/*", "*/*"):
        if name in wanted:
            return wanted[name] > 0
    return False


def wants_gzip(header: str | None) -> bool:
    """Whether an Accept-Encoding header asks for gzip."""
    wanted = weights(header or "")
    return wanted.get("gzip", wanted.get("*", 0.0)) > 0


def compressed(body: bytes) -> bytes:
    """The gzip of a body; the same bytes for the same body."""
    return gzip.compress(body, compresslevel=6, mtime=0)
