"""README and manual say what the code does: the reference is written from it, each command shown
can be typed, each link leads somewhere."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from reference import CONFIG, FRONT, NAMES, declared_keys, option_names, reference

ROOT = Path(__file__).parent.parent
REFERENCE = ROOT / "docs" / "reference"
PAGES = sorted(
    [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        ROOT / "SECURITY.md",
        *(ROOT / "docs").rglob("*.md"),
    ]
)
LONGEST_README = 120
"""Lines: what a stranger reads before the first link."""


def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose() -> str:
    return "\n".join(map(text, PAGES))


@pytest.mark.parametrize("name", NAMES)
def test_reference_is_written_from_the_code(name: str, request: pytest.FixtureRequest) -> None:
    page = REFERENCE / name
    if request.config.getoption("--update-cases", default=False):
        page.write_text(reference()[name], encoding="utf-8")
    assert text(page) == reference()[name], "pytest tests/test_docs.py --update-cases"


def test_reference_has_no_other_page() -> None:
    assert {page.name for page in REFERENCE.iterdir()} == set(reference()) == set(NAMES)


def test_reference_has_every_key_that_people_may_write() -> None:
    shapes = {shape.__name__ for group in FRONT.values() for shape in group} | {
        shape.__name__ for shape in CONFIG
    }
    assert {shape for shape, _ in declared_keys()} <= shapes
    written = "\n".join(reference().values())
    assert not [f"{shape}.{key}" for shape, key in declared_keys() if f"| `{key}` |" not in written]


def commands_shown() -> Iterator[list[str]]:
    """Every `sharekit ...` in a block of code or between backticks."""
    whole = prose()
    blocks = re.findall(r"^```(?:bash|console|sh|yaml)\n(.*?)^```", whole, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    spans = re.findall(r"`(sharekit [^`]+)`", whole)
    for line in (*lines, *spans):
        for part in re.split(r"&&|;|>|\|(?!\w)", line):
            words = re.sub(r"^\$ |^-? ?run: ", "", part.strip())
            found = re.search(r"(?:^|/|\s)sharekit (.+)$", words)
            if found and not words.startswith("#") and "install" not in words:
                yield shlex.split(found[1], comments=True)


@pytest.mark.parametrize("words", sorted(commands_shown()), ids=" ".join)
def test_command_shown_exists_with_its_options(words: list[str]) -> None:
    known = option_names()
    command = next((word for word in words if not word.startswith("-")), "")
    assert command in known, f"there is no command {command}"
    options = {word.partition("=")[0] for word in words if word.startswith("-") and word != "-"}
    assert options <= known[command] | known[""]


def test_two_commands_for_a_fresh_machine() -> None:
    """What the continuous check runs word for word; each is one line that needs nothing but
    Python."""
    lines = [
        line
        for line in text(ROOT / "README.md").splitlines()
        if line.startswith("python3 -m venv ")
    ]
    assert lines == [
        "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/sharekit build",
        "python3 -m venv .venv && .venv/bin/pip install '.[test]' &&"
        " .venv/bin/pytest -n auto -m 'not slow'",
    ]


def test_readme_is_short() -> None:
    assert len(text(ROOT / "README.md").splitlines()) <= LONGEST_README


def links() -> Iterator[tuple[Path, str]]:
    for page in PAGES:
        shown = re.sub(r"^(`{3,})[^`].*?^\1", "", text(page), flags=re.MULTILINE | re.DOTALL)
        yield from ((page, target) for target in re.findall(r"\]\(([^)\s]+)\)", shown))


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_code_names_only_documents_that_are_here() -> None:
    """A comment that sends a reader to another document, or to a file that is not here, helps nobody."""
    here = {path.name for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"))}
    named = {
        f"{path.relative_to(ROOT)} {name}"
        for folder in ("sharekit", "tests")
        for path in ROOT.glob(f"{folder}/**/*.py")
        for name in re.findall(r"(?<![-\w])[A-Z]{4,}\.md\b", path.read_text(encoding="utf-8"))
        if name not in here
    }
    assert named == set()


@pytest.mark.parametrize(
    ("page", "target"),
    sorted(
        {
            (page.relative_to(ROOT).as_posix(), target)
            for page, target in links()
            if "://" not in target
        }
    ),
)
def test_link_leads_to_a_file_and_a_heading(page: str, target: str) -> None:
    path, _, anchor = target.partition("#")
    leads = (ROOT / page).parent / path if path else ROOT / page
    assert leads.exists()
    assert not anchor or anchor in anchors(leads)


def test_architecture_names_every_folder() -> None:
    rooms = {
        path.name
        for path in (ROOT / "sharekit").iterdir()
        if path.is_dir() and not path.name.startswith("__")
    }
    shown = text(ROOT / "docs" / "architecture.md")
    assert not [room for room in sorted(rooms) if f"`{room}/`" not in shown]


@pytest.mark.slow
def test_the_manual_builds_as_a_site(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    shutil.copy(ROOT / "zensical.toml", tmp_path)
    command = Path(sys.executable).with_name("zensical")
    built = subprocess.run(
        [command, "build", "--strict"], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert built.returncode == 0, built.stdout + built.stderr
    pages = {page.relative_to(ROOT / "docs") for page in (ROOT / "docs").rglob("*.md")}
    site = tmp_path / "manual"
    assert {page for page in pages if not (site / page.with_suffix(".html")).exists()} == set()
    menu = (site / "index.html").read_text("utf-8")
    assert all(page.with_suffix(".html").name in menu for page in pages), "each page is in the menu"
    assert "fonts.googleapis" not in menu
