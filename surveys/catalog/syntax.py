"""Broken YAML, in words for people who do not write YAML every day."""

from __future__ import annotations

import re

from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.reader import ReaderError

from surveys.catalog.faults import Fault

_TAB_INDENT = re.compile(r"^[ ]*\t")
_UNQUOTED_PLACEHOLDER = re.compile(r":[ ]+(\{\w+(\|[^{}]*)?\})[ ]*\S")

_EXPLANATIONS = (
    (
        "mapping values are not allowed",
        "a colon where none can be",
        "Put a text that has a colon in quotes; or indent this line like the ones around it",
    ),
    (
        "could not find expected ':'",
        "a key without its colon",
        "Write key: value; or put a text of several lines in quotes",
    ),
    (
        "found unexpected end of stream",
        "a quote is opened and never closed",
        "Close the quote; a quote inside a text is written '' in single and \\\" in double quotes",
    ),
    (
        "found unknown escape character",
        "an unknown escape in a text in double quotes",
        "Use single quotes, or write \\\\ for a backslash",
    ),
    (
        "cannot start any token",
        "a text begins with a character YAML keeps for itself",
        "Put the text in quotes",
    ),
    (
        "expected ',' or '}'",
        "{ is not closed, or a comma is missing",
        "Close it with }; put a text that begins with { in quotes",
    ),
    (
        "expected ',' or ']'",
        "[ is not closed, or a comma is missing",
        "Close it with ]; put a text that begins with [ in quotes",
    ),
    (
        "expected <block end>",
        "this line does not fit the indentation above it, or text follows a closed quote",
        "Indent keys of the same level alike; put the whole text in one pair of quotes",
    ),
    (
        "expected the node content",
        "a value is missing",
        "Write the value, or remove the comma or bracket",
    ),
)


def explain_syntax(error: MarkedYAMLError, source: str) -> tuple[Fault, ...]:
    """The fault the parser stopped at; all the tabs in the indentation when a tab stopped it."""
    problem = str(error.problem or error.context or "broken YAML")
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    lines = source.splitlines()
    tabs = [number for number, text in enumerate(lines, 1) if _TAB_INDENT.match(text)]
    if tabs and (r"'\t'" in problem or line in tabs or line - 1 in tabs):
        message, fix = "a tab where only spaces may be", "Indent with spaces, two for each level"
        return tuple(Fault(number, lines[number - 1].index("\t") + 1, "", message, fix) for number in tabs)
    if line <= len(lines) and (found := _UNQUOTED_PLACEHOLDER.search(lines[line - 1])):
        message = "a text that begins with a placeholder must be in quotes, or YAML takes it for keys"
        return (Fault(line, found.start(1) + 1, "", message, 'Write it as "{name}, …"'),)
    for pattern, message, fix in _EXPLANATIONS:
        if pattern in problem:
            return (Fault(*_opening(error, pattern, line, column), "", message, fix),)
    return (Fault(line, column, "", f"broken YAML: {problem}", "Put texts in quotes and indent with spaces"),)


def explain_reader(error: ReaderError, source: str) -> Fault:
    """The fault of a character YAML does not allow at all."""
    before = source[: error.position]
    line = before.count("\n") + 1
    column = len(before) - (before.rfind("\n") + 1) + 1
    shown = f"U+{ord(source[error.position]):04X}" if error.position < len(source) else "a control character"
    return Fault(line, column, "", f"a character that may not be in a text file ({shown})", "Remove it")


def _opening(error: MarkedYAMLError, pattern: str, line: int, column: int) -> tuple[int, int]:
    """Where an unclosed quote was opened: the end of the file, where it is noticed, helps nobody."""
    mark = error.context_mark
    if mark is not None and ("end of stream" in pattern or pattern.startswith("expected ',' or")):
        return mark.line + 1, mark.column + 1
    return line, column
