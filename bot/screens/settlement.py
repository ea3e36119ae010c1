"""What a card says of how the complaint was put right, and of the customer's word on that."""

from __future__ import annotations

from bot.screens.clipping import clip
from bot.screens.closing import given_words
from bot.screens.screen import Run, Style
from bot.screens.wording import Wording
from surveys.case_views import CaseView
from surveys.offering import IN_DOUBT, IN_PERSON
from surveys.rules.cases import UNSETTLED, CaseState
from surveys.rules.languages import pick
from surveys.rules.metrics import scale, sentiment

Paragraph = tuple[Run, ...]

_NOTE_SHOWN = 300
_COMMENT_SHOWN = 300
"""UTF-16 units, as messengers count: the card must stay a message."""

_KNOWN_FAILURES = ("blocked", "deactivated", "no_consent")


def settlement_paragraphs(view: CaseView, wording: Wording) -> list[Paragraph]:
    """What was said when the case was closed, the customer's word, and how they rated it when asked once more."""
    lines = [*_ending(view, wording), *_last_word(view, wording), *_asked_again(view, wording)]
    paragraphs: list[Paragraph] = [(Run("\n".join(lines)),)] if lines else []
    if view.case.again_comment:
        paragraphs.append((Run(clip(view.case.again_comment, _COMMENT_SHOWN)[0], Style.QUOTE),))
    paragraphs.extend(_code(view, wording))
    return paragraphs


def score_change(view: CaseView, wording: Wording) -> str | None:
    """That the score the card shows is not the one the customer gave first."""
    before, now = view.case.score_before, view.case.score
    return None if before in (None, now) else wording.text("settlement.score_changed", before=before, now=now)


def _ending(view: CaseView, wording: Wording) -> list[str]:
    case = view.case
    if view.state in UNSETTLED:
        return []
    note = "" if case.note is None else clip(case.note, _NOTE_SHOWN)[0]
    if view.state is CaseState.DISMISSED:
        return [wording.text("settlement.why_dismissed", note=note)] if note else []
    lines = []
    title = pick(view.close_reason_title, view.language)
    if title:
        lines.append(wording.text("settlement.reason", reason=title))
    if case.given:
        lines.append(wording.text("settlement.given", given=given_words(case.given, wording)))
    if note:
        lines.append(wording.text("settlement.note", note=note))
    return lines


def _last_word(view: CaseView, wording: Wording) -> list[str]:
    case = view.case
    if view.state is CaseState.RESOLVED and case.solved_asked_at is not None:
        return [wording.text("settlement.solved_asked", at=wording.moment(case.solved_asked_at, view.zone))]
    if view.state in UNSETTLED and case.customer_reopened_at is not None:
        at = wording.moment(case.customer_reopened_at, view.zone)
        return [wording.text("settlement.customer_reopened", at=at)]
    return []


def _asked_again(view: CaseView, wording: Wording) -> list[str]:
    case = view.case
    if case.again_score is None or view.metric is None or case.score is None:
        return []
    key = f"settlement.again_{sentiment(view.metric, case.again_score).value}"
    return [wording.text(key, score=case.again_score, top=scale(view.metric)[-1], before=case.score)]


def _code(view: CaseView, wording: Wording) -> list[Paragraph]:
    case = view.case
    if case.code_to_hand_over is not None:
        return [(Run(wording.text("settlement.code_to_hand_over")), Run(case.code_to_hand_over, Style.CODE))]
    if case.code_undelivered is None or case.code_undelivered == IN_PERSON:
        return []
    if case.code_undelivered == IN_DOUBT:
        return [(Run(wording.text("settlement.code_in_doubt"), Style.ITALIC),)]
    why = case.code_undelivered if case.code_undelivered in _KNOWN_FAILURES else "other"
    words = wording.text(f"settlement.failed_{why}")
    return [(Run(wording.text("settlement.code_failed", why=words), Style.ITALIC),)]
