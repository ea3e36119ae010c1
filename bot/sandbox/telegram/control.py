"""The sandbox driven over HTTP from this machine: the page, the demo and the benchmarks in another process.

JSON in, JSON out, under `/sandbox/`. Only a request to a loopback name with a JSON body is taken, so that no web page
open in the same browser can drive it.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from bot.sandbox.faults import Fault, FaultKind
from bot.sandbox.http import Request, Response
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.views import MessageView

if TYPE_CHECKING:
    from bot.sandbox.telegram.server import TelegramSandbox

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


class Control:
    """Routes of the control API."""

    def __init__(self, sandbox: TelegramSandbox) -> None:
        self._sandbox = sandbox
        self._routes: list[tuple[str, re.Pattern[str], Action]] = [
            (method, re.compile("/sandbox/" + path), action)
            for method, path, action in (
                ("GET", "state", self._state),
                ("POST", "people", self._add_people),
                ("POST", r"people/(?P<person>\d+)/(?P<act>\w+)", self._act),
                ("POST", "groups", self._add_group),
                ("POST", r"groups/(?P<group>-\d+)/(?P<act>\w+)", self._change_group),
                ("GET", r"chats/(?P<chat>-?\d+)/messages", self._messages),
                ("GET", "changes", self._changes),
                ("GET", "calls", self._calls),
                ("POST", "faults", self._add_fault),
                ("DELETE", "faults", self._clear_faults),
                ("POST", "updates", self._add_update),
                ("POST", "pace", self._set_pace),
            )
        ]

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
                return await action({**query, **match.groupdict()}, _body(request))
        raise ControlError(404, f"nothing at {request.method} {request.path}")

    async def _state(self, _names: Mapping[str, str], _body: Body) -> object:
        sandbox = self._sandbox
        return {
            "bot": sandbox.world.bot.payload(),
            "now": sandbox.world.clock().isoformat(),
            "pace": sandbox.pace.enabled,
            "calls": sandbox.journal.count,
            "pending_updates": sandbox.updates.count(),
            "last_change": sandbox.changes.last,
            "faults": [
                {"number": number, "kind": fault.kind, "times": fault.times}
                for number, fault in sandbox.faults.in_force().items()
            ],
            "people": len(sandbox.people()),
            "groups": [{"id": group.id, "title": group.title} for group in sandbox.groups()],
        }

    async def _add_people(self, _names: Mapping[str, str], body: Body) -> object:
        """One person, or `count` of them from `id` on."""
        first, count = _integer(body, "id"), _integer(body, "count", 1)
        for number in range(first, first + count):
            self._sandbox.add_person(
                number,
                str(body.get("first_name", f"Person {number}")),
                str(body.get("language_code", "ru")),
                started=body.get("started") is True,
            )
        return {"added": count}

    async def _act(self, names: Mapping[str, str], body: Body) -> object:
        person = self._find_person(names)
        chat = _integer(body, "chat", person.id)
        act = names["act"]
        if act in ("photo", "voice", "document", "sticker"):
            return show_message(await _send_file(person, act, chat, body))
        if act == "start":
            payload = body.get("payload")
            return show_message(await person.start(str(payload) if payload is not None else None))
        if act == "write":
            reply_to = _integer(body, "reply_to", 0) or None
            return show_message(await person.write(str(body.get("text", "")), chat=chat, reply_to=reply_to))
        if act == "tap":
            return await self._tap(person, chat, body)
        if act in ("block", "unblock", "deactivate"):
            await _change(person, act)
            return {}
        raise ControlError(404, f"nobody can {act}")

    async def _tap(self, person: Person, chat: int, body: Body) -> object:
        number = _integer(body, "message_id")
        message = next((seen for seen in person.see(chat) if seen.id == number), None)
        if message is None:
            raise ControlError(404, f"no message {number} in the chat {chat}")
        popup = await person.tap(message, str(body.get("choice", "")))
        return {"popup": popup, "alert": person.last_popup is not None and person.last_popup.alert}

    async def _add_group(self, _names: Mapping[str, str], body: Body) -> object:
        listed = body.get("members", [])
        members = [self._sandbox.person(int(str(number))) for number in listed] if isinstance(listed, list) else []
        group = self._sandbox.add_group(
            _integer(body, "id"), str(body.get("title", "Group")), members, is_forum=body.get("is_forum") is True
        )
        return {"id": group.id}

    async def _change_group(self, names: Mapping[str, str], body: Body) -> object:
        group = self._sandbox.group(int(names["group"]))
        act = names["act"]
        if act == "upgrade":
            return {"id": group.upgrade().id}
        person = self._sandbox.person(_integer(body, "person"))
        if act == "add_bot":
            group.add_bot(person, administrator=body.get("administrator") is True)
        elif act == "kick_bot":
            group.kick_bot(person)
        elif act == "add_member":
            group.add_member(person)
        elif act == "remove_member":
            group.remove_member(person)
        else:
            raise ControlError(404, f"no group can {act}")
        return {}

    async def _messages(self, names: Mapping[str, str], _body: Body) -> object:
        chat = self._sandbox.world.chats.get(int(names["chat"]))
        if chat is None:
            raise ControlError(404, "no such chat")
        after = int(names.get("after", "0"))
        return [show_message(MessageView(message)) for message in chat.messages[after:] if not message.deleted]

    async def _changes(self, names: Mapping[str, str], _body: Body) -> object:
        wait = min(float(names.get("wait", "0")), LONGEST_WAIT)
        found = await self._sandbox.changes.wait_after(int(names.get("after", "0")), deadline=wait)
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

    async def _calls(self, names: Mapping[str, str], _body: Body) -> object:
        return [
            {"number": call.number, "method": call.method, "status": call.status, "error": call.error, "at": call.at}
            for call in self._sandbox.journal.calls(names.get("method"), after=int(names.get("after", "0")))
        ]

    async def _add_fault(self, _names: Mapping[str, str], body: Body) -> object:
        methods = body.pop("methods", None)
        fault = Fault(
            FaultKind(str(body.pop("kind", ""))),
            frozenset(str(method) for method in methods) if isinstance(methods, list) else None,
            **body,  # type: ignore[arg-type]  # what does not fit is answered with 400
        )
        number = self._sandbox.fail(fault)
        self._sandbox.changes.note("faults", 0)
        return {"number": number}

    async def _clear_faults(self, names: Mapping[str, str], _body: Body) -> object:
        if "number" in names:
            self._sandbox.faults.remove(int(names["number"]))
        else:
            self._sandbox.faults.clear()
        self._sandbox.changes.note("faults", 0)
        return {}

    async def _add_update(self, _names: Mapping[str, str], body: Body) -> object:
        """Trouble with updates: `malformed` or `duplicate` of the next ones, or a `raw` one."""
        self._sandbox.updates.malform(_integer(body, "malformed", 0))
        self._sandbox.updates.duplicate(_integer(body, "duplicate", 0))
        update = body.get("raw")
        return {"update_id": self._sandbox.updates.add_raw(update)} if isinstance(update, dict) else {}

    async def _set_pace(self, _names: Mapping[str, str], body: Body) -> object:
        self._sandbox.set_pace(enabled=body.get("enabled") is True)
        return {}

    def _find_person(self, names: Mapping[str, str]) -> Person:
        try:
            return self._sandbox.person(int(names["person"]))
        except KeyError:
            raise ControlError(404, f"no person {names['person']}") from None


async def _send_file(person: Person, kind: str, chat: int, body: Body) -> MessageView:
    """`content` is base64; without it a stand-in is sent."""
    reply_to = _integer(body, "reply_to", 0) or None
    if kind == "sticker":
        return await person.send_sticker(chat=chat, reply_to=reply_to)
    given = body.get("content")
    content = None if given is None else base64.b64decode(str(given), validate=True)
    caption = str(body.get("caption", ""))
    if kind == "photo":
        return await person.send_photo(content or STAND_IN, caption=caption, chat=chat, reply_to=reply_to)
    if kind == "voice":
        duration = _integer(body, "duration", 3)
        return await person.send_voice(content or STAND_IN, duration=duration, chat=chat, reply_to=reply_to)
    return await person.send_document(
        content or STAND_IN,
        name=str(body.get("name", "document.txt")),
        content_type=str(body.get("content_type", "text/plain")),
        caption=caption,
        chat=chat,
        reply_to=reply_to,
    )


async def _change(person: Person, act: str) -> None:
    if act == "block":
        await person.block()
    elif act == "unblock":
        await person.unblock()
    else:
        await person.deactivate()


def _body(request: Request) -> Body:
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


def _integer(body: Body, name: str, default: int | None = None) -> int:
    value = body.get(name, default)
    if value.__class__ is not int:
        raise ControlError(400, f'"{name}" must be a whole number')
    return int(str(value))


def show_message(message: MessageView) -> Body:
    """As JSON of the type Message, and whether it was edited, and the reply keyboard it brought."""
    keyboard: dict[int, list[str]] = {}
    for button in message.reply_buttons:
        keyboard.setdefault(button.row, []).append(button.text)
    return {**json.loads(message.encode()), "edited": message.edited, "reply_keyboard": list(keyboard.values()) or None}


def _json(status: int, value: object) -> Response:
    return Response(status, json.dumps(value, ensure_ascii=False).encode())
