"""The folder publisher: all or nothing, nothing of anybody else's, and whole after a crash at any
step."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sharekit.artifacts import Artifact
from sharekit.errors import SharekitError
from sharekit.publish import MARKER, FolderPublisher, exchange_folders

OLD = {"index.html": b"old home", "metrics/a.html": b"same", "metrics/gone.html": b"old"}
NEW = {"index.html": b"new home!", "metrics/a.html": b"same", "data/b.json": b"{}"}


def artifacts(files: dict[str, bytes]) -> list[Artifact]:
    return [Artifact(path, content) for path, content in files.items()]


def tree(root: Path) -> dict[str, bytes]:
    found = {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }
    found.pop(MARKER, None)
    return found


def cannot_exchange(one: Path, other: Path) -> bool:
    """A file system without an atomic exchange."""
    return False


@pytest.mark.parametrize("exchange", [exchange_folders, cannot_exchange])
def test_new_site_replaces_the_old_one_whole(
    tmp_path: Path, exchange: Callable[[Path, Path], bool]
) -> None:
    site = FolderPublisher(tmp_path / "deep" / "site", exchange=exchange)
    site.publish(artifacts(OLD))
    assert tree(site.root) == OLD
    site.publish(artifacts(NEW))
    assert tree(site.root) == NEW
    assert os.listdir(site.root.parent) == ["site"], "nothing is left beside it"


def test_unchanged_file_keeps_its_modification_time(tmp_path: Path) -> None:
    site = FolderPublisher(tmp_path / "site")
    site.publish(artifacts(OLD))
    for path in OLD:
        os.utime(site.root / path, (1, 1))
    site.publish(artifacts(NEW))
    assert (site.root / "metrics/a.html").stat().st_mtime == 1
    assert (site.root / "index.html").stat().st_mtime != 1


def test_rights_of_the_folder_stay_and_new_ones_are_readable(tmp_path: Path) -> None:
    site = FolderPublisher(tmp_path / "site")
    site.publish(artifacts(OLD))
    umask = os.umask(0)
    os.umask(umask)
    assert site.root.stat().st_mode & 0o777 == 0o777 & ~umask
    site.root.chmod(0o750)
    site.publish(artifacts(NEW))
    assert site.root.stat().st_mode & 0o777 == 0o750


def test_link_to_a_folder_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "site").symlink_to("real")
    FolderPublisher(tmp_path / "site").publish(artifacts(OLD))
    assert (tmp_path / "site").is_symlink()
    assert tree(tmp_path / "real") == OLD


def test_folder_that_sharekit_did_not_make_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(SharekitError, match="holds files that sharekit did not make"):
        FolderPublisher(tmp_path / "mine").publish(artifacts(NEW))
    assert tree(tmp_path) == {"mine/thesis.txt": b"years of work"}


@pytest.mark.parametrize("mails_first", [True, False])
def test_mails_do_not_replace_a_site_nor_a_site_mails(tmp_path: Path, mails_first: bool) -> None:
    first = FolderPublisher(tmp_path / "out", ignored=mails_first)
    second = FolderPublisher(tmp_path / "out", ignored=not mails_first, option="--there")
    first.publish(artifacts(OLD))
    with pytest.raises(SharekitError, match="holds") as refused:
        second.publish(artifacts(NEW))
    assert "--there" in (refused.value.hint or "")
    left = tree(tmp_path / "out")
    left.pop(".gitignore", None)
    assert left == OLD
    first.publish(artifacts(NEW))


def test_file_in_the_way_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "site").write_text("a file")
    with pytest.raises(SharekitError, match="is a file, not a folder"):
        FolderPublisher(tmp_path / "site").publish(artifacts(NEW))
    assert (tmp_path / "site").read_text() == "a file"


def test_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    FolderPublisher(tmp_path / "site").publish(artifacts(NEW))
    assert tree(tmp_path / "site") == NEW


@pytest.mark.parametrize(
    "path",
    ["../out.html", "a/../../out.html", "/etc/motd", "a//b", "", ".", "a/./b", "a\\..\\b", "a\x00b", "a\nb", "C:x",
     MARKER, "trailing /x", "trailing./x"],
)  # fmt: skip
def test_path_that_leaves_the_folder_is_refused_before_anything_is_written(
    tmp_path: Path, path: str
) -> None:
    site = FolderPublisher(tmp_path / "site")
    site.publish(artifacts(OLD))
    with pytest.raises(SharekitError, match="cannot be written"):
        site.publish(artifacts({**NEW, path: b"x"}))
    assert tree(site.root) == OLD
    assert os.listdir(tmp_path) == ["site"]


@pytest.mark.parametrize(
    ("paths", "words"),
    [
        (["a.html", "a.html"], "two files would be written to a.html"),
        (["a.html", "A.html"], "two files would be written to A.html and a.html"),
        (["a", "a/b.html"], "a would be a file and a folder"),
        (["a/b/c.html", "A/B"], "A/B would be a file and a folder"),
    ],
)
def test_two_artifacts_never_share_a_path(tmp_path: Path, paths: list[str], words: str) -> None:
    with pytest.raises(SharekitError, match=words):
        FolderPublisher(tmp_path / "site").publish([Artifact(path, b"") for path in paths])
    assert not any(tmp_path.iterdir())


def test_folder_without_rights_is_said_in_a_sentence(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        target = Path("/proc/site")  # nobody may write there, not even root
    else:
        tmp_path.chmod(0o500)
        target = tmp_path / "site"
    with pytest.raises(SharekitError, match="cannot be written") as caught:
        FolderPublisher(target).publish(artifacts(NEW))
    assert caught.value.hint is not None
    assert "What was there before is still there" in caught.value.hint


CRASH = """
import os, signal, sys
from pathlib import Path
from sharekit.artifacts import Artifact
from sharekit.publish import FolderPublisher, exchange_folders

root, step, exchange = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "exchange"
files = {files!r}
site = FolderPublisher(root, exchange=exchange_folders if exchange else lambda one, other: False)
artifacts = [Artifact(path, content) for path, content in files.items()]
seen = 0

def die(event, args):
    global seen
    if event.partition(".")[0] in ("os", "open", "shutil", "ctypes", "fcntl"):
        seen += 1
        if seen == step:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(die)
site.publish(artifacts)
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills with SIGKILL")
@pytest.mark.parametrize("exchange", ["exchange", "renames"])
def test_killed_at_any_step_leaves_the_old_or_the_new_site_whole(
    tmp_path: Path, exchange: str
) -> None:
    """Dies just before each call to the system that Python's audit events tell of, then builds
    again."""
    swap = exchange_folders if exchange == "exchange" else cannot_exchange
    found: set[str] = set()
    for step in range(1, 200):
        root = tmp_path / str(step) / "site"
        FolderPublisher(root).publish(artifacts(OLD))
        code = CRASH.replace("{files!r}", repr(NEW))
        process = subprocess.run(
            [sys.executable, "-c", code, str(root), str(step), exchange], check=False
        )
        if exchange == "exchange" or root.exists():
            assert tree(root) in (OLD, NEW)
            found.add("old" if tree(root) == OLD else "new")
        else:
            FolderPublisher(root, exchange=swap).recover()
            assert tree(root) == OLD
            found.add("put back")
        FolderPublisher(root, exchange=swap).publish(artifacts(NEW))
        assert tree(root) == NEW
        assert os.listdir(root.parent) == ["site"]
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL
    else:
        pytest.fail("the publisher never came to its end")
    assert found == {"old", "new"} | ({"put back"} if exchange == "renames" else set())


def test_build_that_still_runs_is_not_taken_for_a_leftover(tmp_path: Path) -> None:
    """A second build that publishes while the first one writes cleans up only what is dead."""
    root = tmp_path / "site"

    def during(one: Path, other: Path) -> bool:
        FolderPublisher(root).publish(artifacts(OLD))
        assert one.is_dir(), "the first build's folder is still there"
        return exchange_folders(one, other)

    FolderPublisher(root).publish(artifacts(OLD))
    FolderPublisher(root, exchange=during).publish(artifacts(NEW))
    assert tree(root) == NEW
    assert os.listdir(tmp_path) == ["site"]
