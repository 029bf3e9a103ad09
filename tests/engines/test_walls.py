"""What the query process could do if the guard were not there: nothing, as far as this system has
walls."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest
from enginekit import opened, small_project
from test_attacks import REFUSED

from sharekit.engines import Query
from sharekit.engines.duckdb.engine import DuckDBEngine

SECRET = "correct-horse-battery-staple"

INSIDE = """
import json, os, socket, subprocess, sys
setup = json.loads(sys.argv[1])
from sharekit.engines.duckdb.catalog import Catalog, end_default_connection
from sharekit.engines.duckdb.walls import ProcessLimits, restrict_process
end_default_connection()
limits = ProcessLimits(
    setup["address_space"], setup["file_size"], tuple(setup["readable"]), setup["folder"]
)
names = restrict_process(limits)
def attempt(what):
    try:
        return repr(what())[:200]
    except BaseException as error:
        return type(error).__name__
def system():
    yield "read", lambda: open(setup["secret"]).read()
    yield "read environment of the parent", lambda: open(f"/proc/{os.getppid()}/environ").read()
    yield "list", lambda: os.listdir(setup["outside"])
    yield "write", lambda: open(os.path.join(setup["outside"], "x"), "w").write("x")
    yield "make a folder", lambda: os.mkdir(os.path.join(setup["outside"], "x"))
    yield "remove", lambda: os.remove(setup["secret"])
    yield "cut", lambda: os.truncate(setup["secret"], 0)
    yield "change a source", lambda: open(setup["readable"][0], "r+b").write(b"x")
    yield "link", lambda: os.link(setup["secret"], os.path.join(setup["folder"], "link"))
    yield "socket", lambda: socket.socket()
    yield "unix socket", lambda: socket.socket(socket.AF_UNIX)
    yield "program", lambda: subprocess.run(["/bin/true"])
    yield "signal", lambda: os.kill(os.getppid(), 0)
    yield "memory", lambda: bytearray(setup["address_space"])
    yield "big file", lambda: open(os.path.join(setup["folder"], "big"), "wb").truncate(setup["file_size"] + 1)
    yield "own folder", lambda: open(os.path.join(setup["folder"], "own"), "w").write("x")
    yield "own source", lambda: len(open(setup["readable"][0], "rb").read())
told = {name: attempt(what) for name, what in system()}
cursor = Catalog(setup).cursors[0]
sql = {text: attempt(lambda: cursor.execute(text).fetchall()) for text in setup["attacks"]}
print(json.dumps({"walls": names, "system": told, "sql": sql}))
"""


@pytest.fixture(scope="module")
def inside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Any]]:
    """What a process behind the walls, without the guard, reports of its attempts."""
    outside, folder = tmp_path_factory.mktemp("outside"), tmp_path_factory.mktemp("folder")
    secret, source = outside / "secret.txt", outside / "source.duckdb"
    secret.write_text(SECRET)
    with duckdb.connect(str(source)) as connection:
        connection.execute("CREATE TABLE data AS SELECT 1 AS a")
    before = sorted(path.name for path in outside.iterdir())
    setup = {
        "folder": str(folder),
        "outside": str(outside),
        "secret": str(secret),
        "readable": [str(source)],
        "databases": {"flights": str(source)},
        "sources": ["flights"],
        "attacks": [
            *_pointed_attacks(outside, secret),
            *(sql.replace("\\n", "\n") for sql in REFUSED if "sleep" not in sql),
        ],
        **{
            "address_space": 3 * 2**30,
            "file_size": 10**6,
            "memory": "200MiB",
            "spill": "200MiB",
            "threads": 2,
        },
        **{
            "lanes": 1,
            "items": {},
            "rollups": [],
            "broken": {},
            "extracts": {},
            "days": None,
            "timezone": "UTC",
            "missing": {},
            "as_of": "2013-11-22",
        },
    }
    done = subprocess.run(
        [sys.executable, "-c", INSIDE, json.dumps(setup)],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    yield json.loads(done.stdout) | {
        "before": before,
        "after": sorted(path.name for path in outside.iterdir()),
    }
    assert secret.read_text() == SECRET


def _pointed_attacks(outside: Path, secret: Path) -> list[str]:
    return [
        f"SELECT * FROM read_text('{secret}')",
        f"SELECT * FROM read_blob('{secret}')",
        f"SELECT * FROM read_csv('{secret}', header = false)",
        f"SELECT * FROM '{secret}'",
        f"SELECT * FROM sniff_csv('{secret}')",
        f"SELECT * FROM glob('{outside}/*')",
        f"COPY (SELECT 1) TO '{outside}/copy.csv'",
        f"COPY (SELECT 1) TO '{outside}/copy.parquet'",
        f"EXPORT DATABASE '{outside}/export'",
        f"ATTACH '{outside}/attached.duckdb'",
        f"SELECT * FROM enable_profiling(save_location = '{outside}/profile.json')",
        f"SELECT * FROM enable_logging(storage = 'file', storage_path = '{outside}/log')",
        f"CALL enable_logging(storage = 'file', storage_path = '{outside}/log2')",
        (
            f"PRAGMA enable_profiling = 'json'; PRAGMA profiling_output = '{outside}/out.json';"
            " SELECT 1"
        ),
        f"SET temp_directory = '{outside}'",
        "CREATE TABLE source_0.main.more AS SELECT 1",
        "INSERT INTO source_0.main.data VALUES (2)",
        "SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')",
        "INSTALL httpfs",
        "LOAD httpfs",
    ]


def test_no_statement_reads_or_writes_outside(inside: Mapping[str, Any]) -> None:
    assert not [sql for sql, told in inside["sql"].items() if SECRET in told or "root:" in told]
    assert inside["after"] == inside["before"]


@pytest.mark.parametrize(
    "attempt",
    [
        "read",
        "read environment of the parent",
        "list",
        "write",
        "make a folder",
        "remove",
        "cut",
        "change a source",
    ],
)
def test_files_outside_are_out_of_reach(inside: Mapping[str, Any], attempt: str) -> None:
    if "landlock" not in inside["walls"]:
        pytest.skip("this kernel has no Landlock")
    assert inside["system"][attempt] == "PermissionError"


@pytest.mark.parametrize("attempt", ["socket", "unix socket", "program", "signal"])
def test_network_and_programs_are_out_of_reach(inside: Mapping[str, Any], attempt: str) -> None:
    if "seccomp" not in inside["walls"]:
        pytest.skip("no filter is known for this machine")
    assert inside["system"][attempt] == "PermissionError"


def test_limits_hold_and_work_goes_on_inside_them(inside: Mapping[str, Any]) -> None:
    assert inside["system"]["memory"] == "MemoryError"
    assert inside["system"]["big file"] == "OSError"
    assert inside["system"]["own folder"] == "1"
    assert int(inside["system"]["own source"]) > 0
    assert inside["system"]["link"] in ("PermissionError", "OSError")


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
def test_worker_knows_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHAREKIT_SMTP_PASSWORD", SECRET)
    held = os.open(tmp_path / "held.txt", os.O_CREAT | os.O_RDWR)
    os.set_inheritable(held, True)
    with opened(small_project(tmp_path)) as engine:
        engine.query("SELECT 1")
        of = Path(f"/proc/{engine.pid}")

        assert (of / "environ").read_bytes() == b""
        assert SECRET.encode() not in (of / "cmdline").read_bytes()
        assert SECRET not in _memory(of)
        files = [os.readlink(each) for each in (of / "fd").iterdir()]
        assert not [file for file in files if "held.txt" in file]
    os.close(held)


def _memory(of: Path) -> str:
    """Everything readable in the process's memory, as text."""
    found = []
    with (of / "mem").open("rb", buffering=0) as memory:
        for line in (of / "maps").read_text().splitlines():
            span, rights = line.split()[:2]
            start, end = (int(part, 16) for part in span.split("-"))
            if rights.startswith("rw") and end - start < 2**28:
                memory.seek(start)
                try:
                    found.append(memory.read(end - start).decode("latin-1"))
                except OSError:
                    continue
    return "".join(found)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc")
def test_every_thread_is_behind_the_walls(engine: DuckDBEngine) -> None:
    engine.query("SELECT count(*) FROM range(1000000)")
    for task in Path(f"/proc/{engine.pid}/task").iterdir():
        status = (task / "status").read_text()
        assert "NoNewPrivs:\t1" in status
        if "seccomp" in engine.walls:
            assert "Seccomp:\t2" in status


def test_worker_has_its_own_session(engine: DuckDBEngine) -> None:
    assert os.getsid(engine.pid) == engine.pid != os.getsid(0)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="needs pidfd")
def test_worker_ends_with_its_parent(tmp_path: Path) -> None:
    declared = small_project(tmp_path)
    script = (
        "import sys\nfrom pathlib import Path\nfrom enginekit import opened, small_project\n"
        "engine = opened(small_project(Path(sys.argv[1])))\n"
        "print(engine.pid, flush=True)\nsys.stdin.read()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script, declared.root],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parent), "TMPDIR": str(tmp_path)},
    )
    with parent:
        assert parent.stdout is not None
        worker = os.pidfd_open(int(parent.stdout.readline()))
        parent.send_signal(signal.SIGKILL)
        ended, _, _ = select.select([worker], [], [], 60)
        os.close(worker)
    assert ended


@pytest.mark.slow
def test_attacks_leave_no_file_behind(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    cache = tmp_path / "cache"
    with opened(small_project(project), cache) as engine:
        engine.query("SELECT 1")
        before = sorted(map(str, tmp_path.rglob("*")))
        list(engine.run([Query("attack", sql) for sql in REFUSED]))

        assert sorted(map(str, tmp_path.rglob("*"))) == before
