"""Files become a manifest: what they mean, what they inherit, and what is left out."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from declared_files import CONFIG, KEY_RESULT, METRIC, OBJECTIVE, Project, files, only_problem
from hypothesis import example, given
from hypothesis import strategies as st

from sharekit.errors import ProblemsError, SharekitError
from sharekit.files.globs import folder_before_glob, glob_pattern
from sharekit.project.load import is_declared, load, load_files
from sharekit.project.manifest import EVERYONE

# -- what files are -------------------------------------------------------------------------------


def test_the_example_of_this_repository_loads_whole() -> None:
    root = Path(__file__).parent.parent
    manifest = load(root)
    assert manifest.problems == ()
    assert manifest.root == str(root)
    assert list(manifest.sources) == ["carriers", "flights"]
    assert manifest.sources["flights"].paths == ("metrics/data/flights.parquet",)
    jfk = manifest.metrics["jfk_on_time"]
    assert jfk.okr is not None
    assert (jfk.okr.objective, jfk.okr.period.end, jfk.category) == (
        "2013-q4-punctual", date(2013, 12, 31), "okrs/2013-q4/punctual",
    )  # fmt: skip
    assert [dashboard.id for dashboard in manifest.dashboards.values()] == [
        "operations",
        "carriers",
        "quarter",
    ]


def test_a_commit_and_a_folder_say_the_same(project: Project) -> None:
    texts = {
        "sharekit.toml": CONFIG,
        "metrics/a.sql": METRIC,
        "metrics/_v.sql": "SELECT 1",
        "metrics/okrs/q/objective.md": OBJECTIVE,
        "metrics/okrs/q/k.sql": KEY_RESULT,
        "dashboards/ops.md": "---\ntitle: Operations\n---\nWords.\n",
        "metrics/data/flights.csv": "a\n1\n",
    }
    folder = load(project(texts))
    commit = load_files(texts, digests={"metrics/data/flights.csv": "abc"})
    for name in ("metrics", "views", "objectives", "dashboards", "config", "problems"):
        assert getattr(folder, name) == getattr(commit, name)
    assert commit.sources["flights"].digests == ("abc",)
    assert folder.sources["flights"].digests == ()


def test_the_query_keeps_its_lines_and_columns() -> None:
    text = "-- made in Lima\n\n/* ---\ntitle: Flights\n--- */ SELECT a,\n  b\nFROM t;\n\n"
    sql = files({"metrics/x.sql": text}).metrics["x"].sql
    assert sql.first_line == 5
    assert sql.text == "       SELECT a,\n  b\nFROM t"


def test_a_view_needs_no_front_matter_and_may_have_other_comments() -> None:
    manifest = files({"metrics/_v.sql": "/* what we count */\nSELECT 1 -- one\n"})
    assert manifest.views["_v"].sql.text == "/* what we count */\nSELECT 1 -- one"
    assert manifest.problems == ()


def test_an_explicit_id_keeps_identity_through_a_rename() -> None:
    renamed = METRIC.replace("title:", "id: flights_flown\ntitle:")
    manifest = files(
        {
            "metrics/Another Name.sql": renamed,
            "metrics/_w.sql": "/* ---\nid: _flown\n--- */ SELECT 1",
        }
    )
    assert list(manifest.metrics) == ["flights_flown"]
    assert list(manifest.views) == ["_flown"]
    assert manifest.problems == ()


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("metrics/okrs/2013-q4/punctual/objective.md", "2013-q4-punctual"),
        ("metrics/okrs/2013 Q4/On Time!/objective.md", "2013-q4-on-time"),
        ("metrics/goals/objective.md", "goals"),
        ("metrics/okrs/objective.md", "objective"),
    ],
)
def test_an_objective_is_named_by_its_folder(path: str, name: str) -> None:
    assert list(files({path: OBJECTIVE}).objectives) == [name]


@pytest.mark.parametrize("key", ["period: 2013-Q4", "baseline: 1", "objective: goal"])
def test_a_key_of_okrs_makes_a_key_result(key: str) -> None:
    text = METRIC.replace("title:", f"{key}\ntitle:")
    if not key.startswith("objective"):
        text = text.replace("title:", "objective: goal\ntitle:")
    manifest = files({"metrics/x.sql": text, "metrics/goal/objective.md": OBJECTIVE})
    assert list(manifest.key_results) == ["x"]


def test_other_files_are_left_alone(project: Project) -> None:
    names = (
        "metrics/README.md",
        "dashboards/README.md",
        "metrics/.x.sql",
        "metrics/a.txt",
        "metrics/data/README.md",
    )
    root = project(dict.fromkeys((*names, ".git/metrics/a.sql", "other/x.sql"), "no"))
    manifest = load(root)
    assert manifest.problems == ()
    assert (dict(manifest.metrics), dict(manifest.sources), list(manifest.files)) == (
        {},
        {},
        ["sharekit.toml"],
    )
    assert not is_declared("other/x.sql")
    assert is_declared("metrics/a/b/c.sql")


# -- what is inherited ----------------------------------------------------------------------------


def test_a_key_result_inherits_from_its_objective() -> None:
    objective = OBJECTIVE.replace("title:", "audience: board\ntitle:")
    result = files({"metrics/q/objective.md": objective, "metrics/q/k.sql": KEY_RESULT}).metrics[
        "k"
    ]
    assert result.okr is not None
    assert (result.owner, result.audiences, result.okr.commitment) == (
        "maria",
        ("board",),
        "aspirational",
    )
    assert (result.okr.period.label, result.okr.period.start) == ("2013-Q4", date(2013, 10, 1))


def test_its_own_words_come_first() -> None:
    own = KEY_RESULT.replace(
        "title:", "owner: jonas\naudience: team\ncommitment: committed\nperiod: 2013-11\ntitle:"
    )
    result = files({"metrics/q/objective.md": OBJECTIVE, "metrics/q/k.sql": own}).metrics["k"]
    assert result.okr is not None
    assert (result.owner, result.audiences, result.okr.commitment) == (
        "jonas",
        ("team",),
        "committed",
    )
    assert (result.okr.period.start, result.okr.period.end) == (
        date(2013, 11, 1),
        date(2013, 11, 30),
    )


@pytest.mark.parametrize(
    ("more", "audience"),
    [
        ("", EVERYONE),
        ('[audiences.heads]\nmembers = ["maria"]\n', "heads"),
        ("[audiences.heads]\n[audiences.board]\n", EVERYONE),
    ],
)
def test_the_audience_of_what_names_none(more: str, audience: str) -> None:
    manifest = load_files(
        {"sharekit.toml": CONFIG + more, "metrics/x.sql": METRIC, "metrics/_v.sql": "SELECT 1"}
    )
    assert {manifest.metrics["x"].audiences, manifest.views["_v"].audiences} == {(audience,)}


def test_the_audience_that_the_project_names_comes_before_the_only_one() -> None:
    config = (
        CONFIG.replace("[project]", '[project]\naudience = "board"')
        + "[audiences.board]\n[audiences.heads]\n"
    )
    assert load_files({"sharekit.toml": config, "metrics/x.sql": METRIC}).metrics[
        "x"
    ].audiences == ("board",)


@pytest.mark.parametrize(
    ("written", "label", "first", "last"),
    [
        ("2013-Q4", "2013-Q4", date(2013, 10, 1), date(2013, 12, 31)),
        ("2013", "2013", date(2013, 1, 1), date(2013, 12, 31)),
        ('"2013"', "2013", date(2013, 1, 1), date(2013, 12, 31)),
        ("2013-11", "2013-11", date(2013, 11, 1), date(2013, 11, 30)),
        (
            "{start: 2013-10-05, end: 2013-12-20}",
            "5 Oct 2013 to 20 Dec 2013",
            date(2013, 10, 5),
            date(2013, 12, 20),
        ),
    ],
)
def test_periods(written: str, label: str, first: date, last: date) -> None:
    period = (
        files({"metrics/q/objective.md": OBJECTIVE.replace("2013-Q4", written)})
        .objectives["q"]
        .period
    )
    assert period is not None
    assert (period.label, period.start, period.end) == (label, first, last)


def test_the_fiscal_year_moves_quarters() -> None:
    config = CONFIG.replace("[project]", "[project]\nfiscal_year_start = 4")
    manifest = load_files({"sharekit.toml": config, "metrics/q/objective.md": OBJECTIVE})
    period = manifest.objectives["q"].period
    assert period is not None
    assert period.start == date(2013, 1, 1)


# -- sources --------------------------------------------------------------------------------------


def test_every_data_file_is_a_table_by_its_name(project: Project) -> None:
    endings = (
        "parquet", "pq", "csv", "tsv", "tab", "json", "jsonl", "ndjson", "xlsx", "duckdb", "db",
        "csv.gz", "csv.zst", "jsonl.gz",
    )  # fmt: skip
    names = {f"t_{ending.replace('.', '_')}": ending for ending in endings}
    files = {f"metrics/data/{name}.{ending}": b"" for name, ending in names.items()}
    manifest = load(project(files | {"metrics/data/deep/no.csv": b"", "metrics/data/a.txt": b""}))
    assert list(manifest.sources) == sorted(names)
    assert manifest.problems == ()


def test_sources_name_files_by_wildcards_and_in_other_folders(project: Project) -> None:
    config = (
        CONFIG
        + """
[sources.flights]
path = "metrics/data/flights/*.parquet"
[sources.all_flights]
path = "metrics/data/**/*.parquet"
[sources.outer]
path = "data/20[12]?/x.csv"
[sources.carriers]
columns = {code = "VARCHAR"}
"""
    )
    data = ("metrics/data/flights/b.parquet", "metrics/data/flights/a.parquet", "metrics/data/flights/old/c.parquet",
            "metrics/data/carriers.csv", "data/2013/x.csv", "data/2031/x.csv")  # fmt: skip
    manifest = load(project({"sharekit.toml": config, **dict.fromkeys(data, b"")}))
    assert manifest.sources["flights"].paths == (
        "metrics/data/flights/a.parquet",
        "metrics/data/flights/b.parquet",
    )
    assert len(manifest.sources["all_flights"].paths) == 3
    assert manifest.sources["outer"].paths == ("data/2013/x.csv",)
    assert manifest.sources["carriers"].paths == ("metrics/data/carriers.csv",)
    assert list(manifest.sources) == ["all_flights", "carriers", "flights", "outer"]


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("a/*.csv", "a/b.csv", True),
        ("a/*.csv", "a/b/c.csv", False),
        ("**/*.csv", "c.csv", True),
        ("**/*.csv", "a/b/c.csv", True),
        ("a/**", "a/b/c.csv", True),
        ("a/?.csv", "a/b.csv", True),
        ("a/[!b].csv", "a/b.csv", False),
        ("a/[!b].csv", "a/c.csv", True),
        ("a/[.csv", "a/[.csv", True),
        ("a/[+--].csv", "a/,.csv", True),
        ("a/[--9].csv", "a/5.csv", True),
        ("a/[--9].csv", "a/+.csv", False),
        ("a/[?--].csv", "a/[?--].csv", True),
        ("a/b+c.csv", "a/b+c.csv", True),
        ("./a.csv", "a.csv", True),
        ("a/*.csv", "a/b.csv\n", False),
    ],
)
def test_wildcards(pattern: str, path: str, matches: bool) -> None:
    assert (glob_pattern(pattern).match(path) is not None) is matches


@example("[?--]", "")
@given(st.text("ab*?[]!-\\/.^", max_size=12), st.text("ab-\\/.^", max_size=8))
def test_no_pattern_makes_wildcards_fail(pattern: str, path: str) -> None:
    glob_pattern(pattern).match(path)
    assert not any(letter in folder_before_glob(pattern) for letter in "*?")


# -- configuration --------------------------------------------------------------------------------


def test_configuration_may_stand_in_pyproject() -> None:
    text = (
        '[project]\nname = "numbers"\n\n[tool.sharekit.project]\nname = "New'
        ' York"\nfiscal_year_start = "four"\n'
    )
    manifest = load_files({"pyproject.toml": text})
    assert manifest.config.project.name == "New York"
    assert only_problem(manifest) == ("wrong-type", "pyproject.toml:6:21")
    assert (
        load_files({"pyproject.toml": '[project]\nname = "x"\n', "sharekit.toml": CONFIG}).problems
        == ()
    )


@pytest.mark.parametrize("texts", [{}, {"pyproject.toml": '[project]\nname = "x"\n'}])
def test_without_configuration_all_else_is_still_judged(texts: dict[str, str]) -> None:
    with pytest.raises(ProblemsError) as caught:
        load_files({**texts, "metrics/x.sql": METRIC.replace("title", "titel")})
    assert sorted(problem.code for problem in caught.value.problems) == [
        "missing-key",
        "no-config",
        "unknown-key",
    ]
    assert all(problem.excerpt for problem in caught.value.problems if problem.place.line)


def test_no_folder_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SharekitError, match="there is no folder"):
        load(tmp_path / "nowhere")


def test_where_audiences_are_unclear_nothing_is_used() -> None:
    for wrong in (
        "[audiences.heads]\nmember = ['maria']\n",
        "[audiences.heads]\nmembers = 'maria'\n",
    ):
        with pytest.raises(ProblemsError):
            load_files({"sharekit.toml": CONFIG + wrong})


def test_what_is_wrong_in_the_configuration_is_left_out_and_the_rest_is_used() -> None:
    config = (
        CONFIG + '[people.jonas]\nrole = "x"\n[sources.a]\npth = "x"\n[limits]\nseconds ='
        " -1\n[okrs]\ngrace = 0.2\n"
    )
    manifest = load_files({"sharekit.toml": config})
    assert len(manifest.problems) == 3
    assert list(manifest.config.people) == ["maria"]
    assert (manifest.config.limits.seconds, manifest.config.okrs.grace) == (30, 0.2)
    assert manifest.broken >= {"jonas", "a"}


# -- what is left out -----------------------------------------------------------------------------


def test_a_broken_file_is_left_out_and_its_name_is_kept() -> None:
    manifest = files({"metrics/x.sql": METRIC.replace("title", "titel"), "metrics/y.sql": METRIC})
    assert list(manifest.metrics) == ["y"]
    assert "x" in manifest.broken


def test_key_results_of_a_broken_objective_are_left_out_in_silence() -> None:
    manifest = files(
        {
            "metrics/q/objective.md": OBJECTIVE.replace("owner", "onwer"),
            "metrics/q/k.sql": KEY_RESULT,
        }
    )
    assert only_problem(manifest) == ("unknown-key", "metrics/q/objective.md:3:1")
    assert manifest.broken >= {"k", "q"}


def test_of_two_files_with_one_id_the_first_stays() -> None:
    manifest = files(
        {"metrics/a/x.sql": METRIC, "metrics/b/x.sql": METRIC, "metrics/x/objective.md": OBJECTIVE}
    )
    assert [problem.code for problem in manifest.problems] == ["duplicate-id", "duplicate-id"]
    assert manifest.metrics["x"].path == "metrics/a/x.sql"


# -- a project without dashboards -----------------------------------------------------------------


def test_each_folder_gets_a_dashboard_by_itself() -> None:
    table = METRIC.replace("title:", "kind: table\ntitle:")
    manifest = files({"metrics/on_time/a.sql": METRIC, "metrics/on_time/t.sql": table, "metrics/top.sql": METRIC,
                      "metrics/okrs/q4/objective.md": OBJECTIVE, "metrics/okrs/q4/k.sql": KEY_RESULT})  # fmt: skip
    assert {each.id: each.title for each in manifest.dashboards.values()} == {
        "numbers": "Numbers", "on_time": "On time",
    }, "a folder of key results alone has none"  # fmt: skip
    assert manifest.dashboards["on_time"].body == "```metrics\n- a\n```\n\n```table\nid: t\n```\n"


def test_no_such_dashboard_shows_what_is_for_fewer() -> None:
    secret = METRIC.replace("title:", "audience: board\ntitle:")
    config = (
        CONFIG.replace("[project]", '[project]\naudience = "heads"')
        + "[audiences.heads]\n[audiences.board]\n"
    )
    manifest = load_files(
        {"sharekit.toml": config, "metrics/a.sql": METRIC, "metrics/b.sql": secret}
    )
    assert {each.id: (each.audiences, each.body) for each in manifest.dashboards.values()} == {
        "numbers": (("heads",), "```metrics\n- a\n```\n"),
        "numbers-board": (("board",), "```metrics\n- b\n```\n"),
    }


TEAMS = "[audiences.heads]\n[audiences.board]\n[audiences.crew]\n"


@pytest.mark.parametrize(
    ("written", "audiences"),
    [
        ("board", ("board",)),
        ("[board]", ("board",)),
        ("[heads, board]", ("board", "heads")),
        ("[board, heads, board]", ("board", "heads")),
    ],
)
def test_an_audience_is_a_name_or_a_list(written: str, audiences: tuple[str, ...]) -> None:
    def own(text: str) -> str:
        return text.replace("title:", f"audience: {written}\ntitle:", 1)

    manifest = load_files({
        "sharekit.toml": CONFIG + TEAMS + f"[sources.pay]\nurl = 's3://x/y.csv'\naudience = {_toml(written)}\n",
        "metrics/x.sql": own(METRIC),
        "metrics/_v.sql": f"/* ---\naudience: {written}\n--- */\nSELECT 1",
        "metrics/q/objective.md": own(OBJECTIVE),
        "metrics/q/k.sql": KEY_RESULT,
        "metrics/asks/why.yaml": f"question: Why?\naudience: {written}\nasked: [{{on: 2013-11-01, by: x}}]\n",
        "dashboards/d.md": f"---\ntitle: D\naudience: {written}\n---\n",
    })  # fmt: skip
    assert not manifest.problems
    items = (
        *manifest.queries,
        *manifest.objectives.values(),
        *manifest.dashboards.values(),
        *manifest.asks.values(),
    )
    assert len(items) == 6
    assert {item.audiences for item in items} == {audiences}
    assert manifest.sources["pay"].audiences == audiences
    assert manifest.kept_for["pay"] == {audiences}


def _toml(written: str) -> str:
    return re.sub(r"\w+", r"'\g<0>'", written)


def test_a_list_of_no_audience_is_refused() -> None:
    empty = METRIC.replace("title:", "audience: []\ntitle:")
    (problem,) = load_files({"sharekit.toml": CONFIG + TEAMS, "metrics/x.sql": empty}).problems
    assert problem.place.path == "metrics/x.sql"
    assert "`audience`" in problem.message


def test_the_project_may_have_several_audiences() -> None:
    config = CONFIG.replace("[project]", '[project]\naudience = ["heads", "board"]') + TEAMS
    manifest = load_files({"sharekit.toml": config, "metrics/x.sql": METRIC})
    assert manifest.metrics["x"].audiences == ("board", "heads")
    assert set(manifest.audiences) == {"heads", "board", "crew"}, "a list is no audience of its own"


def test_a_folder_of_numbers_for_several_audiences_is_one_dashboard() -> None:
    shared = METRIC.replace("title:", "audience: [heads, board]\ntitle:")
    config = CONFIG.replace("[project]", '[project]\naudience = "crew"') + TEAMS
    manifest = load_files(
        {"sharekit.toml": config, "metrics/a.sql": METRIC, "metrics/b.sql": shared}
    )
    assert {each.id: each.audiences for each in manifest.dashboards.values()} == {
        "numbers": ("crew",),
        "numbers-from-b": ("board", "heads"),
    }, "its address tells neither audience the name of the other"


def test_a_broken_dashboard_is_a_dashboard_all_the_same() -> None:
    manifest = files({"metrics/a.sql": METRIC, "dashboards/x.md": "no front matter"})
    assert not manifest.dashboards
