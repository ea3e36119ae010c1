"""The data folder of an embedded server: its files, its locks, and the server running on it."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote

from db.embedded_errors import DataFolderError

PASSWORD_FILE = "otklik.password"  # noqa: S105
PORT = 5432
"""Part of the socket's file name only: the server does not listen on the network."""


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A postmaster as its own `postmaster.pid` describes it."""

    pid: int
    cluster: Path
    socket_folder: str
    ready: bool

    def is_alive(self) -> bool:
        """Whether it is still there, its files or not."""
        return _is_postmaster(self.pid, self.cluster)


def running_on(cluster: Path) -> RunningServer | None:
    """The server at work on the cluster, starting and stopping ones too."""
    try:
        lines = (cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        pid = int(lines[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None
    socket_folder = lines[4] if len(lines) > 4 else ""
    is_ready = len(lines) > 7 and lines[7].strip() == "ready"
    server = RunningServer(pid, cluster, socket_folder, is_ready)
    return server if server.is_alive() else None


@dataclass(frozen=True, slots=True)
class DataFolder:
    """`OTKLIK_DATA_DIR`, as far as the embedded server is concerned."""

    path: Path

    @property
    def log(self) -> Path:
        return self.path / "server.log"

    @property
    def location(self) -> Path:
        """Names the cluster's folder when it had to be put elsewhere."""
        return self.path / "postgres.location"

    def cluster(self) -> Path:
        """Where the database's files are, or would be. Raises DataFolderError when they are not where they were."""
        if not self.location.exists():
            return self.path / "postgres"
        cluster = Path(self.location.read_text(encoding="utf-8").strip())
        if not (cluster / "PG_VERSION").exists():
            raise DataFolderError(
                f"{self.location} says that the database is in {cluster}, but it is not there. Put it back, or delete "
                f"{self.location} to start with an empty database."
            )
        return cluster

    def lock_of_clients(self) -> Lock:
        """Held shared by everybody who uses the server; the guard takes it alone before it stops the server."""
        return Lock(self.path / "lock", like=self.path)

    def lock_of_guard(self) -> Lock:
        """Held by the one process that may start and stop the server."""
        return Lock(self.path / "guard.lock", like=self.path)

    def open_log(self) -> IO[bytes]:
        """The log of the guard and the server, to append to."""
        return os.fdopen(_open_private(self.log, os.O_WRONLY | os.O_APPEND, self.path), "ab")

    def running(self) -> RunningServer | None:
        """The server at work on this folder's database, starting and stopping ones too."""
        return running_on(self.cluster())

    def is_fast(self) -> bool:
        """Whether the running server was started with the settings that a power cut may cost the data."""
        return '"fsync=off"' in (self.cluster() / "postmaster.opts").read_text(encoding="utf-8")

    def url(self, server: RunningServer) -> str:
        """The address of its database, password included."""
        password = (self.cluster() / PASSWORD_FILE).read_text(encoding="utf-8").strip()
        host = quote(server.socket_folder, safe="/")
        return f"postgresql://otklik:{password}@/postgres?host={host}&port={PORT}"


class Lock:
    """An advisory lock on a file, given up when closed or when the process ends in whatever way."""

    def __init__(self, path: Path, *, like: Path) -> None:
        """Open the file; when root makes it, it belongs to whom the folder `like` belongs to."""
        self._path = path
        self._file = _open_private(path, os.O_RDWR, like)

    def take_shared(self) -> bool:
        """Take it beside others; whether that was possible at once."""
        return self._take(fcntl.LOCK_SH)

    def take_alone(self) -> bool:
        """Take it when nobody else has it; whether that was possible at once."""
        return self._take(fcntl.LOCK_EX)

    def is_in_place(self) -> bool:
        """Whether others who open the path find this very lock; not so once its folder was deleted."""
        try:
            return os.path.samestat(self._path.stat(), os.fstat(self._file))
        except FileNotFoundError:
            return False

    def close(self) -> None:
        """Give it up; harmless when done twice."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _take(self, kind: int) -> bool:
        try:
            fcntl.flock(self._file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _open_private(path: Path, flags: int, like: Path) -> int:
    file = os.open(path, flags | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if os.geteuid() == 0:
        owner = like.stat()
        os.fchown(file, owner.st_uid, owner.st_gid)
    return file


def _is_postmaster(pid: int, cluster: Path) -> bool:
    # Process ids are used again, after a restart of a container almost surely.
    if sys.platform == "linux":
        try:
            arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return False
        return os.fsencode(cluster) in arguments
    listed = subprocess.run(  # noqa: S603
        ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, check=False
    )
    return b"-D " + os.fsencode(cluster) + b" " in listed.stdout
