"""Later readings of a contribution's numbers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.reviewing import code, pointers, reviewing
from tests.world import World


async def test_readings_are_added(world: World) -> None:
    it = await reviewing(world)
    made = (await it.demo.put("k1", occurred_on="2025-11", metrics={"attendees": 40})).json()
    one = made["contribution"]
    path = f"/contributions/{one['id']}/metrics"
    later = {"read_on": "2026-03-01", "values": {"attendees": 90}}
    first = await it.demo.post(path, later, who=it.amara)
    assert first.status_code == 200, first.text
    assert first.json()["metrics"] == [
        {"read_on": "2026-03-03", "values": {"attendees": 40}},
        later,
    ]
    again = await it.demo.post(path, later, who=it.demo.owner)
    assert again.json()["version"] == first.json()["version"]
    assert await it.told(one["id"]) == ["contribution.recorded", "contribution.measured"]
    # It is no correction: the source may go on.
    sent = await it.demo.put("k1", title="Corrected by its source", metrics={"attendees": 95})
    assert sent.status_code == 200, sent.text
    assert (await it.demo.post(path, later, who=it.bruno)).status_code == 404


@pytest.mark.parametrize(
    ("body", "expected", "pointer"),
    [
        ({"read_on": "2026-03-04", "values": {"attendees": 1}}, (400, "invalid"), "/read_on"),
        ({"read_on": "2025-10-31", "values": {"attendees": 1}}, (400, "invalid"), "/read_on"),
        (
            {"read_on": "2026-01-01", "values": {"likes": 1}},
            (409, "breaks_policy"),
            "/values/likes",
        ),
        ({"read_on": "2026-01-01", "values": {}}, (400, "invalid"), "/values"),
        ({"read_on": "2026-01-01", "values": {"attendees": -1}}, (400, "invalid"), "/values"),
    ],
)
async def test_a_reading_that_cannot_be(
    world: World, body: dict[str, Any], expected: tuple[int, str], pointer: str
) -> None:
    it = await reviewing(world)
    one = await it.submit(occurred_on="2025-11")
    refused = await it.demo.post(f"/contributions/{one['id']}/metrics", body, who=it.amara)
    assert code(refused) == expected, refused.text
    assert pointers(refused) == [pointer]


async def test_there_is_room_for_200_readings(world: World) -> None:
    it = await reviewing(world)
    one = await it.submit()
    await world.rows(
        """update contributions set metrics =
               (select jsonb_agg(jsonb_build_object('read_on', '2026-01-01',
                                                    'values', jsonb_build_object('attendees', n)))
                  from generate_series(1, 199) n)"""
    )
    path = f"/contributions/{one['id']}/metrics"

    async def add(attendees: int) -> tuple[int, int]:
        body = {"read_on": "2026-01-02", "values": {"attendees": attendees}}
        answer = await it.demo.post(path, body, who=it.amara)
        return answer.status_code, len(answer.json().get("metrics", ()))

    assert await add(1) == (200, 200)
    assert (await add(2))[0] == 409
    assert await add(1) == (200, 200)
