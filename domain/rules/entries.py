"""What a connector has found, held to the limits that what is posted is held to."""

from __future__ import annotations

import re
from collections.abc import Iterator

from domain.errors import Fault, Invalid
from domain.rules.connectors import Found
from domain.rules.contributions import Draft

KEY = re.compile(r"[A-Za-z0-9._:-]{1,255}")
LINE = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]*")
TEXT = re.compile(r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]*")
URL = re.compile(r"https?://[^\s\x00-\x20\x7f<>\"\ud800-\udfff]+")
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
COUNTRY = re.compile(r"[A-Z]{2}")
TAG = re.compile(r"[^\x00-\x20\x7f]([^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?")

MOST_PEOPLE = 50
MOST_LINKS = 20
MOST_TAGS = 20


def check(found: Found) -> None:
    """Raise `Invalid`, with a fault for each place, where a post would be refused as well.

    The limits are those of `putContribution` for the key and the texts; types, dates and people are
    judged as those of every post.
    """
    if found.draft is None:
        return
    if faults := list(_faults(found.key, found.draft)):
        raise Invalid(faults[0].detail, *faults)


def _faults(key: str, draft: Draft) -> Iterator[Fault]:
    if KEY.fullmatch(key) is None:
        yield _fault("/key", "Its key must have 1 to 255 letters, digits and any of `._:-`.")
    if not 3 <= len(draft.title) <= 200 or LINE.fullmatch(draft.title) is None:
        yield _fault("/title", "Its title must be one line of 3 to 200 characters.")
    if draft.description is not None and not _short(TEXT, draft.description, 2000):
        yield _fault("/description", "Its description must be text of at most 2000 characters.")
    if draft.url is not None and not _short(URL, draft.url, 2000):
        yield _fault("/url", "Its address must be an http or https URL.")
    if len(draft.evidence) > MOST_LINKS or not all(_short(URL, u, 2000) for u in draft.evidence):
        yield _fault("/evidence", "Its evidence must be at most 20 http or https URLs.")
    if draft.language is not None and not _short(LANGUAGE, draft.language, 35):
        yield _fault("/language", "Its language must be a tag such as `en` or `pt-BR`.")
    if draft.country is not None and COUNTRY.fullmatch(draft.country) is None:
        yield _fault("/country", "Its country must be two capital letters (ISO 3166-1).")
    if len(draft.tags) > MOST_TAGS or not all(_short(TAG, tag, 50) for tag in draft.tags):
        yield _fault("/tags", "It must have at most 20 tags of at most 50 characters.")
    if not 1 <= len(draft.participants) <= MOST_PEOPLE:
        yield _fault("/participants", "It must have been done by 1 to 50 people.")


def _short(pattern: re.Pattern[str], text: str, most: int) -> bool:
    return len(text) <= most and pattern.fullmatch(text) is not None


def _fault(pointer: str, detail: str) -> Fault:
    return Fault("entry", detail, pointer=pointer)
