"""A catalogue file to a catalogue, with everything that is wrong with it said at once."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path as FilePath

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from surveys.catalog.checks import check
from surveys.catalog.document import LONGEST_SOURCE, Document, Plain, read_document
from surveys.catalog.explaining import KEY_MARKER, explain
from surveys.catalog.faults import Fault, Finding, Path, Severity, dotted, nearest
from surveys.catalog.shapes import catalogue_adapter, keys_at
from surveys.catalog.subject import Subject
from surveys.rules.journey import Catalogue

_ROUNDS = 10
"""Taking out what is broken may leave its group without a required key, and so up to the root."""

_REASON: Plain = {"key": "broken", "title": {"ru": "…"}}
_STAND_INS: dict[Path, Plain] = {
    ("business",): {"name": "…", "timezone": "UTC"},
    ("business", "name"): "…",
    ("business", "timezone"): "UTC",
    ("touchpoints",): {},
    ("surveys",): {},
}
_ITEM_STAND_INS: dict[str, Plain] = {
    "negative": _REASON,
    "neutral": _REASON,
    "positive": _REASON,
    "close_reasons": _REASON,
    "templates": {"key": "broken", "title": {"ru": "…"}, "text": {"ru": "…"}},
    "employees": {"telegram_id": 1, "employee": "…"},
    "review_links": {"title": {"ru": "…"}, "url": "https://example.org"},
    "escalate": {"after": "P1D", "to": "owners"},
    "themes": {"key": "broken", "title": {"ru": "…"}, "words": {"ru": ["…"]}},
}
"""What stands for a broken item of a list, so that the others keep their places."""


class CatalogueFileError(Exception):
    """The file cannot be opened or is not text; says what to do."""


@dataclass(frozen=True, slots=True)
class CatalogueReading:
    """What reading came to: `catalogue` is None when a fault is an error; faults are in the order of lines."""

    name: str
    catalogue: Catalogue | None
    faults: tuple[Fault, ...]

    @property
    def errors(self) -> tuple[Fault, ...]:
        """The faults that keep the catalogue from being used."""
        return tuple(fault for fault in self.faults if fault.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Fault, ...]:
        """The faults it can be used with."""
        return tuple(fault for fault in self.faults if fault.severity is Severity.WARNING)


def load_source(path: FilePath) -> str:
    """The text of a catalogue file; raises CatalogueFileError."""
    try:
        with path.open("rb") as file:
            content = file.read(LONGEST_SOURCE * 4 + 1)
    except FileNotFoundError as error:
        raise CatalogueFileError(f"there is no file {path}") from error
    except IsADirectoryError as error:
        raise CatalogueFileError(f"{path} is a folder, not a file") from error
    except OSError as error:
        raise CatalogueFileError(f"{path} cannot be read: {error.strerror}") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if len(content) > LONGEST_SOURCE * 4:
            raise CatalogueFileError(f"{path} is far too large for a catalogue") from error
        line = content.count(b"\n", 0, error.start) + 1
        message = f"{path}:{line}: not UTF-8; save the file with the encoding UTF-8"
        raise CatalogueFileError(message) from error


def read_catalogue(source: str, *, name: str) -> CatalogueReading:
    """The catalogue a YAML text describes, and all its faults; `name` is what people call the file."""
    document, form_faults = read_document(source)
    if document is None:
        return CatalogueReading(name, None, _sorted(form_faults))
    findings, catalogue = _read_values(document)
    faults = _sorted([*form_faults, *(_fault(finding, document) for finding in findings)])
    sound = all(fault.severity is Severity.WARNING for fault in faults)
    return CatalogueReading(name, catalogue if sound else None, faults)


def locate(source: str, findings: Iterable[Finding]) -> tuple[Fault, ...]:
    """Findings made outside this package about a text that could be read, as faults with their lines."""
    document, _ = read_document(source)
    return () if document is None else _sorted(_fault(finding, document) for finding in findings)


def _read_values(document: Document) -> tuple[list[Finding], Catalogue | None]:
    written = document.plain()
    values = deepcopy(written)
    findings: list[Finding] = []
    broken: list[Path] = []
    for _ in range(_ROUNDS):
        try:
            catalogue = catalogue_adapter().validate_python(values)
        except ValidationError as error:
            details = error.errors(include_url=False)
            if not broken:
                findings = _findings(details)
            for path in _paths_to_repair(details):
                broken.append(path)
                _repair(values, path)
        else:
            subject = Subject(catalogue, document, written)
            return [*findings, *(finding for finding in check(subject) if not _rests_on(finding, broken))], catalogue
    return findings, None


def _findings(details: Iterable[ErrorDetails]) -> list[Finding]:
    """One for each slip: not also for the value of a wrong key, nor for the key a misspelt one stands for."""
    findings = [explain(detail) for detail in details]
    blamed = [finding.path for finding in findings if finding.at_key]
    meant = {(*path[:-1], nearest(str(path[-1]), keys_at(path[:-1]))) for path in blamed}
    return [finding for finding in findings if finding.at_key or finding.path not in {*blamed, *meant}]


def _paths_to_repair(details: Iterable[ErrorDetails]) -> list[Path]:
    """What to take out; list items from the last to the first, so that places stay true."""
    paths: set[Path] = set()
    for detail in details:
        path: Path = tuple(part for part in detail["loc"] if part != KEY_MARKER)
        paths.add(path[:-1] if detail["type"] == "missing" and _stand_in(path) is None else path)
    return sorted(paths, key=lambda path: [str(part).zfill(9) for part in path], reverse=True)


def _repair(values: dict[str, Plain], path: Path) -> None:
    """Put a stand-in for the value at the path, or take it out."""
    here: Plain = values
    for part in path[:-1]:
        if isinstance(here, dict) and isinstance(part, str):
            here = here.get(part)
        elif isinstance(here, list) and isinstance(part, int) and part < len(here):
            here = here[part]
    last = path[-1] if path else ""
    stand_in = deepcopy(_stand_in(path))
    if isinstance(here, list) and isinstance(last, int) and last < len(here):
        if stand_in is None:
            del here[last]
        else:
            here[last] = stand_in
    elif isinstance(here, dict):
        if stand_in is None:
            here.pop(str(last), None)
        else:
            here[str(last)] = stand_in


def _stand_in(path: Path) -> Plain:
    """What may stand for the value at this path; None when it can simply be left out."""
    match path:
        case ("surveys", _, "metric"):
            return "csat"
        case ("surveys", _, "question"):
            return {"ru": "…"}
        case ("journeys", _, "steps"):
            return []
        case (*_, str(key), int()):
            return _ITEM_STAND_INS.get(key)
    return _STAND_INS.get(path)


def _rests_on(finding: Finding, broken: Iterable[Path]) -> bool:
    """Whether the finding was derived from a value that had to be taken out."""
    return any(path[: len(gone)] == gone for gone in broken for path in (finding.path, *finding.depends_on))


def _fault(finding: Finding, document: Document) -> Fault:
    mark = document.key_mark(finding.path) if finding.at_key else document.value_mark(finding.path)
    return Fault(mark.line, mark.column, dotted(finding.path), finding.message, finding.fix, finding.severity)


def _sorted(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """In the order of lines; what stands in several places by an alias is said once."""
    once: dict[tuple[int, int, str], Fault] = {}
    for fault in faults:
        once.setdefault((fault.line, fault.column, fault.message), fault)
    return tuple(sorted(once.values(), key=lambda fault: (fault.line, fault.column, fault.key, fault.message)))
