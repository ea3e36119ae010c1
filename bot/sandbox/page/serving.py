"""Listens on this machine alone."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager

import aiohttp
import uvicorn

from bot.sandbox.page.application import build_page_application
from bot.sandbox.page.backstage import Messengers, PageOptions
from bot.sandbox.page.scene import Scene

_HOST = "127.0.0.1"


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Signals belong to the whole process."""
        yield


def listen_for_page(port: int) -> socket.socket:
    """A socket of this machine alone; port 0 takes a free one. Raises OSError for a taken one."""
    # asyncio sends at once (TCP_NODELAY) only where the protocol is named
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((_HOST, port))
        listening.listen(128)
        listening.setblocking(False)
    except OSError:
        listening.close()
        raise
    return listening


@asynccontextmanager
async def serve_page(
    messengers: Messengers, options: PageOptions, listening: socket.socket
) -> AsyncGenerator[str, None]:
    """The page on a socket of `listen_for_page`, while the context lasts; gives its address."""
    closing, scene = asyncio.Event(), Scene(messengers, options)
    headers = {"Authorization": f"Bearer {options.api_key}"}
    timeout = aiohttp.ClientTimeout(total=10)
    async with aiohttp.ClientSession(options.api_url, headers=headers, timeout=timeout) as session:
        server = _Server(
            uvicorn.Config(
                build_page_application(scene, session, closing),
                access_log=False,
                log_config=None,
                lifespan="off",
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=2,
            )
        )
        serving = asyncio.create_task(server.serve(sockets=[listening]), name="page")
        try:
            yield f"http://{_HOST}:{listening.getsockname()[1]}"
        finally:
            closing.set()
            scene.changes.note("closing", 0)
            server.should_exit = True
            await serving
            scene.close()
