"""What several commands begin with: the settings, with a helpful word when they are wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.settings import Settings


def read_settings() -> Settings:
    """The settings of the environment and `.env`; raises StartError, with a line for each wrong one."""
    from pydantic import ValidationError

    from bot.settings import Settings, StartError

    try:
        return Settings()
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=False)
        told = (f"OTKLIK_{str(fault['loc'][0]).upper()}: {fault['msg']}" for fault in faults)
        raise StartError("\n".join(dict.fromkeys(told))) from None
    except UnicodeDecodeError as error:
        raise StartError(".env is not text in UTF-8", "save it as UTF-8") from error
