"""What happens to a machine and its files: the site is the old one or the new one, whole, and the
next build is right. The figures are printed: pytest -s -m slow tests/security/test_faults.py"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from commandline import sharekit

from sharekit.artifacts import Artifact
from sharekit.publish import MARKER, FolderPublisher

MOMENTS = 50
OLD = {f"{number}/index.html": b"old" * number for number in range(20)}
NEW = {f"{number}/index.html": b"new!" * number for number in range(5, 25)}
PUBLISHES = """
import os, pathlib, signal, sys
from sharekit.artifacts import Artifact
from sharekit.publish import FolderPublisher

moment, root = int(sys.argv[1]), pathlib.Path(sys.argv[2])
artifacts = [Artifact(f"{number}/index.html", b"new!" * number) for number in range(5, 25)]
passed, swapping, inside = 0, False, 0

def hook(event, args):
    global passed, swapping, inside
    if event == "ctypes.dlopen" or event.startswith("ctypes.dlsym"):
        swapping = True
    if event.split(".")[0] in ("os", "open", "shutil", "ctypes"):
        passed, inside = passed + 1, inside + swapping
        if passed == moment:
            os.write(1, b"inside" if swapping else b"before")
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(hook)
FolderPublisher(root).publish(artifacts)
os.write(1, b"%d %d" % (passed, inside))
"""
"""Publishes, and dies at the given step of the file system: each is a moment at which a machine can
stop."""


def artifacts(files: dict[str, bytes]) -> list[Artifact]:
    return [Artifact(path, content) for path, content in files.items()]


def tree(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and path.name != MARKER
    }


def publishing(moment: int, root: Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-c", PUBLISHES, str(moment), str(root)],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.slow
def test_a_build_that_is_killed_leaves_a_whole_site(tmp_path: Path) -> None:
    root = tmp_path / "site"
    FolderPublisher(root).publish(artifacts(OLD))
    steps, inside = map(int, publishing(-1, root)[1].split())
    first_inside = steps - inside + 1
    moments = [
        *range(first_inside, min(first_inside + 15, steps + 1)),
        *range(1, first_inside, max(1, first_inside // 35)),
    ][:MOMENTS]
    whole, swapping = 0, 0
    for moment in moments:
        shutil.rmtree(tmp_path)
        FolderPublisher(root).publish(artifacts(OLD))
        code, said = publishing(moment, root)
        assert code == -signal.SIGKILL
        swapping += said == "inside"
        assert tree(root) in (OLD, NEW)
        FolderPublisher(root).publish(artifacts(NEW))
        assert tree(root) == NEW
        assert os.listdir(tmp_path) == ["site"], "nothing is left beside it"
        whole += 1
    print(f"killed: survived {whole}/{len(moments)}, {swapping} of them in the swap")
    assert (len(moments), swapping >= 10) == (MOMENTS, True)


# -- damaged and foreign caches -------------------------------------------------------------------

CONFIG = '[project]\nname = "T"\nas_of = 2026-11-01\n[people.a]\nname = "Ann"\n'
METRIC = (
    "/* ---\ntitle: Orders\nowner: a\n--- */\nSELECT day AS period, sum(n) AS value FROM orders"
    " GROUP BY day\n"
)


def half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for place in range(0, len(content), max(1, len(content) // 7)):
        content[place] ^= 0x55
    path.write_bytes(content)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def foreign(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\0" + bytes(range(256)))


def folder(path: Path) -> None:
    path.unlink()
    (path / "inside").mkdir(parents=True)


def link(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


DAMAGES: tuple[Callable[[Path], None], ...] = (half, flipped, empty, foreign, folder, link)


def project(root: Path) -> Path:
    (root / "metrics/data").mkdir(parents=True)
    (root / "sharekit.toml").write_text(CONFIG)
    (root / "metrics/orders_a_day.sql").write_text(METRIC)
    (root / "metrics/data/orders.csv").write_text("day,n\n2026-10-30,3\n2026-10-31,4\n")
    return root


@pytest.mark.slow
@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_damaged_caches_change_nothing(damage: Callable[[Path], None], tmp_path: Path) -> None:
    """All files of the cache at once."""
    root = project(tmp_path / "p")
    assert sharekit("build", cwd=root).code == 0
    right = tree(root / "site")
    files = [path for path in (root / ".sharekit").rglob("*") if path.is_file()]
    for path in files:
        damage(path)
    said = sharekit("build", cwd=root)
    assert said.code == 0, said.err
    assert tree(root / "site") == right
    print(f"caches, {damage.__name__}: survived {len(files)}/{len(files)}")


@pytest.mark.slow
def test_a_source_that_is_truncated_or_gone_is_named_and_the_rest_is_built(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    data = root / "metrics/data/orders.csv"
    (root / "metrics/one.sql").write_text(
        "/* ---\ntitle: One\nowner: a\n--- */\nSELECT 1 AS value\n"
    )
    cases: dict[str, Callable[[], object]] = {
        "truncated": lambda: data.write_bytes(b""),
        "replaced": lambda: data.write_bytes(bytes(range(256)) * 20),
        "another table": lambda: data.write_text("a,b\n1,2\n"),
        "not UTF-8": lambda: data.write_bytes(b"day,n\n\xff\xfe\n"),
    }
    survived = 0
    for name, break_it in cases.items():
        break_it()
        said = sharekit("build", cwd=root)
        assert said.code in (1, 3), (name, said.err)
        assert "Traceback" not in said.err
        assert (root / "site/metrics/one.html").exists(), name
        survived += 1
    print(f"sources: survived {survived}/{len(cases)}")
