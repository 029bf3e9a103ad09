"""The cache that keeps the rows of sources: when it is read, and what becomes of damaged and old files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from enginekit import FLIGHTS, manifest, opened

from sharekit.project.shapes import SourceConfig

pytestmark = pytest.mark.slow


def files(cache: Path) -> dict[str, int]:
    """Cache files with their inodes: a file that was written anew has another one."""
    return {path.name: path.stat().st_ino for path in (cache / "sources").glob("[!.]*")}


def test_cache_serves_until_the_content_changes(root: Path) -> None:
    cache = root.parent / "cache"
    (root / "t.csv").write_text("n\n1\n")
    with opened(manifest(root, {"t": "t.csv"}), cache) as engine:
        first = engine.sources()["t"].fingerprint
    kept = files(cache)

    os.utime(root / "t.csv", (1, 1))
    with opened(manifest(root, {"t": "t.csv"}), cache) as engine:
        assert engine.sources()["t"].fingerprint == first
        assert engine.query("SELECT n FROM t").rows == ((1,),)
    assert files(cache) == kept, "another time stamp is no other content"

    stat = (root / "t.csv").stat()
    (root / "t.csv").write_text("n\n2\n")
    os.utime(root / "t.csv", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    with opened(manifest(root, {"t": "t.csv"}), cache) as engine:
        assert engine.sources()["t"].fingerprint != first
        assert engine.query("SELECT n FROM t").rows == ((2,),), (
            "same size, same time stamp, other content"
        )


def test_reader_options_are_part_of_the_key(root: Path) -> None:
    (root / "t.csv").write_text("n\n01\n")
    cache = root.parent / "cache"
    found = []
    for kind in ("INTEGER", "VARCHAR"):
        with opened(
            manifest(root, {"t": SourceConfig(path="t.csv", columns={"n": kind})}), cache
        ) as engine:
            found.append((engine.query("SELECT n FROM t").rows, engine.sources()["t"].fingerprint))
    assert [rows for rows, _ in found] == [((1,),), (("01",),)]
    assert found[0][1] != found[1][1]


@pytest.mark.parametrize(
    "damage", ["cut the rows", "cut the facts", "no facts", "no rows", "other bytes", "empty facts"]
)
def test_damaged_cache_is_a_miss(root: Path, damage: str) -> None:
    cache = root.parent / "cache"
    (root / "t.csv").write_text(FLIGHTS)
    declared = manifest(root, {"t": "t.csv"})
    with opened(declared, cache) as engine:
        engine.query("FROM t")
    (rows,) = (cache / "sources").glob("*.duckdb")
    facts = rows.with_suffix(".json")
    match damage:
        case "cut the rows":
            os.truncate(rows, rows.stat().st_size // 2)
        case "cut the facts":
            os.truncate(facts, 20)
        case "no facts":
            facts.unlink()
        case "no rows":
            rows.unlink()
        case "other bytes":
            rows.write_bytes(bytes(rows.stat().st_size))
        case "empty facts":
            facts.write_text("{}")
    with opened(declared, cache) as engine:
        assert engine.query("SELECT count(*) FROM t").rows == ((7,),)
        assert engine.sources()["t"].error is None
    with opened(declared, cache) as engine:
        assert engine.query("SELECT count(*) FROM t").rows == ((7,),)


def test_old_files_are_pruned_and_fresh_ones_kept(root: Path) -> None:
    cache = root.parent / "cache"
    names = []
    for n in range(3):
        (root / "t.csv").write_text(f"n\n{n}\n")
        with opened(manifest(root, {"t": "t.csv"}), cache) as engine:
            names.append(engine.sources()["t"].fingerprint)
    for path in (cache / "sources").glob(f"{names[0]}*"):
        os.utime(path, (1, 1))
    torn = cache / "sources" / "abc.99.part"
    torn.write_text("torn")
    hours_ago = (cache / "sources" / f"{names[2]}.duckdb").stat().st_mtime - 7200
    os.utime(torn, (hours_ago, hours_ago))

    with opened(manifest(root, {"t": "t.csv"}), cache):
        pass

    assert {name.split(".")[0] for name in files(cache)} == set(names[1:])


def test_cache_that_cannot_be_written_is_done_without(root: Path) -> None:
    (root / "t.csv").write_text("n\n1\n")
    (root.parent / "cache").write_text("a file where the folder should be")
    with opened(manifest(root, {"t": "t.csv"}), root.parent / "cache") as engine:
        assert engine.query("SELECT n FROM t").rows == ((1,),)


def test_without_a_cache_nothing_is_left(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "t.csv").write_text("n\n1\n")
    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(private))
    with opened(manifest(root, {"t": "t.csv"})) as engine:
        engine.query("FROM t")
        assert list(private.iterdir())
    assert list(private.iterdir()) == []
    assert sorted(path.name for path in root.iterdir()) == ["t.csv"]
