"""Merges: two records of one human being become one; an undo returns exactly what moved."""

from __future__ import annotations

from uuid import UUID

import msgspec

from domain import audit, people
from domain.call import Call, Transaction, reading, transaction
from domain.errors import Conflict, Fault, Forbidden, Invalid, InvalidReference, NotFound
from domain.people import Check, PersonErased, PersonMerged
from domain.rules.access import Permission
from domain.rules.events import EventType
from domain.store import application_merges, directory
from domain.store import merges as store
from domain.store import people as people_store
from domain.store.merges import Merge, Moved
from domain.store.people import Person

__all__ = [
    "BothAmbassadors",
    "BothApplied",
    "BothInVote",
    "Merge",
    "MergeUndone",
    "Moved",
    "create",
    "get",
    "page",
    "undo",
]


class BothAmbassadors(Conflict):
    """Both people are ambassadors of one program: which record counts is for a human to say."""

    code = "both_ambassadors"
    title = "Both people are ambassadors of one program"


class BothApplied(Conflict):
    """Both people have an open application in one program: one of them has to go first."""

    code = "both_applied"
    title = "Both people have an open application in one program"


class BothInVote(Conflict):
    """One open vote knows both: a merge would give somebody two votes, or one on themselves."""

    code = "both_in_vote"
    title = "Both people have a part in one open vote"


class MergeUndone(Conflict):
    """The merge was undone already."""

    code = "merge_undone"
    title = "The merge was undone"


async def get(call: Call, merge_id: UUID) -> Merge:
    """The merge. Raises `NotFound`, also when the caller may not see the person that was kept."""
    programs = call.actor.programs_with(Permission.PERSON_MANAGE)
    async with reading(call) as tx:
        merge = await store.visible(tx, merge_id, programs)
    if merge is None:
        raise NotFound("There is no such merge.")
    return merge


async def page(call: Call, *, before: UUID | None, limit: int) -> list[Merge]:
    """Merges that the caller may see, newest first, one more than a page."""
    programs = call.actor.programs_with(Permission.PERSON_MANAGE)
    async with reading(call) as tx:
        return await store.page(tx, programs=programs, before=before, limit=limit + 1)


async def create(call: Call, kept_id: UUID, merged_id: UUID) -> UUID:
    """Merge one person into another; returns the merge's id.

    Identities, affiliations, ambassadors, contributions, accounts, invitations, applications and
    places in votes move; the profile that is kept stays as it is, and the merged record leads to
    it. Two parts in one contribution become one, with both shares. It changes both people in all
    their programs, so the caller must manage people in each. Raises `Invalid`, `InvalidReference`,
    `Forbidden`, `PersonMerged`, `PersonErased`, `BothAmbassadors`, `BothApplied`, `BothInVote`
    (RULES.md, "Identity and access").
    """
    if kept_id == merged_id:
        detail = "A person cannot be merged into itself."
        raise Invalid(detail, Fault("same_person", detail, pointer="/merged"))
    async with transaction(call) as tx:
        if tx.replayed is not None:
            return tx.replayed
        for pointer, person_id in (("/kept", kept_id), ("/merged", merged_id)):
            await _refuse_unknown(tx, person_id, pointer)
        await application_merges.lock(tx, kept_id, merged_id)
        people_by_id = {one: await people.lock(tx, one) for one in sorted((kept_id, merged_id))}
        kept, merged = people_by_id[kept_id], people_by_id[merged_id]
        await _refuse_outsiders(tx, kept_id, merged_id)
        if await people_store.shared_programs(tx, kept_id, merged_id):
            raise BothAmbassadors("End or correct one of the two memberships first.")
        if await application_merges.both_apply(tx, kept_id, merged_id):
            raise BothApplied("Decide on one of the two applications first, or withdraw it.")
        if await application_merges.both_vote(tx, kept_id, merged_id):
            raise BothInVote("Wait until that vote is closed, or cancel it.")
        moved = await store.move(tx, merged_id, kept_id, call.at)
        merge = Merge(
            id=call.new_id(),
            kept_id=kept_id,
            merged_id=merged_id,
            moved=moved,
            merged_at=call.at,
            merged_by=call.actor.account_id,
            undone_at=None,
        )
        await store.insert(tx, merge)
        await _point(tx, merged, kept_id)
        await _count(tx, kept)
        await directory.refresh_person(tx, kept_id)
        await audit.record(tx, "person.merged", ("person", kept_id), after={"merge": merge.id})
        await audit.record(
            tx,
            "person.merged",
            ("person", merged_id),
            before={"merged_into": None},
            after={"merged_into": kept_id},
        )
        await people.announce(
            tx, EventType.PERSON_MERGED, kept_id, merge=merge.id, merged=merged_id
        )
        await tx.created(merge.id)
        return merge.id


async def undo(call: Call, merge_id: UUID, check: Check) -> None:
    """Return exactly the rows that a merge moved; what came to the kept person later stays there.

    A row that was deleted since is gone. Raises `NotFound`, `Forbidden`, `VersionMismatch`,
    `MergeUndone`, `PersonMerged` (undo the later merge first), `PersonErased`.
    """
    async with transaction(call) as tx:
        programs = call.actor.programs_with(Permission.PERSON_MANAGE)
        merge = await store.visible(tx, merge_id, programs)
        if merge is None:
            raise NotFound("There is no such merge.")
        await application_merges.lock(tx, merge.kept_id, merge.merged_id)
        both = {
            one: await people_store.lock(tx, one)
            for one in sorted((merge.kept_id, merge.merged_id))
        }
        kept, merged = both[merge.kept_id], both[merge.merged_id]
        merge = await store.lock(tx, merge_id)
        assert merge is not None
        assert kept is not None
        assert merged is not None
        check(version(merge))
        if merge.undone_at is not None:
            raise MergeUndone("The merge was undone already.")
        if kept.merged_into is not None:
            raise PersonMerged(kept.merged_into)
        if kept.erased_at is not None:
            raise PersonErased("The person was erased.")
        await _refuse_outsiders(tx, merge.kept_id, merge.merged_id)
        await store.move(tx, merge.kept_id, merge.merged_id, call.at, merge.moved)
        await store.undo(tx, merge_id, call.at)
        await _point(tx, merged, None)
        await _count(tx, kept)
        await directory.refresh_person(tx, kept.id)
        await directory.refresh_person(tx, merged.id)
        await audit.record(tx, "person.unmerged", ("person", kept.id), before={"merge": merge.id})
        await audit.record(
            tx,
            "person.unmerged",
            ("person", merged.id),
            before={"merged_into": kept.id},
            after={"merged_into": None},
        )
        for person_id in (kept.id, merged.id):
            await people.announce(
                tx,
                EventType.PERSON_UNMERGED,
                person_id,
                merge=merge.id,
                kept=kept.id,
                merged=merged.id,
            )


def version(merge: Merge) -> int:
    """A merge changes once, when it is undone."""
    return 1 if merge.undone_at is None else 2


async def _point(tx: Transaction, merged: Person, kept_id: UUID | None) -> None:
    await _count(tx, msgspec.structs.replace(merged, merged_into=kept_id))


async def _count(tx: Transaction, person: Person) -> None:
    await people_store.update(
        tx, msgspec.structs.replace(person, version=person.version + 1, updated_at=tx.call.at)
    )


async def _refuse_unknown(tx: Transaction, person_id: UUID, pointer: str) -> None:
    try:
        await people.find(tx, tx.call, person_id, Permission.PERSON_MANAGE)
    except NotFound:
        detail = "There is no such person."
        raise InvalidReference(
            detail, Fault("invalid_reference", detail, pointer=pointer)
        ) from None


async def _refuse_outsiders(tx: Transaction, kept_id: UUID, merged_id: UUID) -> None:
    allowed = tx.call.actor.programs_with(Permission.PERSON_MANAGE)
    touched = {
        *await people_store.programs_of(tx, kept_id, merged_id),
        *await store.active_in(tx, kept_id, merged_id),
    }
    if allowed is not None and not allowed.issuperset(touched):
        raise Forbidden("One of the people is in a program in which you do not manage people.")
