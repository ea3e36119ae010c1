"""The doctor finds what is missing and says how to mend it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.catalogue_file import CatalogueFile
from bot.doctor import examine
from bot.findings import Health
from surveys.channels import channel_state, set_update_aside
from surveys.publishing import publish
from tests.journeys.product import CATALOGUE, Product

pytestmark = pytest.mark.customers_in("telegram", why="nobody is spoken to")


TRIAL = """\
trials:
  later:
    touchpoint: delivery
    measure: response_rate
    from: 2026-11-17
    variants: {b: {ask_after: PT4H}}
    planned: 30
"""


def _of(findings: list, part: str) -> list:
    return [finding for finding in findings if finding.part == part]


async def _examine(product: Product, tmp_path: Path) -> list:
    settings = product.settings.model_copy(update={"catalog": tmp_path / "catalog.yaml"})
    return await examine(settings, product.database, now=product.clock.now())


async def test_a_sound_installation_has_nothing_to_mend(product: Product, tmp_path: Path) -> None:
    (tmp_path / "catalog.yaml").write_text(CATALOGUE, encoding="utf-8")
    async with product.running():
        findings = await _examine(product, tmp_path)
    assert [finding for finding in findings if finding.health is not Health.GOOD] == []
    assert {"catalogue", "database", "migrations", "clock", "telegram", "updates", "owners"} <= {
        finding.part for finding in findings
    }


async def test_before_the_first_run_the_settings_are_looked_at(product: Product, tmp_path: Path) -> None:
    product.settings = product.settings.model_copy(update={"staff_chat": product.team.id})
    findings = await _examine(product, tmp_path)
    (catalogue,) = _of(findings, "catalogue")
    assert catalogue.what == f"there is no file {tmp_path / 'catalog.yaml'}"
    assert [finding.health for finding in _of(findings, "owners")] == [Health.GOOD]
    assert [finding.health for finding in _of(findings, "team chat staff")] == [Health.GOOD]
    product.settings = product.settings.model_copy(update={"owners": (), "staff_chat": None})
    findings = await _examine(product, tmp_path)
    assert [finding.fix for finding in _of(findings, "owners")] == ["set OTKLIK_OWNERS to your Telegram id"]
    assert _of(findings, "team chat")


async def test_a_change_to_a_trial_that_has_begun_is_named_with_its_fix(product: Product, tmp_path: Path) -> None:
    await publish(product.database, CATALOGUE + TRIAL, now=product.clock.now())
    changed = CATALOGUE + TRIAL.replace("planned: 30", "planned: 50")
    file = tmp_path / "catalog.yaml"
    file.write_text(changed, encoding="utf-8")
    (finding,) = _of(await _examine(product, tmp_path), "catalogue in force")
    assert finding.health is Health.BROKEN
    assert f"{file}:{changed.count(chr(10))} trials.later.planned: " in finding.what
    assert "cannot change in a trial that has begun: it was 30, now it is 50" in finding.what
    assert "take this trial out" in str(finding.fix)
    watched = CatalogueFile(file)
    with capture_logs() as logs:
        await watched.publish_when_changed(product.database, now=product.clock.now())
    assert [one["fix"] for one in logs if one["event"] == "catalogue_file_faulty"] == ["otklik doctor"]


async def test_every_broken_part_is_named_with_its_fix(product: Product, tmp_path: Path) -> None:
    (tmp_path / "catalog.yaml").write_text(CATALOGUE.replace("PT2H", "2H"), encoding="utf-8")
    async with product.running():
        product.team.kick_bot(product.oleg)
        await product.owner.write("/pause")
        await product.owner.wait_for(lambda message: "остановлены" in message.text)
        findings = await _examine(product, tmp_path)
    worrying = {finding.part: finding for finding in findings if finding.health is not Health.GOOD}
    assert worrying["catalogue"].health is Health.BROKEN
    assert "otklik check" in str(worrying["catalogue"].fix)
    assert worrying["team chat staff"].health is Health.BROKEN
    assert "/here" in str(worrying["team chat staff"].fix)
    assert worrying["invitations"].fix == "otklik continue"
    assert worrying["catalogue in force"].health is Health.WORRYING


async def test_the_last_update_and_updates_set_aside_are_told(product: Product, tmp_path: Path) -> None:
    (tmp_path / "catalog.yaml").write_text(CATALOGUE, encoding="utf-8")
    async with product.running():
        (before,) = _of(await _examine(product, tmp_path), "updates")
        await product.connect(product.anna, "c-7")
        async with asyncio.timeout(5):
            while (await channel_state(product.database, "telegram")).last_update_at is None:
                await asyncio.sleep(0)
    received_at = product.clock.now()
    await set_update_aside(product.database, "telegram", update_id=1, error="no", content="{}", received_at=received_at)
    findings = await _examine(product, tmp_path)
    (updates,) = _of(findings, "updates")
    (aside,) = _of(findings, "updates set aside")
    assert "none came yet" in before.what
    assert "the last came at 2" in updates.what
    assert aside.health is Health.WORRYING
    assert "1 of telegram" in aside.what
    assert "updates_set_aside" in str(aside.fix)


async def test_a_public_team_chat_and_an_owner_who_never_started_are_warned_of(
    product: Product, tmp_path: Path
) -> None:
    (tmp_path / "catalog.yaml").write_text(CATALOGUE, encoding="utf-8")
    product.team.chat.username = "everybody_reads_this"
    product.settings = product.settings.model_copy(update={"owners": (product.owner.id, product.anna.id)})
    async with product.running():
        findings = await _examine(product, tmp_path)
    (chat,) = _of(findings, "team chat staff")
    assert chat.health is Health.WORRYING
    assert "public" in chat.what
    assert any("never written" in finding.what for finding in _of(findings, "owners"))


async def test_a_refused_token_and_a_silent_server_are_told_apart(product: Product, tmp_path: Path) -> None:
    (tmp_path / "catalog.yaml").write_text(CATALOGUE, encoding="utf-8")
    async with product.running():
        pass
    refused = product.settings.telegram_token
    assert refused is not None
    product.settings = product.settings.model_copy(update={"telegram_token": type(refused)("1:wrong")})
    (finding,) = _of(await _examine(product, tmp_path), "telegram")
    assert "refused" in finding.what
    product.settings = product.settings.model_copy(update={"telegram_api_url": "http://127.0.0.1:9"})
    (finding,) = _of(await _examine(product, tmp_path), "telegram")
    assert "cannot be reached" in finding.what


async def test_metrics_count_what_was_sent_and_received(product: Product) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7")
        question = await product.asked(product.anna, "42", "c-7")
        await product.anna.tap(question, "1")
        await product.card()
        async with product.shop as shop:
            shown = (await shop.get("/metrics")).text
    assert 'otklik_updates_total{channel="telegram",kind="callback_query"} 1.0' in shown
    assert 'otklik_deliveries_total{kind="invitation",outcome="Accepted"} 1.0' in shown
    assert "Анна" not in shown
