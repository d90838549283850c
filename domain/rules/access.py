"""Who may do what: permissions, roles and their grants as one table, and the actor who calls."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from msgspec import Struct


class Permission(StrEnum):
    """noun:action, in alphabetical order. A token can be limited to some of them."""

    ACCOUNT_MANAGE = "account:manage"
    ACCOUNT_READ = "account:read"
    AMBASSADOR_MANAGE = "ambassador:manage"
    AMBASSADOR_READ = "ambassador:read"
    APPLICATION_DECIDE = "application:decide"
    APPLICATION_READ = "application:read"
    AUDIT_READ = "audit:read"
    BUDGET_MANAGE = "budget:manage"
    BUDGET_READ = "budget:read"
    CONTRIBUTION_MANAGE = "contribution:manage"
    CONTRIBUTION_READ = "contribution:read"
    CONTRIBUTION_REVIEW = "contribution:review"
    CONTRIBUTION_SUBMIT = "contribution:submit"
    DELIVERY_READ = "delivery:read"
    EVENT_READ = "event:read"
    EXPORT_READ = "export:read"
    GRANT_FULFIL = "grant:fulfil"
    GRANT_MANAGE = "grant:manage"
    GRANT_READ = "grant:read"
    IMPORT_RUN = "import:run"
    INVITATION_MANAGE = "invitation:manage"
    JOB_MANAGE = "job:manage"
    JOB_READ = "job:read"
    PERSON_ERASE = "person:erase"
    PERSON_MANAGE = "person:manage"
    PERSON_READ = "person:read"
    POLICY_MANAGE = "policy:manage"
    PROGRAM_CREATE = "program:create"
    PROGRAM_MANAGE = "program:manage"
    ROLE_MANAGE = "role:manage"
    ROLE_READ = "role:read"
    SELF_MANAGE = "self:manage"
    SELF_READ = "self:read"
    SOURCE_MANAGE = "source:manage"
    SOURCE_READ = "source:read"
    STOCK_MANAGE = "stock:manage"
    STOCK_READ = "stock:read"
    TOKEN_MANAGE = "token:manage"
    VOTE_CAST = "vote:cast"
    VOTE_MANAGE = "vote:manage"


class Role(StrEnum):
    """What an account is: in the whole instance (`owner`) or in one program (the others)."""

    AMBASSADOR = "ambassador"
    COMMITTEE = "committee"
    FULFILMENT = "fulfilment"
    INTEGRATION = "integration"
    MANAGER = "manager"
    OWNER = "owner"
    READER = "reader"
    REVIEWER = "reviewer"


P = Permission

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.MANAGER: frozenset(
        {
            P.AMBASSADOR_MANAGE,
            P.AMBASSADOR_READ,
            P.APPLICATION_DECIDE,
            P.APPLICATION_READ,
            P.AUDIT_READ,
            P.BUDGET_MANAGE,
            P.BUDGET_READ,
            P.CONTRIBUTION_MANAGE,
            P.CONTRIBUTION_READ,
            P.CONTRIBUTION_REVIEW,
            P.CONTRIBUTION_SUBMIT,
            P.EVENT_READ,
            P.EXPORT_READ,
            P.GRANT_FULFIL,
            P.GRANT_MANAGE,
            P.GRANT_READ,
            P.IMPORT_RUN,
            P.INVITATION_MANAGE,
            P.PERSON_MANAGE,
            P.PERSON_READ,
            P.POLICY_MANAGE,
            P.PROGRAM_MANAGE,
            P.ROLE_MANAGE,
            P.ROLE_READ,
            P.SOURCE_MANAGE,
            P.SOURCE_READ,
            P.STOCK_MANAGE,
            P.STOCK_READ,
            P.VOTE_CAST,
            P.VOTE_MANAGE,
        }
    ),
    Role.READER: frozenset(
        {
            P.AMBASSADOR_READ,
            P.APPLICATION_READ,
            P.AUDIT_READ,
            P.BUDGET_READ,
            P.CONTRIBUTION_READ,
            P.EVENT_READ,
            P.EXPORT_READ,
            P.GRANT_READ,
            P.PERSON_READ,
            P.ROLE_READ,
            P.SOURCE_READ,
            P.STOCK_READ,
        }
    ),
    Role.COMMITTEE: frozenset(
        {P.AMBASSADOR_READ, P.APPLICATION_READ, P.CONTRIBUTION_READ, P.VOTE_CAST}
    ),
    # Nobody else but the instance's owner reads where something is sent: not even a manager, who is
    # given this role too where one person does both.
    Role.FULFILMENT: frozenset(
        {
            P.AMBASSADOR_READ,
            P.DELIVERY_READ,
            P.EVENT_READ,
            P.GRANT_FULFIL,
            P.GRANT_READ,
            P.STOCK_MANAGE,
            P.STOCK_READ,
        }
    ),
    Role.REVIEWER: frozenset({P.AMBASSADOR_READ, P.CONTRIBUTION_READ, P.CONTRIBUTION_REVIEW}),
    Role.INTEGRATION: frozenset(
        {
            P.AMBASSADOR_READ,
            P.CONTRIBUTION_READ,
            P.CONTRIBUTION_SUBMIT,
            P.EVENT_READ,
            P.SOURCE_READ,
        }
    ),
    Role.AMBASSADOR: frozenset({P.CONTRIBUTION_SUBMIT}),
}

ANYBODY = frozenset({P.SELF_MANAGE, P.SELF_READ, P.TOKEN_MANAGE})
"""What every account may do with what is its own: its profile, its tokens."""

INSTANCE = frozenset(
    {
        P.ACCOUNT_MANAGE,
        P.ACCOUNT_READ,
        P.JOB_MANAGE,
        P.JOB_READ,
        P.PERSON_ERASE,
        P.PROGRAM_CREATE,
    }
)
"""Permissions that no role in a program gives."""


class Assignment(Struct, frozen=True):
    """A role that is in force now; `program` is None for the whole instance."""

    role: Role
    program_id: UUID | None
    program: str | None


class Opens(Struct, frozen=True):
    """The one application that a capability opens, to its applicant or to the nominee."""

    program_id: UUID
    application_id: UUID
    nominee: bool


class Actor(Struct, frozen=True):
    """The account that calls, through one token.

    `permissions` and `programs` (id to slug) are the token's own limits; None means no limit.
    `opens` is the application that somebody without an account holds the capability of, `source_id`
    the source that a connector records for.
    """

    account_id: UUID | None
    name: str
    person_id: UUID | None = None
    token_id: UUID | None = None
    assignments: tuple[Assignment, ...] = ()
    permissions: frozenset[Permission] | None = None
    programs: dict[UUID, str] | None = None
    opens: Opens | None = None
    source_id: UUID | None = None

    @property
    def anonymous(self) -> bool:
        """Whether nobody in particular calls."""
        return self.account_id is None and self.opens is None and self.source_id is None

    def may(self, permission: Permission, program: str | None = None) -> bool:
        """Whether the actor holds a permission in the program with this slug (None: everywhere)."""
        if self.account_id is None:
            return False
        if self.permissions is not None and permission not in self.permissions:
            return False
        if permission in ANYBODY:
            return True
        if self.programs is not None and (
            permission in INSTANCE or program not in self.programs.values()
        ):
            return False
        return any(
            permission in GRANTS[held.role]
            and (held.program is None or (held.program == program and permission not in INSTANCE))
            for held in self.assignments
        )

    def may_grant(self, role: Role, program: str | None) -> bool:
        """Whether the actor may give or end a role: nobody grants what they do not hold."""
        needed = GRANTS[role] | {Permission.ROLE_MANAGE}
        return all(self.may(permission, program) for permission in needed)

    def may_somewhere(self, permission: Permission) -> bool:
        """Whether the actor holds a permission everywhere or in at least one program."""
        programs = self.programs_with(permission)
        return programs is None or bool(programs)

    def programs_with(self, permission: Permission) -> frozenset[UUID] | None:
        """The ids of the programs in which the actor holds a permission; None means everywhere."""
        if self.may(permission):
            return None
        return frozenset(
            key for key, slug in self._programs_named().items() if self.may(permission, slug)
        )

    def effective(self) -> dict[str | None, list[Permission]]:
        """What the actor may do everywhere (None), and what more in single programs, by slug."""
        everywhere = [permission for permission in Permission if self.may(permission)]
        found: dict[str | None, list[Permission]] = {None: everywhere}
        for slug in sorted(self._programs_named().values()):
            more = [p for p in Permission if p not in everywhere and self.may(p, slug)]
            if more:
                found[slug] = more
        return found

    def _programs_named(self) -> dict[UUID, str]:
        named = dict(self.programs or {})
        return named | {
            a.program_id: a.program for a in self.assignments if a.program_id and a.program
        }


ANONYMOUS = Actor(account_id=None, name="anonymous")

COMMAND_LINE = Actor(
    account_id=UUID(int=0),
    name="command line",
    assignments=(Assignment(Role.OWNER, None, None),),
)
"""Whoever runs commands beside the database may do what its owner may; no account has this id."""

WORKER = Actor(account_id=UUID(int=0), name="worker", assignments=COMMAND_LINE.assignments)
"""Whatever is done outside any request, by the program's own rules."""


def source_actor(slug: str, source_id: UUID) -> Actor:
    """Whoever records what a source's connector has found: it may write to this source alone."""
    return Actor(account_id=None, name=f"source {slug}", source_id=source_id)
