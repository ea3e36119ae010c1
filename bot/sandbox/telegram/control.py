"""The Telegram sandbox driven over HTTP from this machine (`bot.sandbox.control`)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from bot.sandbox.control import Body, ControlError, Routes, Watching, read_content, read_integer
from bot.sandbox.http import Request, Response
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.views import MessageView

if TYPE_CHECKING:
    from bot.sandbox.telegram.server import TelegramSandbox


class Control:
    """Routes of the control API."""

    def __init__(self, sandbox: TelegramSandbox) -> None:
        self._sandbox = sandbox
        self._watching = Watching(sandbox.changes, sandbox.journal, sandbox.faults)
        self._routes = Routes(
            (
                ("GET", "state", self._state),
                ("POST", "people", self._add_people),
                ("POST", r"people/(?P<person>\d+)/(?P<act>\w+)", self._act),
                ("POST", "groups", self._add_group),
                ("POST", r"groups/(?P<group>-\d+)/(?P<act>\w+)", self._change_group),
                ("GET", r"chats/(?P<chat>-?\d+)/messages", self._messages),
                ("POST", "updates", self._add_update),
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
            "bot": sandbox.world.bot.payload(),
            "now": sandbox.world.clock().isoformat(),
            "pace": sandbox.pace.enabled,
            "calls": sandbox.journal.count,
            "pending_updates": sandbox.updates.count(),
            "last_change": sandbox.changes.last,
            "faults": self._watching.faults_in_force(),
            "people": len(sandbox.people()),
            "groups": [{"id": group.id, "title": group.title} for group in sandbox.groups()],
        }

    async def _add_people(self, _names: Mapping[str, str], body: Body) -> object:
        """One person, or `count` of them from `id` on."""
        first, count = read_integer(body, "id"), read_integer(body, "count", 1)
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
        chat = read_integer(body, "chat", person.id)
        act = names["act"]
        if act in ("photo", "voice", "document", "sticker"):
            return show_message(await _send_file(person, act, chat, body))
        if act == "start":
            payload = body.get("payload")
            return show_message(await person.start(str(payload) if payload is not None else None))
        if act == "write":
            reply_to = read_integer(body, "reply_to", 0) or None
            return show_message(await person.write(str(body.get("text", "")), chat=chat, reply_to=reply_to))
        if act == "tap":
            return await self._tap(person, chat, body)
        if act in ("block", "unblock", "deactivate"):
            await _change(person, act)
            return {}
        raise ControlError(404, f"nobody can {act}")

    async def _tap(self, person: Person, chat: int, body: Body) -> object:
        number = read_integer(body, "message_id")
        message = next((seen for seen in person.see(chat) if seen.id == number), None)
        if message is None:
            raise ControlError(404, f"no message {number} in the chat {chat}")
        popup = await person.tap(message, str(body.get("choice", "")))
        return {"popup": popup, "alert": person.last_popup is not None and person.last_popup.alert}

    async def _add_group(self, _names: Mapping[str, str], body: Body) -> object:
        listed = body.get("members", [])
        members = [self._sandbox.person(int(str(number))) for number in listed] if isinstance(listed, list) else []
        group = self._sandbox.add_group(
            read_integer(body, "id"), str(body.get("title", "Group")), members, is_forum=body.get("is_forum") is True
        )
        return {"id": group.id}

    async def _change_group(self, names: Mapping[str, str], body: Body) -> object:
        group = self._sandbox.group(int(names["group"]))
        act = names["act"]
        if act == "upgrade":
            return {"id": group.upgrade().id}
        person = self._sandbox.person(read_integer(body, "person"))
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

    async def _add_update(self, _names: Mapping[str, str], body: Body) -> object:
        """Trouble with updates: `malformed` or `duplicate` of the next ones, or a `raw` one."""
        self._sandbox.updates.malform(read_integer(body, "malformed", 0))
        self._sandbox.updates.duplicate(read_integer(body, "duplicate", 0))
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
    reply_to = read_integer(body, "reply_to", 0) or None
    if kind == "sticker":
        return await person.send_sticker(chat=chat, reply_to=reply_to)
    content = read_content(body)
    caption = str(body.get("caption", ""))
    if kind == "photo":
        return await person.send_photo(content, caption=caption, chat=chat, reply_to=reply_to)
    if kind == "voice":
        duration = read_integer(body, "duration", 3)
        return await person.send_voice(content, duration=duration, chat=chat, reply_to=reply_to)
    return await person.send_document(
        content,
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


def show_message(message: MessageView) -> Body:
    """As JSON of the type Message, and whether it was edited, and the reply keyboard it brought."""
    keyboard: dict[int, list[str]] = {}
    for button in message.reply_buttons:
        keyboard.setdefault(button.row, []).append(button.text)
    return {**json.loads(message.encode()), "edited": message.edited, "reply_keyboard": list(keyboard.values()) or None}
