"""Any bytes in any file that sharekit reads give a result or a report: never a traceback, never
work without end."""

from __future__ import annotations

import contextlib
import random
import re
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from commandline import sharekit
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sampling import mostly_slow

from sharekit.app.last_build import BuildRecord
from sharekit.app.last_check import CheckRecord
from sharekit.engines.remote.result_store import StoredResult
from sharekit.files.sharekit_folders import read_own_record
from sharekit.files.toml import parse_toml
from sharekit.project.read.front_matter import split_markdown, split_sql
from sharekit.project.read.yaml_text import read_yaml

CONFIG = b'[project]\nname = "T"\n[people.a]\nname = "Ann"\n[audiences.all]\nmembers = ["a"]\n'
METRIC = b"/* ---\ntitle: M\nowner: a\n--- */\nSELECT 1 AS value\n"
PAGE = b"---\ntitle: D\n---\n# Words\n\n```metrics\n- m\n```\n\n{{ m }}\n"
OBJECTIVE = b"---\ntitle: O\nowner: a\nperiod: 2026-Q4\n---\nWhy.\n"
KEY_RESULT = b"""/* ---
title: K
owner: a
type: increase
baseline: 1
target: 3
pace: [{on: 2026-11-01, value: 2}]
checkins: [{on: 2026-11-05, confidence: 7, note: Good.}]
revisions:
  - {date: 2026-11-04, reason: was_wrong, why: It was., we_will: Count.}
--- */
SELECT n AS value FROM x
"""
FILES = {
    "sharekit.toml": CONFIG,
    "metrics/m.sql": METRIC,
    "metrics/views/_v.sql": b"SELECT 1 AS n",
    "dashboards/d.md": PAGE,
    "metrics/okrs/o/objective.md": OBJECTIVE,
    "metrics/okrs/o/k.sql": KEY_RESULT,
    "metrics/asks/q.yaml": b"question: How many?\nasked: [{on: 2026-11-02, by: a, via: chat}]\nanswered_by: m\n",
    "metrics/data/x.csv": b"n,s\n1,a\n",
    ".mailmap": b"Ann <a@x.example> <b@x.example>\n",
}
SECONDS = 10
"""Of processor time for one file: the promise is 2, and a test machine may be slow."""

pieces = st.sampled_from(
    [b"---\n", b"/*", b"*/", b"{{", b"}}", b"[", b"]", b"{", b"}", b'"', b"'", b'"""', b"```", b"\n", b"\r", b"\0",
     b": ", b"- ", b"&a ", b"*a ", b"!!python/object:x ", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"(", b")", b";",
     b"1e999", b"9999-12-31", b"-0", b"9" * 50, b"title", b"owner: a\n", b"SELECT ", b"\xe2\x80\xae", b"0001-01-01",
     b"| a | b |\n| - | - |\n"]
)  # fmt: skip
any_bytes = st.one_of(st.binary(max_size=200), st.lists(pieces, max_size=40).map(b"".join))


def spoiled(good: bytes) -> st.SearchStrategy[bytes]:
    """Any bytes, in place of a good file, inside it, or after its first half."""
    places = st.integers(min_value=0, max_value=len(good))
    return st.one_of(
        any_bytes,
        st.tuples(places, any_bytes).map(lambda at: good[: at[0]] + at[1] + good[at[0] :]),
        places.map(lambda at: good[:at]),
    )


def write(root: Path, changed: str, content: bytes) -> None:
    for path, good in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content if path == changed else good)


def test_the_project_that_is_spoiled_is_a_good_one(tmp_path: Path) -> None:
    write(tmp_path, "", b"")
    said = sharekit("build", "--strict", "--as-of", "2026-11-20", cwd=tmp_path)
    assert (said.code, said.err.count("error[")) == (0, 0), said.err


@pytest.mark.slow
@pytest.mark.parametrize("path", FILES)
def test_any_bytes_in_a_declared_file_give_a_report(path: str, tmp_path: Path) -> None:
    @settings(
        max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(spoiled(FILES[path]))
    def check(content: bytes) -> None:
        write(tmp_path, path, content)
        began = time.process_time()
        said = sharekit("check", "--no-run", cwd=tmp_path)
        assert time.process_time() - began < SECONDS
        assert said.code in (0, 1, 2, 3), said.err
        assert "Traceback" not in said.err
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", said.out + said.err)

    check()


@pytest.mark.parametrize(
    "day", mostly_slow(["3000-01-01", "9999-12-31", "0999-12-31", "0001-01-01"], quick=2)
)
@pytest.mark.parametrize("declared", [True, False])
def test_a_day_at_the_end_of_the_calendar_is_refused(
    day: str, declared: bool, tmp_path: Path
) -> None:
    """A week before or after it would be no date."""
    write(tmp_path, "", b"")
    options = [] if declared else ["--as-of", day]
    if declared:
        own = CONFIG.replace(b"[people", f"as_of = {day}\n[people".encode(), 1)
        (tmp_path / "sharekit.toml").write_bytes(own)
    for words in (["check", "--no-run"], ["build"], ["status"], ["digest"]):
        said = sharekit(*words, *(options if words != ["check", "--no-run"] else []), cwd=tmp_path)
        assert said.code == 2 or (words[0] == "check" and not declared), said.err
        assert "as_of" in said.err or "as-of" in said.err or words[0] == "check"


@pytest.mark.parametrize("day", mostly_slow(["1000-01-01", "2999-12-31"], quick=1))
def test_the_first_and_the_last_day_that_may_be_written_work(day: str, tmp_path: Path) -> None:
    write(tmp_path, "", b"")
    for words in ("build", "status", "digest"):
        said = sharekit(words, "--as-of", day, cwd=tmp_path)
        assert said.code in (0, 1), said.err


def toml(content: bytes) -> object:
    return parse_toml(content.decode("utf-8-sig"))


READERS: dict[str, Callable[[bytes], object]] = {
    "TOML": toml,
    "YAML": lambda content: read_yaml(content.decode("utf-8", "replace"), "x"),
    "front matter of SQL": lambda content: split_sql(content.decode("utf-8", "replace"), "x.sql"),
    "front matter": lambda content: split_markdown(content.decode("utf-8", "replace"), "x.md"),
}


@pytest.mark.parametrize("reader", mostly_slow(READERS, quick=2))
def test_any_bytes_in_a_reader_give_a_value_or_a_value_error(reader: str) -> None:
    @settings(max_examples=300, deadline=None)
    @given(any_bytes)
    @example(b"[" * 60_000)
    @example(b"{" * 60_000)
    @example(b"- " * 30_000)
    @example(b"a: " * 20_000)
    @example(b"> " * 30_000)
    @example(b"&a [*a, " * 8_000)
    def read(content: bytes) -> None:
        began = time.process_time()
        with contextlib.suppress(ValueError):
            READERS[reader](content)
        assert time.process_time() - began < SECONDS

    read()


@given(st.binary(max_size=300))
@settings(suppress_health_check=list(HealthCheck))
def test_any_bytes_in_a_file_of_our_own_are_a_value_or_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "own.json").write_bytes(content)
    for form in (BuildRecord, dict[str, StoredResult], CheckRecord):
        read_own_record(tmp_path / "own.json", form)


def data_files(folder: Path) -> dict[str, bytes]:
    """A good file of each kind that DuckDB or a reader of ours opens."""
    rows = "SELECT range AS n, 'a' || range AS s FROM range(50)"
    with duckdb.connect(str(folder / "good.duckdb")) as connection:
        connection.execute(f"CREATE TABLE t AS {rows}")
        for ending, options in (
            ("parquet", "FORMAT parquet"),
            ("csv", "HEADER"),
            ("json", "ARRAY"),
        ):
            connection.execute(f"COPY ({rows}) TO '{folder / 'good'}.{ending}' ({options})")
    return {
        path.suffix: path.read_bytes() for path in folder.iterdir() if path.name.startswith("good.")
    }


@pytest.mark.slow
def test_spoiled_data_files_are_read_or_named_and_none_ends_the_others(tmp_path: Path) -> None:
    (tmp_path / "good").mkdir()
    chance = random.Random(7)
    data = tmp_path / "p/metrics/data"
    data.mkdir(parents=True)
    entries = []
    for ending, good in data_files(tmp_path / "good").items():
        for number in range(12):
            content = bytearray(good)
            for _ in range(1 + number * 3):
                content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
            name = f"{ending[1:]}_{number}"
            (data / f"{name}{ending}").write_bytes(content[: len(good) - number * 9])
            table = 'table = "t"\n' if ending == ".duckdb" else ""
            entries.append(f'[sources.{name}]\npath = "metrics/data/{name}{ending}"\n{table}')
    (data / "whole.csv").write_text("n\n1\n")
    (tmp_path / "p/sharekit.toml").write_bytes(CONFIG + "".join(entries).encode())
    said = sharekit("sources", cwd=tmp_path / "p")
    assert said.code in (0, 1, 3), said.err
    assert "Traceback" not in said.err
    assert "whole" in said.out
    print(f"data files: survived {len(entries)}/{len(entries)}")
