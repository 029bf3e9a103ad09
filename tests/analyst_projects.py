"""Small projects for a careful analyst: three related tables, one metric, and what is said about it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from sharekit.app.caches import Caches
from sharekit.build import Evaluation, evaluated
from sharekit.errors import Problem, ProblemsError

AS_OF = date(2026, 11, 21)
CONFIG = '[project]\nname = "P"\nurl = "https://numbers.example.com/"\n[people.ana]\nname = "Ana"\n'
STEPS = """month,team,steps
2026-09-01,a,10
2026-09-01,b,30
2026-09-01,b,50
2026-10-01,a,10
2026-10-01,a,20
2026-10-01,b,30
"""
ORDERS = """order_id,customer_id,day,amount,currency
1,1,2026-10-01,10,EUR
2,1,2026-10-02,20,EUR
3,2,2026-10-03,30,USD
"""
PAYMENTS = "payment_id,order_id,paid,method\n1,1,5,card\n2,1,5,cash\n3,2,20,card\n4,3,30,card\n"
CUSTOMERS = "customer_id,segment\n1,a\n2,b\n"
DATA = {"steps": STEPS, "orders": ORDERS, "payments": PAYMENTS, "customers": CUSTOMERS}


def front(*lines: str) -> str:
    return "\n".join(["/* ---", "title: X", "owner: ana", "grain: month", *lines, "--- */", ""])


def run(folder: Path, files: Mapping[str, str], *, cache: bool = False) -> Evaluation:
    written = {
        "sharekit.toml": CONFIG,
        **{f"metrics/data/{name}.csv": text for name, text in DATA.items()},
        **files,
    }
    for name, text in written.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return evaluated(folder, as_of=AS_OF, caches=Caches(folder / ".sharekit") if cache else None)


def one(folder: Path, sql: str, *lines: str, **more: str) -> Evaluation:
    views = {f"metrics/{name}.sql": text for name, text in more.items()}
    return run(folder, {"metrics/x.sql": front(*lines) + sql, **views})


def value(found: Evaluation) -> float | None:
    reading = found.results.results["x"].reading
    assert reading is not None
    return reading.value


def refused(folder: Path, sql: str, *lines: str) -> Problem:
    with pytest.raises(ProblemsError) as caught:
        one(folder, sql, *lines)
    (wrong,) = caught.value.problems
    return wrong


def repeated(found: Evaluation) -> list[Problem]:
    return [problem for problem in found.problems if problem.code == "repeated-rows"]


def said(found: Evaluation, code: str) -> list[str]:
    return [problem.message for problem in found.problems if problem.code == code]
