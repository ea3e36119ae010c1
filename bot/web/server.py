"""The HTTP server around the application."""

from __future__ import annotations

import socket
from collections.abc import Generator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

_LONGEST_SHUTDOWN = 25


class WebServer(uvicorn.Server):
    """uvicorn under somebody else's signal handling: stop it with `should_exit`; what is in hand is finished."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Signals belong to the whole process, which also has a loop to stop."""
        yield


def build_server(application: FastAPI) -> WebServer:
    """A server for the application; `await server.serve(sockets=[bind(host, port)])` runs it.

    uvicorn's own access log stays off: it writes addresses with their queries. Ours names routes.
    """
    return WebServer(
        uvicorn.Config(
            application,
            access_log=False,
            log_config=None,
            lifespan="off",
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_LONGEST_SHUTDOWN,
        )
    )


def bind(host: str, port: int) -> socket.socket:
    """The listening socket; port 0 takes a free one. Raises OSError when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends at once (TCP_NODELAY) only where the protocol is named; else an answer's body waits 40 ms
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(1024)
        listening.setblocking(False)
    except OSError:
        listening.close()
        raise
    return listening
