"""Methods that put messages into chats, change them and take them away."""

from __future__ import annotations

from bot.sandbox.forms import Upload
from bot.sandbox.pace import Pace
from bot.sandbox.telegram import parameters as kinds
from bot.sandbox.telegram.entities import MAX_RAW_BYTES, Entity, check_entities, trim, utf16_length
from bot.sandbox.telegram.errors import bad_request, too_many_requests
from bot.sandbox.telegram.formatting import parse_html
from bot.sandbox.telegram.keyboards import Markup, read_markup, same_markup
from bot.sandbox.telegram.parameters import Parameters, Signature, signature
from bot.sandbox.telegram.world import Chat, File, Message, World, dump

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_UPLOAD_BYTES = 50 * 1024 * 1024
MAX_PHOTO_BYTES = 10 * 1024 * 1024
DELETABLE_SECONDS = 48 * 3600
_ACTIONS = frozenset(
    (
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    )
)

_CHAT_MISSING = {"chat_id": "chat_id is empty"}
_EDIT_MISSING = {"chat_id": "chat_id is empty", "message_id": "message identifier is not specified"}
_TEXT_FIELDS: dict[str, kinds.Kind] = {
    "text": kinds.text,
    "parse_mode": kinds.text,
    "entities": kinds.structure,
    "link_preview_options": kinds.structure,
}
_CAPTION_FIELDS: dict[str, kinds.Kind] = {
    "caption": kinds.text,
    "parse_mode": kinds.text,
    "caption_entities": kinds.structure,
    "show_caption_above_media": kinds.boolean,
}
_SEND_FIELDS: dict[str, kinds.Kind] = {
    "chat_id": kinds.chat,
    "message_thread_id": kinds.integer,
    "disable_notification": kinds.boolean,
    "protect_content": kinds.boolean,
    "message_effect_id": kinds.text,
    "reply_parameters": kinds.structure,
    "reply_markup": kinds.raw,
}
_EDIT_FIELDS: dict[str, kinds.Kind] = {
    "chat_id": kinds.chat,
    "message_id": kinds.integer,
    "reply_markup": kinds.raw,
}
_LINK_PREVIEW = frozenset(("is_disabled", "url", "prefer_small_media", "prefer_large_media", "show_above_text"))
_REPLY_FIELDS = frozenset(
    (
        "message_id",
        "chat_id",
        "allow_sending_without_reply",
        "quote",
        "quote_parse_mode",
        "quote_entities",
        "quote_position",
    )
)
_MEDIA_FIELDS: dict[str, dict[str, kinds.Kind]] = {
    "photo": {"photo": kinds.file, "has_spoiler": kinds.boolean},
    "document": {
        "document": kinds.file,
        "thumbnail": kinds.file,
        "disable_content_type_detection": kinds.boolean,
    },
    "voice": {"voice": kinds.file, "duration": kinds.integer},
}


def _media_signature(kind: str) -> Signature:
    fields = {**_SEND_FIELDS, **_CAPTION_FIELDS, **_MEDIA_FIELDS[kind]}
    if kind != "photo":
        del fields["show_caption_above_media"]
    return Signature(fields, {**_CHAT_MISSING, kind: f"there is no {kind} in the request"})


SIGNATURES: dict[str, Signature] = {
    "sendMessage": Signature({**_SEND_FIELDS, **_TEXT_FIELDS}, {**_CHAT_MISSING, "text": "message text is empty"}),
    "sendPhoto": _media_signature("photo"),
    "sendDocument": _media_signature("document"),
    "sendVoice": _media_signature("voice"),
    "editMessageText": Signature({**_EDIT_FIELDS, **_TEXT_FIELDS}, {**_EDIT_MISSING, "text": "message text is empty"}),
    "editMessageCaption": Signature({**_EDIT_FIELDS, **_CAPTION_FIELDS}, _EDIT_MISSING),
    "editMessageReplyMarkup": Signature(_EDIT_FIELDS, _EDIT_MISSING),
    "deleteMessage": signature(_EDIT_MISSING, chat_id=kinds.chat, message_id=kinds.integer),
    "sendChatAction": signature(
        {**_CHAT_MISSING, "action": "wrong parameter action in request"},
        chat_id=kinds.chat,
        message_thread_id=kinds.integer,
        action=kinds.text,
    ),
}


class Sending:
    """Sends and edits. Those two take from the pace, after the parameters were found right; nothing else does."""

    def __init__(self, world: World, pace: Pace) -> None:
        self._world = world
        self._pace = pace

    def send_message(self, call: Parameters) -> str:
        """sendMessage."""
        text, entities = _read_text(call)
        _check_link_preview(call.get("link_preview_options"))
        return self._post(call, "text", text, entities, None)

    def send_photo(self, call: Parameters) -> str:
        """sendPhoto."""
        return self._send_media(call, "photo")

    def send_document(self, call: Parameters) -> str:
        """sendDocument."""
        return self._send_media(call, "document")

    def send_voice(self, call: Parameters) -> str:
        """sendVoice."""
        return self._send_media(call, "voice")

    def edit_text(self, call: Parameters) -> str:
        """editMessageText."""
        text, entities = _read_text(call)
        _check_link_preview(call.get("link_preview_options"))
        markup = read_markup(call.get("reply_markup"), inline_only=True)
        message = self._editable(call)
        if message.kind != "text":
            raise bad_request("there is no text in the message to edit")
        return self._edit(message, text, entities, markup)

    def edit_caption(self, call: Parameters) -> str:
        """editMessageCaption."""
        text, entities = _read_caption(call)
        markup = read_markup(call.get("reply_markup"), inline_only=True)
        message = self._editable(call)
        if message.media is None:
            raise bad_request("there is no caption in the message to edit")
        return self._edit(message, text, entities, markup)

    def edit_markup(self, call: Parameters) -> str:
        """editMessageReplyMarkup."""
        markup = read_markup(call.get("reply_markup"), inline_only=True)
        message = self._editable(call)
        return self._edit(message, message.text, message.entities, markup)

    def delete(self, call: Parameters) -> str:
        """deleteMessage: the bot's own for 48 hours, others' where the bot may."""
        chat = self._world.writable_chat(call.chat_id())
        message = chat.find(call.number("message_id"))
        if message is None:
            raise bad_request("message to delete not found")
        own = message.sender is self._world.bot
        allowed = own or chat.user is not None or chat.bot_status == "administrator"
        if not allowed or self._world.date() - message.date > DELETABLE_SECONDS:
            raise bad_request("message can't be deleted")
        self._world.delete(message)
        return "true"

    def chat_action(self, call: Parameters) -> str:
        """sendChatAction."""
        action = call.string("action")
        if action not in _ACTIONS:
            raise bad_request("wrong parameter action in request")
        chat = self._world.writable_chat(call.chat_id())
        chat.action = action
        self._world.changes.note("action", chat.id, text=action)
        return "true"

    def _send_media(self, call: Parameters, kind: str) -> str:
        caption, entities = _read_caption(call)
        media = self._media(call, kind)
        return self._post(call, kind, caption, entities, media)

    def _post(self, call: Parameters, kind: str, text: str, entities: str | None, media: str | None) -> str:
        markup = read_markup(call.get("reply_markup"))
        chat = self._target(call)
        reply_to = _reply_target(call, chat)
        thread_id = _thread(call, chat)
        self._take_pace(chat)
        message = self._world.post(
            chat,
            self._world.bot,
            text,
            entities=entities,
            markup=markup.text if markup is not None and markup.inline else None,
            keyboard=markup.text if markup is not None and not markup.inline else None,
            kind=kind,
            media=media,
            reply_to=reply_to,
            thread_id=thread_id,
        )
        return message.encode()

    def _target(self, call: Parameters) -> Chat:
        chat = self._world.writable_chat(call.chat_id())
        chat.action = None
        return chat

    def _take_pace(self, chat: Chat) -> None:
        retry_after = self._pace.take(chat.id)
        if retry_after:
            raise too_many_requests(retry_after)

    def _editable(self, call: Parameters) -> Message:
        chat = self._world.writable_chat(call.chat_id())
        message = chat.find(call.number("message_id"))
        if message is None:
            raise bad_request("message to edit not found")
        if message.sender is not self._world.bot or message.service is not None:
            raise bad_request("message can't be edited")
        return message

    def _edit(self, message: Message, text: str, entities: str | None, markup: Markup | None) -> str:
        self._take_pace(message.chat)
        shown = markup.text if markup is not None else None
        same_text = (message.text, message.entities) == (text, entities)
        if same_text and same_markup(message.markup, shown):
            raise bad_request(
                "message is not modified: specified new message content and reply markup are exactly the same as a "
                "current content and reply markup of the message"
            )
        self._world.edit(message, text, entities, shown)
        return message.encode()

    def _media(self, call: Parameters, kind: str) -> str:
        given = call.get(kind)
        if isinstance(given, str):
            return _described(self._known_file(given, kind))
        assert isinstance(given, Upload)
        if not given.content:
            raise bad_request("file must be non-empty")
        if len(given.content) > (MAX_PHOTO_BYTES if kind == "photo" else MAX_UPLOAD_BYTES):
            raise bad_request("file is too big")
        media: dict[str, object] = {"width": 640, "height": 480} if kind == "photo" else {}
        if kind == "voice":
            media = {"duration": call.number("duration"), "mime_type": "audio/ogg"}
        elif kind == "document":
            media = {"file_name": given.name, "mime_type": given.content_type}
        return _described(self._world.keep_file(kind, given.name, given.content, given.content_type, **media))

    def _known_file(self, file_id: str, kind: str) -> File:
        if "://" in file_id:
            raise bad_request("failed to get HTTP URL content")
        file = self._world.files.get(file_id)
        if file is None:
            raise bad_request("wrong file identifier/HTTP URL specified")
        if file.kind != kind:
            raise bad_request(f"can't use file of type {file.kind.capitalize()} as {kind.capitalize()}")
        return file


def _described(file: File) -> str:
    return dump([file.media] if file.kind == "photo" else file.media)


def _read_text(call: Parameters) -> tuple[str, str | None]:
    given = call.string("text")
    if not given:
        raise bad_request("message text is empty")
    text, entities = _formatted(given, call.string("parse_mode"), call.get("entities"))
    if not text:
        raise bad_request("text must be non-empty")
    if utf16_length(text) > MAX_TEXT:
        raise bad_request("message is too long")
    return text, entities


def _read_caption(call: Parameters) -> tuple[str, str | None]:
    given = call.string("caption")
    text, entities = _formatted(given, call.string("parse_mode"), call.get("caption_entities"))
    if utf16_length(text) > MAX_CAPTION:
        raise bad_request("message caption is too long")
    return text, entities


def _formatted(given: str, parse_mode: str, listed: object) -> tuple[str, str | None]:
    if len(given) * 4 > MAX_RAW_BYTES and len(given.encode()) > MAX_RAW_BYTES:
        raise bad_request("text is too long")
    entities: list[Entity] = []
    text = given
    mode = parse_mode.lower()
    if mode == "html":
        text, entities = parse_html(given)
    elif mode and mode != "none":
        raise bad_request("unsupported parse_mode")
    elif listed:
        entities = check_entities(listed, given)
    text, entities = trim(text, entities)
    return text, dump(entities) if entities else None


def _check_link_preview(given: object) -> None:
    if given is None or given == "":
        return
    if not isinstance(given, dict):
        raise bad_request("object expected as link preview options")
    unknown = given.keys() - _LINK_PREVIEW
    if unknown:
        raise bad_request(f"link preview options with unknown field {min(unknown)}")


def _reply_target(call: Parameters, chat: Chat) -> int | None:
    given = call.get("reply_parameters")
    if given is None or given == "":
        return None
    if not isinstance(given, dict):
        raise bad_request("object expected as reply parameters")
    unknown = given.keys() - _REPLY_FIELDS
    if unknown:
        raise bad_request(f"reply parameters with unknown field {min(unknown)}")
    if "message_id" not in given:
        raise bad_request('can\'t find field "message_id"')
    message_id = given["message_id"]
    if message_id.__class__ is not int:
        raise bad_request('field "message_id" must be of type Number')
    if given.get("chat_id") in (None, chat.id, str(chat.id)) and chat.find(message_id) is not None:
        return int(message_id)
    if given.get("allow_sending_without_reply") is True:
        return None
    raise bad_request("message to be replied not found")


def _thread(call: Parameters, chat: Chat) -> int | None:
    thread_id = call.number("message_thread_id")
    if thread_id == 0:
        return None
    if thread_id not in chat.topics:
        raise bad_request("message thread not found")
    return thread_id
