"""A sum or a difference that is 0, or leaves rows out, because one of its parts has no value, is
said with what to write instead."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from sharekit.build import evaluated
from sharekit.errors import Problem

MOVES = """day,kind,n,cost
2026-10-01,in,10,1
2026-10-02,out,4,
2026-10-03,in,6,2
2026-11-02,out,7,
2026-11-03,out,1,
"""
PARTS = "sum(n) FILTER (kind = 'in') - sum(n) FILTER (kind = 'out')"
BY_MONTH = "SELECT date_trunc('month', day)::DATE AS month, {value} AS value FROM moves GROUP BY 1"
STEPS = """WITH gained AS (SELECT date_trunc('month', day)::DATE AS month, sum(n) AS n FROM moves
    WHERE kind = 'in' GROUP BY 1),
  lost AS (SELECT date_trunc('month', day)::DATE AS month, sum(n) AS n FROM moves
    WHERE kind = 'out' GROUP BY 1)
SELECT month, {value} AS value FROM lost LEFT JOIN gained USING (month)"""
ALIASES = """SELECT date_trunc('month', day)::DATE AS month, sum(n) FILTER (kind = 'in') AS gained,
  sum(n) FILTER (kind = 'out') AS lost, coalesce(gained - lost, 0) AS value FROM moves GROUP BY ALL"""


def warnings(folder: Path, sql: str, moves: str = MOVES) -> list[Problem]:
    files = {
        "sharekit.toml": '[project]\nname = "P"\n[people.ana]\nname = "Ana"\n',
        "metrics/data/moves.csv": moves,
        "metrics/net.sql": f"/* ---\ntitle: Net\nowner: ana\ngrain: month\nvalue: value\n--- */\n{sql}\n",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    built = evaluated(folder, as_of=date(2026, 12, 5))
    assert not [problem for problem in built.problems if problem.severity == "error"]
    return [problem for problem in built.problems if problem.code == "part-missing"]


@pytest.mark.parametrize(
    ("sql", "said", "hint"),
    [
        (BY_MONTH.format(value=f"coalesce({PARTS}, 0)"), "1 of 2 rows", "coalesce(sum(n)"),
        (BY_MONTH.format(value=f"ifnull(round({PARTS}, 2), 0)"), "1 of 2 rows", "coalesce(sum(n)"),
        (BY_MONTH.format(value="greatest(0, sum(n) + sum(n) FILTER (kind = 'in'))"), "1 of 2", "coal"),
        (STEPS.format(value="coalesce(gained.n - lost.n, 0)"), "gained.n is NULL", "coalesce(gained.n, 0)"),
        (ALIASES, "gained is NULL", "coalesce(gained, 0) - coalesce(lost, 0)"),
        (BY_MONTH.format(value="sum(n - cost)"), "3 of 5 rows: cost is NULL", "coalesce(cost, 0)"),
        (BY_MONTH.format(value="sum(2 * (n - cost))"), "3 of 5 rows", "WHERE cost IS NOT NULL"),
        (BY_MONTH.format(value="sum(coalesce(n + cost, 0))"), "3 of 5 rows", "coalesce(cost, 0)"),
        (BY_MONTH.format(value="sum(n - cost) FILTER (kind = 'out' OR n = 6)"), "3 of 4 rows", "cost"),
    ],
)  # fmt: skip
def test_a_part_without_a_value_is_said(tmp_path: Path, sql: str, said: str, hint: str) -> None:
    (warning,) = warnings(tmp_path, sql)
    assert said in warning.message
    assert hint in (warning.hint or "")


@pytest.mark.parametrize(
    "sql",
    [
        BY_MONTH.format(value="coalesce(sum(n) FILTER (kind = 'in'), 0) - coalesce(sum(n), 0)"),

        BY_MONTH.format(value="coalesce(sum(n) FILTER (kind = 'none') - sum(n) FILTER (n < 0), 0)"),
        BY_MONTH.format(value="coalesce(sum(n) FILTER (kind = 'in') / count(*), 0)"),
        BY_MONTH.format(value="sum(n - coalesce(cost, 0))"),
        BY_MONTH.format(value="sum(n - cost) FILTER (cost IS NOT NULL)"),
        BY_MONTH.format(value="sum(CASE WHEN cost > 0 THEN n - cost ELSE n END)"),
        BY_MONTH.format(value="sum(day - DATE '2026-01-01')"),
        BY_MONTH.format(value="coalesce(sum(n), 0) + 1"),
    ],
)  # fmt: skip
def test_no_false_alarm(tmp_path: Path, sql: str) -> None:
    assert warnings(tmp_path, sql) == []


def test_dates_that_are_not_there_yet_are_no_part(tmp_path: Path) -> None:
    moves = "day,kind,n,shipped\n2026-10-01,in,1,2026-10-05\n2026-10-02,in,1,\n"
    sql = BY_MONTH.format(value="sum(shipped - day)")
    assert warnings(tmp_path, sql, moves) == []
