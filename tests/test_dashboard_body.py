"""A dashboard's body becomes prose with live numbers, and blocks; each with its line."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sharekit.errors import Place
from sharekit.project.dashboard_body import (
    ChangesBlock,
    LiveNumber,
    MetricsBlock,
    OkrsBlock,
    ProseBlock,
    TableBlock,
    parse_body,
    read_body,
)
from sharekit.project.manifest import Dashboard


def page(body: str, line: int = 1) -> Dashboard:
    return Dashboard("x", "dashboards/x.md", ("everyone",), body=body, body_line=line)


def numbers(body: str) -> list[LiveNumber]:
    return [
        number
        for part in parse_body(page(body))
        if isinstance(part, ProseBlock)
        for number in part.numbers
    ]


BODY = """We fly.

```metrics
- departures
- {id: cancellations, chart: bar, by: carrier, last: 26 weeks, title: Cancelled}
```
More words.
```okrs
```
~~~~okrs
objective: punctual
period: 2013
~~~~
```changes
last: 3
```
```table
longest_delays
```

```table
id: longest_delays
rows: 5
```
```sql
SELECT 1
```
"""


def test_parts_come_in_order_with_their_lines() -> None:
    parts = parse_body(page(BODY, line=5))
    assert [(type(part).__name__, part.line) for part in parts] == [
        ("ProseBlock", 5), ("MetricsBlock", 7), ("ProseBlock", 11), ("OkrsBlock", 12), ("OkrsBlock", 14),
        ("ChangesBlock", 18), ("TableBlock", 21), ("TableBlock", 25), ("ProseBlock", 29),
    ]  # fmt: skip


def test_blocks_say_what_is_placed() -> None:
    metrics, everything, one, changes, bare, rows = (
        part for part in parse_body(page(BODY)) if not isinstance(part, ProseBlock)
    )
    assert isinstance(metrics, MetricsBlock)
    assert [each.id for each in metrics.metrics] == ["departures", "cancellations"]
    assert (metrics.metrics[1].chart, metrics.metrics[1].by, metrics.metrics[1].last) == (
        "bar",
        "carrier",
        "26 weeks",
    )
    assert metrics.keys["[1].by"] == Place("dashboards/x.md", 5, 39, 7)
    assert isinstance(everything, OkrsBlock)
    assert everything.scorecard.objective is None
    assert isinstance(one, OkrsBlock)
    assert (one.scorecard.objective, one.scorecard.period) == ("punctual", "2013")
    assert isinstance(changes, ChangesBlock)
    assert changes.changes.last == 3
    assert isinstance(bare, TableBlock)
    assert isinstance(rows, TableBlock)
    assert (bare.table.id, bare.table.rows, rows.table.rows) == ("longest_delays", 50, 5)


def test_prose_keeps_every_letter() -> None:
    parts = [part for part in parse_body(page(BODY)) if isinstance(part, ProseBlock)]
    lines = BODY.split("\n")
    for part in parts:
        written = part.text.split("\n")
        assert lines[part.line - 1 :][: len(written)] == written


def test_live_numbers_of_every_kind() -> None:
    found = numbers(
        "{{ a }} {{b:change}} {{ c : previous }} {{ d:target }} {{ e[New York] }} {{"
        " f[JFK]:previous }}"
    )
    assert [(each.id, each.part, each.member) for each in found] == [
        ("a", "value", None), ("b", "change", None), ("c", "previous", None), ("d", "target", None),
        ("e", "value", "New York"), ("f", "previous", "JFK"),
    ]  # fmt: skip


def test_a_live_number_knows_where_it_stands() -> None:
    body = (
        "# {{ a }}\n\nOne\ntwo {{ b }}.\n\n> - {{ c }}\n\n| x | y |\n|---|---|\n| {{ d }} | {{ e"
        " }} |\n"
    )
    (prose,) = parse_body(page(body, line=7))
    assert isinstance(prose, ProseBlock)
    assert [(each.id, each.place.line, each.place.column) for each in prose.numbers] == [
        ("a", 7, 3), ("b", 10, 5), ("c", 12, 5), ("d", 16, 3), ("e", 16, 13),
    ]  # fmt: skip
    assert [prose.text[each.start : each.end] for each in prose.numbers] == [
        f"{{{{ {x} }}}}" for x in "abcde"
    ]


def test_code_and_escaped_braces_are_plain_text() -> None:
    assert (
        numbers(
            "`{{ a }}` ``x ` {{ a }}`` \\{{ a }}\n\n    {{ a }}\n\n```\n{{ a }}\n```\n\n- x\n\n    "
            "  {{ a }}\n"
        )
        == []
    )
    assert [each.id for each in numbers("one ` {{ a }} and \\` {{ b }} `` {{ c }}")] == ["b", "c"]


def test_what_cannot_be_read_is_left_out_and_reported() -> None:
    body = read_body(
        page(
            "```metrics\n- a\n- {id: b, chrt: bar}\n- [c]\n```\n{{ a:b }} {{ c }\n```okrs\nx:"
            " [\n```\n"
        )
    )
    assert [problem.code for problem in body.problems] == [
        "unknown-key", "bad-block", "bad-live-number", "bad-live-number", "yaml-syntax",
    ]  # fmt: skip
    assert [problem.place.line for problem in body.problems] == [3, 4, 6, 6, 8]
    block, prose = body.parts
    assert isinstance(block, MetricsBlock)
    assert [each.id for each in block.metrics] == ["a"]
    assert isinstance(prose, ProseBlock)


@given(st.text("`~{}[]:a-| >\n#*\\1.\t", max_size=120))
def test_no_markdown_makes_it_fall_over(body: str) -> None:
    read = read_body(page(body))
    text = [part.text for part in read.parts if isinstance(part, ProseBlock)]
    for part in read.parts:
        if isinstance(part, ProseBlock):
            ends = [0, *(number.end for number in part.numbers)]
            assert all(end <= number.start for end, number in zip(ends, part.numbers, strict=False))
            assert all(part.text[number.start :].startswith("{{") for number in part.numbers)
    assert all(each in body for each in text)
