"""The settings of a source's connector: checked against the policy, its secret sealed."""

from __future__ import annotations

import base64
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET, Struct, UnsetType

from domain.call import Call, Transaction
from domain.errors import Fault, Invalid
from domain.keyring import SealBroken
from domain.rules import connector_checks as checks
from domain.rules.connectors import POLLED, ConnectorState, Settings, kind_of
from domain.rules.policy import Policy
from domain.store import connectors as store
from domain.store.connectors import Connector
from domain.store.programs import Program

__all__ = ["CONFIDENTIAL", "PEOPLE", "ConnectorDraft", "add", "change", "opened", "told"]

CONFIDENTIAL = ("connector_people", "connector_secret")
"""Of what the audit log says only that it changed."""

PEOPLE = frozenset({"author", "authors", "participant", "people"})
"""The settings that name people."""


class ConnectorDraft(Struct, frozen=True):
    """A connector as it is to be: `secret` UNSET keeps the one that there is, None means none.

    `paused` is how a new one begins.
    """

    settings: Settings
    secret: str | UnsetType | None = UNSET
    paused: bool = False


async def add(
    tx: Transaction, program: Program, policy: Policy, source_id: UUID, draft: ConnectorDraft
) -> None:
    """Give a source a connector, which looks at once unless it is paused or waits for what is sent.

    Raises `Invalid`, and `DataKeyMissing` for a secret that cannot be sealed.
    """
    secret = None if draft.secret is UNSET else draft.secret
    _refuse([*checks.faults(policy, draft.settings), *checks.secret_faults(draft.settings, secret)])
    kind = kind_of(draft.settings)
    await store.insert(
        tx,
        program.id,
        source_id,
        draft.settings,
        kind=kind,
        secret=_sealed(tx.call, program.id, source_id, secret),
        state=ConnectorState.PAUSED if draft.paused else ConnectorState.ACTIVE,
        next_run_at=tx.call.at if kind in POLLED and not draft.paused else None,
    )


async def change(tx: Transaction, policy: Policy, before: Connector, draft: ConnectorDraft) -> bool:
    """Replace the settings of a locked connector whole; whether that changes anything.

    One that works looks at once. A secret that was told for one address has to be told again for
    another. Raises what `add` raises.
    """
    if kind_of(draft.settings) is not before.kind:
        detail = "A connector's kind never changes; create another source."
        _refuse([Fault("kind", detail, pointer="/connector/kind")])
    faults = checks.faults(policy, draft.settings)
    secret = before.secret
    if draft.secret is not UNSET:
        faults += checks.secret_faults(draft.settings, draft.secret)
        if not _is(tx.call, before, draft.secret):
            secret = _sealed(tx.call, before.program_id, before.source_id, draft.secret)
    elif secret is not None and checks.moved(before.settings, draft.settings):
        detail = "It belongs to another address: tell it again, or null for none."
        faults.append(Fault("required", detail, pointer="/connector/secret"))
    _refuse(faults)
    if (draft.settings, secret) == (before.settings, before.secret):
        return False
    works = before.kind in POLLED and before.state is ConnectorState.ACTIVE
    at = tx.call.at if works else None
    await store.update_settings(tx, before, draft.settings, secret=secret, next_run_at=at)
    return True


def opened(call: Call, connector: Connector) -> str | None:
    """The secret of a connector. Raises `DataKeyMissing` and `SealBroken`."""
    if connector.secret is None:
        return None
    return call.vault.open(connector.secret, connector.program_id, connector.source_id).decode()


def told(connector: Connector | None) -> dict[str, Any]:
    """What the audit log keeps of a connector; see `CONFIDENTIAL`."""
    if connector is None:
        return {}
    settings: dict[str, Any] = msgspec.to_builtins(connector.settings)
    # Names and addresses of people are theirs: an erasure takes them out of the settings alone.
    people = {name: settings.pop(name) for name in PEOPLE & settings.keys()}
    found: dict[str, Any] = {"connector": settings, "connector_people": people}
    if connector.secret is not None:
        found["connector_secret"] = base64.b64encode(connector.secret).decode()
    return found


def _is(call: Call, connector: Connector, secret: str | None) -> bool:
    """Whether a connector has this secret; one that cannot be read is not like any other."""
    if secret is None or connector.secret is None:
        return secret is None and connector.secret is None
    try:
        return opened(call, connector) == secret
    except SealBroken:
        return False


def _sealed(call: Call, program_id: UUID, source_id: UUID, secret: str | None) -> bytes | None:
    return None if secret is None else call.vault.seal(secret.encode(), program_id, source_id)


def _refuse(faults: list[Fault]) -> None:
    if faults:
        raise Invalid("The connector cannot work with these settings.", *faults)
