"""Messages of both messengers in the one shape the page draws: that of Telegram's type Message."""

from __future__ import annotations

from bot.sandbox.telegram.control import show_message
from bot.sandbox.telegram.views import MessageView
from bot.sandbox.vk.keyboards import Button
from bot.sandbox.vk.views import VKMessageView
from bot.sandbox.vk.world import File

Json = dict[str, object]

_KINDS = {"photo": "photo", "audio_message": "voice", "doc": "document", "sticker": "sticker"}
_STYLES = {"negative": "danger"}


def show(message: MessageView | VKMessageView, community: str) -> Json:
    """A message; `community` is the name under which VK's bot writes."""
    return show_message(message) if isinstance(message, MessageView) else _show_vk(message, community)


def rows_of(buttons: tuple[Button, ...]) -> list[list[Json]]:
    """A keyboard of VK, row by row; what a press sends is `callback_data`."""
    rows: dict[int, list[Json]] = {}
    for button in buttons:
        shown: Json = {"text": button.text, "style": _STYLES.get(button.style or "", "")}
        shown |= {"url": button.url} if button.url is not None else {"callback_data": button.data or button.text}
        rows.setdefault(button.row, []).append(shown)
    return list(rows.values())


def vk_file_id(owner_id: object, number: object) -> str:
    """The id under which the page serves a file of VK; Telegram's never begin like it."""
    return f"vk{owner_id}_{number}"


def find_vk_file(files: dict[tuple[int, int], File], file_id: str) -> File | None:
    """The file of that id, if it is VK's."""
    owner, _, number = file_id.removeprefix("vk").partition("_")
    known = file_id.startswith("vk") and owner.removeprefix("-").isdecimal() and number.isdecimal()
    return files.get((int(owner), int(number))) if known else None


def _show_vk(message: VKMessageView, community: str) -> Json:
    shown: Json = {
        "message_id": message.id,
        "date": int(message.at.timestamp()),
        "from": _writer(message, community),
        "text": message.text,
        "edited": message.edited,
        "reply_keyboard": None,
    }
    for attachment in message.attachments:
        kind = _KINDS.get(str(attachment["type"]))
        if kind is not None:
            shown.setdefault(kind, _media(kind, attachment[str(attachment["type"])]))
    if message.buttons:
        shown["reply_markup"] = {"inline_keyboard": rows_of(message.buttons)}
    answered = message.answered
    if answered is not None:
        quoted: Json = {"message_id": answered.id, "from": _writer(answered, community), "text": answered.text}
        shown["reply_to_message"] = quoted
    return shown


def _writer(message: VKMessageView, community: str) -> Json:
    name = community if message.from_bot else message.sender_name
    return {"id": message.sender_id, "first_name": name, "is_bot": message.from_bot}


def _media(kind: str, media: object) -> object:
    assert isinstance(media, dict)
    file: Json = {"file_id": vk_file_id(media.get("owner_id"), media.get("id"))}
    if kind == "photo":
        return [file]
    if kind == "document":
        file |= {"file_name": media["title"], "file_size": media["size"]}
    return file
