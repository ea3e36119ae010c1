"""The tables: invariants live here as well as in the code."""

from db.tables import asking, comments, insight, operation, people, recovery, reports
from db.tables.columns import metadata

__all__ = ["asking", "comments", "insight", "metadata", "operation", "people", "recovery", "reports"]
