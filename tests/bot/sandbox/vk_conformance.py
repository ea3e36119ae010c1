"""Holds the calls a bot made against VK's machine-readable API schema.

The schema (VKCOM/vk-api-schema 5.199) is no part of the project; OTKLIK_TEST_VK_SPEC names the folder. Parts of the
schema that are not in the folder hold nothing: a method of a missing section, a type of a missing file.
"""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox import VKSandbox, VKSandboxOptions
from bot.sandbox.journal import Call
from bot.sandbox.vk.api import LONG_POLL, UPLOAD

SPEC_SETTING = "OTKLIK_TEST_VK_SPEC"
WITHOUT_SPEC = f"{SPEC_SETTING} does not say where VK's API schema is: calls are not held against it"

# Parameters of every method; the token is no part of a recorded call.
_GLOBAL = frozenset(("v", "lang", "test_mode", "captcha_sid", "captcha_key"))
# The schema still has the colours of 2018, and calls required in a keyboard that is sent what is required in one read.
_COLORS = ("primary", "secondary", "positive", "negative")
_NOT_REQUIRED = frozenset(("one_time",))

ServeVK = Callable[..., AbstractAsyncContextManager[VKSandbox]]
Schema = Mapping[str, Any]


@dataclass(frozen=True)
class VKSpec:
    """The schema's folder, its methods by name, the sections it has and its errors by code."""

    folder: Path
    methods: Mapping[str, Schema]
    sections: frozenset[str]
    errors: Mapping[int, str]

    def resolve(self, schema: Schema, file: Path) -> tuple[Schema, Path] | None:
        """What a `$ref` points to, and the file it stands in; None when that is not in the folder."""
        while "$ref" in schema:
            name, _, pointer = schema["$ref"].partition("#/")
            file = (file.parent / name).resolve() if name else file
            if not file.exists():
                return None
            found: Any = _read(file)
            for step in pointer.split("/"):
                found = found[step]
            schema = found
        return schema, file


@cache
def _read(file: Path) -> Schema:
    return json.loads(file.read_text(encoding="utf-8"))


@cache
def read_spec(folder: str) -> VKSpec:
    """The schema; raises FileNotFoundError for a folder that holds none."""
    root = Path(folder).resolve()
    files = sorted(root.glob("*/methods.json"))
    if not files:
        raise FileNotFoundError(f"{folder} holds no VK API schema")
    methods = {method["name"]: method for file in files for method in _read(file)["methods"]}
    errors = {error["code"]: error["description"] for error in _read(root / "errors.json")["errors"].values()}
    return VKSpec(root, methods, frozenset(file.parent.name for file in files), errors)


def vk_spec_or_none() -> VKSpec | None:
    """The schema the environment names."""
    folder = os.environ.get(SPEC_SETTING)
    return read_spec(folder) if folder else None


def check_call(spec: VKSpec, method: str, parameters: Mapping[str, object]) -> list[str]:
    """What is wrong with a call; empty when nothing is."""
    section = method.partition(".")[0]
    if method in (LONG_POLL, UPLOAD) or section not in spec.sections:
        return []
    described = spec.methods.get(method)
    if described is None:
        return [f"{method}: no such method"]
    if "group" not in described["access_token_type"]:
        return [f"{method}: not with a community's token"]
    known = {field["name"]: field for field in described.get("parameters", [])}
    faults = [f"{method}.{name}: no such parameter" for name in parameters if name not in known and name not in _GLOBAL]
    file = spec.folder / section / "methods.json"
    for name, field in known.items():
        if name in parameters:
            faults += _check_parameter(spec, f"{method}.{name}", field, parameters[name], file)
        elif field.get("required") is True:
            faults.append(f"{method}.{name}: required")
    return faults


def check_calls(spec: VKSpec, calls: Iterable[Call]) -> list[str]:
    """What is wrong with the calls of a journal, each fault once."""
    return sorted({fault for call in calls for fault in check_call(spec, call.method, call.parameters)})


def check_value(spec: VKSpec, place: str, schema: Schema, value: object, file: Path) -> list[str]:
    """What is wrong with a decoded JSON value under a schema."""
    found = spec.resolve(schema, file)
    if found is None:
        return []
    schema, file = found
    if "discriminator" in schema:
        return _check_variant(spec, place, schema, value, file)
    kind = schema.get("type", "object")
    wrong = [f"{place}: {type(value).__name__} is no {kind}"]
    if kind == "object" and ("properties" in schema or "allOf" in schema):
        return _check_object(spec, place, schema, value, file) if isinstance(value, dict) else wrong
    if kind == "array":
        if not isinstance(value, list):
            return wrong
        return [
            fault
            for number, item in enumerate(value)
            for fault in check_value(spec, f"{place}[{number}]", schema.get("items", {}), item, file)
        ]
    if kind in _JSON_TYPES and (not isinstance(value, _JSON_TYPES[kind]) or (kind == "integer" and value is True)):
        return wrong
    return _check_bounds(place, schema, value)


def _check_parameter(spec: VKSpec, place: str, field: Schema, value: object, file: Path) -> list[str]:
    """A form carries text; what has a type of its own is JSON text."""
    if not isinstance(value, str):
        return [f"{place}: {type(value).__name__} is no form field"]
    kind = field["type"]
    kinds = kind if isinstance(kind, list) else [kind]
    if "integer" in kinds and value.removeprefix("-").isdecimal():
        return _check_bounds(place, field, int(value))
    if "array" in kinds:
        return _check_list(place, field, value)
    if "boolean" in kinds:
        return [] if value in ("0", "1", "true", "false") else [f"{place}: {value!r} is no boolean"]
    if "string" not in kinds:
        return [f"{place}: {value!r} is no {kind}"]
    faults = _check_bounds(place, field, value)
    if "$ref" in field and value:
        try:
            decoded = json.loads(value)
        except ValueError:
            return [*faults, f"{place}: no JSON"]
        faults += check_value(spec, place, {"$ref": field["$ref"]}, decoded, file)
    return faults


def _check_list(place: str, field: Schema, value: str) -> list[str]:
    parts = value.split(",")
    if len(parts) > field.get("maxItems", len(parts)):
        return [f"{place}: more than {field['maxItems']}"]
    if field.get("items", {}).get("type") != "integer":
        return []
    return [f"{place}: {part!r} is no integer" for part in parts if not part.strip().removeprefix("-").isdecimal()]


def _check_bounds(place: str, schema: Schema, value: object) -> list[str]:
    if isinstance(value, str):
        if len(value) > schema.get("maxLength", len(value)):
            return [f"{place}: longer than {schema['maxLength']}"]
        allowed = _COLORS if place.endswith(".color") else schema.get("enum", (value,))
        return [] if value in allowed else [f"{place}: {value!r} is not one of {', '.join(allowed)}"]
    if isinstance(value, int) and not isinstance(value, bool):
        if value < schema.get("minimum", value):
            return [f"{place}: less than {schema['minimum']}"]
        if value > schema.get("maximum", value):
            return [f"{place}: more than {schema['maximum']}"]
        if schema.get("format") == "int32" and not -(2**31) <= value < 2**31:
            return [f"{place}: no int32"]
    return []


def _check_object(spec: VKSpec, place: str, schema: Schema, value: Mapping[str, object], file: Path) -> list[str]:
    properties = _properties(spec, schema, file)
    faults = [f"{place}.{name}: no such field" for name in value if name not in properties]
    for name, (inner, home) in properties.items():
        if name in value:
            faults += check_value(spec, f"{place}.{name}", inner, value[name], home)
        elif inner.get("required") is True and name not in _NOT_REQUIRED:
            faults.append(f"{place}.{name}: required")
    return faults


def _properties(spec: VKSpec, schema: Schema, file: Path) -> dict[str, tuple[Schema, Path]]:
    """The fields of an object, those of what it extends included."""
    found = {name: (inner, file) for name, inner in schema.get("properties", {}).items()}
    for part in schema.get("allOf", ()):
        resolved = spec.resolve(part, file)
        if resolved is not None:
            found = {**_properties(spec, *resolved), **found}
    return found


def _check_variant(spec: VKSpec, place: str, schema: Schema, value: object, file: Path) -> list[str]:
    discriminator = schema["discriminator"]
    field = discriminator["propertyName"]
    chosen = discriminator["mapping"].get(value.get(field)) if isinstance(value, dict) else None
    if chosen is None:
        return [f"{place}.{field}: none of {', '.join(discriminator['mapping'])}"]
    return check_value(spec, place, {"$ref": chosen}, value, file)


_JSON_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "boolean": bool,
    "number": (int, float),
}


def hold_vk_against_spec(sandbox: VKSandbox) -> None:
    """Fail when the bot made a call VK does not know, or put its token into an address."""
    in_address = [call.method for call in sandbox.journal.calls() if call.token_in == "query"]
    if in_address:
        pytest.fail(f"the token stands in the address of {in_address}", pytrace=False)
    spec = vk_spec_or_none()
    if spec is None:
        return
    faults = check_calls(spec, sandbox.journal.calls())
    if faults:
        pytest.fail("calls VK does not know:\n" + "\n".join(faults), pytrace=False)


@pytest.fixture
def serve_vk(request: pytest.FixtureRequest) -> ServeVK:
    """Opens sandboxes with own options, as in `async with serve_vk(pace=False) as vk`; checks calls."""

    @asynccontextmanager
    async def serve(**options: object) -> AsyncIterator[VKSandbox]:
        async with VKSandbox.serve(options=VKSandboxOptions(**{"journal_limit": None, **options})) as sandbox:
            yield sandbox
            if vk_spec_or_none() is None:
                request.node.user_properties.append(("conformance", WITHOUT_SPEC))
            hold_vk_against_spec(sandbox)

    return serve


@pytest.fixture
async def vk(serve_vk: ServeVK) -> AsyncIterator[VKSandbox]:
    """A VK of one's own, as strict as the real one; its calls are held against the schema afterwards."""
    async with serve_vk() as sandbox:
        yield sandbox
