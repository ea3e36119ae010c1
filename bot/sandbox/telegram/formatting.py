"""Telegram's HTML, read as its own server reads it (tdlib/td, MessageEntity.cpp, parse_html)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.sandbox.telegram.entities import Entity, settle, utf16_length
from bot.sandbox.telegram.errors import bad_request

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
_SPACE = " \t\r\n\v\0"
_STOP = re.compile("[<&]")
_CHARACTER = re.compile(r"&(?:#x([0-9a-fA-F]*)|#([0-9]*)|([a-zA-Z]*));?")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_TAG_NAME = re.compile(r"[^ \t\r\n\v\0>]*")
_ATTRIBUTE_NAME = re.compile(r"[^ \t\r\n\v\0=>/\"']*")
_NAME_TOKEN = re.compile(r"[A-Za-z0-9.\-]*")


def parse_html(text: str) -> tuple[str, list[Entity]]:
    """The text without its tags, and its entities; raises ApiError when it does not parse."""
    if "<" not in text and "&" not in text:
        return text, []
    return _HtmlReader(text).read()


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
        return text, settle(self._entities)

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
