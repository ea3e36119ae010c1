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
    name = attachment.name or _NAMES[attachment.kind]
    if attachment.kind is AttachmentKind.PHOTO:
        server = _fields(await client.call("photos.getMessagesUploadServer", peer_id=peer_id))
        sent = await client.upload(_text(server, "upload_url"), "photo", attachment.content, name)
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


def _named(kind: str, media: dict[str, object]) -> str:
    owner, number, key = media.get("owner_id"), media.get("id"), media.get("access_key")
    if not isinstance(owner, int) or not isinstance(number, int):
        raise OutcomeUnknownError("upload", "VK does not say what it kept the file as")
    return f"{kind}{owner}_{number}" + (f"_{key}" if isinstance(key, str) and key else "")


def _text(answer: dict[str, object], field: str) -> str:
    value = answer.get(field)
    if not isinstance(value, str) or value in ("", "[]"):
        raise OutcomeUnknownError("upload", f"the answer has no {field}")
    return value


def _fields(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
