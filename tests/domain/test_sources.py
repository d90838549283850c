"""Who may write to a source, and what a running post keeps from changing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace

from domain import programs, sources
from domain.call import Call, transaction
from domain.errors import NotFound
from domain.rules.access import COMMAND_LINE, Actor, Assignment, Role
from domain.rules.sources import Trust
from domain.sources import Changes, Draft, NotYourSource, Source
from tests.world import Bearer, World

OWNER = (Assignment(Role.OWNER, None, None),)


def by(world: World, token: Bearer) -> Call:
    """A call by an owner with this token."""
    return world.call(Actor(token.account_id, "bot", token_id=token.token_id, assignments=OWNER))


async def written(call: Call, slug: str = "bot") -> Source:
    async with transaction(call) as tx:
        return await sources.writable(tx, await programs.find(tx, "demo"), slug)


async def put_tokens(world: World, *tokens: Bearer) -> None:
    changes = Changes(tokens=[token.token_id for token in tokens])
    await sources.update(world.call(), "demo", "bot", changes, lambda _: None)


@pytest.fixture
async def bots(world: World) -> Sequence[Bearer]:
    """Two tokens, of which the first may write to the source `bot`."""
    await world.program()
    first, second = await world.token(), await world.token()
    await sources.create(world.call(), "demo", Draft("bot", "Bot", tokens=[first.token_id]))
    return first, second


async def test_a_token_writes_only_to_its_sources(world: World, bots: Sequence[Bearer]) -> None:
    first, second = bots
    assert (await written(by(world, first))).slug == "bot"
    with pytest.raises(NotYourSource):
        await written(by(world, second))
    with pytest.raises(NotYourSource):
        await written(world.call())
    assert (await written(world.call(COMMAND_LINE))).slug == "bot"
    for call in (by(world, first), world.call(COMMAND_LINE)):
        with pytest.raises(NotFound):
            await written(call, "nothing")
    await world.program("other")
    await sources.create(world.call(), "other", Draft("there", "There", tokens=[first.token_id]))
    with pytest.raises(NotFound):
        await written(by(world, first), "there")


async def test_a_token_that_has_ended_meanwhile_writes_nothing(world: World) -> None:
    await world.program()
    ends = world.now + timedelta(hours=1)
    revoked, expiring = await world.token(), await world.token(expires_at=ends)
    tokens = [revoked.token_id, expiring.token_id]
    await sources.create(world.call(), "demo", Draft("bot", "Bot", tokens=tokens))
    await written(by(world, revoked))
    await world.rows("update tokens set revoked_at = $2 where id = $1", revoked.token_id, world.now)
    with pytest.raises(NotYourSource):
        await written(by(world, revoked))
    call = by(world, expiring)
    await written(replace(call, at=ends - timedelta(seconds=1)))
    with pytest.raises(NotYourSource):
        await written(replace(call, at=ends))


async def waits(task: asyncio.Task[object]) -> bool:
    """Whether a task still runs after long enough for all that a database would do."""
    with suppress(asyncio.TimeoutError):
        await asyncio.wait_for(asyncio.shield(task), 0.3)
    return not task.done()


async def test_a_change_waits_for_the_posts_that_run(world: World, bots: Sequence[Bearer]) -> None:
    first, second = bots
    await put_tokens(world, first, second)
    async with transaction(by(world, first)) as tx:
        source = await sources.writable(tx, await programs.find(tx, "demo"), "bot")
        change = asyncio.create_task(put_tokens(world))
        deletion = asyncio.create_task(sources.delete(world.call(), "demo", "bot", lambda _: None))
        assert await waits(change)
        assert await waits(deletion)
    await asyncio.gather(change, deletion, return_exceptions=True)
    assert source.version == 2


async def test_two_posts_do_not_wait_for_each_other(world: World, bots: Sequence[Bearer]) -> None:
    await put_tokens(world, *bots)
    first, second = (by(world, bot) for bot in bots)
    async with transaction(first) as tx:
        await sources.writable(tx, await programs.find(tx, "demo"), "bot")
        assert (await asyncio.wait_for(written(second), 5)).slug == "bot"


async def test_a_post_that_waited_for_a_change_obeys_it(
    world: World, bots: Sequence[Bearer]
) -> None:
    first, second = bots
    await put_tokens(world, first, second)
    async with transaction(world.call()) as tx:
        program = await programs.find_open(tx, "demo")
        await tx.raw.execute("select from sources where slug = 'bot' for update")
        kept = asyncio.create_task(written(by(world, first)))
        taken = asyncio.create_task(written(by(world, second)))
        assert await waits(kept)
        assert await waits(taken)
        await tx.raw.execute("update sources set trust = 'trusted', version = version + 1")
        store = sources.store
        source = await store.get(tx, program.id, "bot")
        assert source is not None
        await store.list_tokens(tx, program.id, source.id, [first.token_id])
    assert (await kept).trust is Trust.TRUSTED
    with pytest.raises(NotYourSource):
        await taken


async def test_a_source_for_files_is_made_once(world: World) -> None:
    program = await world.program()

    async def ensured() -> UUID:
        async with transaction(world.call(COMMAND_LINE)) as tx:
            source = await sources.ensure(tx, program, "members-file", "Members file")
            await asyncio.sleep(0.05)
            assert (source.trust, source.version) == (Trust.TRUSTED, 1)
            return source.id

    assert len(set(await asyncio.gather(*(ensured() for _ in range(5))))) == 1
    told = await world.rows("select from events where type = 'source.created'")
    assert len(told) == 1
    changes = Changes(trust=Trust.UNTRUSTED)
    await sources.update(world.call(), "demo", "members-file", changes, lambda _: None)
    async with transaction(world.call(COMMAND_LINE)) as tx:
        source = await sources.ensure(tx, program, "members-file", "Members file")
    assert source.trust is Trust.UNTRUSTED, "what a manager decided stays"
