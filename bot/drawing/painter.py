"""The child process: takes what is to be drawn on its standard input, gives files back, until the input ends.

Both ways a message is four bytes of length, big-endian, and that many bytes. An answer begins with one byte more: 1
before a file, 0 before what went wrong.
"""

from __future__ import annotations

import struct
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from bot.drawing.kinds import Json, Kind, decode


def read_message(source: BinaryIO) -> bytes | None:
    """The next message, None at the end."""
    head = source.read(4)
    if len(head) < 4:
        return None
    (length,) = struct.unpack(">I", head)
    return source.read(length)


def answer(message: bytes) -> bytes:
    """The file asked for, nothing where the child was only to get ready; whatever goes wrong is said in one line."""
    try:
        kind, given = decode(message)
        draw = load(kind)
        return b"\x01" + (b"" if given is None else draw(given))
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        told = f"{type(error).__name__}: {error} ({Path(where.filename).name}, line {where.lineno})"
        return b"\x00" + told.replace("\n", " ").encode("utf-8", "replace")


def load(kind: Kind) -> Callable[[Json], bytes]:
    """What draws this kind. Each is loaded when it is first asked for: most children draw one kind in their life."""
    match kind:
        case Kind.REPORT:
            from bot.drawing.report.drawing import draw as draw_report

            return draw_report
        case Kind.JOURNEY:
            from bot.drawing.journey.drawing import draw as draw_journey

            return draw_journey
        case Kind.POSTER:
            from bot.drawing.poster.drawing import draw as draw_poster

            return draw_poster


def main() -> None:
    """Draw until nobody asks any more."""
    source, target = sys.stdin.buffer, sys.stdout.buffer
    # whatever a library prints must not get between the messages
    sys.stdout = sys.stderr
    while (message := read_message(source)) is not None:
        answered = answer(message)
        target.write(struct.pack(">I", len(answered)) + answered)
        target.flush()


if __name__ == "__main__":
    main()
