"""Sentences that sharekit shows, all in one file, and words that they no longer use.

pytest tests/test_messages.py --update-cases      writes tests/expected/messages.txt
"""

from __future__ import annotations

import re
from pathlib import Path

from golden import Golden
from messages import messages

EXPECTED = Path(__file__).parent / "expected/messages.txt"
GONE = re.compile(
    r"\b(told|mend(s|ed|ing)?|way out|anew|are to be had|misfits?)\b"
    r"|(?<!there )\b(is|are|which is|this is) no (?!longer\b)[a-z-]+\b"
    r"|(?<!where it )\bstands?\b(?! (out|for|in for|by|behind)\b)"
    r"|\bno [a-z]+ is called\b|\bsays? nothing\b",
    re.IGNORECASE,
)
"""Old idiom: "which is no place", "have no way out", "nobody is told", "stands above"."""


def test_all_messages_can_be_read_in_one_file(golden: Golden) -> None:
    golden.check(messages(), EXPECTED)


def test_no_message_uses_the_old_idiom() -> None:
    module, old = "", []
    for line in messages().splitlines():
        if line.startswith("## sharekit/"):
            module = line.removeprefix("## sharekit/")
        elif GONE.search(re.sub(r"\{[^}]*\}", "{}", line)):
            old.append(f"{module}: {line}")
    assert old == []
