"""Which join is undone when somebody turns out to be two people: read backwards from the log of moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """A customer or an account; `kind` is customer or account."""

    kind: str
    id: int


@dataclass(frozen=True, slots=True)
class PersonMove:
    """A line of the log; moves of one join have the same persons, cause and instant. `by` is the acting account."""

    id: int
    subject: Subject
    from_person: int
    to_person: int
    cause: str
    moved_at: datetime
    by: int | None = None

    @property
    def join(self) -> tuple[int, int, str, datetime]:
        """What the moves of one join have in common."""
        return self.from_person, self.to_person, self.cause, self.moved_at


@dataclass(frozen=True, slots=True)
class SplitPlan:
    """Who leaves, and where to; None: to a new person, since the log knows none."""

    leaving: tuple[Subject, ...]
    to_person: int | None


def plan_split(
    together: Sequence[Subject], moves: Sequence[PersonMove], subject: Subject, other: Subject | None = None
) -> SplitPlan | None:
    """Undo the latest join without which `subject` and `other` (anybody, when None) were apart.

    `together` are all of the person now, `moves` their log. Whoever came in by that join goes back to where they came
    from, with whatever they brought in later. Those the log never knew apart: the subject goes to a new person.
    None when there is nobody to be split from.
    """
    others = [one for one in together if one != subject] if other is None else [other]
    if subject not in together or not others or any(one not in together for one in others):
        return None
    at = dict.fromkeys(together, 0)
    log = sorted((move for move in moves if move.subject in at), key=lambda move: -move.id)
    for join in dict.fromkeys(move.join for move in log):
        members = {move.subject for move in log if move.join == join}
        for member in members:
            at[member] = join[0]
        if any(at[one] != at[subject] for one in others):
            return SplitPlan(_with_brought(members, log, join), join[0])
        # An older join is told apart by where everybody stood before this one.
    return SplitPlan((subject,), None)


def _with_brought(
    members: set[Subject], log: Sequence[PersonMove], join: tuple[int, int, str, datetime]
) -> tuple[Subject, ...]:
    accounts = {member.id for member in members if member.kind == "account"}
    joined_at = min(move.id for move in log if move.join == join)
    brought = {move.subject for move in log if move.id > joined_at and move.by in accounts and move.join != join}
    return tuple(sorted(members | brought))
