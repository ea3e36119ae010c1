"""Telling a database that is away from a statement that is wrong."""

from __future__ import annotations

import asyncpg

_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresIOError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.TransactionRollbackError,
    # a statement on a connection whose end the server has announced and that is not closed yet
    asyncpg.InternalClientError,
    # of our statements only connecting leads to these: a database that lets nobody in, is being restored, has
    # another password since
    asyncpg.ObjectNotInPrerequisiteStateError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InvalidAuthorizationSpecificationError,
    ConnectionError,
    TimeoutError,
)


def is_outage(error: BaseException) -> bool:
    """Whether the same work may succeed once the database is back; it says nothing about the work itself."""
    if isinstance(error, _AWAY):
        return True
    if isinstance(error, asyncpg.InterfaceError):
        # asyncpg has no type of its own for a connection or pool that closed under the caller
        return any(word in str(error) for word in ("closed", "closing", "released"))
    # a server's missing socket has no file name, a missing file of ours has one
    return isinstance(error, OSError) and error.errno is not None and error.filename is None
