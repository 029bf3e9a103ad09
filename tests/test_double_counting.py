"""A sum over a join that multiplies rows is said, by the build that asks and by the next one, which
remembers what to ask."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from sharekit.app.caches import Caches
from sharekit.build import evaluated

FILES = {
    "sharekit.toml": '[project]\nname = "P"\n[people.ana]\nname = "Ana"\n',
    "metrics/data/orders.csv": "order_id,day,amount\n1,2026-10-01,10\n2,2026-10-02,20\n",
    "metrics/data/payments.csv": "order_id,paid\n1,5\n1,5\n2,20\n",
    "metrics/sold.sql": (
        "/* ---\ntitle: Sold\nowner: ana\ngrain: month\n--- */\n"
        "SELECT date_trunc('month', day)::DATE AS month, sum(amount) AS value\n"
        "FROM orders JOIN payments USING (order_id) GROUP BY 1\n"
    ),
}


def test_a_join_that_multiplies_is_said_again_from_what_is_remembered(tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    for _ in range(2):
        built = evaluated(tmp_path, as_of=date(2026, 11, 21), caches=Caches(tmp_path / ".sharekit"))
        (warning,) = [problem for problem in built.problems if problem.code == "join-multiplies"]
        assert "1.5 rows of payments for each row of orders" in warning.message


def test_a_step_without_a_name_is_called_a_subquery(tmp_path: Path) -> None:
    step = "FROM (SELECT order_id FROM payments) JOIN orders USING (order_id)"
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        sql = text.replace("FROM orders JOIN payments USING (order_id)", step)
        (tmp_path / name).write_text(sql, encoding="utf-8")
    built = evaluated(tmp_path, as_of=date(2026, 11, 21))
    (warning,) = [problem for problem in built.problems if problem.code == "join-multiplies"]
    assert "1.5 rows of the subquery for each row of orders" in warning.message
