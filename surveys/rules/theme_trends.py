"""How much people write about each theme, and whether that has really changed."""

from __future__ import annotations

from collections.abc import Mapping

from surveys.rules.metrics import SIGNIFICANCE, Change, Verdict
from surveys.rules.recovery_measures import Share, compare_shares


def judge_themes(shares: Mapping[str, tuple[Share, Share]]) -> dict[str, Change]:
    """The change of each theme's share of the comments: from the second share, just before, to the first.

    The test is the pooled two-proportion z, its p values adjusted for the number of themes (Holm 1979), so that a long
    dictionary finds no change by trying often. Not enough where one of the periods has under five comments.
    """
    differences = {key: compare_shares(now, before) for key, (now, before) in shares.items()}
    tested = sorted((difference.p_value, key) for key, difference in differences.items() if difference is not None)
    adjusted: dict[str, float] = {}
    largest = 0.0
    for rank, (p_value, key) in enumerate(tested):
        largest = max(largest, min(p_value * (len(tested) - rank), 1.0))
        adjusted[key] = largest
    changes: dict[str, Change] = {}
    for key, difference in differences.items():
        if difference is None:
            changes[key] = Change(None, None, Verdict.NOT_ENOUGH_ANSWERS)
        elif adjusted[key] >= SIGNIFICANCE:
            changes[key] = Change(difference.points, adjusted[key], Verdict.NO_REAL_CHANGE)
        else:
            verdict = Verdict.UP if difference.points > 0 else Verdict.DOWN
            changes[key] = Change(difference.points, adjusted[key], verdict)
    return changes
