"""The queue over HTTP, for whoever runs the instance."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from api.http.access import requires
from api.http.caching import Match
from api.http.endpoint import Routes
from api.http.fields import Id, Moment, Version
from api.http.paging import Page, PageQuery, page, place
from domain import jobs
from domain.call import Call
from domain.jobs import JobName, JobState
from domain.rules.access import Permission

routes = Routes("Jobs", "What is done outside requests, and what was given up.")

Status = Annotated[
    JobState,
    Meta(description="A `held` job has failed too often, and waits for an owner's decision."),
]


class JobView(Struct, frozen=True):
    """A job in the queue; one that is done is there no more."""

    id: Id
    name: Annotated[str, Meta(description="What is to be done.", examples=["daily"])]
    status: Status
    payload: Annotated[
        dict[str, Any],
        Meta(description="For what: ids, codes and days.", examples=[{"on": "2026-03-03"}]),
    ]
    attempts: Annotated[
        int,
        Meta(
            ge=0,
            le=2147483646,
            description="How often it has failed, without the last time when it is held.",
            extra_json_schema={"format": "int32"},
        ),
    ]
    due_at: Annotated[Moment, Meta(description="Not tried before.")]
    created_at: Moment
    failure: Annotated[
        str | None,
        Meta(description="Why the last attempt failed; the log has the details, by `request_id`."),
    ]
    failed_at: Annotated[Moment | None, Meta(description="When that was.")]
    version: Version


class JobQuery(PageQuery, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Filters of the list of jobs."""

    status: Annotated[JobState | None, Meta(description="Only those in this state.")] = None
    name: Annotated[JobName | None, Meta(description="Only this kind of job.")] = None


class _Place(Struct, frozen=True):
    id: Id


def view(job: jobs.Queued) -> JobView:
    """The wire form of a job."""
    fields = msgspec.structs.asdict(job)
    payload = msgspec.json.decode(fields.pop("payload"))
    name, status = fields.pop("job"), fields.pop("state")
    return JobView(**fields, name=name, status=status, payload=payload)


@routes.get("/jobs", requires(Permission.JOB_READ))
async def list_jobs(call: Call, query: JobQuery) -> Page[JobView]:
    """List the jobs.

    In the order in which they were made.
    """
    after = place(query, _Place)
    rows = await jobs.page(
        call,
        state=query.status,
        job=query.name,
        after=after.id if after else None,
        limit=query.limit,
    )
    return page(query, rows, [view(row) for row in rows], _Place)


@routes.get("/jobs/{job}", requires(Permission.JOB_READ))
async def get_job(call: Call, job: Id) -> JobView:
    """Get a job."""
    return view(await jobs.get(call, job))


@routes.post("/jobs/{job}/retry", requires(Permission.JOB_MANAGE))
async def retry_job(call: Call, job: Id, match: Match) -> JobView:
    """Retry a held job.

    It waits for a worker again, with all its attempts; mend first what it fails of.
    """
    return view(await jobs.retry(call, job, match.check))


@routes.delete("/jobs/{job}", requires(Permission.JOB_MANAGE))
async def drop_job(call: Call, job: Id, match: Match) -> None:
    """Drop a held job.

    It is never done. The day of a program's daily job then counts as done, and the next one begins.
    """
    await jobs.drop(call, job, match.check)
