"""What can be drawn, in words and numbers; both processes know it, as JSON between them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, ClassVar

Json = Mapping[str, Any]


class Kind(StrEnum):
    """What is to be drawn."""

    REPORT = "report"
    JOURNEY = "journey"
    POSTER = "poster"


class Theme(StrEnum):
    """Of the paper."""

    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Drawable:
    """All that the child is told of one picture; what extends it names its kind."""

    kind: ClassVar[Kind]


def encode(drawable: Drawable) -> bytes:
    """The message to the child: the kind on a line of its own, then the rest as JSON."""
    return f"{drawable.kind}\n{json.dumps(asdict(drawable), ensure_ascii=False)}".encode("utf-8", "replace")


def decode(message: bytes) -> tuple[Kind, Json | None]:
    """The kind and the rest, None where the child is only to get ready; raises ValueError."""
    kind, _, content = message.partition(b"\n")
    return Kind(kind.decode()), json.loads(content) if content else None
