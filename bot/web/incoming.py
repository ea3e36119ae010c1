"""Events out of the raw body of a request: validated once, and one bad event never costs the others."""

from __future__ import annotations

import difflib
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import NoReturn

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, PydanticSerializationError, from_json, to_json

from bot.web.problems import ProblemError
from surveys.rules.incoming import IncomingCustomer, IncomingEvent

MOST_EVENTS = 1_000
_LONGEST_SHOWN_ID = 200


@dataclass(frozen=True, slots=True)
class MalformedEvent:
    """An event that is not one; `error` names the field and the fix, `id` is there when it could be read."""

    id: str | None
    error: str


class EventDecoding:
    """Turns a body into events; made once for an application, for compiling the validators takes a while."""

    def __init__(self) -> None:
        strict = ConfigDict(extra="forbid", strict=True)
        self._many: TypeAdapter[list[IncomingEvent]] = TypeAdapter(list[IncomingEvent], config=strict)

    def schema(self, ref_template: str) -> dict[str, object]:
        """The JSON Schema of a list of events."""
        return self._many.json_schema(ref_template=ref_template)

    def decode(self, body: bytes) -> Sequence[IncomingEvent | MalformedEvent]:
        """The events in order; raises ProblemError for what is not JSON, neither an event nor a list, or too many."""
        start = body.lstrip()[:1]
        is_single = start == b"{"
        if is_single:
            body = b"[" + body + b"]"
        elif start != b"[":
            _refuse(body)
        try:
            events: Sequence[IncomingEvent | MalformedEvent] = self._many.validate_json(body)
        except ValidationError:
            events = self._decode_one_by_one(body)
        if is_single and len(events) != 1:
            raise ProblemError(400, "the body is not JSON: several objects must stand in an array")
        if len(events) > MOST_EVENTS:
            raise ProblemError(413, f"{len(events)} events at once; send at most {MOST_EVENTS}")
        return events

    def _decode_one_by_one(self, body: bytes) -> list[IncomingEvent | MalformedEvent]:
        items = _loaded(body)
        if len(items) > MOST_EVENTS:
            raise ProblemError(413, f"{len(items)} events at once; send at most {MOST_EVENTS}")
        return [self._decode_item(item) for item in items]

    def _decode_item(self, item: object) -> IncomingEvent | MalformedEvent:
        event_id = item.get("id") if isinstance(item, dict) else None
        shown_id = event_id if isinstance(event_id, str) and _can_be_written(event_id) else None
        try:
            (event,) = self._many.validate_json(b"[" + to_json(item) + b"]")
        except ValidationError as error:
            faults = error.errors(include_url=False, include_input=False)
            return MalformedEvent(shown_id, "; ".join(_explain(fault) for fault in faults))
        except (PydanticSerializationError, UnicodeEncodeError, RecursionError, ValueError):
            return MalformedEvent(
                shown_id, "holds text that is not Unicode, or is nested too deeply; send plain values"
            )
        return event


def _refuse(body: bytes) -> NoReturn:
    try:
        from_json(body)
    except ValueError as error:
        raise ProblemError(400, f"the body is not JSON: {error}") from None
    raise ProblemError(400, "the body is neither an event nor a list of events; send an object or an array")


def _loaded(body: bytes) -> list[object]:
    """The items of the body's array; what the strict parser refuses as a whole is given to the lenient one."""
    try:
        items = from_json(body)
    except ValueError as error:
        try:
            items = json.loads(body)
        except (ValueError, RecursionError):
            raise ProblemError(400, f"the body is not JSON: {error}") from None
    assert isinstance(items, list)
    return items


def _can_be_written(text: str) -> bool:
    return len(text) <= _LONGEST_SHOWN_ID and not any("\ud800" <= character <= "\udfff" for character in text)


def _explain(fault: ErrorDetails) -> str:
    place = ".".join(str(part) for part in fault["loc"][1:] if part not in _VARIANTS)
    kind = fault["type"]
    if kind in ("missing", "missing_argument"):
        return f"{place}: is required; add it"
    if kind == "unexpected_keyword_argument":
        return f"{place}: {_explain_unknown(place)}"
    if kind in ("datetime_type", "datetime_parsing", "datetime_from_date_parsing", "datetime_object_invalid"):
        return f"{place}: is not an instant; write it as 2026-11-20T14:05:00+03:00"
    if kind == "dataclass_type":
        return f"{place}: must be an object" if place else "an event must be an object"
    wanted = _WANTED.get(kind)
    return f"{place}: {wanted}" if wanted else f"{place}: {fault['msg']}"


_VARIANTS = frozenset(("decimal", "str", "int", "float"))
_WANTED = {
    "string_type": "must be a text in quotation marks",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "decimal_type": "must be a number or a text such as “1990.00”",
    "decimal_parsing": "must be a number or a text such as “1990.00”",
    "finite_number": "must be a finite number",
    "mapping_type": "must be an object",
    "dict_type": "must be an object",
}


def _explain_unknown(place: str) -> str:
    parent, _, name = place.rpartition(".")
    kind = IncomingCustomer if parent == "customer" else IncomingEvent
    near = difflib.get_close_matches(name, [field.name for field in fields(kind)], n=1)
    if near:
        return f"is not a known field; did you mean `{near[0]}`?"
    return "is not a known field; data of your own belongs in `attributes`"
