"""Stores what an import changed: the records, their audit entries and their events, in bulk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from domain import (
    absences,
    audit,
    contribution_changes,
    matching,
    policies,
    roster_contributions,
    sources,
    tenure_chain,
)
from domain.call import Transaction
from domain.roster import Held
from domain.roster_contributions import Whole
from domain.roster_steps import Steps
from domain.rules.ambassadors import same_handle
from domain.rules.contributions import MEMBERS_FILE
from domain.rules.events import EventType
from domain.rules.identities import Identity
from domain.store import directory
from domain.store import member_changes as store
from domain.store import members as member_store
from domain.store.affiliations import Affiliation
from domain.store.ambassadors import Ambassador
from domain.store.member_changes import Announced, Given
from domain.store.members import Credit, Seat
from domain.store.people import Person
from domain.store.programs import Program

Row = TypeVar("Row", bound=Struct)
Records = dict[str, Any]

SOURCE_NAME = "Members file"


class Delta(Struct):
    """Rows of one table that are new, changed, or gone (their ids)."""

    new: list[Any] = []
    changed: list[Any] = []
    gone: list[UUID] = []

    def compare(self, before: list[Row], after: list[Row], key: str = "id") -> None:
        """Add what differs between two states of some rows."""
        old = {getattr(one, key): one for one in before}
        for one in after:
            was = old.pop(getattr(one, key), None)
            if was is None:
                self.new.append(one)
            elif was != one:
                self.changed.append(one)
        self.gone.extend(old)


class _Writing:
    """The differences between two states of a program's people, as rows to be written."""

    def __init__(
        self, tx: Transaction, program: Program, held: Mapping[UUID, Whole], reason: str
    ) -> None:
        self.tx, self.call, self.program, self.reason = tx, tx.call, program, reason
        self.program_id, self.held = program.id, held
        self.people, self.identities, self.affiliations = Delta(), Delta(), Delta()
        self.ambassadors, self.seats = Delta(), Delta()
        self.added: list[Whole] = []
        self.corrected: list[Whole] = []
        self.vouched: list[Identity] = []
        self.handles: list[Given] = []
        self.identity_handles: list[Given] = []
        self.entries: list[audit.Entry] = []
        self.events: list[Announced] = []
        self.profiles: dict[UUID, list[str]] = {}
        self.turned: list[tuple[Ambassador, Ambassador]] = []
        self.shown = False

    def compare(self, was: Held | None, now: Held) -> None:
        """Add what differs for one person."""
        new = was is None
        was = was or Held(now.person)
        self._person(was, now, new=new)
        if now.ambassador is not None:
            self.seats.compare(was.seats, now.seats)
            touched = was.seats != now.seats
            self._ambassador(was.ambassador, now.ambassador, touched=touched)
            self._seats(was.seats, now.seats)
            self._contributions(was, now)

    def _person(self, was: Held, now: Held, *, new: bool) -> None:
        before, after = _personal(was), _personal(now)
        if not new and before == after:
            return
        self.shown = True
        self.identities.compare(was.identities, now.identities)
        self.affiliations.compare(was.affiliations, now.affiliations)
        self._keep_identity_handles(was.identities, now.identities)
        self.vouched += [one for one in now.identities if one not in was.identities]
        if new:
            self.people.new.append(now.person)
            self._audit("person.created", ("person", now.person.id), None, after)
            self._announce(EventType.PERSON_CREATED, now.person.id)
            return
        version = now.person.version + 1
        stored = replace(now.person, version=version, updated_at=self.call.at)
        self.people.changed.append(stored)
        self._audit("person.updated", ("person", stored.id), before, after)
        fields = sorted(name for name in after if before[name] != after[name])
        self.profiles[stored.id] = fields

    def _keep_identity_handles(self, before: list[Identity], after: list[Identity]) -> None:
        now = {one.id: one.handle for one in after}
        for one in before:
            if one.id in now and one.handle is not None and one.handle != now[one.id]:
                given = Given(self.call.new_id(), one.id, one.handle, self.call.at)
                self.identity_handles.append(given)

    def _ambassador(self, was: Ambassador | None, now: Ambassador, *, touched: bool) -> None:
        if was is None:
            self.shown = True
            self.ambassadors.new.append(now)
            subject = ("ambassador", now.id)
            self._audit("ambassador.joined", subject, None, _plain(now), in_program=True)
            self._announce(EventType.AMBASSADOR_JOINED, now.id, joined_on=now.joined_on)
            return
        if replace(was, position=now.position) == now and not touched:
            if was != now:
                self.ambassadors.changed.append(now)
            return
        self.shown = True
        stored = replace(now, version=was.version + 1, updated_at=self.call.at)
        self.ambassadors.changed.append(stored)
        moved = was.status is not now.status
        if replace(was, position=now.position) != now:
            action = "ambassador.status_changed" if moved else "ambassador.updated"
            subject = ("ambassador", now.id)
            self._audit(action, subject, _plain(was), _plain(now), in_program=True)
        if moved:
            self.turned.append((was, now))
            self._announce(
                EventType.AMBASSADOR_STATUS_CHANGED,
                now.id,
                before=was.status,
                after=now.status,
                on=now.status_on,
            )
        if was.handle != now.handle:
            self._announce(EventType.AMBASSADOR_HANDLE_CHANGED, now.id)
        if not same_handle(was.handle, now.handle):
            self.handles.append(Given(self.call.new_id(), now.id, was.handle, self.call.at))

    def _seats(self, before: list[Seat], after: list[Seat]) -> None:
        old = {one.id: one for one in before}
        for one in after:
            was = old.get(one.id)
            if was == one:
                continue
            ended = was is not None and was.valid_until is None and one.valid_until is not None
            type = EventType.MEMBERSHIP_UPDATED
            if was is None:
                type = EventType.MEMBERSHIP_ADDED
            elif ended:
                type = EventType.MEMBERSHIP_ENDED
            earlier = None if was is None else _plain(was)
            self._audit(type.value, ("membership", one.id), earlier, _plain(one), in_program=True)
            self._announce(
                type, one.id, ambassador_id=one.ambassador_id, kind="group", code=one.code
            )

    def _contributions(self, was: Held, now: Held) -> None:
        old = {one.id: one for one in was.contributions}
        for credit in now.contributions:
            before = old.get(credit.id)
            if before is None:
                person_id = now.person.id
                made = roster_contributions.new(self.call, self.program_id, person_id, credit)
                self.added.append(made)
                self._contribution(EventType.CONTRIBUTION_RECORDED, None, made)
            elif before != credit:
                self._correct(before, credit)

    def _correct(self, before: Credit, credit: Credit) -> None:
        was = self.held[credit.id]
        now = roster_contributions.corrected(was, credit)
        if replace(before, position=credit.position) == credit:
            self.corrected.append(now)
            return
        record = replace(now.record, version=was.record.version + 1, updated_at=self.call.at)
        stored = Whole(record, now.people)
        self.corrected.append(stored)
        withdrawn = before.status is not credit.status
        self._contribution(
            EventType.CONTRIBUTION_WITHDRAWN if withdrawn else EventType.CONTRIBUTION_UPDATED,
            was,
            stored,
        )

    def _contribution(self, type: EventType, was: Whole | None, now: Whole) -> None:
        before = None if was is None else contribution_changes.told(was.record, was.people)
        after = contribution_changes.told(now.record, now.people)
        self._audit(type.value, ("contribution", now.record.id), before, after, in_program=True)
        news = contribution_changes.announce(now.record, now.people)
        self._announce(type, now.record.id, **news)

    def _audit(
        self,
        action: str,
        subject: tuple[str, UUID],
        before: Records | None,
        after: Records,
        *,
        in_program: bool = False,
    ) -> None:
        made = audit.entry(
            self.call,
            action,
            subject,
            program_id=self.program_id if in_program else None,
            before=before,
            after=after,
            reason=self.reason,
        )
        self.entries.append(made)

    def _announce(
        self, type: EventType, subject_id: UUID, program_id: UUID | None = None, **data: Any
    ) -> None:
        program = program_id or self.program_id
        self.events.append(
            Announced(self.call.new_id(), type.value, program, subject_id, data, self.call.at)
        )

    async def write(self, renamed: list[UUID], today: date) -> None:
        """Store all of it; `renamed` are people in the order in which their handles get free."""
        tx = self.tx
        others = await self._announce_profiles()
        await store.store_people(tx, self.people.new, self.people.changed)
        identities = self.identities
        await store.store_identities(
            tx, identities.new, identities.changed, identities.gone, self.identity_handles
        )
        companies = self.affiliations
        await store.store_affiliations(tx, companies.new, companies.changed, companies.gone)
        order = {person: place for place, person in enumerate(renamed)}
        changed: list[Ambassador] = sorted(
            self.ambassadors.changed, key=lambda one: order.get(one.person_id, len(order))
        )
        await store.store_ambassadors(
            tx, self.program_id, self.ambassadors.new, changed, self.handles
        )
        await store.store_seats(tx, self.program_id, self.seats.new, self.seats.changed)
        if self.added:
            await sources.ensure(tx, self.program, MEMBERS_FILE, SOURCE_NAME)
        await roster_contributions.write(tx, self.program_id, self.added, self.corrected)
        await store.store_records(tx, self.entries, self.events)
        await self._follow(today)
        await matching.attach(tx, self.vouched)
        if self.shown:
            await directory.refresh_program(tx, self.program_id)
        for person_id in others:
            await directory.refresh_person(tx, person_id)

    async def _follow(self, today: date) -> None:
        """Tenures begin with joining and end with leaving, and so do leaves of absence."""
        tx, program = self.tx, self.program
        new: list[Ambassador] = self.ambassadors.new
        policy = await policies.typed(tx, program)
        came = [(one.id, one.joined_on) for one in new]
        await tenure_chain.joined(tx, program, policy, came, today, recorded=False)
        await tenure_chain.followed(tx, program, policy, self.turned, today, by_person=False)
        if left := [now.id for _, now in self.turned if now.status in absences.LEFT]:
            await absences.stop(tx, program.id, left, today)

    async def _announce_profiles(self) -> list[UUID]:
        """Announce changed profiles wherever the person is; who is in other programs too."""
        programs: dict[UUID, set[UUID]] = defaultdict(set)
        for one in await member_store.presences(self.tx, list(self.profiles)):
            programs[one.person_id].add(one.program_id)
        for person_id, fields in self.profiles.items():
            for program_id in sorted(programs[person_id] | {self.program_id}):
                self._announce(EventType.PERSON_UPDATED, person_id, program_id, fields=fields)
        return [key for key, found in programs.items() if found - {self.program_id}]


async def store_all(
    tx: Transaction, program: Program, before: Mapping[UUID, Held], steps: Steps, reason: str
) -> None:
    """Store how the steps left everybody; who and what they did not change is not touched."""
    held = await roster_contributions.load(tx, program.id, before, steps.after)
    writing = _Writing(tx, program, held, reason)
    for key, now in steps.after.items():
        was = before.get(key)
        if was != now:
            writing.compare(was, now)
    await writing.write(steps.renamed, steps.today)


def _personal(held: Held) -> Records:
    values = _plain(held.person)
    values["identities"] = [_plain(one) for one in held.identities]
    values["affiliations"] = [_plain(one) for one in held.affiliations]
    return values


def _plain(record: Person | Ambassador | Identity | Affiliation | Seat) -> Records:
    return msgspec.to_builtins(record)
