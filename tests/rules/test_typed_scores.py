"""What counts as a typed score, and what does not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.rules.journey import Metric
from surveys.rules.metrics import SCALES
from surveys.rules.typed_scores import typed_score

RUSSIAN = ("ноль", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять", "десять")
ENGLISH = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
GENITIVE = {5: "пяти", 7: "семи", 10: "десяти"}

metrics = st.sampled_from(tuple(Metric))
scored = metrics.flatmap(lambda metric: st.tuples(st.just(metric), st.sampled_from(SCALES[metric].scores)))


def keycap(score: int) -> str:
    return "🔟" if score == 10 else f"{score}\ufe0f\u20e3"


@settings(max_examples=200, deadline=None)
@given(scored, st.sampled_from(("", " ", "  ")), st.sampled_from(("", ".", "!", "!!", ")", " )))", " ")))
def test_every_way_of_writing_a_score_is_read(pair: tuple[Metric, int], before: str, after: str) -> None:
    metric, score = pair
    top = SCALES[metric].highest
    written = (
        str(score),
        keycap(score),
        RUSSIAN[score],
        RUSSIAN[score].upper(),
        ENGLISH[score].capitalize(),
        f"{score}/{top}",
        f"{score} / {top}",
        f"{score} из {top}",
        f"{RUSSIAN[score]} из {GENITIVE[top]}",
        f"{score} out of {top}",
        f"{ENGLISH[score]} of {ENGLISH[top]}",
        f"{score} баллов",
        f"{score} points",
    )
    assert {typed_score(before + text + after, metric) for text in written} == {score}


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40), metrics)
def test_whatever_is_typed_the_score_is_on_the_scale(text: str, metric: Metric) -> None:
    score = typed_score(text, metric)
    assert score is None or score in SCALES[metric].scores


@settings(max_examples=200, deadline=None)
@given(metrics, st.integers(0, 12), st.integers(0, 120))
def test_a_named_scale_must_be_the_metrics_own(metric: Metric, score: int, top: int) -> None:
    read = typed_score(f"{score}/{top}", metric)
    scale = SCALES[metric]
    assert read == (score if top == scale.highest and score in scale.scores else None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "спасибо",
        "опоздали на 7 минут",
        "7 минут",
        "4.5",
        "4,5",
        "5+",
        "-5",
        "+5",
        "05",
        "4-5",
        "7 7",
        "7/",
        "/7",
        "пять звёзд из пяти, но курьер опоздал",
        "5 из",
        "١",
        "²²",
        "5 из 5 из 5",
        "раз",
        "/5",
    ],
)
def test_anything_else_is_not_a_score(text: str) -> None:
    assert [metric for metric in Metric if typed_score(text, metric) is not None] == []


@pytest.mark.parametrize(
    ("text", "metric"), [("0", Metric.CSAT), ("6", Metric.CSAT), ("8", Metric.CES), ("11", Metric.NPS)]
)
def test_a_number_off_the_scale_is_not_a_score(text: str, metric: Metric) -> None:
    assert typed_score(text, metric) is None


@pytest.mark.parametrize(("text", "score"), [("пятёрка", 5), ("Четверка!", 4), ("двойка", 2), ("единица", 1)])
def test_school_marks_are_read(text: str, score: int) -> None:
    assert typed_score(text, Metric.CSAT) == score


def test_a_long_text_is_read_quickly() -> None:
    assert typed_score("7 " * 100_000, Metric.NPS) is None
