"""Files on their way into a VK message: uploaded first, then named in it."""

from __future__ import annotations

from bot.screens.screen import Attachment, AttachmentKind
from bot.vk.client import VkClient
from bot.vk.errors import OutcomeUnknownError, RefusedError
from surveys.rules.sending import RefusalCause

_NAMES = {
    AttachmentKind.PHOTO: "photo.jpg",
    AttachmentKind.VOICE: "voice.ogg",
    AttachmentKind.DOCUMENT: "document",
}


async def upload(client: VkClient, peer_id: int, attachment: Attachment) -> str:
    """Upload a file's content for a dialog: the name messages.send takes it by.

    A voice message is OGG with Opus in both messengers. Raises what VkClient.call raises; RefusedError without content.
    """
    if attachment.content is None:
        raise RefusedError("upload", "the file was not brought here", 0, RefusalCause.INVALID)
    name = _NAMES[attachment.kind]
    if attachment.kind is AttachmentKind.DOCUMENT and attachment.name:
        name = attachment.name
    if attachment.kind is AttachmentKind.PHOTO:
        server = _fields(await client.call("photos.getMessagesUploadServer", peer_id=peer_id))
        sent = await client.upload(_text(server, "upload_url"), "photo", attachment.content, name)
        if "error" in sent or sent.get("photo") in ("", "[]"):
            raise RefusedError("upload", f"no picture VK takes: {sent.get('error', '')}", 0, RefusalCause.INVALID)
        kept = await client.call(
            "photos.saveMessagesPhoto", photo=_text(sent, "photo"), server=sent.get("server"), hash=_text(sent, "hash")
        )
        return _named("photo", _fields(kept[0] if isinstance(kept, list) and kept else None))
    kind = "audio_message" if attachment.kind is AttachmentKind.VOICE else "doc"
    server = _fields(await client.call("docs.getMessagesUploadServer", type=kind, peer_id=peer_id))
    sent = await client.upload(_text(server, "upload_url"), "file", attachment.content, name)
    if "error" in sent:
        raise RefusedError("upload", str(sent["error"]), 0, RefusalCause.INVALID)
    saved = _fields(await client.call("docs.save", file=_text(sent, "file"), title=name))
    saved_as = str(saved.get("type") or kind)
    return _named(saved_as, _fields(saved.get(saved_as)))


async def carried_by(client: VkClient, peer_id: int, number: int) -> str | None:
    """What a message of ours carries, by the names messages.edit takes it by; None for one that carries nothing.

    Raises what VkClient.call raises; RefusedError (MESSAGE_GONE) when the message is not there any more.
    """
    answer = _fields(
        await client.call("messages.getByConversationMessageId", peer_id=peer_id, conversation_message_ids=str(number))
    )
    items = answer.get("items")
    message = _fields(items[0] if isinstance(items, list) and items else None)
    if not message:
        raise RefusedError("messages.edit", "the message is not there any more", 0, RefusalCause.MESSAGE_GONE)
    attachments = message.get("attachments")
    names = []
    for attachment in attachments if isinstance(attachments, list) else ():
        kind = _fields(attachment).get("type")
        if isinstance(kind, str):
            names.append(_named(kind, _fields(_fields(attachment).get(kind))))
    return ",".join(names) or None


def _named(kind: str, media: dict[str, object]) -> str:
    owner, number, key = media.get("owner_id"), media.get("id"), media.get("access_key")
    if not isinstance(owner, int) or not isinstance(number, int):
        raise OutcomeUnknownError("upload", "VK does not say what it kept the file as")
    return f"{kind}{owner}_{number}" + (f"_{key}" if isinstance(key, str) and key else "")


def _text(answer: dict[str, object], field: str) -> str:
    value = answer.get(field)
    if not isinstance(value, str) or not value:
        raise OutcomeUnknownError("upload", f"the answer has no {field}")
    return value


def _fields(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
