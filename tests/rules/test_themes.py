"""Comments are sorted by themes in any form of their words, and only by what is said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.rules.themes import Dictionary, Theme, ThemeWords, build_dictionary, read_comment, spoken_forms

FORMS = {
    "опоздал": ("опоздать",),
    "опоздали": ("опоздать",),
    "цены": ("цена",),
    "дорогой": ("дорога", "дорогой"),
    "дороге": ("дорога",),
    "ждали": ("ждать",),
    "тот": ("тот",),
    "ту": ("тот",),
    "всё": ("все", "весь"),
    "привезли": ("привезти",),
    "торта": ("торт",),
    "вкусно": ("вкусно",),
    "deliveries": ("deliveri",),
    "delivery": ("deliveri",),
}


def lemmatise(word: str) -> tuple[str, ...]:
    return FORMS.get(word, (word.replace("ё", "е"),))


def theme(key: str, *words: str, not_words: tuple[str, ...] = ()) -> Theme:
    return Theme(key, {"ru": key}, ThemeWords(ru=words), ThemeWords(ru=not_words))


def dictionary() -> Dictionary:
    return build_dictionary(
        [
            theme("lateness", "опоздать", "долго ждать", not_words=("не опоздать",)),
            theme("price", "дорогой", "цены"),
            theme("wrong", "не тот"),
            Theme("delivery", {}, ThemeWords(en=("delivery",))),
        ],
        lemmatise,
    )


@pytest.mark.parametrize(
    ("text", "themes"),
    [
        ("Курьер ОПОЗДАЛ", ("lateness",)),
        ("Мы долго ждали, цены кусаются", ("lateness", "price")),
        ("Цены! Опоздали!", ("lateness", "price")),
        ("Не опоздали, спасибо", ()),
        ("Не опоздали сегодня, вчера опоздали", ("lateness",)),
        ("Ждали долго", ()),
        ("Было долго. Ждали гостей", ()),
        ("долго,\nждали", ()),
        ("долго, ждали", ("lateness",)),
        ("Помялось в дороге", ()),
        ("дорогой торт", ("price",)),
        ("Привезли не ту булку", ("wrong",)),
        ("Deliveries", ("delivery",)),
        ("опоздалистость", ()),
        ("опоздали@example.com", ()),
        ("", ()),
        ("8 (900) 123-45-67 🙂", ()),
    ],
)
def test_themes_of_a_comment(text: str, themes: tuple[str, ...]) -> None:
    assert read_comment(text, dictionary(), lemmatise).themes == themes


@pytest.mark.parametrize(
    ("text", "lemmas"),
    [
        ("Привезли торт, торта мало", ("привезти", "торт", "мало")),
        ("Не привезли", ("не привезти",)),
        ("не очень вкусно, вкусно", ("не вкусно", "вкусно")),
        ("не то и не всё", ("не то", "не все")),
        ("Не. Вкусно", ("вкусно",)),
        ("I can't say it wasn’t tasty", ("not say", "not tasty")),
        ("и в на это очень", ()),
        ("Звоните 89001234567, anna@example.com, @annushka, https://vk.com/anna_k", ("звоните",)),
    ],
)
def test_telling_lemmas_of_a_comment(text: str, lemmas: tuple[str, ...]) -> None:
    forms = FORMS | {"то": ("то", "тот"), "звоните": ("звоните",)}
    found = read_comment(text, dictionary(), lambda word: forms.get(word, (word.replace("ё", "е"),)))
    assert found.lemmas == lemmas


def test_a_lemma_is_shown_as_people_say_it() -> None:
    text = "Не привезли. Two deliveries"
    assert spoken_forms(text, lemmatise) == [
        ("не привезти", "не привезли"),
        ("two", "two"),
        ("deliveri", "deliveries"),
    ]
    assert {lemma for lemma, _ in spoken_forms(text, lemmatise)} == set(
        read_comment(text, dictionary(), lemmatise).lemmas
    )


WORDS = st.sampled_from(["опоздал", "не", "долго", "ждали", "цены", "тот", "торт", "вкусно", "delivery"])


@given(st.lists(WORDS, max_size=12), st.lists(WORDS, max_size=12))
def test_sentences_speak_for_themselves(first: list[str], second: list[str]) -> None:
    one, other = " ".join(first), " ".join(second)
    apart = {*read_comment(one, dictionary(), lemmatise).themes, *read_comment(other, dictionary(), lemmatise).themes}
    together = read_comment(f"{one.upper()}. {other}", dictionary(), lemmatise).themes
    assert set(together) == apart


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    found = read_comment(text, dictionary(), lemmatise)
    assert len(set(found.lemmas)) == len(found.lemmas)
    assert set(found.themes) <= set(dictionary().themes)
