"""Words that pages, mails, documents and the terminal no longer use, so that they do not come back.
docs/architecture.md has those that they use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OLD = (
    "; doing ",
    "mean grade of those",
    "Delay of the slowest",
    "days overdue",
    "'beyond' if",
    "Since last {",
    "Owner, data age",
    'f"Of {counted',
)
"""Each as it stood in a template or in code."""
SAID_BY_SCORE = r"(?<!up)grad(e|es|ed|ing)\b"
"""What has one word: score."""


def texts(*folders: str) -> Iterator[tuple[str, str]]:
    """Every file below these folders in which words for users stand: its path and text."""
    kinds = (".py", ".html", ".js", ".sql", ".md", ".yaml", ".json")
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in kinds:
                yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


@pytest.mark.parametrize("words", OLD)
def test_the_old_words_are_gone(words: str) -> None:
    searched = dict(texts("sharekit", "metrics", "dashboards"))
    assert searched
    assert [path for path, text in searched.items() if words in text] == []


def test_no_text_was_decoded_wrongly() -> None:
    searched = dict(texts("sharekit", "metrics", "dashboards", "docs"))
    broken = re.compile("[\u00c2\u00c3\u00e2][\u0080-\u00bf]")
    assert {path for path, text in searched.items() if broken.search(text)} == set()


def test_score_is_the_one_word_for_how_far_a_key_result_is() -> None:
    searched = dict(texts("sharekit", "metrics", "dashboards", "docs"))
    searched["README.md"] = (ROOT / "README.md").read_text(encoding="utf-8")
    searched["CHANGELOG.md"] = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    said = re.compile(SAID_BY_SCORE, re.IGNORECASE)
    assert {path for path, text in searched.items() if said.search(text)} == set()


def test_neither_pages_nor_documents_nor_manual_call_a_score_progress() -> None:
    searched = dict(
        texts("docs", "sharekit/site", "sharekit/mail", "sharekit/mcp", "sharekit/preread")
    )
    said = re.compile(r"\bprogress\b", re.IGNORECASE)
    assert {path for path, text in searched.items() if said.search(text)} == set()
