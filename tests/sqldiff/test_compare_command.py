"""Two files on the command line: the verdict as exit code, the reasons as sentences."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

OLD = "/* ---\ntitle: One\n--- */\nSELECT count(*) AS value FROM flights WHERE origin = 'JFK' AND NOT diverted\n"


def run(tmp_path: Path, new: str, *args: str, old: str = OLD) -> subprocess.CompletedProcess[str]:
    (tmp_path / "old.sql").write_text(old, encoding="utf-8")
    (tmp_path / "new.sql").write_text(new, encoding="utf-8")
    command = [sys.executable, "-m", "sharekit", "compare", "old.sql", "new.sql", *args]
    return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)


def test_another_spelling_means_the_same(tmp_path: Path) -> None:
    done = run(tmp_path, "select count(*) as value from flights -- all\nwhere not diverted and origin = 'JFK'\n")
    assert (done.returncode, done.stdout) == (0, "  The same query in another spelling.\n")


def test_a_change_is_told_and_ends_with_one(tmp_path: Path) -> None:
    done = run(tmp_path, OLD.replace("count(*)", "count(DISTINCT id)"))
    assert done.returncode == 1
    assert "counts distinct `id` instead of rows" in done.stdout


def test_json_says_the_same(tmp_path: Path) -> None:
    done = run(tmp_path, OLD.replace("'JFK'", "'LGA'"), "--format", "json")
    said = json.loads(done.stdout)
    assert (done.returncode, said["verdict"]) == (1, "changed")
    assert said["changes"]


def test_other_dialects_are_served(tmp_path: Path) -> None:
    old = "SELECT COUNT(*) AS n FROM `shop.orders` WHERE a = 1 AND b = 2"
    new = "SELECT COUNT(*) AS n FROM `shop.orders` WHERE b = 2 AND a = 1"
    assert run(tmp_path, new, "--dialect", "bigquery", old=old).returncode == 0


def test_a_missing_file_is_a_sentence(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sharekit", "compare", "old.sql", "nowhere.sql"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
