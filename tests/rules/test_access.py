"""Who may do what: the actor's limits, what they may grant, and how strong a token may be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rules import secrets
from domain.rules.access import GRANTS, INSTANCE, Actor, Assignment, Permission, Role
from domain.rules.token_limits import Limits, excess

DEMO, OTHER = UUID(int=10), UUID(int=11)
OWNER = Assignment(Role.OWNER, None, None)
MANAGER = Assignment(Role.MANAGER, DEMO, "demo")
NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)


def actor(*held: Assignment, **limits: object) -> Actor:
    return Actor(account_id=UUID(int=1), name="x", assignments=held, **limits)


def test_a_token_for_one_program_reaches_nothing_of_the_instance() -> None:
    limited = actor(OWNER, programs={DEMO: "demo"})
    assert limited.may(Permission.POLICY_MANAGE, "demo")
    assert not limited.may(Permission.POLICY_MANAGE, "other")
    for permission in INSTANCE:
        assert not limited.may_somewhere(permission)
        assert not limited.may(permission, "demo")


def test_nobody_grants_what_they_do_not_hold() -> None:
    manager = actor(MANAGER)
    assert manager.may_grant(Role.MANAGER, "demo")
    assert manager.may_grant(Role.READER, "demo")
    assert manager.may_grant(Role.REVIEWER, "demo")
    assert not manager.may_grant(Role.READER, "other")
    assert not manager.may_grant(Role.OWNER, None)
    assert not actor(Assignment(Role.READER, DEMO, "demo")).may_grant(Role.AMBASSADOR, "demo")
    narrow = frozenset({Permission.ROLE_MANAGE, Permission.ROLE_READ})
    assert not actor(MANAGER, permissions=narrow).may_grant(Role.READER, "demo")
    assert not actor(MANAGER, permissions=narrow).may_grant(Role.AMBASSADOR, "demo")
    enough = narrow | GRANTS[Role.AMBASSADOR]
    assert actor(MANAGER, permissions=enough).may_grant(Role.AMBASSADOR, "demo")
    assert actor(OWNER).may_grant(Role.OWNER, None)
    assert not actor(OWNER, programs={DEMO: "demo"}).may_grant(Role.OWNER, None)


def test_who_submits_reviews_and_corrects_contributions() -> None:
    def holders(permission: Permission) -> set[Role]:
        return {role for role, permissions in GRANTS.items() if permission in permissions}

    staff = {Role.OWNER, Role.MANAGER}
    assert holders(Permission.CONTRIBUTION_SUBMIT) == staff | {Role.INTEGRATION, Role.AMBASSADOR}
    assert holders(Permission.CONTRIBUTION_REVIEW) == staff | {Role.REVIEWER}
    assert holders(Permission.CONTRIBUTION_MANAGE) == staff
    assert holders(Permission.SOURCE_READ) == staff | {Role.READER, Role.INTEGRATION}
    assert holders(Permission.SOURCE_MANAGE) == staff


def test_what_holds_everywhere_is_told_once() -> None:
    told = actor(MANAGER).effective()
    assert set(told) == {None, "demo"}
    assert set(told["demo"]) == GRANTS[Role.MANAGER]
    assert set(actor(OWNER, MANAGER).effective()) == {None}
    limited = actor(OWNER, programs={OTHER: "other"}).effective()
    assert Permission.POLICY_MANAGE in limited["other"]
    assert Permission.ACCOUNT_READ not in limited["other"]
    assert Permission.POLICY_MANAGE not in limited[None]


PERMISSIONS = st.none() | st.frozensets(st.sampled_from(Permission))
PROGRAMS = st.none() | st.frozensets(st.sampled_from([DEMO, OTHER]))
ENDS = st.none() | st.integers(0, 3).map(lambda days: NOW + timedelta(days=days))
LIMITS = st.builds(Limits, PERMISSIONS, PROGRAMS, ENDS)


@given(LIMITS, LIMITS)
def test_a_token_that_does_not_exceed_another_can_do_nothing_that_the_other_cannot(
    wanted: Limits, own: Limits
) -> None:
    def can(limits: Limits, permission: Permission, program: UUID, day: int) -> bool:
        return (
            (limits.permissions is None or permission in limits.permissions)
            and (limits.programs is None or program in limits.programs)
            and (limits.expires_at is None or NOW + timedelta(days=day) < limits.expires_at)
        )

    more = any(
        can(wanted, permission, program, day) and not can(own, permission, program, day)
        for permission in Permission
        for program in (DEMO, OTHER)
        for day in (-1, 0, 1, 2, 3, 4)
    )
    if more:
        assert excess(wanted, own) != []
    if wanted == own or own == Limits():
        assert excess(wanted, own) == []


def test_the_excess_is_pointed_at() -> None:
    own = Limits(frozenset({Permission.EVENT_READ}), frozenset({DEMO}), NOW)
    pointers = [fault.pointer for fault in excess(Limits(), own)]
    assert pointers == ["/permissions", "/programs", "/expires_at"]
    later = Limits(own.permissions, own.programs, NOW + timedelta(seconds=1))
    assert [fault.pointer for fault in excess(later, own)] == ["/expires_at"]


@pytest.mark.parametrize(
    ("secret", "answer"),
    [
        ("x" * 31, False),
        ("x" * 32, True),
        ("x" * 100, True),
        ("x" * 101, False),
        ("x" * 31 + " ", False),
        ("x" * 31 + "é", False),
        (secrets.mint(secrets.TOKEN, bytes(24)), True),
        (secrets.mint(secrets.TOKEN, bytes(24))[:-1] + "x", False),
        ("chy_" + "x" * 32, False),
    ],
)
def test_what_can_be_a_token(secret: str, answer: bool) -> None:
    assert secrets.presentable(secret) is answer


def test_a_chosen_token_gives_nothing_of_itself_away() -> None:
    assert secrets.hint("correct-horse-battery-staple-and-more") == "chosen"
