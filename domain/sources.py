"""Sources: where tools' contributions come from, how far each is believed, who may write there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from domain import audit, events, programs
from domain.call import Call, Transaction, reading, transaction
from domain.errors import Fault, Forbidden, InvalidReference, NotFound
from domain.programs import Program
from domain.rules.access import COMMAND_LINE
from domain.rules.events import EventType
from domain.rules.sources import Trust
from domain.store import sources as store
from domain.store.query import Connection
from domain.store.sources import Source, SourceWithTokens
from domain.tokens import TokenEnded

__all__ = [
    "Changes",
    "Draft",
    "NotYourSource",
    "Source",
    "SourceWithTokens",
    "create",
    "delete",
    "ensure",
    "get",
    "give",
    "page",
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


class Changes(Struct, frozen=True):
    """What to change of a source; UNSET leaves a field as it is, `tokens` are all of them."""

    name: str | UnsetType = UNSET
    trust: Trust | UnsetType = UNSET
    tokens: Sequence[UUID] | UnsetType = UNSET


async def get(call: Call, program: str, slug: str) -> SourceWithTokens:
    """The source with this slug. Raises `NotFound`."""
    async with reading(call) as tx:
        return await _stored(tx, await programs.find(tx, program), slug)


async def page(
    call: Call, program: str, *, after: str | None, limit: int
) -> list[SourceWithTokens]:
    """The sources of a program by slug, one more than a page. Raises `NotFound`."""
    async with reading(call) as tx:
        found = await programs.find(tx, program)
        return await store.page(tx, found.id, after=after, limit=limit + 1)


async def create(call: Call, program: str, draft: Draft) -> SourceWithTokens:
    """Create a source.

    Raises `NotFound`, `ProgramArchived`, `AlreadyExists` (slug in use), `InvalidReference` for an
    unknown token, `TokenEnded` for one that is good for nothing.
    """
    async with transaction(call) as tx:
        place = await programs.find_open(tx, program)
        if tx.replayed is not None:
            return await _stored(tx, place, draft.slug)
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
        made = await _stored(tx, place, draft.slug)
        await _changed(tx, EventType.SOURCE_CREATED, None, made)
        await tx.created(source_id)
        return made


async def update(
    call: Call, program: str, slug: str, changes: Changes, check: Check
) -> SourceWithTokens:
    """Change a source's name, its trust or its tokens; posts that are running are waited for.

    A token that has ended stays listed until it is taken away. Raises `NotFound`,
    `ProgramArchived`, `VersionMismatch`, `InvalidReference` for an unknown token, `TokenEnded` for
    a new one that is good for nothing.
    """
    async with transaction(call) as tx:
        place = await programs.find_open(tx, program)
        before = await _locked(tx, place, slug)
        check(before.version)
        return await _update(tx, place, before, changes)


async def give(tx: Transaction, program: Program, slug: str, token_id: UUID) -> None:
    """Let one more token write to a source. Raises what `update` raises, but for its checks."""
    before = await _locked(tx, program, slug)
    await _update(tx, program, before, Changes(tokens=[*before.tokens, token_id]))


async def delete(call: Call, program: str, slug: str, check: Check) -> None:
    """Take a source away from which nothing came.

    Raises `NotFound`, `ProgramArchived`, `VersionMismatch`, and `InUse` when contributions came
    from it.
    """
    async with transaction(call) as tx:
        before = await _locked(tx, await programs.find_open(tx, program), slug)
        check(before.version)
        await store.delete(tx, before)
        await _changed(tx, EventType.SOURCE_DELETED, before, None)


async def writable(tx: Transaction, program: Program, slug: str) -> Source:
    """The source, for a post to it: it does not change until the transaction ends.

    RULES.md, "A token writes only to its sources": also an owner's token must be listed, and be
    good still. The command line may write to every source. Raises `NotFound`, `NotYourSource`.
    """
    actor = tx.call.actor
    if actor == COMMAND_LINE:
        return _found(await store.share(tx, program.id, slug), slug)
    source = await store.writable(tx, program.id, slug, actor.token_id, tx.call.at)
    if source is None:
        await _stored(tx, program, slug)
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
        await _changed(tx, EventType.SOURCE_CREATED, None, await _stored(tx, program, slug))
    return _found(await store.share(tx, program.id, slug), slug)


async def _locked(tx: Transaction, program: Program, slug: str) -> SourceWithTokens:
    # First the lock and then the tokens: what waited for a lock sees the list from before.
    _found(await store.lock(tx, program.id, slug), slug)
    return await _stored(tx, program, slug)


async def _update(
    tx: Transaction, program: Program, before: SourceWithTokens, changes: Changes
) -> SourceWithTokens:
    name = before.name if changes.name is UNSET else changes.name
    trust = before.trust if changes.trust is UNSET else changes.trust
    tokens = before.tokens if changes.tokens is UNSET else changes.tokens
    if (name, trust, set(tokens)) == (before.name, before.trust, set(before.tokens)):
        return before
    await _refuse_unusable(tx, tokens, listed=before.tokens)
    await store.update(tx, before, name=name, trust=trust, at=tx.call.at)
    await store.list_tokens(tx, before.program_id, before.id, tokens)
    after = await _stored(tx, program, before.slug)
    await _changed(tx, EventType.SOURCE_UPDATED, before, after)
    return after


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


async def _changed(
    tx: Transaction,
    type: EventType,
    before: SourceWithTokens | None,
    after: SourceWithTokens | None,
) -> None:
    one = after or before
    assert one is not None
    await audit.record(
        tx,
        type.value,
        ("source", one.id),
        program_id=one.program_id,
        before=before,
        after=after,
    )
    await events.emit(tx, type, one.id, program_id=one.program_id, source=one.slug, trust=one.trust)


async def _stored(tx: Connection, program: Program, slug: str) -> SourceWithTokens:
    return _found(await store.get(tx, program.id, slug), slug)


def _found(source: SomeSource | None, slug: str) -> SomeSource:
    if source is None:
        raise NotFound(f"There is no source '{slug}' in the program.")
    return source
