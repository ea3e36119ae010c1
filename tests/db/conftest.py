"""Folders for embedded servers, and clients that can be killed."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from db.embedded_folder import DataFolder
from tests.db.processes import CLIENT, Client, processes_of, until


@pytest.fixture
def data_dir() -> Generator[Path, None, None]:
    """A folder that the server's user reaches too; at the end nothing may be running on it."""
    parent = Path(tempfile.mkdtemp(prefix="otklik-test-")).resolve()
    parent.chmod(0o711)
    yield parent / "data"
    until(lambda: not processes_of(parent))
    shutil.rmtree(parent)


@pytest.fixture
def folder(data_dir: Path) -> DataFolder:
    return DataFolder(data_dir)


@pytest.fixture
def client(data_dir: Path) -> Generator[Callable[..., Client], None, None]:
    """Starts another process that uses the server of `data_dir`."""
    started: list[Client] = []

    def start(folder: Path = data_dir, *, durable: bool = False) -> Client:
        arguments = [sys.executable, "-c", CLIENT, str(folder), "durable" if durable else "fast"]
        started.append(Client(subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)))
        return started[-1]

    yield start
    for each in started:
        each.end()
