"""The processes around an embedded server: clients that can be killed, and what is left of guards and servers."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

CLIENT = """
import sys
from pathlib import Path
from db.embedded import EmbeddedServerError, open_server
try:
    server = open_server(Path(sys.argv[1]), durable=sys.argv[2] == "durable")
except EmbeddedServerError as error:
    print(type(error).__name__, error, flush=True)
else:
    print(server.url, flush=True)
    sys.stdin.read()
"""


@dataclass
class Client:
    """Another process that uses the server until it is killed or told to end."""

    process: subprocess.Popen[str]

    def answer(self) -> str:
        """The URL it was given, or the error."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def kill(self) -> None:
        self.process.kill()
        self.end()

    def end(self) -> None:
        self.process.communicate()


def until(happened: Callable[[], object], *, seconds: float = 20) -> None:
    """Wait for other processes to get somewhere."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def processes_of(folder: Path) -> list[int]:
    """The guards, their successors and postmasters of a folder, by their command lines."""
    listed = subprocess.run(["ps", "-ww", "-e", "-o", "pid=,args="], capture_output=True, text=True, check=True).stdout
    lines = [line.split(maxsplit=1) for line in listed.splitlines()]
    return [int(pid) for pid, arguments in lines if str(folder) in arguments and CLIENT[:20] not in arguments]


def guards_of(folder: Path) -> list[int]:
    """The process that holds the guard's lock is among these; a successor is a shell and none of them."""
    listed = subprocess.run(["ps", "-ww", "-e", "-o", "pid=,args="], capture_output=True, text=True, check=True).stdout
    lines = [line.split(maxsplit=1) for line in listed.splitlines()]
    return [int(pid) for pid, run in lines if f"db.embedded_guard {folder} " in run and not run.startswith("/bin/sh")]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
