"""Inside the loader's process: one sheet of a workbook as separated text.

A cell with an error, a formula that was never calculated and merged cells have no value of their
own; readers of workbooks make blanks of them without a word. Here each is refused by its name."""

from __future__ import annotations

import csv
import datetime
import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

from msgspec import Struct

from sharekit.engines.sources.notation import SourceError

try:
    import python_calamine
except ImportError:
    python_calamine = None  # type: ignore[assignment]

LARGEST = 1 << 30
"""Bytes that the parts of a workbook may have when unpacked."""
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
_RANGE = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})(?::\$?([A-Za-z]{1,3})\$?(\d{1,7}))?")
_FEW = 5
_DAMAGED = (
    zipfile.BadZipFile,
    ElementTree.ParseError,
    LookupError,  # a part that is not there, an encoding that nobody knows
    ValueError,
    RuntimeError,  # encrypted, or packed in a way that zipfile does not know
    EOFError,
    zlib.error,
)
"""What zipfile and ElementTree raise over parts that they cannot read."""


class CellRange(Struct, frozen=True):
    """Rows and columns of a sheet, from 0, both ends included."""

    top: int
    left: int
    bottom: int
    right: int

    def holds(self, row: int, column: int) -> bool:
        return self.top <= row <= self.bottom and self.left <= column <= self.right


def write_csv(
    path: str, out: str, table: str, options: Mapping[str, Any]
) -> tuple[tuple[int, ...], frozenset[str]]:
    """Write the rows of the sheet that the options name. Returns the sheet's row of each. Raises
    SourceError."""
    if python_calamine is None:
        raise SourceError(
            "reading a workbook needs another package", "Run pip install 'sharekit[excel]'."
        )
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > LARGEST:
                raise SourceError(
                    "the workbook is larger than 1 GB when unpacked",
                    "Save the sheet as CSV, and read that.",
                )
            book = python_calamine.CalamineWorkbook.from_path(path)
            name = _sheet(book, options.get("sheet"))
            sheet = book.get_sheet_by_name(name)
            cells = _cells(sheet)
            area = _area(options.get("range"), cells, name)
            header = _header_row(cells, area, sheet, options)
            table_range = CellRange(header, area.left, area.bottom, area.right)
            _refuse_unreadable(archive, name, table_range)
    except (*_DAMAGED, python_calamine.CalamineError) as error:
        raise SourceError(
            "the workbook cannot be read:"
            f" {str(error).splitlines()[0] if str(error) else 'it is damaged'}",
            "Open it and save it again as an Excel workbook (.xlsx).",
        ) from None
    return _write(out, cells, table_range, options), frozenset()


def _sheet(book: Any, sheet_name: str | None) -> str:
    """The sheet that is named, or the only one to be seen."""
    visible = python_calamine.SheetVisibleEnum.Visible
    sheets = {entry.name: entry.visible == visible for entry in book.sheets_metadata}
    if sheet_name is not None:
        if sheet_name not in sheets:
            raise SourceError(
                f"there is no sheet `{sheet_name}`",
                f"It has: {', '.join(name for name, is_visible in sheets.items() if is_visible)}.",
            )
        return str(sheet_name)
    visible_sheets = [name for name, is_visible in sheets.items() if is_visible]
    if len(visible_sheets) != 1:
        listed = ", ".join(f'"{name}"' for name in visible_sheets)
        raise SourceError(
            f"the workbook has {len(visible_sheets)} sheets", f"Write sheet = one of {listed}."
        )
    return str(visible_sheets[0])


def _cells(sheet: Any) -> list[list[Any]]:
    """All cells from A1 on, blanks as None."""
    rows = sheet.to_python(skip_empty_area=False)
    return [[None if cell == "" else cell for cell in row] for row in rows]


def _area(range_text: str | None, cells: Sequence[Sequence[Any]], name: str) -> CellRange:
    filled = [
        (row, column)
        for row, line in enumerate(cells)
        for column, cell in enumerate(line)
        if cell is not None
    ]
    if not filled:
        raise SourceError(f"the sheet `{name}` is empty")
    filled_range = CellRange(
        min(row for row, _ in filled), min(at for _, at in filled),
        max(row for row, _ in filled), max(at for _, at in filled),
    )  # fmt: skip
    if range_text is None:
        return filled_range
    match = _RANGE.fullmatch(range_text.strip())
    if match is None:
        raise SourceError(
            f"`range` is not a range of cells: {range_text}", 'Write its corners: range = "A3:H40".'
        )
    bottom = int(match[4]) - 1 if match[4] else filled_range.bottom
    right = _column(match[3]) if match[3] else filled_range.right
    area = CellRange(
        int(match[2]) - 1,
        _column(match[1]),
        min(bottom, filled_range.bottom),
        min(right, filled_range.right),
    )
    if area.top > area.bottom or area.left > area.right:
        raise SourceError(
            f"the range {range_text} is empty",
            f"The sheet is filled from {_range_in_words(filled_range)}.",
        )
    return area


def _header_row(
    cells: Sequence[Sequence[Any]], area: CellRange, sheet: Any, options: Mapping[str, Any]
) -> int:
    """The row of the names: the one that is told, or the first without a blank in it."""
    merged = [CellRange(*first, *last) for first, last in sheet.merged_cell_ranges or ()]
    declared = options.get("header_row")
    header = _first_full(cells, area, merged) if declared is None else int(declared) - 1
    if not area.top <= header <= area.bottom:
        raise SourceError(
            f"the row {declared} of the header is outside the cells {_range_in_words(area)}"
        )
    for merged_range in merged:
        if (
            merged_range.bottom >= header
            and merged_range.top <= area.bottom
            and merged_range.right >= area.left
            and merged_range.left <= area.right
        ):
            raise _merged_cells(merged_range, names=merged_range.top <= header)
    for at in range(area.left, area.right + 1):
        if _at(cells, header, at) is None and _filled_below(
            cells, at, CellRange(header + 1, at, area.bottom, at)
        ):
            raise SourceError(
                f"{_cell(header, at)} is blank, though the column has values",
                "Name the column, or set range.",
            )
    return header


def _first_full(
    cells: Sequence[Sequence[Any]], area: CellRange, merged: Sequence[CellRange]
) -> int:
    """The first row in which no column is blank. Titles may stand above it, but nothing that looks
    like names."""
    all_columns = range(area.left, area.right + 1)
    for row in range(area.top, area.bottom + 1):
        below = CellRange(row + 1, area.left, area.bottom, area.right)
        columns = [at for at in all_columns if _filled_below(cells, at, below)]
        columns = columns or [at for at in all_columns if _at(cells, row, at) is not None]
        blank = [at for at in columns if _at(cells, row, at) is None]
        if columns and not blank:
            return row
        filled = len(columns) - len(blank)
        if filled > 1 and filled * 2 >= len(columns):
            if merged_range := next(
                (candidate for candidate in merged if candidate.holds(row, blank[0])), None
            ):
                raise _merged_cells(merged_range, names=True)
            raise SourceError(
                f"row {row + 1} looks like the names of the columns, but {_cell(row, blank[0])} is"
                " blank",
                "Name the column, or write header_row or a range of cells.",
            )
    raise SourceError("no row names all columns", "Write header_row, or a range of cells.")


def _merged_cells(cells: CellRange, *, names: bool) -> SourceError:
    kind = "names of columns" if names else "cells"
    below = ", or write the header_row below it" if names else ""
    range_text = f"{_cell(cells.top, cells.left)}:{_cell(cells.bottom, cells.right)}"
    return SourceError(
        f"the {kind} {range_text} are merged, so all but the first are blank",
        f"Unmerge them in the workbook (Home, Merge, Unmerge Cells) and fill in the blanks{below}.",
    )


def _filled_below(cells: Sequence[Sequence[Any]], at: int, area: CellRange) -> bool:
    return any(_at(cells, row, at) is not None for row in range(area.top, area.bottom + 1))


def _at(cells: Sequence[Sequence[Any]], row: int, column: int) -> Any:
    return cells[row][column] if row < len(cells) and column < len(cells[row]) else None


def _refuse_unreadable(archive: zipfile.ZipFile, name: str, area: CellRange) -> None:
    """Raise SourceError with the names of the cells that hold an error, or a formula whose value nobody
    has calculated."""
    errors: list[str] = []
    uncalculated: list[str] = []
    with archive.open(_part_of(archive, name)) as file:
        for _, node in ElementTree.iterparse(file):
            tag = node.tag.rpartition("}")[2]
            if tag == "row":
                node.clear()
            if tag != "c" or not (match := _RANGE.fullmatch(node.get("r", ""))):
                continue
            if not area.holds(int(match[2]) - 1, _column(match[1])):
                continue
            value, formula = _child(node, "v"), _child(node, "f")
            if node.get("t") == "e":
                errors.append(f"{node.get('r')} ({value.text if value is not None else 'error'})")
            elif (
                formula is not None and node.get("t") != "str" and (value is None or not value.text)
            ):
                uncalculated.append(str(node.get("r")))
    if errors:
        raise SourceError(
            f"cells of the sheet `{name}` hold errors: {_some_names(errors)}",
            "Correct their formulas, or narrow the range.",
        )
    if uncalculated:
        raise SourceError(
            f"formulas of the sheet `{name}` were never calculated: {_some_names(uncalculated)}",
            "Open the workbook in Excel or LibreOffice and save it: that writes their values.",
        )


def _part_of(archive: zipfile.ZipFile, name: str) -> str:
    """The part of the file that holds a sheet."""
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    identity = next(
        value
        for node in book.iter()
        if node.tag in (f"{_MAIN}sheet", f"{_STRICT}sheet") and node.get("name") == name
        for key, value in node.attrib.items()
        if key.endswith("}id")
    )
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    target = next(str(node.get("Target")) for node in links if node.get("Id") == identity)
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _child(node: ElementTree.Element, name: str) -> ElementTree.Element | None:
    return next((child for child in node if child.tag.rpartition("}")[2] == name), None)


def _write(
    out: str, cells: Sequence[Sequence[Any]], table_range: CellRange, options: Mapping[str, Any]
) -> tuple[int, ...]:
    """The header and every row that is not blank; returns the sheet's row of each."""
    columns = [
        at
        for at in range(table_range.left, table_range.right + 1)
        if _at(cells, table_range.top, at) is not None
    ]
    decimal = options.get("decimal") or "."
    rows = []
    with open(out, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            [str(_text(_at(cells, table_range.top, at), ".")).strip() for at in columns]
        )
        for row in range(table_range.top + 1, table_range.bottom + 1):
            record = [_text(_at(cells, row, at), decimal) for at in columns]
            if any(record):
                writer.writerow(record)
                rows.append(row + 1)
    return tuple(rows)


def _text(cell: Any, decimal: str) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        is_integer = cell.is_integer() and abs(cell) < 1e15
        return str(int(cell)) if is_integer else repr(cell).replace(".", decimal)
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat() if cell.time() == datetime.time() else cell.isoformat(" ")
    return str(cell)


def _some_names(names: Sequence[str]) -> str:
    return ", ".join(names[:_FEW]) + (f" and {len(names) - _FEW} more" if len(names) > _FEW else "")


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def _cell(row: int, column: int) -> str:
    letters, number = "", column + 1
    while number:
        number, letter_number = divmod(number - 1, 26)
        letters = chr(65 + letter_number) + letters
    return f"{letters}{row + 1}"


def _range_in_words(area: CellRange) -> str:
    return f"{_cell(area.top, area.left)} to {_cell(area.bottom, area.right)}"
