"""Telegram's HTML, read as its own server reads it (tdlib/td, MessageEntity.cpp, parse_html).

Offsets and lengths of entities count UTF-16 code units. Links, mentions and commands in plain text are not found by
themselves, unlike on the real server.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.sandbox.telegram.errors import bad_request

Entity = dict[str, object]

MAX_RAW_BYTES = 1 << 15
_TYPES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "a": "text_link",
    "tg-emoji": "custom_emoji",
}
PLAIN_TYPES = frozenset(_TYPES.values()) | {"expandable_blockquote", "text_mention"}
_FOUND_TYPES = frozenset(
    ("mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bank_card_number")
)
_SPACE = " \t\r\n\v\0"
_STOP = re.compile("[<&]")
_CHARACTER = re.compile(r"&(?:#x([0-9a-fA-F]*)|#([0-9]*)|([a-zA-Z]*));?")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_TAG_NAME = re.compile(r"[^ \t\r\n\v\0>]*")
_ATTRIBUTE_NAME = re.compile(r"[^ \t\r\n\v\0=>/\"']*")
_NAME_TOKEN = re.compile(r"[A-Za-z0-9.\-]*")
_COMMAND = re.compile(r"(?<![\w/])/[a-zA-Z0-9_]{1,64}(?:@[a-zA-Z0-9_]{3,32})?")


def utf16_length(text: str) -> int:
    """Length as Telegram counts it."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def parse_html(text: str) -> tuple[str, list[Entity]]:
    """The text without its tags, and its entities; raises ApiError when it does not parse."""
    if "<" not in text and "&" not in text:
        return text, []
    return _HtmlReader(text).read()


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
        if kind not in PLAIN_TYPES:
            raise bad_request("can't parse MessageEntity: Unsupported type specified")
        if offset < 0 or size <= 0 or offset + size > length:
            raise bad_request(f"entity beginning at UTF-16 offset {offset} ends after the end of the text")
        entities.append(dict(entity))
    return _settle(entities)


def _number(entity: dict[str, object], name: str) -> int:
    value = entity.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise bad_request(f'can\'t parse MessageEntity: Field "{name}" must be a valid Number')
    return value


@dataclass(slots=True)
class _Open:
    name: str
    argument: str
    offset: int
    start: int


class _HtmlReader:
    def __init__(self, text: str) -> None:
        self._text = text + "\0"
        self._end = len(text)
        self._position = 0
        self._parts: list[str] = []
        self._offset = 0
        self._written = 0
        self._open: list[_Open] = []
        self._entities: list[Entity] = []

    def read(self) -> tuple[str, list[Entity]]:
        while self._position < self._end:
            match = _STOP.search(self._text, self._position, self._end)
            stop = match.start() if match else self._end
            self._put(self._text[self._position : stop])
            self._position = stop
            if match is None:
                break
            if match.group() == "&":
                self._read_character()
            elif self._text[stop + 1] == "/":
                self._read_end_tag()
            else:
                self._read_start_tag()
        if self._open:
            raise self._error(f'Can\'t find end tag corresponding to start tag "{self._open[-1].name}"')
        text = "".join(self._parts)
        try:
            text.encode()
        except UnicodeEncodeError:
            raise self._error(
                "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate "
                "code units"
            ) from None
        return text, _settle(self._entities)

    @staticmethod
    def _error(reason: str) -> Exception:
        return bad_request(f"can't parse entities: {reason}")

    def _at(self, position: int) -> str:
        return f"at byte offset {len(self._text[:position].encode())}"

    def _put(self, text: str) -> None:
        if text:
            self._parts.append(text)
            self._offset += utf16_length(text)
            self._written += 1

    def _read_character(self) -> None:
        character, position = _decode_character(self._text, self._position)
        self._put(character or "&")
        self._position = position if character else self._position + 1

    def _skip_space(self) -> None:
        while self._position < self._end and self._text[self._position] in _SPACE:
            self._position += 1

    def _read_start_tag(self) -> None:
        begin = self._position
        match = _TAG_NAME.match(self._text, begin + 1)
        assert match is not None
        self._position = match.end()
        if self._position >= self._end:
            raise self._error(f"Unclosed start tag {self._at(begin)}")
        name = match.group().lower()
        if name not in _TYPES:
            raise self._error(f'Unsupported start tag "{name}" {self._at(begin)}')
        argument = ""
        while self._text[self._position] != ">":
            self._skip_space()
            if self._text[self._position] == ">":
                break
            argument = self._read_attribute(name, begin, argument)
        self._position += 1
        if name == "span" and argument != "spoiler":
            raise self._error(f'Tag "span" must have class "tg-spoiler" {self._at(begin)}')
        self._open.append(_Open(name, argument, self._offset, self._written))

    def _read_attribute(self, tag: str, begin: int, argument: str) -> str:
        match = _ATTRIBUTE_NAME.match(self._text, self._position)
        assert match is not None
        attribute = match.group()
        if not attribute:
            raise self._error(f'Empty attribute name in the tag "{tag}" {self._at(begin)}')
        self._position = match.end()
        self._skip_space()
        if self._position >= self._end:
            raise self._error(f'Unclosed start tag "{tag}" {self._at(begin)}')
        if self._text[self._position] != "=":
            return "1" if (tag, attribute) == ("blockquote", "expandable") else argument
        self._position += 1
        self._skip_space()
        if self._position >= self._end:
            raise self._error(f'Unclosed start tag "{tag}" {self._at(begin)}')
        value = self._read_value()
        if self._position >= self._end:
            raise self._error(f"Unclosed start tag {self._at(begin)}")
        return _argument(tag, attribute, value, argument)

    def _read_value(self) -> str:
        quote = self._text[self._position]
        if quote not in "\"'":
            match = _NAME_TOKEN.match(self._text, self._position)
            assert match is not None
            if match.end() < self._end and self._text[match.end()] not in _SPACE + ">":
                raise self._error(f"Unexpected end of name token {self._at(self._position)}")
            self._position = match.end()
            return match.group().lower()
        self._position += 1
        value = []
        while self._position < self._end and self._text[self._position] != quote:
            character, position = _decode_character(self._text, self._position)
            value.append(character or self._text[self._position])
            self._position = position if character else self._position + 1
        self._position += 1
        return "".join(value)

    def _read_end_tag(self) -> None:
        begin = self._position
        if not self._open:
            raise self._error(f"Unexpected end tag {self._at(begin)}")
        match = _TAG_NAME.match(self._text, begin + 2)
        assert match is not None
        name = match.group().lower()
        self._position = match.end()
        self._skip_space()
        if self._position >= self._end or self._text[self._position] != ">":
            raise self._error(f"Unclosed end tag {self._at(begin)}")
        self._position += 1
        opened = self._open.pop()
        if name and name != opened.name:
            expected = f'expected "</{opened.name}>", found "</{name}>"'
            raise self._error(f"Unmatched end tag {self._at(begin)}, {expected}")
        if self._offset > opened.offset:
            self._close(opened)

    def _close(self, opened: _Open) -> None:
        entity: Entity = {
            "type": _TYPES[opened.name],
            "offset": opened.offset,
            "length": self._offset - opened.offset,
        }
        if opened.name == "a":
            url = _checked_link(opened.argument or "".join(self._parts[opened.start :]))
            if not url:
                return
            entity["url"] = url
        elif opened.name == "tg-emoji":
            if not opened.argument.isdecimal():
                raise self._error("Invalid custom emoji identifier specified")
            entity["custom_emoji_id"] = opened.argument
        elif opened.name == "blockquote" and opened.argument:
            entity["type"] = "expandable_blockquote"
        elif opened.name == "code" and opened.argument:
            entity["language"] = opened.argument
        elif opened.name == "pre" and self._entities:
            inner = self._entities[-1]
            if inner["type"] == "code" and (inner["offset"], inner["length"]) == (entity["offset"], entity["length"]):
                self._entities.pop()
                entity.update({"language": inner["language"]} if "language" in inner else {})
        self._entities.append(entity)


def _decode_character(text: str, position: int) -> tuple[str, int]:
    match = _CHARACTER.match(text, position)
    if match is None:
        return "", position
    hexadecimal, decimal, name = match.groups()
    if name is not None:
        return _NAMED.get(name, ""), match.end()
    digits, base = (hexadecimal, 16) if hexadecimal is not None else (decimal, 10)
    code = int(digits or "0", base)
    length = len(match.group().rstrip(";"))
    if code == 0 or code >= 0x10FFFF or length >= 10:
        return "", position
    return chr(code), match.end()


def _argument(tag: str, attribute: str, value: str, before: str) -> str:
    """What of a tag is kept, after one more attribute was read."""
    wanted = {("a", "href"): "", ("tg-emoji", "emoji-id"): "", ("code", "class"): "language-", ("span", "class"): "tg-"}
    if (tag, attribute) == ("blockquote", "expandable"):
        return "1"
    prefix = wanted.get((tag, attribute))
    if prefix is None or not value.startswith(prefix):
        return before
    return value.removeprefix(prefix)


def _checked_link(url: str) -> str:
    """The link as it is stored, empty for one that Telegram drops."""
    url = url.strip()
    scheme, separator, rest = url.partition("://")
    if not separator:
        if url.startswith(("mailto:", "tel:")):
            return url
        scheme, rest = "http", url
    if scheme.lower() == "tg":
        return url
    host, slash, path = rest.partition("/")
    if scheme.lower() not in ("http", "https") or "." not in host.strip(".") or " " in host:
        return ""
    return f"{scheme.lower()}://{host}/{path}" if slash else f"{scheme.lower()}://{host}/"


def _settle(entities: list[Entity]) -> list[Entity]:
    """Sorted outer first; nothing inside code, no quote inside a quote, no language on plain code."""
    ordered = sorted(entities, key=lambda entity: (_start(entity), -_end(entity)))
    settled: list[Entity] = []
    for entity in ordered:
        around = [other for other in settled if _start(other) <= _start(entity) and _end(entity) <= _end(other)]
        if any(other["type"] in ("code", "pre") for other in around):
            continue
        if "blockquote" in str(entity["type"]) and any("blockquote" in str(other["type"]) for other in around):
            continue
        if entity["type"] == "code":
            entity.pop("language", None)
        settled.append(entity)
    return settled


def _start(entity: Entity) -> int:
    return int(str(entity["offset"]))


def _end(entity: Entity) -> int:
    return int(str(entity["offset"])) + int(str(entity["length"]))
