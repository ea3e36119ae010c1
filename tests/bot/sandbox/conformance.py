"""Holds the calls a bot made against the Bot API's machine-readable description.

The description (PaulSonOfLars/telegram-bot-api-spec) is no part of the project; OTKLIK_TEST_TELEGRAM_SPEC says where it
is. What arrives in a form is text: numbers and truth values may be written out there, structures are JSON. Inside
structures types are exact.
"""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache
from pathlib import Path

import pytest

from bot.sandbox import SandboxOptions, TelegramSandbox
from bot.sandbox.forms import Upload
from bot.sandbox.journal import Call

SPEC_SETTING = "OTKLIK_TEST_TELEGRAM_SPEC"
WITHOUT_SPEC = f"{SPEC_SETTING} does not say where the Bot API's description is: calls are not held against it"

Spec = Mapping[str, object]
ServeTelegram = Callable[..., AbstractAsyncContextManager[TelegramSandbox]]


@cache
def read_spec(path: str) -> Spec:
    """The description; raises ValueError for a file that is none."""
    spec = json.loads(Path(path).read_text(encoding="utf-8"))
    if "methods" not in spec or "types" not in spec:
        raise ValueError(f"{path} is no description of the Bot API")
    return spec


def spec_or_none() -> Spec | None:
    """The description the environment names."""
    path = os.environ.get(SPEC_SETTING)
    return read_spec(path) if path else None


def check_call(spec: Spec, method: str, parameters: Mapping[str, object]) -> list[str]:
    """What is wrong with a call; empty when nothing is."""
    described = spec["methods"].get(method)
    if described is None:
        return [f"{method}: no such method"]
    return _check_fields(spec, method, described.get("fields", []), parameters, exact=False)


def check_calls(spec: Spec, calls: Iterable[Call]) -> list[str]:
    """What is wrong with the calls of a journal, each fault once."""
    return sorted({fault for call in calls for fault in check_call(spec, call.method, call.parameters)})


def _check_fields(
    spec: Spec, place: str, fields: list[dict[str, object]], given: Mapping[str, object], *, exact: bool
) -> list[str]:
    known = {field["name"]: field for field in fields}
    faults = [f"{place}.{name}: no such parameter" for name in given if name not in known]
    for name, field in known.items():
        value = given.get(name)
        if value is None:
            if field["required"]:
                faults.append(f"{place}.{name}: required")
            continue
        faults += _check_value(spec, f"{place}.{name}", field["types"], value, exact=exact)
    return faults


def _check_value(spec: Spec, place: str, types: list[str], value: object, *, exact: bool) -> list[str]:
    """The faults under the type that fits best; none when one fits."""
    fewest: list[str] | None = None
    for kind in types:
        faults = _check_type(spec, place, kind, value, exact=exact)
        if not faults:
            return []
        if fewest is None or _depth(faults) > _depth(fewest):
            fewest = faults
    return fewest or []


def _depth(faults: list[str]) -> int:
    return max(fault.split(":")[0].count(".") for fault in faults)


def _check_type(spec: Spec, place: str, kind: str, value: object, *, exact: bool) -> list[str]:
    wrong = [f"{place}: {type(value).__name__} is no {kind}"]
    if kind in _SIMPLE:
        return [] if _SIMPLE[kind](value, exact) else wrong
    if kind == "InputFile":
        return [] if isinstance(value, Upload) else wrong
    if isinstance(value, str) and not exact:
        try:
            value = json.loads(value)
        except ValueError:
            return [f"{place}: no JSON, so no {kind}"]
    if kind.startswith("Array of "):
        if not isinstance(value, list):
            return wrong
        inner = [kind.removeprefix("Array of ")]
        return [
            fault
            for number, item in enumerate(value)
            for fault in _check_value(spec, f"{place}[{number}]", inner, item, exact=True)
        ]
    if not isinstance(value, dict):
        return wrong
    described = spec["types"][kind]
    if "subtypes" in described:
        return _check_value(spec, place, _chosen(spec, described["subtypes"], value), value, exact=True)
    return _check_fields(spec, place, described.get("fields", []), value, exact=True)


def _chosen(spec: Spec, subtypes: list[str], value: Mapping[str, object]) -> list[str]:
    """The subtypes whose fixed `type` or `status` says they are meant; all when none does."""
    meant = []
    for name in subtypes:
        for field in spec["types"][name].get("fields", []):
            if field["name"] in ("type", "status", "source") and field["required"]:
                words = str(field["description"]).replace("“", '"').replace("”", '"').rstrip(".").split()
                if words[-1].strip('"') == value.get(field["name"]):
                    meant.append(name)
    return meant or subtypes


def _is_integer(value: object, exact: bool) -> bool:
    if type(value) is int:
        return True
    return not exact and isinstance(value, str) and value.removeprefix("-").isdecimal()


def _is_float(value: object, exact: bool) -> bool:
    if type(value) in (int, float):
        return True
    try:
        return not exact and isinstance(value, str) and float(value) == float(value)
    except ValueError:
        return False


def _is_boolean(value: object, exact: bool) -> bool:
    return isinstance(value, bool) or (not exact and value in ("true", "false", "True", "False"))


_SIMPLE: dict[str, Callable[[object, bool], bool]] = {
    "Integer": _is_integer,
    "Float": _is_float,
    "Boolean": _is_boolean,
    "String": lambda value, _exact: isinstance(value, str),
}


def hold_against_spec(sandbox: TelegramSandbox) -> None:
    """Fail when the bot made a call the Bot API does not know; skips nothing when the description is absent."""
    spec = spec_or_none()
    if spec is None:
        return
    faults = check_calls(spec, sandbox.journal.calls())
    if faults:
        pytest.fail("calls the Bot API does not know:\n" + "\n".join(faults), pytrace=False)


@pytest.fixture
def serve_telegram(request: pytest.FixtureRequest) -> ServeTelegram:
    """Opens sandboxes with own options, as in `async with serve_telegram(pace=False) as telegram`; checks calls."""

    @asynccontextmanager
    async def serve(**options: object) -> AsyncIterator[TelegramSandbox]:
        async with TelegramSandbox.serve(options=SandboxOptions(**{"journal_limit": None, **options})) as sandbox:
            yield sandbox
            if spec_or_none() is None:
                request.node.user_properties.append(("conformance", WITHOUT_SPEC))
            hold_against_spec(sandbox)

    return serve


@pytest.fixture
async def telegram(serve_telegram: ServeTelegram) -> AsyncIterator[TelegramSandbox]:
    """A Telegram of one's own, as strict as the real one; its calls are held against the description afterwards."""
    async with serve_telegram() as sandbox:
        yield sandbox
