"""What people write about as the JSON document of `otklik comments --json` and `GET /api/v1/comments`."""

from __future__ import annotations

from collections.abc import Sequence

from bot.screens.json_values import Document, limits, rounded
from surveys.comment_figures import CommentFigures, Quote, ThemeFigures
from surveys.comments import CommentsReport
from surveys.findings import Json
from surveys.rules.telling_words import Contrast, TellingWord


def build_comments_document(report: CommentsReport) -> Document:
    """The report as plain JSON values: per cent and points to two digits, p to four."""
    figures = report.figures
    return {
        "from": report.period.start.isoformat(),
        "to": report.period.end.isoformat(),
        "timezone": report.timezone,
        "previous_from": report.period.previous.start.isoformat(),
        "touchpoint": report.touchpoint,
        **build_comment_themes(figures),
        "words": _words(figures.words),
    }


def build_comment_themes(figures: CommentFigures) -> Document:
    """The counts and the themes alone."""
    return {
        "comments": figures.comments,
        "previous_comments": figures.comments_before,
        "unread": figures.unread,
        "without_theme": figures.without_theme,
        "preliminary": figures.preliminary,
        "themes": [_theme(theme) for theme in figures.themes],
        "rare_themes": list(figures.rare),
    }


def _theme(theme: ThemeFigures) -> Document:
    low, high = limits(theme.now.interval)
    return {
        "theme": theme.key,
        "title": dict(theme.title),
        "n": theme.now.successes,
        "share": rounded(theme.now.per_cent),
        "low": low,
        "high": high,
        "negative": theme.negative,
        "previous": {"n": theme.before.successes, "share": rounded(theme.before.per_cent)},
        "change": rounded(theme.change.points),
        "p_value": rounded(theme.change.p_value, 4),
        "verdict": theme.change.verdict.value,
        "quotes": [_quote(quote) for quote in theme.quotes],
    }


def _quote(quote: Quote) -> Document:
    return {
        "text": quote.text,
        "touchpoint": quote.touchpoint,
        "metric": quote.metric.value,
        "score": quote.score,
        "answered_at": quote.answered_at.isoformat(),
    }


def _words(words: Contrast) -> Document:
    return {
        "negative_comments": words.negative_comments,
        "positive_comments": words.positive_comments,
        "preliminary": words.preliminary,
        "negative": _listed(words.negative),
        "positive": _listed(words.positive),
    }


def _listed(words: Sequence[TellingWord]) -> list[Json]:
    return [
        {
            "word": one.word,
            "negative": one.negative,
            "positive": one.positive,
            "log_odds": rounded(one.log_odds),
            "p_value": rounded(one.p_value, 4),
        }
        for one in words
    ]
