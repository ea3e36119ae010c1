"""Whether everything the product needs is there, and how to mend what is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from bot.doctor_vk import examine_vk
from bot.findings import Finding, Health, good, minute
from bot.settings import Settings
from bot.telegram.client import NotConnectedError, RefusedError, TelegramCallError, TelegramClient, TokenRefusedError
from surveys import channels, membership, publishing, readiness, scheduling
from surveys.catalog.reading import CatalogueFileError, load_source, read_catalogue
from surveys.membership import STAFF_CHAT, Crew

if TYPE_CHECKING:
    from surveys.storage import Database

_LARGEST_CLOCK_DIFFERENCE: Final = 5.0
_MAY_WRITE: Final = {"creator", "administrator", "member"}


def examine_catalogue(settings: Settings) -> list[Finding]:
    """The catalogue file; the one in force is examined with the database."""
    path = settings.catalog
    try:
        source = load_source(path)
    except CatalogueFileError as error:
        fix = "write one (docs/catalogue.md), or point OTKLIK_CATALOG at it"
        return [Finding("catalogue", Health.BROKEN, str(error), fix)]
    reading = read_catalogue(source, name=str(path))
    if reading.catalogue is None:
        return [Finding("catalogue", Health.BROKEN, f"{path} has {len(reading.faults)} faults", f"otklik check {path}")]
    if reading.faults:
        return [Finding("catalogue", Health.WORRYING, f"{path} has warnings", f"otklik check {path}")]
    return [good("catalogue", f"{path}: {len(reading.catalogue.touchpoints)} touchpoints")]


async def examine_database(database: Database, settings: Settings, *, now: datetime) -> list[Finding]:
    """Server, schema, clock, the catalogue in force, the state of channels and teams, the pause switch."""
    found = await readiness.check_readiness(database, now=now)
    if not found.database_reachable:
        return [Finding("database", Health.BROKEN, "cannot be reached", "check OTKLIK_DATABASE_URL and the server")]
    findings = [good("database", "reachable")]
    if not found.migrations_current:
        fix = "otklik migrate"
        return [
            *findings,
            Finding("migrations", Health.BROKEN, f"at {found.revision}, not {found.wanted_revision}", fix),
        ]
    findings.append(good("migrations", f"at {found.revision}"))
    findings.append(await _clock(database))
    findings.extend(await _catalogue_in_force(database, settings, now=now))
    findings.extend(
        Finding(channel.channel, Health.WORRYING, "paused after unknown outcomes", "wait, or see /metrics")
        for channel in found.channels
        if channel.is_paused
    )
    findings.extend(
        Finding(
            "team chat",
            Health.BROKEN,
            f"{chat.chat} has refused messages since {chat.since:%Y-%m-%d %H:%M} ({chat.failure})",
            "bring the bot back into the chat and send /here there",
        )
        for chat in found.failing_chats
    )
    findings.extend(
        Finding(
            "updates set aside",
            Health.WORRYING,
            f"{some.count} of {some.channel} could not be handled in the last day, the last at {minute(some.last_at)}",
            "see `error` in the table updates_set_aside, and update Otklik or report it",
        )
        for some in found.set_aside
    )
    findings.extend(
        Finding(
            f"webhook {webhook.name}",
            Health.WORRYING,
            f"{'disabled' if webhook.is_disabled else 'failing'} since {minute(webhook.since)}: {webhook.failure}",
            f"mend the target, then otklik webhook enable {webhook.name}"
            if webhook.is_disabled
            else f"see otklik webhook show {webhook.name}",
        )
        for webhook in found.failing_webhooks
    )
    if await scheduling.is_paused(database):
        findings.append(Finding("invitations", Health.WORRYING, "on hold", "otklik continue"))
    return findings


async def examine_telegram(settings: Settings, crew: Crew, *, last_update_at: datetime | None) -> list[Finding]:
    """The token, how updates arrive and when the last came by polling, the teams' chats and the owners."""
    if settings.telegram_token is None:
        fix = "set OTKLIK_TELEGRAM_TOKEN (from @BotFather)"
        if settings.vk_token is not None:
            return [Finding("telegram", Health.WORRYING, "no token: complaints and reports wait for it", fix)]
        return [Finding("telegram", Health.BROKEN, "no token", fix)]
    token = settings.telegram_token.get_secret_value()
    async with TelegramClient(token, settings.telegram_api_url, timeout=10, connect_timeout=5) as client:
        try:
            bot = _fields(await client.call("getMe"))
        except TokenRefusedError:
            return [Finding("telegram", Health.BROKEN, "the token is refused", "take it from @BotFather anew")]
        except NotConnectedError as error:
            fix = f"check that this machine reaches {settings.telegram_api_url}"
            return [Finding("telegram", Health.BROKEN, f"cannot be reached: {error.description}", fix)]
        except TelegramCallError as error:
            return [Finding("telegram", Health.BROKEN, error.description, "try again later")]
        findings = [good("telegram", f"@{bot.get('username')}"), await _reception(client, settings, last_update_at)]
        findings.extend(await _team_chats(client, _chats(settings, crew), bot.get("id")))
        findings.extend(await _owners(client, _owner_ids(settings, crew)))
        return findings


async def _clock(database: Database) -> Finding:
    server = await readiness.server_time(database)
    difference = abs((datetime.now(UTC) - server).total_seconds())
    if difference > _LARGEST_CLOCK_DIFFERENCE:
        what = f"this machine and the database server differ by {difference:.0f} s"
        return Finding("clock", Health.WORRYING, what, "let both keep time by NTP")
    return good("clock", "agrees with the database server")


async def _catalogue_in_force(database: Database, settings: Settings, *, now: datetime) -> list[Finding]:
    part = "catalogue in force"
    published = await publishing.published_source(database)
    if published is None:
        return [Finding(part, Health.WORRYING, "none yet", "otklik run publishes the file at its start")]
    try:
        on_disk = load_source(settings.catalog)
    except CatalogueFileError:
        return [good(part, f"version {published.version_id}")]
    if on_disk == published.source:
        return [good(part, f"version {published.version_id}, the same as the file")]
    refused = await publishing.changes_of_trials(database, on_disk, now=now)
    if refused:
        place = settings.catalog
        return [
            Finding(part, Health.BROKEN, f"{place}:{fault.line} {fault.key}: {fault.message}", fault.fix)
            for fault in refused
        ]
    fix = "otklik run publishes the file at its start, and whenever it changes"
    return [Finding(part, Health.WORRYING, "differs from the file", fix)]


async def _reception(client: TelegramClient, settings: Settings, last_update_at: datetime | None) -> Finding:
    try:
        webhook = _fields(await client.call("getWebhookInfo"))
    except TelegramCallError as error:
        return Finding("updates", Health.WORRYING, error.description, "try again later")
    url = str(webhook.get("url") or "")
    if settings.telegram_mode == "polling":
        fix = "otklik run takes it away at its start"
        if url:
            return Finding("updates", Health.WORRYING, "a webhook is set although the mode is polling", fix)
        last = "none came yet" if last_update_at is None else f"the last came at {minute(last_update_at)}"
        return good("updates", f"by polling; {last}")
    return _webhook(settings, url, webhook.get("last_error_message"))


def _webhook(settings: Settings, url: str, last_error: object) -> Finding:
    if settings.public_url is None or settings.webhook_secret is None:
        return Finding("updates", Health.BROKEN, "webhook mode", "set OTKLIK_PUBLIC_URL and OTKLIK_WEBHOOK_SECRET")
    if not url.startswith(settings.public_url.rstrip("/")):
        return Finding("updates", Health.WORRYING, "the webhook is not ours yet", "otklik run sets it at its start")
    if last_error:
        fix = "Telegram must reach OTKLIK_PUBLIC_URL on port 443, 80, 88 or 8443"
        return Finding("updates", Health.WORRYING, f"by webhook: {last_error}", fix)
    return good("updates", "by webhook")


def _chats(settings: Settings, crew: Crew) -> dict[str, int]:
    """Each team's chat; before `otklik run` took it over, the staff's is that of the settings."""
    chats = {} if settings.staff_chat is None else {STAFF_CHAT: settings.staff_chat}
    return chats | {chat.chat: chat.chat_id for chat in crew.team_chats}


def _owner_ids(settings: Settings, crew: Crew) -> list[int]:
    """The owners; `otklik run` takes over those of the settings at its start."""
    stored = [member.telegram_id for member in crew.members if member.role == "owner"]
    return list(dict.fromkeys((*stored, *settings.owners)))


async def _team_chats(client: TelegramClient, chats: Mapping[str, int], bot_id: object) -> list[Finding]:
    if not chats:
        fix = "add the bot to the team's group and send /here there, or set OTKLIK_STAFF_CHAT"
        return [Finding("team chat", Health.BROKEN, "none: complaints go to the owners only", fix)]
    findings = []
    for name, chat_id in chats.items():
        part = f"team chat {name}"
        try:
            shown = _fields(await client.call("getChat", chat_id=chat_id))
            member = _fields(await client.call("getChatMember", chat_id=chat_id, user_id=bot_id))
        except RefusedError as error:
            findings.append(Finding(part, Health.BROKEN, error.description, "bring the bot back and send /here there"))
        except TelegramCallError as error:
            findings.append(Finding(part, Health.WORRYING, error.description, "try again later"))
        else:
            findings.append(_team_chat(part, shown, member))
    return findings


def _team_chat(part: str, shown: dict[str, object], member: dict[str, object]) -> Finding:
    if member.get("status") not in _MAY_WRITE:
        return Finding(part, Health.BROKEN, "the bot is not a member", "add it to the chat and send /here there")
    if shown.get("username"):
        return Finding(part, Health.WORRYING, "is public, and complaints hold customers' names", "make it private")
    return good(part, str(shown.get("title") or "reachable"))


async def _owners(client: TelegramClient, owners: Sequence[int]) -> list[Finding]:
    if not owners:
        return [Finding("owners", Health.WORRYING, "none", "set OTKLIK_OWNERS to your Telegram id")]
    findings = []
    for owner in owners:
        try:
            await client.call("getChat", chat_id=owner)
        except RefusedError:
            what = f"{owner} has never written to the bot"
            findings.append(Finding("owners", Health.WORRYING, what, "open the bot and press Start"))
        except TelegramCallError as error:
            findings.append(Finding("owners", Health.WORRYING, error.description, "try again later"))
    return findings or [good("owners", f"{len(owners)} reachable")]


async def examine(settings: Settings, database: Database, *, now: datetime) -> list[Finding]:
    """Everything, most basic first."""
    findings = [*examine_catalogue(settings), *await examine_database(database, settings, now=now)]
    if any(finding.health is Health.BROKEN for finding in findings if finding.part in ("database", "migrations")):
        return findings
    last_update_at = (await channels.channel_state(database, "telegram")).last_update_at
    vk = await channels.channel_state(database, "vk")
    crew = await membership.list_crew(database)
    return [
        *findings,
        *await examine_telegram(settings, crew, last_update_at=last_update_at),
        *await examine_vk(settings, last_event_at=vk.last_update_at, was_in_use=vk.username is not None),
    ]


def _fields(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
