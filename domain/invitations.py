"""Invitations: how people and tools get in before there is single sign-on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

from domain import accounts, audit, events, people, programs, roles, tokens
from domain.authentication import BadToken
from domain.call import Call, Transaction, reading, transaction
from domain.errors import Conflict, Fault, Invalid, InvalidReference, NotFound
from domain.programs import Program
from domain.rules import secrets
from domain.rules.access import Role
from domain.rules.events import EventType
from domain.store import invitations as store
from domain.store.invitations import Invitation, State
from domain.tokens import Minted, TokenEnded

__all__ = [
    "Draft",
    "Invitation",
    "Issued",
    "Redeemed",
    "State",
    "create",
    "get",
    "page",
    "redeem",
    "revoke",
]

GOOD_FOR = timedelta(days=14)
AT_MOST = timedelta(days=90)

Check = Callable[[int], None]
"""Raises `VersionMismatch` when a version is not the one that the caller expects."""


class InvitationRedeemed(Conflict):
    """An invitation that was redeemed has made an account: that is what can be disabled."""

    code = "invitation_redeemed"
    title = "The invitation was redeemed"


class Draft(Struct, frozen=True):
    """An invitation to issue, for a role, a person or both; `name` says for whom, for the list.

    `expires_at` is an aware UTC time, at most 90 days ahead; None means in 14 days.
    """

    name: str
    role: Role | None
    person_id: UUID | None
    expires_at: datetime | None


class Issued(Struct, frozen=True):
    """An invitation and its secret, which exists nowhere else."""

    invitation: Invitation
    secret: str


class Redeemed(Struct, frozen=True):
    """What an invitation has become: an account, and its token."""

    account: accounts.Account
    invitation: Invitation
    minted: Minted


async def get(call: Call, program: str, invitation_id: UUID) -> Invitation:
    """The invitation. Raises `NotFound`."""
    async with reading(call) as tx:
        place = await programs.find(tx, program)
        return _found(await store.get(tx, place.id, invitation_id, call.at))


async def page(
    call: Call, program: str, *, state: State | None, after: UUID | None, limit: int
) -> list[Invitation]:
    """The program's invitations in the order in which they were made, one more than a page."""
    async with reading(call) as tx:
        place = await programs.find(tx, program)
        return await store.page(tx, place.id, state=state, at=call.at, after=after, limit=limit + 1)


async def create(call: Call, program: str, draft: Draft) -> Issued:
    """Issue an invitation; a replay gives it another secret.

    Raises `NotFound`, `ProgramArchived`, `Forbidden` for a role that the caller could not assign,
    `Invalid`, `InvalidReference` for a person whom the caller may not manage, `PersonMerged`,
    `PersonErased`.
    """
    async with transaction(call) as tx:
        place = await programs.find_open(tx, program)
        if tx.replayed is not None:
            return await _reissue(tx, place, tx.replayed)
        _validate(draft, call.at)
        if draft.role is not None:
            roles.require_grant(call, draft.role, program)
        if draft.person_id is not None:
            await _person(tx, draft.person_id)
        secret = tokens.mint(secrets.INVITATION)
        invitation_id = call.new_id()
        await store.insert(
            tx,
            id=invitation_id,
            program_id=place.id,
            role=draft.role,
            person_id=draft.person_id,
            name=draft.name,
            digest=secrets.digest(secret),
            expires_at=draft.expires_at or call.at + GOOD_FOR,
            at=call.at,
            by=call.actor.account_id,
        )
        made = _found(await store.get(tx, place.id, invitation_id, call.at))
        await _record(tx, "invitation.created", None, made)
        await tx.created(invitation_id)
        return Issued(made, secret)


async def revoke(call: Call, program: str, invitation_id: UUID, check: Check) -> None:
    """Revoke an invitation; revoked twice is revoked once.

    Raises `NotFound`, `VersionMismatch`, `InvitationRedeemed`.
    """
    async with transaction(call) as tx:
        place = await programs.find(tx, program)
        before = _found(await store.lock(tx, place.id, invitation_id, call.at))
        check(before.version)
        if before.state == "redeemed":
            raise InvitationRedeemed("The invitation was redeemed; disable its account instead.")
        if before.state == "revoked":
            return
        await store.revoke(tx, invitation_id, call.at)
        after = _found(await store.get(tx, place.id, invitation_id, call.at))
        await _record(tx, "invitation.revoked", before, after)


async def redeem(call: Call, secret: str, name: str) -> Redeemed:
    """Make an account with the invitation's role and person, and a token of its own; once.

    A replay rotates the token. Raises `BadToken` when the secret is malformed, unknown, expired,
    revoked or used, without telling which, and `ProgramArchived`.
    """
    bad = BadToken("The invitation is not good: it may be mistyped, used, revoked or expired.")
    if not secrets.well_formed(secret, secrets.INVITATION):
        raise bad
    async with transaction(call) as tx:
        before = await store.presented(tx, secrets.digest(secret), call.at)
        if before is None:
            raise bad
        if tx.replayed is not None:
            try:
                minted = await tokens.replace(tx, tx.replayed)
            except TokenEnded:
                raise bad from None
            return await _redeemed(tx, before, minted)
        if before.state != "open":
            raise bad
        place = await programs.find_open(tx, before.program)
        kind: accounts.Kind = "integration" if before.role is Role.INTEGRATION else "person"
        account_id = await accounts.add(tx, accounts.Draft(kind, name, before.person_id))
        if before.role is not None:
            await roles.grant(tx, account_id, before.role, place)
        minted = await tokens.make(tx, account_id, "From the invitation")
        await store.redeem(tx, before.id, account_id, call.at)
        after = _found(await store.get(tx, place.id, before.id, call.at))
        await _record(tx, "invitation.redeemed", before, after)
        await events.emit(
            tx,
            EventType.INVITATION_REDEEMED,
            before.id,
            program_id=place.id,
            account_id=account_id,
            role=before.role,
        )
        await tx.created(minted.token.id)
        return await _redeemed(tx, after, minted)


async def _redeemed(tx: Transaction, invitation: Invitation, minted: Minted) -> Redeemed:
    return Redeemed(await accounts.find(tx, minted.token.account_id), invitation, minted)


async def _reissue(tx: Transaction, program: Program, invitation_id: UUID) -> Issued:
    before = _found(await store.lock(tx, program.id, invitation_id, tx.call.at))
    if before.role is not None:
        roles.require_grant(tx.call, before.role, program.slug)
    if before.state != "open":
        raise Conflict(f"The invitation is {before.state}; issue another one.")
    secret = tokens.mint(secrets.INVITATION)
    await store.replace(tx, invitation_id, digest=secrets.digest(secret), at=tx.call.at)
    after = _found(await store.get(tx, program.id, invitation_id, tx.call.at))
    await _record(tx, "invitation.rotated", before, after)
    return Issued(after, secret)


async def _record(
    tx: Transaction, action: str, before: Invitation | None, after: Invitation
) -> None:
    await audit.record(
        tx,
        action,
        ("invitation", after.id),
        program_id=after.program_id,
        before=before,
        after=after,
    )


async def _person(tx: Transaction, person_id: UUID) -> None:
    """Whoever invites a person lets them change their profile: that takes managing the person."""
    try:
        await people.lock_visible(tx, person_id)
    except NotFound as unknown:
        fault = Fault("invalid_reference", unknown.detail, pointer="/person_id")
        raise InvalidReference(unknown.detail, fault) from None


def _validate(draft: Draft, at: datetime) -> None:
    faults: list[Fault] = []
    if draft.role is None and draft.person_id is None:
        faults.append(Fault("empty", "It needs a role, a person or both.", pointer="/role"))
    if draft.role is Role.OWNER:
        faults.append(Fault("scope", "The owner's role belongs to no program.", pointer="/role"))
    if draft.role is Role.INTEGRATION and draft.person_id is not None:
        faults.append(Fault("kind", "An integration is no person.", pointer="/person_id"))
    if draft.expires_at is not None and not at < draft.expires_at <= at + AT_MOST:
        detail = f"It ends in the future, at most {AT_MOST.days} days ahead."
        faults.append(Fault("period", detail, pointer="/expires_at"))
    if faults:
        raise Invalid("The invitation is not valid.", *faults)


def _found(invitation: Invitation | None) -> Invitation:
    if invitation is None:
        raise NotFound("There is no such invitation.")
    return invitation
