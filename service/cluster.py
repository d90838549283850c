"""The embedded PostgreSQL on disk: made whole or not at all, with its roles and passwords."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from service.binaries import Account, PostgresError, Programs, nobody

DATABASE = "chancery"
SUPERUSER = "postgres"
OWNER = "chancery_owner"
SERVICE = "chancery"

# pg_trgm sees a letter only if LC_CTYPE says that it is one, so plain "C" would lose every "é".
LOCALES = ("C.UTF-8", "en_US.UTF-8", "C")

ACCESS = """
# Passwords for everybody, and nobody from elsewhere.
local all all scram-sha-256
host all all 127.0.0.1/32 scram-sha-256
host all all ::1/128 scram-sha-256
"""

CONFIGURATION = """
# What Chancery begins with. This file is yours to change from here on.
shared_buffers = 128MB
timezone = 'UTC'
log_timezone = 'UTC'
logging_collector = on
log_directory = '../log'
log_filename = 'postgresql-%a.log'
log_rotation_age = 1d
log_rotation_size = 0
log_truncate_on_rotation = on
log_line_prefix = '%m [%p] %q%u@%d '
"""


class WrongMajorVersion(PostgresError):
    """The data was written by another major version of PostgreSQL than the programs at hand."""


class Credentials(Struct, frozen=True):
    """The generated passwords of the three roles."""

    superuser: str
    owner: str
    service: str

    def __repr__(self) -> str:
        return "Credentials(***)"


class Cluster(Struct, frozen=True):
    """One cluster below the data folder, and the account that runs it (None: ourselves)."""

    data_dir: Path
    account: Account | None

    @property
    def root(self) -> Path:
        """All that is replaced or backed up as one."""
        return self.data_dir / "postgres"

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def log(self) -> Path:
        return self.root / "log"

    def exists(self) -> bool:
        return (self.data / "PG_VERSION").exists()

    def credentials(self) -> Credentials | None:
        """The passwords; None when their file is missing or was cut short by a power failure."""
        try:
            written = (self.root / "credentials.json").read_bytes()
            return msgspec.json.decode(written, type=Credentials)
        except (FileNotFoundError, msgspec.DecodeError):
            return None


def open_folder(data_dir: Path) -> Cluster:
    """Make the data folder if need be, and decide which account runs PostgreSQL in it.

    As root that is `nobody`, or whoever owns the data already. Permissions change on folders that
    were made here, and on an empty data folder; on nothing else.
    """
    data_dir = data_dir.resolve()
    try:
        _make(data_dir)
    except OSError as fault:
        raise PostgresError(
            f"the data folder {data_dir} cannot be made ({fault.strerror}). "
            "Set CHANCERY_DATABASE_URL to a server that runs already, or CHANCERY_DATA_DIR to a "
            "folder that this user may write."
        ) from fault
    if not os.access(data_dir, os.W_OK | os.X_OK):
        raise PostgresError(
            f"this user may not write in the data folder {data_dir}. Set CHANCERY_DATA_DIR."
        )
    owner = _owner(data_dir / "postgres" / "data")
    if os.geteuid() != 0:
        if owner is not None and owner.uid != os.geteuid():
            raise PostgresError(
                f"the data in {data_dir} belongs to user {owner.uid}. "
                "Run Chancery as that user or as root, or set CHANCERY_DATA_DIR."
            )
        return Cluster(data_dir, None)
    account = owner or nobody()
    if not account.may_enter(data_dir) and not any(data_dir.iterdir()):
        data_dir.chmod(0o711)
    for folder in [data_dir, *data_dir.parents]:
        if not account.may_enter(folder):
            raise PostgresError(
                f"PostgreSQL must not run as root, and user {account.uid}, who runs it instead, "
                f"may not pass through {folder} to reach {data_dir}. "
                "Set CHANCERY_DATA_DIR to a folder that every user can reach."
            )
    return Cluster(data_dir, account)


def _make(folder: Path) -> None:
    missing = [path for path in [folder, *folder.parents] if not path.exists()]
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        # Whatever the umask says: as root another account has to pass through.
        private = 0o711 if os.geteuid() == 0 else 0o700
        path.chmod(private if path == folder else 0o755)


def _owner(path: Path) -> Account | None:
    try:
        entry = path.stat()
    except FileNotFoundError:
        return None
    return None if entry.st_uid == 0 else Account(entry.st_uid, entry.st_gid)


def check_major(cluster: Cluster, programs: Programs) -> None:
    """Refuse to touch data of another major version, which PostgreSQL cannot read."""
    wrote = (cluster.data / "PG_VERSION").read_text().strip()
    if wrote != str(programs.major):
        raise WrongMajorVersion(
            f"{cluster.data} was written by PostgreSQL {wrote}, but {programs.folder} is "
            f"PostgreSQL {programs.version}. Nothing was changed. Either run PostgreSQL {wrote} "
            "again (install the Chancery that wrote the data, or set CHANCERY_POSTGRES_BIN to the "
            f"programs of a PostgreSQL {wrote}), or move the data: with PostgreSQL {wrote} write "
            f"`pg_dump -Fc {DATABASE}`, move {cluster.root} away, start once with PostgreSQL "
            f"{programs.major}, and read the dump with `pg_restore`."
        )


def create(cluster: Cluster, programs: Programs, options: Mapping[str, str], keep: int) -> None:
    """Make the cluster in a folder beside its place, and move it there when it is whole."""
    for left in cluster.data_dir.glob("postgres.new-*"):
        shutil.rmtree(left, ignore_errors=True)
    if cluster.root.exists():
        raise PostgresError(f"{cluster.root} is there but holds no PostgreSQL data: move it away")
    begun = Path(tempfile.mkdtemp(prefix="postgres.new-", dir=cluster.data_dir))
    try:
        begun.chmod(0o711 if cluster.account else 0o700)
        for name in ("data", "run", "log"):
            (begun / name).mkdir(mode=0o700)
            if cluster.account:
                os.chown(begun / name, cluster.account.uid, cluster.account.gid)
        _initdb(begun, programs, keep, sync=options.get("fsync") != "off")
        set_passwords(begun, programs, keep, new=True)
        begun.rename(cluster.root)
    except BaseException:
        shutil.rmtree(begun, ignore_errors=True)
        raise
    _flush(cluster.data_dir)


def _initdb(root: Path, programs: Programs, keep: int, *, sync: bool) -> None:
    data = root / "data"
    arguments = ["-D", str(data), "-U", SUPERUSER, "-E", "UTF8", "-A", "reject", "--locale=C"]
    if programs.major >= 17:
        arguments += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    if not sync:
        arguments += ["--no-sync"]
    failure: str | None = None
    for locale in LOCALES:
        answer = programs.run("initdb", *arguments, f"--lc-ctype={locale}", cwd=root, keep=keep)
        failure = answer.stderr.strip() if answer.returncode else None
        if not (failure and "invalid locale name" in failure):
            break
    if failure is not None:
        raise PostgresError(f"initdb failed: {failure}")
    (data / "pg_hba.conf").write_text(ACCESS)
    with (data / "postgresql.conf").open("a") as configuration:
        configuration.write(CONFIGURATION)


def set_passwords(root: Path, programs: Programs, keep: int, *, new: bool = False) -> None:
    """Give the roles fresh passwords, making the roles if they are missing.

    It needs no password itself: PostgreSQL's single-user mode works on a cluster that is stopped.
    So a lost `credentials.json` is no loss.
    """
    credentials = Credentials(*(secrets.token_urlsafe(24) for _ in range(3)))
    statements = [f"alter role {SUPERUSER} password '{credentials.superuser}'"]
    for role, password in ((OWNER, credentials.owner), (SERVICE, credentials.service)):
        rights = "login nosuperuser nocreatedb nocreaterole noreplication nobypassrls"
        statements += [
            f"do $$ begin if not exists (select from pg_roles where rolname = '{role}')"
            f" then create role {role}; end if; end $$",
            f"alter role {role} {rights} password '{password}'",
        ]
    if new:
        statements += [f"create database {DATABASE} owner {OWNER}"]
    _single_user(root, programs, keep, statements)
    fresh = root / "credentials.json.new"
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(msgspec.json.encode(credentials))
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(root / "credentials.json")


def _single_user(root: Path, programs: Programs, keep: int, statements: list[str]) -> None:
    # One line is one statement in this mode.
    script = "".join(f"{statement}\n" for statement in statements)
    settings = ["-c", "exit_on_error=on", "-c", "log_statement=none"]
    answer = programs.run(
        "postgres",
        *("--single", "-D", root / "data", *settings, SUPERUSER),
        cwd=root,
        keep=keep,
        stdin=script,
    )
    if answer.returncode != 0:
        faults = [line for line in answer.stderr.splitlines() if "FATAL" in line or "ERROR" in line]
        raise PostgresError("the roles could not be made: " + "; ".join(faults))


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
