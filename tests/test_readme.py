"""The README says what the code does: its reference is written from it, and every command shown can be typed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from reference import CONFIG, END, FRONT, START, declared_keys, option_names, reference

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"


def readme() -> str:
    return README.read_text(encoding="utf-8")


def test_reference_is_the_codes_own(request: pytest.FixtureRequest) -> None:
    before, start, rest = readme().partition(START)
    _, end, after = rest.partition(END)
    assert start, "README.md has no place for the reference"
    assert end, "README.md has no end of the reference"
    if request.config.getoption("--update-cases", default=False):
        README.write_text(before + reference() + after, encoding="utf-8")
        return
    assert start + rest.partition(END)[0] + end == reference(), "pytest tests/test_readme.py --update-cases"


def test_reference_has_every_key_that_people_may_write() -> None:
    shapes = {shape.__name__ for group in FRONT.values() for shape in group} | {shape.__name__ for shape in CONFIG}
    assert {shape for shape, _ in declared_keys()} <= shapes
    text = reference()
    assert not [f"{shape}.{key}" for shape, key in declared_keys() if f"| `{key}` |" not in text]


def commands_shown() -> Iterator[list[str]]:
    """Every `sharekit ...` in a block of code or between backticks."""
    text = readme()
    blocks = re.findall(r"^```(?:bash|console|sh|yaml)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    spans = re.findall(r"`(sharekit [^`]+)`", text)
    for line in (*lines, *spans):
        for part in re.split(r"&&|;|>|\|(?!\w)", line):
            words = re.sub(r"^\$ |^-? ?run: ", "", part.strip())
            found = re.search(r"(?:^|/|\s)sharekit (.+)$", words)
            if found and not words.startswith("#"):
                yield shlex.split(found[1], comments=True)


@pytest.mark.parametrize("words", list(commands_shown()), ids=" ".join)
def test_command_shown_exists_with_its_options(words: list[str]) -> None:
    known = option_names()
    command = next((word for word in words if not word.startswith("-")), "")
    assert command in known, f"there is no command {command}"
    options = {word.partition("=")[0] for word in words if word.startswith("-") and word != "-"}
    assert options <= known[command] | known[""]


def test_two_commands_for_a_fresh_machine() -> None:
    """What the continuous check runs word for word; each is one line that needs nothing but Python."""
    lines = [line for line in readme().splitlines() if line.startswith("python3 -m venv ")]
    assert lines == [
        "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/sharekit build",
        "python3 -m venv .venv && .venv/bin/pip install '.[test]' && .venv/bin/pytest -n auto",
    ]


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\((?!https?:|#)([^)#]+)", readme()))))
def test_link_leads_to_a_file_of_the_repository(target: str) -> None:
    assert (ROOT / target).exists()


def test_contents_lead_to_headings() -> None:
    headings = {
        re.sub(r"[^\w\- ]", "", line.lstrip("# ").lower()).replace(" ", "-")
        for line in readme().splitlines()
        if line.startswith("#")
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", readme())) <= headings
