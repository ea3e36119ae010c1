"""What staff and customers can tell each other through the bot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from surveys.rules.dialogue import MessageKind
from surveys.rules.journey import Catalogue
from surveys.rules.languages import pick
from surveys.rules.putting_right import ShownAs
from surveys.rules.teams import team_named

CAPTION_LENGTH = 1024
"""UTF-16 units of the words under a file that Telegram takes from a bot."""

DOWNLOAD_BYTES = 20 * 1024 * 1024
"""A file for another messenger passes through us, and a Telegram bot downloads no larger one (Bot API, getFile)."""

ANSWERABLE_FOR = timedelta(days=30)
"""So long after a complaint was settled, an answer to what staff wrote about it still belongs to it."""


class Unsendable(StrEnum):
    """Why a message of staff cannot go to the customer."""

    KIND = "kind"
    EMPTY = "empty"
    CAPTION = "caption"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class StaffWords:
    """What a member of staff wrote; `file_bytes` is None where the messenger does not say."""

    message_id: int
    kind: MessageKind
    text: str | None = None
    file_id: str | None = None
    file_bytes: int | None = None


def why_unsendable(words: StaffWords, *, same_channel: bool) -> Unsendable | None:
    """Why the message cannot be passed on, None when it can.

    Within one messenger a file is passed on by its id, whatever its size.
    """
    if words.kind is MessageKind.OTHER:
        return Unsendable.KIND
    if words.kind is MessageKind.TEXT:
        return None if (words.text or "").strip() else Unsendable.EMPTY
    if words.file_id is None:
        return Unsendable.EMPTY
    if len((words.text or "").encode("utf-16-le", "surrogatepass")) > 2 * CAPTION_LENGTH:
        return Unsendable.CAPTION
    if not same_channel and (words.file_bytes or 0) > DOWNLOAD_BYTES:
        return Unsendable.FILE
    return None


def shown_author(catalogue: Catalogue, team: str, author_name: str | None, language: str) -> str:
    """How whoever answers is named to the customer: by the team's title, else the business's name, or by first name."""
    if catalogue.recovery.shown_as is ShownAs.FIRST_NAME and author_name and author_name.strip():
        return author_name.split()[0]
    return pick(team_named(catalogue, team).team.title, language) or catalogue.business.name
