"""The child process: takes pictures as JSON on its standard input, gives PNG files back, until the input ends.

Both ways a message is four bytes of length, big-endian, and that many bytes. An answer begins with one byte more: 1
before a PNG file, 0 before what went wrong.
"""

from __future__ import annotations

import struct
import sys
import traceback
from typing import BinaryIO


def read_message(source: BinaryIO) -> bytes | None:
    """The next message, None at the end."""
    head = source.read(4)
    if len(head) < 4:
        return None
    (length,) = struct.unpack(">I", head)
    return source.read(length)


def main() -> None:
    """Draw until nobody asks any more."""
    source, target = sys.stdin.buffer, sys.stdout.buffer
    # whatever a library prints must not get between the messages
    sys.stdout = sys.stderr
    from bot.charts.picture import decode
    from bot.charts.report import draw

    while (message := read_message(source)) is not None:
        try:
            answer = b"\x01" + draw(decode(message))
        except Exception:
            answer = b"\x00" + traceback.format_exc(limit=-3).encode("utf-8", "replace")
        target.write(struct.pack(">I", len(answer)) + answer)
        target.flush()


if __name__ == "__main__":
    main()
