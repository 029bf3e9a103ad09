"""An option that is accepted does something: it works, or it is refused with what to write
instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from commandline import sharekit
from reference import declared_keys
from sampling import mostly_slow

Make = Callable[[Mapping[str, str | bytes]], Path]
CONFIG = '[project]\nname = "P"\nas_of = 2026-11-28\n\n[people.a]\nname = "A"\n'
SERIES = (
    "SELECT DATE '2026-08-03' + INTERVAL (7 * i) DAY AS week, c AS channel, i + length(c) AS value,"
    " 100 AS plan, "
)
SERIES += (
    "value AS up, 200 AS down FROM range(16) AS r(i), (VALUES ('Search'), ('Direct')) AS v(c)\n"
)
VISITS = (
    "/* ---\ntitle: Visits\nowner: a\ngrain: week\ndimensions: [channel]\ntotal: sum\n---"
    f" */\n{SERIES}"
)
ROWS = (
    "/* ---\ntitle: Rows\nowner: a\nkind: table\n--- */\nSELECT 1 AS id, 'x' AS name, 2.5 AS"
    " amount\n"
)
RATIO = (
    '/* ---\ntitle: Ratio\nowner: a\nunit: "%"\ngrain: week\ndimensions: [channel]\n'
    "numerator: up\ndenominator: down\n--- */\n"
    "SELECT week, channel, up / 200 AS value, up, 200 AS down FROM (\n"
    + SERIES.replace(" AS value, 100 AS plan, value AS up, 200 AS down", " AS up").rstrip()
    + ")\n"
)
ONE = "/* ---\ntitle: One\nowner: a\n--- */\nSELECT 7 AS value\n"


SUMS = (
    "/* ---\ntitle: Sums\nowner: a\ngrain: week\ntarget: 20\nover_time: sum\n--- */\n"
    "SELECT DATE '2026-08-03' + INTERVAL (7 * i) DAY AS week, i AS value FROM range(16) AS r(i)\n"
)


PARTS = (
    "/* ---\ntitle: Parts\nowner: a\ndimensions: [channel]\ntotal: sum\n--- */\n"
    "SELECT c AS channel, length(c) AS value FROM (VALUES ('Search'), ('Direct')) AS v(c)\n"
)
RETURNS = VISITS.replace("i + length(c) AS value", "i - length(c) AS value")


def dashboard(block: str, kind: str = "metrics") -> str:
    return f"---\ntitle: D\n---\n```{kind}\n{block}\n```\n"


def files(block: str, kind: str = "metrics") -> dict[str, str | bytes]:
    return {
        "sharekit.toml": CONFIG,
        "metrics/visits.sql": VISITS,
        "metrics/rows.sql": ROWS,
        "metrics/ratio.sql": RATIO,
        "metrics/one.sql": ONE,
        "metrics/sums.sql": SUMS,
        "metrics/parts.sql": PARTS,
        "metrics/returns.sql": RETURNS,
        "metrics/days.sql": VISITS.replace("total: sum", "total: sum\nover_time: sum"),
        "metrics/months.sql": SUMS.replace("grain: week", "grain: month").replace(
            "week,", "month,"
        ),
        "dashboards/d.md": dashboard(block, kind),
    }


def page(project: Make, block: str, kind: str = "metrics") -> str:
    root = project(files(block, kind))
    said = sharekit("build", "--project", root)
    assert said.code == 0, said
    return body(root, "d")


def body(root: Path, name: str) -> str:
    text = (root / f"site/dashboards/{name}.html").read_text()
    return text[text.index("<main") : text.index("</main>")]


BASE: Mapping[str, str] = {
    "card": "- {id: visits, chart: card}",
    "bar by": "- {id: visits, chart: bar, by: channel}",
    "bar by last": "- {id: visits, chart: bar, by: channel, last: 12 weeks}",
    "line": "- {id: visits, chart: line}",
    "line last": "- {id: visits, chart: line, last: 12 weeks}",
    "table": "- {id: visits, chart: table}",
    "table last": "- {id: visits, chart: table, last: 6 weeks}",
}
WORKS: Mapping[str, tuple[str, str]] = {
    "chart: table": (BASE["table"], BASE["line"]),
    "last of a table": (BASE["table last"], BASE["table"]),
    "by of a table": ("- {id: visits, chart: table, by: channel}", BASE["table"]),
    "last of bars by": (BASE["bar by last"], BASE["bar by"]),
    "another last of bars by": (
        "- {id: visits, chart: bar, by: channel, last: 4 weeks}",
        BASE["bar by last"],
    ),
    "last of a card": ("- {id: visits, chart: card, last: 4 weeks}", BASE["card"]),
    "last of a line": (BASE["line last"], BASE["line"]),
    "by of a line": ("- {id: visits, chart: line, by: channel}", BASE["line"]),
    "bar": ("- {id: visits, chart: bar}", BASE["line"]),
    "title of a table": ("- {id: visits, chart: table, title: Others}", BASE["table"]),
    "title of a card": ("- {id: visits, chart: card, title: Others}", BASE["card"]),
    "chart: table of a table": ("- {id: rows, chart: table}", "- visits"),
    "chart: table of one number": ("- {id: one, chart: table}", "- one"),
    "stacked": (
        "- {id: visits, chart: stacked, by: channel}",
        "- {id: visits, chart: bar, by: channel, last: 16 weeks}",
    ),
    "last of stacked": (
        "- {id: visits, chart: stacked, by: channel, last: 4 weeks}",
        "- {id: visits, chart: stacked, by: channel}",
    ),
    "table of members": (
        "- {id: visits, chart: table, by: channel}",
        "- {id: visits, chart: table, by: channel, last: 4 weeks}",
    ),
    "columns": (
        "columns: 1\nmetrics: [visits, ratio, one]",
        "- visits\n- ratio\n- one",
    ),
    "accumulate": ("- {id: sums, accumulate: quarter}", "- {id: sums, chart: line}"),
    "another accumulate": ("- {id: sums, accumulate: year}", "- {id: sums, accumulate: quarter}"),
    "columns of a chart and a card": (
        "columns: 3\nmetrics: [{id: visits, chart: line}, ratio, one]",
        "- {id: visits, chart: line}\n- ratio\n- one",
    ),
    "width of a card": ("- {id: visits, width: 2}\n- ratio", "- visits\n- ratio"),
    "width of a chart": (
        "columns: 3\nmetrics: [{id: visits, chart: line, width: 2}, one]",
        "columns: 3\nmetrics: [{id: visits, chart: line}, one]",
    ),
    "width of a table": (
        "columns: 3\nmetrics: [{id: visits, chart: table, width: 2}, one]",
        "columns: 3\nmetrics: [{id: visits, chart: table}, one]",
    ),
    "table by of a ratio": (
        "- {id: ratio, chart: table, by: channel}",
        "- {id: ratio, chart: table}",
    ),
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Each block -> the page of a dashboard that holds nothing else, all of one build."""
    root = tmp_path_factory.mktemp("options")
    blocks = list(dict.fromkeys(block for pair in WORKS.values() for block in pair))
    names = {f"dashboard-{number:03}": block for number, block in enumerate([*blocks, blocks[0]])}
    made = {f"dashboards/{name}.md": dashboard(block) for name, block in names.items()}
    for path, text in {**files(blocks[0]), **made}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    said = sharekit("build", "--project", root)
    assert said.code == 0, said
    held = {name: body(root, name).replace(name, "") for name in names}
    first, *_, twin = held.values()
    assert first == twin, "only what is in the block makes a difference"
    return {block: held[name] for name, block in names.items()}


@pytest.mark.slow
@pytest.mark.parametrize("what", WORKS)
def test_what_is_accepted_changes_the_page(pages: Mapping[str, str], what: str) -> None:
    with_it, without = WORKS[what]
    assert pages[with_it] != pages[without]


def cells(text: str) -> list[str]:
    return re.findall(r"<td[^>]*>([^<]*)</td>", text)


@pytest.mark.slow
def test_a_table_of_a_series_goes_as_far_back_as_is_said(project: Make) -> None:
    found = cells(page(project, "- {id: visits, chart: table, by: channel, last: 3 weeks}"))
    assert found == [
        "week of 16 Nov 2026", "21", "21", "week of 9 Nov 2026", "20", "20", "week of 2 Nov 2026", "19", "19",
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("item", "rows"), [("visits", 5), ("rows", 1), ("one", 1), ("ratio", 5)])
def test_a_table_block_shows_any_number(project: Make, item: str, rows: int) -> None:
    text = page(project, f"id: {item}\nrows: 5", "table")
    body = text[text.index("<tbody>") : text.index("</tbody>")]
    assert body.count("<tr>") == rows
    assert "No rows to show" not in text


GOALS = "target: 0.1\ntargets: {Search: 0.09, Direct: 0.08}"
MORE_KEYS: Mapping[str, str] = {
    "targets": GOALS,
    "targets by a column": "targets: goal",
    "minimum_count": "minimum_count: 5000",
}


@pytest.mark.slow
@pytest.mark.parametrize("what", MORE_KEYS)
@pytest.mark.parametrize(
    "block", ["- {id: ratio, chart: bar, by: channel}", "- {id: ratio, chart: line, by: channel}"]
)
def test_keys_of_members_change_their_charts_and_their_page(
    project: Make, what: str, block: str
) -> None:
    goal = RATIO.replace("up, 200 AS down FROM", "up, 200 AS down, 0.09 AS goal FROM")

    def pages(text: str) -> list[str]:
        root = project(files(block) | {"metrics/ratio.sql": text})
        said = sharekit("build", "--project", root)
        assert said.code == 0, said
        paths = ("dashboards/d.html", "metrics/ratio.html", "metrics/ratio.md", "data/ratio.json")
        return [
            (root / "site" / path).read_text().partition("<main")[2]
            or (root / "site" / path).read_text()
            for path in paths
        ]

    with_it, without = pages(front(goal, MORE_KEYS[what])), pages(goal)
    assert all(one != other for one, other in zip(with_it, without, strict=True))


REFUSED: Mapping[str, tuple[str, str]] = {
    "- {id: visits, chart: card, by: channel}": ("a card shows one number", "chart: line"),
    "- {id: ratio, chart: bar, by: channel, last: 4 weeks}": (
        "these values do not add up",
        "leave `last` out",
    ),
    "- {id: rows, chart: table, last: 4 weeks}": (
        "has no periods to go back over",
        "Leave `last` out",
    ),
    "- {id: visits, accumulate: quarter}": (
        "nothing says that the periods of `visits` add up",
        "`over_time: sum`",
    ),
    "- {id: ratio, accumulate: quarter}": ("nothing says that the periods", "`chart: line`"),
    "- {id: sums, accumulate: quarter, chart: bar}": ("not a `bar`", "Leave `chart`"),
    "- {id: sums, accumulate: quarter, last: 4 weeks}": ("goes no further back", "Leave `last`"),
    "- {id: days, accumulate: quarter, by: channel}": ("not its members", "Leave `by` out"),
    "- {id: months, accumulate: month}": ("no month has several", "a longer span"),
    "- {id: sums, accumulate: week}": ("accumulate", "month, quarter"),
    "- {id: visits, chart: stacked}": ("needs `by`", "`by: channel`"),
    "- {id: one, chart: stacked}": ("needs `by`", "`chart: line`"),
    "- {id: ratio, chart: stacked, by: channel}": (
        "these values do not add up",
        "`chart: line` to see it by channel",
    ),
    "columns: 2\nmetrics: [one, {id: visits, width: 3}]": (
        "`width: 3` is more than this block has columns",
        "`columns: 3`",
    ),
    "columns: 4\nmetrics: [one, {id: visits, chart: line}]": (
        "too narrow to read in one of four columns",
        "`columns: 3`",
    ),
    "columns: 3\nmetrics: [one]": ("one entry alone fills its row", "add another entry"),
    "- {id: one, width: 2}": ("`width` does nothing here", "add another entry"),
    "columns: 5\nmetrics: [one, visits]": ("columns", "4"),
    "columns: 2": ("metrics", "missing"),
    "columns: 2\nmetrics: [one, {id: visits, wide: 2}]": ("wide", "width"),
}


@pytest.mark.parametrize("block", REFUSED)
def test_what_would_do_nothing_is_refused_with_what_to_write(project: Make, block: str) -> None:
    said = sharekit("check", "--project", project(files(block)))
    assert said.code == 2
    words = " ".join((said.out + said.err).split())
    assert all(part in words for part in REFUSED[block])


UNFIT: Mapping[str, tuple[str, str]] = {
    "- {id: parts, chart: stacked, by: channel}": ("`parts` has no periods", "`chart: bar`"),
    "- {id: parts, chart: line, by: channel}": ("`parts` has no periods", "`chart: bar`"),
    "- {id: parts, chart: bar, by: channel, last: 4 weeks}": (
        "`last` goes over time",
        "Leave `last` out",
    ),
    "- {id: one, chart: line}": ("`one` has no periods", "Leave `chart` out"),
    "- {id: returns, chart: stacked, by: channel}": (
        "Direct is below zero: −6, week of 3 Aug 2026",
        "`chart: line` to see it by channel",
    ),
    "- {id: returns, chart: bar, by: channel, last: 20 weeks}": (
        "is below zero",
        "`chart: line` to see it by channel",
    ),
}


@pytest.mark.parametrize("block", mostly_slow(UNFIT, quick=2))
def test_what_the_values_do_not_allow_is_refused_with_what_to_write(
    project: Make, block: str
) -> None:
    said = sharekit("check", "--project", project(files(block)))
    assert said.code == 1, "the rest can be built"
    words = " ".join((said.out + said.err).split())
    assert all(part in words for part in UNFIT[block])


def front(text: str, line: str) -> str:
    return text.replace("--- */", f"{line}\n--- */")


@pytest.mark.slow
@pytest.mark.parametrize("item", ["visits", "rows", "one", "ratio"])
def test_a_note_is_told_on_the_page_of_any_number(project: Make, item: str) -> None:
    """Of a table and of a number without time too, which have no chart to mark."""
    texts = {"visits": VISITS, "rows": ROWS, "one": ONE, "ratio": RATIO}
    noted = texts[item].replace("---\ntitle", "---\nnotes: [{on: 2026-11-03, text: Ice}]\ntitle", 1)
    root = project(files("- visits") | {f"metrics/{item}.sql": noted})
    assert sharekit("build", "--project", root).code == 0
    assert ">3 November 2026</time> Ice" in (root / f"site/metrics/{item}.html").read_text()


KEYS: Mapping[str, tuple[str, str]] = {
    "grain of a table": (
        front(ROWS, "grain: week"),
        "`grain` describes one number, but this is a table",
    ),
    "target of a table": (front(ROWS, "target: 3"), "`target` describes one number"),
    "dimensions of a table": (
        front(ROWS, "dimensions: [name]"),
        "`dimensions` describes one number",
    ),
    "compare of a table": (
        front(ROWS, "compare: [previous]"),
        "`compare` describes one number",
    ),
    "chart of a table": (front(ROWS, "chart: bar"), "`chart` describes one number"),
    "band of a table": (front(ROWS, "band: [1, 2]"), "`band` describes one number"),
    "order of a table": (front(ROWS, "order: {name: [x]}"), "`order` describes one number"),
    "columns of a number": (
        front(ONE, "columns: {value: {format: usd}}"),
        "`columns` says how the columns of a table",
    ),
    "card of a metric": (front(ONE, "chart: card"), "`chart: card` draws nothing"),
    "table of a metric": (front(ONE, "chart: table"), "`chart: table` draws nothing"),
    "stacked of a metric": (front(VISITS, "chart: stacked"), "`chart: stacked` draws nothing"),
    "order of no dimension": (
        front(VISITS, "order: {chanel: [a]}"),
        "`chanel` is not a dimension here",
    ),
    "zero without time": (front(ONE, "missing: zero"), "`missing: zero` needs periods"),
    "year ago without time": (
        front(ONE, "compare: [year_ago]"),
        "`compare: year_ago` needs periods",
    ),
    "targets of a table": (front(ROWS, "targets: {x: 1}"), "`targets` describes one number"),
    "targets of an unknown member": (
        front(VISITS, "targets: {Serch: 1}"),
        "there is no member `Serch`",
    ),
    "targets of no column": (front(VISITS, "targets: gaol"), "returns no column `gaol`"),
    "targets without a dimension": (front(ONE, "targets: {x: 1}"), "this number has no dimension"),
    "minimum of no count": (
        front(VISITS, "minimum_count: 5"),
        "the query does not say how many cases a member's value is based on",
    ),
    "minimum without a dimension": (front(ONE, "minimum_count: 5"), "this number has no dimension"),
    "replaced and in use": (front(ONE, "replaced_by: visits"), "this one is in use"),
    "replaced by itself": (
        front(ONE, "state: deprecated\nreplaced_by: one"),
        "`one` is itself deprecated",
    ),
    "replaced by nothing": (
        front(ONE, "state: deprecated\nreplaced_by: onee"),
        "there is no metric `onee`",
    ),
    "band upside down": (front(ONE, "band: [2, 1]"), "the band begins at 2 and ends at 1"),
    "target of no column": (front(ONE, "target: plan"), "the query returns no column `plan`"),
    "target of no metric": (front(ONE, "target: metrics.plan"), "there is no metric `plan`"),
}


@pytest.mark.slow
@pytest.mark.parametrize("what", KEYS)
def test_a_key_that_would_do_nothing_is_refused(project: Make, what: str) -> None:
    text, message = KEYS[what]
    name = re.search(r"^title: (\w+)", text, re.MULTILINE)
    assert name
    said = sharekit(
        "check", "--project", project(files("- visits") | {f"metrics/{name[1].lower()}.sql": text})
    )
    assert said.code in (1, 2)
    assert message in " ".join((said.out + said.err).split())


def test_keys_that_do_nothing_for_a_key_result_are_refused(project: Make) -> None:
    kept = (
        '/* ---\ntitle: Kept\nowner: a\nunit: "%"\ngrain: week\ntype: maintain\nband: [0, 1]\n'
        "pace: [{on: 2026-11-01, value: 0.5}]\nannounce: page\nconfidence: 0.7\n--- */\n"
        "SELECT DATE '2026-10-05' AS week, 0.5 AS value\n"
    )
    objective = "---\ntitle: O\nowner: a\nperiod: 2026-Q4\n---\n"
    okrs = {"metrics/okrs/q4/objective.md": objective, "metrics/okrs/q4/kept.sql": kept}
    root = project({"sharekit.toml": CONFIG, **okrs})
    said = sharekit("check", "--project", root)
    words = " ".join((said.out + said.err).split())
    assert said.code == 2
    assert "`pace` does nothing for `maintain`" in words
    assert "`announce: page` does nothing" in words
    assert "a confidence of 0.7 is 0.7 of 10" in words
    assert "write `confidence: 7`" in words


@pytest.mark.slow
@pytest.mark.parametrize(("language", "code"), [("en-US", 0), ("en", 0), ("de", 2), ("pt-BR", 2)])
def test_pages_speak_english(project: Make, language: str, code: int) -> None:
    config = CONFIG.replace("as_of", f'language = "{language}"\nas_of')
    said = sharekit(
        "check", "--project", project({"sharekit.toml": config, "metrics/one.sql": ONE})
    )
    assert said.code == code
    assert ("pages speak English" in said.out + said.err) == (code == 2)


def test_every_key_that_may_be_written_is_read_somewhere() -> None:
    """A key that no code outside its declaration reads can have no effect on anybody."""
    package = Path(__file__).parent.parent / "sharekit"
    code = "\n".join(
        path.read_text() for path in package.rglob("*.py") if "declared" not in path.parts
    )
    code += "\n".join(path.read_text() for path in package.rglob("*.html"))
    read = set(re.findall(r"\.(\w+)\b", code)) | set(re.findall(r'"(\w+)"', code))
    assert [
        f"{shape}.{key}"
        for shape, key in declared_keys()
        if key.rstrip("_") not in read and key != "from"
    ] == []


@pytest.mark.parametrize(
    ("kind", "options", "refused"),
    [
        ("metric", ["--period", "2026-Q1"], "--period is not for a new metric"),
        ("metric", ["--objective", "o"], "--objective is not for a new metric"),
        ("view", ["--owner", "a"], "--owner is not for a new view"),
        ("okr", ["--folder", "x"], "--folder is not for a new OKR"),
        ("okr", ["--by-hand", "--share"], "--share is not for a new OKR kept by hand"),
        ("okr", ["--by-hand", "--source", "x"], "--source is not for a new OKR kept by hand"),
        ("okr", ["--share", "--engine", "x"], "--engine is not for a new OKR that is a share"),
        ("objective", ["--source", "x"], "--source is not for a new objective"),
        ("dashboard", ["--folder", "x"], "--folder is not for a new dashboard"),
        ("source", ["--file", "x.csv", "--share"], "--share is not for a new source"),
    ],
)
def test_new_refuses_what_would_be_without_effect(
    project: Make, kind: str, options: list[str], refused: str
) -> None:
    root = project({"sharekit.toml": CONFIG})
    said = sharekit("new", kind, "x", *options, "--project", root)
    assert said.code == 2
    assert refused in said.err
    assert sorted(path.name for path in root.rglob("*") if path.is_file()) == ["sharekit.toml"]
