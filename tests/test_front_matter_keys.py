"""Every key of the front matter, on every kind of number: it changes what readers see, or it is
refused with its place and a hint.

One project holds a file for each kind, and one more for each key on it. `check` refuses some; of
the others the pages differ from those of the same file without the key."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from commandline import sharekit

pytestmark = pytest.mark.slow

CONFIG = """[project]
name = "P"
as_of = 2026-11-28
[people.a]
name = "Ann"
[people.b]
name = "Bea"
"""
WEEKS = "FROM range(64) AS r(i)"
WEEK = "DATE '2025-09-01' + INTERVAL (7 * i) DAY AS week"
MEMBERS = f"{WEEKS}, (VALUES ('Search'), ('Direct')) AS v(c) WHERE i <> 55"
SERIES = f"SELECT {WEEK}, 300 + 7 * i AS value, 100 AS plan {WEEKS} WHERE i <> 55"
SLICED = f"SELECT {WEEK}, c, 300 + 7 * i + length(c) AS value, 100 AS plan {MEMBERS}"
RATIO = (
    f"SELECT {WEEK}, c, (i + length(c)) / 200 AS value, i + length(c) AS up, 200 AS down, 100 AS"
    f" plan {MEMBERS}"
)
BY_WEEK = "grain: week\nover_time: sum\n"


@dataclass(frozen=True)
class Kind:
    front: str
    query: str | None
    """None of one that is kept by hand."""
    key_result: bool = False


KINDS: Mapping[str, Kind] = {
    "one number": Kind("", "SELECT 7 AS value, 9 AS plan"),
    "series": Kind(BY_WEEK, SERIES),
    "sliced": Kind(f"{BY_WEEK}dimensions: [c]\ntotal: sum\n", SLICED),
    "ratio": Kind(
        'grain: week\ndimensions: [c]\nnumerator: up\ndenominator: down\nunit: "%"\n', RATIO
    ),
    "level": Kind("grain: week\nover_time: last\n", SERIES),
    "members": Kind(
        "dimensions: [c]\ntotal: sum\n",
        "SELECT c, length(c) AS value, 100 AS plan FROM (VALUES ('Search'), ('Direct')) AS v(c)",
    ),
    "no total": Kind("grain: week\ndimensions: [c]\ntotal: none\n", SLICED),
    "table": Kind("kind: table\n", "SELECT 1 AS id, 'x' AS name, 2.5 AS value"),
    "increase": Kind(f"type: increase\nbaseline: 300\ntarget: 900\n{BY_WEEK}", SERIES, True),
    "decrease": Kind(
        f"type: decrease\nbaseline: 900\ntarget: 100\n{BY_WEEK}",
        SERIES.replace("300 + 7 * i", "900 - 7 * i"),
        True,
    ),
    "maintain": Kind(f"type: maintain\nband: [1, 800]\n{BY_WEEK}", SERIES, True),
    "baseline": Kind(f"type: baseline\ntarget: 8\n{BY_WEEK}", SERIES, True),
    "milestone": Kind("type: milestone\nbaseline: 0\ntarget: 5\n", "SELECT 3 AS value", True),
    "key result of a ratio": Kind(
        "type: increase\nbaseline: 0.01\ntarget: 0.5\ngrain: week\ndimensions: [c]\n"
        'numerator: up\ndenominator: down\nunit: "%"\n',
        RATIO,
        True,
    ),
    "by hand": Kind(
        "type: milestone\nbaseline: 0\ntarget: 50\ncheckins:\n"
        "  - {on: 2026-10-07, value: 10, confidence: 6, note: Signed.}\n"
        "  - {on: 2026-10-20, value: 30, confidence: 6, note: Built.}\n",
        None,
        True,
    ),
}
KEYS: Mapping[str, tuple[str, ...]] = {
    "question": ('"How many?"',),
    "synonyms": ("[others]",),
    "description": ('"What it is."',),
    "owner": ("b", "[a, b]"),
    "kind": ("table",),
    "columns": ("{value: {format: usd}}",),
    "unit": ("min", '"€"'),
    "format": ("usd",),
    "value": ("plan",),
    "order": ("{c: [Search, Direct]}",),
    "total": ("none", "sum"),
    "headline": ("Search",),
    "over_time": ("last", "mean", "max"),
    "missing": ("zero", "last"),
    "since": ("2026-10-20",),
    "settles": ('"14 days"',),
    "max_age": ('"2 days"',),
    "compare": ("[year_ago]", "[target]", "[previous, year_ago]"),
    "change": ("absolute", "relative", "points"),
    "target": ("500", "[{from: 2026-09-01, value: 20}]", "plan", "metrics.other"),
    "targets": ("{Search: 20}", "plan"),
    "minimum_count": ("50000",),
    "labels": ("{c: names.name}",),
    "band": ("[2, 12]",),
    "notes": ("[{on: 2026-10-20, text: Fog}]",),
    "tags": ("[t]",),
    "state": ("deprecated", "dropped"),
    "replaced_by": ("other",),
    "drives": ("[other]",),
    "period": ("2026-H2",),
    "commitment": ("aspirational",),
    "baseline": ("350",),
    "pace": ("[{on: 2026-11-01, value: 345}]",),
    "measured": ("period_to_date",),
    "confidence": ("7",),
    "challenges": ('"Hard."',),
    "plan": ('"We try."',),
    "help_wanted": ('"Hands."',),
    "decisions": ('"Yes or no?"',),
    "offers": ("[{what: A van}]",),
    "checkins": ("[{on: 2026-11-02, confidence: 4, note: Slow.}]",),
    "materialize": ("true",),
    "engine": ("nope",),
}
OF_KEY_RESULTS = frozenset(
    {
        "period", "commitment", "baseline", "pace", "measured", "confidence", "challenges", "plan", "help_wanted",
        "decisions", "offers", "checkins",
    }
)  # fmt: skip
DEFAULTS: Mapping[tuple[str, str], frozenset[str]] = {
    ("kind", "table"): frozenset({"table"}),
    ("total", "sum"): frozenset(KINDS) - {"ratio", "no total", "key result of a ratio"},
    ("total", "none"): frozenset(KINDS) - {"sliced", "members"},
    ("over_time", "last"): frozenset({"level"}),
    ("compare", "[target]"): frozenset({"milestone", "by hand"}),
    ("change", "relative"): frozenset(KINDS) - {"ratio", "key result of a ratio"},
    ("change", "absolute"): frozenset({"ratio", "key result of a ratio"}),
    ("change", "points"): frozenset({"ratio", "key result of a ratio"}),
}
"""Key and value -> kinds of which they say only what holds without them."""


@dataclass(frozen=True)
class Case:
    name: str
    kind: str
    key: str = ""
    value: str = ""

    @property
    def of(self) -> Kind:
        return KINDS[self.kind]

    @property
    def path(self) -> str:
        if not self.of.key_result:
            return f"metrics/{self.name}.sql"
        return f"metrics/okrs/o_{self.name}/{self.name}.{'sql' if self.of.query else 'md'}"

    @property
    def files(self) -> Iterator[tuple[str, str]]:
        declared = ["title: Thing", "owner: a", *self.of.front.splitlines()]
        added = [f"{self.key}: {self.value}"] if self.key else []
        text = "\n".join([*_without(declared, self.key), *added])
        query = self.of.query
        yield self.path, f"/* ---\n{text}\n--- */\n{query}\n" if query else f"---\n{text}\n---\n"
        if self.of.key_result:
            yield (
                f"metrics/okrs/o_{self.name}/objective.md",
                "---\ntitle: O\nowner: a\nperiod: 2026-Q4\n---\n",
            )
        block = f"metrics\n- {{id: {self.name}, chart: card}}"
        if "table" in (self.kind, self.value):
            block = f"table\nid: {self.name}"
        yield f"dashboards/d_{self.name}.md", f"---\ntitle: D\n---\n```{block}\n```\n"


def _without(lines: list[str], key: str) -> list[str]:
    """The lines of a front matter but those of a key and what is indented below it."""
    kept: list[str] = []
    inside = False
    for line in lines:
        inside = line.startswith(f"{key}:") or (inside and line.startswith(" "))
        kept += [] if inside else [line]
    return kept


def _cases() -> Iterator[Case]:
    count = 0
    for name, kind in KINDS.items():
        yield Case(f"x{count:04}", name)
        count += 1
        for key, values in KEYS.items():
            for value in values if kind.key_result or key not in OF_KEY_RESULTS else ():
                yield Case(f"x{count:04}", name, key, value)
                count += 1


CASES = tuple(_cases())


@dataclass(frozen=True)
class Seen:
    """What `check` and `build` made of every case."""

    refused: Mapping[str, tuple[str, str]]
    """Name of a case -> message and hint of what refuses it."""
    pages: Mapping[str, str]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    root = tmp_path_factory.mktemp("every_key")
    other = "/* ---\ntitle: Other\nowner: a\n--- */\nSELECT 8 AS value\n"
    names = "c,name\nSearch,By search\nDirect,By hand\n"
    written = {
        "sharekit.toml": CONFIG,
        "metrics/other.sql": other,
        "metrics/data/names.csv": names,
    }
    written |= {path: text for case in CASES for path, text in case.files}
    for path, text in written.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
    refused: dict[str, tuple[str, str]] = {}
    for _ in range(4):
        found = list(_refused(root))
        for name, message, hint in found:
            refused.setdefault(name, (message, hint))
        for case in CASES if found else ():
            for path, _ in case.files if case.name in refused else ():
                (root / path).unlink(missing_ok=True)
    assert sharekit("build", "--project", root).code == 0
    return Seen(refused, {case.name: _page(root / "site", case.name) for case in CASES})


def _refused(root: Path) -> Iterator[tuple[str, str, str]]:
    for line in sharekit("check", "--format", "jsonl", "--project", root).out.splitlines():
        problem = json.loads(line)
        name = re.search(r"x\d{4}", problem["path"])
        assert name, problem
        silent = "off track" in problem["message"]
        if problem["severity"] == "error" or (problem["code"] == "unknown-column" and not silent):
            yield name[0], problem["message"], problem["hint"] or ""


def _page(site: Path, name: str) -> str:
    folders = ("metrics", "okrs", "dashboards")
    paths = [site / folder / f"{start}{name}.html" for folder in folders for start in ("", "d_")]
    text = "".join(path.read_text("utf-8") for path in paths if path.exists())
    return re.sub(r'"[0-9a-f]{8,}"', '"hash"', text.replace(name, "X"))


@pytest.mark.parametrize("key", KEYS)
def test_a_key_does_something_or_is_refused(seen: Seen, key: str) -> None:
    plain = {case.kind: seen.pages[case.name] for case in CASES if not case.key}
    assert [
        seen.refused.get(case.name) for case in CASES if not seen.pages[case.name] and not case.key
    ] == []
    idle = [
        (case.kind, case.value)
        for case in CASES
        if case.key == key
        and case.name not in seen.refused
        and seen.pages[case.name] == plain[case.kind]
        and case.kind not in DEFAULTS.get((key, case.value), ())
    ]
    assert idle == [], idle


def test_whatever_is_refused_says_what_to_write(seen: Seen) -> None:
    silent = {message for message, hint in seen.refused.values() if not hint}
    assert [message for message in silent if " should be " not in message] == []
