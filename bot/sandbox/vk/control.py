"""The VK sandbox driven over HTTP from this machine (`bot.sandbox.control`)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from bot.sandbox.control import Body, ControlError, Routes, Watching, read_content, read_integer
from bot.sandbox.http import Request, Response
from bot.sandbox.vk.keyboards import Button
from bot.sandbox.vk.people import VKPerson
from bot.sandbox.vk.programs import BARE_PROGRAM, OLD_PROGRAM, OLDER_PROGRAM, VKProgram
from bot.sandbox.vk.views import VKMessageView

if TYPE_CHECKING:
    from bot.sandbox.vk.server import VKSandbox

_PROGRAMS = {"new": VKProgram(), "old": OLD_PROGRAM, "older": OLDER_PROGRAM, "bare": BARE_PROGRAM}


class VKControl:
    """Routes of the control API."""

    def __init__(self, sandbox: VKSandbox) -> None:
        self._sandbox = sandbox
        self._watching = Watching(sandbox.changes, sandbox.journal, sandbox.faults)
        self._routes = Routes(
            (
                ("GET", "state", self._state),
                ("POST", "people", self._add_people),
                ("POST", r"people/(?P<person>\d+)/(?P<act>\w+)", self._act),
                ("GET", r"people/(?P<person>\d+)/keyboard", self._keyboard),
                ("GET", r"chats/(?P<chat>\d+)/messages", self._messages),
                ("POST", "events", self._add_event),
                ("POST", r"longpoll/(?P<act>\w+)", self._trouble_longpoll),
                ("POST", "pace", self._set_pace),
                *self._watching.actions(),
            )
        )

    async def answer(self, request: Request) -> Response:
        """Answer one request of the control API."""
        return await self._routes.answer(request)

    async def _state(self, _names: Mapping[str, str], _body: Body) -> object:
        sandbox = self._sandbox
        return {
            "community": sandbox.world.community.payload(),
            "now": sandbox.world.clock().isoformat(),
            "pace": sandbox.pace.enabled,
            "calls": sandbox.journal.count,
            "longpoll": {"enabled": sandbox.polling.settings.enabled, "ts": sandbox.polling.last},
            "callback_servers": [
                {**server.payload(), "last_error": server.last_error} for server in sandbox.callback.servers()
            ],
            "last_change": sandbox.changes.last,
            "faults": self._watching.faults_in_force(),
            "people": len(sandbox.people()),
        }

    async def _add_people(self, _names: Mapping[str, str], body: Body) -> object:
        """One person, or `count` of them from `id` on; `program`: new, old, older or bare."""
        program = _PROGRAMS[str(body.get("program", "new"))]
        first, count = read_integer(body, "id"), read_integer(body, "count", 1)
        for number in range(first, first + count):
            self._sandbox.add_person(
                number,
                str(body.get("first_name", f"Person {number}")),
                str(body.get("language_code", "ru")),
                program=program,
                started=body.get("started") is True,
            )
        return {"added": count}

    async def _act(self, names: Mapping[str, str], body: Body) -> object:
        person = self._find_person(names)
        act = names["act"]
        if act in ("photo", "voice", "document", "sticker"):
            return show_message(await _send_file(person, act, body))
        if act == "start":
            ref = body.get("payload")
            return show_message(await person.start(str(ref) if ref is not None else None))
        if act == "write":
            reply_to = read_integer(body, "reply_to", 0) or None
            return show_message(await person.write(str(body.get("text", "")), reply_to=reply_to))
        if act == "tap":
            return await self._tap(person, body)
        if act == "press":
            return _popup(person, await person.press(str(body.get("choice", ""))))
        await _change(person, act, body)
        return {}

    async def _tap(self, person: VKPerson, body: Body) -> object:
        number = read_integer(body, "message_id")
        message = next((seen for seen in person.see() if seen.id == number), None)
        if message is None:
            raise ControlError(404, f"no message {number} in the dialog {person.id}")
        return _popup(person, await person.tap(message, str(body.get("choice", ""))))

    async def _keyboard(self, names: Mapping[str, str], _body: Body) -> object:
        return _rows(self._find_person(names).keyboard)

    async def _messages(self, names: Mapping[str, str], _body: Body) -> object:
        person = self._find_person({"person": names["chat"]})
        return [show_message(message) for message in person.see()[int(names.get("after", "0")) :]]

    async def _add_event(self, _names: Mapping[str, str], body: Body) -> object:
        """Trouble with events: `malformed` or `duplicate` of the next ones, or a `raw` one."""
        self._sandbox.events.malform(read_integer(body, "malformed", 0))
        self._sandbox.events.duplicate(read_integer(body, "duplicate", 0))
        event = body.get("raw")
        return {"event_id": self._sandbox.events.add_raw(event)} if isinstance(event, dict) else {}

    async def _trouble_longpoll(self, names: Mapping[str, str], _body: Body) -> object:
        """`expire` the keys, `lose` what was not read, `move` to another server."""
        polling = self._sandbox.polling
        troubles = {"expire": polling.expire_keys, "lose": polling.lose_history, "move": polling.move}
        if names["act"] not in troubles:
            raise ControlError(404, f"no Long Poll can {names['act']}")
        troubles[names["act"]]()
        return {}

    async def _set_pace(self, _names: Mapping[str, str], body: Body) -> object:
        self._sandbox.set_pace(enabled=body.get("enabled") is True)
        return {}

    def _find_person(self, names: Mapping[str, str]) -> VKPerson:
        try:
            return self._sandbox.person(int(names["person"]))
        except KeyError:
            raise ControlError(404, f"no person {names['person']}") from None


async def _send_file(person: VKPerson, kind: str, body: Body) -> VKMessageView:
    reply_to = read_integer(body, "reply_to", 0) or None
    if kind == "sticker":
        return await person.send_sticker(reply_to=reply_to)
    content = read_content(body)
    caption = str(body.get("caption", ""))
    if kind == "photo":
        return await person.send_photo(content, caption=caption, reply_to=reply_to)
    if kind == "voice":
        return await person.send_voice(content, duration=read_integer(body, "duration", 3), reply_to=reply_to)
    return await person.send_document(
        content,
        name=str(body.get("name", "document.txt")),
        content_type=str(body.get("content_type", "text/plain")),
        caption=caption,
        reply_to=reply_to,
    )


async def _change(person: VKPerson, act: str, body: Body) -> None:
    if act == "follow":
        source = body.get("ref_source")
        person.follow(str(body.get("ref", "")), str(source) if source is not None else None)
    elif act in ("allow", "unblock"):
        await person.allow(str(body.get("key", "")))
    elif act in ("deny", "block"):
        await person.deny()
    elif act == "deactivate":
        await person.deactivate()
    else:
        raise ControlError(404, f"nobody can {act}")


def _popup(person: VKPerson, text: str) -> Body:
    return {"popup": text, "link": person.last_popup.link if person.last_popup is not None else None}


def _rows(buttons: tuple[Button, ...]) -> list[list[str]] | None:
    rows: dict[int, list[str]] = {}
    for button in buttons:
        rows.setdefault(button.row, []).append(button.text)
    return list(rows.values()) or None


def show_message(message: VKMessageView) -> Body:
    """As JSON of the type messages_message, and whether it was edited, and the keyboard it brought."""
    return {**json.loads(message.encode()), "edited": message.edited, "reply_keyboard": _rows(message.reply_buttons)}
