"""What whoever runs the service, or reads its contract, asks for."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct
from prometheus_client import CONTENT_TYPE_LATEST

from api.http import metrics
from api.http.access import public
from api.http.context import Context
from api.http.endpoint import Raw, Routes
from domain import operations
from domain.call import Call
from domain.errors import NotFound

routes = Routes("Operations", "Health, metrics and the contract itself.", prefix="", limited=False)

DOCS = Path(__file__).parent / "docs"
METRICS_TYPE = CONTENT_TYPE_LATEST.partition(";")[0]


class Health(Struct, frozen=True):
    """Whether the service works."""

    status: Annotated[Literal["ok"], Meta(description="Always `ok`; otherwise it is a problem.")]


@routes.get("/health/live", public())
async def get_liveness(call: Call) -> Health:
    """Tell that the process runs."""
    return Health("ok")


@routes.get("/health/ready", public())
async def get_readiness(call: Call) -> Health:
    """Tell that requests can be answered: the database is there."""
    await operations.check_database(call)
    return Health("ok")


@routes.get("/metrics", public(), produces=(METRICS_TYPE,))
async def get_metrics(call: Call) -> Raw:
    """Get the metrics of all workers, in Prometheus' text format."""
    return Raw(metrics.render(), CONTENT_TYPE_LATEST)


@routes.get("/openapi.json", public(), produces=("application/json",))
async def get_contract_json(call: Call) -> Raw:
    """Get the contract as JSON."""
    from api import contract  # it knows every noun, this one too

    return Raw(contract.as_json(), "application/json")


@routes.get("/openapi.yaml", public(), produces=("application/yaml",))
async def get_contract_yaml(call: Call) -> Raw:
    """Get the contract as YAML."""
    from api import contract

    return Raw(contract.as_yaml(), "application/yaml")


@routes.get("/docs", public(), produces=("text/html",), documented=False)
async def get_docs(call: Call) -> Raw:
    """Read the contract as a page; it loads nothing from elsewhere."""
    policy = _file("csp.txt").decode().strip()
    headers = {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"}
    return Raw(_file("index.html"), "text/html; charset=utf-8", headers)


@routes.get("/docs/scalar.js", public(), produces=("text/javascript",), documented=False)
async def get_docs_script(call: Call) -> Raw:
    """Get the script of the docs page."""
    return Raw(_file("scalar.js"), "text/javascript; charset=utf-8")


@routes.get("/docs/init.js", public(), produces=("text/javascript",), documented=False)
async def get_docs_start(call: Call) -> Raw:
    """Get the settings of the docs page."""
    return Raw(_file("init.js"), "text/javascript; charset=utf-8")


@routes.get("/.well-known/security.txt", public(), produces=("text/plain",))
async def get_security_contact(call: Call, context: Context) -> Raw:
    """Get where to report a vulnerability (RFC 9116)."""
    if context.security_contact is None:
        raise NotFound("Whoever runs this instance named no security contact.")
    expires = (call.at + timedelta(days=90)).strftime("%Y-%m-%dT00:00:00Z")
    text = f"Contact: {context.security_contact}\nExpires: {expires}\nPreferred-Languages: en\n"
    return Raw(text.encode(), "text/plain; charset=utf-8")


@cache
def _file(name: str) -> bytes:
    return (DOCS / name).read_bytes()
