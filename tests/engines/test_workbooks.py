"""Workbooks as sources: real .xlsx files, with everything that readers make blanks of without a
word."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from enginekit import manifest, opened
from sampling import mostly_slow

from sharekit.project.shapes import SourceConfig

pytest.importorskip("python_calamine", reason="the extra sharekit[excel] is not installed")

PLAN = [
    ["month", "target", "share", "done"],
    [date(2026, 1, 1), 100, 0.5, True],
    [date(2026, 2, 1), 101, 0.25, False],
]


def book(path: Path, sheets: dict[str, list[list[Any]]]) -> openpyxl.Workbook:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.save(path)
    return made


def error_of(root: Path, **options: Any) -> tuple[str, str]:
    with opened(manifest(root, {"t": SourceConfig(path="t.xlsx", **options)})) as engine:
        info = engine.sources()["t"]
        return info.error or "", info.hint or ""


def test_cells_keep_their_types(root: Path) -> None:
    book(root / "t.xlsx", {"Plan": PLAN})
    with opened(manifest(root, {"t": "t.xlsx"})) as engine:
        types = [(column.name, column.type) for column in engine.sources()["t"].columns]
        assert types == [
            ("month", "DATE"),
            ("target", "BIGINT"),
            ("share", "DOUBLE"),
            ("done", "BOOLEAN"),
        ]
        rows = engine.query("SELECT month::VARCHAR, target, share, done FROM t").rows
        assert rows == (("2026-01-01", 100, 0.5, True), ("2026-02-01", 101, 0.25, False))


def test_titles_blank_rows_and_a_place_of_its_own(root: Path) -> None:
    rows = [["Targets of 2026"], [], [None, *PLAN[0]], *[[None, *row] for row in PLAN[1:]], []]
    made = book(root / "t.xlsx", {"Plan": rows})
    made["Plan"].merge_cells("A1:E1")
    made.save(root / "t.xlsx")
    with opened(manifest(root, {"t": "t.xlsx"})) as engine:
        assert engine.query("SELECT sum(target) FROM t").rows == ((201,),)


@pytest.mark.slow
def test_sheet_and_range_are_chosen(root: Path) -> None:
    book(root / "t.xlsx", {"Notes": [["n"]], "Plan": [*PLAN, ["total", 201]]})
    config = SourceConfig(path="t.xlsx", sheet="Plan", range="A1:B3")
    with opened(manifest(root, {"t": config})) as engine:
        assert engine.query("SELECT count(month), sum(target) FROM t").rows == ((2, 201),)


@pytest.mark.slow
def test_header_row_is_the_one_that_is_told(root: Path) -> None:
    book(root / "t.xlsx", {"Plan": [["a", "b"], ["month", "n"], [date(2026, 1, 1), 5]]})
    with opened(manifest(root, {"t": SourceConfig(path="t.xlsx", header_row=2)})) as engine:
        assert engine.query("SELECT n FROM t").rows == ((5,),)


@pytest.mark.slow
def test_two_sheets_are_a_question_and_hidden_ones_are_not_counted(root: Path) -> None:
    made = book(root / "t.xlsx", {"Plan": PLAN, "Old": PLAN})
    error, hint = error_of(root)
    assert (error, hint) == ("the workbook has 2 sheets", 'Write sheet = one of "Plan", "Old".')
    made["Old"].sheet_state = "hidden"
    made.save(root / "t.xlsx")
    assert error_of(root) == ("", "")
    assert error_of(root, sheet="Old") == ("", "")
    error, hint = error_of(root, sheet="Plans")
    assert error == "there is no sheet `Plans`"
    assert "Old" not in hint, "what is hidden is not told"


@pytest.mark.slow
def test_error_cells_are_named(root: Path) -> None:
    made = book(root / "t.xlsx", {"Plan": PLAN})
    made["Plan"]["B3"] = "#N/A"
    made["Plan"]["B3"].data_type = "e"
    made.save(root / "t.xlsx")
    assert error_of(root)[0] == "cells of the sheet `Plan` hold errors: B3 (#N/A)"
    assert error_of(root, range="A1:D2") == ("", "")


def test_formulas_that_nobody_calculated_are_named(root: Path) -> None:
    book(root / "t.xlsx", {"Plan": [["n", "m"], [1, "=A2+1"], [2, "=A3+1"]]})
    assert error_of(root)[0] == "formulas of the sheet `Plan` were never calculated: B2, B3"
    assert error_of(root, range="A1:A3") == ("", "")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rows", "merged", "words"),
    [
        (
            [["m", "2026", None], [None, "q1", "q2"], ["a", 1, 2]],
            "B1:C1",
            "the names of columns B1:C1 are merged",
        ),
        ([["m", "n"], ["a", 1], [None, 2]], "A2:A3", "the cells A2:A3 are merged"),
        (
            [["m", "2026", None], ["a", 1, 2]],
            None,
            "row 1 looks like the names of the columns, but C1 is blank",
        ),
    ],
)
def test_blanks_that_stand_for_something_are_refused(
    root: Path, rows: list[list[Any]], merged: str | None, words: str
) -> None:
    made = book(root / "t.xlsx", {"Plan": rows})
    if merged:
        made["Plan"].merge_cells(merged)
        made.save(root / "t.xlsx")
    assert words in error_of(root)[0]


@pytest.mark.slow
def test_odd_values_are_named_by_their_row_of_the_sheet(root: Path) -> None:
    book(
        root / "t.xlsx",
        {"Plan": [["title"], [], ["day", "n"], [date(2026, 1, 1), 1], [], ["Total", 1]]},
    )
    with opened(
        manifest(root, {"t": SourceConfig(path="t.xlsx", columns={"day": "DATE"}, header_row=3)})
    ) as engine:
        assert engine.sources()["t"].error == "row 6: `Total` in column day is no DATE"


@pytest.mark.slow
def test_numbers_as_text_are_read_in_the_notation_that_is_told(root: Path) -> None:
    book(
        root / "t.xlsx",
        {"Plan": [["day", "n"], ["31.12.2026", "1.234,50"], [datetime(2026, 12, 30), 0.5]]},
    )
    with opened(
        manifest(root, {"t": SourceConfig(path="t.xlsx", decimal=",", thousands=".")})
    ) as engine:
        assert engine.query("SELECT sum(n) FROM t").rows == ((1235.0,),)


@pytest.mark.parametrize(
    ("offset", "value"),
    mostly_slow([(6, 0x7F), (8, 0x01), (8, 0x20), (8, 0x40), (10, 99), (42, 0xFF)], quick=1),
)
def test_parts_that_cannot_be_unpacked_are_told(root: Path, offset: int, value: int) -> None:
    """Of a newer zip, encrypted, patched, packed in an unknown way, and not where they should be."""
    book(root / "t.xlsx", {"Plan": [["n"], [1]]})
    content = bytearray((root / "t.xlsx").read_bytes())
    at = -1
    while (at := content.find(b"PK\x01\x02", at + 1)) >= 0:
        content[at + offset] = value
    (root / "t.xlsx").write_bytes(content)
    assert "the workbook cannot be read" in error_of(root)[0]


def test_file_that_is_no_workbook_is_told(root: Path) -> None:
    (root / "t.xlsx").write_bytes(b"PK\x03\x04 no, not really" * 9)
    assert "the workbook cannot be read" in error_of(root)[0]
