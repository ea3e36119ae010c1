"""Settings from the environment or `.env`, prefix `OTKLIK_`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

_SMALLEST_ID: Final = -(2**63)
_LARGEST_ID: Final = 2**63 - 1
_LONGEST_VK_SECRET: Final = 50

# Telegram and databases know no larger ids
TelegramId = Annotated[int, Field(ge=_SMALLEST_ID, le=_LARGEST_ID)]


class StartError(Exception):
    """The product cannot start as it is set up; the message says what to change."""

    def __init__(self, what: str, fix: str | None = None) -> None:
        super().__init__(what if fix is None else f"{what}: {fix}")
        self.what = what
        self.fix = fix


class Settings(BaseSettings):
    """How this installation runs; every field is `OTKLIK_` and its name in capitals.

    What is wrong is said without the value: it may be a secret.
    """

    model_config = SettingsConfigDict(
        env_prefix="OTKLIK_",
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        env_ignore_empty=True,
        hide_input_in_errors=True,
    )

    database_url: SecretStr | None = Field(
        default=None, description="postgresql://…; absent: the embedded server under DATA_DIR"
    )
    data_dir: Path = Field(default=Path("data"), description="where the embedded server and rejects files live")
    catalog: Path = Field(default=Path("catalog.yaml"), description="the catalogue file")
    telegram_token: SecretStr | None = Field(default=None, description="the bot's token from @BotFather")
    telegram_api_url: str = Field(default="https://api.telegram.org", description="the Bot API server")
    telegram_mode: Literal["polling", "webhook"] = Field(default="polling", description="how updates arrive")
    vk_token: SecretStr | None = Field(default=None, description="the community's token")
    vk_group_id: int | None = Field(default=None, gt=0, description="the community's id, without a minus")
    vk_api_url: str = Field(default="https://api.vk.ru", description="the VK API server")
    vk_mode: Literal["longpoll", "callback"] = Field(default="longpoll", description="how VK events arrive")
    vk_secret: SecretStr | None = Field(default=None, description="the Callback API secret")
    vk_confirmation: str | None = Field(default=None, description="the Callback API confirmation string")
    public_url: str | None = Field(default=None, description="https://… under which this server is reached")
    webhook_secret: SecretStr | None = Field(default=None, description="1-256 of A-Z a-z 0-9 _ -, for webhook mode")
    webhooks_private: Literal["refuse", "allow"] = Field(
        default="refuse", description="webhooks to addresses within your own network, by http too"
    )
    http_host: str = Field(default="127.0.0.1", description="where the HTTP server listens")
    http_port: int = Field(default=8080, ge=0, le=65535, description="its port; 0 takes a free one")
    owners: Annotated[tuple[TelegramId, ...], NoDecode] = Field(
        default=(), description="comma-separated Telegram ids that are owners from the start"
    )
    staff_chat: TelegramId | None = Field(default=None, description="Telegram chat id for complaint cards")
    api_key: SecretStr | None = Field(default=None, description="one API key beside those in the database")
    pace_telegram: float = Field(
        default=30, ge=0, allow_inf_nan=False, description="messages a second; 0 turns the pace off"
    )
    pace_vk: float = Field(default=20, ge=0, allow_inf_nan=False, description="messages a second; 0 turns the pace off")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="what is logged")
    log_format: Literal["console", "json"] = Field(default="console", description="how it is logged")
    sentry_dsn: SecretStr | None = Field(default=None, description="where errors are reported; absent: nowhere")

    @field_validator("owners", mode="before")
    @classmethod
    def _split_owners(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        ids = [part.strip() for part in value.split(",") if part.strip()]
        if not all(re.fullmatch(r"[0-9]{1,18}", one) for one in ids):
            raise _wrong("write Telegram ids with commas between them, like 1001,1002; @userinfobot tells yours")
        return tuple(ids)

    @field_validator("database_url")
    @classmethod
    def _check_database_url(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not url.get_secret_value().startswith(("postgresql://", "postgres://")):
            raise _wrong(
                "Otklik works with PostgreSQL alone: write postgresql://user:password@host:5432/database, "
                "or leave it out for the embedded server"
            )
        return url

    @field_validator("telegram_token")
    @classmethod
    def _check_telegram_token(cls, token: SecretStr | None) -> SecretStr | None:
        if token is not None and re.fullmatch(r"[0-9]+:[A-Za-z0-9_-]+", token.get_secret_value()) is None:
            raise _wrong("is no bot token: copy it whole from @BotFather, digits, a colon, letters")
        return token

    @field_validator("telegram_api_url", "vk_api_url", "public_url")
    @classmethod
    def _check_address(cls, address: str | None) -> str | None:
        if address is not None and _web_address(address) is None:
            raise _wrong("is no address: write it whole, like https://example.org")
        return address

    @field_validator("webhook_secret")
    @classmethod
    def _check_webhook_secret(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret.get_secret_value()) is None:
            raise _wrong("Telegram takes 1 to 256 of A-Z a-z 0-9 _ -: make one with `openssl rand -hex 32`")
        return secret

    @field_validator("vk_secret")
    @classmethod
    def _check_vk_secret(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and not 1 <= len(secret.get_secret_value()) <= _LONGEST_VK_SECRET:
            raise _wrong("VK takes 1 to 50 characters: make one with `openssl rand -hex 25`")
        return secret

    @field_validator("sentry_dsn")
    @classmethod
    def _check_sentry_dsn(cls, dsn: SecretStr | None) -> SecretStr | None:
        if dsn is None:
            return None
        parts = _web_address(dsn.get_secret_value())
        if parts is None or not parts.username or not parts.path.rpartition("/")[2].isdigit():
            raise _wrong("is no DSN: copy it from the project's settings in Sentry, https://KEY@HOST/NUMBER")
        return dsn


def _web_address(text: str) -> SplitResult | None:
    """The parts of an http or https address; None when it is none."""
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises for what is no port
    except ValueError:
        return None
    whole = parts.scheme in ("http", "https") and parts.hostname and not any(one.isspace() for one in text)
    return parts if whole else None


def _wrong(message: str) -> PydanticCustomError:
    # a plain ValueError would be told as "Value error, …"
    return PydanticCustomError("setting", "{message}", {"message": message})
