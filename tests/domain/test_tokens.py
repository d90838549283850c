"""Tokens as use cases: what HTTP alone cannot bring about."""

from __future__ import annotations

import pytest

from domain import tokens
from domain.authentication import BadToken, authenticate
from tests.world import World


async def test_a_token_that_was_revoked_a_moment_ago_makes_no_other(world: World) -> None:
    """It was good when its request came in; its revocation is committed before the request ends."""
    token = await world.token()
    call = world.call(await authenticate(world.database, token.secret, world.now))
    await tokens.revoke(world.call(call.actor), token.token_id, lambda _: None)
    with pytest.raises(BadToken):
        await tokens.create(call, tokens.Draft("CI"))
    with pytest.raises(BadToken):
        await tokens.rotate(call, token.token_id, lambda _: None)
    assert len(await world.rows("select id from tokens")) == 1
