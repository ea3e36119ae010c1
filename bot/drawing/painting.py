"""Having pictures drawn: one child process, started when it is needed, ended when nobody asks for a while."""

from __future__ import annotations

import asyncio
import os
import struct
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import structlog

from bot.drawing.kinds import Drawable, Kind, encode

log = structlog.get_logger()

LONGEST: Final = 30.0
"""Seconds one picture may take, the child's start included: its first start on a machine also reads all fonts."""

IDLE: Final = 120.0
"""Seconds after which a child that nobody asks anything ends, and its memory with it."""

_COMMAND: Final = (sys.executable, "-m", "bot.drawing.painter")
_ENVIRONMENT: Final = {"OPENBLAS_NUM_THREADS": "1"}
"""Nothing here is worth a pool of threads, which takes a while to start."""


class PaintingError(Exception):
    """There is no picture; says why. The child is gone, the next picture starts a new one."""


class Painter:
    """Draws one picture at a time; nothing is started by building it.

    Works within one event loop; `command` is what the child is, for tests.
    """

    def __init__(self, *, command: Sequence[str] = _COMMAND, longest: float = LONGEST, idle: float = IDLE) -> None:
        self._command = tuple(command)
        self._longest = longest
        self._idle = idle
        self._turn = asyncio.Lock()
        self._child: asyncio.subprocess.Process | None = None
        self._ending: asyncio.TimerHandle | None = None
        self._preparing: set[asyncio.Task[None]] = set()

    @property
    def is_awake(self) -> bool:
        """Whether a child is there."""
        return self._child is not None and self._child.returncode is None

    async def paint(self, drawable: Drawable) -> bytes:
        """The file; raises PaintingError."""
        return await self._have(encode(drawable))

    def prepare(self, kind: Kind) -> None:
        """Have the child started and loaded while the figures of a picture are still being read; returns at once."""
        if self._turn.locked():
            return
        preparing = asyncio.create_task(self._prepare(kind), name="painter-preparing")
        self._preparing.add(preparing)
        preparing.add_done_callback(self._preparing.discard)

    async def close(self) -> None:
        """End the child."""
        for preparing in tuple(self._preparing):
            preparing.cancel()
        await asyncio.gather(*self._preparing, return_exceptions=True)
        async with self._turn:
            self._stay()
            await self._end()

    async def _prepare(self, kind: Kind) -> None:
        try:
            await self._have(kind.encode())
        except PaintingError as error:
            # the picture itself will fail or not
            log.warning("painter_not_prepared", why=str(error))

    async def _have(self, message: bytes) -> bytes:
        async with self._turn:
            self._stay()
            try:
                async with asyncio.timeout(self._longest):
                    answer = await self._ask(message)
            except TimeoutError:
                await self._end()
                raise PaintingError(f"it took longer than {self._longest:g} s") from None
            except (OSError, asyncio.IncompleteReadError) as error:
                await self._end()
                raise PaintingError(f"the child ended ({type(error).__name__})") from error
            except asyncio.CancelledError:
                # half an answer in the pipe would be taken for the next picture's
                await self._end()
                raise
            self._end_later()
        if answer[:1] != b"\x01":
            raise PaintingError(answer[1:].decode("utf-8", "replace"))
        return answer[1:]

    async def _ask(self, message: bytes) -> bytes:
        if not self.is_awake:
            # a session of its own: Ctrl-C in the terminal ends us first, and the child with us
            self._child = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env=os.environ | _ENVIRONMENT,
                start_new_session=True,
            )
        child = self._child
        assert child is not None
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(struct.pack(">I", len(message)) + message)
        await child.stdin.drain()
        (length,) = struct.unpack(">I", await child.stdout.readexactly(4))
        return await child.stdout.readexactly(length)

    async def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        if child.returncode is None:
            child.kill()
        await child.wait()

    def _stay(self) -> None:
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None

    def _end_later(self) -> None:
        self._ending = asyncio.get_running_loop().call_later(self._idle, self._end_idle)

    def _end_idle(self) -> None:
        # it ends by itself once its input does; a picture that comes meanwhile starts another
        child, self._child = self._child, None
        if child is not None and child.stdin is not None:
            child.stdin.close()


@asynccontextmanager
async def open_painter() -> AsyncGenerator[Painter, None]:
    """A painter that is closed afterwards."""
    painter = Painter()
    try:
        yield painter
    finally:
        await painter.close()
