"""The tables: invariants live here as well as in the code."""

from db.tables import alarms, asking, operation, recovery
from db.tables.columns import metadata

__all__ = ["alarms", "asking", "metadata", "operation", "recovery"]
