"""When people could be written to, as far as the record still tells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from db.replaying import RecordedAccount, RecordedEvent
from surveys.rules.identity import is_reachable


class RecordedPeople:
    """When each could be written to, as far as their accounts still tell.

    An account that can be written to now counts since it is known; one that cannot, until it became so.
    """

    def __init__(
        self,
        accounts: Sequence[RecordedAccount],
        opted_out: Mapping[tuple[int, str | None], datetime],
        channels: Collection[str],
    ) -> None:
        self._opted_out = opted_out
        self._reach: dict[int, list[tuple[datetime, datetime | None]]] = defaultdict(list)
        for account in accounts:
            if is_reachable(account.channel, account.state, channels):
                self._reach[account.person_id].append((account.created_at, None))
            elif is_reachable(account.channel, "connected", channels):
                self._reach[account.person_id].append((account.created_at, account.state_since))

    def is_reachable(self, person: int, at: datetime) -> bool:
        """Whether one of their accounts could be written to."""
        return any(since <= at and (until is None or at < until) for since, until in self._reach.get(person, ()))

    def reachable_from(self, person: int, after: datetime) -> datetime | None:
        """When the next of their accounts became known."""
        return min((since for since, _ in self._reach.get(person, ()) if since > after), default=None)

    def opted_out(self, person: int, touchpoint: str, at: datetime) -> bool:
        """Whether they had said so by then, of everything or of the touchpoint, and still do."""
        wishes = (self._opted_out.get((person, None)), self._opted_out.get((person, touchpoint)))
        return any(since is not None and since <= at for since in wishes)

    def person_of(self, event: RecordedEvent, at: datetime) -> int:
        """Whom one would have asked: who opened the order's link, once they had, else the customer.

        Where the customer had no account of their own, the one who opened the link later is waited for.
        """
        if event.bound_person_id is None or event.bound_at is None:
            return event.person_id
        if event.bound_at <= at or not self._reach.get(event.person_id):
            return event.bound_person_id
        return event.person_id
