"""Databases of one server: clones that begin with the same rows, for what is to be compared."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

import asyncpg
from msgspec import Struct

from service.postgres import Server


class Place(Struct, frozen=True):
    """A database, as its owner and as the service reach it."""

    name: str
    owner_url: str
    service_url: str


def place(server: Server, name: str) -> Place:
    """The database with this name."""
    return Place(name, _named(server.owner_url, name), _named(server.service_url, name))


async def clone(server: Server, template: str, name: str) -> Place:
    """A copy of a database that nobody is connected to."""
    raw = await asyncpg.connect(server.superuser_url)
    try:
        owner = urlsplit(server.owner_url).username
        await raw.execute(f"create database {name} template {template} owner {owner}")
    finally:
        await raw.close()
    return place(server, name)


async def settle(server: Server) -> None:
    """Write out what earlier measurements left to write, so that it falls on nobody."""
    raw = await asyncpg.connect(server.superuser_url)
    try:
        await raw.execute("checkpoint")
    finally:
        await raw.close()


def _named(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
