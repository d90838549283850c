"""ETags and conditional requests: what need not be sent again, and what may be overwritten."""

from __future__ import annotations

import hashlib
import re

from msgspec import Struct

from domain.errors import VersionMismatch

PUBLIC = "public, max-age=60, stale-while-revalidate=600"
PRIVATE = "private, no-cache"

TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
VERSION = re.compile(r"[0-9]{1,10}")


class Ready(Struct, frozen=True):
    """An answer as bytes, ready to be sent again and again; header names are in lower case."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes = b""
    etag: str | None = None
    media_type: str = ""

    def for_condition(self, if_none_match: str | None) -> Ready:
        """This answer, or 304 when the caller has it already."""
        if self.etag is None or self.status != 200 or not not_modified(if_none_match, self.etag):
            return self
        kept = [(k, v) for k, v in self.headers if k in (b"etag", b"cache-control", b"vary")]
        return Ready(304, kept)


def entity_tag(body: bytes, version: int | None, *, gzipped: bool) -> str:
    """A strong ETag: the version (of one record), the content (so also the view), the encoding."""
    content = hashlib.sha256(body).hexdigest()[:16]
    parts = [content] if version is None else [str(version), content]
    return '"' + ".".join([*parts, "gzip"] if gzipped else parts) + '"'


def not_modified(if_none_match: str | None, etag: str) -> bool:
    """Whether If-None-Match names the ETag; by weak comparison, as RFC 9110 says."""
    if if_none_match is None:
        return False
    if if_none_match.strip() == "*":
        return True
    return any(f'"{tag}"' == etag for _, tag in TAG.findall(if_none_match))


class Match(Struct, frozen=True):
    """The versions that an If-Match header allows; None means that any will do."""

    versions: frozenset[int] | None

    def check(self, version: int) -> None:
        """Raise `VersionMismatch` unless the record's version is among them."""
        if self.versions is not None and version not in self.versions:
            raise VersionMismatch(f"The resource is at version {version} now; read it again.")


def parse_match(if_match: str | None) -> Match:
    """The versions named by If-Match; weak tags and foreign ones match nothing."""
    if if_match is None or if_match.strip() == "*":
        return Match(None)
    found = (tag.partition(".")[0] for weak, tag in TAG.findall(if_match) if not weak)
    return Match(frozenset(int(text) for text in found if VERSION.fullmatch(text)))
