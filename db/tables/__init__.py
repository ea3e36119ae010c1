"""The tables: invariants live here as well as in the code."""

from db.tables import asking, operation, recovery, trials
from db.tables.columns import metadata

__all__ = ["asking", "metadata", "operation", "recovery", "trials"]
