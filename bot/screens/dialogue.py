"""The dialogue with one who is asked: one message that grows with the answer."""

from __future__ import annotations

import re
from functools import singledispatch

from bot.screens.actions import Action, encode
from bot.screens.calling import call_me_choice
from bot.screens.customer_actions import (
    AskAfterAll,
    ChangeScore,
    ChooseReason,
    ComplainAbout,
    FinishReasons,
    KeepScore,
    Rate,
    SkipComment,
    StopAsking,
    TellUs,
)
from bot.screens.opting_out import stop_only
from bot.screens.screen import Arrangement, Choice, ChoiceGroup, Run, Screen, Style
from bot.screens.wording import Wording
from surveys.answer_views import (
    AnswerSoFar,
    AnswerView,
    AskComment,
    AskedQuestion,
    AskReasons,
    AskScore,
    Closed,
    CountedAlready,
    Kept,
    KeptUnread,
    NotUsable,
    NotYours,
    ScoreLocked,
    Stopped,
    Telling,
    Thanks,
    TooLate,
)
from surveys.due import AskInvitation, RemindInvitation
from surveys.rules.dialogue import all_reasons, comment_prompt, reason_numbers, thanks
from surveys.rules.journey import Sentiment, Survey
from surveys.rules.languages import Texts, pick
from surveys.rules.metrics import SCALES, sentiment
from surveys.rules.placeholders import fill
from surveys.team_hours import WorksAgain

Paragraph = tuple[Run, ...]

_TICK = "✓ "
_POP_UP = 200


def question_as_shown(work: AskInvitation) -> str:
    """The question with its placeholders filled; asked again, it says why."""
    question = fill(pick(work.survey.question, work.language), work.question_values)
    return f"{Wording(work.language).text('last_word.asked_again')}\n\n{question}" if work.again else question


def invitation_screen(work: AskInvitation, question: str | None = None) -> Screen:
    """The question with its scale, and the way out; `question` is the one as shown, where it is known already."""
    return _ask_screen(work.invitation_id, work.survey, work.language, question or question_as_shown(work))


def reminder_screen(work: RemindInvitation) -> Screen:
    """The question once more, for whoever has not answered."""
    asked = _ask_screen(work.invitation_id, work.survey, work.language, work.question)
    heading = (Run(Wording(work.language).text("dialogue.reminder"), Style.ITALIC),)
    return Screen((heading, *asked.paragraphs), asked.groups)


@singledispatch
def answer_screen(view: AnswerView) -> Screen:
    """What the one who answers sees next."""
    raise TypeError(f"{type(view).__name__} has no screen")


@answer_screen.register
def _(view: AskScore) -> Screen:
    if view.answer is not None:
        return _change_screen(view.answer)
    question = view.question
    return _ask_screen(question.invitation_id, question.survey, question.language, question.text)


@answer_screen.register
def _(view: AskReasons) -> Screen:
    return _reasons_screen(view.answer)


@answer_screen.register
def _(view: AskComment) -> Screen:
    return _comment_screen(view.answer)


@answer_screen.register
def _(view: Thanks) -> Screen:
    if view.added:
        return Screen((_said("dialogue.added", view.answer.question.language),))
    return _thanks_screen(view.answer)


@answer_screen.register
def _(view: CountedAlready) -> Screen:
    return Screen((_said("entering.counted", view.language),))


@answer_screen.register
def _(view: ScoreLocked) -> Screen:
    return _thanks_screen(view.answer)


@answer_screen.register
def _(view: TooLate) -> Screen:
    return _late_screen(view.question, low=view.low)


@answer_screen.register
def _(view: Telling) -> Screen:
    away = _away(view.works_again, Wording(view.language))
    groups = () if view.case_id is None else (call_me_choice(Wording(view.language), case_id=view.case_id),)
    if view.is_told:
        answered = away or (_said("dialogue.told_soon", view.language),)
        return Screen((*_asked(view.question), _said("dialogue.told", view.language), *answered), groups)
    return Screen((*_asked(view.question), _said("dialogue.telling", view.language), *away), groups)


@answer_screen.register
def _(view: Stopped) -> Screen:
    wording = Wording(view.language)
    undo = _choice(wording.text("dialogue.undo_stop"), AskAfterAll(view.question.invitation_id))
    groups = (ChoiceGroup(Arrangement.ROW, (undo,)), *stop_only(view.touchpoints, wording))
    return Screen((_said("dialogue.stopped", view.language),), groups)


@answer_screen.register
def _(view: Kept) -> Screen:
    if view.case_id is None:
        if view.message_id is None:
            return Screen((_said("dialogue.kept", view.language),))
        complain = _choice(Wording(view.language).text("talking.is_complaint"), ComplainAbout(view.message_id))
        return Screen((_said("dialogue.kept", view.language),), (ChoiceGroup(Arrangement.ROW, (complain,)),))
    return Screen(((Run(Wording(view.language).text("dialogue.kept_with_case", number=view.case_id)),),))


@answer_screen.register
def _(view: NotUsable) -> Screen:
    return Screen((_said("dialogue.not_usable", view.answer.question.language),), (_skip(view.answer),))


@answer_screen.register
def _(view: KeptUnread) -> Screen:
    return Screen((_said("dialogue.not_usable", view.language),))


@answer_screen.register
def _(view: Closed) -> Screen:
    return Screen((_said("dialogue.closed", view.language),))


@answer_screen.register
def _(view: NotYours) -> Screen:
    return Screen((_said("dialogue.not_yours", view.language),))


def tap_text(view: AnswerView) -> str | None:
    """The pop-up over a tapped choice, where the message itself does not say it."""
    match view:
        case Closed(language):
            return Wording(language).text("dialogue.closed")
        case NotYours(language):
            return Wording(language).text("dialogue.not_yours")
        case ScoreLocked(answer):
            return Wording(answer.question.language).text("dialogue.locked", score=answer.score)[:_POP_UP]
        case _:
            return None


def stale_tap_text(language: str) -> str:
    """The pop-up over a choice that means nothing."""
    return Wording(language).text("dialogue.closed")


def closed_summary(answer: AnswerSoFar) -> Screen:
    """The question's own message once its dialogue went on in newer ones: what was asked and scored, no choices."""
    return Screen((*_answered(answer, Wording(answer.question.language)),))


def _ask_screen(invitation_id: int, survey: Survey, language: str, question: str) -> Screen:
    wording = Wording(language)
    return Screen(_question(survey, question, wording), _scale(invitation_id, survey, wording))


def _question(survey: Survey, question: str, wording: Wording) -> tuple[Paragraph, ...]:
    """The question, and what the ends of its scale mean unless it says so itself."""
    scale = SCALES[survey.metric]
    if all(re.search(rf"\b{end}\b", question) for end in (scale.lowest, scale.highest)):
        return ((Run(question),),)
    return ((Run(question),), (Run(wording.text(f"dialogue.anchors_{survey.metric}"), Style.ITALIC),))


def _asked(question: AskedQuestion | None) -> tuple[Paragraph, ...]:
    return () if question is None or not question.text else ((Run(question.text),),)


def _answered(answer: AnswerSoFar, wording: Wording) -> tuple[Paragraph, ...]:
    score = (Run(wording.text("dialogue.your_score") + " "), Run(str(answer.score), Style.BOLD))
    return (*_asked(answer.question), score)


def _scale(invitation_id: int, survey: Survey, wording: Wording) -> tuple[ChoiceGroup, ...]:
    scores = SCALES[survey.metric].scores
    scale = tuple(_choice(str(score), Rate(invitation_id, score)) for score in scores)
    stop = _choice(wording.text("dialogue.stop"), StopAsking(invitation_id))
    return ChoiceGroup(Arrangement.SCALE, scale), ChoiceGroup(Arrangement.ROW, (stop,))


def _change_screen(answer: AnswerSoFar) -> Screen:
    wording, question = Wording(answer.question.language), answer.question
    scale, _ = _scale(question.invitation_id, question.survey, wording)
    keep = _choice(wording.text("dialogue.keep", score=answer.score), KeepScore(answer.response_id))
    prompt = (Run(wording.text("dialogue.choose_again")),)
    anchors = (Run(wording.text(f"dialogue.anchors_{question.survey.metric}"), Style.ITALIC),)
    return Screen((*_answered(answer, wording), prompt, anchors), (scale, ChoiceGroup(Arrangement.ROW, (keep,))))


def _reasons_screen(answer: AnswerSoFar) -> Screen:
    question = answer.question
    survey, wording = question.survey, Wording(question.language)
    prompt = wording.text(f"dialogue.reasons_{sentiment(survey.metric, answer.score)}")
    known = all_reasons(survey)
    choices = []
    for number in reason_numbers(survey, answer.score):
        reason = known[number]
        chosen = reason.key in answer.reasons
        label = (_TICK if chosen else "") + pick(reason.title, question.language)
        choices.append(_choice(label, ChooseReason(answer.response_id, number, 0 if chosen else 1)))
    done = _choice(wording.text("dialogue.done"), FinishReasons(answer.response_id))
    skip = _choice(wording.text("dialogue.skip"), FinishReasons(answer.response_id))
    return Screen(
        (*_answered(answer, wording), (Run(prompt),)),
        (
            ChoiceGroup(Arrangement.LIST, tuple(choices)),
            ChoiceGroup(Arrangement.ROW, (done, skip) if answer.reasons else (skip,)),
            *_change(answer, wording),
        ),
    )


def _comment_screen(answer: AnswerSoFar) -> Screen:
    question = answer.question
    survey, wording = question.survey, Wording(question.language)
    prompt = _own_words(question, comment_prompt(survey, answer.score)) or wording.text(
        f"dialogue.comment_{sentiment(survey.metric, answer.score)}"
    )
    hint = (Run(wording.text("dialogue.comment_hint"), Style.ITALIC),)
    return Screen((*_answered(answer, wording), (Run(prompt),), hint), (_skip(answer), *_change(answer, wording)))


def _thanks_screen(answer: AnswerSoFar) -> Screen:
    question = answer.question
    survey, wording = question.survey, Wording(question.language)
    said = _own_words(question, thanks(survey, answer.score)) or wording.text(
        f"dialogue.thanks_{sentiment(survey.metric, answer.score)}"
    )
    links = tuple(Choice(pick(link.title, question.language), url=link.url) for link in survey.review_links)
    groups = (ChoiceGroup(Arrangement.LIST, links),) if links else ()
    negative = sentiment(survey.metric, answer.score) is Sentiment.NEGATIVE
    call_me = (call_me_choice(wording, response_id=answer.response_id),) if answer.has_case and negative else ()
    away = _away(answer.works_again, wording)
    said_all = (*_answered(answer, wording), (Run(said),), *away)
    return Screen(said_all, (*call_me, *groups, *_change(answer, wording)))


def _away(works_again: WorksAgain | None, wording: Wording) -> tuple[Paragraph, ...]:
    """When the team answers, outside its hours."""
    if works_again is None:
        return ()
    local = works_again.at
    time, day = f"{local.hour}:{local:%M}", wording.day_and_month(local.date())
    key = {0: "clock.answers_today", 1: "clock.answers_tomorrow"}.get(works_again.days, "clock.answers_on")
    return ((Run(wording.text(key, time=time, day=day)),),)


def _late_screen(question: AskedQuestion, *, low: bool) -> Screen:
    wording = Wording(question.language)
    late = (*_asked(question), (Run(wording.text("dialogue.too_late")),))
    if not low:
        return Screen(late)
    tell = _choice(wording.text("dialogue.tell_us"), TellUs(question.invitation_id))
    return Screen((*late, (Run(wording.text("dialogue.too_late_low")),)), (ChoiceGroup(Arrangement.ROW, (tell,)),))


def _skip(answer: AnswerSoFar) -> ChoiceGroup:
    label = Wording(answer.question.language).text("dialogue.skip")
    return ChoiceGroup(Arrangement.ROW, (_choice(label, SkipComment(answer.response_id)),))


def _change(answer: AnswerSoFar, wording: Wording) -> tuple[ChoiceGroup, ...]:
    if not answer.changeable:
        return ()
    change = _choice(wording.text("dialogue.change"), ChangeScore(answer.response_id))
    return (ChoiceGroup(Arrangement.ROW, (change,)),)


def _own_words(question: AskedQuestion, texts: Texts) -> str:
    return fill(pick(texts, question.language), question.values)


def _said(key: str, language: str) -> Paragraph:
    return (Run(Wording(language).text(key)),)


def _choice(label: str, action: Action) -> Choice:
    return Choice(label, encode(action))
