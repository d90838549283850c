"""Who may do what is what was reviewed."""

from __future__ import annotations

from domain.rules.access import ANYBODY, GRANTS, INSTANCE, Permission, Role
from tests.authz.matrix import FILE, actor, table


def test_the_table_is_the_reviewed_one() -> None:
    assert FILE.read_text(encoding="utf-8") == table(), (
        "who may do what has changed: run `python -m tests.authz.matrix --write`, review the lines"
    )


def test_permissions_and_roles_are_in_order() -> None:
    for kind in (Permission, Role):
        assert [member.value for member in kind] == sorted(member.value for member in kind)
        assert [member.name.lower() for member in kind] == [
            member.value.replace(":", "_") for member in kind
        ]


def test_no_role_of_a_program_reaches_beyond_it() -> None:
    for role in set(Role) - {Role.OWNER}:
        assert not GRANTS[role] & (INSTANCE | ANYBODY)
        for permission in set(Permission) - ANYBODY:
            assert not actor(role).may(permission, "other")
            assert not actor(role).may(permission)


def test_every_role_has_its_grants() -> None:
    assert set(GRANTS) == set(Role)
