"""The rules' dataclasses as pydantic reads them from a file, and the JSON Schema of the same.

The rules know only the standard library, so what a file adds to a dataclass (how a duration is written, that
unknown keys are refused) is derived from its type hints here, once for the reader and for the schema.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, time, timedelta
from enum import Enum
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

import pydantic
from pydantic import AfterValidator, BaseModel, ConfigDict, TypeAdapter, create_model
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from surveys.catalog.faults import Path
from surveys.catalog.keys import MEANINGS
from surveys.catalog.scalars import (
    DAYS,
    HOLIDAYS,
    SHORT_DAYS,
    Clock,
    Count,
    Day,
    Difference,
    Duration,
    Enough,
    Hours,
    Language,
    Name,
    PositiveCount,
    PositiveDuration,
    Rank,
    Several,
    Share,
    Text,
    TextsByLanguage,
    Url,
    Weekday,
    Zone,
)
from surveys.rules.alarm_limits import Burst, Drop, NobodyAnswered
from surveys.rules.durations import format_duration
from surveys.rules.journey import (
    Business,
    Catalogue,
    ContactRules,
    Incident,
    Metric,
    ReviewLink,
    Touchpoint,
    Way,
    WeeklyReport,
)
from surveys.rules.languages import Texts
from surveys.rules.metrics import SCALES, SHOWN_FROM
from surveys.rules.putting_right import (
    CodePool,
    Employee,
    Escalation,
    OpenAt,
    Outbreak,
    Recovery,
    UrgentAt,
    WorkingHours,
)
from surveys.rules.themes import ThemeWords
from surveys.rules.trials import Trial, Variant


def _score(metric: Metric) -> Any:
    scale = SCALES[metric]
    return Annotated[int, pydantic.Field(strict=True, ge=scale.lowest, le=scale.highest)]


_LEAVES: Mapping[object, object] = {
    timedelta: Duration,
    time: Clock,
    date: Day,
    ZoneInfo: Zone,
    WorkingHours: Hours,
    Texts: TextsByLanguage,
    bool: Annotated[bool, pydantic.Field(strict=True)],
    int: Rank,
    str: Name,
}
"""How a type is read wherever it stands; a plain `str` is the name of something."""

_SPECIAL: Mapping[tuple[type, str], object] = {
    (Business, "name"): Text,
    (Business, "languages"): Annotated[tuple[Language, ...], pydantic.Field(min_length=1)],
    (ContactRules, "max_per_day"): Count,
    (Touchpoint, "sample"): Share,
    (Touchpoint, "remind_after"): PositiveDuration | None,
    (Touchpoint, "expires_after"): PositiveDuration,
    (Touchpoint, "every"): PositiveDuration | None,
    (ReviewLink, "url"): Url,
    (Incident, "when"): Annotated[tuple[Text, ...], pydantic.Field(min_length=1)],
    (Escalation, "after"): PositiveDuration,
    (OpenAt, "nps"): _score(Metric.NPS),
    (OpenAt, "csat"): _score(Metric.CSAT),
    (OpenAt, "ces"): _score(Metric.CES),
    (Recovery, "first_response"): PositiveDuration,
    (Recovery, "resolve"): PositiveDuration,
    (UrgentAt, "nps"): _score(Metric.NPS) | None,
    (UrgentAt, "csat"): _score(Metric.CSAT) | None,
    (UrgentAt, "ces"): _score(Metric.CES) | None,
    (Recovery, "warn_before"): PositiveDuration | None,
    (Recovery, "repeat_unclaimed"): PositiveDuration | None,
    (Recovery, "call_window"): PositiveDuration,
    (Recovery, "ask_again_after"): PositiveDuration | None,
    (CodePool, "per_customer"): PositiveCount,
    (CodePool, "every"): PositiveDuration,
    (CodePool, "per_day"): PositiveCount,
    (CodePool, "low_at"): Count,
    (Employee, "telegram_id"): PositiveCount,
    (Employee, "employee"): Text,
    (Outbreak, "complaints"): Several,
    (Outbreak, "within"): PositiveDuration,
    (WeeklyReport, "weekday"): Weekday,
    (Way, "within"): PositiveDuration,
    (ThemeWords, "ru"): tuple[Text, ...],
    (ThemeWords, "en"): tuple[Text, ...],
    (Burst, "share"): Annotated[float, pydantic.Field(strict=True, ge=0.05, le=1, allow_inf_nan=False)],
    (Burst, "at_least"): Annotated[int, pydantic.Field(strict=True, ge=3, le=10_000)],
    (Burst, "within"): PositiveDuration,
    (Drop, "over"): PositiveDuration,
    (Drop, "against"): PositiveDuration,
    (Drop, "at_least"): Annotated[int, pydantic.Field(strict=True, ge=SHOWN_FROM, le=100_000)],
    (NobodyAnswered, "days"): Annotated[int, pydantic.Field(strict=True, ge=1, le=56)],
    (NobodyAnswered, "at_least"): Annotated[int, pydantic.Field(strict=True, ge=5, le=100_000)],
    (Trial, "share"): Share,
    (Trial, "planned"): Enough | None,
    (Trial, "detect"): Difference | None,
    (Trial, "expected"): Share | None,
    (Variant, "remind_after"): PositiveDuration | None,
}

_RENAMED: Mapping[tuple[type, str], str] = {(WeeklyReport, "weekday"): "day", (Trial, "starts_on"): "from"}
"""Where the file's word is not the rules' word."""


@cache
def catalogue_adapter() -> TypeAdapter[Catalogue]:
    """What turns plain values into a catalogue, or raises pydantic's ValidationError with every fault."""
    return TypeAdapter(_shape(Catalogue))


def json_schema() -> dict[str, object]:
    """The JSON Schema of a catalogue file (draft 2020-12)."""
    schema = catalogue_adapter().json_schema(schema_generator=_FileSchema)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Otklik catalogue",
    }


def keys_at(path: Path) -> tuple[str, ...]:
    """The keys the file may have in the group at this path; none where keys are the business's own names."""
    here: object = Catalogue
    for part in path:
        here = _bare(here)
        if here is WorkingHours or not isinstance(here, type) or not is_dataclass(here):
            here = get_args(here)[-1] if get_origin(here) is Mapping else (*get_args(here), None)[0]
            continue
        hints = get_type_hints(here)
        here = next((hints[field.name] for field in fields(here) if _key(here, field) == part), None)
    here = _bare(here)
    if here is WorkingHours:
        return (*SHORT_DAYS, HOLIDAYS)
    if isinstance(here, type) and is_dataclass(here):
        return tuple(_key(here, field) for field in fields(here))
    return ()


class _FileSchema(GenerateJsonSchema):
    """Without titles, which only repeat the keys; and with names of the business's own held to their pattern."""

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        written = super().dict_schema(schema)
        return {**written, "additionalProperties": False} if "patternProperties" in written else written

    def field_title_should_be_set(self, schema: object) -> bool:
        return False


def _bare(annotation: object) -> object:
    """The type without `| None`."""
    if get_origin(annotation) in (Union, types.UnionType):
        return next(part for part in get_args(annotation) if part is not type(None))
    return annotation


def _key(owner: type, field: Field[Any]) -> str:
    return _RENAMED.get((owner, field.name), field.name)


@cache
def _shape(owner: type) -> Any:
    """A pydantic model of the dataclass that ends as the dataclass."""
    hints = get_type_hints(owner)
    names = {_key(owner, field): field.name for field in fields(owner)}
    model_fields: dict[str, Any] = {
        _key(owner, field): (_read_as(owner, field.name, hints[field.name]), _default(owner, field))
        for field in fields(owner)
    }
    model = create_model(
        owner.__name__,
        __config__=ConfigDict(extra="forbid"),
        __doc__=(owner.__doc__ or "").partition("\n\n")[0],
        **model_fields,
    )

    def build(read: BaseModel) -> object:
        return owner(**{name: getattr(read, key) for key, name in names.items()})

    return Annotated[model, AfterValidator(build)]


def _read_as(owner: type, name: str, hint: object) -> Any:
    if (owner, name) in _SPECIAL:
        return _SPECIAL[owner, name]
    return _read_type(hint)


def _read_type(hint: Any) -> Any:
    if hint in _LEAVES:
        return _LEAVES[hint]
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _read_type(_bare(hint)) | None
    if origin is tuple:
        return types.GenericAlias(tuple, (_read_type(arguments[0]), ...))
    if origin is Mapping:
        return types.GenericAlias(dict, (Name, _read_type(arguments[1])))
    if isinstance(hint, type) and is_dataclass(hint):
        return _shape(hint)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    raise TypeError(f"the catalogue has no way to write {hint!r}")


def _default(owner: type, field: Field[Any]) -> Any:
    meaning = MEANINGS[owner][_key(owner, field)]
    if field.default is MISSING and field.default_factory is MISSING:
        return pydantic.Field(description=meaning)
    value: object = field.default
    if field.default_factory is not MISSING:
        value = field.default_factory()
    shown = _default_shown(owner, field.name, value)
    return pydantic.Field(
        default_factory=lambda: value,
        description=meaning,
        json_schema_extra={"default": shown} if shown is not None else None,
    )


def _default_shown(owner: type, name: str, value: object) -> Any:
    """The default as the file would have it; None where showing it would help nobody."""
    if (owner, name) == (WeeklyReport, "weekday"):
        assert isinstance(value, int)
        return DAYS[value]
    match value:
        case timedelta():
            return format_duration(value)
        case time():
            return value.strftime("%H:%M")
        case Enum():
            return value.value
        case int() | float() | str():
            return value
    return None
