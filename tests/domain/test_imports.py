"""The import against its model: what the database holds afterwards is what the plan says."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import pytest
import yaml

from domain import erasure, exports, identities, imports, people, policies, programs, roster
from domain.rules import links, members_plan
from domain.rules.links import LinkKind
from domain.rules.members_actions import Current, Person
from domain.rules.members_file import parse
from domain.rules.policy import contribution_type
from domain.store.query import Connection
from tests.members import AMARA, BRUNO, CHIDI
from tests.rules.members_applied import applied
from tests.world import World

TODAY = "2026-03-03"


def file(text: str, mode: Any = "mirror", **more: Any) -> imports.File:
    return imports.File(text.encode(), mode, **more)


async def load(world: World, text: str, slug: str = "demo", mode: Any = "mirror") -> imports.Report:
    day = world.now.date()
    return await imports.run(world.call(), slug, file(text, mode, as_of=day))


async def recorded(world: World, text: str = "[]") -> Current:
    program = await programs.get(world.call(), "demo")
    entries = parse(text.encode(), lambda word: word).entries
    async with world.database.pool.acquire() as raw:
        tx = Connection(raw)
        policy = await policies.typed(tx, program)
        held = await roster.read(tx, program.id, entries)
        return roster.current(held, policy, world.now.date())


def shape(person: Person) -> dict[str, Any]:
    """A person without ids and in no order."""
    ambassador = person.ambassador
    return {
        "profile": person.profile,
        "identities": {
            (one.provider, one.subject, one.handle, one.verified) for one in person.identities
        },
        "ambassador": ambassador
        and (ambassador.handle, ambassador.status, ambassador.joined_on, ambassador.left_on),
        "memberships": sorted(map(str, person.memberships)),
        "contributions": sorted(
            (one.type, one.type_text, one.title, one.on, one.url) for one in person.contributions
        ),
    }


EVERYTHING = """\
- name: A. Okafor
  img: https://example.org/other.png
  title: CTO
  github: bruno-t
  githubID: 900001
  slack: U0AMARA02
  linkedin: a-okafor
  company: Farol
  country: 🇵🇹
  isBoardMember: true
  contributions:
    - type: talk
      title: Consumers that forgive
      date: {year: 2025, month: July}
      link: https://example.org/consumers
    - type: article
      title: Something else
      date: {year: 2025, month: May, day: 7}
- name: Bruno Teixeira
  github: amara-okafor
  githubID: 900002
- name: Zora Lindqvist
  github: zora
  slack: U0ZORA001
- name: Chidi Eze
  github: chidi-eze
  githubID: 900003
"""


@pytest.mark.parametrize("mode", ["mirror", "merge"])
@pytest.mark.parametrize(
    "files",
    [
        (AMARA + BRUNO + CHIDI, EVERYTHING),
        (EVERYTHING, AMARA + BRUNO + CHIDI),
        (AMARA, BRUNO, AMARA + BRUNO),
        (AMARA.replace("  githubID: 900001\n", ""), AMARA),
        (BRUNO + CHIDI, BRUNO.replace("bruno-t", "chidi-eze") + CHIDI.replace("chidi-eze", "c")),
    ],
)
async def test_the_apply_does_exactly_the_plan(
    world: World, files: tuple[str, ...], mode: Any
) -> None:
    program = await world.program()
    async with world.database.pool.acquire() as raw:
        policy = await policies.typed(Connection(raw), program)
    for text in files:
        before = await recorded(world, text)
        made = members_plan.plan(
            parse(text.encode(), partial(contribution_type, policy)),
            before,
            mode=mode,
            as_of=world.now.date(),
            last_as_of=None,
            joined_known=False,
        )
        expected = [shape(one) for one in applied(before, made).people]
        report = await load(world, text, mode=mode)
        assert len(report.steps) == len(made.actions)
        found = [shape(one) for one in (await recorded(world, text)).people]
        assert sorted(found, key=str) == sorted(expected, key=str)
        assert (await load(world, text, mode=mode)).steps == []
        world.clock.pass_(days=1)


async def test_two_programs_at_once_make_one_person(world: World) -> None:
    await world.program("demo")
    await world.program("other")
    await asyncio.gather(load(world, AMARA), load(world, AMARA, "other"))
    assert len(await world.rows("select from people")) == 1
    assert len(await world.rows("select from ambassadors")) == 2


async def test_a_thousand_people_in_one_import(world: World) -> None:
    def text(shift: int) -> str:
        return "".join(
            BRUNO.replace("bruno-t", f"person-{(number + shift) % 1000}")
            .replace("900002", f"{1000 + number}")
            .replace("Bruno", f"Bruno {number}")
            for number in range(1000)
        )

    await world.program()
    report = await load(world, text(0))
    assert report.summary.add_contribution == 1000
    world.clock.pass_(days=1)
    moved = await load(world, text(1))
    assert moved.summary.rename_handle == 1000
    rows = await world.rows("select handle, name from directory_entries order by sort_name limit 2")
    # A full circle: whoever steps aside first finds no handle free.
    aside = await world.rows("select handle from ambassadors where handle ~ '-[0-9]+-2$'")
    assert len(aside) == 1
    assert [row["name"] for row in rows] == ["Bruno 0 Teixeira", "Bruno 1 Teixeira"]
    assert (await load(world, text(1))).steps == []


async def test_an_erased_person_comes_back_as_a_stranger(world: World) -> None:
    await world.program()
    await load(world, AMARA + BRUNO)
    (row,) = await world.rows("select id from people where name like 'Amara%'")
    await erasure.erase(world.call(), row["id"], "They asked for it.", lambda version: None)
    world.clock.pass_(days=1)
    exported = await exports.make(world.call(), "demo", "csv")
    assert b"Erased" not in exported.data
    report = await load(world, AMARA + BRUNO)
    assert report.summary.add_person == 1
    entries = await world.rows("select name from directory_entries order by name")
    assert [one["name"] for one in entries] == ["Amara Okafor", "Bruno Teixeira"]


async def test_the_files_link_is_the_first_of_its_kind(world: World) -> None:
    await world.program()
    await load(world, AMARA)
    (row,) = await world.rows("select id from people")
    written = [
        links.Written("https://example.org/amara"),
        links.Written("amara_b", LinkKind.TWITTER),
        links.Written("amara_c", LinkKind.TWITTER),
    ]
    changes = people.Changes(links=written)
    await people.update(world.call(), row["id"], changes, lambda version: None)
    world.clock.pass_(days=1)
    await load(world, AMARA)
    (row,) = await world.rows("select links from people")
    assert [one["url"] for one in row["links"]] == [
        "https://example.org/amara",
        "https://x.com/amara_o",
        "https://x.com/amara_c",
        "https://www.linkedin.com/in/amara-okafor",
    ]
    await load(world, AMARA.replace("  twitter: amara_o\n", ""))
    (row,) = await world.rows("select links from people")
    assert [one["kind"] for one in row["links"]] == ["website", "linkedin"]


async def test_a_vouched_handle_that_changes_is_claimed_again(world: World) -> None:
    """A Slack id says who it is; the GitHub handle was all that somebody had vouched for."""
    await world.program()
    await load(world, "- name: Dana\n  github: dana-d\n  slack: U0DANA001\n")
    rows = await world.rows("select id, person_id from identities order by provider")
    for row in rows:
        await identities.vouch(world.call(), row["person_id"], row["id"], lambda version: None)
    world.clock.pass_(days=1)
    report = await load(world, "- name: Dana\n  github: dana-e\n  slack: U0DANA001\n")
    assert [step.action for step in report.steps] == ["rename_handle"]
    found = await world.rows(
        "select handle, verified_at is null as claimed from identities where provider = 'github'"
    )
    assert [tuple(row.values()) for row in found] == [("dana-e", True)]


async def test_the_example_people_load(world: World) -> None:
    from service import examples

    await examples.load(world.call())
    exported = await exports.make(world.call(), "demo", "asyncapi-yaml")
    listed = yaml.safe_load(examples.MEMBERS.read_bytes())
    assert [one["github"] for one in yaml.safe_load(exported.data)] == [
        one["github"] for one in listed
    ]
