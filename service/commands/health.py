"""`chancery health`: the question that a container asks itself."""

from __future__ import annotations

import http.client
import os
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, build_opener

import click

from service.commands.failures import Refused
from service.settings import Settings

SECONDS = 2.5


@click.command()
@click.option("--url", help="Where the service is; without it, where CHANCERY_PORT says.")
def health_command(url: str | None) -> None:
    """Ask a running service whether it can answer requests; the exit code is 0 if so."""
    if url is None:
        settings = Settings.from_environ(os.environ)
        url = f"http://{reachable(settings.host)}:{settings.port}"
    if urlsplit(url).scheme not in ("http", "https"):
        raise click.BadParameter("it begins with http:// or https://", param_hint="--url")
    # No proxy of the environment: the question is for this very address.
    opener = build_opener(ProxyHandler({}), HTTPRedirectHandler())
    try:
        with opener.open(f"{url.rstrip('/')}/health/ready", timeout=SECONDS):
            click.echo("ready")
    except (OSError, http.client.HTTPException) as error:
        raise Refused(f"{url} is not ready: {error}") from error


def reachable(host: str) -> str:
    """The address by which this machine reaches a service that listens on `host`."""
    if host in ("0.0.0.0", "::"):  # noqa: S104 -- compared, not listened on
        return "127.0.0.1" if host == "0.0.0.0" else "[::1]"  # noqa: S104 -- as above
    return f"[{host}]" if ":" in host else host
