"""The customer's commands as words: what they may write, and what stands for a slash command in our own texts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from surveys.rules.join_codes import read_code


class Command(StrEnum):
    """What a customer asks for; the values are Telegram's names of the commands, where it has one.

    Calls and offers have buttons; the words are for programs that show none.
    """

    START = "start"
    STOP = "stop"
    RESUME = "resume"
    COMPLAINT = "complaint"
    HELP = "help"
    PRIVACY = "privacy"
    MY_DATA = "mydata"
    FORGET = "forget"
    LANGUAGE = "language"
    LINK = "link"
    CALL = "call"
    OFFERS = "offers"
    NO_OFFERS = "no_offers"


@dataclass(frozen=True, slots=True)
class Asked:
    """A command somebody wrote; `words` is what followed «жалоба» or «связать»."""

    command: Command
    words: str = ""


SHOWN: Final[Mapping[Command, tuple[str, str]]] = {
    Command.START: ("начать", "start"),
    Command.STOP: ("стоп", "stop"),
    Command.RESUME: ("возобновить", "resume"),
    Command.COMPLAINT: ("жалоба", "complaint"),
    Command.HELP: ("помощь", "help"),
    Command.PRIVACY: ("приватность", "privacy"),
    Command.MY_DATA: ("мои данные", "my data"),
    Command.FORGET: ("забыть", "forget"),
    Command.LANGUAGE: ("язык", "language"),
    Command.LINK: ("связать", "link"),
    Command.CALL: ("позвоните мне", "call me"),
    Command.OFFERS: ("присылайте предложения", "send me offers"),
    Command.NO_OFFERS: ("не присылать предложений", "no offers"),
}
"""The word we tell people to write, Russian and English."""

_ALSO: Final[Mapping[str, Command]] = {
    "не спрашивать": Command.STOP,
    "не спрашивайте": Command.STOP,
    "больше не спрашивать": Command.STOP,
    "больше не спрашивайте": Command.STOP,
    "отписаться": Command.STOP,
    "unsubscribe": Command.STOP,
    "можно спрашивать": Command.RESUME,
    "команды": Command.HELP,
    "пожаловаться": Command.COMPLAINT,
    "mydata": Command.MY_DATA,
    "забудьте меня": Command.FORGET,
    "перезвоните мне": Command.CALL,
    "согласие на предложения": Command.OFFERS,
    "отказ от предложений": Command.NO_OFFERS,
    "не присылайте предложений": Command.NO_OFFERS,
    "не присылайте предложения": Command.NO_OFFERS,
    "удалить мои данные": Command.FORGET,
}
_WORDS: Final[Mapping[str, Command]] = {
    **{word: command for command, words in SHOWN.items() for word in words},
    **_ALSO,
}
_COMPLAINT: Final = re.compile(r"/?(?:жалоба|complaint)\s*[:,.\-–—]*\s+(?P<words>\S.*)", re.IGNORECASE | re.DOTALL)
_LINK: Final = re.compile(r"/?(?:связать|link)\s*[:,]?\s+(?P<words>\S.{0,20})", re.IGNORECASE)
_LONGEST: Final = 40
_EDGES: Final = " \t\n.!«»\"'"
_SLASHED: Final = re.compile(
    rf"(?<![\w/])/(?P<command>{'|'.join(command.value for command in SHOWN)})\b(?!/)", re.IGNORECASE
)
_CYRILLIC: Final = re.compile("[а-яё]", re.IGNORECASE)


def command_of(text: str) -> Asked | None:
    """The command a message is, None for a message that only holds such a word."""
    complaint = _COMPLAINT.fullmatch(text.strip())
    if complaint is not None:
        return Asked(Command.COMPLAINT, complaint["words"].strip())
    link = _LINK.fullmatch(text.strip())
    if link is not None and read_code(link["words"]) is not None:
        return Asked(Command.LINK, link["words"].strip())
    if len(text) > _LONGEST:
        return None
    plain = " ".join(text.strip(_EDGES).removeprefix("/").casefold().split())
    command = _WORDS.get(plain)
    return None if command is None else Asked(command)


def label_of(command: Command, language: str) -> str:
    """The word as a button shows it."""
    russian, english = SHOWN[command]
    return (russian if language == "ru" else english).capitalize()


def worded(text: str) -> str:
    """Our own text with words for the slash commands in it: VK's programs make no links of those."""
    if "/" not in text:
        return text
    place = 0 if _CYRILLIC.search(text) else 1
    opening, closing = ("«", "»") if place == 0 else ('"', '"')

    def say(found: re.Match[str]) -> str:
        return f"{opening}{SHOWN[Command(found['command'].lower())][place]}{closing}"

    return _SLASHED.sub(say, text)
