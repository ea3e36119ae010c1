"""What stops a command becomes a line on stderr that names the fix, and exit status 2: one way for all commands."""

from __future__ import annotations

import errno
import functools
import os
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Final

import typer

USAGE: Final = 2

_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class CommandError(Exception):
    """The command cannot go on; the text says what to change."""

    exit_status = USAGE


def tell_faults(application: typer.Typer, path: str) -> None:
    """Have every command of the application, and of its groups, tell its faults; `path` is what comes before them."""
    for command in application.registered_commands:
        if command.callback is not None:
            command.callback = _telling(command.callback, f"{path} {command.name}")
    for group in application.registered_groups:
        if group.typer_instance is not None:
            tell_faults(group.typer_instance, f"{path} {group.typer_instance.info.name}")


def _telling(callback: Callable[..., object], command: str) -> Callable[..., object]:
    @functools.wraps(callback)
    def run(*arguments: object, **options: object) -> object:
        with faults_on_stderr(command):
            return callback(*arguments, **options)

    return run


@contextmanager
def faults_on_stderr(command: str) -> Generator[None, None, None]:
    """Turn what stops a command into its words on stderr and exit status 2; what nobody foresaw passes."""
    try:
        yield
    except BrokenPipeError:
        # whoever read our output has seen enough (`| head`)
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - for the interpreter's last flush
        raise typer.Exit(0) from None
    except Exception as error:
        words = explain(error)
        if words is None:
            raise
        for line in words.split("\n"):
            typer.secho(f"{command}: {line}", fg="red", err=True)
        raise typer.Exit(max(getattr(leaf, "exit_status", USAGE) for leaf in _leaves(error))) from error


def explain(error: Exception) -> str | None:
    """What stops the command and how to mend it, a line for each fault; None when one of them is not foreseen."""
    told = [_explain_one(leaf) for leaf in _leaves(error)]
    foreseen = [words for words in told if words is not None]
    return "\n".join(dict.fromkeys(foreseen)) if len(foreseen) == len(told) else None


def explain_database(error: Exception) -> tuple[str, str]:
    """What is wrong with reaching the database, and the fix; nothing of the URL is told: a password may be anywhere."""
    import asyncpg

    match error:
        case asyncpg.InvalidAuthorizationSpecificationError():
            return "the database refuses the user or the password", "correct OTKLIK_DATABASE_URL"
        case asyncpg.InvalidCatalogNameError():
            return f"the server has no such database ({error})", "create it, or correct OTKLIK_DATABASE_URL"
        case asyncpg.InterfaceError() | ValueError():
            what = "OTKLIK_DATABASE_URL cannot be used"
            form = "postgresql://user:password@host:5432/database"
            return what, f"write {form}, with @ : / of the password as %40 %3A %2F"
        case TimeoutError():
            why = "it does not answer"
        case asyncpg.PostgresError() | OSError():
            why = str(error).partition("\n")[0]
        case _:
            why = type(error).__name__
    return f"the database cannot be reached ({why})", "is it running, and is OTKLIK_DATABASE_URL right?"


def _leaves(error: Exception) -> Iterator[Exception]:
    if isinstance(error, ExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error


def _explain_one(error: Exception) -> str | None:
    from bot.settings import StartError
    from db.embedded import EmbeddedServerError
    from db.migrating import UnknownRevisionError
    from surveys.channels import is_outage
    from surveys.publishing import ChangedTrialError, FaultyCatalogueError, NoCatalogueError, UnreadableVersionError

    words: str | None = None
    if isinstance(error, CommandError | StartError | EmbeddedServerError | UnknownRevisionError):
        words = str(error)
    elif isinstance(error, NoCatalogueError):
        words = (
            "no catalogue is in force yet: start `otklik run` once, or import events or answers;"
            " both put the file of OTKLIK_CATALOG in force"
        )
    elif isinstance(error, ChangedTrialError):
        words = f"{error}: {error.fix}"
    elif isinstance(error, FaultyCatalogueError):
        words = f"{error}: see `otklik check`"
    elif isinstance(error, UnreadableVersionError):
        words = f"{error}: update Otklik, or publish another catalogue with `otklik run`"
    elif isinstance(error, OSError) and (error.filename is not None or error.errno in _FULL):
        place = "" if error.filename is None else f"{error.filename}: "
        words = f"{place}{error.strerror}: make room or access there, or name another place"
    elif is_outage(error):
        words = ": ".join(explain_database(error))
    elif isinstance(error, OSError):
        words = str(error)
    else:
        words = _explain_privilege(error)
    return words


def _explain_privilege(error: Exception) -> str | None:
    """Words for a user who may not do what a statement does; SQLAlchemy wraps it when the schema is migrated."""
    import asyncpg

    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, asyncpg.InsufficientPrivilegeError):
            what = str(seen).partition("\n")[0]
            return f"the database refuses: {what}: give the user of OTKLIK_DATABASE_URL that right"
        seen = seen.__cause__
    return None
