"""What pydantic refused, in words that name the fix."""

from __future__ import annotations

from pydantic_core import ErrorDetails

from surveys.catalog.faults import Finding, Path, did_you_mean, dotted
from surveys.catalog.scalars import shown_value
from surveys.catalog.shapes import keys_at

KEY_MARKER = "[key]"
"""How pydantic marks that the key itself, not its value, is to blame."""

_EXPECTED = {
    "model_type": (
        "a group of keys",
        "Indent the keys that belong here below it, or remove the line to use the defaults",
    ),
    "model_attributes_type": (
        "keys",
        "Indent the keys that belong here below it, or remove the line to use the defaults",
    ),
    "dict_type": ("a group of names", "Indent the names that belong here below it"),
    "tuple_type": ("a list", "Write it in square brackets: [one, two]"),
    "int_type": ("a whole number", "Write digits without quotes"),
    "int_from_float": ("a whole number", "Write digits without a point"),
    "float_type": ("a number", "Write digits without quotes, such as 0.5"),
    "finite_number": ("a number", "Write digits without quotes, such as 0.5"),
}


def explain(error: ErrorDetails) -> Finding:
    """The finding for one of pydantic's errors; its path ends at the key to blame."""
    path: Path = tuple(part for part in error["loc"] if part != KEY_MARKER)
    kind = error["type"]
    if kind == "extra_forbidden":
        hint = did_you_mean(str(path[-1]), keys_at(path[:-1]))
        return Finding(path, f"there is no key {path[-1]} here", hint, at_key=True)
    message, fix = _explained(error, path)
    return Finding(path, message, fix, at_key=KEY_MARKER in error["loc"])


def _explained(error: ErrorDetails, path: Path) -> tuple[str, str]:
    given, context = error["input"], error.get("ctx", {})
    match error["type"]:
        case "catalogue":
            explained = (str(context["message"]), str(context["fix"]))
        case "missing":
            explained = (f"{path[-1]} is missing", _missing_fix(path))
        case "enum":
            allowed = str(context["expected"]).replace("'", "").replace(" or ", ", ").split(", ")
            explained = (f"{shown_value(given)} is not one of the possible values", did_you_mean(str(given), allowed))
        case "greater_than_equal":
            explained = (f"{shown_value(given)} is out of range", f"Write at least {context['ge']:g}")
        case "less_than_equal":
            explained = (f"{shown_value(given)} is out of range", f"Write at most {context['le']:g}")
        case "too_short":
            explained = (f"{dotted(path[-1:])} is empty", "Write at least one, or remove the key")
        case kind if kind in _EXPECTED:
            expected, fix = _EXPECTED[kind]
            explained = (f"{expected} is expected, and {shown_value(given)} is written", fix)
        case _:
            explained = (f"{shown_value(given)} cannot be used: {error['msg']}", "See docs/catalogue.md")
    return explained


def _missing_fix(path: Path) -> str:
    examples = {
        "business": "business: {name: …, timezone: Europe/Moscow, languages: [ru]}",
        "timezone": "timezone: Europe/Moscow",
        "metric": "metric: nps, csat or ces",
        "question": 'question: {ru: "…?"}',
        "url": "url: https://…",
        "title": 'title: {ru: "…"}',
        "start": 'start: "21:00"',
        "end": 'end: "10:00"',
        "to": "to: managers or owners",
        "after": "after: PT30M",
        "touchpoint": "touchpoint: and its name",
        "measure": "measure: response_rate or score",
        "from": "from: 2027-01-01",
        "variants": 'variants: {b: {question: {ru: "…?"}}}',
        "b": 'b: {question: {ru: "…?"}}, {ask_after: PT4H} or {remind_after: P2D}',
    }
    return f"Add {examples.get(str(path[-1]), f'{path[-1]}: …')}"
