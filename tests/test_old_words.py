"""Words that pages, mails and the terminal no longer use, so that they do not come back."""

from __future__ import annotations

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


@pytest.mark.parametrize("words", OLD)
def test_the_old_words_are_gone(words: str) -> None:
    folders = ("sharekit", "metrics", "dashboards")
    files = [
        path
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".html", ".js", ".sql", ".md")
    ]
    assert files
    assert [str(path) for path in files if words in path.read_text(encoding="utf-8")] == []
