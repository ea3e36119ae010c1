"""Texts: in every language, with placeholders that exist, on buttons they fit on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from surveys.catalog.faults import Finding, Path, Severity, did_you_mean
from surveys.catalog.subject import Subject
from surveys.rules.journey import Reason, Survey
from surveys.rules.languages import Texts
from surveys.rules.placeholders import (
    ALWAYS_KNOWN,
    ATTRIBUTE_PREFIX,
    KNOWN,
    fill,
    find_placeholders,
    is_known,
    stray_braces,
)

OWN_LANGUAGES = ("ru", "en")
"""Languages the bot's own words (buttons, commands) exist in."""

LONGEST_BUTTON = 40
"""Characters; VK refuses longer ones and Telegram cuts them on a phone."""

CODE = "code"
"""The placeholder of a promo code, in the texts of the pools alone."""

MOST_REASONS = 8
"""VK takes ten buttons, and two of them are ours: done and skip."""


def check_texts(subject: Subject) -> Iterator[Finding]:
    """Every finding about the words of the catalogue."""
    yield from _check_own_languages(subject)
    for path, texts in subject.filled_texts():
        yield from _check_languages(subject, path, texts)
        more = (CODE,) if path[:2] == ("recovery", "pools") else ()
        for language, text in texts.items():
            yield from _check_placeholders((*path, language), text, more)
    for name, survey in subject.catalogue.surveys.items():
        yield from _check_survey(subject, name, survey)
    for name, touchpoint in subject.catalogue.touchpoints.items():
        path = ("touchpoints", name)
        if touchpoint.title:
            yield from check_label(subject, (*path, "title"), touchpoint.title)
        elif not subject.says(*path, "title"):
            message = "it has no title: people would read its key"
            yield Finding(path, message, "Add title: {ru: …}", Severity.WARNING, ((*path, "title"),))
        yield from _check_standard(subject, (*path, "standard"), touchpoint.standard)
    yield from _check_recovery(subject)


def _check_recovery(subject: Subject) -> Iterator[Finding]:
    recovery = subject.catalogue.recovery
    for place, reason in enumerate(recovery.close_reasons):
        yield from _check_button(subject, ("recovery", "close_reasons", place, "title"), reason.title)
    for place, template in enumerate(recovery.templates):
        yield from _check_button(subject, ("recovery", "templates", place, "title"), template.title)
    for name, team in recovery.teams.items():
        if team.title:
            yield from check_label(subject, ("recovery", "teams", name, "title"), team.title)
    for name, pool in recovery.pools.items():
        path = ("recovery", "pools", name)
        yield from _check_button(subject, (*path, "title"), pool.title)
        for language, text in pool.text.items():
            if not any(placeholder.name == CODE for placeholder in find_placeholders(text)):
                message = "the customer would never see the code: there is no {code} in the text"
                yield Finding((*path, "text", language), message, "Write {code} where the code belongs")


def _check_own_languages(subject: Subject) -> Iterator[Finding]:
    for place, language in enumerate(subject.catalogue.business.languages):
        if language not in OWN_LANGUAGES:
            yield Finding(
                ("business", "languages", place),
                f"the bot's own words do not exist in {language}; its buttons and commands stay in another language",
                f"Use {' or '.join(OWN_LANGUAGES)}, or add a translation under bot/locales",
                Severity.WARNING,
            )


def _check_survey(subject: Subject, name: str, survey: Survey) -> Iterator[Finding]:
    path = ("surveys", name)
    seen: dict[str, tuple[str, Texts]] = {}
    for sentiment in ("negative", "neutral", "positive"):
        reasons: Sequence[Reason] = getattr(survey.reasons, sentiment)
        here = (*path, "reasons", sentiment)
        yield from _check_reasons(subject, here, reasons)
        for place, reason in enumerate(reasons):
            other = seen.setdefault(reason.key, (sentiment, reason.title))
            if other[0] != sentiment and other[1] != reason.title:
                yield Finding(
                    (*here, place, "key"),
                    f"{reason.key} has another title under {other[0]}, and reports would count the two as one",
                    "Give each meaning its own key",
                    Severity.WARNING,
                    ((*path, "reasons", other[0]),),
                )
    for place, link in enumerate(survey.review_links):
        yield from _check_button(subject, (*path, "review_links", place, "title"), link.title)


def _check_reasons(subject: Subject, path: tuple[str, ...], reasons: Sequence[Reason]) -> Iterator[Finding]:
    keys = [reason.key for reason in reasons]
    for place, reason in enumerate(reasons):
        if reason.key in keys[:place]:
            yield Finding((*path, place, "key"), f"{reason.key} is here a second time", "Give each reason its own key")
        yield from _check_button(subject, (*path, place, "title"), reason.title)
    if len(reasons) > MOST_REASONS:
        message = f"{len(reasons)} reasons are too many for a keyboard"
        yield Finding(path, message, f"Keep the {MOST_REASONS} that matter; people may add words", Severity.WARNING)


def _check_button(subject: Subject, path: Path, texts: Texts) -> Iterator[Finding]:
    yield from check_label(subject, path, texts)
    for language, text in texts.items():
        if len(text) > LONGEST_BUTTON:
            yield Finding(
                (*path, language),
                f"{len(text)} characters are too long for a button",
                f"Write at most {LONGEST_BUTTON}",
                Severity.WARNING,
            )


def check_label(subject: Subject, path: Path, texts: Texts) -> Iterator[Finding]:
    """A text that is shown as it stands, in every language."""
    yield from _check_languages(subject, path, texts)
    yield from _check_unfilled(path, texts)


def _check_unfilled(path: Path, texts: Texts) -> Iterator[Finding]:
    for language, text in texts.items():
        if find_placeholders(text) or stray_braces(text):
            yield Finding((*path, language), "placeholders are not filled here", "Remove the braces")


def _check_standard(subject: Subject, path: Path, texts: Texts) -> Iterator[Finding]:
    """Read by staff alone, who all know the business's first language."""
    default = subject.catalogue.business.languages[0]
    if texts and default not in texts:
        yield _missing_language(path, default)
    yield from _check_unfilled(path, texts)


def _check_languages(subject: Subject, path: Path, texts: Texts) -> Iterator[Finding]:
    languages = subject.catalogue.business.languages
    for language in languages:
        if language not in texts:
            yield _missing_language(path, language)
    for language in texts:
        if language not in languages:
            yield Finding(
                (*path, language),
                f"{language} is not a language of the business: this text is never shown",
                did_you_mean(
                    language, languages, otherwise=f"Add {language} to business.languages, or remove the text"
                ),
                Severity.WARNING,
                (("business", "languages"),),
            )


def _missing_language(path: Path, language: str) -> Finding:
    return Finding(
        path,
        f"the text in {language} is missing",
        f"Add {language}: …",
        depends_on=((*path, language), ("business", "languages")),
    )


def _check_placeholders(path: Path, text: str, more: tuple[str, ...] = ()) -> Iterator[Finding]:
    placeholders = find_placeholders(text)
    for placeholder in placeholders:
        if placeholder.name not in more and not is_known(placeholder.name):
            known = ", ".join(f"{{{name}}}" for name in (*KNOWN, *more))
            yield Finding(
                path,
                f"there is no placeholder {{{placeholder.name}}}",
                did_you_mean(
                    placeholder.name,
                    (*KNOWN, *more),
                    otherwise=f"There are {known}; another attribute is {{{ATTRIBUTE_PREFIX}its_name}}",
                ),
            )
    if stray_braces(text):
        yield Finding(path, "a brace that belongs to no placeholder", "Write {name}, or {name|friend} with a fallback")
        return
    if not any(letter.isalnum() for letter in fill(text, {})):
        yield Finding(
            path, "nothing is left of the text when its values are missing", "Add words, or a fallback: {name|friend}"
        )
        return
    bare = [
        each.name
        for each in placeholders
        if is_known(each.name) and each.fallback is None and each.name not in ALWAYS_KNOWN
    ]
    if bare:
        name = bare[0]
        yield Finding(
            path,
            f"{{{name}}} may be missing and has no fallback: people would then read “{fill(text, {})}”",
            f"Write {{{name}|…}} with words to show instead, or {{{name}|}} to leave it out on purpose",
            Severity.WARNING,
        )
