"""Entities: how parts of a text look, offsets and lengths in UTF-16 code units.

Links, mentions and commands in what the bot sends are not found by themselves, unlike on the real server.
"""

from __future__ import annotations

import re

from bot.sandbox.telegram.errors import bad_request

Entity = dict[str, object]

MAX_RAW_BYTES = 1 << 15
_TYPES = frozenset(
    (
        "bold",
        "italic",
        "underline",
        "strikethrough",
        "spoiler",
        "code",
        "pre",
        "blockquote",
        "expandable_blockquote",
        "text_link",
        "text_mention",
        "custom_emoji",
    )
)
_FOUND_TYPES = frozenset(
    ("mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bank_card_number")
)
_COMMAND = re.compile(r"(?<![\w/])/[a-zA-Z0-9_]{1,64}(?:@[a-zA-Z0-9_]{3,32})?")


def utf16_length(text: str) -> int:
    """Length as Telegram counts it."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def find_commands(text: str) -> list[Entity]:
    """The entities of the bot commands in what a person wrote."""
    if "/" not in text:
        return []
    return [
        {
            "type": "bot_command",
            "offset": utf16_length(text[: match.start()]),
            "length": len(match.group()),
        }
        for match in _COMMAND.finditer(text)
    ]


def trim(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Without white space at both ends, as a message is stored."""
    stripped = text.strip()
    if stripped == text:
        return text, entities
    cut = utf16_length(text[: len(text) - len(text.lstrip())])
    length = utf16_length(stripped)
    kept = []
    for entity in entities:
        start = max(int(str(entity["offset"])) - cut, 0)
        end = min(int(str(entity["offset"])) - cut + int(str(entity["length"])), length)
        if end > start:
            kept.append({**entity, "offset": start, "length": end - start})
    return stripped, kept


def check_entities(given: object, text: str) -> list[Entity]:
    """Entities given beside the text instead of a parse mode; raises ApiError for one that cannot be."""
    if not isinstance(given, list):
        raise bad_request("can't parse entities: expected an Array of MessageEntity")
    length = utf16_length(text)
    entities = []
    for entity in given:
        if not isinstance(entity, dict):
            raise bad_request("can't parse MessageEntity: expected an Object")
        kind = entity.get("type")
        offset, size = _number(entity, "offset"), _number(entity, "length")
        if kind in _FOUND_TYPES:
            continue
        if kind not in _TYPES:
            raise bad_request("can't parse MessageEntity: Unsupported type specified")
        if offset < 0 or size <= 0 or offset + size > length:
            raise bad_request(f"entity beginning at UTF-16 offset {offset} ends after the end of the text")
        entities.append(dict(entity))
    return settle(entities)


def _number(entity: dict[str, object], name: str) -> int:
    value = entity.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise bad_request(f'can\'t parse MessageEntity: Field "{name}" must be a valid Number')
    return value


def settle(entities: list[Entity]) -> list[Entity]:
    """Sorted outer first; nothing inside code, no quote inside a quote, no language on plain code."""
    ordered = sorted(entities, key=lambda entity: (_start(entity), -_end(entity)))
    verbatim = [entity for entity in entities if entity["type"] in ("code", "pre")]
    settled: list[Entity] = []
    for entity in ordered:
        if any(other is not entity and _within(entity, other) for other in verbatim):
            continue
        around = [other for other in settled if _within(entity, other)]
        if "blockquote" in str(entity["type"]) and any("blockquote" in str(other["type"]) for other in around):
            continue
        if entity["type"] == "code":
            entity.pop("language", None)
        settled.append(entity)
    return settled


def _within(inner: Entity, outer: Entity) -> bool:
    return _start(outer) <= _start(inner) and _end(inner) <= _end(outer)


def _start(entity: Entity) -> int:
    return int(str(entity["offset"]))


def _end(entity: Entity) -> int:
    return int(str(entity["offset"])) + int(str(entity["length"]))
