"""What a file of the repository may not raise: the environment's ceiling over [limits]."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from commandline import sharekit_process

from sharekit.engines.ceiling import Ceiling, under_ceiling
from sharekit.errors import SharekitError
from sharekit.project.load import load

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
        text = "0GB 1"
    with pytest.raises(SharekitError, match=f"SHAREKIT_MAX_{name} is .* which is not a limit"):
        Ceiling.of({f"SHAREKIT_MAX_{name}": text})


@pytest.mark.slow
def test_a_project_cannot_give_itself_more_time(tmp_path: Path) -> None:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "sharekit.toml").write_text(
        '[project]\nname = "T"\n[people.a]\nname = "A"\n[limits]\nseconds = 3600\n'
    )
    endless = "SELECT count(*) AS value FROM range(100000000000) a, range(1000) b"
    (tmp_path / "metrics/m.sql").write_text(f"/* ---\ntitle: M\nowner: a\n--- */\n{endless}\n")
    said = sharekit_process("build", cwd=tmp_path, environ={"SHAREKIT_MAX_SECONDS": "1"})
    assert "longer than 1 seconds" in " ".join((said.out + said.err).split())
