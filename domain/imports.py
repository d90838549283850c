"""Imports: a members file read, planned and applied as one change."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import date
from functools import partial
from uuid import UUID

import msgspec
from msgspec import Struct

from domain import (
    audit,
    events,
    matching,
    policies,
    programs,
    roster,
    roster_changes,
    roster_order,
)
from domain.call import Call, Transaction, reading, transaction
from domain.errors import Conflict as ConflictError
from domain.errors import Fault as ErrorFault
from domain.errors import Invalid
from domain.roster import Held
from domain.roster_steps import Steps
from domain.rules import import_report
from domain.rules import policy as policy_rules
from domain.rules.days import day_of
from domain.rules.events import EventType
from domain.rules.import_report import Step, Summary
from domain.rules.members import Fault, Members
from domain.rules.members_actions import Conflict, Mode, Plan
from domain.rules.members_file import parse
from domain.rules.members_match import match
from domain.rules.members_plan import plan
from domain.rules.members_tree import Format
from domain.rules.policy_document import Policy
from domain.store import imports as store
from domain.store import members as member_store
from domain.store import programs as program_store
from domain.store.imports import Import
from domain.store.programs import Program
from domain.store.query import Connection

__all__ = [
    "Conflict",
    "Fault",
    "File",
    "FileRefused",
    "FileTooOld",
    "Import",
    "Report",
    "Step",
    "Summary",
    "page",
    "run",
]

FORMAT = "asyncapi"


class FileRefused(Invalid):
    """Nothing of the file was applied; each fault says where it is."""

    code = "file_refused"
    title = "The file cannot be imported"


class FileTooOld(ConflictError):
    """A newer file was applied already."""

    code = "file_too_old"
    title = "A newer file has been imported"


class File(Struct, frozen=True):
    """A file to import, and how.

    `as_of` is the file's day in the program's time zone, by default today, and needed for a mirror;
    `joined_known`: who is new joined on that day; without a `format` the content tells.
    """

    data: bytes
    mode: Mode
    as_of: date | None = None
    dry_run: bool = False
    joined_known: bool = False
    format: Format | None = None


class Report(Struct, frozen=True):
    """The plan of an import, and whether it was applied; `id` is the record of that, if any.

    When there was nothing to do, nothing is recorded and the id is None.
    """

    id: UUID | None
    applied: bool
    mode: Mode
    as_of: date
    digest: bytes
    summary: Summary
    steps: Sequence[Step]
    conflicts: Sequence[Conflict]
    faults: Sequence[Fault]


class _Read(Struct, frozen=True):
    """A file against what is recorded."""

    members: Members
    held: dict[UUID, Held]
    matched: dict[int, UUID]
    plan: Plan
    today: date
    last_as_of: date | None
    report: Report


async def page(call: Call, slug: str, *, before: UUID | None, limit: int) -> list[Import]:
    """A program's imports, newest first, one more than a page. Raises `NotFound`."""
    async with reading(call) as tx:
        program = await programs.find(tx, slug)
        return await store.page(tx, program.id, before=before, limit=limit + 1)


async def run(call: Call, slug: str, file: File) -> Report:
    """Import AsyncAPI's members file: the plan, which is applied unless it is a dry run.

    The same file again plans and writes nothing. One import runs at a time. Rules: RULES.md,
    "Import (mirror)". Raises `NotFound`, `ProgramArchived`, `Invalid` for a day to come, or none
    for a mirror, `FileRefused` with every fault and its line, `FileTooOld`.
    """
    if file.dry_run:
        async with reading(call, frozen=True) as snapshot:
            program = await programs.find(snapshot, slug)
            return (await _read(snapshot, call, program, file, lock=False)).report
    async with transaction(call) as tx:
        await member_store.take_turn(tx)
        await matching.hold(tx)
        await program_store.lock(tx, slug)
        program = await programs.find_open(tx, slug)
        await matching.hold(tx)
        return await _apply(tx, program, await _read(tx, call, program, file, lock=True))


async def _read(tx: Connection, call: Call, program: Program, file: File, *, lock: bool) -> _Read:
    policy = await policies.typed(tx, program)
    today = day_of(call.at, policy.time_zone)
    as_of = _day(file, today)
    # Parsing and planning take their time; other requests need not wait for them.
    members = await asyncio.to_thread(_parse, file, policy)
    held = await roster.read(tx, program.id, members.entries, lock=lock)
    last_as_of = await store.last_as_of(tx, program.id, FORMAT)
    current = roster.current(held, policy, today)
    made = await asyncio.to_thread(
        partial(
            plan,
            members,
            current,
            mode=file.mode,
            as_of=as_of,
            last_as_of=last_as_of,
            joined_known=file.joined_known,
        )
    )
    if made.refused:
        raise _refusal(made)
    report = Report(
        id=None,
        applied=not file.dry_run,
        mode=file.mode,
        as_of=as_of,
        digest=hashlib.sha256(file.data).digest(),
        summary=import_report.summarize(made),
        steps=import_report.steps(made, members, current),
        conflicts=made.conflicts,
        faults=made.faults,
    )
    found = match(members.entries, current.people).found
    matched = {index: person.id for index, person in found.items()}
    return _Read(members, held, matched, made, today, last_as_of, report)


def _parse(file: File, policy: Policy) -> Members:
    members = parse(file.data, partial(policy_rules.contribution_type, policy), file.format)
    return import_report.within(members, policy)


def _day(file: File, today: date) -> date:
    if file.as_of is None and file.mode == "mirror":
        raise _bad_day("A mirror needs the day of its file: a newer one is never undone.")
    if file.as_of is not None and file.as_of > today:
        raise _bad_day("That day is still to come.")
    return file.as_of or today


def _bad_day(detail: str) -> Invalid:
    return Invalid(detail, ErrorFault("as_of", detail, parameter="as_of"))


def _refusal(made: Plan) -> Invalid | FileTooOld:
    refusing = [fault for fault in made.faults if fault.severity == "refuses"]
    if all(fault.code == "as_of_older" for fault in refusing):
        detail = f"{refusing[0].detail}."
        return FileTooOld(detail, ErrorFault("as_of_older", detail, parameter="as_of"))
    told = [
        ErrorFault(fault.code, f"line {fault.line}: {fault.detail}", pointer=fault.pointer)
        for fault in made.faults
        if fault.severity != "normalised" and fault.code != "as_of_older"
    ]
    return FileRefused(f"Nothing was imported: the file has {len(told)} faults.", *told)


async def _apply(tx: Transaction, program: Program, read: _Read) -> Report:
    report, call = read.report, tx.call
    steps = Steps(call, program.id, read.held, report.as_of, read.today)
    steps.take(read.plan)
    _order(steps, read)
    reason = f"Import of the members file as of {report.as_of}."
    await roster_changes.store_all(tx, program, read.held, steps, reason)
    newer = read.last_as_of is None or report.as_of > read.last_as_of
    if not read.plan.actions and not newer:
        return report
    done = Import(
        program_id=program.id,
        id=call.new_id(),
        format=FORMAT,
        mode=report.mode,
        as_of=report.as_of,
        digest=report.digest,
        summary=report.summary,
        applied_at=call.at,
        applied_by=call.actor.account_id,
    )
    await store.insert(tx, done)
    summary = msgspec.to_builtins(report.summary)
    told = {"format": FORMAT, "mode": done.mode, "as_of": done.as_of}
    await audit.record(
        tx,
        EventType.IMPORT_APPLIED.value,
        ("import", done.id),
        program_id=program.id,
        after={**told, "summary": summary},
    )
    await events.emit(
        tx, EventType.IMPORT_APPLIED, done.id, program_id=program.id, **told, summary=summary
    )
    return msgspec.structs.replace(report, id=done.id)


def _order(steps: Steps, read: _Read) -> None:
    entries = read.members.entries
    people = {index: steps.after[key] for index, key in (read.matched | steps.created).items()}
    if read.report.mode == "mirror":
        roster_order.follow(entries, people)
    else:
        roster_order.append(entries, people, steps.after)
