"""`otklik demo --play`: every chapter happens, and one that does not ends it."""

from __future__ import annotations

import pytest

from bot.cli.demonstration.chapters import calling
from bot.cli.demonstration.narrator import Narrator, StepError
from bot.cli.demonstration.stage import ZONE, StageOptions, open_stage
from bot.cli.demonstration.story import tell
from bot.cli.demonstration.transcript import Transcript
from db.database import Database

TOLD = (
    "bot → Марина Готово: вы менеджер",
    "40 new codes in sorry",
    "Глеб (VK) Начать",
    "Простите! Испечём торт заново и привезём к шести?",
    "bot → Анна Служба доставки Примите, пожалуйста, скидку 15 % на следующий заказ: SORRY-001",
    "reports delivery of order 1045: skipped (apologised)",
    "Промокод, передать лично: SORRY-002",
    "Команда ответит завтра с 8:00",
    "bot → Команда За ночь: 2 жалобы",
    "bot → Команда Скоро срок ответа, а никто не взял 2 жалобы",
    "bot → Марина Слишком долго ждут 2 жалобы",
    "Всё ещё никто не взял 2 жалобы",
    "Почему: Даша написала, что нажала случайно.",
    "bot → Олег У вас 1 жалоба",
    "Как шло дело",
    "Жалоба № 3: теперь дело ведёт Павел. Передал(а) Олег.",
    "Вера taps [Позвоните мне]",
    "Жалоба № 3: пора позвонить",
    "under the input field: [0] [1] [2] [3] [4] [5] [6] [7] [8] [9] [10] [Больше не спрашивать]",
    "Глеб (VK) (photo) Вместо «С юбилеем» написали «С рублём»",
    "bot → Глеб (VK) Пекари Ох! Перепишем надпись сегодня",
    "Глеб (VK) taps [Нет, не решено]",
    "Олег, № 5 снова в работе",
    "Вспышка жалоб: Доставка, Арбат 10 жалоб, не закрыто 10",
    "moves resolve: 10 complaints are closed",
    "Зоя, вы были в нашей пекарне «Лесная». Как вам визит?",
    "reports delivery of order 1046: skipped (opted_out)",
    "Ольга /why 1047",
    "case.opened, msg_",
    "case.moved, msg_",
    "response.received, msg_",
    "Новых жалоб здесь больше нет.",
    "похвала, 5 из 5 (было 2)",
    "похвала, 9 из 10 (было 3)",
    "Тёплый хлеб: неделя 47, 16 – 22 ноября 2026",
    "11 пар оценок; недовольных было 100 %, стало 0 %",
    "Every step above really happened.",
)


async def test_the_story_is_told_from_the_first_link_to_the_weeks_report(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    await tell(database)
    transcript = " ".join(capsys.readouterr().out.split())
    assert [part for part in TOLD if part not in transcript] == []


async def test_a_step_that_does_not_happen_ends_it(database: Database) -> None:
    async with open_stage(StageOptions(paced=False), database) as stage:
        transcript = Transcript(stage.sandbox, stage.vk, stage.clock.now, ZONE)
        with pytest.raises(StepError, match="Олег never saw a complaint card") as raised:
            await calling.call(Narrator(stage, transcript, patience=0.1))
        transcript.close()
    assert raised.value.exit_status == 1
