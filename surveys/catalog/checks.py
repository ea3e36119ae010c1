"""What only the whole catalogue can tell: names that lead nowhere, times that cannot be kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain

from surveys.catalog.alarm_checks import check_alarms
from surveys.catalog.faults import Finding, Path, Severity, did_you_mean, nearest
from surveys.catalog.recovery_checks import check_recovery
from surveys.catalog.subject import Subject
from surveys.catalog.text_checks import check_texts
from surveys.catalog.theme_checks import check_themes
from surveys.catalog.trial_checks import check_trials
from surveys.rules.durations import format_duration
from surveys.rules.journey import QuietHours, SurveyKind, Touchpoint
from surveys.rules.teams import DEFAULT_TEAM

_ASKING_KEYS = (
    "ask_after",
    "ask_by",
    "remind_after",
    "expires_after",
    "quarantine",
    "when_blocked",
    "sample",
    "priority",
)
_EVENT_KEYS = {
    "ask_after": "the loop creates its event at the moment to ask",
    "priority": "it belongs to no order and competes with nobody",
}


def check(subject: Subject) -> Iterator[Finding]:
    """Every finding about a catalogue whose values are of the right kind."""
    return chain(
        _check_business(subject),
        _check_contact_rules(subject),
        chain.from_iterable(
            _check_touchpoint(subject, name, touchpoint) for name, touchpoint in subject.catalogue.touchpoints.items()
        ),
        _check_surveys(subject),
        check_recovery(subject),
        _check_journeys(subject),
        check_alarms(subject),
        check_trials(subject),
        check_texts(subject),
        check_themes(subject),
    )


def quiet_stretch(quiet: QuietHours) -> timedelta:
    """How long the quiet hours last."""
    day = datetime(2000, 1, 3)  # noqa: DTZ001 a wall clock without a zone is meant
    stretch = datetime.combine(day, quiet.end) - datetime.combine(day, quiet.start)
    return stretch if stretch > timedelta(0) else stretch + timedelta(days=1)


def _check_business(subject: Subject) -> Iterator[Finding]:
    languages = subject.catalogue.business.languages
    for place, language in enumerate(languages):
        if language in languages[:place]:
            yield Finding(
                ("business", "languages", place), f"{language} is here a second time", "Name each language once"
            )


def _check_contact_rules(subject: Subject) -> Iterator[Finding]:
    rules = subject.catalogue.contact_rules
    if rules.quiet_hours.start == rules.quiet_hours.end:
        yield Finding(
            ("contact_rules", "quiet_hours"),
            "quiet hours that start and end at the same time never open",
            'Write for example {start: "21:00", end: "10:00"}',
        )
    if rules.max_per_day == 0:
        yield _warning(
            ("contact_rules", "max_per_day"),
            "with 0 a day a touchpoint can never win: nobody is asked",
            "Write how many people may be asked a day; /pause holds invitations for a while",
        )


def _check_touchpoint(subject: Subject, name: str, touchpoint: Touchpoint) -> Iterator[Finding]:
    path = ("touchpoints", name)
    yield from _check_names(subject, path, touchpoint)
    if touchpoint.survey is None:
        yield from _check_unasked(subject, path, touchpoint)
        return
    yield from _check_relational(subject, path, touchpoint)
    yield from _check_times(subject, path, touchpoint)
    if touchpoint.sample == 0:
        yield _warning(
            (*path, "sample"),
            "with a sample of 0 this touchpoint can never win: nobody is asked about it",
            "Write a share above 0, or remove survey to only record its events",
        )
    teams = subject.names("recovery", "teams")
    if touchpoint.owner is None and teams and DEFAULT_TEAM not in teams:
        yield _warning(
            path,
            f"it has no owner: its complaints go to the chat {DEFAULT_TEAM}, without working hours and escalation",
            f"Add owner: one of {', '.join(teams)}; or describe a team named {DEFAULT_TEAM}",
            depends_on=((*path, "owner"),),
        )


def _check_names(subject: Subject, path: tuple[str, str], touchpoint: Touchpoint) -> Iterator[Finding]:
    teams, surveys = subject.names("recovery", "teams"), subject.names("surveys")
    if touchpoint.owner is not None and touchpoint.owner not in teams:
        hint = did_you_mean(touchpoint.owner, teams)
        yield Finding((*path, "owner"), f"there is no team {touchpoint.owner} under recovery.teams", hint)
    if touchpoint.survey is not None and touchpoint.survey not in surveys:
        hint = did_you_mean(touchpoint.survey, surveys)
        yield Finding((*path, "survey"), f"there is no survey {touchpoint.survey}", hint)
    known = subject.names("touchpoints")
    for place, other in enumerate(touchpoint.after):
        here = (*path, "after", place)
        if other not in known:
            yield Finding(here, f"there is no touchpoint {other}", did_you_mean(other, known))
        elif other in touchpoint.after[:place]:
            yield Finding(here, f"{other} is here a second time", "Name each touchpoint once")
        elif subject.says("touchpoints", other, "every"):
            yield Finding(
                here,
                f"{other} is relational itself: no shop reports events of it",
                "Name touchpoints that happen to customers, such as a delivery or a visit",
            )


def _check_unasked(subject: Subject, path: tuple[str, str], touchpoint: Touchpoint) -> Iterator[Finding]:
    if subject.says(*path, "survey"):
        return
    if touchpoint.every is not None:
        yield Finding((*path, "every"), "it has no survey, so there is nothing to ask", "Add survey: and its name")
        return
    for key in _ASKING_KEYS:
        if subject.says(*path, key):
            yield _warning(
                (*path, key), f"{key} has no effect: the touchpoint has no survey", "Add a survey, or remove the key"
            )


def _check_relational(subject: Subject, path: tuple[str, str], touchpoint: Touchpoint) -> Iterator[Finding]:
    every, after = (*path, "every"), (*path, "after")
    survey = subject.survey_of(path[1])
    relational_survey = survey is not None and survey.kind is SurveyKind.RELATIONAL
    kind_path = ("surveys", touchpoint.survey or "", "kind")
    if touchpoint.every is None:
        if touchpoint.after:
            yield Finding(
                after,
                "after belongs to relational touchpoints",
                "Add every: P90D, or remove after",
                depends_on=(every,),
            )
        elif relational_survey:
            yield Finding(
                (*path, "survey"),
                f"{touchpoint.survey} is relational, and this touchpoint is not: it has no every",
                "Add every: P90D and after: [the touchpoints it follows], or make the survey kind: transactional",
                depends_on=(every, kind_path),
            )
        return
    if not touchpoint.after:
        yield Finding(
            every, "it has no after, so nobody would ever be asked", "Add after: [delivery, visit]", depends_on=(after,)
        )
    if survey is not None and not relational_survey:
        yield Finding(
            (*path, "survey"),
            f"{touchpoint.survey} is transactional, and this touchpoint, having every, is relational",
            f"Add kind: relational to the survey {touchpoint.survey}, or remove every",
            depends_on=(kind_path,),
        )
    for key, reason in _EVENT_KEYS.items():
        if subject.says(*path, key):
            yield Finding((*path, key), f"{key} has no meaning for a relational touchpoint: {reason}", "Remove the key")
    periods = subject.catalogue.contact_rules.quarantine
    pause = max(periods.any, periods.relational, touchpoint.quarantine)
    if touchpoint.every < pause:
        yield _warning(
            every,
            f"quarantine keeps people unasked for {format_duration(pause)}, longer than every"
            f" {format_duration(touchpoint.every)}",
            f"Write every: {format_duration(pause)}, or shorten the quarantine",
            depends_on=(("contact_rules", "quarantine"), (*path, "quarantine")),
        )


def _check_times(subject: Subject, path: tuple[str, str], touchpoint: Touchpoint) -> Iterator[Finding]:
    after, by = (*path, "ask_after"), (*path, "ask_by")
    blamed, other = (by, after) if subject.says(*by) or not subject.says(*after) else (after, by)
    shown_after, shown_by = format_duration(touchpoint.ask_after), format_duration(touchpoint.ask_by)
    quiet = quiet_stretch(subject.catalogue.contact_rules.quiet_hours)
    needed = touchpoint.ask_after + quiet
    if touchpoint.ask_by <= touchpoint.ask_after:
        yield Finding(
            blamed,
            f"ask_by {shown_by} is not later than ask_after {shown_after}: every event would be stale",
            f"Write ask_by: {format_duration(needed)} or later; both count from the event",
            depends_on=(other,),
        )
    elif touchpoint.ask_by < needed:
        yield _warning(
            blamed,
            f"an event that falls due as the quiet hours begin can never fit: ask_after {shown_after} and quiet hours"
            f" of {format_duration(quiet)} end after ask_by {shown_by}",
            f"Write ask_by: {format_duration(needed)} or later",
            depends_on=(other, ("contact_rules", "quiet_hours")),
        )
    if touchpoint.remind_after is not None and touchpoint.remind_after >= touchpoint.expires_after:
        yield _warning(
            (*path, "remind_after"),
            f"the reminder never goes out: the question expires after {format_duration(touchpoint.expires_after)}",
            "Write a remind_after shorter than expires_after",
            depends_on=((*path, "expires_after"),),
        )


def _check_surveys(subject: Subject) -> Iterator[Finding]:
    mentioned = subject.mentions("touchpoints", "survey")
    surveys = subject.names("surveys")
    used = {name if name in surveys else nearest(name, surveys) for name in mentioned}
    for name in subject.catalogue.surveys:
        if name not in used:
            yield Finding(
                ("surveys", name), "no touchpoint uses this survey", f"Add survey: {name} to a touchpoint, or remove it"
            )


def _check_journeys(subject: Subject) -> Iterator[Finding]:
    known = subject.names("touchpoints")
    for name, journey in subject.catalogue.journeys.items():
        path: Path = ("journeys", name, "steps")
        if len(journey.steps) < 2:
            yield Finding(path, "a way has at least two steps", "Name the touchpoints in order: [checkout, delivery]")
        for place, step in enumerate(journey.steps):
            here = (*path, place)
            if step not in known:
                yield Finding(here, f"there is no touchpoint {step}", did_you_mean(step, known))
            elif step in journey.steps[:place]:
                yield Finding(here, f"{step} is here a second time", "Name each touchpoint once")
            elif subject.says("touchpoints", step, "every"):
                yield Finding(
                    here,
                    f"{step} is relational: no shop reports events of it",
                    "Name touchpoints that happen to customers, such as a checkout or a delivery",
                )


def _warning(path: Path, message: str, fix: str, *, depends_on: tuple[Path, ...] = ()) -> Finding:
    return Finding(path, message, fix, Severity.WARNING, depends_on)
