"""Files on their way into a message: an address to upload to, then the name they are kept under."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from bot.sandbox.forms import Upload
from bot.sandbox.vk import parameters as kinds
from bot.sandbox.vk.errors import VKError, wrong
from bot.sandbox.vk.parameters import Parameters, Signature, signature
from bot.sandbox.vk.world import World, dump

MAX_PHOTO_BYTES = 50 * 1024 * 1024
MAX_DOC_BYTES = 200 * 1024 * 1024
_DOC_TYPES = frozenset(("doc", "audio_message", "graffiti"))

SIGNATURES: dict[str, Signature] = {
    "photos.getMessagesUploadServer": signature(peer_id=kinds.integer, group_id=kinds.integer),
    "photos.saveMessagesPhoto": signature(
        "photo", "server", "hash", photo=kinds.text, server=kinds.integer, hash=kinds.text
    ),
    "docs.getMessagesUploadServer": signature("peer_id", type=kinds.text, peer_id=kinds.integer),
    "docs.save": signature("file", file=kinds.text, title=kinds.text, tags=kinds.text, return_tags=kinds.boolean),
}


@dataclass(frozen=True, slots=True)
class _Uploaded:
    """A file that waits for being saved."""

    kind: str
    file: Upload


class Uploads:
    """Upload addresses and what was uploaded to them; a file can be saved once."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._waiting: dict[str, _Uploaded] = {}
        self._last = 0

    def get_photo_server(self, _call: Parameters) -> str:
        """photos.getMessagesUploadServer."""
        community = self._world.community.id
        return dump({"upload_url": self._address("photo"), "album_id": -64, "group_id": community, "user_id": 0})

    def save_photo(self, call: Parameters) -> str:
        """photos.saveMessagesPhoto; raises VKError 129 or 121 for what was not uploaded."""
        uploaded = self._waiting.pop(call.string("photo"), None)
        if uploaded is None or uploaded.kind != "photo":
            raise VKError(129)
        if call.string("hash") != _hash(call.string("photo")):
            raise VKError(121)
        return dump([self._keep(uploaded)])

    def get_doc_server(self, call: Parameters) -> str:
        """docs.getMessagesUploadServer."""
        kind = call.string("type", "doc")
        if kind not in _DOC_TYPES:
            raise wrong("type is invalid")
        return dump({"upload_url": self._address(kind)})

    def save_doc(self, call: Parameters) -> str:
        """docs.save; raises VKError 105 for what was not uploaded."""
        uploaded = self._waiting.pop(call.string("file"), None)
        if uploaded is None or uploaded.kind == "photo":
            raise VKError(105)
        if call.string("title"):
            uploaded = _Uploaded(uploaded.kind, Upload(call.string("title"), uploaded.file.content))
        kind = uploaded.kind if uploaded.kind == "audio_message" else "doc"
        return dump({"type": kind, kind: self._keep(uploaded)})

    def take(self, path: str, fields: Mapping[str, object]) -> bytes:
        """A file arrives at an upload address; what is wrong with it is told in the answer's body."""
        _, _, kind, number = path.split("/", 3)
        field = "photo" if kind == "photo" else "file"
        file = fields.get(field)
        if not isinstance(file, Upload) or not file.content:
            if kind == "photo":
                return _json({"server": int(number), "photo": "[]", "hash": ""})
            return _json({"error": "no_file", "error_descr": "no file uploaded"})
        if len(file.content) > (MAX_PHOTO_BYTES if kind == "photo" else MAX_DOC_BYTES):
            return _json({"error": "file_too_big", "error_descr": "file is too big"})
        self._last += 1
        if kind == "photo":
            named = dump([{"markers_restarted": True, "photo": f"{self._last:08x}"}])
            self._waiting[named] = _Uploaded(kind, file)
            return _json({"server": int(number), "photo": named, "hash": _hash(named)})
        named = f"{self._world.community.id}|0|0|{number}|{self._last:08x}|{file.name}"
        self._waiting[named] = _Uploaded(kind, file)
        return _json({"file": named})

    def _address(self, kind: str) -> str:
        self._last += 1
        return f"{self._world.address}/upload/{kind}/{800_000 + self._last}"

    def _keep(self, uploaded: _Uploaded) -> dict[str, object]:
        kind = uploaded.kind if uploaded.kind in ("photo", "audio_message") else "doc"
        file = uploaded.file
        owner = -self._world.community.id
        return self._world.keep_file(kind, owner, file.name, file.content, content_type=file.content_type).media


def _hash(named: str) -> str:
    return sha256(named.encode()).hexdigest()[:18]


def _json(value: object) -> bytes:
    return dump(value).encode()
