"""The process that owns an embedded server: it outlives whoever started it, and stops the server when nobody uses it.

Run as `python -m db.embedded_guard FOLDER MODE`. Whatever is killed, the rest puts it right:

1. The guard holds `guard.lock`: there is one.
2. Every client holds `lock` shared. When the guard can take it alone, there are no clients: it stops the server, and
   only then lets go, so that a client that comes meanwhile waits and then starts a guard of its own.
3. A server that dies is started again while there are clients.
4. A shell waits for the guard's end on a pipe. Unless the guard said farewell, the shell becomes the next guard, which
   finds the server running and goes on with it.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

from db import embedded_cluster
from db.embedded_errors import EmbeddedServerError, StartError
from db.embedded_folder import DataFolder, Lock, RunningServer

DURABLE, FAST, THROWAWAY = "durable", "fast", "throwaway"

_WATCH_EVERY = 0.1
_ATTEMPTS = 20
"""The processes of a server that was killed need a moment to notice; until then no other starts."""

_SUCCESSOR = 'trap "" HUP INT TERM; read -r farewell || exec "$@"'


def command(folder: Path, mode: str) -> list[str]:
    """What starts a guard."""
    return [sys.executable, "-m", "db.embedded_guard", str(folder), mode]


def guard(folder: DataFolder, mode: str) -> None:
    """Own the folder's server until nobody uses it. Returns at once when another guard does."""
    guard_lock = folder.lock_of_guard()
    if not _take_patiently(guard_lock):
        return
    clients = folder.lock_of_clients()
    successor = _successor(folder, mode)
    server: RunningServer | None = None
    try:
        with folder.open_log() as log:
            was_running = False
            # Without its folder it is nobody's server; what is there under that name now has a guard of its own.
            while guard_lock.is_in_place() and not clients.take_alone():
                if server is None or not server.is_alive():
                    server = _running_or_started(folder, log, mode, is_restart=was_running)
                was_running = True
                time.sleep(_WATCH_EVERY)
        if guard_lock.is_in_place():
            _stop(server or folder.running())
            embedded_cluster.tidy(folder)
        else:
            _stop(server)
    finally:
        successor.communicate(b"farewell\n")
    if mode == THROWAWAY and guard_lock.is_in_place():
        embedded_cluster.remove(folder)
    # In this order: who then gets the clients' lock finds that there is no guard.
    guard_lock.close()
    clients.close()


def _running_or_started(folder: DataFolder, log: IO[bytes], mode: str, *, is_restart: bool) -> RunningServer | None:
    try:
        return folder.running() or _start(folder, log, durable=mode == DURABLE)
    except (EmbeddedServerError, OSError) as error:
        if not is_restart:
            raise
        # There are clients still, and what is in the way, a full disk perhaps, may go away.
        log.write(f"{error}\n".encode())
        log.flush()
        time.sleep(1)
        return None


def _take_patiently(lock: Lock) -> bool:
    # Clients look whether there is a guard by taking its lock for an instant.
    for _ in range(20):
        if lock.take_alone():
            return True
        time.sleep(0.025)
    return False


def _successor(folder: DataFolder, mode: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603
        ["/bin/sh", "-c", _SUCCESSOR, "sh", *command(folder.path, mode)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )


def _start(folder: DataFolder, log: IO[bytes], *, durable: bool) -> RunningServer:
    cluster = embedded_cluster.prepare(folder, durable=durable)
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return embedded_cluster.start(cluster, log, durable=durable)
        except StartError as error:
            if attempt == _ATTEMPTS or "pre-existing shared memory block" not in str(error):
                raise
            time.sleep(0.25)
    raise AssertionError


def _stop(server: RunningServer | None) -> None:
    # Fast, immediate, and without asking: the next start recovers.
    for wish, patience in ((signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0)):
        if server is None or not server.is_alive():
            return
        os.kill(server.pid, wish)
        deadline = time.monotonic() + patience
        while server.is_alive() and time.monotonic() < deadline:
            time.sleep(0.01)


def main() -> None:
    """Guard the folder named on the command line; tell on standard output what keeps the server from starting."""
    for ignored in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(ignored, signal.SIG_IGN)
    os.umask(0o077)
    try:
        guard(DataFolder(Path(sys.argv[1])), sys.argv[2])
    except (EmbeddedServerError, OSError) as error:
        with contextlib.suppress(OSError):
            os.write(sys.stdout.fileno(), json.dumps({"error": type(error).__name__, "message": str(error)}).encode())
        sys.exit(1)


if __name__ == "__main__":
    main()
