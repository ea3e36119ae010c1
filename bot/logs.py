"""Structured logs on the console or as JSON lines; no secret, phone, name or comment passes."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Final, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor

HIDDEN: Final = "[hidden]"

_TOKENS: Final = re.compile(
    r"(?<!\d)\d{5,}:[A-Za-z0-9_-]{20,}"  # Telegram's bot tokens
    r"|\bvk1\.[A-Za-z0-9._-]{20,}"  # VK's community tokens
    r"|(?<=access_token=)[^&\s\"']+"
    r"|(?<=Bearer )[^\s\"']+"
    r"|(?<=://)[^/\s:@]+:[^@\s/]+(?=@)"  # user and password of a URL
)
_END_OF_MESSAGE: Final = r"(?=\n(?:Traceback |During handling |The above exception )|\n*\Z)"
"""A value may have any lines of its own, so only what begins another exception ends the one that shows it."""

_ROW_DETAIL: Final = re.compile(rf"^(DETAIL|CONTEXT):.*?{_END_OF_MESSAGE}", re.MULTILINE | re.DOTALL)
"""PostgreSQL shows the row that broke a rule here, names and phones included."""

_ARGUMENT: Final = re.compile(rf"(invalid input for query argument \$\d+):.*?{_END_OF_MESSAGE}", re.DOTALL)
"""asyncpg shows what it could not encode here."""

_INPUT_VALUE: Final = re.compile(r"input_value=.*?(?=, input_type=)")
"""pydantic shows what it could not validate here."""

_PERSONAL: Final = frozenset(
    (
        "name",
        "customer_name",
        "phone",
        "comment",
        "text",
        "message_text",
        "first_name",
        "last_name",
        "username",
        "content",
    )
)
_QUIET: Final = {
    "aiogram": logging.WARNING,
    "aiogram.event": logging.WARNING,
    "aiohttp.access": logging.WARNING,
    "apscheduler": logging.WARNING,
    "asyncio": logging.WARNING,
    "matplotlib": logging.WARNING,
    "uvicorn.access": logging.WARNING,
}


class Redaction:
    """Hides known secrets, whatever looks like a token, and the values of personal fields."""

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        self._secrets = tuple(sorted((secret for secret in secrets if len(secret) >= 4), key=len, reverse=True))

    def __call__(self, _logger: object, _method: str, event: MutableMapping[str, object]) -> EventDict:
        """A processor of structlog."""
        return {
            key: HIDDEN if key in _PERSONAL and value is not None else self.clean(value) for key, value in event.items()
        }

    def clean(self, value: object) -> object:
        """The value without what must not be shown."""
        if isinstance(value, str):
            return self.clean_text(value)
        if isinstance(value, Mapping):
            return {key: HIDDEN if key in _PERSONAL else self.clean(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.clean(inner) for inner in value]
        if value is None or isinstance(value, bool | int | float):
            return value
        return self.clean_text(str(value))

    def clean_text(self, text: str) -> str:
        """The text without what must not be shown."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        text = _INPUT_VALUE.sub(f"input_value={HIDDEN}", _TOKENS.sub(HIDDEN, text))
        return _ARGUMENT.sub(rf"\1: {HIDDEN}", _ROW_DETAIL.sub(rf"\1: {HIDDEN}", text))


def configure_logging(
    level: str = "INFO",
    log_format: Literal["console", "json"] = "console",
    *,
    secrets: Sequence[str] = (),
    stream: TextIO | None = None,
) -> None:
    """Send our own logs and those of the libraries one way; `secrets` are hidden wherever they turn up."""
    output = stream or sys.stderr
    redaction = Redaction(secrets)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=output.isatty(), exception_formatter=structlog.dev.plain_traceback)
    )
    structlog.configure(
        processors=[
            *shared,
            structlog.processors.format_exc_info,
            redaction,  # here too: error reports take records before they are formatted
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(output)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name, structlog.stdlib.ExtraAdder()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _without_terminal_codes,
                structlog.processors.format_exc_info,
                redaction,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    for name, quiet in _QUIET.items():
        logging.getLogger(name).setLevel(max(quiet, root.level))
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True


def _without_terminal_codes(_logger: object, _method: str, event: EventDict) -> EventDict:
    # uvicorn adds its message once more, coloured
    event.pop("color_message", None)
    return event
