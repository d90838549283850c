"""Sources: where tools' contributions come from, how far each is believed, who may write there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import asdict

from domain import audit, connector_settings, events, policies, programs
from domain.call import Call, Transaction, reading, transaction
from domain.connector_settings import ConnectorDraft
from domain.errors import Fault, Forbidden, InvalidReference, NotFound
from domain.programs import Program
from domain.rules.access import COMMAND_LINE
from domain.rules.events import EventType
from domain.rules.sources import Trust
from domain.store import connectors as connector_store
from domain.store import sources as store
from domain.store.connectors import Connector
from domain.store.query import Connection
from domain.store.sources import Source, SourceWithTokens
from domain.tokens import TokenEnded

__all__ = [
    "Changes",
    "Connector",
    "ConnectorDraft",
    "Draft",
    "NotYourSource",
    "Shown",
    "Source",
    "changed",
    "create",
    "delete",
    "ensure",
    "get",
    "give",
    "locked",
    "page",
    "stored",
    "update",
    "writable",
]

SomeSource = TypeVar("SomeSource", bound=Source)

Check = Callable[[int], None]
"""Raises `VersionMismatch` when a version is not the one that the caller expects."""


class NotYourSource(Forbidden):
    """A token writes only to the sources that list it, also an owner's token."""

    code = "not_your_source"
    title = "The token may not write to this source"


class Draft(Struct, frozen=True):
    """A source to be; `tokens` are the ids of those that may write to it."""

    slug: str
    name: str
    trust: Trust = Trust.UNTRUSTED
    tokens: Sequence[UUID] = ()
    connector: ConnectorDraft | None = None


class Changes(Struct, frozen=True):
    """What to change of a source; UNSET leaves a field as it is, `tokens` are all of them.

    The settings of a connector are replaced whole; a source that has none gets one.
    """

    name: str | UnsetType = UNSET
    trust: Trust | UnsetType = UNSET
    tokens: Sequence[UUID] | UnsetType = UNSET
    connector: ConnectorDraft | UnsetType = UNSET


class Shown(SourceWithTokens, frozen=True):
    """A source, its tokens, and its connector if it has one."""

    connector: Connector | None


async def get(call: Call, program: str, slug: str) -> Shown:
    """The source with this slug. Raises `NotFound`."""
    async with reading(call) as tx:
        return await stored(tx, await programs.find(tx, program), slug)


async def page(call: Call, program: str, *, after: str | None, limit: int) -> list[Shown]:
    """The sources of a program by slug, one more than a page. Raises `NotFound`."""
    async with reading(call) as tx:
        found = await programs.find(tx, program)
        rows = await store.page(tx, found.id, after=after, limit=limit + 1)
        return await _with_connectors(tx, found, rows)


async def create(call: Call, program: str, draft: Draft) -> Shown:
    """Create a source.

    Raises `NotFound`, `ProgramArchived`, `AlreadyExists` (slug in use), `InvalidReference` for an
    unknown token, `TokenEnded` for one that is good for nothing, and for a connector what
    `connector_settings.add` raises.
    """
    async with transaction(call) as tx:
        place = await programs.find_open(tx, program)
        if tx.replayed is not None:
            return await stored(tx, place, draft.slug)
        source_id = call.new_id()
        await store.insert(
            tx,
            place.id,
            id=source_id,
            slug=draft.slug,
            name=draft.name,
            trust=draft.trust,
            at=call.at,
        )
        await _refuse_unusable(tx, draft.tokens)
        await store.list_tokens(tx, place.id, source_id, draft.tokens)
        if draft.connector is not None:
            policy = await policies.typed(tx, place)
            await connector_settings.add(tx, place, policy, source_id, draft.connector)
        made = await stored(tx, place, draft.slug)
        await changed(tx, EventType.SOURCE_CREATED, None, made)
        await tx.created(source_id)
        return made


async def update(call: Call, program: str, slug: str, changes: Changes, check: Check) -> Shown:
    """Change a source's name, trust, tokens or connector; posts that are running are waited for.

    A token that has ended stays listed until it is taken away. Raises `NotFound`,
    `ProgramArchived`, `VersionMismatch`, `InvalidReference` for an unknown token, `TokenEnded` for
    a new one that is good for nothing, and for a connector what `connector_settings.change` raises.
    """
    async with transaction(call) as tx:
        place = await programs.find_open(tx, program)
        before = await locked(tx, place, slug)
        check(before.version)
        return await _update(tx, place, before, changes)


async def give(tx: Transaction, program: Program, slug: str, token_id: UUID) -> None:
    """Let one more token write to a source. Raises what `update` raises, but for its checks."""
    before = await locked(tx, program, slug)
    await _update(tx, program, before, Changes(tokens=[*before.tokens, token_id]))


async def delete(call: Call, program: str, slug: str, check: Check) -> None:
    """Take a source away from which nothing came.

    Raises `NotFound`, `ProgramArchived`, `VersionMismatch`, and `InUse` when contributions came
    from it.
    """
    async with transaction(call) as tx:
        before = await locked(tx, await programs.find_open(tx, program), slug)
        check(before.version)
        await store.delete(tx, before)
        await changed(tx, EventType.SOURCE_DELETED, before, None)


async def writable(tx: Transaction, program: Program, slug: str) -> Source:
    """The source, for a post to it: it does not change until the transaction ends.

    RULES.md, "A token writes only to its sources": also an owner's token must be listed, and be
    good still. A connector writes to its own source; the command line may write to every one.
    Raises `NotFound`, `NotYourSource`.
    """
    actor = tx.call.actor
    if actor == COMMAND_LINE:
        return _found(await store.share(tx, program.id, slug), slug)
    if actor.source_id is not None:
        found = _found(await store.share(tx, program.id, slug), slug)
        if found.id != actor.source_id:
            raise NotYourSource(f"A connector of another source may not write to '{slug}'.")
        return found
    source = await store.writable(tx, program.id, slug, actor.token_id, tx.call.at)
    if source is None:
        await stored(tx, program, slug)
        raise NotYourSource(f"The token that was sent may not write to the source '{slug}'.")
    return source


async def ensure(
    tx: Transaction, program: Program, slug: str, name: str, trust: Trust = Trust.TRUSTED
) -> Source:
    """The source for what this service reads itself: made, if it is not there, with this trust.

    It does not change until the transaction ends.
    """
    made = await store.ensure(
        tx,
        program.id,
        id=tx.call.new_id(),
        slug=slug,
        name=name,
        trust=trust,
        at=tx.call.at,
    )
    if made:
        await changed(tx, EventType.SOURCE_CREATED, None, await stored(tx, program, slug))
    return _found(await store.share(tx, program.id, slug), slug)


async def locked(tx: Transaction, program: Program, slug: str) -> Shown:
    """The source, locked for a change of it and of its connector. Raises `NotFound`."""
    # First the locks and then the tokens: what waited for a lock sees the list from before.
    one = _found(await store.lock(tx, program.id, slug), slug)
    await connector_store.lock(tx, program.id, one.id)
    return await stored(tx, program, slug)


async def _update(tx: Transaction, program: Program, before: Shown, changes: Changes) -> Shown:
    name = before.name if changes.name is UNSET else changes.name
    trust = before.trust if changes.trust is UNSET else changes.trust
    tokens = before.tokens if changes.tokens is UNSET else changes.tokens
    same = (name, trust, set(tokens)) == (before.name, before.trust, set(before.tokens))
    if changes.connector is not UNSET:
        same = not await _connect(tx, program, before, changes.connector) and same
    if same:
        return before
    await _refuse_unusable(tx, tokens, listed=before.tokens)
    await store.update(tx, before, name=name, trust=trust, at=tx.call.at)
    await store.list_tokens(tx, before.program_id, before.id, tokens)
    after = await stored(tx, program, before.slug)
    await changed(tx, EventType.SOURCE_UPDATED, before, after)
    return after


async def _connect(tx: Transaction, program: Program, before: Shown, draft: ConnectorDraft) -> bool:
    """Give a locked source these settings; whether that changes anything."""
    policy = await policies.typed(tx, program)
    if before.connector is None:
        await connector_settings.add(tx, program, policy, before.id, draft)
        return True
    return await connector_settings.change(tx, policy, before.connector, draft)


async def _refuse_unusable(
    tx: Transaction, tokens: Sequence[UUID], *, listed: Sequence[UUID] = ()
) -> None:
    known = await store.tokens(tx, tokens, tx.call.at)
    unknown: list[Fault] = []
    ended: list[Fault] = []
    for place, token_id in enumerate(tokens):
        pointer = f"/tokens/{place}"
        if token_id not in known:
            detail = f"There is no token {token_id}."
            unknown.append(Fault("invalid_reference", detail, pointer=pointer))
        elif not known[token_id] and token_id not in listed:
            detail = f"The token {token_id} was revoked or has expired."
            ended.append(Fault("token_ended", detail, pointer=pointer))
    if unknown:
        raise InvalidReference("A token does not exist.", *unknown, *ended)
    if ended:
        raise TokenEnded("A token that was revoked or has expired writes nothing.", *ended)


async def changed(
    tx: Transaction,
    type: EventType,
    before: Shown | None,
    after: Shown | None,
) -> None:
    """Log and announce what became of a source."""
    one = after or before
    assert one is not None
    await audit.record(
        tx,
        type.value,
        ("source", one.id),
        program_id=one.program_id,
        before=_told(before),
        after=_told(after),
        confidential=connector_settings.CONFIDENTIAL,
    )
    await events.emit(tx, type, one.id, program_id=one.program_id, source=one.slug, trust=one.trust)


def _told(source: Shown | None) -> dict[str, Any] | None:
    if source is None:
        return None
    values: dict[str, Any] = msgspec.to_builtins(source)
    return values | {"connector": None} | connector_settings.told(source.connector)


async def stored(tx: Connection, program: Program, slug: str) -> Shown:
    """The source as it stands in the database. Raises `NotFound`."""
    row = _found(await store.get(tx, program.id, slug), slug)
    return (await _with_connectors(tx, program, [row]))[0]


async def _with_connectors(
    tx: Connection, program: Program, rows: Sequence[SourceWithTokens]
) -> list[Shown]:
    known = await connector_store.of(tx, program.id, [row.id for row in rows])
    return [Shown(**asdict(row), connector=known.get(row.id)) for row in rows]


def _found(source: SomeSource | None, slug: str) -> SomeSource:
    if source is None:
        raise NotFound(f"There is no source '{slug}' in the program.")
    return source
