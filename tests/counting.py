"""Counts what a piece of work does: calls of a few functions that stand for cost, whatever the
machine."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType, FrameType

from sharekit.build import evaluated
from sharekit.checks import examine
from sharekit.engines.duckdb.engine import DuckDBEngine, open_duckdb
from sharekit.engines.duckdb.process import Process
from sharekit.history import open_history
from sharekit.history.git import Git
from sharekit.history.manifests import manifest_of
from sharekit.project import dashboard_body
from sharekit.project.load.parse import parse_file
from sharekit.project.read.toml_text import read_toml
from sharekit.site.frame import PageRenderer
from sharekit.sqldiff.parse import parse

WATCHED = {
    "evaluations": evaluated,
    "checks": examine,
    "engines": open_duckdb,
    "query processes": Process.__init__,
    "queries": DuckDBEngine._answer,
    "histories": open_history,
    "states of the past read": manifest_of,
    "git processes": Git.run,
    "readings of TOML": read_toml,
    "files read": parse_file,
    "dashboards read": dashboard_body._BodyReader.read,
    "queries parsed": parse,
    "pages drawn": PageRenderer.html,
}


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """Calls of the watched functions while it is open, as in a process that begins."""
    dashboard_body._read.cache_clear()
    codes: dict[CodeType, str] = {function.__code__: name for name, function in WATCHED.items()}
    calls: Counter[str] = Counter()

    def watch(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code in codes:
            calls[codes[frame.f_code]] += 1

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        yield calls
    finally:
        sys.setprofile(before)
