"""Lemmas of Russian and English words, by libraries that are not loaded before a word is asked about."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from surveys.morphology import Morphology


@pytest.mark.parametrize(
    ("word", "lemma"),
    [
        ("опоздали", "опоздать"),
        ("чёрствый", "черствый"),
        ("черствого", "черствый"),
        ("людьми", "человек"),
        ("deliveries", "deliveri"),
        ("delivery", "deliveri"),
        ("burnt", "burnt"),
        ("кремчик", "кремчик"),
    ],
)
def test_the_likeliest_lemma_comes_first(word: str, lemma: str) -> None:
    assert Morphology().lemmas(word)[0] == lemma


def test_a_form_of_two_words_has_both_lemmas_and_no_unlikely_one() -> None:
    assert set(Morphology().lemmas("дорогой")) == {"дорога", "дорогой"}
    assert set(Morphology().lemmas("пирожных")) == {"пирожное", "пирожный"}
    assert Morphology().lemmas("стали") == ("стать",)


def test_any_thread_may_ask() -> None:
    words = ["deliveries", "опоздали", "tasty", "булочками", "ovens", "пирожных"] * 50
    asked = Morphology()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(asked._lemmas, words))
    alone = Morphology()
    assert found == [alone._lemmas(word) for word in words]


@pytest.mark.parametrize(
    "program", ["import surveys.comments", "from bot.cli import build_application; build_application()"]
)
def test_the_libraries_are_not_loaded_while_the_product_starts(program: str) -> None:
    check = "import sys; print([name for name in sys.modules if name.startswith(('pymorphy3', 'snowballstemmer'))])"
    done = subprocess.run([sys.executable, "-c", f"{program}\n{check}"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
