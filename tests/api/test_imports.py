"""Imports of the members file over HTTP: what a mirror does, and what it never does."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from domain.rules.access import Role
from tests.members import AMARA, BRUNO, CHIDI, YAML, blocked, members
from tests.world import POLICY, World


def kinds(report: dict[str, Any]) -> list[str]:
    return [step["action"] for step in report["actions"]]


def summary(report: dict[str, Any]) -> dict[str, int]:
    return {name: count for name, count in report["summary"].items() if count}


async def test_a_file_becomes_a_directory(world: World) -> None:
    demo = await members(world)
    report = await demo.load(AMARA + BRUNO)
    assert report["applied"] is True
    assert summary(report) == {
        "add_person": 2,
        "add_ambassador": 2,
        "add_membership": 1,
        "add_contribution": 3,
    }
    amara = await demo.ambassador("amara-okafor")
    assert {k: amara[k] for k in ("name", "title", "company", "country", "groups")} == {
        "name": "Amara Okafor",
        "title": "Engineer",
        "company": "Saltmarsh",
        "country": "NG",
        "groups": ["tsc"],
    }
    assert [link["url"] for link in amara["links"]] == [
        "https://x.com/amara_o",
        "https://www.linkedin.com/in/amara-okafor",
    ]
    assert amara["joined_on"] is None
    shown = await demo.contributions("amara-okafor")
    assert [(one["occurred_on"], one["type"], one["source"], one["url"]) for one in shown] == [
        ("2025-06", "talk", "asyncapi-members", "https://example.org/consumers"),
        ("2023", "talk", "asyncapi-members", None),
    ]
    public = await world.client.get("/v1/programs/demo/ambassadors")
    assert [one["handle"] for one in public.json()["items"]] == ["amara-okafor", "bruno-t"]


async def test_a_dry_run_tells_the_plan_and_writes_nothing(world: World) -> None:
    demo = await members(world)
    before = await demo.state()
    dry = await demo.send(AMARA, dry_run="true")
    assert await demo.state() == before
    done = await demo.send(AMARA)
    assert (dry.json()["applied"], dry.json()["id"]) == (False, None)
    assert dry.json()["actions"] == done.json()["actions"]
    first = dry.json()["actions"][0]
    assert first == {
        "action": "add_person",
        "handle": "amara-okafor",
        "line": 1,
        "field": "name",
        "before": None,
        "after": "Amara Okafor",
    }


async def test_whoever_is_missing_becomes_emeritus_on_the_files_day(world: World) -> None:
    demo = await members(world)
    await demo.load(AMARA + BRUNO, as_of="2026-01-01")
    report = await demo.load(AMARA, as_of="2026-02-02")
    assert kinds(report) == ["depart"]
    bruno = await demo.ambassador("bruno-t")
    assert (bruno["status"], bruno["private"]["status_on"]) == ("emeritus", "2026-02-02")
    assert len(await demo.contributions("bruno-t")) == 1
    report = await demo.load(AMARA + BRUNO, as_of="2026-03-03")
    assert kinds(report) == ["return_ambassador"]
    assert (await demo.ambassador("bruno-t"))["status"] == "active"


async def test_a_merge_makes_nobody_emeritus(world: World) -> None:
    demo = await members(world)
    await demo.load(AMARA)
    await demo.load(BRUNO, "merge", as_of=None)
    assert (await demo.ambassador("amara-okafor"))["status"] == "active"
    assert (await demo.export()).index("Amara") < (await demo.export()).index("Bruno")


@pytest.mark.parametrize("status", ["suspended", "removed"])
async def test_what_people_decided_stays_and_is_told(world: World, status: str) -> None:
    demo = await members(world)
    await demo.load(AMARA + BRUNO, as_of="2026-01-01")
    body = {"status": status, "reason": "The committee decided."}
    assert (await demo.change("/ambassadors/bruno-t/status", **body)).status_code == 200
    present = await demo.load(AMARA + BRUNO.replace("Bruno T", "B. T"), as_of="2026-02-02")
    assert present["actions"] == []
    assert [one["code"] for one in present["conflicts"]] == [status]
    assert present["conflicts"][0]["line"] == 26
    missing = await demo.load(AMARA, as_of="2026-03-03")
    assert missing["actions"] == []
    assert (await demo.ambassador("bruno-t"))["status"] == status


async def test_an_older_mirror_is_refused_and_a_merge_is_not(world: World) -> None:
    demo = await members(world)
    await demo.load(AMARA, as_of="2026-02-02")
    before = await demo.state()
    old = await demo.send(BRUNO, as_of="2026-02-01")
    assert (old.status_code, old.json()["code"]) == (409, "file_too_old")
    assert await demo.state() == before
    assert (await demo.send(BRUNO, "merge", as_of="2026-02-01")).status_code == 200


async def test_a_newer_day_counts_even_when_nothing_changed(world: World) -> None:
    demo = await members(world)
    await demo.load(AMARA, as_of="2026-01-01")
    same = await demo.send(AMARA, as_of="2026-02-02")
    assert (same.json()["actions"], same.json()["id"] is not None) == ([], True)
    assert (await demo.send(AMARA, as_of="2026-01-15")).status_code == 409


@pytest.mark.parametrize(
    ("file", "line", "pointer"),
    [
        ("", 1, ""),
        ("[]", 1, ""),
        ("- name: [", 2, ""),
        (AMARA + "- name: Nobody\n", 26, "/1"),
        (AMARA + "- github: Amara-Okafor\n", 26, "/1/github"),
        ("- github: x\n- github: y\n  githubID: 900009\n- githubID: 900009\n", 4, "/2/githubID"),
    ],
)
async def test_a_file_that_cannot_be_read_whole_is_refused(
    world: World, file: str, line: int, pointer: str
) -> None:
    demo = await members(world)
    await demo.load(AMARA + BRUNO, as_of="2026-01-01")
    before = await demo.state()
    refused = await demo.send(file)
    assert (refused.status_code, refused.json()["code"]) == (400, "file_refused")
    told = [(one["pointer"], one["detail"]) for one in refused.json()["errors"]]
    assert any(p == pointer and f"line {line}: " in d for p, d in told), told
    assert (await demo.send(file, dry_run="true")).status_code == 400
    assert await demo.state() == before


async def test_every_fault_of_a_refused_file_is_told_at_once(world: World) -> None:
    demo = await members(world)
    refused = await demo.send("- name: Nobody\n- name: Nobody else\n- github: x\n  country: Xx\n")
    lines = [one["detail"].partition(":")[0] for one in refused.json()["errors"]]
    assert {"line 1", "line 2", "line 4"} <= set(lines)


async def test_a_faulty_but_identifiable_entry_is_present(world: World) -> None:
    demo = await members(world)
    await demo.load(AMARA + BRUNO, as_of="2026-01-01")
    broken = BRUNO.replace("name: Bruno Teixeira", "name: [Bruno]") + "  country: Atlantis\n"
    report = await demo.load(AMARA + broken)
    assert report["actions"] == []
    assert {(one["code"], one["line"]) for one in report["faults"]} == {
        ("not_text", 26),
        ("country", 36),
    }
    assert (await demo.ambassador("bruno-t"))["name"] == "Bruno Teixeira"


async def test_a_rename_keeps_the_person_and_the_old_handle_leads_on(world: World) -> None:
    demo = await members(world)
    await demo.load(AMARA + BRUNO, as_of="2026-01-01")
    before = await demo.ambassador("bruno-t")
    report = await demo.load(AMARA + BRUNO.replace("bruno-t", "bruno-writes"))
    assert kinds(report) == ["rename_handle"]
    after = await demo.ambassador("bruno-writes")
    assert after["private"]["person_id"] == before["private"]["person_id"]
    assert after["version"] == before["version"] + 1
    for path in ("", "/contributions"):
        old = await world.client.get(f"/v1/programs/demo/ambassadors/Bruno-T{path}")
        assert old.status_code == 308
        assert old.headers["location"] == f"/v1/programs/demo/ambassadors/bruno-writes{path}"
    history = await world.rows("select handle from identity_handles")
    assert [row["handle"] for row in history] == ["bruno-t"]


async def test_handles_that_people_swap_and_pass_on(world: World) -> None:
    demo = await members(world)
    await demo.load(AMARA + BRUNO + CHIDI, as_of="2026-01-01")
    moved = (
        AMARA.replace("github: amara-okafor", "github: bruno-t")
        + BRUNO.replace("bruno-t", "chidi-eze")
        + CHIDI.replace("chidi-eze", "chidi-builds")
    )
    report = await demo.load(moved)
    assert kinds(report) == ["rename_handle"] * 3
    names = {
        handle: (await demo.ambassador(handle))["name"]
        for handle in ("bruno-t", "chidi-eze", "chidi-builds")
    }
    assert names == {
        "bruno-t": "Amara Okafor",
        "chidi-eze": "Bruno Teixeira",
        "chidi-builds": "Chidi Eze",
    }


async def test_a_recycled_handle_is_a_stranger(world: World) -> None:
    demo = await members(world)
    await demo.load(AMARA + BRUNO, as_of="2026-01-01")
    stranger = "- name: Zora Lindqvist\n  github: bruno-t\n  githubID: 900777\n"
    report = await demo.load(AMARA + stranger)
    assert summary(report)["add_person"] == 1
    assert summary(report)["depart"] == 1
    people = await world.rows("select name from people order by name")
    assert [row["name"] for row in people] == ["Amara Okafor", "Bruno Teixeira", "Zora Lindqvist"]


async def test_a_person_of_another_program_is_known_by_their_id(world: World) -> None:
    demo = await members(world)
    await demo.load(AMARA)
    other = await members(world, "other")
    report = await other.load(AMARA.replace("amara-okafor", "amara-o").replace("Engineer", "CTO"))
    assert "add_person" not in kinds(report)
    here, there = await demo.ambassador("amara-okafor"), await other.ambassador("amara-o")
    assert here["private"]["person_id"] == there["private"]["person_id"]
    assert here["title"] == there["title"] == "CTO"
    told = await world.rows("select program_id from events where type = 'person.updated'")
    assert len({row["program_id"] for row in told}) == 2


async def test_ids_count_as_vouched_and_handles_as_claimed(world: World) -> None:
    demo = await members(world)
    await demo.load(AMARA + "- name: Dana\n  github: dana-d\n")
    rows = await world.rows(
        "select provider, subject, handle, verified_at, vouched_by from identities order by 1, 2"
    )
    account = (await world.rows("select account_id from tokens"))[0]["account_id"]
    assert [tuple(row.values()) for row in rows] == [
        ("github", "900001", "amara-okafor", world.now, account),
        ("github", None, "dana-d", None, None),
        ("slack", "U0AMARA01", None, None, None),
    ]


async def test_joining_is_known_only_when_the_caller_says_so(world: World) -> None:
    demo = await members(world)
    await demo.load(AMARA, as_of="2026-01-01")
    await demo.load(AMARA + BRUNO, as_of="2026-02-02", joined_known="true")
    assert (await demo.ambassador("amara-okafor"))["joined_on"] is None
    assert (await demo.ambassador("bruno-t"))["joined_on"] == "2026-02-02"


def by_hand(*handles: str, **more: Any) -> dict[str, Any]:
    people = [{"ambassador": handle} for handle in handles]
    told = {"type": "talk", "title": "By hand", "occurred_on": "2025-05-05"}
    return {"participants": people, **told, **more}


async def test_a_mirror_touches_only_contributions_of_its_source(world: World) -> None:
    demo = await members(world)
    await demo.load(AMARA + BRUNO, as_of="2026-01-01")
    assert (await demo.change("/contributions", **by_hand("bruno-t"))).status_code == 201
    await demo.load(AMARA + BRUNO.partition("  contributions")[0], as_of="2026-02-02")
    assert [one["title"] for one in await demo.contributions("bruno-t")] == ["By hand"]
    gone = await demo.contributions("bruno-t", status="withdrawn")
    assert [one["title"] for one in gone] == ["Queues for the impatient"]
    back = await demo.load(AMARA + BRUNO, as_of="2026-03-03")
    assert kinds(back) == ["add_contribution"]


async def test_what_a_manager_withdrew_no_file_brings_back(world: World) -> None:
    demo = await members(world)
    await demo.load(BRUNO, as_of="2026-01-01")
    one = (await demo.contributions("bruno-t"))[0]
    path = f"/contributions/{one['id']}/withdrawal"
    assert (await demo.change(path, reason="It was an advertisement.")).status_code == 200
    report = await demo.load(BRUNO, as_of="2026-02-02")
    assert report["actions"] == []
    assert await demo.contributions("bruno-t") == []


async def test_a_contribution_is_compared_at_the_files_precision(world: World) -> None:
    demo = await members(world)
    await demo.load(BRUNO, as_of="2026-01-01")
    one = (await demo.contributions("bruno-t"))[0]
    finer = await world.client.patch(
        f"{demo.base}/contributions/{one['id']}",
        json={"occurred_on": "2024-03-17"},
        headers=demo.headers,
    )
    assert finer.json()["occurred_on"] == "2024-03-17"
    assert (await demo.load(BRUNO, as_of="2026-02-02"))["actions"] == []
    assert (await demo.contributions("bruno-t"))[0]["occurred_on"] == "2024-03-17"


async def test_a_company_has_its_days(world: World) -> None:
    demo = await members(world)
    await demo.load(AMARA, as_of="2026-01-01")
    await demo.load(AMARA.replace("Saltmarsh", "Farol"), as_of="2026-02-02")
    rows = await world.rows(
        "select company, valid_from::text, valid_until::text from affiliations order by id"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("Saltmarsh", None, "2026-02-01"),
        ("Farol", "2026-02-02", None),
    ]
    assert (await demo.ambassador("amara-okafor"))["company"] == "Farol"
    await demo.load(AMARA.replace("  company: Saltmarsh\n", ""), as_of="2026-03-03")
    assert (await demo.ambassador("amara-okafor"))["company"] is None


async def test_seats_begin_and_end_with_the_file(world: World) -> None:
    demo = await members(world)
    await demo.load(AMARA, as_of="2026-01-01")
    without = AMARA.replace('  isTscMember: true\n  tscMemberSince: "2025-04-14"\n', "")
    await demo.load(without, as_of="2026-02-02")
    rows = await world.rows("select code, valid_from::text, valid_until::text from memberships")
    assert [tuple(row.values()) for row in rows] == [("tsc", "2025-04-14", "2026-02-02")]
    report = await demo.load(AMARA, as_of="2026-03-03")
    assert kinds(report) == ["reopen_membership"]
    assert (await demo.ambassador("amara-okafor"))["groups"] == ["tsc"]


async def test_a_program_without_the_group_records_no_seat(world: World) -> None:
    demo = await members(world, policy={key: POLICY[key] for key in POLICY if key != "groups"})
    report = await demo.load(AMARA)
    assert [one["code"] for one in report["faults"] if one["severity"] == "entry"] == [
        "unknown_group"
    ]
    assert (await demo.ambassador("amara-okafor"))["groups"] == []


async def test_only_what_changed_counts_a_version_up(world: World) -> None:
    demo = await members(world)
    await demo.load(AMARA + BRUNO, as_of="2026-01-01")
    report = await demo.load(AMARA + BRUNO.replace("Teixeira", "Teixeira Lopes"))
    assert kinds(report) == ["change_profile"]
    rows = await world.rows("select name, version from people order by name")
    assert [tuple(row.values()) for row in rows] == [
        ("Amara Okafor", 1),
        ("Bruno Teixeira Lopes", 2),
    ]
    audit = await world.rows(
        """select e.action, e.fields, v.before, v.after from audit_entries e
             join audit_values v on v.entry_id = e.id
            where e.at = $1 and e.action = 'person.updated'""",
        world.now,
    )
    assert [tuple(row.values()) for row in audit] == [
        (
            "person.updated",
            ["name"],
            {"name": "Bruno Teixeira"},
            {"name": "Bruno Teixeira Lopes"},
        )
    ]
    listed = await world.client.get("/v1/programs/demo/ambassadors?q=lopes")
    assert [one["name"] for one in listed.json()["items"]] == ["Bruno Teixeira Lopes"]


async def test_every_change_is_announced_without_personal_values(world: World) -> None:
    demo = await members(world)
    await demo.load(AMARA + BRUNO, as_of="2026-01-01")
    await demo.load(AMARA.replace("amara-okafor", "amara-o"), as_of="2026-02-02")
    rows = await world.rows("select type, data from events order by seq")
    assert {row["type"] for row in rows} >= {
        "person.created",
        "ambassador.joined",
        "ambassador.handle_changed",
        "ambassador.status_changed",
        "contribution.recorded",
        "import.applied",
        "membership.added",
    }
    assert "Amara" not in str([row["data"] for row in rows])
    assert "amara" not in str([row["data"] for row in rows])


async def test_the_same_mirror_twice_at_once_is_applied_once(world: World) -> None:
    demo = await members(world)
    answers = await asyncio.gather(*(demo.send(AMARA + BRUNO) for _ in range(3)))
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    planned = sorted(len(answer.json()["actions"]) for answer in answers)
    assert planned[:2] == [0, 0]
    assert planned[2] > 0
    assert len(await world.rows("select from people")) == 2
    listed = await demo.get("/imports")
    assert len(listed.json()["items"]) == 1


async def test_an_import_while_a_manager_renames_loses_neither(world: World) -> None:
    demo = await members(world)
    await demo.load(AMARA + BRUNO, as_of="2026-01-01")
    seatless = AMARA.replace("  isTscMember: true\n", "").replace("Engineer", "CTO")
    owner = await asyncpg.connect(world.owner_url)
    try:
        async with owner.transaction():
            await owner.execute(
                "update ambassadors set handle = 'amara', version = 2 where handle ~ 'amara'"
            )
            importing = asyncio.create_task(demo.send(seatless + BRUNO))
            await blocked(owner)
        assert (await importing).status_code == 200
    finally:
        await owner.close()
    amara = await demo.ambassador("amara")
    assert (amara["title"], amara["status"], amara["version"]) == ("CTO", "active", 3)


async def test_a_rename_and_an_import_over_http_both_hold(world: World) -> None:
    demo = await members(world)
    await demo.load(AMARA + BRUNO, as_of="2026-01-01")
    renaming = world.client.patch(
        f"{demo.base}/ambassadors/amara-okafor", json={"handle": "amara"}, headers=demo.headers
    )
    importing = demo.send(AMARA.replace("Engineer", "CTO") + BRUNO)
    renamed, imported = await asyncio.gather(renaming, importing)
    assert (renamed.status_code, imported.status_code) == (200, 200), imported.text
    assert (await demo.ambassador("amara"))["title"] == "CTO"


async def test_a_killed_import_has_done_nothing(world: World) -> None:
    demo = await members(world)
    await demo.load(AMARA, as_of="2026-01-01")
    before = await demo.state()
    owner = await asyncpg.connect(world.owner_url)
    try:
        blocking = owner.transaction()
        await blocking.start()
        # The directory is refreshed last: everything else is written when the import waits here.
        await owner.execute("select from directory_entries for update")
        task = asyncio.create_task(demo.send(AMARA.replace("Engineer", "CTO") + BRUNO))
        pid = await blocked(owner)
        await world.rows("select pg_terminate_backend($1)", pid)
        assert (await task).status_code == 503
        await blocking.rollback()
    finally:
        await owner.close()
    assert await demo.state() == before
    assert (await demo.load(AMARA + BRUNO))["summary"]["add_person"] == 1


async def test_who_may_import_and_in_which_types(world: World) -> None:
    demo = await members(world)
    reader = await world.token(Role.READER, "demo")
    url, params = f"{demo.base}/imports", {"mode": "mirror", "as_of": "2026-03-03"}
    forbidden = await world.client.post(
        url, content=AMARA, params=params, headers=reader.headers | YAML
    )
    assert forbidden.status_code == 403
    wrong = demo.headers | {"Content-Type": "text/plain"}
    unsupported = await world.client.post(url, content=AMARA, params=params, headers=wrong)
    assert unsupported.status_code == 415
    json = demo.headers | {"Content-Type": "application/json"}
    as_json = await world.client.post(url, content=AMARA, params=params, headers=json)
    assert (as_json.status_code, as_json.json()["errors"][0]["code"]) == (400, "json")
    told = await world.client.post(
        url, content='[{"name": "Dana", "github": "dana-d"}]', params=params, headers=json
    )
    assert told.json()["summary"]["add_person"] == 1


@pytest.mark.parametrize("as_of", [None, "2026-03-04"])
async def test_a_mirror_needs_a_day_that_has_come(world: World, as_of: str | None) -> None:
    demo = await members(world)
    refused = await demo.send(AMARA, as_of=as_of)
    assert (refused.status_code, refused.json()["errors"][0]["parameter"]) == (400, "as_of")


async def test_nothing_is_imported_into_an_archived_program(world: World) -> None:
    demo = await members(world)
    await world.client.patch(demo.base, json={"status": "archived"}, headers=demo.headers)
    refused = await demo.send(AMARA)
    assert (refused.status_code, refused.json()["code"]) == (409, "program_archived")


async def test_imports_are_listed_newest_first(world: World) -> None:
    demo = await members(world)
    for day, file in (("2026-01-01", AMARA), ("2026-02-02", BRUNO), ("2026-03-03", CHIDI)):
        await demo.load(file, as_of=day)
    first = (await demo.get("/imports?limit=2")).json()
    assert [one["as_of"] for one in first["items"]] == ["2026-03-03", "2026-02-02"]
    rest = (await demo.get(f"/imports?limit=2&cursor={first['next']}")).json()
    assert [(one["as_of"], one["mode"]) for one in rest["items"]] == [("2026-01-01", "mirror")]
    assert rest["items"][0]["summary"]["add_person"] == 1
