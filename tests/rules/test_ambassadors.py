"""What may become of an ambassador, and what the public may know."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import product

import pytest

from domain.errors import Invalid, InvalidReference
from domain.rules import ambassadors, memberships
from domain.rules.ambassadors import NEXT, SANCTIONS, AmbassadorStatus, StatusChangeRefused
from domain.rules.days import day_of
from domain.rules.memberships import MembershipKind
from domain.rules.policy_document import Directory, ListedStatus, Policy, ProgramGroup, Texts

S = AmbassadorStatus
TODAY = date(2026, 3, 3)


def allowed(before: S, after: S, *, by_person: bool) -> bool:
    try:
        ambassadors.check_status(before, after, by_person=by_person)
    except StatusChangeRefused:
        return False
    return True


def test_the_changes_that_a_person_may_make() -> None:
    refused = {
        (before, after)
        for before, after in product(S, S)
        if not allowed(before, after, by_person=True)
    }
    assert refused == {
        (S.EMERITUS, S.ON_LEAVE),
        (S.REMOVED, S.ON_LEAVE),
        (S.REMOVED, S.SUSPENDED),
    }


@pytest.mark.parametrize("sanction", sorted(SANCTIONS))
def test_nothing_that_happens_by_itself_sets_or_lifts_a_sanction(sanction: S) -> None:
    for other in S:
        assert not allowed(sanction, other, by_person=False)
        assert not allowed(other, sanction, by_person=False)
    assert allowed(S.ACTIVE, S.EMERITUS, by_person=False)


def test_every_status_leads_somewhere_and_never_to_itself() -> None:
    assert set(NEXT) == set(S)
    assert all(after and before not in after for before, after in NEXT.items())


def test_a_status_holds_between_the_joining_and_today() -> None:
    ambassadors.check_status_day(TODAY, TODAY, TODAY)
    ambassadors.check_status_day(date(2020, 1, 1), None, TODAY)
    for on in (date(2026, 3, 4), date(2025, 1, 10)):
        with pytest.raises(Invalid) as refused:
            ambassadors.check_status_day(on, date(2025, 1, 11), TODAY)
        assert refused.value.faults[0].pointer == "/on"


def test_nobody_has_joined_tomorrow() -> None:
    ambassadors.check_joined(None, TODAY)
    ambassadors.check_joined(TODAY, TODAY)
    with pytest.raises(Invalid) as refused:
        ambassadors.check_joined(date(2026, 3, 4), TODAY)
    assert refused.value.faults[0].pointer == "/joined_on"


def shown(*asked: S, reads_all: bool = False, directory: Directory | None = None) -> set[S]:
    listing = directory or Directory(statuses=(ListedStatus.ACTIVE, ListedStatus.EMERITUS))
    return set(ambassadors.statuses_shown(listing, asked, reads_all=reads_all))


def test_the_public_sees_what_the_program_lists() -> None:
    assert shown() == {S.ACTIVE}
    assert shown(S.ACTIVE, S.EMERITUS, S.ON_LEAVE) == {S.ACTIVE, S.EMERITUS}
    assert shown(S.ON_LEAVE) == set()
    assert shown(directory=Directory(public=False)) == set()
    with pytest.raises(Invalid) as refused:
        shown(S.ACTIVE, S.SUSPENDED)
    assert refused.value.faults[0].parameter == "status"


def test_staff_sees_whatever_it_asks_for() -> None:
    assert shown(reads_all=True) == {S.ACTIVE}
    assert shown(S.REMOVED, S.ON_LEAVE, reads_all=True) == {S.REMOVED, S.ON_LEAVE}


def test_a_sought_text_has_no_wildcards() -> None:
    assert ambassadors.containing("50%_\\") == "%50\\%\\_\\\\%"


def test_handles_are_compared_without_regard_to_case() -> None:
    assert ambassadors.same_handle("Amara", "aMARA")
    assert not ambassadors.same_handle("amara", "amara-o")


@pytest.mark.parametrize(
    ("zone", "day"), [("UTC", 3), ("Pacific/Kiritimati", 4), ("Pacific/Pago_Pago", 3)]
)
def test_a_day_is_one_of_the_programs_time_zone(zone: str, day: int) -> None:
    assert day_of(datetime(2026, 3, 3, 12, tzinfo=UTC), zone) == date(2026, 3, day)


@pytest.mark.parametrize(
    ("began", "until", "last"),
    [
        (None, None, date(2026, 3, 2)),
        (date(2026, 3, 2), None, date(2026, 3, 2)),
        (date(2026, 3, 3), None, None),
        (date(2026, 4, 1), date(2026, 5, 1), None),
        (date(2025, 1, 1), date(2026, 3, 3), date(2026, 3, 2)),
        (date(2025, 1, 1), date(2025, 2, 1), date(2025, 2, 1)),
    ],
)
def test_the_last_day_of_a_membership_that_is_ended(
    began: date | None, until: date | None, last: date | None
) -> None:
    assert memberships.last_day(began, until, TODAY) == last


def test_a_group_is_one_of_the_policy() -> None:
    policy = Policy(texts=Texts(name="Invented"), groups={"tsc": ProgramGroup(name="Steering")})
    memberships.check_code(policy, MembershipKind.GROUP, "tsc")
    for kind, code in ((MembershipKind.GROUP, "board"), (MembershipKind.ROLE, "tsc")):
        with pytest.raises(InvalidReference) as refused:
            memberships.check_code(policy, kind, code)
        assert refused.value.faults[0].pointer == "/code"
