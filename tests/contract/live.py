"""A live server for the tools that speak HTTP: the whole service under uvicorn, in a thread."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from service.app import create_app
from service.settings import Settings


@contextmanager
def serving(database_url: str) -> Iterator[str]:
    """The base URL of a service on this database, with limits that no test meets by chance."""
    settings = Settings.from_environ(
        {
            "CHANCERY_DATABASE_URL": database_url,
            "CHANCERY_RATE_LIMIT_PER_MINUTE": "1000000",
            "CHANCERY_RATE_LIMIT_ANONYMOUS_PER_MINUTE": "1000000",
            "CHANCERY_SECURITY_CONTACT": "mailto:security@example.org",
        }
    )
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    config = uvicorn.Config(
        create_app(settings).front, host="127.0.0.1", port=port, log_level="warning", ws="none"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server ended"
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
