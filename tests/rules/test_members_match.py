"""Who of the recorded people an entry is: ids, verified identities, handles and their changes."""

from __future__ import annotations

from uuid import UUID

from domain.rules.members import Profile
from domain.rules.members_actions import (
    AddAmbassador,
    Ambassador,
    ChangeIdentity,
    ChangeProfile,
    Identity,
    Person,
    RenameHandle,
    Who,
)
from tests.rules.members_made import codes, entry, kinds, planned, somebody


def test_somebody_of_another_program_is_found_by_id_and_not_added_twice() -> None:
    jon = somebody(1, "jvale", subject="7", status=None)
    made = planned(entry("jvale", 7, "company: Tidewater"), jon)
    assert made.actions == (
        AddAmbassador(Who(jon.id, 0, 1), "jvale", None),
        ChangeProfile(Who(jon.id, 0, 1), "company", None, "Tidewater"),
    )


def test_a_handle_change_is_a_rename() -> None:
    jon = somebody(1, "jvale", subject="7")
    made = planned(entry("jon-vale", 7), jon)
    assert made.actions == (
        RenameHandle(
            Who(jon.id, 0, 1), "7", "jvale", "jon-vale", UUID(int=1001), "jvale", "jon-vale"
        ),
    )


def test_another_case_is_the_same_handle() -> None:
    assert planned(entry("JVale", 7), somebody(1, "jvale", subject="7")).actions == ()
    assert planned(entry("JVale"), somebody(1, "jvale")).actions == ()


def test_a_handle_of_the_programs_own_does_not_follow_github() -> None:
    jon = somebody(1, "jvale", subject="7")
    jon = Person(
        jon.id, jon.identities, jon.profile, ambassador=Ambassador(jon.id, "jon", "active")
    )
    made = planned(entry("jon-vale", 7), jon)
    assert made.actions == (RenameHandle(Who(jon.id, 0, 1), "7", "jvale", "jon-vale"),)


def test_the_id_that_a_file_brings_verifies_the_claimed_handle() -> None:
    jon = somebody(1, "jvale")
    made = planned(entry("jvale", 7), jon)
    claimed, vouched = jon.identities[0], Identity("github", "7", "jvale", verified=True)
    assert made.actions == (ChangeIdentity(Who(jon.id, 0, 1), claimed, vouched),)


def test_a_handle_alone_finds_somebody_with_an_id() -> None:
    assert planned(entry("jvale"), somebody(1, "jvale", subject="7")).actions == ()


def test_who_took_over_a_handle_is_a_stranger() -> None:
    jon = somebody(1, "jvale", subject="7")
    made = planned(entry("jvale", 8), jon)
    assert made.actions[0] == RenameHandle(Who(jon.id), "7", "jvale", None)
    assert kinds(made)[1:] == ["AddPerson", "AddAmbassador", "Depart"]
    assert AddAmbassador(Who(None, 0, 1), "jvale-2", None) in made.actions
    assert [(fault.code, fault.line) for fault in made.faults] == [("handle_taken", 1)]


def test_a_handle_that_the_file_gives_to_somebody_else_is_given_up() -> None:
    jon = somebody(1, "jvale", subject="7")
    made = planned(entry(None, 7) + entry("jvale"), jon)
    assert made.actions[0] == RenameHandle(Who(jon.id), "7", "jvale", None)
    assert kinds(made)[1:] == ["AddPerson", "AddAmbassador"]


def test_a_chain_and_a_swap_of_handles_never_meet_a_handle_in_use() -> None:
    a, b, c = (somebody(n, h, subject=str(n)) for n, h in ((1, "aa"), (2, "bb"), (3, "cc")))
    chain = planned(entry("bb", 1) + entry("cc", 2) + entry("dd", 3), a, b, c)
    assert [one.who.person for one in chain.actions] == [c.id, b.id, a.id]
    swap = planned(entry("bb", 1) + entry("aa", 2), a, b)
    handles = [one.ambassador_handle for one in swap.actions if isinstance(one, RenameHandle)]
    assert handles == ["bb-2", "aa"]
    blocked = planned(entry("cc", 1) + entry("bb", 3), a, b, c, mode="merge")
    renames = [one for one in blocked.actions if isinstance(one, RenameHandle)]
    assert [(one.who.person, one.after, one.ambassador_handle) for one in renames] == [
        (b.id, None, None),
        (c.id, "bb", "bb-2"),
        (a.id, "cc", "cc"),
    ]


def test_a_verified_slack_id_finds_a_person_who_has_no_github_id() -> None:
    slack = Identity("slack", "U0MIRA0101", None, verified=True)
    mira = Person(UUID(int=1), (slack,), Profile(name="N"))
    made = planned(entry("mira-o", 101, "slack: U0MIRA0101"), mira)
    github = Identity("github", "101", "mira-o", verified=True)
    assert made.actions == (
        AddAmbassador(Who(mira.id, 0, 1), "mira-o", None),
        ChangeIdentity(Who(mira.id, 0, 1), None, github),
    )
    claimed = Identity("slack", "U0MIRA0101", None, verified=False)
    stranger = planned(
        entry("mira-o", 101, "slack: U0MIRA0101"), Person(mira.id, (claimed,), mira.profile)
    )
    assert kinds(stranger) == ["AddPerson", "AddAmbassador"]


def test_a_claimed_slack_id_follows_the_file_and_a_verified_one_stays() -> None:
    github = Identity("github", "7", "jvale", verified=True)
    claimed = Identity("slack", "U0OLD00001", None, verified=False)
    jon = somebody(1, "jvale", subject="7", identities=(github, claimed))
    now = Identity("slack", "U0NEW00001", None, verified=False)
    who = Who(jon.id, 0, 1)
    assert planned(entry("jvale", 7, "slack: U0NEW00001"), jon).actions == (
        ChangeIdentity(who, claimed, now),
    )
    assert planned(entry("jvale", 7), jon).actions == (ChangeIdentity(who, claimed, None),)
    assert planned(entry("jvale", 7), jon, mode="merge").actions == ()
    assert planned(entry("jvale", 7, "slack: nobody"), jon).actions == ()
    vouched = Identity("slack", "U0OLD00001", None, verified=True)
    jon = somebody(1, "jvale", subject="7", identities=(github, vouched))
    assert planned(entry("jvale", 7), jon).actions == ()
    assert planned(entry("jvale", 7, "slack: U0OLD00001"), jon).actions == ()


def test_somebody_added_by_hand_is_found_by_the_programs_handle() -> None:
    jon = Person(
        UUID(int=1),
        profile=Profile(name="N"),
        ambassador=Ambassador(UUID(int=2), "jvale", "active"),
    )
    assert planned(entry("jvale"), jon).actions == ()
    github = Identity("github", "7", "jvale", verified=True)
    assert planned(entry("jvale", 7), jon).actions == (
        ChangeIdentity(Who(jon.id, 0, 1), None, github),
    )


def test_whom_nobody_can_tell_apart_is_a_conflict_and_nobody_departs() -> None:
    one, two = somebody(1, "jvale"), somebody(2, "jvale", status=None)
    assert planned(entry("jvale", 7), one, two).actions[0].who.person == one.id
    two = somebody(2, "jvale", subject="8", status=None)
    three = somebody(3, "JVALE", subject="9", status=None)
    made = planned(entry("jvale"), two, three)
    assert (made.actions, codes(made)) == ((), ["ambiguous"])
    assert made.conflicts[0].people == (two.id, three.id)


def test_a_rename_to_the_bare_handle_of_another_ambassador_is_a_conflict() -> None:
    jon, bare = somebody(1, "jvale", subject="7"), somebody(2, "jon-vale")
    made = planned(entry("jon-vale", 7), jon, bare)
    assert (made.actions, codes(made)) == ((), ["same_handle"])
    assert made.conflicts[0].people == (jon.id, bare.id)


def test_one_person_in_two_entries_is_a_conflict() -> None:
    both = (
        Identity("github", "7", "jvale", verified=True),
        Identity("github", "8", "jon-at-work", verified=True),
    )
    made = planned(
        entry("jvale", 7) + entry("jon-at-work", 8), somebody(1, "jvale", identities=both)
    )
    assert (made.actions, codes(made)) == ((), ["same_person"])
