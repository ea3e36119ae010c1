"""How fast a community may call: 20 calls in any second (VK's documentation of community tokens)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from bot.sandbox.pace import Bucket, MachineClock, Rate
from bot.sandbox.vk.errors import VKError


@dataclass(frozen=True, slots=True)
class VKPaceLimits:
    """Calls of one token in any `seconds`, and how often one person may be written to.

    VK states no number for the latter (error 9, flood control), so nothing holds it unless a test sets `peer`.
    """

    calls: int = 20
    seconds: float = 1.0
    peer: Rate | None = None


class VKPace:
    """The calls of the last second, and a bucket for every person."""

    def __init__(self, clock: MachineClock, limits: VKPaceLimits, *, enabled: bool = True) -> None:
        self.enabled = enabled
        self._clock = clock
        self._limits = limits
        self._recent: deque[float] = deque()
        self._peers: dict[int, Bucket] = {}

    def take_call(self) -> None:
        """Count a call; raises VKError 6 when there were too many, which is not counted."""
        if not self.enabled:
            return
        now = self._clock()
        while self._recent and now - self._recent[0] >= self._limits.seconds:
            self._recent.popleft()
        if len(self._recent) >= self._limits.calls:
            raise VKError(6)
        self._recent.append(now)

    def take_message(self, peer_id: int) -> None:
        """Count a message to somebody; raises VKError 9."""
        rate = self._limits.peer
        if not self.enabled or rate is None:
            return
        now = self._clock()
        bucket = self._peers.get(peer_id)
        if bucket is None:
            bucket = self._peers[peer_id] = Bucket(rate, now)
        if bucket.wait(now) > 0:
            raise VKError(9)
        bucket.take()
