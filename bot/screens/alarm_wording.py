"""What an alarm rose by and what ended it, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.screens.wording import Wording
from surveys.alarms import AlarmView
from surveys.rules.alarm_evidence import (
    AnswersAgain,
    BurstEvidence,
    BurstOver,
    Clearing,
    DropEvidence,
    DropOver,
    Evidence,
    SendingAgain,
    SendingEvidence,
    SilenceEvidence,
)
from surveys.rules.alarms import USUAL_FROM, Sending, Share, score_of
from surveys.rules.journey import Metric
from surveys.rules.languages import Texts, pick
from surveys.rules.metrics import Tally

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)


class AlarmWording:
    """Words for alarms in one language; `titles` are the touchpoints', instants are told in the zone."""

    def __init__(self, wording: Wording, titles: Mapping[str, Texts], zone: ZoneInfo) -> None:
        self._wording = wording
        self._titles = titles
        self._zone = zone

    def heading(self, view: AlarmView, *, is_over: bool) -> str:
        """What kind of alarm it is, or which one is over."""
        return self._wording.text(f"alarms.{'over' if is_over else 'rose'}_{view.kind.value}")

    def name(self, view: AlarmView) -> str:
        """The place and what is wrong there, for a list."""
        what = self._wording.text(f"alarms.name_{view.kind.value}")
        place = self.place(view)
        return self._wording.text("alarms.named", place=place, what=what) if place else _sentence(what)

    def place(self, view: AlarmView) -> str:
        """The touchpoint's title and the location; empty for an alarm about asking as a whole."""
        if view.touchpoint is None:
            return ""
        title = self._title(view.touchpoint)
        if view.location is None:
            return title
        return self._wording.text("alarms.place", touchpoint=title, location=view.location)

    def told(self, view: AlarmView) -> str:
        """The evidence in a sentence, with the place before it."""
        evidence, place = self._evidence(view.evidence), self.place(view)
        return self._wording.text("alarms.told", place=place, evidence=evidence) if place else _sentence(evidence)

    def told_over(self, view: AlarmView) -> str:
        """What ended the alarm, with the place before it."""
        place, ended = self.place(view), self.ended(view)
        return self._wording.text("alarms.told", place=place, evidence=ended) if place else _sentence(ended)

    def ended(self, view: AlarmView) -> str:
        """What ended the alarm, and how long it lasted; that nothing did when it was withdrawn."""
        if view.clearing is None or view.cleared_at is None:
            return self._wording.text("alarms.withdrawn")
        lasted = self._wording.duration(view.cleared_at - view.risen_at)
        return self._wording.text("alarms.lasted", clearing=self._clearing(view.clearing), lasted=lasted)

    def hint(self, view: AlarmView) -> str:
        """What to do about it."""
        evidence = view.evidence
        if isinstance(evidence, SendingEvidence):
            return self._wording.text(f"alarms.hint_{evidence.sending.value}")
        if view.outbreak is not None:
            size = self._wording.plural("outbreaks.size", view.outbreak.total)
            if view.outbreak.unsettled:
                size += ", " + self._wording.plural("outbreaks.unsettled", view.outbreak.unsettled)
            return self._wording.text("alarms.outbreak", size=size)
        return self._wording.text(f"alarms.hint_{view.kind.value}")

    def _evidence(self, evidence: Evidence) -> str:
        match evidence:
            case BurstEvidence(window, within, usual):
                said = self._wording.plural(
                    "alarms.negative", window.n, negative=window.part, within=self._within(within)
                )
                return said + "; " + self._usual("alarms.usually_negative", usual)
            case DropEvidence():
                return self._drop(evidence)
            case SendingEvidence():
                return self._sending(evidence)
            case SilenceEvidence(delivered, days, usual):
                said = self._wording.plural("alarms.unanswered", delivered, within=self._within(timedelta(days=days)))
                return said + "; " + self._usual("alarms.usually_answered", usual)

    def _usual(self, key: str, usual: Share) -> str:
        share = usual.per_cent
        if share is None or usual.n < USUAL_FROM:
            return self._wording.text("alarms.usual_unknown")
        return self._wording.text(key, share=self._wording.number(share))

    def _drop(self, evidence: DropEvidence) -> str:
        return self._wording.text(
            "alarms.dropped",
            metric=evidence.metric.upper(),
            score=self._score(evidence.metric, evidence.recent),
            answers=self._wording.plural("alarms.answers", evidence.recent.n),
            within=self._within(evidence.over),
            before_for=self._wording.lasting(evidence.against),
            before=self._score(evidence.metric, evidence.before),
            before_answers=self._wording.plural("alarms.answers", evidence.before.n),
        )

    def _sending(self, evidence: SendingEvidence) -> str:
        day = evidence.day
        if evidence.sending is Sending.NO_EVENTS:
            lines = [self._wording.text("alarms.no_events")]
            lines += [
                self._wording.plural(
                    "alarms.silent",
                    round(one.expected),
                    touchpoint=self._title(one.touchpoint),
                    at=self._wording.moment(one.last_at, self._zone),
                )
                for one in day.silent
            ]
            return "\n".join(lines)
        if evidence.sending is Sending.ASKED_NOBODY:
            return self._wording.plural(
                "alarms.asked_nobody",
                day.events,
                waiting=day.waiting,
                skipped=day.skipped,
                usual=self._wording.number(day.usually_asked),
            )
        stuck = []
        if day.overdue:
            stuck.append(self._wording.plural("alarms.overdue", day.overdue))
        if day.refused:
            stuck.append(self._wording.plural("alarms.refused", day.refused))
        return "; ".join(stuck) + "."

    def _clearing(self, clearing: Clearing) -> str:
        match clearing:
            case BurstOver(latest):
                return self._wording.plural("alarms.clear_burst", latest.n, negative=latest.part)
            case DropOver(metric, since):
                answers = self._wording.plural("alarms.answers", since.n)
                score = self._score(metric, since)
                return self._wording.text("alarms.clear_drop", metric=metric.upper(), score=score, answers=answers)
            case SendingAgain(sent, events):
                if sent:
                    return self._wording.plural("alarms.clear_sent", sent)
                return self._wording.plural("alarms.clear_events", events)
            case AnswersAgain(answers_again):
                return self._wording.plural("alarms.clear_answers", answers_again)

    def _score(self, metric: Metric, answers: Tally) -> str:
        score = score_of(metric, answers)
        assert score is not None
        if metric is Metric.NPS:
            return self._wording.number(score, sign=True)
        return self._wording.text("alarms.per_cent", share=self._wording.number(score, 1))

    def _within(self, duration: timedelta) -> str:
        for key, unit in (("alarms.within_days", _DAY), ("alarms.within_hours", _HOUR)):
            count, rest = divmod(duration, unit)
            if count and not rest and not (unit is _DAY and count == 1):
                return self._wording.plural(key, count)
        return self._wording.plural("alarms.within_minutes", round(duration / timedelta(minutes=1)))

    def _title(self, touchpoint: str) -> str:
        return pick(self._titles.get(touchpoint, {}), self._wording.language) or touchpoint


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
