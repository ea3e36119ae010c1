"""Making an embedded server's cluster, and starting the server on it."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import socket
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from db.embedded_binaries import ROOTS_PLACE, ServerUser, find_binaries, launch, make_roots_place, run, server_user
from db.embedded_errors import DataFolderError, StartError
from db.embedded_folder import PASSWORD_FILE, PORT, DataFolder, RunningServer, running_on

_SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    "shared_buffers": "128MB",
    "idle_in_transaction_session_timeout": "60s",
    "log_checkpoints": "off",
    # An error's text and detail carry the row that broke a constraint, a person's data among it.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
_FAST_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster that exists, and what starts a server on it."""

    folder: DataFolder
    path: Path
    binaries: Path
    user: ServerUser | None


def prepare(folder: DataFolder, *, durable: bool) -> Cluster:
    """The folder's cluster, made when there is none.

    Raises UnavailableError, DataFolderError or StartError.
    """
    path = folder.cluster()
    user = server_user(path, folder.path)
    binaries = find_binaries(user)
    if not (path / "PG_VERSION").exists():
        path = _make(folder, binaries, user, durable=durable)
    return Cluster(folder, path, binaries, user)


def start(cluster: Cluster, log: IO[bytes], *, durable: bool) -> RunningServer:
    """Start the server and wait until it takes connections. Raises StartError."""
    settings = _SETTINGS | ({} if durable else _FAST_SETTINGS)
    socket_folder = _socket_folder(cluster)
    settings["unix_socket_directories"] = '"{}"'.format(str(socket_folder).replace('"', '""'))
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    _disown_process_id(cluster, socket_folder)
    log_start = log.seek(0, os.SEEK_END)
    server = launch([str(cluster.binaries / "postgres"), "-D", str(cluster.path), *options], cluster.user, log)
    while (running := running_on(cluster.path)) is None or running.pid != server.pid or not running.ready:
        if server.poll() is not None:
            said = cluster.folder.log.read_bytes()[log_start:].decode(errors="replace").strip()
            raise StartError(f"PostgreSQL did not start on {cluster.path}. It said:\n{said[-2000:]}")
        time.sleep(0.005)
    return running


def _disown_process_id(cluster: Cluster, socket_folder: Path) -> None:
    # A killed server leaves its process id in two files. PostgreSQL refuses to start when a process has that id again,
    # or still, where nobody collects the dead; it makes an exception of the id of its own parent. The rest of
    # postmaster.pid must stay: by it PostgreSQL sees that other processes of the killed server are still writing.
    if running_on(cluster.path) is not None:
        return
    left_behind = cluster.path / "postmaster.pid"
    if left_behind.exists():
        _, *rest = left_behind.read_bytes().split(b"\n")
        left_behind.write_bytes(b"\n".join([str(os.getpid()).encode(), *rest]))
    (socket_folder / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)


def tidy(folder: DataFolder) -> None:
    """Delete what only a running server needs outside the folder."""
    shutil.rmtree(_short_socket_folder(folder), ignore_errors=True)


def remove(folder: DataFolder) -> None:
    """Delete the folder and what belongs to it elsewhere."""
    if folder.location.exists():
        shutil.rmtree(Path(folder.location.read_text(encoding="utf-8").strip()).parent, ignore_errors=True)
    shutil.rmtree(folder.path, ignore_errors=True)


def _make(folder: DataFolder, binaries: Path, user: ServerUser | None, *, durable: bool) -> Path:
    for left_over in folder.path.glob("making-*"):
        shutil.rmtree(left_over, ignore_errors=True)
    staging = _staging(folder.path, user)
    place = folder.path / "postgres"
    if not _can_enter(staging, user):
        staging.rmdir()
        make_roots_place()
        home = Path(tempfile.mkdtemp(prefix="data-", dir=ROOTS_PLACE))
        home.chmod(0o711)
        (home / "belongs-to").write_text(f"{folder.path}\n", encoding="utf-8")
        staging, place = _staging(home, user), home / "postgres"
    try:
        password = staging / PASSWORD_FILE
        password.write_text(secrets.token_urlsafe(24), encoding="ascii")
        password.chmod(0o600)
        _give(password, user)
        made = run(
            [
                str(binaries / "initdb"),
                f"--pgdata={staging / 'postgres'}",
                f"--pwfile={password}",
                "--username=otklik",
                "--auth=scram-sha-256",
                # The password is random: stretching it would only make every connection slower.
                "--set=scram_iterations=1",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--locale=C",
                "--no-instructions",
                *([] if durable else ["--no-sync"]),
            ],
            user,
        )
        if made.returncode:
            raise StartError(
                f"PostgreSQL could not make a database in {place}: {made.stderr.decode(errors='replace').strip()}. "
                "Set OTKLIK_DATA_DIR to another folder, or OTKLIK_DATABASE_URL to a server of your own."
            )
        password.rename(staging / "postgres" / PASSWORD_FILE)
        (staging / "postgres").rename(place)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    if place.parent != folder.path:
        written = folder.location.with_suffix(".new")
        written.write_text(f"{place}\n", encoding="utf-8")
        written.rename(folder.location)
    return place


def _staging(parent: Path, user: ServerUser | None) -> Path:
    staging = Path(tempfile.mkdtemp(prefix="making-", dir=parent))
    _give(staging, user)
    return staging


def _socket_folder(cluster: Cluster) -> Path:
    # Beside the cluster, where everybody who shares the folder finds it, unless that does not work: the path is too
    # long (about 100 bytes), the file system has no sockets, or clients would take the comma for the end of the path.
    beside = cluster.path.parent / "socket"
    for socket_folder in (beside, _short_socket_folder(cluster.folder)):
        if "," in str(socket_folder):
            continue
        try:
            socket_folder.mkdir(mode=0o700, exist_ok=True)
            _give(socket_folder, cluster.user)
            _probe(socket_folder)
        except OSError:
            continue
        found = socket_folder.lstat()
        if found.st_uid == (cluster.user.uid if cluster.user else os.geteuid()) and not found.st_mode & 0o077:
            return socket_folder
    raise DataFolderError(
        f"PostgreSQL can make its socket neither in {beside} nor in {_short_socket_folder(cluster.folder)}. "
        "Set OTKLIK_DATA_DIR to a folder with a shorter name on a local disk."
    )


def _short_socket_folder(folder: DataFolder) -> Path:
    key = hashlib.sha256(os.fsencode(folder.path)).hexdigest()[:12]
    return Path("/tmp") / f"otklik-{os.geteuid()}-{key}"  # noqa: S108


def _probe(socket_folder: Path) -> None:
    name = socket_folder / f".s.PGSQL.{PORT + 1}"
    name.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as probe:
        probe.bind(str(name))
    name.unlink()


def _can_enter(place: Path, user: ServerUser | None) -> bool:
    return user is None or run(["/bin/sh", "-c", 'cd -- "$1"', "sh", str(place)], user).returncode == 0


def _give(path: Path, user: ServerUser | None) -> None:
    if user is not None:
        os.chown(path, user.uid, user.gid, follow_symlinks=False)
