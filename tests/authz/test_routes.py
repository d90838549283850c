"""A walk over every route with every kind of caller: policy and wiring fail separately."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import httpx
import msgspec
import pytest

from api.http.access import Access
from api.http.endpoint import Endpoint
from api.routes import endpoints
from domain.rules import secrets
from domain.rules.access import ANYBODY, GRANTS, INSTANCE, Permission, Role
from tests.authz.examples import EXAMPLES, NOBODY, PATH, Example
from tests.people import person
from tests.world import POLICY, World

Actor = Callable[[World, Access], Awaitable[str | None]]
"""The secret that a caller sends to a route with this access; None: no header at all."""

LET_IN = frozenset({200, 201, 204, 308, 404, 409})
"""What a caller may meet who is let in: it is done, or there is no such record."""

KNOWN = endpoints()


async def anonymous(world: World, access: Access) -> str | None:
    return None


async def malformed(world: World, access: Access) -> str | None:
    return "chy_broken"


async def unknown(world: World, access: Access) -> str | None:
    prefix = secrets.INVITATION if access.capability else secrets.TOKEN
    return secrets.mint(prefix, bytes(range(24)))


async def expired(world: World, access: Access) -> str | None:
    return (await world.token(expires_at=world.now)).secret


async def revoked(world: World, access: Access) -> str | None:
    return (await world.token(revoked_at=world.now)).secret


async def disabled(world: World, access: Access) -> str | None:
    token = await world.token()
    await world.rows(
        "update accounts set disabled_at = $2 where id = $1", token.account_id, world.now
    )
    return token.secret


async def unscoped(world: World, access: Access) -> str | None:
    """The owner, whose token has every permission but the one that is needed."""
    others = [permission for permission in Permission if permission is not access.permission]
    return (await world.token(permissions=others)).secret


async def without_role(world: World, access: Access) -> str | None:
    return (await world.token(None)).secret


async def wrong_program(world: World, access: Access) -> str | None:
    """The right role, in another program."""
    return (await world.token(role_for(access), "other")).secret


async def limited_elsewhere(world: World, access: Access) -> str | None:
    """The owner, whose token is for another program."""
    return (await world.token(programs=["other"])).secret


async def right_role(world: World, access: Access) -> str | None:
    if access.capability:
        return await invitation(world)
    return (await world.token(role_for(access), "demo")).secret


async def owner(world: World, access: Access) -> str | None:
    return await invitation(world) if access.capability else (await world.token()).secret


def role_for(access: Access) -> Role:
    """The least role in a program that permits it; a manager for what none permits."""
    able = [role for role in GRANTS if access.permission in GRANTS[role] and role is not Role.OWNER]
    return min(able, key=lambda role: len(GRANTS[role]), default=Role.MANAGER)


async def invitation(world: World) -> str:
    manager = await world.token(Role.MANAGER, "demo")
    made = await world.client.post(
        "/v1/programs/demo/invitations",
        json={"name": "For Bo", "role": "reader"},
        headers=manager.headers,
    )
    return made.json()["secret"]


async def applicant(world: World, access: Access) -> str | None:
    """Whoever follows an application of the program, of which no path here speaks."""
    return await application(world)


async def nominee(world: World, access: Access) -> str | None:
    """Whoever was asked whether they agree to be nominated."""
    return await application(world, nominated=True)


async def application(world: World, *, nominated: bool = False) -> str:
    url = "/v1/programs/demo/applications"
    body = {"profile": {"name": "Bo Ling"}} | ({"nomination": {"name": "Al"}} if nominated else {})
    made = await world.client.post(url, json=body)
    assert made.status_code == 201, made.text
    if not nominated:
        return made.json()["secret"]
    manager = await world.token(Role.MANAGER, "demo")
    url += f"/{made.json()['id']}/consent-link"
    return (await world.client.post(url, headers=manager.headers)).json()["secret"]


STRICTER = {
    "create_promotion": "it makes an ambassador in the other program, which one has to manage too",
    "export_person": "it holds data of every program, so that it is for who manages people in all",
}
"""Operations that ask for more than their route can say; the use case refuses, with a reason."""

REFUSED = {malformed, unknown, expired, revoked, disabled}
ELSEWHERE = {wrong_program, limited_elsewhere}
OF_ONE_APPLICATION = {applicant, nominee}


def expected(actor: Actor, endpoint: Endpoint) -> frozenset[int]:
    """The one table: what a kind of caller meets at a route with this access."""
    access, in_program = endpoint.access, "{program}" in endpoint.path
    permission = access.permission
    if access.signed or access.capability:
        # No token is a signature; of a capability these two have one.
        held = access.capability and actor in (right_role, owner)
        return LET_IN if held else frozenset({401})
    if actor in OF_ONE_APPLICATION:
        return frozenset({404 if access.applicant else 401})
    if actor in REFUSED or (actor is anonymous and access.applicant):
        return frozenset({401})
    if permission is None:
        return LET_IN
    if actor is anonymous:
        return frozenset({401})
    if actor is unscoped:
        return frozenset({403})
    if actor is owner or permission in ANYBODY:
        return LET_IN
    if actor is without_role or permission in INSTANCE:
        return frozenset({403})
    if actor in ELSEWHERE:
        # Without a program in the path they are let in, and see what is in their own one; what they
        # write names the program of the example, where the use case refuses them.
        return frozenset({403}) if in_program else LET_IN | {403}
    return frozenset({403}) if endpoint.operation_id in STRICTER else LET_IN


def url(endpoint: Endpoint, example: Example) -> str:
    values = {name: PATH.get(name, str(NOBODY)) for name in endpoint.path_types}
    return endpoint.path.format(**values) + (f"?{example.query}" if example.query else "")


async def ask(world: World, endpoint: Endpoint, secret: str | None) -> httpx.Response:
    example = EXAMPLES.get(endpoint.operation_id, Example())
    body = example.content or (msgspec.json.encode(example.json) if endpoint.body else b"")
    headers = {"Authorization": f"Bearer {secret}"} if secret is not None else {}
    if body:
        headers["Content-Type"] = example.media_type
    return await world.client.request(
        endpoint.method, url(endpoint, example), content=body, headers=headers
    )


@pytest.fixture
async def populated(world: World) -> World:
    """Two programs; in the one that the walk asks for, an ambassador, and it takes applications."""
    admission = {"applications": True, "anonymous": True, "nominations": "anybody"}
    await world.program("demo", policy=POLICY | {"admission": admission})
    await world.program("other")
    await person(world, "Amara Okafor", "demo")
    return world


@pytest.mark.parametrize(
    "actor",
    [
        anonymous,
        malformed,
        unknown,
        expired,
        revoked,
        disabled,
        unscoped,
        without_role,
        wrong_program,
        limited_elsewhere,
        right_role,
        owner,
        applicant,
        nominee,
    ],
)
async def test_every_route_with(actor: Actor, populated: World) -> None:
    surprises: list[str] = []
    for endpoint in KNOWN:
        answer = await ask(populated, endpoint, await actor(populated, endpoint.access))
        if answer.status_code not in expected(actor, endpoint):
            surprises.append(
                f"{endpoint.operation_id}: {answer.status_code}, "
                f"not {sorted(expected(actor, endpoint))} {answer.text[:200]}"
            )
        if answer.status_code == 401 and "www-authenticate" not in answer.headers:
            surprises.append(f"{endpoint.operation_id}: a 401 without a challenge")
    assert not surprises, "\n".join(surprises)


async def test_a_token_ends_at_its_moment(populated: World) -> None:
    """Otherwise an expired caller might be refused for another reason."""
    token = await populated.token(expires_at=populated.now + timedelta(minutes=1))
    assert (await populated.client.get("/v1/me", headers=token.headers)).status_code == 200
    populated.clock.pass_(minutes=1)
    assert (await populated.client.get("/v1/me", headers=token.headers)).status_code == 401


def test_every_operation_that_takes_something_has_an_example() -> None:
    def needs(endpoint: Endpoint) -> bool:
        fields = msgspec.structs.fields(endpoint.query) if endpoint.query else ()
        return endpoint.body is not None or any(field.required for field in fields)

    needed = {endpoint.operation_id for endpoint in KNOWN if needs(endpoint)}
    assert needed - EXAMPLES.keys() == set(), "add an example of a good request to EXAMPLES"
    assert EXAMPLES.keys() - needed == set(), "these examples belong to no operation any more"
    assert STRICTER.keys() <= {endpoint.operation_id for endpoint in KNOWN}
