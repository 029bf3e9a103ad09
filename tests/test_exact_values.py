"""What a query returned stands in tables, CSV and JSON with every digit, and only what is declared
is dressed."""

from __future__ import annotations

import csv
import json
import math
import random
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path

import pytest
from commandline import sharekit

from sharekit.numbers.exact import ExactNumber, as_number, decimal_of, difference, exact_sum
from sharekit.site.exact_text import dumps

Make = Callable[[Mapping[str, str | bytes]], Path]
CONFIG = '[project]\nname = "Shop"\nas_of = 2026-11-21\n'
IDS = """/* ---
title: Ids
kind: table
columns: {amount: {format: "€"}, "Share": {format: percent}}
--- */
SELECT 1688275058533285124 AS id, 94107 AS zip, 2013 AS year, 12345678901234567.89::DECIMAL(38, 2) AS big,
       184.2 AS amount, 0.25 AS share, 1.50::DECIMAL(4, 2) AS price, 0.1::FLOAT AS small, 1/3::DOUBLE AS third,
       -7 AS below, '007' AS code, 2::DOUBLE / 0 AS endless, 1234567890123456789012345678901234567::HUGEINT AS huge
"""
BIG = """/* ---
title: Big
unit: "€"
grain: month
--- */
SELECT DATE '2026-09-01' AS month, 9007199254740993 AS value UNION ALL SELECT DATE '2026-10-01', 9007199254740995
"""
SLICED = """/* ---
title: Sliced
unit: cents
grain: month
dimensions: [place]
total: sum
--- */
SELECT DATE '2026-10-01' AS month, place, value FROM (VALUES ('a', 9007199254740993), ('b', 2)) AS v(place, value)
"""


def built(project: Make, files: Mapping[str, str | bytes]) -> Path:
    root = project({"sharekit.toml": CONFIG, **files})
    said = sharekit("build", "--project", root)
    assert said.code == 0, said
    return root / "site"


def cells(page: str) -> list[str]:
    return re.findall(r"<td[^>]*>([^<]*)</td>", page)


@pytest.mark.slow
def test_a_table_carries_what_the_query_returned(project: Make) -> None:
    site = built(project, {"metrics/ids.sql": IDS})
    kept = [
        "1688275058533285124", "94107", "2013", "12345678901234567.89", "184.2", "0.25", "1.50", "0.1",
        "0.333333333333", "-7", "007", "inf", "1234567890123456789012345678901234567",
    ]  # fmt: skip
    rows = list(csv.reader((site / "data/ids.csv").read_text().splitlines()))
    assert rows[1] == kept
    text = (site / "data/ids.json").read_text()
    (row,) = json.loads(text, parse_float=Decimal)["table"]["rows"]
    assert row[0] == 1688275058533285124
    assert row[3] == Decimal("12345678901234567.89")
    assert row[11] is None  # JSON has no infinity
    shown = cells((site / "metrics/ids.html").read_text())[:13]
    assert shown[:4] == kept[:4]
    assert shown[4:6] == ["€184.20", "25%"]  # declared, whatever the case of the name
    assert shown[6:9] == kept[6:9]
    assert shown[9:] == ["−7", "007", "∞", kept[12]]
    assert kept[0] in sharekit("show", "ids", "--project", site.parent).out


@pytest.mark.slow
def test_a_value_keeps_its_digits_through_the_cache_and_its_change_is_exact(project: Make) -> None:
    site = built(project, {"metrics/big.sql": BIG})
    first = (site / "data/big.csv").read_bytes(), (site / "data/big.json").read_bytes()
    assert (
        first[0]
        == b"period,value\r\n2026-09-01,9007199254740993\r\n2026-10-01,9007199254740995\r\n"
    )
    document = json.loads(first[1])
    assert document["value"] == 9007199254740995
    assert document["previous"] == {
        "period": "2026-09-01", "value": 9007199254740993, "change": 2, "change_pct": pytest.approx(2 / 2**53),
    }  # fmt: skip
    for path in site.rglob("big.*"):
        path.unlink()
    assert sharekit("build", "--project", site.parent).code == 0
    assert ((site / "data/big.csv").read_bytes(), (site / "data/big.json").read_bytes()) == first


@pytest.mark.slow
def test_the_sum_of_slices_is_exact(project: Make) -> None:
    site = built(project, {"metrics/sliced.sql": SLICED})
    assert json.loads((site / "data/sliced.json").read_text())["value"] == 9007199254740995


def test_a_column_that_is_not_there_is_named(project: Make) -> None:
    wrong = IDS.replace("amount: {format", "amuont: {format")
    root = project({"sharekit.toml": CONFIG, "metrics/ids.sql": wrong})
    said = sharekit("check", "--project", root)
    assert said.code == 1
    assert "the query returns no column `amuont`" in said.err + said.out
    assert "`amount`" in said.err + said.out


@pytest.mark.slow
@pytest.mark.parametrize("missing", ["gap", "zero"])
def test_infinities_in_old_rows_are_told(project: Make, missing: str) -> None:
    sql = (
        f'/* ---\ntitle: Ratio\nunit: "%"\ngrain: month\nmissing: {missing}\n--- */\n'
        "SELECT month, up / down AS value FROM x\n"
    )
    data = "month,up,down\n2026-07-01,5,10\n2026-08-01,4,0\n2026-09-01,1,2\n2026-10-01,3,4\n"
    root = project({"sharekit.toml": CONFIG, "metrics/ratio.sql": sql, "metrics/data/x.csv": data})
    said = sharekit("check", "--project", root)
    assert "`value` is infinite in 1 row, shown as no data" in said.err + said.out
    assert said.code == 0


def test_decimals_are_numbers_in_json_whatever_stands_beside_them() -> None:
    text = dumps(
        {"a": [Decimal("0.10"), Decimal("1E+2"), "x"], "b": Decimal("-12345678901234567.89")}
    )
    assert text == '{"a":[0.10,100,"x"],"b":-12345678901234567.89}'


def test_an_exact_number_counts_as_the_nearest_float() -> None:
    value = as_number(2**53 + 1)
    assert isinstance(value, ExactNumber)
    assert value == float(2**53)
    assert as_number(Decimal("0.10")) == 0.1
    assert not isinstance(as_number(Decimal("0.10")), ExactNumber)
    assert decimal_of(exact_sum([value, as_number(1), as_number(1)])) == 2**53 + 3
    assert difference(as_number(2**53 + 3), value) == 2


def test_amounts_add_up_as_on_paper() -> None:
    """In every order, and without the last digits that binary fractions leave over."""
    assert exact_sum([0.1, 0.2]) == 0.3
    assert difference(0.3, 0.1) == 0.2
    chance = random.Random(7)
    for _ in range(300):
        amounts = [Decimal(chance.randrange(-(10**7), 10**7)).scaleb(-2) for _ in range(200)]
        expected_sum = float(sum(amounts, Decimal(0)))
        assert exact_sum([float(amount) for amount in amounts]) == expected_sum
        first, second = amounts[:2]
        assert difference(float(first), float(second)) == float(first - second)


def test_what_has_no_end_is_added_up_as_floats_are() -> None:
    assert exact_sum([math.inf, 1.0]) == math.inf
    assert math.isnan(difference(math.inf, math.inf))
    assert exact_sum([1 / 3, 1 / 3, 1 / 3]) == pytest.approx(1, rel=1e-15)
    assert exact_sum([]) == 0
