"""The package: one version, the same bytes twice, and README's command from the wheel in an empty environment."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tomllib
from contextlib import suppress
from pathlib import Path

import pytest
from gitrepos import environment, new_repo

import sharekit

ROOT = Path(__file__).parent.parent
SLACK = 1.05
"""How much the base install may grow over the figure in the manual."""


def run(*command: object, cwd: Path, **more: str) -> str:
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**os.environ, **more},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def clone(path: Path) -> Path:
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(path)], env=environment(), check=True)
    return path


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return next(built(tmp_path_factory.mktemp("package")).glob("*.whl"))


def built(folder: Path) -> Path:
    """Build both archives from a fresh clone of what is committed."""
    source, out = clone(folder / "source"), folder / "dist"
    run(
        *(sys.executable, "-m", "build", "--no-isolation", "--outdir", out),
        cwd=source,
        SOURCE_DATE_EPOCH="1700000000",
    )
    return out


def test_changelog_has_the_version() -> None:
    headings = re.findall(
        r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    released = [each for each in headings if each != "Unreleased"]
    assert released[0] == sharekit.__version__
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["dynamic"] == ["version"], "the version stands in one place"


@pytest.mark.slow
def test_same_bytes_twice(wheel: Path, tmp_path: Path) -> None:
    again = built(tmp_path)
    first = {path.name: digest(path) for path in wheel.parent.iterdir()}
    assert first == {path.name: digest(path) for path in again.iterdir()}
    assert sorted(path.suffix for path in again.iterdir()) == [".gz", ".whl"]


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.slow
def test_readme_builds_from_the_wheel_in_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    project, venv = clone(tmp_path / "project"), tmp_path / "venv"
    run(sys.executable, "-m", "venv", venv, cwd=tmp_path)
    run(venv / "bin/pip", "install", "--quiet", "--no-compile", wheel, cwd=tmp_path, PYTHONPATH="")
    run(venv / "bin/sharekit", "build", cwd=project, PYTHONPATH="")
    assert (project / "site/index.html").is_file()
    run(
        venv / "bin/sharekit",
        "init",
        "--ci",
        "github",
        tmp_path / "own",
        cwd=tmp_path,
        PYTHONPATH="",
    )
    assert (tmp_path / "own/.github/workflows/sharekit.yml").is_file()
    found = re.search(
        r"\| base install \| (\d+) \|", (ROOT / "docs/publishing.md").read_text(encoding="utf-8")
    )
    assert found
    assert weight(venv) <= float(found[1]) * SLACK, "say in docs/publishing.md where it goes"


def other_python(version: str) -> str | None:
    """A program of this version: the one on PATH, else one that pyenv has."""
    homes = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for program in (f"python{version}", *map(str, sorted(homes.glob(f"{version}.*/bin/python")))):
        with suppress(OSError):
            said = subprocess.run([program, "--version"], capture_output=True, text=True)
            if said.returncode == 0 and said.stdout.startswith(f"Python {version}."):
                return program
    return None


@pytest.mark.slow
@pytest.mark.parametrize("version", ["3.12", "3.13", "3.14"])
def test_a_new_project_builds_on_newer_pythons(wheel: Path, tmp_path: Path, version: str) -> None:
    program = other_python(version)
    if program is None:
        pytest.skip(f"there is no Python {version} here")
    venv, home = tmp_path / "venv", tmp_path / "own"
    run(program, "-m", "venv", venv, cwd=tmp_path, PYTHONPATH="")
    run(venv / "bin/pip", "install", "--quiet", "--no-compile", wheel, cwd=tmp_path, PYTHONPATH="")
    run(venv / "bin/sharekit", "init", home, cwd=tmp_path, PYTHONPATH="")
    new_repo(home).commit({}, "Begin")
    for words in (("check",), ("build", "--strict"), ("status",), ("show", "late_share")):
        run(venv / "bin/sharekit", *words, cwd=home, PYTHONPATH="")
    assert (home / "site/index.html").is_file()


def weight(venv: Path) -> float:
    """Megabytes of the installed packages, without pip and what Python compiles by itself."""
    (packages,) = venv.glob("lib/python*/site-packages")
    own = re.compile(r"(pip|setuptools|pkg_resources|_distutils_hack)\b")
    files = (
        path
        for path in packages.rglob("*")
        if path.is_file()
        and "__pycache__" not in path.parts
        and not own.match(path.relative_to(packages).parts[0])
    )
    return sum(path.stat().st_size for path in files) / 1e6


def test_the_compiled_part_of_sqlglot_is_refused(tmp_path: Path) -> None:
    """With it every comparison would fail, which reads like a change of meaning."""
    for name in ("a.sql", "b.sql"):
        (tmp_path / name).write_text(f"SELECT '{name}'")
    program = (
        "import sys, sqlglot.parser\n"
        "sqlglot.parser.__file__ = 'parser.cpython-311-x86_64-linux-gnu.so'\n"
        "from sharekit.cli import run\n"
        "sys.exit(run(['compare', 'a.sql', 'b.sql']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 3
    assert "Run pip uninstall sqlglotc" in done.stderr
