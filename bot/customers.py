"""What customers' choices lead to, whichever messenger they were made in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard

from bot.clock import Clock
from bot.screens.actions import (
    Action,
    AskAfterAll,
    ChangeScore,
    ChooseLanguage,
    ChooseReason,
    Complain,
    DisownAccount,
    DisownCustomer,
    FinishReasons,
    ForgetMe,
    KeepMe,
    KeepScore,
    Rate,
    Resume,
    ResumeTouchpoint,
    SkipComment,
    SplitAccount,
    SplitCustomer,
    StopAll,
    StopAsking,
    StopTouchpoint,
    TellUs,
)
from bot.screens.dialogue import answer_screen
from bot.screens.linking import disowned_screen
from bot.screens.people import people_screen
from bot.screens.screen import Screen
from surveys import answering, complaining, declining, opting_out, people, splitting
from surveys.actors import Actor
from surveys.answer_views import AnswerView, AskComment, AskReasons, Kept, ScoreLocked, Telling, Thanks
from surveys.publishing import Catalogues
from surveys.rules.dialogue import GivenBy
from surveys.splitting import Subject

if TYPE_CHECKING:
    from surveys.storage import Database


@dataclass(frozen=True, slots=True)
class CustomerChoices:
    """Calls the use case of a choice; `wake` when something may have become due."""

    database: Database
    catalogues: Catalogues
    clock: Clock
    wake: Callable[[], None]

    async def answer(self, action: Action, actor: Actor, given_by: GivenBy = GivenBy.TAP) -> AnswerView | None:
        """What the dialogue answers; None for an action outside it."""
        database, catalogues, now = self.database, self.catalogues, self.clock.now()
        view: AnswerView | None = None
        match action:
            case Rate(invitation_id, score):
                view = await answering.give_score(
                    database, catalogues, actor, invitation_id, score, given_by=given_by, now=now
                )
            case ChooseReason(response_id, reason, chosen):
                view = await answering.toggle_reason(
                    database, catalogues, actor, response_id, reason, chosen=bool(chosen), now=now
                )
            case FinishReasons(response_id):
                view = await answering.finish_reasons(database, catalogues, actor, response_id, now=now)
            case SkipComment(response_id):
                view = await answering.skip_comment(database, catalogues, actor, response_id, now=now)
            case ChangeScore(response_id):
                view = await answering.show_scale_again(database, catalogues, actor, response_id, now=now)
            case KeepScore(response_id):
                view = await answering.show_answer(database, catalogues, actor, response_id, now=now)
            case StopAsking() | AskAfterAll() | TellUs():
                view = await self._decline(action, actor)
        if view is not None:
            self.wake_for(view)
        return view

    async def settle(self, action: Action, actor: Actor) -> Screen | None:
        """What people settle about themselves; None for an action that is nothing of the kind."""
        database, catalogues, now = self.database, self.catalogues, self.clock.now()
        screen: Screen | None = None
        match action:
            case Resume():
                screen = people_screen(await people.opt_in(database, catalogues, actor, now=now))
            case ChooseLanguage(place):
                screen = people_screen(await people.choose_language(database, catalogues, actor, place, now=now))
            case ForgetMe():
                screen = people_screen(await people.forget(database, catalogues, actor, now=now))
                self.wake()
            case StopTouchpoint(number):
                screen = people_screen(await opting_out.stop_touchpoint(database, catalogues, actor, number, now=now))
            case ResumeTouchpoint(number):
                screen = people_screen(await opting_out.resume_touchpoint(database, catalogues, actor, number, now=now))
            case StopAll():
                screen = people_screen(await people.opt_out(database, catalogues, actor, now=now))
            case DisownCustomer() | DisownAccount():
                view = await splitting.disown(database, catalogues, actor, subject_of(action), now=now)
                screen = disowned_screen(view)
                self.wake()
            case KeepMe():
                screen = people_screen(await people.keep_after_all(database, catalogues, actor))
            case Complain():
                screen = answer_screen(await complaining.complain(database, catalogues, actor, now=now))
                self.wake()
        return screen

    def wake_for(self, view: AnswerView) -> None:
        """Cards and messages for staff go out at once, not with the next tick."""
        match view:
            case Kept() | Telling():
                self.wake()
            case AskReasons(answer) | AskComment(answer) | Thanks(answer) | ScoreLocked(answer) if answer.has_case:
                self.wake()
            case _:
                pass

    async def _decline(self, action: StopAsking | AskAfterAll | TellUs, actor: Actor) -> AnswerView:
        """What somebody may want instead of answering."""
        database, catalogues, now = self.database, self.catalogues, self.clock.now()
        match action:
            case StopAsking(invitation_id):
                return await declining.stop_asking(database, catalogues, actor, invitation_id, now=now)
            case AskAfterAll(invitation_id):
                return await declining.ask_after_all(database, catalogues, actor, invitation_id, now=now)
            case TellUs(invitation_id):
                return await complaining.tell_us(database, catalogues, actor, invitation_id, now=now)


def subject_of(action: DisownCustomer | DisownAccount | SplitCustomer | SplitAccount) -> Subject:
    """The customer or account an action is about."""
    match action:
        case DisownCustomer(customer_id) | SplitCustomer(customer_id):
            return Subject("customer", customer_id)
        case DisownAccount(account_id) | SplitAccount(account_id):
            return Subject("account", account_id)


def has_moved_on(view: AnswerView) -> TypeGuard[AskReasons | AskComment | Thanks]:
    """Whether the dialogue went on in a new message, so that the question's own one loses its choices."""
    return isinstance(view, AskReasons | AskComment | Thanks) and not (isinstance(view, Thanks) and view.added)
