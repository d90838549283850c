"""Run a command against a real service of its own: fresh data, a free port, stopped at the end.

    .venv/bin/python tools/with_server.py COMMAND [ARGUMENT ...]

The command finds BASE_URL and OWNER_TOKEN in its environment, and CHANCERY_DATA_DIR, so that
`chancery` itself joins the same database. SERVE names another command to start.
"""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

START_SECONDS = 90
STOP_SECONDS = 30
OWNER_TOKEN = re.compile(r"\bchy_[0-9A-Za-z]{39}\b")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_ready(server: subprocess.Popen[bytes], url: str) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/health/ready", timeout=2):  # noqa: S310 loopback
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    return False


def stop(server: subprocess.Popen[bytes]) -> int:
    if server.poll() is None:
        server.send_signal(signal.SIGTERM)
    try:
        return server.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
        return 1


def complain(what: str, log: Path) -> None:
    tail = log.read_text(errors="replace").splitlines()[-40:]
    print(f"{what}; its last lines:", *tail, sep="\n  ", file=sys.stderr)


def main(command: list[str]) -> int:
    if not command:
        print(__doc__, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="chancery-") as scratch:
        # As root the database runs as another user, who has to reach its directory.
        Path(scratch).chmod(0o755)
        log = Path(scratch, "server.log")
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        environment = os.environ | {"CHANCERY_DATA_DIR": f"{scratch}/data"}
        environment.pop("CHANCERY_DATABASE_URL", None)
        serve = shlex.split(os.environ.get("SERVE", ".venv/bin/chancery serve --with-examples"))
        with log.open("wb") as output:
            server = subprocess.Popen(
                serve,
                env=environment | {"CHANCERY_HOST": "127.0.0.1", "CHANCERY_PORT": str(port)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        status = 1
        try:
            if not wait_until_ready(server, url):
                complain("the service did not get ready", log)
                return 1
            token = OWNER_TOKEN.search(log.read_text(errors="replace"))
            environment |= {"BASE_URL": url, "OWNER_TOKEN": token[0] if token else ""}
            status = subprocess.run(command, env=environment, check=False).returncode
            if server.poll() is not None:
                complain("the service ended before the command did", log)
                status = status or 1
        finally:
            stopped = stop(server)
        if stopped != 0:
            complain(f"the service did not stop gracefully ({stopped})", log)
        return status or abs(stopped)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
