"""A sandbox driven over HTTP from this machine: the page, the demo and the benchmarks in another process.

JSON in, JSON out, under `/sandbox/`. Only a request to a loopback name with a JSON body is taken, so that no web page
open in the same browser can drive it.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from urllib.parse import parse_qs

from bot.sandbox.changes import Changes
from bot.sandbox.faults import Fault, FaultKind, Faults
from bot.sandbox.http import Request, Response
from bot.sandbox.journal import Journal

_LOOPBACK = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d+)?")
LONGEST_WAIT = 30.0
STAND_IN = b"a file of the sandbox"
Body = dict[str, object]
Action = Callable[[Mapping[str, str], Body], Awaitable[object]]


class ControlError(Exception):
    """The request names something that is not there, or asks for what cannot be."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Routes:
    """Finds the action of a request and puts its result into an answer."""

    def __init__(self, actions: Iterable[tuple[str, str, Action]]) -> None:
        self._routes = [(method, re.compile("/sandbox/" + path), action) for method, path, action in actions]

    async def answer(self, request: Request) -> Response:
        """Answer one request of the control API."""
        try:
            result = await self._run(request)
        except ControlError as error:
            return _json(error.status, {"error": str(error)})
        except (ValueError, TypeError, LookupError, PermissionError, TimeoutError) as error:
            return _json(400, {"error": f"{type(error).__name__}: {error}"})
        return _json(200, result)

    async def _run(self, request: Request) -> object:
        if not _LOOPBACK.fullmatch(request.headers.get("host", "")):
            raise ControlError(403, "the sandbox is driven from this machine only")
        for method, pattern, action in self._routes:
            match = pattern.fullmatch(request.path)
            if match is not None and method == request.method:
                query = {name: values[-1] for name, values in parse_qs(request.query).items()}
                return await action({**query, **match.groupdict()}, _read_body(request))
        raise ControlError(404, f"nothing at {request.method} {request.path}")


class Watching:
    """What every sandbox can be asked and told: changes, calls and faults."""

    def __init__(self, changes: Changes, journal: Journal, faults: Faults) -> None:
        self._changes = changes
        self._journal = journal
        self._faults = faults

    def actions(self) -> tuple[tuple[str, str, Action], ...]:
        """Their routes."""
        return (
            ("GET", "changes", self._show_changes),
            ("GET", "calls", self._show_calls),
            ("POST", "faults", self._add_fault),
            ("DELETE", "faults", self._clear_faults),
        )

    def faults_in_force(self) -> list[Body]:
        """The faults, for a state."""
        return [
            {"number": number, "kind": fault.kind, "times": fault.times}
            for number, fault in self._faults.in_force().items()
        ]

    async def _show_changes(self, names: Mapping[str, str], _body: Body) -> object:
        wait = min(float(names.get("wait", "0")), LONGEST_WAIT)
        found = await self._changes.wait_after(int(names.get("after", "0")), deadline=wait)
        return [
            {
                "number": change.number,
                "kind": change.kind,
                "chat_id": change.chat_id,
                "message_id": change.message_id,
                "text": change.text,
            }
            for change in found
        ]

    async def _show_calls(self, names: Mapping[str, str], _body: Body) -> object:
        return [
            {"number": call.number, "method": call.method, "status": call.status, "error": call.error, "at": call.at}
            for call in self._journal.calls(names.get("method"), after=int(names.get("after", "0")))
        ]

    async def _add_fault(self, _names: Mapping[str, str], body: Body) -> object:
        methods = body.pop("methods", None)
        fault = Fault(
            FaultKind(str(body.pop("kind", ""))),
            frozenset(str(method) for method in methods) if isinstance(methods, list) else None,
            **body,  # type: ignore[arg-type]  # what does not fit is answered with 400
        )
        number = self._faults.add(fault)
        self._changes.note("faults", 0)
        return {"number": number}

    async def _clear_faults(self, names: Mapping[str, str], _body: Body) -> object:
        if "number" in names:
            self._faults.remove(int(names["number"]))
        else:
            self._faults.clear()
        self._changes.note("faults", 0)
        return {}


def read_integer(body: Body, name: str, default: int | None = None) -> int:
    """A whole number of a body; raises ControlError."""
    value = body.get(name, default)
    if value.__class__ is not int:
        raise ControlError(400, f'"{name}" must be a whole number')
    return int(str(value))


def read_content(body: Body) -> bytes:
    """The `content` of a file, base64; without it a stand-in."""
    given = body.get("content")
    return base64.b64decode(str(given), validate=True) if given else STAND_IN


def _read_body(request: Request) -> Body:
    if request.method == "GET" or not request.body:
        if request.method == "POST" and not request.headers.get("content-type", "").startswith("application/json"):
            raise ControlError(415, "send JSON")
        return {}
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise ControlError(415, "send JSON")
    decoded = json.loads(request.body)
    if not isinstance(decoded, dict):
        raise ControlError(400, "send a JSON object")
    return decoded


def _json(status: int, value: object) -> Response:
    return Response(status, json.dumps(value, ensure_ascii=False).encode())
