"""The program's own PostgreSQL, for whoever has none: shared by every process that uses the same data folder."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType

from db import embedded_guard
from db.embedded_binaries import check_major_version
from db.embedded_errors import DataFolderError, EmbeddedServerError, FastServerError, StartError, error_named
from db.embedded_folder import DataFolder, Lock, RunningServer

__all__ = ["EmbeddedServer", "EmbeddedServerError", "open_server", "open_throwaway_server"]

_PATIENCE = 120.0
"""Seconds; a server that was killed under load reads its log through before it takes connections."""

_PATIENCE_AT_THE_END = 10.0

_LOG_LIMIT = 1_000_000


class EmbeddedServer:
    """One client's share in a server, which runs at least until the last of them is closed or ends."""

    def __init__(self, url: str, lock: Lock, folder: DataFolder) -> None:
        self.url = url
        self._lock = lock
        self._folder = folder

    def close(self) -> None:
        """Let go of the server. When nobody else uses it, it has stopped when this returns."""
        try:
            guard_lock = self._folder.lock_of_guard()
        except OSError:  # the folder was deleted; its guard sees that too
            self._lock.close()
            return
        was_last = self._lock.is_in_place() and self._lock.take_alone()
        self._lock.close()
        deadline = time.monotonic() + _PATIENCE_AT_THE_END
        while was_last and not guard_lock.take_shared() and time.monotonic() < deadline:
            time.sleep(0.01)
        guard_lock.close()

    def __enter__(self) -> EmbeddedServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_server(data_dir: Path, *, durable: bool) -> EmbeddedServer:
    """Join the server of the folder, or start one and, the first time, make its database.

    Synchronous, a tenth of a second to a second: from a running event loop call it in a thread. `durable=False` is for
    data that may be lost in a power cut. Raises EmbeddedServerError, whose message names the fix.
    """
    return _open(data_dir, embedded_guard.DURABLE if durable else embedded_guard.FAST)


def open_throwaway_server(parent: Path | None = None) -> EmbeddedServer:
    """A fast server of one's own in a temporary folder, deleted when it is closed or the process ends.

    The folder is made in `parent`, else where temporary folders are.
    """
    data_dir = Path(tempfile.mkdtemp(prefix="otklik-", dir=parent))
    data_dir.chmod(0o711)  # the server's user passes through when root starts it
    try:
        return _open(data_dir, embedded_guard.THROWAWAY)
    except BaseException:
        shutil.rmtree(data_dir, ignore_errors=True)
        raise


def _open(data_dir: Path, mode: str) -> EmbeddedServer:
    deadline = time.monotonic() + _PATIENCE
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        folder = DataFolder(data_dir.resolve())
        lock = folder.lock_of_clients()
    except OSError as error:
        raise DataFolderError(
            f"The data folder {data_dir} cannot be used: {error.strerror}. Set OTKLIK_DATA_DIR to a folder that "
            "belongs to you, or run Otklik as the user it belongs to."
        ) from error
    try:
        while not lock.take_shared():
            _wait("The last server's end", folder, deadline)
        check_major_version(folder.cluster())
        server = _joined(folder, mode, deadline)
        if mode == embedded_guard.DURABLE and folder.is_fast():
            raise FastServerError(
                f"The server of {folder.path} runs with the fast settings of tests and the demo, which may lose data. "
                "End what uses it, or set OTKLIK_DATA_DIR to another folder."
            )
        return EmbeddedServer(folder.url(server), lock, folder)
    except BaseException:
        lock.close()
        raise


def _joined(folder: DataFolder, mode: str, deadline: float) -> RunningServer:
    guard: _StartedGuard | None = None
    try:
        while True:
            if guard is not None and guard.has_ended():
                guard.close()
                guard = None
            has_guard = _has_guard(folder)
            if guard is None and not has_guard:
                guard = _StartedGuard(folder, mode)
            server = folder.running()
            if has_guard and server is not None and server.ready:
                return server
            _wait("PostgreSQL's start", folder, deadline)
    finally:
        if guard is not None:
            guard.close()


def _has_guard(folder: DataFolder) -> bool:
    lock = folder.lock_of_guard()
    try:
        return not lock.take_shared()
    finally:
        lock.close()


class _StartedGuard:
    """A guard that this process started; it may turn out that another one was first."""

    def __init__(self, folder: DataFolder, mode: str) -> None:
        if folder.log.exists() and folder.log.stat().st_size > _LOG_LIMIT:
            folder.log.rename(folder.log.with_suffix(".log.1"))
        self._said, said = os.pipe()
        try:
            with folder.open_log() as log:
                # The shell in between ends at once: the guard is nobody's child, and outlives its first client.
                subprocess.run(  # noqa: S603
                    ["/bin/sh", "-c", '"$@" &', "sh", *embedded_guard.command(folder.path, mode)],
                    stdin=subprocess.DEVNULL,
                    stdout=said,
                    stderr=log,
                    cwd="/",
                    env=_environment(),
                    start_new_session=True,
                    check=True,
                )
        finally:
            os.close(said)

    def has_ended(self) -> bool:
        """Whether it is gone, another guard being there. Raises what kept it from starting the server."""
        if not select.select([self._said], [], [], 0)[0]:
            return False
        report = os.read(self._said, 65536)
        if report:
            content = json.loads(report)
            raise error_named(content["error"], content["message"])
        return True

    def close(self) -> None:
        os.close(self._said)


def _environment() -> dict[str, str]:
    # The program's environment holds its tokens; the guard outlives the program.
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    project = str(Path(__file__).resolve().parents[1])
    return kept | {
        "PYTHONPATH": os.pathsep.join([project, *(str(Path(entry).resolve()) for entry in sys.path if entry)])
    }


def _wait(what: str, folder: DataFolder, deadline: float) -> None:
    if time.monotonic() > deadline:
        raise StartError(f"{what} takes more than {_PATIENCE:.0f} s; {folder.log} says what it is doing.")
    time.sleep(0.01)
