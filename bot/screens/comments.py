"""What people write about, in words: for managers, for the command line, and in a line of the weekly report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

from bot.screens.screen import Run, Screen, Style
from bot.screens.wording import Wording
from surveys.comment_figures import CommentFigures, Quote, ThemeFigures
from surveys.comments import CommentsReport
from surveys.rules.languages import pick
from surveys.rules.metrics import Verdict
from surveys.rules.telling_words import Contrast, TellingWord

Paragraph = tuple[Run, ...]

LONGEST: Final = 3900
"""UTF-16 units of a message; Telegram takes 4,096."""

THEMES: Final = 8
"""Themes of a message with all there is to say of them."""

THEMES_NAMED: Final = 12
"""Further themes that are named with their share."""

THEMES_IN_A_LINE: Final = 3


def comments_screen(report: CommentsReport, language: str) -> Screen:
    """Themes with their change and as many examples as there is room for; the words of the unhappy and of the happy."""
    wording, figures = Wording(language, report.language), report.figures
    dates = wording.day_range(report.period.start, report.period.last_day)
    heading = wording.text("comments.heading", business=report.business_name, dates=dates)
    if report.touchpoint is not None:
        title = pick(report.titles.get(report.touchpoint, {}), wording.language) or report.touchpoint
        heading = wording.text("comments.heading_touchpoint", heading=heading, touchpoint=title)
    above: list[Paragraph] = [(Run(heading, Style.BOLD),), (Run("\n".join(_counted(figures, wording))),)]
    shown, others = figures.themes[:THEMES], figures.themes[THEMES : THEMES + THEMES_NAMED]
    lines = [_theme_line(theme, figures, wording) for theme in shown]
    below: list[Paragraph] = [(Run(_others(others, wording)),)] if others else []
    below += _words(figures.words, wording)
    used = sum(_units(paragraph) + 2 for paragraph in (*above, *lines, *below))
    quotes = _fitting([theme.quotes for theme in shown], LONGEST - used, wording, ZoneInfo(report.timezone))
    themes = [
        (*line, *(Run(f"\n{text}", Style.ITALIC) for text in said)) for line, said in zip(lines, quotes, strict=True)
    ]
    return Screen((*above, *themes, *below))


def written_about_text(figures: CommentFigures | None, wording: Wording) -> str:
    """What people write about, in one line of the weekly report: the three largest themes and their change.

    Empty where there are too few comments, or none about any theme.
    """
    if figures is None or not figures.is_shown:
        return ""
    largest = [theme for theme in figures.themes if theme.now.successes][:THEMES_IN_A_LINE]
    if not largest:
        return ""
    shown = [
        wording.text("comments.line_theme", theme=_title(theme, wording), share=_share(theme, wording), change=change)
        for theme in largest
        for change in (_change(theme, wording),)
    ]
    line = wording.text(
        "comments.line", themes=", ".join(shown), comments=wording.plural("comments.of_comments", figures.comments)
    )
    return f"{line} {wording.text('comments.is_preliminary')}" if figures.preliminary else line


def _counted(figures: CommentFigures, wording: Wording) -> list[str]:
    if not figures.comments and not figures.unread:
        return [wording.text("comments.none")]
    before = wording.number(figures.comments_before)
    lines = [wording.plural("comments.counted", figures.comments, before=before)]
    if figures.unread:
        lines.append(wording.plural("comments.unread", figures.unread))
    if not figures.is_shown:
        lines.append(wording.text("comments.too_few"))
        return lines
    if figures.preliminary:
        lines.append(wording.text("comments.is_preliminary"))
    if not figures.themes and not figures.rare:
        lines.append(wording.text("comments.no_themes"))
    elif figures.without_theme:
        lines.append(wording.plural("comments.without_theme", figures.without_theme))
    return lines


def _theme_line(theme: ThemeFigures, figures: CommentFigures, wording: Wording) -> Paragraph:
    interval = theme.now.interval
    assert interval is not None, "themes are shown from five comments on"
    shown = wording.text(
        "comments.theme",
        n=wording.number(theme.now.successes),
        share=_share(theme, wording),
        interval=wording.text(
            "report.interval", low=wording.number(interval.low, 0), high=wording.number(interval.high, 0)
        ),
        negative=wording.number(theme.negative),
    )
    return (Run(_title(theme, wording), Style.BOLD), Run(f": {shown}\n{_change_line(theme, wording)}"))


def _others(themes: Sequence[ThemeFigures], wording: Wording) -> str:
    named = [
        wording.text(
            "comments.other_theme",
            theme=_title(theme, wording),
            n=wording.number(theme.now.successes),
            share=_share(theme, wording),
        )
        for theme in themes
    ]
    return wording.text("comments.others", themes=", ".join(named))


def _change_line(theme: ThemeFigures, wording: Wording) -> str:
    change, before = theme.change, theme.before.per_cent
    if change.points is None or before is None:
        return _capitalised(_change(theme, wording))
    return wording.text(
        "comments.change",
        change=_capitalised(_change(theme, wording)),
        before=wording.number(before, 0),
        points=wording.number(change.points, 0, sign=True),
    )


def _change(theme: ThemeFigures, wording: Wording) -> str:
    match theme.change.verdict:
        case Verdict.UP:
            return wording.text("comments.verdict_up")
        case Verdict.DOWN:
            return wording.text("comments.verdict_down")
        case Verdict.NO_REAL_CHANGE:
            return wording.text("comments.verdict_no_real_change")
        case Verdict.NOT_ENOUGH_ANSWERS:
            return wording.text("comments.verdict_not_enough_answers")


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def _title(theme: ThemeFigures, wording: Wording) -> str:
    return pick(theme.title, wording.language) or theme.key


def _share(theme: ThemeFigures, wording: Wording) -> str:
    assert theme.now.per_cent is not None, "themes are shown from five comments on"
    return wording.text("report.per_cent", value=wording.number(theme.now.per_cent, 0))


def _words(words: Contrast, wording: Wording) -> list[Paragraph]:
    if not words.is_shown:
        return []
    unhappy, happy = words.negative_comments, words.positive_comments
    shown: list[Paragraph] = []
    if words.negative:
        lines = [_word(one, (one.negative, unhappy), (one.positive, happy), wording) for one in words.negative]
        shown.append((Run(wording.text("comments.unhappy"), Style.BOLD), Run("".join(lines))))
    if words.positive:
        lines = [_word(one, (one.positive, happy), (one.negative, unhappy), wording) for one in words.positive]
        shown.append((Run(wording.text("comments.happy"), Style.BOLD), Run("".join(lines))))
    note = wording.text("comments.words_note" if shown else "comments.no_words")
    if words.preliminary:
        note += " " + wording.text("comments.words_preliminary")
    return [*shown, (Run(note),)]


def _word(one: TellingWord, here: tuple[int, int], there: tuple[int, int], wording: Wording) -> str:
    shown = wording.text(
        "comments.word",
        word=one.word,
        here=wording.number(here[0]),
        of_here=wording.number(here[1]),
        there=wording.number(there[0]),
        of_there=wording.number(there[1]),
    )
    return f"\n• {shown}"


def _fitting(quotes: Sequence[Sequence[Quote]], room: int, wording: Wording, zone: ZoneInfo) -> list[list[str]]:
    """The quotes of each theme there is room for: a first one of each, then a second."""
    kept: list[list[str]] = [[] for _ in quotes]
    for turn in range(max(map(len, quotes), default=0)):
        for place, of_theme in enumerate(quotes):
            if turn >= len(of_theme):
                continue
            text = _quote(of_theme[turn], wording, zone)
            if len(text.encode("utf-16-le")) // 2 + 1 <= room:
                kept[place].append(text)
                room -= len(text.encode("utf-16-le")) // 2 + 1
    return kept


def _quote(quote: Quote, wording: Wording, zone: ZoneInfo) -> str:
    return wording.text(
        "comments.quote",
        text=quote.text,
        metric=quote.metric.upper(),
        score=quote.score,
        day=wording.day_and_month(quote.answered_at.astimezone(zone).date()),
    )


def _units(paragraph: Paragraph) -> int:
    return sum(len(run.text.encode("utf-16-le")) // 2 for run in paragraph)
