"""Which of a text's languages is shown."""

from __future__ import annotations

from collections.abc import Mapping

Texts = Mapping[str, str]
"""A text in each language the business speaks, keyed by language code."""


def pick(texts: Texts, language: str | None, default_language: str | None = None) -> str:
    """The text in this language, else in its base language (`ru` for `ru-RU`), else in the default one.

    Without any of them the first language of the text; an empty text has nothing to show and gives "".
    """
    for wanted in (language, default_language):
        if not wanted:
            continue
        tag = wanted.replace("_", "-")
        for candidate in (wanted, tag, tag.partition("-")[0].lower()):
            if candidate in texts:
                return texts[candidate]
    return next(iter(texts.values()), "")
