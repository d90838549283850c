"""Ambassadors who come and go in any order, against a small model of their tenures."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from domain import (
    ambassadors,
    contribution_posts,
    departures,
    imports,
    leaves,
    merges,
    people,
    promotions,
    renewal_previews,
    renewals,
    standings,
    tenures,
)
from domain.ambassadors import Changes, Draft, Status
from domain.departures import Departure
from domain.imports import File
from domain.renewals import Summary
from domain.rules import contributions
from domain.rules.ambassadors import AmbassadorStatus
from domain.rules.clocks import Period
from domain.rules.contributions import Named
from domain.rules.tenures import TenureOutcome
from domain.tenures import Decision
from tests.domain.driven import Driven, any_version, drive
from tests.domain.tenure_model import DAY, GRACE, HERE, LEFT, NEEDED, NEXT, SANCTIONS, Modelled
from tests.domain.tenure_model import POLICY as TENURES
from tests.world import POLICY

STATUSES = [status for status in AmbassadorStatus if status is not AmbassadorStatus.ON_LEAVE]
"""A leave that begins with a status has no last day; here each has one."""

FILE = """\
- name: Bruno Teixeira
  github: bruno-{0}
  githubID: 1{0}
- name: Chidi Eze
  github: chidi-{0}
  githubID: 2{0}
"""

READ = """
select id, handle, person_id from ambassadors a
 where program_id = $1 and exists (select from identities i where i.person_id = a.person_id)
 order by handle
"""
STORED = """
select ambassador_id, first_day, last_day, outcome, outcome_on
  from tenures where program_id = any($1) order by ambassador_id, id
"""

OFFSETS = st.lists(st.integers(-6, GRACE), min_size=1, max_size=3)
"""Days from the end of a tenure, around which the days matter."""

seldom = precondition(lambda self: self.known and self.steps % 3 == 0)
"""What ends tenures, so that some come to their last day."""


class Tenures(Driven):
    """Drives the use cases and the model alike, in two programs with the same rules."""

    def __init__(self) -> None:
        super().__init__()
        self.programs: dict[str, UUID] = {}
        self.here, self.there = f"first-{self.number}", f"second-{self.number}"
        for slug in (self.here, self.there):
            made = self.do(lambda slug=slug: self.world.program(slug, policy=POLICY | TENURES))
            self.programs[slug] = made.id
        self.known: list[Modelled] = []
        self.steps = 0

    def one(self, data: st.DataObject) -> Modelled:
        return data.draw(st.sampled_from(self.known))

    def places(self, person: UUID) -> set[str]:
        """The programs that somebody is in, or was."""
        return {one.slug for one in self.known if one.person == person}

    @initialize(data=st.data(), days=st.integers(0, 10))
    def begin(self, data: st.DataObject, days: int) -> None:
        self.join(data, days)

    @precondition(lambda self: len(self.known) < 4)
    @rule(data=st.data(), days=st.integers(0, 70))
    def join(self, data: st.DataObject, days: int) -> None:
        slug = data.draw(st.sampled_from(list(self.programs)))
        handle, since = self.fresh("member"), self.today - days * DAY
        draft = Draft(handle, people.Changes(name=handle), joined_on=since)
        made = self.do(lambda: ambassadors.create(self.call, slug, draft))
        self.known.append(Modelled(slug, handle, made.id, made.person_id, since))
        self.known[-1].begin(since, self.today)

    @rule(days=st.integers(1, 40), asleep=st.booleans())
    def wait(self, days: int, asleep: bool) -> None:
        self.clock.pass_(days=days)
        if not asleep:
            self.work()

    @rule()
    def work(self) -> None:
        """The worker's day, which may come long after it was due, and comes twice."""
        for slug, program_id in self.programs.items():
            self.do(lambda id=program_id: leaves.turn(self.call, id, self.today))
            told = self.do(lambda slug=slug: renewal_previews.preview(self.call, slug))
            run, again = (self.do(lambda slug=slug: renewals.run(self.call, slug)) for _ in "12")
            assert run == told.summary, "a dry run tells what a run does"
            assert again == Summary(waiting=again.waiting), "a second one does nothing"
            assert self.do(lambda slug=slug: tenures.backfill(self.call, slug)).started == 0
        for one in self.known:
            one.settle(self.today)

    @precondition(lambda self: self.known)
    @rule(data=st.data(), offsets=OFFSETS)
    def contribute(self, data: st.DataObject, offsets: list[int]) -> None:
        one = self.one(data)
        for days in offsets:
            day = min(self.today, one.term.last + days * DAY)
            draft = contributions.Draft(
                "talk", self.fresh("Talk"), day.isoformat(), (Named(ambassador=one.handle),)
            )
            self.do(lambda draft=draft: contribution_posts.submit(self.call, one.slug, draft))
            one.done.append(day)

    @precondition(lambda self: self.known)
    @rule(data=st.data(), offsets=OFFSETS, days=st.integers(5, 40))
    def go_on(self, data: st.DataObject, offsets: list[int], days: int) -> None:
        """Time passes, and the worker looks when somebody has recorded what was done in it."""
        self.wait(days, asleep=True)
        self.contribute(data, offsets)
        self.work()

    @precondition(lambda self: self.known)
    @rule(data=st.data(), first=st.integers(-20, 20), days=st.integers(1, 20))
    def take_leave(self, data: st.DataObject, first: int, days: int) -> None:
        one = self.one(data)
        begin = max(self.today + first * DAY, one.joined_on)
        draft = leaves.Draft(begin, begin + days * DAY, "A test.")
        done = self.tried(
            lambda: leaves.announce(self.call, one.slug, one.handle, draft),
            refused=one.status in LEFT,
        )
        if not done:
            return
        one.leaves.append((begin, begin + days * DAY))
        if one.status == "active" and one.is_away(self.today):
            one.status = "on_leave"

    @seldom
    @rule(data=st.data(), status=st.sampled_from(STATUSES))
    def turn(self, data: st.DataObject, status: AmbassadorStatus) -> None:
        one, change = self.one(data), Status(status, "A test.")
        done = self.tried(
            lambda: ambassadors.change_status(self.call, one.slug, one.handle, change, any_version),
            refused=status.value not in {one.status, *NEXT[one.status]},
        )
        if done and status.value != one.status:
            one.turn(status.value, self.today)

    @seldom
    @rule(data=st.data())
    def depart(self, data: st.DataObject) -> None:
        one = self.one(data)
        done = self.tried(
            lambda: departures.depart(self.call, one.slug, one.handle, Departure(), any_version),
            refused=one.status in SANCTIONS,
        )
        if done and one.status != "emeritus":
            one.turn("emeritus", self.today)

    @precondition(lambda self: any(one.slug == self.here for one in self.known))
    @rule(data=st.data())
    def promote(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from([one for one in self.known if one.slug == self.here]))
        draft = promotions.Draft(self.there, None, "A test.")
        done = self.tried(
            lambda: promotions.promote(self.call, self.here, one.handle, draft, any_version),
            refused=one.status in SANCTIONS or self.there in self.places(one.person),
        )
        if not done:
            return
        if one.status != "emeritus":
            one.turn("emeritus", self.today)
        came = self.do(lambda: ambassadors.get(self.call, self.there, one.handle))
        self.known.append(Modelled(self.there, one.handle, came.id, one.person, self.today))
        self.known[-1].begin(self.today, self.today)

    @seldom
    @rule(data=st.data(), outcome=st.sampled_from(list(TenureOutcome)))
    def decide(self, data: st.DataObject, outcome: TenureOutcome) -> None:
        one = self.one(data)
        _, shown = self.do(
            lambda: tenures.page(self.call, one.slug, one.handle, before=None, limit=1)
        )
        decision = Decision(outcome, "As decided.")
        if one.open and one.term.first > self.today:
            # It is still to begin.
            return
        done = self.tried(
            lambda: tenures.decide(self.call, one.slug, shown[0].tenure.id, decision, any_version),
            refused=not one.open,
        )
        if done and outcome is TenureOutcome.RENEWED:
            one.renew(self.today)
        elif done:
            one.close(outcome.value, self.today, counted=True)
            if one.status in HERE:
                one.leave("emeritus", self.today)

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def rename(self, data: st.DataObject) -> None:
        one, handle = self.one(data), self.fresh("renamed")
        change = Changes(handle=handle)
        self.do(lambda: ambassadors.update(self.call, one.slug, one.handle, change, any_version))
        one.handle = handle

    @precondition(lambda self: len({one.person for one in self.known}) > 1)
    @rule(data=st.data())
    def merge(self, data: st.DataObject) -> None:
        """Two people become one, who was in two programs."""
        everybody = sorted({one.person for one in self.known})
        kept, merged = data.draw(st.permutations(everybody))[:2]
        done = self.tried(
            lambda: merges.create(self.call, kept, merged),
            refused=bool(self.places(kept) & self.places(merged)),
        )
        for one in self.known if done else ():
            one.person = kept if one.person == merged else one.person

    @rule()
    def read_file(self) -> None:
        """Two people are in the members file: they come, or come back; again it says nothing."""
        file = File(FILE.format(self.number).encode(), "merge", joined_known=True)
        self.do(lambda: imports.run(self.call, self.here, file))
        assert not self.do(lambda: imports.run(self.call, self.here, file)).steps
        known = {one.id: one for one in self.known}
        for id, handle, person in self.do(lambda: self.world.rows(READ, self.programs[self.here])):
            if id not in known:
                self.known.append(Modelled(self.here, handle, id, person, self.today))
                self.known[-1].begin(self.today, self.today, imported=True)
            elif known[id].status == "emeritus":
                known[id].turn("active", self.today, imported=True)

    @invariant()
    def the_tenures_are_those_of_the_model(self) -> None:
        found: defaultdict[UUID, list[tuple[Any, ...]]] = defaultdict(list)
        for id, *told in self.do(lambda: self.world.rows(STORED, list(self.programs.values()))):
            found[id].append(tuple(told))
        for one in self.known:
            assert found[one.id] == [term.told for term in one.terms], one.handle

    @invariant()
    def one_of_them_stands_as_the_model_says(self) -> None:
        """Today or on a day to come, if nothing else happens until then."""
        self.steps += 1
        on = self.today + (0, 12, 45)[self.steps % 3] * DAY
        found = [one for one in self.known if one.open and one.term.first <= on]
        if not found:
            return
        one = found[self.steps % len(found)]
        told = self.do(lambda: standings.get(self.call, one.slug, one.handle, on=on))
        assert told.explained is not None
        standing = told.explained.standing
        assert standing.period == Period(one.term.first, one.end)
        assert len(standing.consumes) == len(one.counting(on))
        assert standing.met is (len(one.counting(on)) >= NEEDED)

    @invariant()
    def they_neither_overlap_nor_leave_a_renewal_with_a_gap(self) -> None:
        for one in self.known:
            for term, following in zip(one.terms, one.terms[1:], strict=False):
                assert following.first > term.last
                assert term.outcome != "renewed" or following.first == term.last + DAY
            assert one.status not in HERE or one.open
            assert one.status not in LEFT or not one.open


def test_ambassadors_come_and_go(database_url: str, owner_url: str) -> None:
    drive(Tenures, database_url, owner_url, examples=25)
