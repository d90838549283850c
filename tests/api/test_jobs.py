"""The queue over HTTP: seen, retried and dropped by an owner."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest

from domain.jobs import Day, JobName
from domain.rules.access import Role
from service import telemetry
from tests.queued import held, waiting
from tests.world import World


async def test_held_jobs_are_listed_with_what_they_failed_of(world: World) -> None:
    owner = await world.token()
    wanted = [await held(world), await held(world)]
    await waiting(world)
    url: str | None = "/v1/jobs?status=held&limit=1"
    found = []
    while url:
        answer = await world.client.get(url, headers=owner.headers)
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        url = (
            f"/v1/jobs?status=held&limit=1&cursor={cursor}"
            if (cursor := answer.json()["next"])
            else None
        )
    assert [job["id"] for job in found] == [str(job_id) for job_id in wanted]
    assert {job["status"] for job in found} == {"held"}
    assert found[0]["name"] == "tidy"
    assert found[0]["attempts"] == 8
    assert found[0]["failure"] == "unavailable: Somewhere else."
    assert found[0]["failed_at"] is not None


async def test_jobs_are_found_by_status_and_kind(world: World) -> None:
    owner = await world.token()
    program = await world.program()
    day = await waiting(world, JobName.DAILY, Day(program.id, date(2026, 3, 3)))
    await waiting(world)
    await held(world)
    every = (await world.client.get("/v1/jobs", headers=owner.headers)).json()["items"]
    assert [job["status"] for job in every] == ["waiting", "waiting", "held"]
    some = await world.client.get("/v1/jobs?status=waiting&name=daily", headers=owner.headers)
    (job,) = some.json()["items"]
    assert job["id"] == str(day)
    assert job["payload"] == {"program_id": str(program.id), "on": "2026-03-03"}
    assert (job["failure"], job["failed_at"]) == (None, None)
    one = await world.client.get(f"/v1/jobs/{day}", headers=owner.headers)
    assert one.json() == job


async def test_a_retried_job_waits_again_with_all_its_attempts(world: World) -> None:
    owner = await world.token()
    job_id = await held(world)
    answer = await world.client.post(f"/v1/jobs/{job_id}/retry", headers=owner.headers)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["status"], answer.json()["attempts"]) == ("waiting", 0)
    (entry,) = await world.rows("select * from audit_entries where action = 'job.retried'")
    assert (entry["subject_id"], entry["actor_id"]) == (job_id, owner.account_id)
    again = await world.client.post(f"/v1/jobs/{job_id}/retry", headers=owner.headers)
    assert (again.status_code, again.json()["code"]) == (409, "job_not_held")


async def test_a_dropped_job_is_gone(world: World) -> None:
    owner = await world.token()
    job_id = await held(world)
    for status in (204, 404):
        answer = await world.client.delete(f"/v1/jobs/{job_id}", headers=owner.headers)
        assert answer.status_code == status, answer.text
    (entry,) = await world.rows("select * from audit_entries where action = 'job.dropped'")
    assert entry["subject_id"] == job_id
    assert (await world.client.get(f"/v1/jobs/{job_id}", headers=owner.headers)).status_code == 404


async def test_the_day_of_a_dropped_daily_job_counts_as_done(world: World) -> None:
    owner = await world.token()
    program = await world.program()
    day = Day(program.id, date(2026, 3, 2))
    job_id = await held(world, JobName.DAILY, day)
    await world.client.delete(f"/v1/jobs/{job_id}", headers=owner.headers)
    (row,) = await world.rows("select program_id, on_day from daily_runs")
    assert tuple(row) == (program.id, date(2026, 3, 2))


async def test_of_two_who_decide_at_once_one_does(world: World) -> None:
    owner = await world.token()
    job_id = await held(world)
    answers = await asyncio.gather(
        *(world.client.post(f"/v1/jobs/{job_id}/retry", headers=owner.headers) for _ in range(3)),
        *(world.client.delete(f"/v1/jobs/{job_id}", headers=owner.headers) for _ in range(3)),
    )
    assert sum(answer.is_success for answer in answers) == 1, [a.text for a in answers]
    rows = await world.rows("select action from audit_entries where subject_kind = 'job'")
    assert len(rows) == 1


async def test_a_job_that_waits_already_is_not_retried_beside_itself(world: World) -> None:
    owner = await world.token()
    job_id = await held(world, dedupe="same")
    await waiting(world, dedupe="same")
    answer = await world.client.post(f"/v1/jobs/{job_id}/retry", headers=owner.headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "already_exists")
    assert await world.rows("select from audit_entries where subject_kind = 'job'") == []


async def test_a_decision_can_be_conditional(world: World) -> None:
    owner = await world.token()
    job_id = await held(world)
    tag = (await world.client.get(f"/v1/jobs/{job_id}", headers=owner.headers)).headers["etag"]
    url, headers = f"/v1/jobs/{job_id}", dict(owner.headers)
    refused = await world.client.delete(url, headers=headers | {"If-Match": '"1"'})
    assert refused.status_code == 412
    assert (await world.client.delete(url, headers=headers | {"If-Match": tag})).status_code == 204


@pytest.mark.parametrize("role", [Role.MANAGER, Role.READER])
async def test_the_queue_is_the_owners(world: World, role: Role) -> None:
    await world.program()
    token = await world.token(role, "demo")
    job_id = await held(world)
    for method, path in [
        ("GET", "/v1/jobs"),
        ("GET", f"/v1/jobs/{job_id}"),
        ("POST", f"/v1/jobs/{job_id}/retry"),
        ("DELETE", f"/v1/jobs/{job_id}"),
    ]:
        answer = await world.client.request(method, path, headers=token.headers)
        assert answer.status_code == 403, path


async def test_the_metrics_tell_depth_age_and_failures(world: World) -> None:
    await waiting(world)
    await held(world)
    await world.rows(
        "update jobs set execute_after = now() - interval '90 s' where status = 'queued'"
    )
    await world.rows("insert into job_failures (job, failures) values ('tidy', 7)")
    await telemetry.measure_queue(world.call())
    lines = (await world.client.get("/metrics")).text.splitlines()
    assert 'chancery_jobs{job="tidy",state="waiting"} 1.0' in lines
    assert 'chancery_jobs{job="tidy",state="held"} 1.0' in lines
    assert 'chancery_jobs{job="daily",state="waiting"} 0.0' in lines
    assert 'chancery_job_failures{job="tidy"} 7.0' in lines
    (oldest,) = [
        line for line in lines if line.startswith('chancery_jobs_oldest_seconds{job="tidy"')
    ]
    assert 90 <= float(oldest.rpartition(" ")[2]) < 600
