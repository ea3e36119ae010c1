"""What can come of a call to VK, and what each of its error numbers asks us to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from surveys.rules.sending import RefusalCause


class VkCallError(Exception):
    """A call that brought no result; never names the token."""

    def __init__(self, method: str, description: str) -> None:
        super().__init__(f"{method}: {description}")
        self.method = method
        self.description = description


class NotConnectedError(VkCallError):
    """The request never reached VK: certainly not executed."""


class VkRefusalError(VkCallError):
    """VK answered with an error; `code` is its number."""

    def __init__(self, method: str, description: str, code: int) -> None:
        super().__init__(method, description)
        self.code = code


class HeldBackError(VkRefusalError):
    """Not executed; may be tried again after `retry_after` seconds, `whole_channel`: and so may everything else."""

    def __init__(self, method: str, description: str, code: int, retry_after: float, *, whole_channel: bool) -> None:
        super().__init__(method, description, code)
        self.retry_after = retry_after
        self.whole_channel = whole_channel


class TokenRefusedError(HeldBackError):
    """The token is wrong, revoked or expired: nothing works until the owner mends it; not executed."""


class NotPermittedError(HeldBackError):
    """The token or the community's settings do not allow it: a person has to look; not executed."""


class RefusedError(VkRefusalError):
    """Will never be executed as it is."""

    def __init__(self, method: str, description: str, code: int, cause: RefusalCause) -> None:
        super().__init__(method, description, code)
        self.cause = cause


class OutcomeUnknownError(VkCallError):
    """Nobody can tell whether it was executed: 5xx, no answer, an empty or HTML one, or VK's own error 1 or 10."""


TOKEN_PAUSE: Final = 60.0
PERMISSION_PAUSE: Final = 60.0
CAPTCHA_PAUSE: Final = 300.0
DAY_LIMIT_PAUSE: Final = 900.0
FLOOD_PAUSE: Final = 60.0
PACE_PAUSE: Final = 1.0

TOO_MANY_A_SECOND: Final = 6
_UNKNOWN: Final = frozenset((1, 10))
_TOKEN_REFUSED: Final = frozenset((5, 27, 1117))
_NOT_PERMITTED: Final[Mapping[int, float]] = {
    7: PERMISSION_PAUSE,
    14: CAPTCHA_PAUSE,
    15: PERMISSION_PAUSE,
    29: DAY_LIMIT_PAUSE,
    912: PERMISSION_PAUSE,
    944: DAY_LIMIT_PAUSE,
}
"""Numbers that ask for a person, and how long everything rests before it is tried again, in seconds.

912: bot features are off in the community's settings; a customer's question must not be rejected for that.
"""

_CAUSES: Final[Mapping[int, RefusalCause]] = {
    18: RefusalCause.DEACTIVATED,
    900: RefusalCause.BLOCKED,
    901: RefusalCause.CHAT_NOT_FOUND,
    902: RefusalCause.BLOCKED,
    909: RefusalCause.MESSAGE_GONE,
    911: RefusalCause.INVALID,
    913: RefusalCause.INVALID,
    914: RefusalCause.INVALID,
    915: RefusalCause.INVALID,
    916: RefusalCause.INVALID,
    917: RefusalCause.BLOCKED,
    920: RefusalCause.MESSAGE_GONE,
    922: RefusalCause.BLOCKED,
    932: RefusalCause.BLOCKED,
    936: RefusalCause.CHAT_NOT_FOUND,
    943: RefusalCause.INVALID,
    945: RefusalCause.BLOCKED,
    950: RefusalCause.CHAT_NOT_FOUND,
    3610: RefusalCause.DEACTIVATED,
}
"""Why VK refuses for good (VKCOM/vk-api-schema, errors.json, 5.199).

901 and 950: nothing may be written until they write, so the question waits for that. What is not listed is INVALID.
"""


def error_of(method: str, code: int, description: str) -> VkCallError:
    """The error VK's number stands for."""
    said = f"{code} {description}"
    if code in _UNKNOWN:
        return OutcomeUnknownError(method, said)
    if code == TOO_MANY_A_SECOND:
        return HeldBackError(method, said, code, PACE_PAUSE, whole_channel=True)
    if code == 9:  # one person was written to too much
        return HeldBackError(method, said, code, FLOOD_PAUSE, whole_channel=False)
    if code in _TOKEN_REFUSED:
        return TokenRefusedError(method, said, code, TOKEN_PAUSE, whole_channel=True)
    if code in _NOT_PERMITTED:
        return NotPermittedError(method, said, code, _NOT_PERMITTED[code], whole_channel=True)
    return RefusedError(method, said, code, _CAUSES.get(code, RefusalCause.INVALID))
