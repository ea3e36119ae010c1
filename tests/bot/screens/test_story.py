"""The story of an event says everything in words, and only what means something."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.screens.case_story import describe_moment
from bot.screens.plain import plain_text
from bot.screens.reasons import describe_reason
from bot.screens.story import story_screen
from bot.screens.wording import Wording
from surveys.addressing import Unreachable
from surveys.offering import IN_PERSON, WITHDRAWN
from surveys.rules.asking import OTHER_ACCOUNT, MoveReason, SkipReason
from surveys.rules.sending import RefusalCause
from surveys.story import CaseMoment, EventStory, InvitationStory, StoryStep

ZONE = ZoneInfo("Europe/Moscow")
NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
OTHERS = (
    IN_PERSON,
    WITHDRAWN,
    OTHER_ACCOUNT,
    "event_cancelled",
    "order_cancelled",
    "case_reopened",
    "forgotten",
    "nobody_to_ask",
    "proven",
    "split",
)


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("reason", sorted({*SkipReason, *MoveReason, *RefusalCause, *Unreachable, *OTHERS}))
def test_every_reason_has_words(reason: str, language: str) -> None:
    assert describe_reason(reason, Wording(language)) not in (reason, "")


@pytest.mark.parametrize(("language", "said"), [("ru", "отдать его клиенту лично, Олег"), ("en", "in person, Олег")])
def test_a_code_handed_over_in_person_was_not_sent(language: str, said: str) -> None:
    moment = CaseMoment(NOON, "staff_wrote", "staff", "Олег", "code", (), IN_PERSON, None, None)
    told = describe_moment(moment, Wording(language), ZONE, {})
    assert said in told
    assert IN_PERSON not in told


@pytest.mark.parametrize(("language", "again"), [("ru", "спросить снова можно"), ("en", "may be asked again")])
@pytest.mark.parametrize(("reason", "is_told"), [("quarantine", True), ("stale", False), ("opted_out", False)])
def test_when_to_ask_again_is_told_only_where_the_reason_passes(
    reason: str, is_told: bool, language: str, again: str
) -> None:
    later = NOON + timedelta(days=7)
    skipped = InvitationStory(
        purpose="first",
        outcome="skipped",
        reason=reason,
        asked_instead=None,
        channel=None,
        eligible_at=later,
        ask_at=None,
        ask_by=None,
        sent_at=None,
        expires_at=None,
        answered_at=None,
        overdue=False,
        steps=(StoryStep(NOON, "skipped", reason, later),),
    )
    story = EventStory(
        event_id="o8",
        touchpoint="delivery",
        occurred_at=NOON,
        received_at=NOON,
        customer=None,
        order_id=None,
        amount=None,
        currency=None,
        attributes={},
        invitations=(skipped,),
        responses=(),
        cases=(),
    )
    told = plain_text(story_screen([story], language, ZONE, {}))
    assert told.count(again) == (2 if is_told else 0)
