"""What can go wrong with the embedded server; every message names the fix."""

from __future__ import annotations


class EmbeddedServerError(Exception):
    """The embedded server cannot be used."""


class UnavailableError(EmbeddedServerError):
    """This machine has no binaries it could run."""


class DataFolderError(EmbeddedServerError):
    """The data folder cannot be used as it is."""


class WrongMajorVersionError(EmbeddedServerError):
    """The data folder was written by another major version of PostgreSQL."""


class FastServerError(EmbeddedServerError):
    """A durable server was asked for, one with the fast settings is running."""


class StartError(EmbeddedServerError):
    """PostgreSQL did not start."""


_ERRORS: dict[str, type[EmbeddedServerError]] = {
    error.__name__: error
    for error in (UnavailableError, DataFolderError, WrongMajorVersionError, FastServerError, StartError)
}


def error_named(name: str, message: str) -> EmbeddedServerError:
    """The error as another process reported it."""
    return _ERRORS.get(name, EmbeddedServerError)(message)
