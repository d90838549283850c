"""What the documents and examples tell others to run, run as it is written there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from click.testing import CliRunner

from service.cli import main
from tests.processes import PATIENCE, ROOT, Service
from tests.service.support import ask

DOCUMENT = ROOT / "docs" / "connectors.md"
WORKFLOW = ROOT / "examples" / "github-actions" / "record-contribution.yml"
PROGRAMS = ROOT / "examples" / "programs"
PLACES = {"demo": "meetup-bot", "asyncapi-students": "github-actions"}

TITLE = """It's "free": $(touch pwned) `touch pwned` ${{ x }} \\ %s ñ 🎉"""
EVENT: dict[str, Any] = {
    "action": "closed",
    "repository": {"id": 412117},
    "pull_request": {
        "number": 77,
        "merged": True,
        "title": TITLE,
        "merged_at": "2026-02-28T23:12:06Z",
        "html_url": "https://github.example/tidewater/tidewater/pull/77",
        "user": {"id": 5501911, "type": "User", "login": "octo-noor"},
    },
}
COUNT = "select count(*) from contributions"
SPY = """#!/bin/bash
printf '%s\\n' "$@" >> "$0.arguments"
exec {curl} "$@"
"""


class Shell:
    """Runs what is written, as somebody else's machine would, and sees what `ps` would show."""

    def __init__(self, url: str, token: str, folder: Path) -> None:
        self.folder = folder
        curl = shutil.which("curl")
        assert curl is not None, "what is documented needs curl"
        spy = folder / "bin" / "curl"
        spy.parent.mkdir()
        spy.write_text(SPY.format(curl=curl))
        spy.chmod(0o755)
        self.spy, self.url, self.token = spy, url, token

    def run(self, script: str, **env: str) -> dict[str, Any]:
        """What the script prints, which is JSON; Actions runs bash in just this way."""
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=self.folder,
            env={"PATH": f"{self.spy.parent}:{os.environ['PATH']}"}
            | {"CHANCERY_URL": self.url, "CHANCERY_TOKEN": self.token}
            | env,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    @property
    def shown(self) -> str:
        """The arguments of every call of curl."""
        return self.spy.with_name("curl.arguments").read_text()


@pytest.fixture
def service(database_url: str) -> Iterator[Service]:
    """The service with the example programs, on a real port."""
    for name in ("demo", "asyncapi", "asyncapi-students"):
        command(database_url, "program", "apply", str(PROGRAMS / f"{name}.yaml"))
    with Service(database_url=database_url) as service:
        yield service.ready()


def command(database_url: str, *arguments: str) -> str:
    """What a command prints."""
    done = CliRunner().invoke(main, arguments, env={"CHANCERY_DATABASE_URL": database_url})
    assert done.exit_code == 0, done.output
    return done.stdout.strip()


def token(database_url: str, program: str) -> str:
    """A token of a tool that may write to the source which the text names."""
    place, slug = ("--program", program), PLACES[program]
    command(database_url, "source", "create", *place, "--slug", slug, "--name", slug)
    role = ("--role", "integration", "--name", slug, "--source", slug)
    return command(database_url, "token", "create", *place, *role).splitlines()[-1]


def recorded(shell: Shell, program: str, key: str) -> dict[str, Any]:
    """What the tool is shown of it."""
    answer = httpx.get(
        f"{shell.url}/v1/programs/{program}/sources/{PLACES[program]}/contributions/{key}",
        headers={"Authorization": f"Bearer {shell.token}"},
    )
    return answer.raise_for_status().json()


def ambassador(service: Service, database_url: str) -> None:
    secret = command(database_url, "token", "create", "--role", "owner", "--name", "setup")
    made = httpx.post(
        f"{service.url}/v1/programs/demo/ambassadors",
        json={"handle": "amara-tidewater", "person": {"name": "Amara Okonjo"}},
        headers={"Authorization": f"Bearer {secret.splitlines()[-1]}"},
    )
    assert made.status_code == 201, made.text


def test_the_documented_curl_records_one_contribution(
    service: Service, database_url: str, tmp_path: Path
) -> None:
    ambassador(service, database_url)
    scripts = re.findall(r"^```bash\n(.*?)^```$", DOCUMENT.read_text(), re.DOTALL | re.MULTILINE)
    assert len(scripts) == 1
    shell = Shell(service.url, token(database_url, "demo"), tmp_path)
    answers = [shell.run(scripts[0]) for _ in range(2)]
    assert [answer["result"] for answer in answers] == ["created", "unchanged"]
    assert ask(database_url, COUNT) == 1
    one = recorded(shell, "demo", "event-118")
    assert (one["type"], one["title"]) == ("talk", "Queues without tears")
    assert one["occurred_on"] == "2026-05"
    assert len(one["participants"]) == 2
    assert shell.token not in shell.shown


def evaluated(text: str, context: dict[str, Any]) -> str:
    """A text of a workflow with its expressions, as Actions would write it."""

    def value(found: re.Match[str]) -> str:
        whole = found[1]
        path = whole.removeprefix("toJSON(").removesuffix(")")
        here: Any = context
        for step in path.split("."):
            here = here[step]
        return json.dumps(here, ensure_ascii=False) if path != whole else str(here)

    return re.sub(r"\$\{\{ ([\w.()]+) \}\}", value, text)


def workflow() -> dict[str, Any]:
    # YAML 1.1, as PyYAML reads it, takes `on` for a boolean.
    return yaml.load(WORKFLOW.read_text(), Loader=yaml.BaseLoader)


def test_the_step_of_the_workflow_records_a_merged_pull_request(
    service: Service, database_url: str, tmp_path: Path
) -> None:
    ((step,),) = [job["steps"] for job in workflow()["jobs"].values()]
    shell = Shell(service.url, token(database_url, "asyncapi-students"), tmp_path)
    vars_ = {"CHANCERY_URL": shell.url}
    secrets = {"CHANCERY_TOKEN": shell.token}

    def run(**changes: Any) -> str:
        pull = EVENT["pull_request"] | changes
        github = {"event": EVENT | {"pull_request": pull}}
        context = {"vars": vars_, "secrets": secrets, "github": github}
        env = {name: evaluated(text, context) for name, text in step["env"].items()}
        return shell.run(step["run"], **env)["result"]

    assert [run(), run(), run(title="Better"), run(title="Better")] == [
        "created",
        "unchanged",
        "updated",
        "unchanged",
    ]
    assert run(number=78) == "created"
    assert ask(database_url, COUNT) == 2
    older = recorded(shell, "asyncapi-students", "pr-412117-77")
    newer = recorded(shell, "asyncapi-students", "pr-412117-78")
    assert (older["title"], newer["title"]) == ("Better", TITLE)
    assert newer["type"] == "merged_pull_request"
    assert newer["occurred_on"] == "2026-02-28"
    assert newer["url"] == "https://github.example/tidewater/tidewater/pull/77"
    assert shell.token not in shell.shown
    assert not (tmp_path / "pwned").exists()


def test_the_workflow_asks_for_nothing_that_it_does_not_need() -> None:
    written = workflow()
    assert written["on"] == {"pull_request_target": {"types": ["closed"]}}
    assert written["permissions"] == {}
    (job,) = written["jobs"].values()
    assert "permissions" not in job
    for step in job["steps"]:
        assert step.keys() == {"name", "env", "run"}, "no action of anybody's is used"
        # An expression in the script would run whatever a title says.
        assert "${{" not in step["run"]
