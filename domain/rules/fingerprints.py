"""Whether two records may be of one contribution: fingerprints of its words and its address."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import date
from hashlib import blake2b
from string import ascii_letters, digits
from unicodedata import normalize

import ada_url

from domain.rules.members import Precision

# Parameters that say how a reader got there, never what is read. `ref`, `source` and the like are
# not here: elsewhere they name branches and files.
_CAMPAIGN = ("utm_", "mtm_", "hsa_")
# fmt: off
_TRACKING = {
    "__hsfp", "__hssc", "__hstc", "_ga", "_gl", "_hsenc", "_hsmi", "dclid", "epik",
    "fb_action_ids", "fb_action_types", "fbclid", "gbraid", "gclid", "gclsrc", "hsctatracking",
    "igsh", "igshid", "li_fat_id", "mc_cid", "mc_eid", "mkt_tok", "msclkid", "oly_anon_id",
    "oly_enc_id", "pk_campaign", "pk_content", "pk_keyword", "pk_kwd", "pk_medium", "pk_source",
    "ref_src", "ref_url", "srsltid", "ttclid", "twclid", "vero_id", "wbraid", "yclid",
}
# fmt: on
_TRACKING_AT = {
    "instagram.com": {"img_index"},
    "linkedin.com": {"lipi", "originalSubdomain", "rcm", "trackingId", "trk"},
    "medium.com": {"source"},
    "meetup.com": {"_xtd", "eventOrigin", "recId", "recSource", "searchId"},
    "open.spotify.com": {"si"},
    "x.com": {"s", "t"},
    "youtu.be": {"feature", "si", "t"},
    "youtube.com": {"ab_channel", "feature", "pp", "si", "t"},
}
_ALIASES = {
    "m.youtube.com": "youtube.com",
    "mobile.twitter.com": "x.com",
    "mobile.x.com": "x.com",
    "music.youtube.com": "youtube.com",
    "twitter.com": "x.com",
    "youtube-nocookie.com": "youtube.com",
}

_PARTS = re.compile(r"https?://(?:[^/?#]*@)?(\[[^]]*]|[^:/?#]+)(:\d+)?([^?#]*)\??([^#]*)(#.*)?")
_ID = re.compile(r"[A-Za-z0-9_-]+")
_VIDEO = re.compile(r"/(?:embed|live|shorts|v)/(?!(?:videoseries|live_stream)$)([A-Za-z0-9_-]+)")


def normalized(url: str) -> str:
    """The one spelling of an address; a text that is no http or https address stays as it is.

    Read as browsers read it (WHATWG URL), then, by our own choice (docs/decisions/0008): always
    `https`; no credentials, `www.`, port 80 or 443, slash at the end or tracking parameters; the
    query sorted; a fragment only where it is a route (`#/talks`, `#!talks`); `%XX` only where the
    character itself would mean something else; one address for each video at YouTube, one host for
    X. Never raises.
    """
    try:
        href = ada_url.normalize_url(url)
    except ValueError:
        return url
    parts = _PARTS.fullmatch(href)
    if parts is None:
        return url
    written, port, path, query, fragment = parts.groups()
    host = _host(written)
    path = _in_path(path).rstrip("/")
    pairs = _pairs(query, _TRACKING_AT.get(host, ())) if query else []
    if host in {"youtube.com", "youtu.be"} and (video := _video(host, path, pairs)):
        return f"https://youtube.com/watch?v={video}"
    address = f"https://{host}"
    if port and port not in {":80", ":443"}:
        address += port
    address += path
    if pairs:
        address += "?" + "&".join(pairs)
    if fragment and fragment.startswith(("#/", "#!")) and fragment.strip("#!/"):
        address += fragment.rstrip("/")
    return address


def fingerprints(
    type: str, title: str, occurred_on: date, precision: Precision, url: str | None
) -> tuple[bytes, ...]:
    """What two contributions of one person share when they may be the same: 16 bytes each.

    Equal type, title and date, or equal address (issue 3, "Duplicates"). Titles are compared
    without regard to case, width and spaces, dates at the precision in which they were given. The
    one of the details comes first, that of the address second, if there is one.
    """
    # Folding can undo the normal form, so that it is made again.
    folded = normalize("NFKC", normalize("NFKC", title).casefold())
    # No part holds a line break, so that no two details are written alike.
    details = f"{type}\n{' '.join(folded.split())}\n{occurred_on.isoformat()}\n{precision}"
    first = _digest(b"details", details)
    return (first,) if url is None else (first, _digest(b"url", normalized(url)))


def _digest(kind: bytes, text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16, person=kind).digest()


def _host(host: str) -> str:
    # Not so with an empty label before the dot: "1.." would become a number, "." nothing at all.
    if host[-1] == "." and host[-2:-1] not in {"", "."}:
        host = host[:-1]
    while host.startswith("www.") and "." in host[5:]:
        host = host[4:]
    return _ALIASES.get(host, host)


def _escaper(odd: str, literal: Collection[str]) -> Callable[[str], str]:
    """How one part of an address escapes: what is `odd`, unless it may stand there `literal`ly."""
    # The lookbehind instead of an alternative: what is not odd is passed over twice as fast.
    pattern = re.compile(odd + "(?:(?<=%)[0-9A-Fa-f]{2})?")

    def one(found: re.Match[str]) -> str:
        text = found[0]
        code = ord(text) if len(text) == 1 else int(text[1:], 16)
        return chr(code) if chr(code) in literal else f"%{code:02X}"

    def escape(part: str) -> str:
        return pattern.sub(one, part)

    return escape


# RFC 3986 and WHATWG let these stand in any part, escaped or not, and servers read both alike.
_PLAIN = frozenset(ascii_letters + digits + "-._~!$'()*,:@")
_in_path = _escaper(r"[^A-Za-z0-9._~!$'()*,:@/&=+;-]", _PLAIN | set("&=+;"))
_in_query = _escaper(r"[^A-Za-z0-9._~!$'()*,:@/?&=-]", _PLAIN | set("/?"))


def _pairs(query: str, tracking: Collection[str]) -> list[str]:
    pairs: list[str] = []
    # In a query, and only there, a plus is a space (as forms write it).
    for pair in _in_query(query.replace("+", "%20")).split("&"):
        name, _, value = pair.partition("=")
        key = name.lower()
        if key in _TRACKING or name in tracking or key.startswith(_CAMPAIGN):
            continue
        if "=" in value:
            pairs.append(f"{name}={value.replace('=', '%3D')}")
        elif value or name:
            pairs.append(pair if value else name)
    pairs.sort()
    return pairs


def _video(host: str, path: str, pairs: list[str]) -> str | None:
    """The id of a video at YouTube, however its address is written."""
    if path == "/watch":
        ids = [pair[2:] for pair in pairs if pair.startswith("v=")]
        return ids[0] if ids and _ID.fullmatch(ids[0]) else None
    found = _ID.fullmatch(path[1:]) if host == "youtu.be" else _VIDEO.fullmatch(path)
    return found[found.re.groups] if found else None
