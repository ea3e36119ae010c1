"""Settings from the environment or `.env`, prefix `OTKLIK_`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class StartError(Exception):
    """The product cannot start as it is set up; the message says what to change."""


class Settings(BaseSettings):
    """How this installation runs; every field is `OTKLIK_` and its name in capitals."""

    model_config = SettingsConfigDict(
        env_prefix="OTKLIK_", env_file=".env", env_file_encoding="utf-8", extra="ignore", env_ignore_empty=True
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
    vk_group_id: int | None = Field(default=None, description="the community's id")
    vk_api_url: str = Field(default="https://api.vk.ru", description="the VK API server")
    vk_mode: Literal["longpoll", "callback"] = Field(default="longpoll", description="how VK events arrive")
    vk_secret: SecretStr | None = Field(default=None, description="the Callback API secret")
    vk_confirmation: str | None = Field(default=None, description="the Callback API confirmation string")
    public_url: str | None = Field(default=None, description="https://… under which this server is reached")
    webhook_secret: SecretStr | None = Field(default=None, description="1-256 of A-Z a-z 0-9 _ -, for webhook mode")
    http_host: str = Field(default="127.0.0.1", description="where the HTTP server listens")
    http_port: int = Field(default=8080, ge=0, le=65535, description="its port; 0 takes a free one")
    owners: Annotated[tuple[int, ...], NoDecode] = Field(
        default=(), description="comma-separated Telegram ids that are owners from the start"
    )
    staff_chat: int | None = Field(default=None, description="Telegram chat id for complaint cards")
    api_key: SecretStr | None = Field(default=None, description="one API key beside those in the database")
    pace_telegram: float = Field(default=30, ge=0, description="messages a second; 0 turns the pace off")
    pace_vk: float = Field(default=20, ge=0, description="messages a second; 0 turns the pace off")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="what is logged")
    log_format: Literal["console", "json"] = Field(default="console", description="how it is logged")
    sentry_dsn: SecretStr | None = Field(default=None, description="where errors are reported; absent: nowhere")

    @field_validator("owners", mode="before")
    @classmethod
    def _split_owners(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value
