"""YAML text to a tree that knows its lines.

Scalars are read by the YAML 1.2 core rules: `21:00`, `yes` and `2027-01-01` are texts. Reading is bounded in
size, depth and expansion, so that no file, however hostile, takes more than a moment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from surveys.catalog.faults import Fault, Path, dotted
from surveys.catalog.syntax import explain_reader, explain_syntax

LONGEST_SOURCE = 512 * 1024
"""In characters; a catalogue of a hundred touchpoints in two languages takes half of it."""

DEEPEST = 16
MOST_VALUES = 50_000
"""Values after aliases are written out: what stops a file whose aliases multiply."""

Scalar = str | int | float | bool | None
Plain = Scalar | list["Plain"] | dict[str, "Plain"]

_INTEGER = re.compile(r"[-+]?[0-9]{1,30}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,4})?")
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the file, counted from 1."""

    line: int
    column: int


@dataclass(slots=True)
class Node:
    """A value with its place; `size` counts the values in it with aliases written out."""

    mark: Mark
    size: int = 1


@dataclass(slots=True)
class ScalarNode(Node):
    """A single value."""

    value: Scalar = None


@dataclass(slots=True)
class ListNode(Node):
    """A list."""

    items: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class MappingNode(Node):
    """Keys with their places and values."""

    entries: dict[str, tuple[Mark, Node]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Document:
    """A file that could be read as YAML."""

    root: MappingNode

    def plain(self) -> dict[str, Plain]:
        """The content as plain values, every one a copy of its own."""
        return {key: _plain(node) for key, (_, node) in self.root.entries.items()}

    def has(self, path: Path) -> bool:
        """Whether the file itself says something under this path."""
        return self._walk(path)[2] == len(path)

    def key_mark(self, path: Path) -> Mark:
        """The place of the key at the end of the path, or of the nearest key above it that exists."""
        return self._walk(path)[0]

    def value_mark(self, path: Path) -> Mark:
        """The place of a single value; of its key where the value begins below it or does not exist."""
        key_mark, node, length = self._walk(path)
        if length == len(path) and isinstance(node, ScalarNode) and node.value is not None:
            return node.mark
        return key_mark

    def _walk(self, path: Path) -> tuple[Mark, Node, int]:
        node: Node = self.root
        mark = Mark(1, 1)
        for length, part in enumerate(path):
            if isinstance(node, MappingNode) and part in node.entries:
                mark, node = node.entries[str(part)]
            elif isinstance(node, ListNode) and isinstance(part, int) and part < len(node.items):
                node = node.items[part]
                mark = node.mark
            else:
                return mark, node, length
        return mark, node, len(path)


def read_document(source: str) -> tuple[Document | None, tuple[Fault, ...]]:
    """The tree of a YAML text, and every fault of its form; no tree when the form is broken."""
    if len(source) > LONGEST_SOURCE:
        message = f"the file has {len(source):,} characters, more than a catalogue may have ({LONGEST_SOURCE:,})"
        return None, (Fault(1, 1, "", message, "Is this the right file?"),)
    source = source.removeprefix("\ufeff")
    builder = _Builder()
    try:
        for event in _events(source):
            builder.take(event)
    except _StoppedError:
        return None, tuple(builder.faults)
    except MarkedYAMLError as error:
        return None, (*builder.faults, *explain_syntax(error, source))
    except ReaderError as error:
        return None, (explain_reader(error, source),)
    except (YAMLError, ValueError, AssertionError, LookupError, TypeError) as error:
        message = f"this is not YAML: {error}"
        return None, (*builder.faults, Fault(1, 1, "", message, "Look at the sample: otklik check --help names it"))
    return builder.result()


def _events(source: str) -> Iterator[Event]:
    yield from YAML(typ="safe", pure=True).parse(source)


def _plain(node: Node) -> Plain:
    match node:
        case ScalarNode(value=value):
            return value
        case ListNode(items=items):
            return [_plain(item) for item in items]
        case MappingNode(entries=entries):
            return {key: _plain(value) for key, (_, value) in entries.items()}
    raise TypeError(type(node))


class _StoppedError(Exception):
    """Reading on would only do harm; the fault is noted."""


@dataclass(slots=True)
class _Open:
    """A list or a mapping that is being read."""

    node: ListNode | MappingNode
    anchor: str | None
    key: str | None = None
    key_mark: Mark = Mark(1, 1)
    key_is_second: bool = False


class _Builder:
    """Turns the parser's events into nodes; a stack of its own keeps deep files from exhausting Python's."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self._root: Node | None = None
        self._root_mark = Mark(1, 1)
        self._open: list[_Open] = []
        self._anchors: dict[str, Node | None] = {}
        self._documents = 0

    def result(self) -> tuple[Document | None, tuple[Fault, ...]]:
        root = self._root
        if isinstance(root, MappingNode):
            return Document(root), tuple(self.faults)
        if root is None or (isinstance(root, ScalarNode) and root.value is None):
            self._note(Mark(1, 1), "the catalogue is empty", "Start from the sample: otklik check --help names it")
        else:
            what = "a list" if isinstance(root, ListNode) else "a single value"
            self._note(
                root.mark, f"the catalogue is {what}, not keys", "Begin with business:, touchpoints: and surveys:"
            )
        return None, tuple(self.faults)

    def take(self, event: Event) -> None:
        match event:
            case DocumentStartEvent():
                self._start_document(event)
            case AliasEvent():
                self._take_alias(event)
            case ScalarEvent():
                self._take_scalar(event)
            case MappingStartEvent() | SequenceStartEvent():
                self._start_collection(event)
            case MappingEndEvent() | SequenceEndEvent():
                self._end_collection()

    def _start_document(self, event: DocumentStartEvent) -> None:
        self._documents += 1
        if self._documents > 1:
            self._stop(
                _mark(event), "a second document begins here", "Remove the line ---; a catalogue is one document"
            )

    def _take_alias(self, event: AliasEvent) -> None:
        mark = _mark(event)
        if event.anchor not in self._anchors:
            self._stop(
                mark,
                f"*{event.anchor} has no &{event.anchor} before it",
                "Define the anchor above, or write the value out",
            )
        node = self._anchors[event.anchor]
        if node is None:
            self._stop(mark, f"*{event.anchor} stands inside itself", "Write the value out")
            return
        if self._waits_for_key():
            self._stop(mark, "an alias cannot be a key", "Write the key out")
        self._add(node)

    def _take_scalar(self, event: ScalarEvent) -> None:
        mark = _mark(event)
        self._check_tag(event.tag, mark)
        if self._waits_for_key():
            self._take_key(str(event.value), mark)
            return
        plain = event.implicit[0] and event.style in (None, "")
        node = ScalarNode(mark, value=_resolved(str(event.value)) if plain else str(event.value))
        if event.anchor:
            self._anchors[event.anchor] = node
        self._add(node)

    def _take_key(self, key: str, mark: Mark) -> None:
        top = self._open[-1]
        assert isinstance(top.node, MappingNode)
        if key == "<<":
            self._stop(
                mark,
                "<< (merging) is not supported",
                "Write the keys out; a whole value may be repeated with &name and *name",
            )
        top.key, top.key_mark, top.key_is_second = key, mark, key in top.node.entries
        if top.key_is_second:
            first = top.node.entries[key][0]
            self._note(
                mark,
                f"{key} is here a second time, first on line {first.line}",
                "Rename or remove one of the two",
                key=key,
            )

    def _start_collection(self, event: MappingStartEvent | SequenceStartEvent) -> None:
        mark = _mark(event)
        self._check_tag(event.tag, mark)
        if self._waits_for_key():
            self._stop(mark, "a key must be a plain word", "If a text begins with { or [, put it in quotes")
        if len(self._open) >= DEEPEST:
            self._stop(
                mark, f"nested deeper than {DEEPEST} levels", "A catalogue needs about seven: check the brackets"
            )
        node = MappingNode(mark) if isinstance(event, MappingStartEvent) else ListNode(mark)
        if event.anchor:
            self._anchors[event.anchor] = None
        self._open.append(_Open(node, event.anchor))

    def _end_collection(self) -> None:
        closed = self._open.pop()
        if closed.anchor:
            self._anchors[closed.anchor] = closed.node
        self._add(closed.node)

    def _waits_for_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1].node, MappingNode) and self._open[-1].key is None

    def _add(self, node: Node) -> None:
        if not self._open:
            self._root = node
            return
        top = self._open[-1]
        top.node.size += node.size
        if top.node.size > MOST_VALUES:
            self._stop(
                top.node.mark, f"more than {MOST_VALUES:,} values, aliases written out", "Repeat less with * aliases"
            )
        if isinstance(top.node, ListNode):
            top.node.items.append(node)
            return
        assert top.key is not None
        if not top.key_is_second:
            top.node.entries[top.key] = (top.key_mark, node)
        top.key = None

    def _check_tag(self, tag: object, mark: Mark) -> None:
        if tag is not None and str(tag) not in ("!", "None"):
            self._stop(
                mark, f"the tag {tag} is not supported", "Remove it; a text that looks like a number goes in quotes"
            )

    def _path(self) -> Path:
        path: list[str | int] = []
        for level in self._open:
            if isinstance(level.node, ListNode):
                path.append(len(level.node.items))
            elif level.key is not None:
                path.append(level.key)
        return tuple(path)

    def _note(self, mark: Mark, message: str, fix: str, *, key: str | None = None) -> None:
        self.faults.append(Fault(mark.line, mark.column, dotted(self._path()) or key or "", message, fix))

    def _stop(self, mark: Mark, message: str, fix: str) -> None:
        self._note(mark, message, fix)
        raise _StoppedError


def _mark(event: Event) -> Mark:
    return Mark(event.start_mark.line + 1, event.start_mark.column + 1)


def _resolved(text: str) -> Scalar:
    """A plain scalar by the YAML 1.2 core rules; numbers in other bases stay texts."""
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text
