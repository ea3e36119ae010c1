"""Where a webhook may go: an https address outside of this network, checked when it is given and at each connection."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from surveys.rules.webhooks import WebhookError

LONGEST_URL = 2000

_TRANSLATED = ip_network("64:ff9b::/96")
_INSIDE = (ip_network("192.0.0.0/24"), ip_network("168.63.129.16/32"))
"""What Python calls global and a cloud uses for its own: Oracle's metadata (older Pythons), Azure's agent."""


def check_target(url: str, *, private_allowed: bool) -> str:
    """The address itself; raises WebhookError for what no webhook may go to.

    Names are not looked up: what they lead to is checked at each connection, for it may change.
    """
    parts = _parts(url)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise WebhookError("url: write it whole, like https://crm.example/otklik")
    if parts.username is not None or parts.password is not None:
        raise WebhookError("url: no user and password in it; the signature tells that it is us")
    if parts.fragment:
        raise WebhookError("url: leave out what follows #; it is never sent")
    if parts.scheme == "http" and not private_allowed:
        raise WebhookError("url: https is needed; OTKLIK_WEBHOOKS_PRIVATE=allow takes http within your own network")
    literal = _literal(parts.hostname)
    if literal is not None:
        refusal = why_refused(str(literal), encrypted=parts.scheme == "https", private_allowed=private_allowed)
        if refusal is not None:
            raise WebhookError(f"url: {refusal}")
    return url


def why_refused(address: str, *, encrypted: bool, private_allowed: bool) -> str | None:
    """Why nothing is sent to this IP address, with the fix; None when it may be connected to."""
    is_open = _is_open(ip_address(address.partition("%")[0]))
    if is_open:
        return None if encrypted else f"{address} is outside of your network, and http would show all to everybody"
    if private_allowed:
        return None
    return f"{address} is a private address; OTKLIK_WEBHOOKS_PRIVATE=allow permits targets within your own network"


def shown_host(url: str) -> str:
    """The host of an address as somebody else gave it, for an explanation; never more of it."""
    try:
        host = urlsplit(url).hostname
    except ValueError:
        host = None
    return host[:100] if host and host.isprintable() else "elsewhere"


def _is_open(address: IPv4Address | IPv6Address) -> bool:
    """Whether everybody on the internet reaches the same machine there."""
    if isinstance(address, IPv6Address):
        inner = _embedded(address)
        if inner is not None:
            return _is_open(inner)
    return address.is_global and not address.is_multicast and not any(address in inside for inside in _INSIDE)


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that is meant: mapped, or reached through 6to4, Teredo or NAT64."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    assert isinstance(_TRANSLATED, IPv6Network)
    return IPv4Address(int(address) & 0xFFFFFFFF) if address in _TRANSLATED else None


def _parts(url: str) -> SplitResult:
    if len(url) > LONGEST_URL or any(one.isspace() or not one.isprintable() for one in url):
        raise WebhookError(f"url: at most {LONGEST_URL} characters and no blanks")
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for what is no port
    except ValueError as error:
        raise WebhookError("url: write it whole, like https://crm.example/otklik") from error
    return parts


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        return None
