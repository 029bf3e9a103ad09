"""What is fuzzed: every reader of what others write. A target is called with any bytes, and returns or raises what a
user is told; any other exception is a fault."""

from __future__ import annotations

import atexit
import json
import shutil
import socket
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date
from functools import cache, partial
from pathlib import Path
from typing import Any

import duckdb
from test_any_bytes import FILES
from test_any_reader import DEFINITIONS, REQUEST
from test_ledger_text import DOCUMENTS, read_all

from sharekit.announce.ledger.store import FileStore
from sharekit.checks import examine
from sharekit.engines.duckdb.constant_folding import function_names
from sharekit.engines.duckdb.guard import Guard, GuardRefusal
from sharekit.engines.remote.guard import EngineRules
from sharekit.engines.sources.load_table import load as load_source
from sharekit.errors import QueryError, SharekitError
from sharekit.history.layout import as_text
from sharekit.history.log import _touches
from sharekit.importing.formats import FORMATS
from sharekit.importing.reading import Folder
from sharekit.importing.report import report_text
from sharekit.importing.writing import written_project
from sharekit.project.load import is_declared, load_files
from sharekit.serve import LivePreview, PreviewServer, _Handler, open_server
from sharekit.sqldiff import compare_sql

Target = Callable[[bytes], object]
TEXTS = {path: FILES[path].decode() for path in ("sharekit.toml", "metrics/okrs/o/objective.md")}
"""What others need."""
QUERIES = (
    b"SELECT d, sum(n) FILTER (WHERE x > 1) AS value FROM t WHERE y = 'a' GROUP BY ALL",
    b"WITH a AS (SELECT * FROM t) SELECT a.n, row_number() OVER (PARTITION BY b) FROM a JOIN u USING (k)",
)
CALLS = (
    b'search_numbers\n{"query": "ferries", "limit": 3}',
    b'get_number\n{"id": "m", "periods": 4, "dimension": "x"}',
    b'list_okrs\n{"owner": "a", "period": "2026-Q4", "status": "on_track"}',
    b'list_changes\n{"since": "2026-11-01", "item": "m"}',
    b'list_questions\n{"state": "open"}',
    b"sharekit://numbers/m\n",
)


@cache
def folder() -> Path:
    """A folder of this process, for what must be a file. Removed at its end, or by `fuzz.py` where
    libFuzzer ends it."""
    made = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return Path(made)


def project(path: str, content: bytes) -> None:
    """One file of a project, and all checks that need no data."""
    with suppress(SharekitError):
        examine(load_files({**TEXTS, path: as_text(content)}))


@cache
def parser() -> Any:
    return duckdb.connect()


def guard(content: bytes) -> None:
    with suppress(GuardRefusal, duckdb.Error):
        Guard(["t", "u"], ["m"]).parse(parser(), as_text(content))


def engine_guard(dialect: str, content: bytes) -> None:
    with suppress(QueryError):
        EngineRules("w", dialect, ("a.*", "t")).guarded(as_text(content), date(2026, 11, 20))


def compare(content: bytes) -> None:
    """The two halves of a text."""
    before, _, after = as_text(content).partition("\n")
    with suppress(QueryError):
        compare_sql(before, after)


def source(form: str, content: bytes) -> None:
    """A data file, read as the loader's process does."""
    path = folder() / f"t.{form}"
    path.write_bytes(content)
    limits = {"memory": "500MiB", "spill": "500MiB", "threads": 1, "timezone": "UTC"}
    job: dict[str, Any] = {
        "target": str(folder() / "out.duckdb"),
        "paths": [str(path)],
        "names": [path.name],
        "format": form,
        "table": "t",
        "columns": {},
        "source": "t",
        "options": {},
        "hidden": [],
    }
    load_source({"folder": str(folder()), **limits}, job)


def ledger(content: bytes) -> None:
    """A whole ledger in a file."""
    path = folder() / "ledger.json"
    path.write_bytes(content)
    with suppress(SharekitError):
        files = FileStore(path).open()
        read_all(dict(files.load(files.paths)))


def document(content: bytes) -> None:
    """One document of a ledger: its name, then its text."""
    name, _, text = as_text(content).partition("\n")
    with suppress(SharekitError):
        read_all({**{path: json.dumps(known) for path, known in DOCUMENTS.items()}, name: text})


def imported(form: str, content: bytes) -> None:
    path = folder() / form / DEFINITIONS[form][0]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    with suppress(SharekitError):
        chosen = FORMATS[form]
        read = chosen.read(Folder.at(folder() / form), chosen.dialect)
        report_text(written_project(read, form, function_names(), "week", {}), chosen.title)


def git_log(content: bytes) -> None:
    """What git says about commits, whoever wrote their authors and dates: two fields, in a log that is else whole."""
    dated, _, author = content.replace(b"\0", b"").partition(b"\n")
    fields = (b"\x01" + b"0" * 40, b"", dated, b"9" * 12, author)
    with suppress(SharekitError):
        for commit in _touches(b"\0".join(fields) + b"\0"):
            commit.moment.on.astimezone(UTC)


@cache
def preview() -> PreviewServer:
    live = LivePreview()
    live.put({"index.html": b"<!doctype html><title>Home</title>"}, "")
    return open_server(live, "127.0.0.1", 0, search=False)


def request(content: bytes) -> None:
    """What a client sends to `serve`."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(content[:50_000])
        ours.shutdown(socket.SHUT_WR)
        with suppress(ConnectionError):
            _Handler(theirs, ("127.0.0.1", 1), preview())


@cache
def mcp_asking() -> Callable[[str, object], object]:
    """Asks an MCP server of a small site."""
    import anyio
    from commandline import sharekit
    from mcp import MCPError
    from mcp.server.mcpserver.exceptions import MCPServerError

    from sharekit.mcp.published_tree import find_tree
    from sharekit.mcp.server import make_server

    root = folder() / "numbers"
    for path, content in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    assert sharekit("build", "--as-of", "2026-11-20", cwd=root).code == 0
    server = make_server(find_tree(root / "site", None), lambda: date(2026, 11, 20))

    def ask(name: str, arguments: Any) -> object:
        async def run() -> object:
            with suppress(MCPServerError, MCPError):
                if "://" in name:
                    return await server.read_resource(name)
                return await server.call_tool(name, arguments)

        # In a thread of its own: a browser of other tests may keep an event loop running in this one.
        with ThreadPoolExecutor(1) as threads:
            return threads.submit(anyio.run, run).result()

    return ask


def mcp(content: bytes) -> None:
    """A tool and its arguments, or a resource's address."""
    name, _, text = as_text(content).partition("\n")
    try:
        arguments = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return
    mcp_asking()(name, arguments if isinstance(arguments, dict) else {"query": arguments})


def _data(form: str) -> tuple[bytes, ...]:
    from test_64_kb import cell, workbook

    if form == "xlsx":
        return (
            workbook(f"<sheetData><row>{cell('A1', 'n')}</row><row>{cell('A2')}</row></sheetData>"),
        )
    seeds = {
        "csv": b"day,n\n2026-11-01,1.5\n2026-11-02,\n",
        "tsv": b"day\tn\n01/02/2026\t1,5\n",
        "json": b'[{"day": "2026-11-01", "n": 1}]',
        "jsonl": b'{"day": "2026-11-01", "n": 1}\n{"n": null}\n',
        "sqlite": b"SQLite format 3\0",
    }
    return (seeds[form],)


TARGETS: Mapping[str, tuple[Target, tuple[bytes, ...]]] = {
    **{path: (partial(project, path), (good,)) for path, good in FILES.items() if is_declared(path)},
    "guard": (guard, QUERIES),
    "engine guard": (partial(engine_guard, "postgres"), QUERIES),
    "compare": (compare, (b"\n".join(QUERIES), b"SELECT 1\nSELECT 2")),
    **{form: (partial(source, form), _data(form)) for form in ("csv", "tsv", "json", "jsonl", "xlsx", "sqlite")},
    "ledger": (ledger, (b'{"files": {"ledger.json": "{}"}}',)),
    "ledger document": (document, tuple(f"{path}\n{json.dumps(text)}".encode() for path, text in DOCUMENTS.items())),
    **{f"import {form}": (partial(imported, form), (good,)) for form, (_, good) in DEFINITIONS.items()},
    "git log": (git_log, (b"2026-11-01T10:00:00+01:00\nAnn",)),
    "serve": (request, (REQUEST,)),
    "mcp": (mcp, CALLS),
}  # fmt: skip
"""Each reader, and what a good text of it looks like."""
