"""What every client of a messenger says of a failed connection, and how it finds its proxy."""

from __future__ import annotations

from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass


def words_of(error: BaseException) -> str:
    """The error's kind and the system's own words; the library's may show the URL, and with it a secret."""
    system = error.__cause__ if isinstance(error.__cause__, OSError) else error
    said = system.strerror if isinstance(system, OSError) and isinstance(system.strerror, str) else None
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def proxy_for(url: str) -> str | None:
    """The HTTP proxy the environment names for the server."""
    parts = urlsplit(url)
    if not parts.hostname or proxy_bypass(parts.hostname):
        return None
    return getproxies().get(parts.scheme)
