"""Files people and the bot sent, served so that a browser shows pictures and sound and runs nothing."""

from __future__ import annotations

from fastapi import Response

_SHOWN = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n", "image/png"),
    (0, b"GIF8", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"OggS", "audio/ogg"),
    (8, b"WAVE", "audio/wav"),
    (0, b"\x1a\x45\xdf\xa3", "audio/webm"),
    (4, b"ftyp", "audio/mp4"),
)


def answer_file(content: bytes) -> Response:
    """What the content really is decides, not what its sender claims; anything else is only offered for saving."""
    headers = {"Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "max-age=3600"}
    for offset, magic, content_type in _SHOWN:
        if content.startswith(magic, offset):
            return Response(content, media_type=content_type, headers=headers)
    headers["Content-Disposition"] = "attachment"
    return Response(content, media_type="application/octet-stream", headers=headers)
