"""A ratio that an engine computes with whole numbers is said, with what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from sharekit.engines import Extract
from sharekit.numbers.evaluate.engine_division import whole_divisions
from sharekit.numbers.results import Column, SourceInfo
from sharekit.project.load import load

RATIO = "count(*) FILTER (WHERE paid) / count(*)"
STEP = "WITH m AS (SELECT day, count(*) AS n FROM a.sales GROUP BY 1) SELECT day, n / 7 AS value FROM m"


def said(folder: Path, sql: str, kind: str, dialect: str = "postgres") -> list[str]:
    (folder / "metrics").mkdir()
    (folder / "sharekit.toml").write_text(
        '[project]\nname = "P"\n[people.ana]\nname = "Ana"\n[engines.wh]\nurl = "env:WH"\n'
        f'dialect = "{dialect}"\nallow = ["a.*"]\n',
        encoding="utf-8",
    )
    (folder / "metrics/x.sql").write_text(
        f"/* ---\ntitle: X\nowner: ana\nengine: wh\ngrain: day\n--- */\n{sql}\n", encoding="utf-8"
    )
    manifest = load(folder)
    columns = (Column("day", "DATE", "date"), Column("value", kind, "number"))
    extracts = {"x": Extract(SourceInfo("x", columns))}
    return [problem.hint or "" for problem in whole_divisions(manifest, extracts)]


def by_day(value: str) -> str:
    return f"SELECT day, {value} AS value FROM a.sales GROUP BY 1"


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        (by_day(RATIO), "BIGINT"),
        (by_day(f"round({RATIO}, 2)"), "DECIMAL(38,2)"),
        (by_day("100 * count(paid) / nullif(count(*), 0)"), "BIGINT"),
        (by_day("sum(CASE WHEN paid THEN 1 ELSE 0 END) / count(*)"), "BIGINT"),
        (STEP, "BIGINT"),
    ],
)
@pytest.mark.parametrize("dialect", ["postgres", "sqlite", "trino"])
def test_a_ratio_of_whole_numbers_is_said(
    tmp_path: Path, sql: str, kind: str, dialect: str
) -> None:
    (hint,) = said(tmp_path, sql, kind, dialect)
    assert hint.startswith("Write 1.0 * ")


@pytest.mark.parametrize(
    ("sql", "kind", "dialect"),
    [
        (by_day(f"1.0 * {RATIO}"), "DECIMAL(38,20)", "postgres"),
        (by_day("count(paid)::numeric / count(*)"), "DECIMAL(38,20)", "postgres"),
        (by_day("sum(amount) / count(*)"), "DECIMAL(38,20)", "postgres"),
        (by_day("avg(a / b)"), "DECIMAL(38,20)", "postgres"),
        (by_day("floor(count(*) / 7)"), "DOUBLE", "postgres"),
        (by_day("(count(*) / 7)::int"), "INTEGER", "postgres"),
        (by_day("count(*)"), "BIGINT", "postgres"),
        (by_day("count(paid) / count(*)"), "DECIMAL(24,4)", "mysql"),
        (by_day("count(paid) / count(*)"), "DOUBLE", "spark"),
    ],
)
def test_no_false_alarm(tmp_path: Path, sql: str, kind: str, dialect: str) -> None:
    assert said(tmp_path, sql, kind, dialect) == []
