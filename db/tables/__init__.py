"""The tables: invariants live here as well as in the code."""

from db.tables import alarms, asking, comments, insight, operation, people, recovery, reports, trials
from db.tables.columns import metadata

__all__ = [
    "alarms",
    "asking",
    "comments",
    "insight",
    "metadata",
    "operation",
    "people",
    "recovery",
    "reports",
    "trials",
]
