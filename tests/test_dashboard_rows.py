"""Rows of a dashboard fill their width, whatever stands in them."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from sharekit.project.dashboard_body import MetricsBlock, parse_body
from sharekit.project.dashboard_rows import Share, columns_of, even_shares, shares
from sharekit.project.manifest import Dashboard
from sharekit.project.shapes import MetricPlacement


def rows(found: Sequence[Share]) -> list[list[int]]:
    """Widths row by row: a row ends where it is full."""
    made: list[list[int]] = []
    rest = 0
    for share in found:
        if not rest:
            made.append([])
            rest = share.of
        made[-1].append(share.width)
        rest -= share.width
        assert rest >= 0
    assert rest == 0
    return made


@given(st.integers(0, 40), st.integers(1, 4))
def test_rows_are_few_and_as_long_as_each_other(count: int, most: int) -> None:
    lengths = [len(row) for row in rows(even_shares(count, most))]
    assert sum(lengths) == count
    assert len(lengths) == -(-count // most)
    assert max(lengths, default=0) <= most
    assert max(lengths, default=0) - min(lengths, default=0) <= 1


def test_five_cards_stand_as_three_and_two() -> None:
    assert rows(even_shares(5, 4)) == [[1, 1, 1], [1, 1]]
    assert rows(even_shares(7, 4)) == [[1] * 4, [1] * 3]


@given(st.lists(st.integers(1, 4), min_size=1, max_size=30))
def test_every_row_is_full_and_none_is_too_long(widths: list[int]) -> None:
    found = shares(widths, 4)
    assert [share.width for share in found] == widths
    assert all(sum(row) <= 4 for row in rows(found))


def test_a_block_says_its_columns_and_where_each_key_stands() -> None:
    body = "```metrics\ncolumns: 3\nmetrics:\n  - a\n  - {id: b, width: 2}\n```\n"
    (block,) = parse_body(Dashboard("x", "dashboards/x.md", "everyone", body=body, body_line=1))
    assert isinstance(block, MetricsBlock)
    assert [(entry.id, entry.width) for entry in block.metrics] == [("a", None), ("b", 2)]
    assert block.columns == 3
    assert (block.keys["columns"].line, block.keys["[1].width"].line) == (2, 5)


def test_widths_alone_make_columns_of_what_stands_there() -> None:
    card, chart = MetricPlacement(id="a", width=2), MetricPlacement(id="b", chart="line")
    assert columns_of([card, MetricPlacement(id="c")], None) == 4
    assert columns_of([card, chart], None) == 2
    assert columns_of([chart, chart], None) is None
