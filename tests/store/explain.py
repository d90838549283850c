"""The plan of a statement that a store function asks for."""

from __future__ import annotations

from typing import Any

import asyncpg
from msgspec import Struct

BIG = {
    *("people", "identities", "affiliations", "ambassadors", "memberships", "directory_entries"),
    *("contributions", "contribution_participants", "events", "audit_entries", "audit_values"),
    *("accounts", "role_assignments", "tokens"),
    *("tenures", "tenure_contributions", "tenure_reminders", "leaves", "eligibilities"),
    "stock_movements",
}
"""Tables that grow; the others are read from end to end whatever the plan says."""


class Plan(Struct, frozen=True):
    """The plan of one statement. `inner` are the look-ups made for each row of the result."""

    outer: list[dict[str, Any]]
    inner: list[dict[str, Any]]

    @property
    def indexes(self) -> set[str]:
        return {node["Index Name"] for node in self.outer if "Index Name" in node}

    @property
    def sorts(self) -> list[dict[str, Any]]:
        return [node for node in self.outer if node["Node Type"] in {"Sort", "Incremental Sort"}]

    @property
    def read_whole(self) -> list[str]:
        scans = (node for node in self.outer + self.inner if node["Node Type"] == "Seq Scan")
        return [node["Relation Name"] for node in scans if node["Relation Name"] in BIG]

    def conditions(self, index: str) -> str:
        """What an index is searched for."""
        nodes = (node for node in self.outer if node.get("Index Name") == index)
        return " and ".join(node.get("Index Cond", "") for node in nodes)


def read_plan(root: dict[str, Any]) -> Plan:
    plan = Plan([], [])

    def visit(node: dict[str, Any], inside: bool) -> None:
        inside = inside or node.get("Parent Relationship") == "SubPlan"
        (plan.inner if inside else plan.outer).append(node)
        for below in node.get("Plans", ()):
            visit(below, inside)

    visit(root, False)
    return plan


class Explaining:
    """A connection that plans what it is asked to fetch."""

    def __init__(self, raw: asyncpg.Connection[asyncpg.Record]) -> None:
        self.raw, self.plans = raw, list[Plan]()

    async def fetch(self, sql: str, *arguments: object) -> list[asyncpg.Record]:
        prepared = await self.raw.prepare(sql)
        answer = await prepared.explain(*arguments)
        self.plans.append(read_plan(answer[0]["Plan"]))
        return []

    async def fetchrow(self, sql: str, *arguments: object) -> None:
        await self.fetch(sql, *arguments)
