"""What a messenger shows: runs of text and choices, without markup and without a button grid."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO


class Style(StrEnum):
    """How a run of text looks."""

    PLAIN = "plain"
    BOLD = "bold"
    ITALIC = "italic"
    QUOTE = "quote"
    CODE = "code"


class Tone(StrEnum):
    """What pressing a choice means; messengers colour it their own way."""

    NEUTRAL = "neutral"
    POSITIVE = "positive"
    NEGATIVE = "negative"


class Arrangement(StrEnum):
    """How the choices of a group belong together."""

    SCALE = "scale"
    LIST = "list"
    ROW = "row"


class AttachmentKind(StrEnum):
    """What kind of file goes along."""

    PHOTO = "photo"
    VOICE = "voice"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text in one style; with `url` it is a link. Never escaped here."""

    text: str
    style: Style = Style.PLAIN
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that can be tapped: `action` comes back when it is, or `url` opens.

    `action` is at most 64 bytes (Telegram's callback_data, the narrower of the two messengers).
    """

    label: str
    action: str | None = None
    url: str | None = None
    tone: Tone = Tone.NEUTRAL


@dataclass(frozen=True, slots=True)
class ChoiceGroup:
    """Choices that belong together."""

    arrangement: Arrangement
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file: one a messenger already has (`file_id`), or its content under a name.

    `channel` is the messenger `file_id` is of; None: the one the screen goes through.
    """

    kind: AttachmentKind
    file_id: str | None = None
    content: bytes | BinaryIO | None = None
    name: str | None = None
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class Screen:
    """One message as it should look: paragraphs of runs, then groups of choices.

    `takes_keyboard_away`: choices that lie under the input field go; for messengers that have such ones.
    `asks_for_contact`: the label of a button by which they share their own telephone number, where a messenger vouches
    for it.
    """

    paragraphs: tuple[tuple[Run, ...], ...]
    groups: tuple[ChoiceGroup, ...] = ()
    attachment: Attachment | None = None
    takes_keyboard_away: bool = False
    asks_for_contact: str | None = None
