"""The tables: invariants live here as well as in the code."""

from db.tables import asking, comments, operation, recovery
from db.tables.columns import metadata

__all__ = ["asking", "comments", "metadata", "operation", "recovery"]
