"""Events of Bots Long Poll and Callback API, read into values of our own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.vk.drawing import ACTION, BY_KEYBOARD, Buttons
from bot.vk.files import ATTACHED_FIELDS, reference
from surveys.rules.dialogue import MessageKind


class UnreadableEventError(ValueError):
    """The event is not what VK describes; names the field, never what stands in it."""


@dataclass(frozen=True, slots=True)
class PressedButton:
    """A text button somebody pressed: its action, and whether it lay under the input field."""

    action: str
    by_keyboard: bool


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file of a message: what it is, and by what VK names it anew later."""

    kind: MessageKind
    file_id: str


@dataclass(frozen=True, slots=True)
class Written:
    """Somebody wrote into their dialog; `number` counts in it. `is_start`: they pressed «Начать»."""

    user_id: int
    number: int
    text: str
    files: tuple[AttachedFile, ...] = ()
    has_other: bool = False
    reply_to: int | None = None
    button: PressedButton | None = None
    is_start: bool = False
    ref: str | None = None
    language: str | None = None
    buttons: Buttons = Buttons.CALLBACK


@dataclass(frozen=True, slots=True)
class Tapped:
    """Somebody pressed a callback button under message `number` of a dialog."""

    user_id: int
    peer_id: int
    event_id: str
    action: str
    number: int | None


@dataclass(frozen=True, slots=True)
class Allowed:
    """Somebody allowed messages; `key` is what the shop's widget passed."""

    user_id: int
    key: str | None


@dataclass(frozen=True, slots=True)
class Denied:
    """Somebody forbade messages."""

    user_id: int


@dataclass(frozen=True, slots=True)
class Edited:
    """Somebody changed what they wrote: the message as it is now. VK says nothing of their program here."""

    message: Written


VkEvent = Written | Edited | Tapped | Allowed | Denied

WANTED: Final = ("message_new", "message_edit", "message_event", "message_allow", "message_deny")
"""The types of events the community has to send."""

_LANGUAGES: Final[Mapping[int, str]] = {0: "ru", 1: "uk", 2: "be", 3: "en", 4: "es", 6: "de", 12: "pt", 16: "fr"}
_LARGEST_ID: Final = 2**63 - 1
_FIRST_CHAT: Final = 2_000_000_000
"""Dialogs of several people are numbered from here on."""


def kind_of(raw: object) -> str:
    """The event's type, for counting; `unknown` where there is none."""
    kind = raw.get("type") if isinstance(raw, dict) else None
    return kind if isinstance(kind, str) and kind in (*WANTED, "message_reply") else "unknown"


def event_id_of(raw: object) -> str | None:
    """The id that is the same when the event comes again."""
    event_id = raw.get("event_id") if isinstance(raw, dict) else None
    return event_id if isinstance(event_id, str) and 0 < len(event_id) <= 128 else None


def user_of(raw: object) -> int | None:
    """Whose turn it is: events of one person are handled in order."""
    about = raw.get("object") if isinstance(raw, dict) else None
    if not isinstance(about, dict):
        return None
    message = about.get("message")
    for holder in (message, about):
        if isinstance(holder, dict):
            for name in ("from_id", "user_id"):
                if isinstance(holder.get(name), int):
                    return int(holder[name])
    return None


def read_event(raw: object) -> VkEvent | None:
    """The event; None for one that does not concern us. Raises UnreadableEventError."""
    event = _mapping(raw, "the event")
    kind = event.get("type")
    if not isinstance(kind, str):
        raise UnreadableEventError("type is no text")
    if kind not in WANTED:
        return None
    about = _mapping(event.get("object"), "object")
    match kind:
        case "message_new":
            return _written(_mapping(about.get("message"), "object.message"), about.get("client_info"))
        case "message_edit":
            # here the message is the object itself
            written = _written(about, None)
            return None if written is None else Edited(written)
        case "message_event":
            return _tapped(about)
        case "message_allow":
            key = about.get("key")
            return Allowed(_id(about, "user_id"), key if isinstance(key, str) and key else None)
        case _:
            return Denied(_id(about, "user_id"))


def _written(message: Mapping[str, object], client: object) -> Written | None:
    user_id, peer_id = _id(message, "from_id"), _id(message, "peer_id")
    if peer_id != user_id or user_id <= 0 or message.get("out") == 1:
        return None  # a conversation of several people, another community, or our own message
    shown = client if isinstance(client, dict) else {}
    payload = _payload(message.get("payload"))
    files, links, has_other = _attachments(message, user_id, _id(message, "conversation_message_id"))
    text = message.get("text")
    if not isinstance(text, str):
        raise UnreadableEventError("object.message.text is no text")
    replied = message.get("reply_message")
    ref = message.get("ref")
    return Written(
        user_id=user_id,
        number=_id(message, "conversation_message_id"),
        text=_with_links(text, links),
        files=files,
        has_other=has_other,
        reply_to=_optional(replied if isinstance(replied, dict) else {}, "conversation_message_id"),
        button=_button(payload),
        is_start=payload.get("command") == "start",
        ref=ref if isinstance(ref, str) and ref else None,
        language=_language(shown.get("lang_id")),
        buttons=_buttons(shown),
    )


def _tapped(about: Mapping[str, object]) -> Tapped:
    event_id = about.get("event_id")
    if not isinstance(event_id, str):
        raise UnreadableEventError("object.event_id is no text")
    action = _payload(about.get("payload")).get(ACTION)
    return Tapped(
        _id(about, "user_id"),
        _id(about, "peer_id"),
        event_id,
        action if isinstance(action, str) else "",
        _optional(about, "conversation_message_id"),
    )


def _attachments(
    message: Mapping[str, object], user_id: int, number: int
) -> tuple[tuple[AttachedFile, ...], list[str], bool]:
    """Files that can be fetched, addresses of what cannot, and whether there is more than both."""
    files: list[AttachedFile] = []
    links: list[str] = []
    given = message.get("attachments")
    attachments = given if isinstance(given, list) else []
    for place, attachment in enumerate(attachments):
        if not isinstance(attachment, dict):
            raise UnreadableEventError(f"object.message.attachments[{place}] is no object")
        kind = attachment.get("type")
        media = attachment.get(kind) if isinstance(kind, str) else None
        if isinstance(kind, str) and kind in ATTACHED_FIELDS and isinstance(media, dict):
            files.append(AttachedFile(ATTACHED_FIELDS[kind], reference(user_id, number, place, media.get("id"))))
        elif isinstance(media, dict) and (address := _address(str(kind), media)) is not None:
            links.append(address)
    is_bare = any(message.get(name) for name in ("geo", "fwd_messages"))
    return tuple(files), links, is_bare or len(attachments) > len(files) + len(links)


def _with_links(text: str, links: Sequence[str]) -> str:
    """The words, and the addresses they do not hold: VK adds a preview of those they hold, and calls that an edit."""
    others = [link for link in links if link.partition("://")[2].rstrip("/") not in text]
    return "\n".join([part for part in (text, *others) if part])


def _address(kind: str, media: Mapping[str, object]) -> str | None:
    """Where something that is no file can be looked at."""
    if kind == "link" and isinstance(media.get("url"), str):
        return str(media["url"])
    owner, number = media.get("owner_id"), media.get("id")
    if kind in ("video", "wall", "market") and isinstance(owner, int) and isinstance(number, int):
        page = "product" if kind == "market" else kind
        return f"https://vk.com/{page}{owner}_{number}"
    return None


def _button(payload: Mapping[str, object]) -> PressedButton | None:
    action = payload.get(ACTION)
    if not isinstance(action, str):
        return None
    return PressedButton(action, payload.get(BY_KEYBOARD) == "keyboard")


def _buttons(client: Mapping[str, object]) -> Buttons:
    """What the program can show; one that says nothing of itself is taken for a present one."""
    if client.get("keyboard") is False:
        return Buttons.NONE
    if client.get("inline_keyboard") is False:
        return Buttons.KEYBOARD
    actions = client.get("button_actions")
    if isinstance(actions, list) and "callback" not in actions:
        return Buttons.TEXT
    return Buttons.CALLBACK


def _payload(given: object) -> Mapping[str, object]:
    """A payload comes as an object or as its JSON; what others made up is nothing."""
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except (ValueError, RecursionError):
            return {}
    return given if isinstance(given, dict) else {}


def _language(number: object) -> str | None:
    return _LANGUAGES.get(number) if isinstance(number, int) else None


def _mapping(value: object, place: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise UnreadableEventError(f"{place} is no object")
    return value


def _id(holder: Mapping[str, object], name: str) -> int:
    value = holder.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not -_LARGEST_ID <= value <= _LARGEST_ID:
        raise UnreadableEventError(f"{name} is no id")
    return value


def _optional(holder: Mapping[str, object], name: str) -> int | None:
    return _id(holder, name) if holder.get(name) is not None else None
