"""What a file of the repository may not raise: the environment's ceiling over [limits]."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from commandline import sharekit_process

from sharekit.engines import Query, QueryResult
from sharekit.engines.ceiling import Ceiling, or_raise, under_ceiling
from sharekit.engines.duckdb.engine import open_duckdb
from sharekit.errors import SharekitError
from sharekit.project.load import load
from sharekit.project.shapes import EngineConfig, SourceConfig

pytestmark = pytest.mark.slow

CONFIG = """[project]
name = "T"
[people.a]
name = "A"
[limits]
seconds = 3600
memory = "64GB"
max_rows = 1000000000
[sources.far]
url = "https://numbers.example/far.csv"
max_mb = 100000
[sources.near]
url = "https://numbers.example/near.csv"
[engines.w]
url = "env:W"
dialect = "postgres"
allow = ["a.*"]
seconds = 3600
max_rows = 10000000
"""
"""A project that wishes for all there is."""
CEILING = {
    "SHAREKIT_MAX_MEMORY": "512 MiB",
    "SHAREKIT_MAX_SECONDS": "10",
    "SHAREKIT_MAX_ROWS": "1000",
    "SHAREKIT_MAX_MB": "50",
}


def test_the_environment_has_the_last_word(tmp_path: Path) -> None:
    (tmp_path / "sharekit.toml").write_text(CONFIG)
    wished = load(tmp_path)
    held = under_ceiling(wished, CEILING)
    limits, engine = held.config.limits, held.config.engines["w"]
    assert (limits.seconds, limits.memory, limits.max_rows) == (10, "512 MiB", 1000)
    assert (engine.seconds, engine.max_rows) == (10, 1000)
    assert {name: source.config.max_mb for name, source in held.sources.items()} == {
        "far": 50,
        "near": 50,
    }
    assert under_ceiling(wished, {}) == wished


def test_a_limit_below_the_ceiling_stays(tmp_path: Path) -> None:
    modest = re.sub(
        r"(seconds|max_mb|max_rows) = \d+", r"\1 = 1", CONFIG.replace('"64GB"', '"100MB"')
    )
    (tmp_path / "sharekit.toml").write_text(modest)
    own = load(tmp_path)
    held = under_ceiling(own, CEILING)
    assert (held.config.limits, held.config.engines) == (own.config.limits, own.config.engines)
    assert held.sources["far"] == own.sources["far"]


@pytest.mark.parametrize("text", ["lots", "-1", "0", "1e99", "9" * 400, "1GB; 2GB", "\u0663"])
@pytest.mark.parametrize("name", ["MEMORY", "SECONDS", "ROWS", "MB"])
def test_a_ceiling_that_is_none_is_named(name: str, text: str) -> None:
    if name == "MEMORY" and text == "0":
        text = "0GB"
    with pytest.raises(SharekitError, match=f"SHAREKIT_MAX_{name} is .* which is not a limit"):
        Ceiling.of({f"SHAREKIT_MAX_{name}": text})


def test_a_project_cannot_give_itself_more_time(tmp_path: Path) -> None:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "sharekit.toml").write_text(
        '[project]\nname = "T"\n[people.a]\nname = "A"\n[limits]\nseconds = 3600\n'
    )
    endless = "SELECT count(*) AS value FROM range(100000000000) a, range(1000) b"
    (tmp_path / "metrics/m.sql").write_text(f"/* ---\ntitle: M\nowner: a\n--- */\n{endless}\n")
    said = sharekit_process("build", cwd=tmp_path, environ={"SHAREKIT_MAX_SECONDS": "1"})
    told = " ".join((said.out + said.err).split())
    assert "longer than 1 seconds" in told
    assert "SHAREKIT_MAX_SECONDS in the environment, which allows 1." in told


def hint_of(root: Path, limits: dict[str, str], environ: dict[str, str], sql: str) -> str:
    """What is said to do about the limit that the query reaches; nothing where it reaches none."""
    (root / "metrics").mkdir(exist_ok=True)
    lines = "".join(f"{key} = {value}\n" for key, value in limits.items())
    (root / "sharekit.toml").write_text(f'[project]\nname = "T"\n[limits]\n{lines}')
    (answer,) = run(root, environ, sql)
    return "" if answer.error is None else str(answer.error.hint)


def run(root: Path, environ: dict[str, str], sql: str) -> Sequence[QueryResult]:
    day = date(2026, 11, 20)
    with open_duckdb(load(root), as_of=day, cache_dir=None, environment=environ) as engine:
        return list(engine.run([Query("q", sql)]))


REACHED = {
    "max_rows": ("SELECT * FROM range(2000)", "1000", "100", "9000"),
    "memory": ("SELECT len(list(range)) AS n FROM range(40000000)", '"200MB"', "150MB", "4GB"),
}
"""A query that reaches a limit, its limit, one below, and one that is enough."""


@pytest.mark.parametrize("key", REACHED)
@pytest.mark.parametrize("above", ["nothing", "less", "the same", "more"])
def test_what_is_said_of_a_limit_helps_whoever_follows_it(
    key: str, above: str, tmp_path: Path
) -> None:
    sql, limit, less, more = REACHED[key]
    variable = f"SHAREKIT_MAX_{key.removeprefix('max_').upper()}"
    allowed = {"nothing": None, "less": less, "the same": limit.strip('"'), "more": more}[above]
    limits, environ = {key: limit}, {} if allowed is None else {variable: allowed}
    hint = hint_of(tmp_path, limits, environ, sql)
    assert f", or raise {key} under [limits]" in hint
    assert (variable in hint) == (above in ("less", "the same"))
    limits = {key: f'"{more}"' if key == "memory" else more}
    environ = {variable: more} if variable in hint else environ
    assert hint_of(tmp_path, limits, environ, sql) == ""


def test_so_does_what_is_said_of_a_source_that_is_too_large() -> None:
    def advice(limit: int) -> str:
        source = SourceConfig(path="a.csv", max_mb=limit)
        return or_raise("Fetch less.", "max_mb", "sources", source, {"SHAREKIT_MAX_MB": "50"})

    assert advice(50) == (
        "Fetch less, or raise max_mb under [sources], and SHAREKIT_MAX_MB in the environment,"
        " which allows 50."
    )
    assert advice(20) == "Fetch less, or raise max_mb under [sources]."


def test_nobody_is_told_to_raise_a_limit_above_what_a_file_may_say() -> None:
    engine = EngineConfig(url="env:URL", allow=["t"], dialect="postgres", seconds=3600, max_rows=9)
    advice = [
        or_raise("Read less.", key, "engines.x", engine, {}) for key in ("seconds", "max_rows")
    ]
    assert advice == ["Read less.", "Read less, or raise max_rows under [engines.x]."]


@pytest.mark.parametrize("amount", ["0GB", "1MB", "0.0001MB", "99999999999999GB", "GB", "2 TB"])
def test_an_amount_with_which_nothing_could_run_is_refused(amount: str, tmp_path: Path) -> None:
    (tmp_path / "sharekit.toml").write_text(
        f'[project]\nname = "T"\n[limits]\nmemory = "{amount}"\n'
    )
    said = sharekit_process("check", "--no-run", cwd=tmp_path)
    assert said.code == 2
    assert "`limits.memory` should be an amount of memory of 10MB or more" in said.out + said.err
