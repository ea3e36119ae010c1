"""`otklik check`, as people and editors use it."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from bot.cli import build_application
from surveys.catalog.sample import sample_source

SAMPLE = sample_source()


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OTKLIK_CATALOG", raising=False)


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(build_application(), ["check", *arguments])
    return result.exit_code, result.output


def written(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_sound_file_passes(tmp_path: Path) -> None:
    code, output = run(written(tmp_path / "shop.yaml", SAMPLE))
    assert code == 0
    assert "8 touchpoints, 8 surveys, 4 teams, in ru and en; no faults." in output


def test_the_configured_file_is_checked_without_an_argument(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path / "catalog.yaml", SAMPLE)
    assert run()[0] == 0
    monkeypatch.setenv("OTKLIK_CATALOG", written(tmp_path / "other.yaml", "business: 1\n"))
    code, output = run()
    assert code == 1
    assert "other.yaml:1:" in output


def test_every_fault_has_its_place_key_and_fix(tmp_path: Path) -> None:
    source = SAMPLE.replace("resolve: P1D", "resolve: P1M").replace("timezone: Europe/Moscow", "timezone: Moskow")
    code, output = run(written(tmp_path / "shop.yaml", source))
    line = source[: source.index("resolve: P1M")].count("\n") + 1
    assert code == 1
    assert f"shop.yaml:{line}:12 error recovery.resolve" in output
    assert "P1M is in months" in output
    assert "→ Write it in days: P30D" in output
    assert "business.timezone" in output
    assert "2 errors. It cannot be used as it is." in output
    assert "\x1b[" not in output


def test_warnings_pass(tmp_path: Path) -> None:
    code, output = run(written(tmp_path / "shop.yaml", SAMPLE.replace("sample: 0.2", "sample: 0")))
    assert code == 0
    assert "warning touchpoints.site-search.sample" in output
    assert "; 1 warning." in output


def test_markup_in_a_file_is_shown_as_it_is(tmp_path: Path) -> None:
    _, output = run(written(tmp_path / "shop.yaml", SAMPLE.replace("day: monday", 'day: "[red]monday[/red]"')))
    assert "[red]monday[/red] is not a day" in output


def test_a_missing_file_points_at_the_sample() -> None:
    code, output = run("absent.yaml")
    assert code == 1
    assert "there is no file absent.yaml" in output
    sample = next(line for line in output.splitlines() if "cp " in line).split()[-2]
    assert Path(sample).read_text(encoding="utf-8") == SAMPLE


def test_a_file_of_another_encoding_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_bytes("business:\n  name: Печь\n".encode("cp1251"))
    code, output = run("shop.yaml")
    assert code == 1
    assert "shop.yaml:2: not UTF-8" in output


@pytest.fixture(scope="module")
def schema() -> dict[str, object]:
    code, output = run("--schema")
    assert code == 0
    read: dict[str, object] = json.loads(output)
    return read


def as_an_editor_reads(source: str) -> object:
    """YAML 1.2, in which times and dates without quotes are texts to an editor's schema."""
    yaml = YAML(typ="safe", pure=True)
    content: object = yaml.load(source)
    return json.loads(json.dumps(content, default=str))


def test_the_schema_takes_the_sample(schema: dict[str, object]) -> None:
    jsonschema_rs.Draft202012Validator(schema).validate(as_an_editor_reads(SAMPLE))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("ask_after: PT2H", "ask_after: 2H"),
        ("ask_after: PT2H", "ask_after: P1M"),
        ("ask_after: PT2H", "ask_after: P"),
        ("ask_after: PT2H", "ask_after: PT"),
        ("ask_after: PT2H", "ask_afer: PT2H"),
        ("any: P7D", "any: P1W"),
        ("day: monday", "day: mon"),
        ('at: "09:00"', 'at: "24:00"'),
        ('mon-sun: "07:00-21:00"', 'mon-sun: "7-21"'),
        ('mon-sun: "07:00-21:00"', 'weekdays: "07:00-21:00"'),
        ("sample: 0.2", "sample: 2"),
        ("open_at: {nps: 6", "open_at: {nps: 11"),
        ("{key: late,", "{key: Late,"),
        ("  kitchen:\n", "  Кухня:\n"),
        ("metric: csat", "metric: stars"),
        ("url: \"https://guide", "url: \"ftp://guide"),
        ("{ru: Опоздали, en: Late}", "{ru: Опоздали, en: 5}"),
        ("{ru: Опоздали, en: Late}", "{Russian: Опоздали}"),
        ("languages: [ru, en]", "languages: []"),
    ],
)  # fmt: skip
def test_the_schema_refuses_what_the_reader_refuses(schema: dict[str, object], old: str, new: str) -> None:
    assert old in SAMPLE
    validator = jsonschema_rs.Draft202012Validator(schema)
    assert not validator.is_valid(as_an_editor_reads(SAMPLE.replace(old, new, 1)))


def test_every_key_says_what_it_means(schema: dict[str, object]) -> None:
    definitions = schema["$defs"]
    assert isinstance(definitions, dict)
    for name, definition in definitions.items():
        for key, described in definition.get("properties", {}).items():
            text = str(described)
            assert "description" in text or "$ref" in text, f"{name}.{key}"
