"""The story of the demo: what is asked, how complaints are put right, whom nobody may ask, and the week's report."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from bot.cli.demonstration.chapters import (
    acting_first,
    asking,
    asking_again,
    calling,
    changing_hands,
    coming_back,
    entering,
    in_vk,
    leaving_alone,
    night,
    opening,
    outbreak,
    putting_right,
    week,
)
from bot.cli.demonstration.chapters.telling_the_crm import Crm
from bot.cli.demonstration.narrator import Narrator
from bot.cli.demonstration.receiver import receiving
from bot.cli.demonstration.stage import ZONE, StageOptions, open_stage
from bot.cli.demonstration.transcript import Transcript

if TYPE_CHECKING:
    from surveys.storage import Database

Chapter = Callable[[Narrator], Awaitable[None]]


async def tell(database: Database | None = None) -> None:
    """Set the stage and tell the story; raises StepError at the first step that does not happen.

    The messengers' limits are off: one team's chat may get twenty messages a minute, and this is a week of them.
    """
    options = StageOptions(paced=False, private_webhooks=True)
    async with receiving() as receiver, open_stage(options, database) as stage:
        transcript = Transcript(stage.sandbox, stage.vk, stage.clock.now, ZONE)
        narrator = Narrator(stage, transcript)
        transcript.say(
            "Otklik demo: the real bot, a real PostgreSQL, local stand-ins for Telegram and VK. Business time is moved,"
            " and the messengers' speed limits are off.",
            "bold",
        )
        try:
            for chapter in chapters(Crm(receiver)):
                await chapter(narrator)
        finally:
            transcript.close()
        transcript.say("")
        transcript.say("Every step above really happened.", "bold green")


def chapters(crm: Crm) -> Sequence[Chapter]:
    """All chapters, in order."""
    return (
        opening.greet_staff,
        opening.load_codes,
        crm.subscribe,
        opening.open_links,
        asking.deliver,
        asking.rate_badly,
        asking.rate_well,
        putting_right.put_right,
        acting_first.act_first,
        night.wait_for_morning,
        night.grow_louder,
        night.dismiss,
        changing_hands.look_up,
        changing_hands.hand_over,
        calling.call,
        entering.order_sheet,
        in_vk.complain_in_vk,
        in_vk.answer_in_vk,
        coming_back.come_back,
        outbreak.break_out,
        outbreak.close_from_crm,
        entering.scan,
        leaving_alone.leave_alone,
        crm.check,
        asking_again.ask_again,
        outbreak.ask_guests_again,
        week.see_the_week,
        week.see_what_it_brought,
    )
