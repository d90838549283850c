"""The command line: what each command says, and with which exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
import yaml
from click.testing import CliRunner, Result

from domain.rules import secrets
from domain.rules.access import COMMAND_LINE
from service import settings
from service.cli import COMMANDS, main
from service.commands import openapi
from tests.database import OWNER, SERVICE
from tests.processes import ROOT, Service, chancery, data_folder, free_port
from tests.service.support import ask

PROGRAMS = ROOT / "examples" / "programs"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch):
    """Runs a command in this process, with these settings and no others."""

    def call(*arguments: str, **given: str) -> Result:
        for name in [name for name in os.environ if name.startswith("CHANCERY_")]:
            monkeypatch.delenv(name)
        for name, value in given.items():
            monkeypatch.setenv(f"CHANCERY_{name.upper()}", value)
        return CliRunner().invoke(main, arguments, prog_name="chancery")

    return call


def written(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


def test_every_command_is_there(run) -> None:
    listed = run("--help").stdout
    for name in COMMANDS:
        assert f"\n  {name} " in listed
        answer = run(name, "--help")
        assert answer.exit_code == 0
        assert answer.stdout.startswith(f"Usage: chancery {name} ")
    assert run("--version").stdout.startswith("chancery 0.")


@pytest.mark.parametrize("command", ["ballot-key", "data-key"])
def test_a_key_is_fresh_and_as_the_setting_takes_it(run, command: str) -> None:
    keys = [run(command).stdout.strip() for _ in range(2)]
    assert keys[0] != keys[1]
    name = f"{command.replace('-', '_')}s"
    found = settings.Settings.from_environ(
        {"HOME": "/home/ada", f"CHANCERY_{name.upper()}": ",".join(keys)}
    )
    assert getattr(found, name) == tuple(keys)


def test_the_help_imports_no_command() -> None:
    code = (
        "import sys, service.cli as c; from click.testing import CliRunner;"
        "CliRunner().invoke(c.main, ['--help']);"
        "print({'alembic', 'asyncpg', 'granian', 'litestar', 'yaml'} & set(sys.modules))"
    )
    python = [sys.executable, "-c", code]
    assert subprocess.run(python, capture_output=True, check=True).stdout == b"set()\n"


def test_a_usage_error_is_2(run) -> None:
    assert run("nonsense").exit_code == 2
    assert run("serve", "--port", "0").exit_code == 2
    assert run("program", "apply").exit_code == 2
    assert run("health", "--url", "file:///etc/passwd").exit_code == 2
    assert run("openapi", "--check", "-").exit_code == 2


def test_a_wrong_setting_is_one_line() -> None:
    answer = chancery("doctor", prot="80")
    assert (answer.returncode, answer.stdout) == (1, "")
    said = "chancery: CHANCERY_PROT is no setting of Chancery: did you mean CHANCERY_PORT?\n"
    assert answer.stderr == said


@pytest.mark.parametrize(
    "arguments", [["serve"], ["worker"], ["migrate"], ["program", "apply", "demo.yaml"]]
)
def test_an_unreachable_database_is_one_line(arguments: list[str]) -> None:
    arguments = [arg.replace("demo.yaml", str(PROGRAMS / "demo.yaml")) for arg in arguments]
    url = f"postgresql://chancery:open-sesame@127.0.0.1:{free_port()}/chancery"
    answer = chancery(*arguments, database_url=url)
    assert answer.returncode == 1
    assert answer.stderr.startswith("chancery: the database or the network failed: ")
    assert answer.stderr.count("\n") == 1
    assert "open-sesame" not in answer.stderr


def test_settings_prints_the_table(run) -> None:
    assert run("settings").stdout == settings.markdown_table()


def test_migrate_gives_the_service_role_its_rights(run, unmigrated_url: str) -> None:
    url = unmigrated_url.replace(OWNER, SERVICE)
    given = {"database_url": url, "migration_database_url": unmigrated_url}
    for _ in range(2):
        answer = run("migrate", **given)
        assert answer.exit_code == 0, answer.output
        assert answer.stdout.startswith("the database is at revision 0")
        assert answer.stderr == ""
    assert ask(url, "select count(*) from programs") == 0
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        ask(url, "delete from audit_entries")


def test_migrate_warns_when_the_roles_are_one(run, unmigrated_url: str) -> None:
    answer = run("migrate", database_url=unmigrated_url)
    assert answer.exit_code == 0
    assert answer.stderr.startswith("warning: The role ")


def test_programs_are_as_their_files_say(run, database_url: str, tmp_path: Path) -> None:
    students, parent = PROGRAMS / "asyncapi-students.yaml", PROGRAMS / "asyncapi.yaml"
    answer = run("program", "apply", str(students), str(parent), database_url=database_url)
    assert answer.stdout == "asyncapi: created\nasyncapi-students: created\n", answer.output
    answer = run("program", "apply", str(students), str(parent), database_url=database_url)
    assert answer.stdout == "asyncapi: unchanged\nasyncapi-students: unchanged\n"
    changed = yaml.safe_load(parent.read_text())
    changed["policy"]["texts"]["name"] = "Renamed"
    path = written(tmp_path, "changed.yaml", yaml.safe_dump(changed))
    assert run("program", "apply", path, database_url=database_url).stdout == "asyncapi: updated\n"
    who = ask(database_url, "select actor_id from audit_entries order by at desc limit 1")
    assert who == COMMAND_LINE.account_id


def test_a_faulty_policy_is_told_with_pointers(run, database_url: str, tmp_path: Path) -> None:
    text = "slug: x\npolicy:\n  texts: {name: 5}\n  nonsense: true\n"
    path = written(tmp_path, "faulty.yaml", text)
    answer = run("program", "apply", path, database_url=database_url)
    assert answer.exit_code == 1
    lines = answer.stderr.splitlines()
    assert [line.split(": ")[:3] for line in lines] == [
        ["chancery", path, "/nonsense"],
        ["chancery", path, "/texts/name"],
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("slug: x\npolicy: [\n", "program.yaml:3: "),
        ("slug: X!\npolicy: {}\n", "program.yaml: Expected `str` matching regex"),
        ("policy: {}\n", "program.yaml: Object missing required field `slug`"),
        ("slug: x\npolicy: {}\nextra: 1\n", "program.yaml: Object contains unknown field `extra`"),
        ("- a\n", "program.yaml: Expected `object`, got `array`"),
        ("\x00", "program.yaml: "),
        ("slug: x\npolicy: " + "[" * 5000, "program.yaml"),
    ],
)
def test_a_file_that_is_no_program_is_one_line(
    run, database_url: str, tmp_path: Path, text: str, said: str
) -> None:
    path = written(tmp_path, "program.yaml", text)
    answer = run("program", "apply", path, database_url=database_url)
    assert answer.exit_code == 1
    assert answer.stderr.startswith(f"chancery: {tmp_path}/{said}")
    assert answer.stderr.count("\n") == 1


def test_a_file_that_cannot_be_found_is_a_usage_error(run) -> None:
    assert run("program", "apply", "/nowhere.yaml").exit_code == 2


def test_doctor_tells_by_its_exit_code(run, database_url: str, unmigrated_url: str) -> None:
    good = run("doctor", database_url=database_url)
    assert (good.exit_code, good.stdout.splitlines()[-1][:8]) == (0, "0 errors")
    bad = run("doctor", database_url=unmigrated_url)
    assert (bad.exit_code, bad.stdout.splitlines()[-1][:8]) == (1, "1 errors")


def test_health_asks_the_service(run, database_url: str) -> None:
    port = free_port()
    answer = run("health", "--url", f"http://127.0.0.1:{port}")
    assert answer.exit_code == 1
    assert answer.stderr.count("\n") == 1
    with Service(database_url=database_url) as service:
        service.ready()
        assert run("health", port=str(service.port)).stdout == "ready\n"
        assert run("health", "--url", f"{service.url}/").exit_code == 0
    assert run("health", port=str(service.port)).exit_code == 1


def test_openapi_is_printed_written_and_checked(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openapi, "CONTRACT", tmp_path / "openapi.yaml")
    assert run("openapi", "--check").exit_code == 1
    assert run("openapi", "--write").exit_code == 0
    assert run("openapi", "--check").exit_code == 0
    printed = run("openapi", "-").stdout
    assert printed == (tmp_path / "openapi.yaml").read_text() == run("openapi").stdout
    assert yaml.safe_load(printed)["openapi"].startswith("3.1")
    with (tmp_path / "openapi.yaml").open("a") as file:
        file.write("# drift\n")
    answer = run("openapi", "--check")
    assert (answer.exit_code, answer.stderr.count("make openapi")) == (1, 1)


def test_a_token_is_made_with_its_limits(run, database_url: str) -> None:
    create = ["token", "create", "--name", "ci"]
    where = {"database_url": database_url}
    run("program", "apply", str(PROGRAMS / "demo.yaml"), **where)
    limits = ["--permission", "event:read", "--expires-in-days", "7"]
    made = run(*create, "--role", "integration", "--program", "demo", *limits, **where)
    assert made.exit_code == 0, made.output
    assert secrets.well_formed(made.stdout.removesuffix("\n"), secrets.TOKEN)
    sql = "select permissions::text || (expires_at - created_at)::text from tokens"
    assert ask(database_url, sql) == "{event:read}7 days"
    assert run(*create, "--role", "owner", **where).exit_code == 0

    answer = run(*create, "--role", "reader", "--program", "nowhere", **where)
    assert (answer.exit_code, answer.stderr) == (1, "chancery: There is no program 'nowhere'.\n")
    assert run(*create, "--role", "reader", **where).exit_code == 1
    assert run(*create, "--role", "king", **where).exit_code == 2
    assert run("token", "create", "--name", " ", "--role", "owner", **where).exit_code == 2


def test_a_source_is_made_and_a_token_for_it(run, database_url: str) -> None:
    where = {"database_url": database_url}
    run("program", "apply", str(PROGRAMS / "demo.yaml"), **where)
    create = ["source", "create", "--program", "demo", "--name", "Meetup bot"]
    made = run(*create, "--slug", "meetup-bot", **where)
    assert (made.exit_code, made.stdout) == (0, "demo: meetup-bot created\n"), made.output

    token = ["token", "create", "--name", "bot", "--role", "integration", "--program", "demo"]
    assert run(*token, "--source", "meetup-bot", **where).exit_code == 0
    token_id = ask(database_url, "select token_id from source_tokens")
    trusted = run(
        *create, "--slug", "other", "--trust", "trusted", "--token", str(token_id), **where
    )
    assert trusted.exit_code == 0, trusted.output
    told = ask(
        database_url,
        "select string_agg(s.slug || ' ' || s.trust || ' ' || s.version, ', ' order by s.slug)"
        "  from sources s join source_tokens w on w.source_id = s.id",
    )
    assert told == "meetup-bot untrusted 2, other trusted 1"

    answer = run(*token, "--source", "nowhere", **where)
    said = "chancery: There is no source 'nowhere' in the program.\n"
    assert (answer.exit_code, answer.stderr) == (1, said)
    assert ask(database_url, "select count(*) from tokens") == 1, "nor is there a token then"
    assert (
        run("token", "create", "--name", "x", "--role", "owner", "--source", "x", **where).exit_code
        == 1
    )
    twice = run(*create, "--slug", "other", **where)
    assert (twice.exit_code, twice.stderr.count("\n")) == (1, 1)
    nobody = "019a0000-0000-7000-8000-00000000dead"
    unknown = run(*create, "--slug", "third", "--token", nobody, **where)
    assert (unknown.exit_code, nobody in unknown.stderr) == (1, True)
    assert run(*create, "--slug", "Meetup Bot", **where).exit_code == 2
    assert run(*create[:-1], " ", "--slug", "fourth", **where).exit_code == 2


MEMBERS = """
- name: "Amara Okonjo"
  github: "amara-tidewater"
  githubID: 900001187
  country: "🇳🇬"
  contributions:
    - type: "article"
      title: "From polling to events"
      date: {year: 2025, month: "March"}
      link: "https://example.org/polling"
"""


def test_members_are_read_and_written(run, database_url: str, tmp_path: Path) -> None:
    where = {"database_url": database_url}
    run("program", "apply", str(PROGRAMS / "demo.yaml"), **where)
    file = written(tmp_path, "members.yaml", MEMBERS)
    mirror = ["import", "asyncapi", "--program", "demo", "--mode", "mirror", file]
    dated = [*mirror, "--as-of", "2026-03-03"]

    plan = run(*dated, "--dry-run", **where)
    assert plan.exit_code == 0, plan.output
    assert plan.stdout.splitlines()[-1].startswith("planned only, as of 2026-03-03: 1 add_")
    done = run(*dated, "--joined-known", **where)
    assert "line 2: amara-tidewater: add_ambassador handle: - -> amara-tidewater\n" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("applied, as of 2026-03-03: 1 add_person, ")
    again = run(*dated, **where)
    assert again.stdout == "nothing to do, as of 2026-03-03\n"

    export = ["export", "asyncapi-yaml", "--program", "demo"]
    (entry,) = yaml.safe_load(run(*export, **where).stdout)
    assert (entry["github"], len(entry["contributions"])) == ("amara-tidewater", 1)
    assert run(*export, "-o", str(tmp_path / "out.yaml"), **where).stdout == ""
    back = [str(tmp_path / "out.yaml") if part == file else part for part in dated]
    assert run(*back, **where).stdout == "nothing to do, as of 2026-03-03\n"

    assert "A mirror needs the day" in run(*mirror, **where).stderr
    older = run(*mirror, "--as-of", "2026-03-02", **where)
    assert (older.exit_code, older.stderr.count("\n")) == (1, 1)
    broken = written(tmp_path, "broken.yaml", "- name: [\n")
    refused = run("import", "asyncapi", "--program", "demo", "--mode", "merge", broken, **where)
    assert refused.exit_code == 1
    assert "line 2" in refused.stderr


def test_a_command_joins_the_running_server_or_starts_one() -> None:
    demo = str(PROGRAMS / "demo.yaml")
    with data_folder() as data:
        assert chancery("migrate", data_dir=str(data)).returncode == 0
        alone = chancery("program", "apply", demo, data_dir=str(data))
        assert alone.stdout == "demo: created\n", alone.stderr
        with Service(data_dir=str(data)) as service:
            service.ready()
            beside = chancery("program", "apply", demo, data_dir=str(data))
            assert beside.stdout == "demo: unchanged\n"
            assert service.status("/v1/programs/demo") == 200
