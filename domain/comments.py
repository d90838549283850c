"""Comments: what the committee says among itself about an application."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain import audit, programs, rounds
from domain.call import Call, Transaction, reading, transaction
from domain.errors import Forbidden, NotFound
from domain.store import comments as store
from domain.store.comments import Comment
from domain.store.query import Connection

__all__ = ["Comment", "Place", "add", "get", "page", "remove", "update"]

Check = Callable[[int], None]
"""Raises `VersionMismatch` when the comment's version is not the one that the caller expects."""

CONFIDENTIAL = frozenset({"text"})
"""It is about somebody who may ask to be forgotten, and the log does not forget."""


class Place(Struct, frozen=True):
    """A place in the order in which comments were made."""

    id: UUID


async def page(
    call: Call, slug: str, application_id: UUID, *, after: Place | None, limit: int
) -> list[Comment]:
    """The comments on an application, one more than a page, in the order in which they were made.

    Raises `NotFound`, also for the applicant.
    """
    async with reading(call) as tx:
        application = await rounds.readable(tx, call, slug, application_id)
        return await store.page(
            tx,
            application.program_id,
            application.id,
            after=after.id if after else None,
            limit=limit + 1,
        )


async def get(call: Call, slug: str, application_id: UUID, comment_id: UUID) -> Comment:
    """One comment on an application. Raises `NotFound`, also for the applicant."""
    async with reading(call) as tx:
        application = await rounds.readable(tx, call, slug, application_id)
        return await _find(tx, application.program_id, application.id, comment_id)


async def add(call: Call, slug: str, application_id: UUID, text: str) -> Comment:
    """Say something about an application, also after it was decided.

    Raises `NotFound`, also for the applicant, and `ProgramArchived`.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        await rounds.readable(tx, call, slug, application_id)
        if tx.replayed is not None:
            return await _find(tx, program.id, application_id, tx.replayed)
        comment_id = call.new_id()
        await store.insert(
            tx,
            program.id,
            application_id,
            id=comment_id,
            account_id=call.actor.account_id,
            text=text,
            at=call.at,
        )
        made = await _find(tx, program.id, application_id, comment_id)
        await _record(tx, "comment.created", None, made)
        await tx.created(comment_id)
        return made


async def update(
    call: Call, slug: str, application_id: UUID, comment_id: UUID, text: str, check: Check
) -> Comment:
    """Put one's own comment into other words; the same again changes nothing.

    Raises `NotFound`, `ProgramArchived`, `Forbidden` for somebody else's, `VersionMismatch`.
    """
    async with transaction(call) as tx:
        before = await _own(tx, slug, application_id, comment_id)
        check(before.version)
        if before.text == text:
            return before
        after = replace(before, text=text, version=before.version + 1, updated_at=call.at)
        await store.update(tx, after)
        await _record(tx, "comment.updated", before, after)
        return after


async def remove(
    call: Call, slug: str, application_id: UUID, comment_id: UUID, check: Check
) -> None:
    """Delete one's own comment. Raises what `update` raises."""
    async with transaction(call) as tx:
        before = await _own(tx, slug, application_id, comment_id)
        check(before.version)
        await store.delete(tx, before)
        await _record(tx, "comment.deleted", before, None)


async def _own(tx: Transaction, slug: str, application_id: UUID, comment_id: UUID) -> Comment:
    program = await programs.find_open(tx, slug)
    await rounds.readable(tx, tx.call, slug, application_id)
    found = _known(await store.lock(tx, program.id, application_id, comment_id))
    if found.account_id is None or found.account_id != tx.call.actor.account_id:
        raise Forbidden("A comment is for whoever made it to change.")
    return found


async def _find(
    tx: Connection, program_id: UUID, application_id: UUID, comment_id: UUID
) -> Comment:
    return _known(await store.get(tx, program_id, application_id, comment_id))


def _known(comment: Comment | None) -> Comment:
    if comment is None:
        raise NotFound("There is no such comment.")
    return comment


async def _record(
    tx: Transaction, action: str, before: Comment | None, after: Comment | None
) -> None:
    one = after or before
    assert one is not None
    await audit.record(
        tx,
        action,
        ("comment", one.id),
        program_id=one.program_id,
        before=before,
        after=after,
        confidential=CONFIDENTIAL,
    )
