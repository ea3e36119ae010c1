"""What stops a command is a line on stderr that names the fix, and exit status 2; never a traceback, never a secret."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Generator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
import typer
from typer.testing import CliRunner, Result

from bot.cli import build_application
from bot.cli.faults import CommandError, tell_faults
from bot.settings import Settings
from tests.cli.conftest import Command

PASSWORD = "hunter2hunter2"
TOKEN = "123456789:AAH-abcdefghijklmnopqrstuvwxyz012345"
DATABASE_COMMANDS = (
    "run",
    "migrate",
    "pause",
    "continue",
    "report",
    "why 42",
    "key list",
    "key create shop",
    "key revoke shop",
    "export answers.csv",
    "links shop.csv",
    "import events shop.csv",
    "import answers shop.csv",
)
COMMANDS = (*DATABASE_COMMANDS, "check", "doctor", "simulate shop.csv")


@pytest.fixture(autouse=True)
def _installation(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTKLIK_TELEGRAM_TOKEN", TOKEN)
    (folder / "shop.csv").write_text("id,touchpoint,occurred_at,customer.id\n", encoding="utf-8")


@pytest.fixture
def taken_port() -> Generator[int, None, None]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


def run(command: str) -> Result:
    return CliRunner().invoke(build_application(), command.split())


def told(result: Result, command: str) -> str:
    """What stderr says, once it is sure that it is nothing but faults of the command."""
    assert result.exit_code == 2, (result.output, result.exception)
    assert isinstance(result.exception, SystemExit)
    name = " ".join(word for word in command.split() if word not in ("42", "shop") and "." not in word)
    assert all(line.startswith(f"otklik {name}: ") for line in result.stderr.splitlines()), result.stderr
    assert PASSWORD not in result.output
    assert result.stderr
    return result.stderr


@pytest.mark.parametrize("command", DATABASE_COMMANDS)
def test_a_database_nobody_answers_for_is_told(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv(
            "OTKLIK_DATABASE_URL", f"postgresql://shop:{PASSWORD}@127.0.0.1:{closed.getsockname()[1]}/shop"
        )
        words = told(run(command), command)
    assert "the database cannot be reached" in words
    assert "OTKLIK_DATABASE_URL" in words


@pytest.mark.parametrize("command", sorted(set(DATABASE_COMMANDS) - {"run"}))  # `run` is the main thread's
async def test_a_wrong_password_is_told(command: str, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = urlsplit(database_url)
    user, _, address = parts.netloc.rpartition("@")
    wrong = urlunsplit(parts._replace(netloc=f"{user.partition(':')[0]}:{PASSWORD}@{address}"))
    monkeypatch.setenv("OTKLIK_DATABASE_URL", wrong)
    assert "refuses the user or the password" in told(await asyncio.to_thread(run, command), command)


async def test_a_database_that_is_not_there_is_told(server_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTKLIK_DATABASE_URL", urlunsplit(urlsplit(server_url)._replace(path="/nobody_made_it")))
    assert "no such database" in told(await asyncio.to_thread(run, "pause"), "pause")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_database_of_another_make_is_told(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTKLIK_DATABASE_URL", f"mysql://shop:{PASSWORD}@127.0.0.1/shop")
    words = told(run(command), command)
    assert "OTKLIK_DATABASE_URL" in words
    assert "postgresql://user:password@host:5432/database" in words


@pytest.mark.parametrize("command", DATABASE_COMMANDS)
def test_a_password_that_breaks_the_address_is_told_without_it(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTKLIK_DATABASE_URL", f"postgresql://shop:{PASSWORD}/@h:5/shop")
    assert "%2F" in told(run(command), command)


@pytest.mark.parametrize("command", DATABASE_COMMANDS)
def test_a_data_folder_that_is_a_file_is_told(command: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTKLIK_DATA_DIR", str(folder / "shop.csv"))
    assert "Set OTKLIK_DATA_DIR" in told(run(command), command)


def test_the_doctor_makes_findings_of_them(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("OTKLIK_DATABASE_URL", f"postgresql://shop:{PASSWORD}@127.0.0.1:9/shop")
    away = run("doctor")
    monkeypatch.delenv("OTKLIK_DATABASE_URL")
    monkeypatch.setenv("OTKLIK_DATA_DIR", str(folder / "shop.csv"))
    closed = run("doctor")
    assert (away.exit_code, closed.exit_code) == (1, 1)
    assert "the database cannot be reached" in away.output
    assert "Set OTKLIK_DATA_DIR" in closed.output
    assert PASSWORD not in away.output


async def test_rejected_rows_that_cannot_be_kept_are_told(
    database_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTKLIK_DATABASE_URL", database_url)
    monkeypatch.setenv("OTKLIK_DATA_DIR", str(folder / "shop.csv"))
    (folder / "bad.csv").write_text("id,touchpoint,occurred_at,customer.id\n1,delivery,soon,c\n", encoding="utf-8")
    words = told(await asyncio.to_thread(run, "import events bad.csv"), "import events")
    assert "shop.csv" in words
    assert "name another place" in words


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_tells_a_wrong_setting(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTKLIK_HTTP_PORT", PASSWORD)
    assert "OTKLIK_HTTP_PORT" in told(run(command), command)


@pytest.mark.parametrize(
    ("name", "value", "fix"),
    [
        ("TELEGRAM_TOKEN", PASSWORD, "@BotFather"),
        ("TELEGRAM_TOKEN", f"1:{PASSWORD} x", "@BotFather"),
        ("TELEGRAM_API_URL", f"ftp://{PASSWORD}", "https://example.org"),
        ("TELEGRAM_API_URL", f"{PASSWORD}.example.org", "https://example.org"),
        ("TELEGRAM_API_URL", f"http://h:{PASSWORD}", "https://example.org"),
        ("PUBLIC_URL", PASSWORD, "https://example.org"),
        ("WEBHOOK_SECRET", f"{PASSWORD}!", "openssl rand"),
        ("WEBHOOK_SECRET", PASSWORD * 20, "openssl rand"),
        ("SENTRY_DSN", PASSWORD, "https://KEY@HOST/NUMBER"),
        ("SENTRY_DSN", f"https://{PASSWORD}.ingest.sentry.io/1", "https://KEY@HOST/NUMBER"),
        ("OWNERS", f"1001,{PASSWORD}", "1001,1002"),
        ("STAFF_CHAT", "99999999999999999999", "9223372036854775807"),
        ("PACE_TELEGRAM", "inf", "finite"),
    ],
)
def test_a_wrong_setting_is_told_with_its_fix_and_without_its_value(
    name: str, value: str, fix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"OTKLIK_{name}", value)
    words = told(run("check"), "check")
    assert words.count("\n") == 1
    assert f"OTKLIK_{name}: " in words
    assert fix in words
    with pytest.raises(ValueError, match=name.lower()) as raised:
        Settings()
    assert PASSWORD not in str(raised.value)


def test_sound_settings_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "WEBHOOK_SECRET": "a_B-9",
        "TELEGRAM_API_URL": "http://127.0.0.1:8081",
        "PUBLIC_URL": "https://bot.example.org/otklik",
        "SENTRY_DSN": "https://0123456789abcdef@o1.ingest.sentry.io/42",
        "OWNERS": "1001, 1002,",
        "STAFF_CHAT": "-1001234567890",
        "DATABASE_URL": "postgresql:///otklik?host=/run/postgresql",
    }.items():
        monkeypatch.setenv(f"OTKLIK_{name}", value)
    assert run("check").exit_code == 0
    assert Settings().owners == (1001, 1002)


def test_settings_in_another_encoding_are_told(folder: Path) -> None:
    (folder / ".env").write_bytes("OTKLIK_LOG_LEVEL=INFO # журнал".encode("cp1251"))
    assert "UTF-8" in told(run("check"), "check")


def test_a_demo_on_a_taken_port_names_the_option(taken_port: int) -> None:
    result = run(f"demo --port {taken_port}")
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith("otklik demo: cannot listen on")
    assert "--port" in line
    assert "OTKLIK_HTTP_PORT" not in line


def test_faults_of_parallel_parts_are_told_each_and_an_unforeseen_one_passes() -> None:
    application = typer.Typer()

    @application.command("expected")
    def expected() -> None:
        raise ExceptionGroup(
            "parts", [CommandError("one"), ExceptionGroup("inner", [ConnectionRefusedError(111, "no")])]
        )

    @application.command("unforeseen")
    def unforeseen() -> None:
        raise ExceptionGroup("parts", [CommandError("one"), ZeroDivisionError()])

    tell_faults(application, "otklik")
    result = CliRunner().invoke(application, ["expected"])
    first, second = result.stderr.splitlines()
    assert result.exit_code == 2
    assert first == "otklik expected: one"
    assert "the database cannot be reached" in second
    assert isinstance(CliRunner().invoke(application, ["unforeseen"]).exception, ExceptionGroup)


async def test_a_report_before_any_catalogue_is_in_force_says_what_puts_one_there(
    otklik: Command, folder: Path
) -> None:
    early = await otklik("report")
    assert "no catalogue is in force yet: start `otklik run` once, or import" in told(early, "report")
    assert (await otklik("import", "events", folder / "shop.csv")).exit_code == 0
    assert (await otklik("report")).exit_code == 0
