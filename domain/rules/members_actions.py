"""What is recorded about a program's people, and the actions that a plan may take on it."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from msgspec import Struct

from domain.rules.members import Fault, Membership, Profile

Mode = Literal["merge", "mirror"]
Status = Literal["active", "on_leave", "suspended", "emeritus", "removed"]


class Identity(Struct, frozen=True):
    """`subject` is the provider's stable id, `handle` the display name as it is now."""

    provider: str
    subject: str | None
    handle: str | None
    verified: bool


class Recorded(Struct, frozen=True):
    """A contribution as recorded; `on` as in `members.Contribution`.

    `type_text` is the word of the file that it came from, None when it came from elsewhere.
    `ours`: it came from the members file, and the person is the first one in it. `listed`: an
    export shows it (accepted, and public). What is not both is recognised in a file, but no plan
    touches it. `settled`: it counted for a finished tenure; what a file says otherwise of it is for
    people to decide.
    """

    id: UUID
    type: str
    type_text: str | None
    title: str
    on: str
    url: str | None
    ours: bool = True
    listed: bool = True
    settled: bool = False


class Ambassador(Struct, frozen=True):
    """A person's membership of the program; `handle` is the program's own, unique in it."""

    id: UUID
    handle: str
    status: Status
    joined_on: date | None = None
    left_on: date | None = None


class Person(Struct, frozen=True):
    """Somebody of the instance. `ambassador` and `memberships` are those of this program.

    `hidden` names what the person or the program keeps from the public (profile fields, `slack`,
    `groups`, `joined_on`): an export leaves it out, and its absence from a file says nothing.
    """

    id: UUID
    identities: tuple[Identity, ...] = ()
    profile: Profile = Profile()
    hidden: frozenset[str] = frozenset()
    ambassador: Ambassador | None = None
    memberships: tuple[Membership, ...] = ()
    contributions: tuple[Recorded, ...] = ()


class Current(Struct, frozen=True):
    """The program's ambassadors in their order, and whoever else the file could mean."""

    people: tuple[Person, ...] = ()


class Who(Struct, frozen=True):
    """Whom a step is about: `entry` is the index in the file and `line` its line, if it is there.

    `person` is None for somebody whom the plan's own `AddPerson` with the same `entry` creates.
    """

    person: UUID | None
    entry: int | None = None
    line: int | None = None


class Action(Struct, frozen=True, tag_field="action"):
    """One step of a plan."""

    who: Who


class AddPerson(Action, frozen=True, tag="add_person"):
    identities: tuple[Identity, ...]
    profile: Profile


class AddAmbassador(Action, frozen=True, tag="add_ambassador"):
    """`joined_on` is None when nobody said so: it is never invented."""

    handle: str
    joined_on: date | None


class ReturnAmbassador(Action, frozen=True, tag="return_ambassador"):
    """Emeritus becomes active again."""

    ambassador: UUID
    on: date


class Depart(Action, frozen=True, tag="depart"):
    """Becomes emeritus; memberships of groups and contributions stay."""

    ambassador: UUID
    handle: str
    on: date


class RenameHandle(Action, frozen=True, tag="rename_handle"):
    """The GitHub identity's handle; `after` is None when somebody else holds it now.

    `ambassador` is set when the program's own handle follows, and becomes `ambassador_handle`;
    taken in the plan's order these renames never meet a handle in use.
    """

    subject: str | None
    before: str | None
    after: str | None
    ambassador: UUID | None = None
    ambassador_before: str | None = None
    ambassador_handle: str | None = None


class ChangeIdentity(Action, frozen=True, tag="change_identity"):
    """An identity is added (no `before`), removed (no `after`), or learns its id."""

    before: Identity | None
    after: Identity | None


class ChangeProfile(Action, frozen=True, tag="change_profile"):
    field: str
    before: str | None
    after: str | None


class AddMembership(Action, frozen=True, tag="add_membership"):
    group: str
    since: date | None


class ChangeMembership(Action, frozen=True, tag="change_membership"):
    """The open membership began on another day than recorded."""

    group: str
    before: date | None
    after: date


class ReopenMembership(Action, frozen=True, tag="reopen_membership"):
    """The membership that ended on `until` goes on: the file knows of no gap."""

    group: str
    until: date


class EndMembership(Action, frozen=True, tag="end_membership"):
    group: str
    until: date


class AddContribution(Action, frozen=True, tag="add_contribution"):
    type: str
    type_text: str
    title: str
    on: str
    url: str | None


class ChangeContribution(Action, frozen=True, tag="change_contribution"):
    """`before` as recorded, `after` as it becomes; both carry the record's id."""

    before: Recorded
    after: Recorded


class RemoveContribution(Action, frozen=True, tag="remove_contribution"):
    before: Recorded


AnyAction = (
    AddPerson
    | AddAmbassador
    | ReturnAmbassador
    | Depart
    | RenameHandle
    | ChangeIdentity
    | ChangeProfile
    | AddMembership
    | ChangeMembership
    | ReopenMembership
    | EndMembership
    | AddContribution
    | ChangeContribution
    | RemoveContribution
)


class Conflict(Struct, frozen=True):
    """Where file and record disagree and people must decide; nothing about them is changed."""

    code: str
    detail: str
    entry: int | None
    line: int | None
    people: tuple[UUID, ...]


class Plan(Struct, frozen=True):
    """What an import does, in order; a refused plan does nothing and its faults say why."""

    actions: tuple[AnyAction, ...]
    conflicts: tuple[Conflict, ...]
    faults: tuple[Fault, ...]
    refused: bool
