"""What people write about: read in the background, right when words, scores and dictionaries change."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
import pytest_asyncio

from bot.screens.comments_json import build_comments_document
from db.database import Database
from surveys.comments import CommentsReport, comments_report
from surveys.history import PastAnswer, import_answers
from surveys.publishing import Catalogues, publish
from surveys.reading_comments import read_comments
from surveys.reporting import UnknownTouchpointError
from surveys.rules.metrics import Verdict

CATALOGUE = """
business: {name: Пекарня, timezone: Europe/Moscow, languages: [ru, en]}
touchpoints:
  delivery: {title: {ru: Доставка, en: Delivery}, survey: delivery-csat}
  visit: {title: {ru: Визит, en: Visit}, survey: visit-nps}
surveys:
  delivery-csat: {metric: csat, question: {ru: Как доставка?, en: How was it?}}
  visit-nps: {metric: nps, question: {ru: Посоветуете?, en: Would you?}}
"""
THEMES = """
themes:
  - key: lateness
    title: {ru: Опоздания, en: Lateness}
    words: {ru: [опоздать, долго ждать], en: [late]}
    not_words: {ru: [не опоздать]}
  - key: taste
    title: {ru: Вкус, en: Taste}
    words: {ru: [вкусный, невкусный], en: [tasty]}
"""
FROM, TO = date(2026, 11, 16), date(2026, 11, 23)
TUESDAY = datetime(2026, 11, 17, 12, tzinfo=UTC)
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
WEEK = timedelta(days=7)


async def follow(database: Database, source: str) -> Catalogues:
    """A process that follows this catalogue, just published."""
    await publish(database, source, now=NOW)
    catalogues = Catalogues()
    await catalogues.refresh(database)
    return catalogues


@pytest_asyncio.fixture
async def catalogues(database: Database) -> Catalogues:
    return await follow(database, CATALOGUE + THEMES)


class Shop:
    """Imports answers with comments."""

    def __init__(self, database: Database, catalogues: Catalogues) -> None:
        self.database, self.catalogues, self.made = database, catalogues, 0

    async def hears(
        self,
        comment: str | None,
        *,
        score: int = 5,
        times: int = 1,
        at: datetime = TUESDAY,
        touchpoint: str = "delivery",
    ) -> None:
        answers = []
        for _ in range(times):
            self.made += 1
            when = at + timedelta(minutes=self.made)
            answers.append(PastAnswer(f"a-{self.made}", touchpoint, when, score, comment=comment))
        results = await import_answers(self.database, self.catalogues, answers, now=NOW)
        assert {result.status.value for result in results} == {"accepted"}

    async def report(self, touchpoint: str | None = None, catalogues: Catalogues | None = None) -> CommentsReport:
        return await comments_report(
            self.database, catalogues or self.catalogues, start=FROM, end=TO, touchpoint=touchpoint, now=NOW
        )


@pytest.fixture
def shop(database: Database, catalogues: Catalogues) -> Shop:
    return Shop(database, catalogues)


async def stored(database: Database, column: str) -> list[object]:
    async with database.autocommit() as transaction:
        rows = await transaction.rows(f"select {column} as found from comment_readings order by response_id")
    return [row["found"] for row in rows]


def counted(report: CommentsReport) -> dict[str, tuple[int, int]]:
    return {theme.key: (theme.now.successes, theme.now.n) for theme in report.figures.themes}


async def test_themes_their_change_examples_and_words(shop: Shop) -> None:
    await shop.hears("Опоздали на час! Звоните +7 900 123-45-67", score=1, times=5)
    await shop.hears("Курьер опоздал, пишите @annushka_k", score=2, times=20)
    await shop.hears("Два часа долго ждали, опаздывать нельзя", score=3, times=2)
    await shop.hears("Не опоздали, очень вкусный торт", score=5, times=30)
    await shop.hears("Spasibo", score=5, times=3)
    await shop.hears(None, times=4)
    await shop.hears("Опоздали", score=1, times=4, at=TUESDAY - WEEK)
    await shop.hears("Вкусный торт", score=5, times=36, at=TUESDAY - WEEK)
    await shop.hears("Опоздали", score=1, times=9, at=TUESDAY - 2 * WEEK)
    document = build_comments_document(await shop.report())
    assert (document["comments"], document["previous_comments"], document["unread"]) == (60, 40, 0)
    assert (document["without_theme"], document["preliminary"]) == (3, False)
    taste, lateness = document["themes"]
    assert (taste["theme"], taste["n"], taste["negative"], taste["verdict"]) == ("taste", 30, 0, "down")
    assert (lateness["theme"], lateness["n"], lateness["negative"]) == ("lateness", 27, 25)
    assert (lateness["share"], lateness["previous"]) == (45.0, {"n": 4, "share": 10.0})
    assert (lateness["change"], lateness["verdict"]) == (35.0, "up")
    assert [(quote["text"], quote["score"]) for quote in lateness["quotes"]] == [
        ("Курьер опоздал, пишите @••", 2),
        ("Опоздали на час! Звоните ☎ ••", 1),
        ("Два часа долго ждали, опаздывать нельзя", 3),
    ]
    words = document["words"]
    assert (words["negative_comments"], words["positive_comments"], words["preliminary"]) == (25, 33, True)
    assert [(one["word"], one["negative"], one["positive"]) for one in words["negative"]] == [
        ("опоздал", 25, 0),
        ("курьер", 20, 0),
        ("пишите", 20, 0),
    ]
    assert ("вкусный", 0, 30) in [(one["word"], one["negative"], one["positive"]) for one in words["positive"]]
    assert "900" not in str(document) + str(await stored(shop.database, "lemmas"))


async def test_one_touchpoint_and_scores_of_any_metric(shop: Shop) -> None:
    await shop.hears("Опоздали", score=1, times=5)
    await shop.hears("Tasty", score=6, times=6, touchpoint="visit")
    assert counted(await shop.report("visit")) == {"taste": (6, 6)}
    assert (await shop.report("visit")).figures.themes[0].negative == 6
    assert counted(await shop.report()) == {"taste": (6, 11), "lateness": (5, 11)}
    with pytest.raises(UnknownTouchpointError, match="delivery, visit"):
        await shop.report("vizit")


async def test_under_five_comments_nothing_is_shown(shop: Shop) -> None:
    await shop.hears("Опоздали", score=1, times=4)
    report = await shop.report()
    assert (report.figures.comments, report.figures.themes, report.figures.is_shown) == (4, (), False)
    await shop.hears("Вкусный торт")
    figures = (await shop.report()).figures
    assert (figures.themes, figures.rare, figures.preliminary) == ((), ("lateness", "taste"), True)
    await shop.hears("Опоздали", score=1)
    (theme,) = (await shop.report()).figures.themes
    assert (theme.key, theme.change.verdict) == ("lateness", Verdict.NOT_ENOUGH_ANSWERS)


async def test_another_dictionary_holds_for_old_comments_too(shop: Shop, database: Database) -> None:
    await shop.hears("Опоздали, зато вкусный торт", times=6)
    assert counted(await shop.report()) == {"lateness": (6, 6), "taste": (6, 6)}
    titled = await follow(database, CATALOGUE.replace("Как доставка?", "Как всё прошло?") + THEMES)
    assert await read_comments(database, titled, now=NOW) == 0, "the same words read nothing again"
    changed = await follow(database, CATALOGUE + THEMES.replace("опоздать, долго ждать", "торт"))
    assert counted(await shop.report(catalogues=changed)) == {"lateness": (6, 6), "taste": (6, 6)}
    again = await follow(database, CATALOGUE + THEMES.replace("вкусный, невкусный", "кислый"))
    assert counted(await shop.report(catalogues=again)) == {"lateness": (6, 6)}
    # a process that has not noticed yet neither reads by the old words nor turns the newer readings back
    assert await read_comments(database, changed, now=NOW) == 0
    assert counted(await shop.report(catalogues=changed)) == {"lateness": (6, 6)}
    gone = await follow(database, CATALOGUE)
    assert counted(await shop.report(catalogues=gone)) == {}
    assert (await shop.report(catalogues=gone)).figures.without_theme == 6


async def test_what_is_not_read_yet_is_told(shop: Shop, database: Database, catalogues: Catalogues) -> None:
    await shop.hears("Опоздали", times=7)
    start, end = (datetime(2026, 11, day, tzinfo=UTC) for day in (9, 24))
    assert await read_comments(database, catalogues, start=start, end=end, most=3, now=NOW) == 3
    assert sorted(map(bool, await stored(database, "dictionary_id"))) == [False] * 4 + [True] * 3
    figures = (await shop.report()).figures
    assert (figures.comments, figures.unread) == (7, 0), "the report reads what is left itself"


async def test_comments_are_read_once_by_any_number_of_processes(
    shop: Shop, database: Database, catalogues: Catalogues
) -> None:
    await shop.hears("Опоздали", times=450)
    done = await asyncio.gather(*(read_comments(database, catalogues, now=NOW) for _ in range(4)))
    done.append(await read_comments(database, catalogues, now=NOW))
    assert sum(done) == 450
    assert set(map(tuple, await stored(database, "themes"))) == {("lateness",)}
    async with database.autocommit() as transaction:
        assert await transaction.value("select count(*) from theme_dictionaries") == 1


async def test_an_answer_without_words_has_nothing_to_be_read(shop: Shop, database: Database) -> None:
    await shop.hears(None, times=3)
    await shop.hears("   ")
    assert await stored(database, "response_id") == []
