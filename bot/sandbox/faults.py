"""Trouble on demand: what a messenger's server and the network do on a bad day."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class FaultKind(StrEnum):
    """What goes wrong with a call."""

    TOO_MANY_REQUESTS = "too_many_requests"
    FORBIDDEN = "forbidden"
    ERROR = "error"
    SERVER_ERROR = "server_error"
    HANG = "hang"
    SLOW = "slow"
    RESET = "reset"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of trouble and the calls it meets.

    `methods` and `chat_id` narrow it (None: all); `times` is how many calls it meets (None: until removed). With
    `executed` the call takes effect and only its answer is lost (SERVER_ERROR, HANG, RESET, EMPTY). `retry_after` is in
    whole seconds (TOO_MANY_REQUESTS), `seconds` how long SLOW and HANG hold the answer back (HANG without it: for
    ever). ERROR refuses with the messenger's own `code`.
    """

    kind: FaultKind
    methods: frozenset[str] | None = None
    chat_id: int | None = None
    times: int | None = 1
    executed: bool = False
    retry_after: int = 1
    status: int = 500
    code: int | None = None
    description: str | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        """Refuse what can never happen."""
        if self.times is not None and self.times < 1:
            raise ValueError("a fault meets at least one call")
        if self.kind is FaultKind.TOO_MANY_REQUESTS and self.retry_after < 1:
            raise ValueError("retry_after is at least one second")
        if self.kind is FaultKind.SLOW and self.seconds is None:
            raise ValueError("a slow answer needs its seconds")
        if (self.kind is FaultKind.ERROR) != (self.code is not None):
            raise ValueError("an error, and nothing else, needs its code")

    def meets(self, method: str, chat_id: int | None) -> bool:
        """Whether this fault hits that call."""
        if self.methods is not None and method not in self.methods:
            return False
        return self.chat_id is None or self.chat_id == chat_id


@dataclass(slots=True)
class _Planned:
    fault: Fault
    left: int | None


@dataclass(slots=True)
class Faults:
    """The trouble in force, oldest first; the first that meets a call is used up by it."""

    _planned: dict[int, _Planned] = field(default_factory=dict)
    _last_number: int = 0

    def add(self, fault: Fault) -> int:
        """Put a fault in force; returns its number for `remove`."""
        self._last_number += 1
        self._planned[self._last_number] = _Planned(fault, fault.times)
        return self._last_number

    def remove(self, number: int) -> None:
        """Lift one fault; one already used up is no error."""
        self._planned.pop(number, None)

    def clear(self) -> None:
        """Lift all."""
        self._planned.clear()

    def in_force(self) -> dict[int, Fault]:
        """Faults by number."""
        return {number: planned.fault for number, planned in self._planned.items()}

    def meet(self, method: str, chat_id: int | None) -> Fault | None:
        """The fault this call runs into, counted off."""
        if not self._planned:
            return None
        for number, planned in self._planned.items():
            if planned.fault.meets(method, chat_id):
                if planned.left is not None:
                    planned.left -= 1
                    if planned.left == 0:
                        del self._planned[number]
                return planned.fault
        return None
