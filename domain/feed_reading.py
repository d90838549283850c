"""Reads feeds: what others have published since the last look, and before."""

from __future__ import annotations

from datetime import date

import msgspec

from domain import apart
from domain.apart import GivenUp
from domain.call import Call
from domain.feed_process import Answered
from domain.fetching import Page
from domain.rules import feed_entries
from domain.rules.connectors import Feed, Read
from domain.rules.failures import Failure, LookFailed
from domain.rules.feeds import Document, Entry
from domain.rules.policy import Policy
from domain.store.connectors import Connector
from domain.store.programs import Program

PROCESS = "domain.feed_process"


async def read(
    call: Call,
    program: Program,
    policy: Policy,
    settings: Feed,
    connector: Connector,
    today: date,
) -> Read:
    """The entries of a feed, unless the other side says that they are those of the last look.

    `today` is a day in the program's time zone. Raises `LookFailed`, `DataKeyMissing` and
    `SealBroken`.
    """
    authorization = None
    if connector.secret is not None:
        authorization = call.vault.open(connector.secret, program.id, connector.source_id).decode()
    page = await call.fetcher.get(
        settings.url,
        etag=connector.etag,
        last_modified=connector.last_modified,
        authorization=authorization,
    )
    if page.unchanged:
        return Read(
            etag=page.etag or connector.etag,
            last_modified=page.last_modified or connector.last_modified,
            unchanged=True,
        )
    found = feed_entries.found(await entries(page), settings, policy.time_zone, today)
    if any(one.skipped == feed_entries.NOT_YET for one in found):
        # They count once their day has come, though the feed will say then that nothing is new.
        return Read(found)
    return Read(found, page.etag, page.last_modified)


async def entries(page: Page, *, seconds: float = apart.SECONDS) -> list[Entry]:
    """The entries of a page that is a feed. Raises `LookFailed`."""
    document = Document(page.body, page.url, page.charset)
    try:
        found = await apart.run(PROCESS, msgspec.msgpack.encode(document), seconds=seconds)
    except GivenUp:
        detail = "The feed takes too long to read: it is too large, or made to be."
        raise LookFailed(Failure.UNREADABLE, detail) from None
    answered = msgspec.msgpack.decode(found, type=Answered)
    if answered.refused is not None:
        raise LookFailed(Failure.UNREADABLE, answered.refused)
    return answered.entries
