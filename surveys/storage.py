"""The storage that every use case is handed; the rooms above name it without reaching into `db`."""

from db.database import Database, Transaction

__all__ = ["Database", "Transaction"]
