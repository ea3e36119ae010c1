"""A stand-in for Telegram that costs next to nothing: it takes every call, checks none.

    python tests/benchmarks/stand_in.py

prints its address and serves until it is ended. The sandbox is strict: against it, its own work would be measured.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress

TOKEN = "424242:token-of-the-bot-that-is-measured"
_USER = {"id": 424242, "is_bot": True, "first_name": "Bench", "username": "bench_bot"}


class _Connection(asyncio.Protocol):
    def __init__(self) -> None:
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self._buffer) < end + 4 + length:
                return
            method = self._buffer[: self._buffer.find(b" ", 5)].rpartition(b"/")[2]
            self._buffer = self._buffer[end + 4 + length :]
            self._transport.write(_ANSWERS.get(method, _MESSAGE))


def _answer(result: object) -> bytes:
    body = json.dumps({"ok": True, "result": result}).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


_MESSAGE = _answer(
    {
        "message_id": 4711,
        "from": _USER,
        "chat": {"id": 1, "type": "private", "first_name": "Person"},
        "date": 1_795_000_000,
        "text": "Person, how was the delivery of your order?",
    }
)
_ANSWERS = {
    method: _answer(True)
    for method in (b"answerCallbackQuery", b"setWebhook", b"deleteWebhook", b"setMyCommands", b"deleteMyCommands")
} | {b"getMe": _answer(_USER), b"getUpdates": _answer([])}


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_Connection, "127.0.0.1", 0, backlog=512)
    sys.stdout.write(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


@contextmanager
def stand_in() -> Generator[str, None, None]:
    """The stand-in in a process of its own; its address."""
    process = subprocess.Popen([sys.executable, __file__], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve())
