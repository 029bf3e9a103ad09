"""How many attacks are tried: counted from the tests themselves, printed, and as SECURITY.md says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from test_64_kb import DATA_FILES, PLACES, UNITS
from test_escape import DESTINATIONS, NEEDED, PAYLOADS
from test_ledger_text import ledgers

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "SECURITY.md"
CORPUS = {
    "SQL that wants more than its tables": ("engines/test_guard.py", "engines/test_attacks.py"),
    "SQL for engines elsewhere": ("engines/remote/test_remote_guard.py",),
    "the process that runs SQL": ("engines/test_walls.py", "engines/test_runner.py"),
    "views and columns of .duckdb files": ("engines/test_duckdb_files.py",),
    "addresses that data are fetched from": ("engines/test_web_sources.py",),
    "files without end, links, patterns": ("test_hostile_files.py",),
    "words on pages": ("site/test_site_hostile.py",),
    "leaks between audiences": (
        "site/test_site_leaks.py", "protocol/test_mcp_leaks.py", "test_visible.py", "test_made_up_histories.py",
    ),
    "MCP: paths, mixed builds, other protocols, any lines": (
        "protocol/test_mcp_process.py", "protocol/test_mcp_any_line.py",
    ),
    "serve: other names, origins, malformed requests": ("test_serve.py",),
    "comparing queries of strangers": ("test_compare_command.py",),
    "any bytes in any file": (
        "security/test_any_bytes.py", "security/test_any_reader.py", "security/test_any_git.py",
        "security/test_fuzz.py",
    ),
    "kills, damaged caches and sources": ("security/test_faults.py", "test_publish.py"),
    "limits that the environment sets": ("security/test_ceiling.py",),
}  # fmt: skip
"""What is attacked, and the files of tests that do it, below tests/."""
LEDGERS = "ledgers that somebody else wrote"
KILOBYTES = "64 kB of anything in a file, with its time and memory"
PAIRS = "text at its destinations (payload × destination)"


def counted() -> dict[str, int]:
    """Cases of each part, as pytest collects them."""
    files = [f"tests/{name}" for names in CORPUS.values() for name in names]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *files],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    cases = Counter(
        match[1] for match in re.finditer(r"^tests/(\S+?\.py)::", done.stdout, re.MULTILINE)
    )
    found = {part: sum(cases[name] for name in names) for part, names in CORPUS.items()}
    text = len(UNITS) * sum(map(len, PLACES.values()))
    return {
        **found,
        LEDGERS: len(list(ledgers())),
        KILOBYTES: text + DATA_FILES,
        PAIRS: len({**PAYLOADS, **NEEDED}) * len(DESTINATIONS),
    }


@pytest.mark.slow
def test_the_counts_are_those_of_the_page(pytestconfig: pytest.Config) -> None:
    found = counted()
    print("\n".join(f"{part}: {count:,}" for part, count in found.items()))
    table = "".join(f"| {part} | {count:,} |\n" for part, count in found.items())
    text = PAGE.read_text(encoding="utf-8")
    new = re.sub(r"(?<=\| --- \| ---: \|\n)(\|.*\|\n)+", lambda _: table, text)
    if pytestconfig.getoption("--update-cases"):
        PAGE.write_text(new, encoding="utf-8")
    assert new == PAGE.read_text(encoding="utf-8"), "run it again with --update-cases"
    assert all(found.values())
