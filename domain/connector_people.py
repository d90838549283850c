"""The people whom connectors know: told to them, and forgotten when they are erased."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from domain import programs, sources
from domain.call import Transaction
from domain.rules import connector_people as rules
from domain.rules import references
from domain.rules.connector_people import Names
from domain.rules.events import EventType
from domain.store import connector_people as store
from domain.store import connectors as connector_store
from domain.store import sources as source_store
from domain.store.connector_people import Place
from domain.store.query import Connection

__all__ = ["HeldSource", "Known", "all_of", "forget", "known"]


class HeldSource(Struct, frozen=True):
    """A source whose settings name somebody, and the names and addresses that lead to them."""

    program: str
    source: str
    names: Sequence[str]


class Known(Struct, frozen=True):
    """By what somebody is named, and the connectors that name them."""

    names: Names
    places: Sequence[Place]


async def all_of(tx: Connection, people: Sequence[UUID]) -> list[HeldSource]:
    """The sources whose settings name one of these people, who are one human being."""
    names = await _names(tx, people)
    return [
        HeldSource(one.program, one.source, found)
        for one in await store.places(tx)
        if (found := rules.outside_names(one.settings, one.program_id, names)) is not None
    ]


async def known(tx: Transaction, people: Sequence[UUID]) -> Known:
    """Where these people are named; those sources are locked.

    Before the people are locked: a post, too, locks its source and then the people whom it names.
    """
    names = await _names(tx, people)
    places = [
        one
        for one in await store.places(tx)
        if rules.outside_names(one.settings, one.program_id, names) is not None
    ]
    await store.lock(tx, [one.source_id for one in places])
    return Known(names, places)


async def forget(tx: Transaction, known: Known) -> None:
    """Take somebody out of all settings, and delete what GitHub has sent that names them.

    Who is named where else is not: what has waited and names them is never done.
    """
    for place in known.places:
        program = await programs.find(tx, place.program)
        before = await sources.locked(tx, program, place.source)
        if (connector := before.connector) is None:
            continue
        settings = rules.without(connector.settings, program.id, known.names)
        await connector_store.update_settings(
            tx,
            connector,
            settings,
            secret=connector.secret,
            next_run_at=connector.next_run_at,
        )
        await source_store.update(tx, before, name=before.name, trust=before.trust, at=tx.call.at)
        after = await sources.stored(tx, program, place.source)
        await sources.changed(tx, EventType.SOURCE_UPDATED, before, after)
    if patterns := rules.in_payloads(known.names):
        await store.forget(tx, patterns, tx.call.at)


async def _names(tx: Connection, people: Sequence[UUID]) -> Names:
    return Names(
        frozenset(people),
        frozenset(
            account
            for one in await store.accounts(tx, people)
            for account in references.names(one.provider, one.subject, one.handle)
        ),
        frozenset((one.program_id, one.handle) for one in await store.handles(tx, people)),
    )
