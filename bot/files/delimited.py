"""CSV and its relatives, streamed: encoding and delimiter are recognised, a broken row costs only itself."""

from __future__ import annotations

import codecs
import csv
import io
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from bot.files.table import FileFaultError, Row, check_header

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t"}
_LONGEST_FIELD = 131_072
_CHUNK = 1 << 20
_CLEARLY_NOT_UTF8 = 200


def recognise_encoding(path: Path) -> str:
    """The file's encoding by its byte order mark, else UTF-8 when it mostly decodes as such, else CP1251.

    Reads the whole file once when there is no mark: letters outside ASCII may first occur near its end.
    """
    with path.open("rb") as file:
        start = file.read(4)
        if start.startswith(codecs.BOM_UTF8):
            return "utf-8-sig"
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")(errors="surrogateescape")
        wrong = letters = 0
        while chunk := file.read(_CHUNK):
            if chunk.isascii() and not decoder.getstate()[0]:
                continue
            text = decoder.decode(chunk)
            outside_ascii = [character for character in text if character > "\x7f"]
            escaped = sum("\udc80" <= character <= "\udcff" for character in outside_ascii)
            wrong += escaped
            letters += len(outside_ascii) - escaped
            if wrong > _CLEARLY_NOT_UTF8 and wrong > letters:
                break
    return "cp1251" if wrong > letters else "utf-8"


def check_encoding(name: str) -> str:
    """The codec's own name; raises FileFaultError for one that is not known or does not make text."""
    try:
        "".encode(name)
        found = codecs.lookup(name).name
    except LookupError as error:
        raise FileFaultError(f"encoding `{name}` is not known; use utf-8, utf-8-sig or cp1251") from error
    return found


def check_delimiter(text: str) -> str:
    r"""The delimiter itself, from its character, its name (comma, semicolon, tab) or `\t`."""
    found = DELIMITERS.get(text.lower(), "\t" if text == "\\t" else text)
    if len(found) != 1 or found in '"\r\n\0':
        raise FileFaultError(f"delimiter `{text}` is not one character; use comma, semicolon or tab")
    return found


class DelimitedTable:
    """A delimited text file as a table, in memory bounded by its longest row."""

    def __init__(self, path: Path, *, encoding: str | None = None, delimiter: str | None = None) -> None:
        self._name = path.name
        self.encoding = check_encoding(encoding) if encoding else recognise_encoding(path)
        self.size = path.stat().st_size
        self._file = path.open("rb", buffering=0)
        text = io.TextIOWrapper(
            io.BufferedReader(self._file, _CHUNK // 4), encoding=self.encoding, errors="surrogateescape", newline=""
        )
        self._lines = _Lines(text)
        try:
            self.delimiter = self._find_delimiter(check_delimiter(delimiter) if delimiter else None)
            self.header = check_header(self._read_header(), file=self._name)
        except BaseException:
            text.close()
            raise

    @property
    def position(self) -> int:
        """Bytes read so far, ahead of the rows by at most the buffer."""
        return self.size if self._file.closed else self._file.tell()

    @property
    def description(self) -> str:
        """Encoding and delimiter in words."""
        names = {character: name for name, character in DELIMITERS.items()}
        return f"{self.encoding.upper()}, {names.get(self.delimiter, self.delimiter)}"

    def close(self) -> None:
        """Let the file go."""
        self._lines.close()

    def rows(self) -> Iterator[Row]:
        """The rows after the header; one that is not well-formed carries its fault and the next line is read on."""
        width = len(self.header)
        lines = self._lines
        reader = self._reader()
        while True:
            line = lines.begin_record()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Row(line, [lines.give_back_all_but_the_first()], _explain(error))
                reader = self._reader()
                continue
            if not cells:
                continue
            if len(cells) != width:
                yield Row(line, cells, _explain_width(len(cells), width))
            elif _is_damaged(cells):
                yield Row(line, [_show_damage(cell) for cell in cells], self._explain_damage())
            else:
                yield Row(line, cells)

    def _reader(self) -> Iterator[list[str]]:
        csv.field_size_limit(_LONGEST_FIELD)
        return csv.reader(self._lines, delimiter=self.delimiter, strict=True)

    def _read_header(self) -> list[str]:
        while True:
            self._lines.begin_record()
            try:
                cells = next(self._reader())
            except StopIteration:
                raise FileFaultError(f"{self._name}: the file is empty; its first row must name the columns") from None
            except csv.Error as error:
                raise FileFaultError(f"{self._name}, line 1: {_explain(error)}") from error
            if cells:
                if _is_damaged(cells):
                    raise FileFaultError(f"{self._name}, line 1: {self._explain_damage()}")
                return cells

    def _find_delimiter(self, wished: str | None) -> str:
        """The wished one, that of Excel's own `sep=` line, or the one that splits the header into most columns."""
        self._lines.begin_record()
        first = next(self._lines, "")
        bare = first.strip("\ufeff\r\n")
        if bare.lower().startswith("sep=") and len(bare) == len("sep=") + 1:
            return wished or bare[-1]
        self._lines.give_back()
        if wished:
            return wished
        widths = {delimiter: _width(first, delimiter) for delimiter in DELIMITERS.values()}
        return max(widths, key=lambda delimiter: widths[delimiter])

    def _explain_damage(self) -> str:
        return f"holds bytes that are not {self.encoding.upper()}; set the right one with --encoding"


class _Lines:
    """The physical lines, with those of the record being read remembered so that they can be given back."""

    def __init__(self, source: io.TextIOWrapper) -> None:
        self._source = source
        self._ahead: deque[str] = deque()
        self._record: list[str] = []
        self._number = 1

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._ahead.popleft() if self._ahead else next(self._source)
        self._record.append(line)
        return line

    def begin_record(self) -> int:
        """The number of the line on which the next record begins."""
        self._number += len(self._record)
        self._record.clear()
        return self._number

    def give_back(self) -> None:
        """The record's lines will be read again."""
        self._ahead.extendleft(reversed(self._record))
        self._record.clear()

    def give_back_all_but_the_first(self) -> str:
        """The record's first line, without its end; the others will be read again."""
        first = self._record[0]
        self._ahead.extendleft(reversed(self._record[1:]))
        del self._record[1:]
        return first.rstrip("\r\n")

    def close(self) -> None:
        self._source.close()


def _width(line: str, delimiter: str) -> int:
    try:
        return len(next(csv.reader([line], delimiter=delimiter)))
    except csv.Error:
        return 0


def _explain(error: csv.Error) -> str:
    text = str(error)
    if "field larger" in text or "unexpected end" in text:
        return "a quotation mark opens here and is not closed; close it, or double a mark that belongs to the text"
    if "expected after" in text:
        return "a quotation mark stands in the middle of a quoted value; double it"
    if "NUL" in text:
        return "holds a zero byte; is this a text file?"
    return f"is not well-formed: {text}"


def _explain_width(found: int, wanted: int) -> str:
    hint = "put values that hold the delimiter in quotation marks" if found > wanted else "fill up the missing ones"
    return f"has {found} values, the header names {wanted} columns; {hint}"


def _is_damaged(cells: list[str]) -> bool:
    """Whether a byte was escaped on decoding: only then the text cannot be encoded again."""
    try:
        "".join(cells).encode()
    except UnicodeEncodeError:
        return True
    return False


def _show_damage(cell: str) -> str:
    return "".join("\ufffd" if "\udc80" <= character <= "\udcff" else character for character in cell)
