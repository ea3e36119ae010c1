"""What customers' choices lead to, whichever messenger they were made in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypeGuard

from bot.clock import Clock
from bot.screens.actions import Action
from bot.screens.calling import call_screen
from bot.screens.customer_actions import (
    AgreeToOffers,
    AskAfterAll,
    ChangeScore,
    ChooseCall,
    ChooseLanguage,
    ChooseReason,
    Complain,
    ComplainAbout,
    DeclineCall,
    DisownAccount,
    DisownCustomer,
    FinishReasons,
    ForgetMe,
    KeepMe,
    KeepScore,
    MoreCallTimes,
    Rate,
    Resume,
    ResumeTouchpoint,
    SayNotSolved,
    SaySolved,
    SkipComment,
    StopAll,
    StopAsking,
    StopTouchpoint,
    TellUs,
    WishCall,
    WishCallAbout,
)
from bot.screens.dialogue import answer_screen
from bot.screens.last_word import last_word_screen, not_yours_text
from bot.screens.linking import disowned_screen
from bot.screens.offers import offers_settled_screen
from bot.screens.people import people_screen
from bot.screens.screen import Screen
from bot.screens.staff_actions import SplitAccount, SplitCustomer
from surveys import answering, calling, complaining, declining, last_word, opting_out, people, splitting
from surveys.actors import Actor
from surveys.answer_views import AnswerView, AskComment, AskReasons, Kept, ScoreLocked, Telling, Thanks
from surveys.calling import CallView
from surveys.last_word import NotYourCase
from surveys.publishing import Catalogues
from surveys.rules.dialogue import GivenBy
from surveys.splitting import Subject

if TYPE_CHECKING:
    from surveys.storage import Database


_LATEST_MINUTE: Final = int(datetime(9999, 1, 1, tzinfo=UTC).timestamp()) // 60


@dataclass(frozen=True, slots=True)
class Shown:
    """What a choice leads to: a screen in place of the message or below it `as_new`, or only a pop-up's text."""

    screen: Screen | None
    text: str | None = None
    as_new: bool = False


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

    async def settle(self, action: Action, actor: Actor) -> Shown | None:
        """What is no part of the dialogue: about themselves, their complaints and calls; None for staff's actions."""
        now = self.clock.now()
        match action:
            case SaySolved(case_id, asked) | SayNotSolved(case_id, asked):
                return await self._take_last_word(case_id, asked, actor, solved=isinstance(action, SaySolved))
            case Complain():
                view = await complaining.complain(self.database, self.catalogues, actor, now=now)
                self.wake()
                return Shown(answer_screen(view))
            case ComplainAbout(message_id):
                about = await complaining.complain_about(self.database, self.catalogues, actor, message_id, now=now)
                self.wake()
                return Shown(answer_screen(about))
            case WishCall() | WishCallAbout() | MoreCallTimes() | DeclineCall() | ChooseCall():
                call = await self._choose_call(action, actor)
                self.wake()
                # what acknowledged the complaint stays as it is: the windows come in a message of their own
                as_new = isinstance(action, WishCall | WishCallAbout)
                return None if call is None else Shown(call_screen(call), as_new=as_new)
            case _:
                screen = await self._settle_themselves(action, actor)
                return None if screen is None else Shown(screen)

    async def _take_last_word(self, case_id: int, asked: int, actor: Actor, *, solved: bool) -> Shown:
        """Whether their complaint is solved."""
        word = await last_word.say_solved(
            self.database, self.catalogues, actor, case_id, asked, solved=solved, now=self.clock.now()
        )
        if isinstance(word, NotYourCase):
            return Shown(None, not_yours_text(word))
        self.wake()
        return Shown(last_word_screen(word))

    async def _choose_call(
        self, action: WishCall | WishCallAbout | MoreCallTimes | DeclineCall | ChooseCall, actor: Actor
    ) -> CallView | None:
        """Whether and when they are called."""
        database, catalogues, now = self.database, self.catalogues, self.clock.now()
        match action:
            case WishCall(case_id):
                return await calling.wish_call(database, catalogues, actor, case_id, now=now)
            case WishCallAbout(response_id):
                return await calling.wish_call_about(database, catalogues, actor, response_id, now=now)
            case MoreCallTimes(request_id):
                return await calling.show_windows(database, catalogues, actor, request_id, now=now)
            case DeclineCall(request_id):
                return await calling.decline_call(database, catalogues, actor, request_id, now=now)
            case ChooseCall(request_id, minute) if minute < _LATEST_MINUTE:
                start = datetime.fromtimestamp(minute * 60, UTC)
                return await calling.choose_window(database, catalogues, actor, request_id, start, now=now)
            case _:
                return None

    async def _settle_themselves(self, action: Action, actor: Actor) -> Screen | None:
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
            case KeepMe():
                screen = people_screen(await people.keep_after_all(database, catalogues, actor))
            case AgreeToOffers(agreed):
                settled = await people.settle_offers(database, catalogues, actor, agreed=bool(agreed), now=now)
                screen = offers_settled_screen(settled)
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
