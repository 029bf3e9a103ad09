"""What a build depends on, told by content, and what the last one left behind."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from commandline import sharekit
from gitrepos import clone, new_repo

from sharekit.app.inputs import (
    ProjectInputs,
    find_project,
    fingerprint,
    refuse_committed_cache,
    refuse_committed_link,
    snapshot,
)
from sharekit.app.last_build import (
    BuildRecord,
    LastValue,
    published_files,
    read_record,
    write_record,
)
from sharekit.errors import SharekitError


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = {
        "sharekit.toml": '[project]\nname = "P"\n\n[sources.orders]\npath = "elsewhere/*.csv"\n',
        "metrics/a.sql": "SELECT 1 AS value",
        "metrics/data/flights.csv": "a\n1\n",
        "dashboards/home.md": "hello",
        "elsewhere/orders.csv": "b\n1\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def key(root: Path, **options: str) -> str | None:
    return fingerprint(find_project(root), options)


def test_fingerprint_stays_where_only_times_and_caches_change(project: Path) -> None:
    before = key(project)
    assert before is not None
    for path in find_project(project).files():
        os.utime(project / path, (1, 1))
    (project / ".sharekit").mkdir()
    (project / ".sharekit" / "cache.db").write_text("x")
    (project / "README.md").write_text("not an input")
    assert key(project) == before


def test_fingerprint_changes_where_more_of_the_past_is_fetched(tmp_path: Path) -> None:
    repo = new_repo(tmp_path / "whole")
    for number in range(4):
        repo.commit({"metrics/a.sql": f"SELECT {number} AS value", "sharekit.toml": ""}, "Next")
    shallow = clone(f"file://{repo.path}", tmp_path / "shallow", "--depth=1")
    keys = [key(shallow.path), key(shallow.path)]
    for depth in ("--depth=2", "--unshallow"):
        shallow.git("fetch", "--quiet", depth)
        keys.append(key(shallow.path))
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


@pytest.mark.parametrize(
    "name",
    [
        "sharekit.toml",
        "metrics/a.sql",
        "metrics/data/flights.csv",
        "dashboards/home.md",
        "elsewhere/orders.csv",
    ],
)
def test_fingerprint_changes_with_the_content_of_every_input(project: Path, name: str) -> None:
    before = key(project)
    with (project / name).open("a") as file:
        file.write("\n")
    assert key(project) != before


def test_fingerprint_changes_with_names_new_files_options_and_commits(project: Path) -> None:
    seen = [key(project), key(project, strict="True")]
    (project / "metrics" / "a.sql").rename(project / "metrics" / "b.sql")
    seen.append(key(project))
    (project / "elsewhere" / "more.csv").write_text("b\n2\n")
    seen.append(key(project))
    (project / "pyproject.toml").write_text("")
    seen.append(key(project))
    git = ["git", "-C", str(project), "-c", "user.name=a", "-c", "user.email=a@b.example"]
    subprocess.run(["git", "init", "-q", str(project)], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "one"], check=True)
    seen.append(key(project))
    assert len(set(seen)) == len(seen)


UNKNOWN = [
    "[sources.a]\nurl = 'https://h.example/a.csv'\n",
    "[warehouse]\nurl = 'env:X'\n",
    "sources = 3\n",
]


@pytest.mark.parametrize("config", UNKNOWN)
def test_what_files_cannot_tell_has_no_fingerprint(project: Path, config: str) -> None:
    (project / "sharekit.toml").write_text(config)
    assert (key(project) is None) == (config != "sources = 3\n")


@pytest.mark.parametrize("name", ["metrics/b.sql", "metrics/data/more.csv", "dashboards/b.md"])
def test_a_file_that_check_refuses_is_an_input_too(project: Path, name: str) -> None:
    before, shown = key(project), snapshot(find_project(project))
    (project / name).symlink_to("/nowhere/at/all")
    assert key(project) != before, "a build would say that nothing changed"
    assert snapshot(find_project(project)) != shown, "the preview would not say what is wrong"


def test_paths_of_sources_never_lead_out_of_the_project(project: Path) -> None:
    config = {
        "sources": {
            "a": {"path": "../*"},
            "b": {"path": "/etc/passwd"},
            "c": {"path": ""},
            "d": {"path": 4},
        }
    }
    files = list(ProjectInputs(project, "sharekit.toml", config).files())
    assert files
    assert all(not path.startswith("/") and ".." not in path.split("/") for path in files)


def test_unreadable_configuration_is_left_to_the_loader(project: Path) -> None:
    (project / "sharekit.toml").write_bytes(b"\xff\xfe not toml [")
    found = find_project(project)
    assert found.config == {}
    assert key(project) is not None


def test_saving_a_file_changes_the_snapshot(project: Path) -> None:
    before = snapshot(find_project(project))
    assert snapshot(find_project(project)) == before
    (project / "metrics" / "a.sql").write_text("SELECT 2 AS value")
    assert snapshot(find_project(project)) != before


def test_cache_that_comes_with_the_repository_is_refused(project: Path) -> None:
    """Otherwise a pull request could bring its own answers to who reads what."""
    subprocess.run(["git", "init", "-q", str(project)], check=True)
    (project / ".sharekit").mkdir()
    (project / ".sharekit" / "facts-1").write_text("x")
    refuse_committed_cache(find_project(project))
    subprocess.run(["git", "-C", str(project), "add", "-f", ".sharekit"], check=True)
    with pytest.raises(SharekitError, match=r"\.sharekit/facts-1 is in git"):
        refuse_committed_cache(find_project(project))
    said = sharekit("build", "--project", project)
    assert said.code == 2
    assert "git rm -r --cached .sharekit" in said.err


RECORD = BuildRecord(
    "abc",
    "/site",
    "  a warning\n",
    {"flights": LastValue("2,041", "on_track")},
    (("index.html", 3, 5),),
)


def test_record_is_read_back(tmp_path: Path) -> None:
    write_record(tmp_path / ".sharekit", RECORD)
    assert read_record(tmp_path / ".sharekit") == RECORD
    assert sorted(os.listdir(tmp_path / ".sharekit")) == [".gitignore", "build.json"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"type": 0, "fingerprint": "abc", "out": "/site"}',
        '{"fingerprint": "abc", "out": "/site", "standings": 3}',
        '{"fingerprint": "abc", "out": "/site", "files": [[1]]}',
        "\x00",
        "null",
    ],
)
def test_damaged_record_is_as_good_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "build.json").write_text(text)
    assert read_record(tmp_path) is None
    assert read_record(tmp_path / "missing") is None


def test_output_that_somebody_touched_is_built_again(tmp_path: Path) -> None:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "index.html").write_text("home")
    record = BuildRecord("abc", str(tmp_path), files=published_files(tmp_path))
    assert record.holds("abc", tmp_path)
    assert not record.holds("abd", tmp_path)
    assert not record.holds(None, tmp_path)
    assert not BuildRecord(None, str(tmp_path), files=published_files(tmp_path)).holds(
        None, tmp_path
    )
    assert not record.holds("abc", tmp_path / "metrics")
    (tmp_path / "metrics" / "new.html").write_text("")
    assert not record.holds("abc", tmp_path)
    (tmp_path / "metrics" / "new.html").unlink()
    assert record.holds("abc", tmp_path)
    (tmp_path / "index.html").unlink()
    assert not record.holds("abc", tmp_path)


@pytest.mark.parametrize("name", ["site", "outbox", "public/pages"])
def test_a_link_of_the_repository_is_not_written_through(name: str, project: Path) -> None:
    """It may lead to the published site of the machine that looks at a pull request."""
    elsewhere = project.parent / f"elsewhere-{name[:4]}"
    elsewhere.mkdir()
    link = project / name.partition("/")[0]
    link.symlink_to(elsewhere)
    subprocess.run(["git", "init", "-q", str(project)], check=True)
    words = ["announce", "--dry-run"] if name == "outbox" else ["build", "--out", name]
    refuse_committed_link(find_project(project), project / name)
    subprocess.run(["git", "-C", str(project), "add", "-f", link.name], check=True)
    said = sharekit(*words, "--project", project, cwd=project)
    assert said.code == 2, said.err
    assert f"{link.name} is a link that is in git" in said.err
    assert list(elsewhere.iterdir()) == []
