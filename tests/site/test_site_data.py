"""The data behind the pages: one JSON document for each number, and a CSV that no spreadsheet
runs."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path

import pytest
import site_sample
from hypothesis import given
from hypothesis import strategies as st

from sharekit.escape import FORMULA_STARTS, script_json, terminal
from sharekit.numbers.results import Column, Point, Reading, Result, Rows, Slice
from sharekit.site.exact_text import csv_cell, number
from sharekit.site.json.number_document import csv_text

Tree = Mapping[str, bytes]
KEYS = {
    "id", "kind", "title", "unit", "grain", "as_of", "owner", "period", "value", "previous", "year_ago", "target",
    "stale", "series", "slices", "okr", "definition",
}  # fmt: skip
OKR_KEYS = {
    "objective", "period", "type", "commitment", "baseline", "target", "original_target", "expected", "gap",
    "score", "status", "forecast", "needed_rate", "actual_rate",
}  # fmt: skip


def document(tree: Tree, name: str) -> dict[str, object]:
    return dict(json.loads(tree[f"data/{name}.json"]))


def rows(tree: Tree, name: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(tree[f"data/{name}.csv"].decode())))


def test_every_number_has_the_same_document(tree: Tree) -> None:
    names = [path[5:-5] for path in tree if path.startswith("data/") and path.endswith(".json")]
    assert len(names) == 12
    for name in names:
        assert document(tree, name).keys() >= KEYS, name


def test_a_sliced_number(tree: Tree) -> None:
    found = document(tree, "orders")
    assert (found["id"], found["kind"], found["title"]) == ("orders", "metric", "Paid orders")
    assert (found["unit"], found["grain"], found["owner"]) == ("orders", "week", "mateo")
    assert (found["as_of"], found["period"], found["target"]) == ("2026-11-22", "2026-11-09", 2600)
    series = dict(found["series"])  # type: ignore[call-overload]
    assert series["2026-11-09"] == found["value"]
    assert "2026-11-16" not in series, "the open week is no point of the series"
    previous = found["previous"]
    assert isinstance(previous, dict)
    assert previous["period"] == "2026-11-02"
    assert previous["change"] == found["value"] - previous["value"] == found["change"]  # type: ignore[operator]
    slices = found["slices"]
    assert isinstance(slices, dict)
    assert list(slices) == ["region", "plan"]
    assert sum(member["value"] for member in slices["region"].values()) == found["value"]
    assert found["okr"] is None
    assert found["definition"] == {
        "sql": site_sample.manifest().metrics["orders"].sql.text,
        "reads": ["metrics._orders"],
        "commit": site_sample.COMMIT,
    }


def test_a_key_result(tree: Tree) -> None:
    found = document(tree, "active_offices")
    okr = found["okr"]
    assert isinstance(okr, dict)
    assert okr.keys() >= OKR_KEYS
    assert found["kind"] == "key_result"
    assert (okr["objective"], okr["type"], okr["commitment"]) == (
        "2026-q4-growth",
        "increase",
        "committed",
    )
    assert okr["period"] == {"start": "2026-10-01", "end": "2026-12-31"}
    assert (okr["baseline"], okr["target"], okr["original_target"]) == (1884, 2250, 2400)
    assert okr["gap"] == okr["expected"] - okr["score"]
    assert found["status"] == okr["status"] == "at_risk"
    assert okr["forecast"].keys() == {"on", "value", "low", "high", "score"}
    assert document(tree, "margin")["okr"]["band"] == [0.35, 0.45]  # type: ignore[index]


def test_what_is_absent_is_null(tree: Tree) -> None:
    found = document(tree, "never_ran")
    assert [
        found[key] for key in ("value", "period", "previous", "year_ago", "target", "okr", "as_of")
    ] == [None] * 7
    assert (found["series"], found["slices"]) == ([], {})
    assert found["stale"] == "the table returns does not exist"
    assert (
        document(tree, "on_time")["stale"]
        == "the newest data is of 18 November, and the limit is 2 days"
    )
    assert document(tree, "orders")["stale"] is None


def test_rows_of_a_table(tree: Tree) -> None:
    table = document(tree, "largest")["table"]
    assert isinstance(table, dict)
    assert table["columns"] == ["Ordered on", "Office", "€"]
    assert table["rows"][0] == ["2026-11-20", "Quist & Co", 980.5]


def test_csv_of_each_shape(tree: Tree) -> None:
    assert rows(tree, "runway") == [["value"], ["14.2"]]
    assert rows(tree, "churn")[0] == ["period", "value"]
    assert rows(tree, "churn")[1][0] == "2025-11-03"
    sliced = rows(tree, "orders")
    assert sliced[0] == ["period", "dimension", "member", "value"]
    assert sliced[1][1:3] == ["", ""]
    assert {row[1] for row in sliced[1:]} == {"", "region", "plan"}
    assert rows(tree, "never_ran") == [["value"]]
    assert tree["data/runway.csv"].endswith(b"\r\n")


def test_csv_text_is_never_a_formula(tree: Tree) -> None:
    offices = [row[1] for row in rows(tree, "largest")]
    assert "'=1+1" in offices
    assert "'@home" in offices
    assert "Quist & Co" in offices


@given(st.text())
def test_no_text_becomes_a_formula(text: str) -> None:
    cell = csv_cell(text)
    assert not cell.lstrip().startswith(FORMULA_STARTS)
    assert cell in (terminal(text), terminal(f"'{text}"))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_survive_the_csv(value: float) -> None:
    assert float(csv_cell(value)) == value


@given(st.one_of(st.none(), st.floats()))
def test_numbers_are_plain_json(value: float | None) -> None:
    text = json.dumps(number(value), allow_nan=False)
    if value is not None and abs(value) < float("inf"):
        assert json.loads(text) == value


def test_cells_of_every_kind() -> None:
    assert [csv_cell(each) for each in (None, True, False, 3, 2.0, float("nan"), -0.5)] == [
        "", "true", "false", "3", "2", "", "-0.5",
    ]  # fmt: skip
    assert csv_cell(date(2026, 11, 22)) == "2026-11-22"
    assert csv_cell(datetime(2026, 11, 22, 9, 30)) == "2026-11-22T09:30:00"
    assert csv_cell("\t=1") == "'\t=1"


@given(st.text(min_size=1), st.text(min_size=1))
def test_members_and_columns_survive_the_csv_whatever_they_are_called(
    member: str, column: str
) -> None:
    point = Point(date(2026, 11, 9), 1.0)
    slices = {column: (Slice(member, 1.0, (point,)),)}
    reading = Reading("sliced", 1.0, "week", point.on, point.on, (point,), slices=slices)
    assert read_back(csv_text(Result("x", reading)))[2] == [
        "2026-11-09",
        csv_cell(column),
        csv_cell(member),
        "1",
    ]
    table = Reading("table", None, table=Rows((Column(column, "VARCHAR", "text"),), ((member,),)))
    assert read_back(csv_text(Result("x", table))) == [[csv_cell(column)], [csv_cell(member)]]


def read_back(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.slow
@given(
    st.recursive(
        st.none() | st.text() | st.integers(),
        lambda each: st.lists(each) | st.dictionaries(st.text(), each),
    )
)
def test_json_in_a_script_cannot_leave_it(value: object) -> None:
    text = script_json(value)
    assert json.loads(text) == value
    assert not set(text) & set("<>&\u2028\u2029")


def test_search_index_finds_by_name_question_and_synonym(tree: Tree) -> None:
    script = tree["search-index.js"].decode()
    assert script.startswith("window.SHAREKIT_INDEX = [")
    entries = json.loads(script.partition(" = ")[2].rstrip().rstrip(";"))
    orders = next(entry for entry in entries if entry["name"] == "Paid orders")
    assert orders["kind"] == "Number"
    assert orders["value"].endswith(" orders, week to 15 Nov")
    assert {"purchases", "orders"} <= set(orders["words"].split())
    assert orders["url"] == "metrics/orders.html"
    assert {entry["kind"] for entry in entries} == {
        "Key result",
        "Number",
        "Table",
        "Objective",
        "Dashboard",
        "Page",
    }
    kinds = [entry["kind"] for entry in entries]
    assert kinds[0] == "Key result"
    assert all(entry["url"] in tree for entry in entries)


def test_search_index_has_all_words_of_a_page(tree: Tree) -> None:
    script = tree["search-index.js"].decode()
    entries = json.loads(script.partition(" = ")[2].rstrip().rstrip(";"))
    more = {entry["name"]: entry.get("more", "").split() for entry in entries}
    orders = more["Paid orders"]
    assert {"refunds", "Benelux", "plan"} <= set(orders), "meaning, members, dimensions"
    assert {"week", "metrics"} <= set(orders), "names in SQL"
    assert not {"SELECT", "FROM", "GROUP"} & set(orders)
    assert len(orders) == len(set(orders))
    late = more["On-time deliveries"]
    assert {"southern", "depot"} <= set(late), "what happened"
    assert {"trials", "Priya"} & set(more["Active offices"]), "what the owner shares, and with whom"


def test_table_of_contents_names_every_file(tree: Tree) -> None:
    found = json.loads(tree["sharekit.json"])
    assert (found["audience"], found["as_of"], found["project"]) == (
        "team",
        "2026-11-22",
        "Kettlewick",
    )
    assert found["url"] == "https://numbers.kettlewick.example/team/"
    for metric in found["metrics"]:
        assert {metric["page"], metric["data"], metric["csv"]} <= set(tree)
        assert metric["badge"] is None or metric["badge"] in tree
        assert {metric["embed"], metric["markdown"]} <= set(tree)
    for kind in ("objectives", "dashboards"):
        assert found[kind]
        assert {each["markdown"] for each in found[kind]} <= set(tree)
    assert {
        found["markdown"],
        found["changes"],
        found["changes_markdown"],
        found["llms"],
        found["feed"],
    } <= set(tree)
    framed = {path for path in tree if path.endswith(".html") and not path.startswith("embed/")}
    assert set(found["pages"]) == framed
    assert all(a["id"] < b["id"] for a, b in pairwise(found["metrics"]))


def test_the_readme_names_the_keys_of_the_table_of_contents(tree: Tree) -> None:
    """What it promises to keep is there."""
    text = (Path(__file__).parents[2] / "docs/keeper.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| (`[^|]+) \| ([^|]+) \|$",
        text.partition("`sharekit.json` is stable")[2].partition("\n## ")[0],
        re.M,
    )
    found = json.loads(tree["sharekit.json"])
    named = {
        key: re.findall(r"`(\w+)`", told)
        for keys, told in rows
        for key in re.findall(r"`(\w+)`", keys)
    }
    assert set(named) <= set(found)
    assert set(named["metrics"]) <= set(found["metrics"][0])
    assert {"id", "title", "owner", "page", "markdown", "key_results"} <= set(
        found["objectives"][0]
    )
    assert {"id", "title", "owner", "page", "markdown", "metrics"} <= set(found["dashboards"][0])
