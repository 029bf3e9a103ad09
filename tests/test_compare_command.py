"""`sharekit compare`: two files, a verdict, an exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commandline import sharekit

BEFORE = "SELECT origin, count(*) AS n FROM flights WHERE delay > 15 GROUP BY origin\n"


def files(folder: Path, before: str, after: str) -> tuple[Path, Path]:
    old, new = folder / "old.sql", folder / "new.sql"
    old.write_text(before, encoding="utf-8")
    new.write_text(after, encoding="utf-8")
    return old, new


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (BEFORE, "The same text."),
        (
            "select f.origin, count(1) n from flights f where 15 < f.delay group by 1",
            "another spelling",
        ),
        (
            BEFORE.replace("flights", "(SELECT origin, delay FROM flights) f"),
            "Other steps, the same meaning.",
        ),
    ],
)
def test_the_same_meaning_ends_with_0(tmp_path: Path, after: str, said: str) -> None:
    found = sharekit("compare", *files(tmp_path, BEFORE, after), cwd=tmp_path)
    assert (found.code, found.err) == (0, "")
    assert said in found.out


def test_a_change_ends_with_1_and_is_told(tmp_path: Path) -> None:
    found = sharekit("compare", *files(tmp_path, BEFORE, BEFORE.replace("15", "30")), cwd=tmp_path)
    assert found.code == 1
    assert found.out == "  Not the same.\n   ~  filter is `delay > 30` instead of `delay > 15`\n"


def test_front_matter_is_no_part_of_the_query(tmp_path: Path) -> None:
    head = "/* ---\ntitle: Late flights\n--- */\n"
    assert sharekit("compare", *files(tmp_path, BEFORE, head + BEFORE), cwd=tmp_path).code == 0


def test_json_for_machines(tmp_path: Path) -> None:
    found = sharekit(
        "compare",
        *files(tmp_path, BEFORE, BEFORE.replace("15", "30")),
        "--format",
        "json",
        cwd=tmp_path,
    )
    assert json.loads(found.out) == {
        "verdict": "changed",
        "same": False,
        "changes": [{"op": "~", "sentence": "filter is `delay > 30` instead of `delay > 15`"}],
    }


def test_another_dialect(tmp_path: Path) -> None:
    before, after = (
        "SELECT a FROM `p.d.t` WHERE b > 1 AND c = 2",
        "SELECT a FROM `p.d.t` WHERE c = 2 AND b > 1",
    )
    assert (
        sharekit(
            "compare", *files(tmp_path, before, after), "--dialect", "bigquery", cwd=tmp_path
        ).code
        == 0
    )


def test_a_dialect_that_is_not_there(tmp_path: Path) -> None:
    found = sharekit(
        "compare", *files(tmp_path, BEFORE, BEFORE), "--dialect", "snowflak", cwd=tmp_path
    )
    assert found.code == 2
    assert "there is no dialect snowflak" in found.err
    assert "snowflake" in found.err


def test_what_cannot_be_read_ends_with_2_and_says_where(tmp_path: Path) -> None:
    found = sharekit(
        "compare", *files(tmp_path, BEFORE, "SELECT a\nFROM t\nWHERE (a > 1\n"), cwd=tmp_path
    )
    assert (found.code, found.out) == (2, "")
    assert "new.sql:" in found.err
    assert "Traceback" not in found.err


def test_a_file_that_is_not_there_ends_with_2(tmp_path: Path) -> None:
    assert sharekit("compare", "old.sql", "new.sql", cwd=tmp_path).code == 2


def test_bytes_that_are_no_text_end_with_2(tmp_path: Path) -> None:
    old, new = files(tmp_path, BEFORE, BEFORE)
    new.write_bytes(b"SELECT '\xff'")
    found = sharekit("compare", old, new, cwd=tmp_path)
    assert found.code == 2
    assert "UTF-8" in found.err


def test_nothing_in_a_query_is_a_command_to_a_log_of_ci(tmp_path: Path) -> None:
    longest = "x" * 70  # a line ends after it
    after = BEFORE.replace("15", f"15 AND origin <> '{longest} ::error file=x::forged'")
    found = sharekit("compare", *files(tmp_path, BEFORE, after), cwd=tmp_path)
    assert "forged" in found.out
    assert not [line for line in found.out.splitlines() if line.lstrip().startswith("::")]
