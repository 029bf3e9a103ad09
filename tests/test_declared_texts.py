"""Texts as people write them: places, YAML, other line ends; and nothing makes loading fall over."""

from __future__ import annotations

import os
import re
from datetime import date
from typing import Any

import pytest
import yaml
from declared_files import CONFIG, KEY_RESULT, METRIC, OBJECTIVE, Project, files, only_problem
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sharekit.errors import Place, ProblemsError
from sharekit.project.load import load, parse_file
from sharekit.project.read.toml_text import read_toml
from sharekit.project.read.yaml_text import read_yaml

# -- places ---------------------------------------------------------------------------------------


def test_each_value_knows_its_place() -> None:
    text = """/* ---
title: Flights
dimensions: [origin, carrier]
revisions:
  - date: 2013-11-04
    reason: scope
    why: >
      More gates.
--- */
SELECT 1
"""
    keys = parse_file("metrics/x.sql", text).keys
    places = {key: (place.line, place.column, place.length) for key, place in keys.items()}
    assert places["title"] == (2, 8, 7)
    assert places["dimensions[1]"] == (3, 22, 7)
    assert places["revisions[0].date"] == (5, 11, 10)
    assert places["revisions[0].why"][:2] == (7, 10)


def test_a_key_that_is_not_written_has_the_place_of_its_file() -> None:
    metric = files({"metrics/x.sql": METRIC}).metrics["x"]
    assert metric.at("title") == Place("metrics/x.sql", 2, 8, 7)
    assert metric.at("target") == Place("metrics/x.sql", 1, 1)


def test_places_in_toml() -> None:
    text = """[project]
name = "A # B"  # c ]
[[announce.webhooks]]
name = "a"
[[announce.webhooks]]
name = "b"
[audiences."x y"]
members = [ # who
  "maria",
  'jonas', ]
meeting = { day = "monday", time = "09:00" }
a.b.c = \"\"\"
x = [1]
\"\"\"
last = 2013-11-22 10:00:00
"""
    values = read_toml(text, "t.toml")
    lines = text.split("\n")

    def written(path: str) -> str:
        place = values.places[path]
        assert place.line is not None
        assert place.column is not None
        return lines[place.line - 1][place.column - 1 :][: place.length]

    assert written("project.name") == '"A # B"'
    assert (
        values.places["announce.webhooks[1].name"].line,
        written("announce.webhooks[1].name"),
    ) == (6, '"b"')
    assert written("audiences.x y.members[1]") == "'jonas'"
    assert written("audiences.x y.meeting.time") == '"09:00"'
    assert values.places["audiences.x y.a.b.c"].line == 12
    assert written("audiences.x y.last") == "2013-11-22 10:00:00"


# -- YAML as people write it ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on: 2013-11-01", {"on": "2013-11-01"}),
        ("yes: no", {"yes": "no"}),
        ("a: true\nb: False\nc: off", {"a": True, "b": False, "c": "off"}),
        ("a: ~\nb:\nc: null", {"a": None, "b": None, "c": None}),
        (
            "a: 012\nb: 0o17\nc: 0x1F\nd: 1_000\ne: 12:30",
            {"a": 12, "b": 15, "c": 31, "d": "1_000", "e": "12:30"},
        ),
        (
            "a: 1.50\nb: 2.0\nc: -1e3\nd: .5\ne: 1.",
            {"a": 1.5, "b": 2, "c": -1000, "d": 0.5, "e": 1},
        ),
        ("a: '0.8'\nb: \"true\"", {"a": "0.8", "b": "true"}),
        ("a: >\n  one\n  two\nb: |\n  one\n  two\n", {"a": "one two\n", "b": "one\ntwo\n"}),
        ("<<: {a: 1}", {"<<": {"a": 1}}),
        ("", None),
    ],
)
def test_plain_words_mean_what_they_look_like(text: str, value: object) -> None:
    read = read_yaml(text, "x")
    assert (read.value, read.problems) == (value, ())


def test_dates_are_dates_in_the_end() -> None:
    text = KEY_RESULT.replace(
        "target: 0.82", "target: 0.82\npace:\n  - {on: 2013-11-01, value: 0.78}"
    )
    result = files({"metrics/q/objective.md": OBJECTIVE, "metrics/q/k.sql": text}).metrics["k"]
    assert result.okr is not None
    assert result.okr.front.pace != "linear"
    assert result.okr.front.pace[0].on == date(2013, 11, 1)


LETTERS = st.characters(
    blacklist_categories=["Cs", "Cc"], blacklist_characters="\u2028\u2029\ufeff\x85"
)
NUMBERS = st.integers(-(10**6), 10**6) | st.floats(allow_nan=False, allow_infinity=False, width=32)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(LETTERS, max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("abcXYZ_ ", min_size=1, max_size=6), inner, max_size=3)
    ),
    max_leaves=12,
)


class Yaml12(yaml.SafeDumper):
    """Quotes texts that YAML 1.2 takes for numbers and PyYAML, which speaks 1.1, does not: 0E0."""


Yaml12.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$"),
    list("-+.0123456789"),
)


@pytest.mark.slow
@given(JSON)
@settings(max_examples=300)
def test_any_yaml_that_was_written_is_read_back(value: Any) -> None:
    text = yaml.dump(value, Dumper=Yaml12, allow_unicode=True, default_flow_style=None)
    read = read_yaml(text, "x")
    assert read.problems == ()
    assert _same(read.value, value)


def _same(read: Any, value: Any) -> bool:
    if isinstance(value, dict):
        return (
            isinstance(read, dict)
            and set(read) == set(value)
            and all(_same(read[key], value[key]) for key in value)
        )
    if isinstance(value, list):
        return isinstance(read, list) and len(read) == len(value) and all(map(_same, read, value))
    return bool(read == value) and isinstance(read, bool) == isinstance(value, bool)


def test_both_parsers_of_yaml_are_served() -> None:
    text = "title: On time # c\nplan:\n  - {what: a, who: [b, c]}\nwhy: >\n  x\n  y\n"
    assert read_yaml(text, "x", parser=yaml.SafeLoader).value == read_yaml(text, "x").value


# -- nothing makes it fall over -------------------------------------------------------------------


PATHS = (
    "metrics/x.sql",
    "metrics/_x.sql",
    "metrics/q/objective.md",
    "dashboards/d.md",
    "metrics/asks/a.yaml",
)


@pytest.mark.slow
@given(st.text(max_size=200), st.sampled_from(PATHS))
@example("/* ---\n" + "[" * 100_000 + "\n--- */\nSELECT 1", "metrics/x.sql")
@example("/* ---\n" + "a: &a [" + "*a," * 9 + "]\n--- */\nSELECT 1", "metrics/x.sql")
@example("/* ---\n" + "{a: " * 5_000 + "\n--- */\nSELECT 1", "metrics/x.sql")
@example("\n" * 500_000, "metrics/_x.sql")
@example("/* ---\ntitle: " + "9" * 10_000 + "\n--- */", "metrics/x.sql")
@example('/* ---\ntitle: "\\ud800"\n--- */', "metrics/x.sql")
@example("---\n---\n" + "`" * 5_000 + "{{" * 5_000, "dashboards/d.md")
@example("---\ntitle: x\n---\n" + "> " * 3_000 + "```metrics", "dashboards/d.md")
def test_no_text_makes_it_fall_over(text: str, path: str) -> None:
    manifest = files({path: text})
    assert all(problem.message for problem in manifest.problems)


@pytest.mark.slow
@given(st.text("titleownrad: -[]{}'\"#&*!|>%@`\n\t0123./\\", max_size=80))
@settings(max_examples=400)
def test_no_front_matter_makes_it_fall_over(front: str) -> None:
    manifest = files({"metrics/x.sql": f"/* ---\n{front}\n--- */\nSELECT 1\n"})
    assert manifest.problems or "x" in manifest.metrics
    for problem in manifest.problems:
        assert problem.place.line is None or 1 <= problem.place.line <= front.count("\n") + 5


KEYS = "title owner target dimensions revisions compare kind total numerator max_age id tags zebra".split()  # noqa: SIM905


@pytest.mark.slow
@given(st.dictionaries(st.sampled_from(KEYS), JSON, max_size=6))
@settings(max_examples=300)
def test_no_values_make_it_fall_over(values: dict[str, Any]) -> None:
    text = f"/* ---\n{yaml.safe_dump(values, allow_unicode=True)}--- */\nSELECT 1\n"
    manifest = files({"metrics/x.sql": text})
    assert bool(manifest.problems) != bool(manifest.metrics)


@pytest.mark.slow
@given(st.binary(max_size=200))
@example(b"\xff\xfe[\x00p\x00")
@example(b'[project]\nname = "\xe9"')
@example(b"a = " + b"[" * 20_000)
@example(b"a = " + b"9" * 5_000)
def test_no_bytes_make_the_configuration_fall_over(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    root = tmp_path_factory.mktemp("project")
    (root / "sharekit.toml").write_bytes(content)
    with pytest.raises(ProblemsError):
        load(root)


@pytest.mark.slow
@given(st.binary(max_size=120))
def test_no_bytes_make_a_metric_fall_over(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    root = tmp_path_factory.mktemp("project")
    (root / "sharekit.toml").write_text(CONFIG)
    (root / "metrics").mkdir()
    (root / "metrics" / "x.sql").write_bytes(content)
    assert load(root).problems


# -- files as they come ---------------------------------------------------------------------------


def test_byte_order_mark_and_other_line_ends_do_no_harm(project: Project) -> None:
    root = project({"metrics/x.sql": b"\xef\xbb\xbf" + METRIC.replace("\n", "\r\n").encode(),
                    "metrics/y.sql": METRIC.replace("\n", "\r").encode()})  # fmt: skip
    manifest = load(root)
    assert manifest.problems == ()
    assert manifest.metrics["x"].sql == manifest.metrics["y"].sql
    assert manifest.files["metrics/x.sql"] == METRIC


@pytest.mark.parametrize(
    ("content", "code", "place"),
    [
        (b"/* ---\ntitle: Fl\xfcge\n--- */", "not-utf-8", "metrics/x.sql:2:10"),
        (
            METRIC.replace("Flights", "Fl\x1b[31mights").encode(),
            "control-character",
            "metrics/x.sql:2:10",
        ),
        (
            METRIC.replace("Flights", "Fl\u202eights").encode(),
            "control-character",
            "metrics/x.sql:2:10",
        ),
        (METRIC.encode() + b"\x00", "control-character", "metrics/x.sql:5:1"),
        (METRIC.encode() + b"-" * 1_000_000, "file-too-large", "metrics/x.sql"),
    ],
)
def test_what_is_no_plain_text_is_a_problem(
    project: Project, content: bytes, code: str, place: str
) -> None:
    manifest = load(project({"metrics/x.sql": content, "metrics/y.sql": METRIC}))
    assert only_problem(manifest) == (code, place)
    assert list(manifest.metrics) == ["y"]


def test_a_commit_with_a_control_character_is_a_problem_too() -> None:
    assert only_problem(files({"metrics/x.sql": METRIC + "\x07"})) == (
        "control-character",
        "metrics/x.sql:5:1",
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root can read everything")
def test_a_file_that_may_not_be_read_is_a_problem(project: Project) -> None:
    root = project({"metrics/x.sql": METRIC})
    (root / "metrics/x.sql").chmod(0)
    assert only_problem(load(root)) == ("unreadable-file", "metrics/x.sql")


def test_links_that_leave_the_project_are_refused(
    project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "x.sql").write_text(METRIC)
    (outside / "secret.csv").write_text("a\n1\n")
    root = project({"metrics/ours.sql": METRIC, "metrics/data/.keep": ""})
    (root / "metrics/theirs.sql").symlink_to(outside / "x.sql")
    (root / "metrics/data/secret.csv").symlink_to(outside / "secret.csv")
    (root / "metrics/all").symlink_to(outside)
    (root / "metrics/gone.sql").symlink_to(outside / "nothing")
    (root / "metrics/alias.sql").symlink_to("ours.sql")
    manifest = load(root)
    assert {str(problem.place) for problem in manifest.problems} == {
        "metrics/theirs.sql", "metrics/data/secret.csv", "metrics/all", "metrics/gone.sql",
    }  # fmt: skip
    assert {problem.code for problem in manifest.problems} == {"bad-link"}
    assert list(manifest.metrics) == ["alias", "ours"]
    assert not manifest.sources


def test_a_pipe_is_no_file(project: Project) -> None:
    root = project({"metrics/x.sql": METRIC})
    os.mkfifo(root / "metrics/y.sql")
    assert list(load(root).metrics) == ["x"]
