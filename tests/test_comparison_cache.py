"""What was compared once is not compared again, and a store that cannot be believed costs time and
nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from sharekit.revisions.comparison_cache import KnownComparisons
from sharekit.revisions.find import Comparer
from sharekit.sqldiff.compare import compare_sql

OLD = "SELECT count(*) AS value FROM flights"
NEW = "SELECT count(*) AS value FROM flights WHERE origin = 'JFK'"


def filled(folder: Path) -> Path:
    known = KnownComparisons(folder)
    known(OLD, NEW)
    known.save()
    (file,) = folder.glob("compared-*")
    return file


def test_it_says_what_comparing_says(tmp_path: Path) -> None:
    filled(tmp_path)
    for pair in ((OLD, NEW), (NEW, OLD), (OLD, OLD.lower()), (OLD, "SELECT")):
        assert KnownComparisons(tmp_path)(*pair) == compare_sql(*pair)
        assert KnownComparisons(None)(*pair) == compare_sql(*pair)


def test_what_was_compared_is_read_from_the_store(tmp_path: Path) -> None:
    file = filled(tmp_path)
    before = file.read_bytes()
    known = KnownComparisons(tmp_path)
    known(OLD, NEW)
    known.save()
    assert file.read_bytes() == before
    known(NEW, OLD)
    known.save()
    assert len(file.read_bytes().splitlines()) == 2


def test_columns_belong_to_the_question(tmp_path: Path) -> None:
    star, named = "SELECT * FROM flights", "SELECT origin, dest FROM flights"
    known = KnownComparisons(tmp_path)
    assert known(star, named).verdict == "changed"
    assert known(star, named, schema={"flights": ("origin", "dest")}).same
    assert known(star, named).verdict == "changed"


@pytest.mark.parametrize("damage", [b"", b"x", b"key 00000000 {}\n", b"\xff\xfe\x00"])
def test_a_damaged_store_is_no_answer(tmp_path: Path, damage: bytes) -> None:
    filled(tmp_path).write_bytes(damage)
    assert Comparer(KnownComparisons(tmp_path))(OLD, NEW) == compare_sql(OLD, NEW)
