"""Telegram as one part of the product: what it sends, what it receives, wired together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import chain, repeat
from typing import TYPE_CHECKING

import structlog
from aiogram import Dispatcher

from bot.answers import DirectAnswers
from bot.arrivals import Doorway
from bot.budget import Budget
from bot.carrying import FileCarrier
from bot.clock import Clock
from bot.delivery.loop import Delivery
from bot.delivery.rendering import Renderers
from bot.drawing.painting import Painter
from bot.metrics import Metrics
from bot.receiving.later import LaterWork
from bot.telegram.alarms import AlarmDesk, build_alarm_router
from bot.telegram.calling import CallDesk, build_call_router
from bot.telegram.client import TelegramCallError, TelegramClient, TokenRefusedError
from bot.telegram.closing import ClosingDesk, build_closing_router
from bot.telegram.commands import CommandMenus
from bot.telegram.comments import CommentsDesk, build_comments_router
from bot.telegram.customers import CustomerDesk, build_customer_router
from bot.telegram.dispatching import allowed_updates, build_bot, build_dispatcher
from bot.telegram.entry_points import EntryPointDesk, build_entry_point_router
from bot.telegram.exporting import ExportDesk, build_export_router
from bot.telegram.files import TelegramFiles
from bot.telegram.handing_over import HandingOverDesk, build_handing_over_router
from bot.telegram.helping import HelpDesk, build_help_router
from bot.telegram.insight import InsightDesk, build_insight_router
from bot.telegram.managers import ManagerDesk, build_manager_router
from bot.telegram.messenger import TelegramMessenger
from bot.telegram.owners import OwnerDesk, build_owner_router
from bot.telegram.parts import PartDesk, build_part_router
from bot.telegram.polling import Polling
from bot.telegram.recovery_reports import RecoveryDesk, build_recovery_router
from bot.telegram.reports import ReportDesk, build_report_router
from bot.telegram.roles import Roles
from bot.telegram.splitting import SplittingDesk, build_splitting_router
from bot.telegram.staff import StaffDesk, build_staff_router
from bot.telegram.talking import TalkDesk, build_talk_router
from bot.telegram.trials import TrialsDesk, build_trials_router
from bot.telegram.updates import UpdateHandling
from bot.telegram.webhook import TelegramWebhook, delete_webhook, set_webhook
from surveys import channels, membership, people
from surveys.membership import Role
from surveys.publishing import Catalogues
from surveys.rules.sending import RefusalCause

if TYPE_CHECKING:
    from surveys.storage import Database

log = structlog.get_logger()

CHANNEL = "telegram"
UPLOAD_SECONDS = 300.0
"""For a file of 50 MB at 1.5 Mbit/s."""

_SETTING_UP_PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0)


@dataclass(frozen=True, slots=True)
class TelegramSettings:
    """How this bot reaches Telegram; `webhook_secret` is there in webhook mode, `pace` is messages a second."""

    token: str
    api_url: str
    pace: float
    webhook_secret: str | None
    public_url: str | None


class TelegramChannel:
    """One bot: nothing is opened or started by building it."""

    def __init__(
        self,
        settings: TelegramSettings,
        database: Database,
        catalogues: Catalogues,
        clock: Clock,
        *,
        renderers: Renderers,
        metrics: Metrics,
        carrier: FileCarrier,
        painter: Painter,
        wake: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._database = database
        self._catalogues = catalogues
        self._clock = clock
        self._painter = painter
        self.client = TelegramClient(settings.token, settings.api_url)
        self._bot = build_bot(settings.token)
        self._username: str | None = None
        self._wake = wake
        self._later = LaterWork()
        carrier.connect(CHANNEL, TelegramFiles(self.client))
        messenger = TelegramMessenger(self.client)
        budget = Budget(database, CHANNEL, settings.pace)
        self._uploading = TelegramClient(settings.token, settings.api_url, timeout=UPLOAD_SECONDS, connections=4)
        self.delivery = Delivery(
            database,
            catalogues,
            messenger,
            renderers=renderers,
            clock=clock,
            budget=budget,
            count=metrics.count_delivery,
            carrier=carrier,
        )
        answers = DirectAnswers(messenger, budget, self._note_unreachable)
        self.exporting = ExportDesk(
            database,
            catalogues,
            answers,
            DirectAnswers(TelegramMessenger(self._uploading), budget, self._note_unreachable),
            clock,
        )
        self._dispatcher = self._build_dispatcher(answers, clock)
        self.handling = UpdateHandling(
            database, self._dispatcher, self._bot, clock, wake, count=metrics.count_telegram_update
        )
        self.webhook = (
            None if settings.webhook_secret is None else TelegramWebhook(self.handling, settings.webhook_secret)
        )

    def _build_dispatcher(self, answers: DirectAnswers, clock: Clock) -> Dispatcher:
        database, catalogues, wake = self._database, self._catalogues, self._wake
        roles = Roles(database, self.client)
        return build_dispatcher(
            (
                build_closing_router(ClosingDesk(database, catalogues, answers, roles, clock, wake)),
                build_staff_router(StaffDesk(database, catalogues, answers, roles, clock, wake)),
                build_handing_over_router(HandingOverDesk(database, catalogues, answers, roles, clock, wake)),
                build_talk_router(TalkDesk(database, catalogues, answers, roles, clock, wake)),
                build_call_router(CallDesk(database, catalogues, answers, clock, wake)),
                build_part_router(PartDesk(database, catalogues, answers, roles)),
                build_report_router(
                    ReportDesk(database, catalogues, answers, roles, clock, self._later, self._painter)
                ),
                build_manager_router(ManagerDesk(database, catalogues, answers, roles, clock, self.show_commands)),
                build_recovery_router(RecoveryDesk(database, catalogues, answers, roles, clock)),
                build_entry_point_router(
                    EntryPointDesk(database, catalogues, answers, roles, clock, self._later, self._painter)
                ),
                build_splitting_router(SplittingDesk(database, catalogues, answers, roles, clock, wake)),
                build_insight_router(
                    InsightDesk(database, catalogues, answers, roles, clock, self._later, self._painter)
                ),
                build_comments_router(CommentsDesk(database, catalogues, answers, roles, clock)),
                build_alarm_router(AlarmDesk(database, catalogues, answers, roles, clock)),
                build_trials_router(TrialsDesk(database, catalogues, answers, roles, clock)),
                build_export_router(self.exporting, roles),
                build_owner_router(
                    OwnerDesk(
                        database=database,
                        catalogues=catalogues,
                        answers=answers,
                        roles=roles,
                        clock=clock,
                        start_link=self.start_link,
                        show_commands=self.show_commands,
                        show_team_commands=self.show_team_commands,
                        wake=wake,
                    )
                ),
                build_help_router(
                    HelpDesk(database, catalogues, answers, roles, Doorway(database, catalogues, answers, clock, wake))
                ),
                build_customer_router(CustomerDesk(database, catalogues, answers, clock, wake)),
            )
        )

    async def receive(self, stop: asyncio.Event) -> None:
        """Receive updates until `stop`, by polling or, in webhook mode, by having them posted to us.

        Raises TokenRefusedError.
        """
        if self.webhook is None:
            await self._until_set_up(lambda: delete_webhook(self.client), stop)
            await Polling(self._database, self.client, self.handling, allowed_updates(self._dispatcher)).run(stop)
            return
        secret, public_url = self._settings.webhook_secret or "", self._settings.public_url or ""
        await self._until_set_up(
            lambda: set_webhook(self.client, public_url, secret, allowed_updates(self._dispatcher)), stop
        )

    async def remember_bot(self) -> None:
        """Ask Telegram for the bot's own name, which links need; raises TelegramCallError."""
        bot = await self.client.call("getMe")
        username = bot.get("username") if isinstance(bot, dict) else None
        self._username = username if isinstance(username, str) else None
        await channels.remember_bot(self._database, CHANNEL, self._username)

    async def _note_unreachable(self, chat_id: int, cause: RefusalCause) -> None:
        if cause is not RefusalCause.CHAT_NOT_FOUND and chat_id > 0:
            await people.note_blocked(self._database, CHANNEL, [chat_id], now=self._clock.now())

    @property
    def is_known(self) -> bool:
        """Whether the bot's name is known to this process."""
        return self._username is not None

    async def start_link(self, key: str) -> str | None:
        """The address that opens the bot with this key; None while no process has learned the bot's name."""
        username = self._username or (await channels.channel_state(self._database, CHANNEL)).username
        return None if username is None else f"https://t.me/{username}?start={key}"

    async def publish_menus(self) -> None:
        """Show everybody their own commands."""
        crew = await membership.list_crew(self._database)
        await self._menus().publish(
            managers=[member.telegram_id for member in crew.members if member.role == "manager"],
            owners=[member.telegram_id for member in crew.members if member.role == "owner"],
            team_chats=[chat.chat_id for chat in crew.team_chats],
        )

    async def show_commands(self, telegram_id: int, role: Role) -> None:
        """Somebody's role changed, and so do their commands."""
        await self._menus().show(telegram_id, role)

    async def show_team_commands(self, chat_id: int) -> None:
        """A team works in this chat now."""
        await self._menus().show_team_chat(chat_id)

    async def close(self) -> None:
        """Finish what was begun, give up the files that are being made, and close the connections."""
        await self._later.farewell()
        await self.exporting.close()
        await self._uploading.close()
        await self.client.close()

    def _menus(self) -> CommandMenus:
        languages = self._catalogues.in_force.catalogue.business.languages
        return CommandMenus(self.client, languages)

    async def _until_set_up(self, set_up: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
        for pause in chain(_SETTING_UP_PAUSES, repeat(_SETTING_UP_PAUSES[-1])):
            if stop.is_set():
                return
            try:
                await set_up()
                return
            except TokenRefusedError:
                raise
            except TelegramCallError as error:
                log.warning("telegram_not_set_up", why=error.description)
            waiting = asyncio.create_task(stop.wait())
            await asyncio.wait((waiting,), timeout=pause)
            waiting.cancel()
