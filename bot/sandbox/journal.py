"""Every call the bot made, for tests and for the page."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Call:
    """One call: parameters as they came (files as `Upload`), the answer's body, and machine time in seconds.

    `status` is 0 when the answer was kept from the caller by a fault, `error` the description of a refusal, `token_in`
    where the token came (body, header or query) with a messenger that takes it in more than one place.
    """

    number: int
    method: str
    parameters: Mapping[str, object]
    status: int
    answer: bytes
    error: str | None
    at: float
    token_in: str | None = None


class Journal:
    """Calls, oldest first; with a `limit` only the newest are kept."""

    def __init__(self, limit: int | None) -> None:
        self._calls: deque[Call] = deque(maxlen=limit)
        self._limit = limit
        self.count = 0

    def note(
        self,
        method: str,
        *,
        parameters: Mapping[str, object],
        status: int,
        answer: bytes,
        error: str | None,
        at: float,
        token_in: str | None = None,
    ) -> None:
        """Add a call."""
        self.count += 1
        if self._limit != 0:
            self._calls.append(Call(self.count, method, parameters, status, answer, error, at, token_in))

    def calls(self, method: str | None = None, *, after: int = 0) -> tuple[Call, ...]:
        """The kept calls, of one method or of all, numbered above `after`."""
        return tuple(call for call in self._calls if call.number > after and (method is None or call.method == method))

    def clear(self) -> None:
        """Forget the calls; numbers go on."""
        self._calls.clear()
