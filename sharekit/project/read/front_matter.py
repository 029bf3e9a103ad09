"""Cut a file into its front matter and the rest, each with the line it begins on. Pure."""

from __future__ import annotations

import re

from msgspec import Struct

from sharekit.errors import Place, Problem

_LEAD = re.compile(r"(?:\s++|--[^\n]*+\n?)*+")
"""What may stand above the first block comment: empty lines and line comments."""
_OPENS = re.compile(r"[ \t]*---[ \t]*\n")
_CLOSES = re.compile(r"(?:\A|\n)[ \t]*---\s*\Z")
_BLANK = re.compile(r"(?:[ \t]*+\n)*+")
_RULE = re.compile(r"---[ \t]*\Z")


class SplitFile(Struct, frozen=True):
    """A file's two parts. `front` is None where there is no front matter."""

    front: str | None
    front_line: int
    """Line of the file on which `front` begins."""
    rest: str
    rest_line: int
    problems: tuple[Problem, ...] = ()


def split_sql(text: str, path: str) -> SplitFile:
    """YAML in the first block comment, between `---` lines; the query is all that follows the
    comment."""
    start = _lead(text)
    if not text.startswith("/*", start):
        return SplitFile(None, 1, *_query(text, 0))
    end = text.find("*/", start + 2)
    if end < 0:
        problem = Problem(
            "open-comment",
            "this comment is not closed",
            _place(text, path, start, 2),
            hint="Close it with */",
        )
        return SplitFile(None, 1, "", 1, (problem,))
    opens = _OPENS.match(text, start + 2, end)
    if opens is None:
        return SplitFile(None, 1, *_query(text, 0))
    closes = _CLOSES.search(text, opens.end() - 1, end)
    problems = []
    if closes is None:
        problems.append(
            Problem(
                "open-front-matter",
                "the front matter is not closed",
                _place(text, path, end, 2),
                hint="End it with --- */",
            )
        )
    if (inner := text.find("/*", start + 2, end)) >= 0:
        problems.append(
            Problem(
                "comment-in-comment",
                "/* inside the front matter opens a second comment, and a console then waits for"
                " its end",
                _place(text, path, inner, 2),
                hint="Write it another way, for instance with a space between the two.",
            )
        )
    front = text[opens.end() : closes.start() + 1 if closes else end]
    return SplitFile(front, _line(text, opens.end()), *_query(text, end + 2), tuple(problems))


def split_markdown(text: str, path: str) -> SplitFile:
    """YAML between a first line `---` and the next such line; the prose is all that follows."""
    lines = text.split("\n")
    if not _RULE.match(lines[0]):
        return SplitFile(None, 1, text, 1)
    for number, line in enumerate(lines[1:], start=1):
        if _RULE.match(line):
            return SplitFile(
                "\n".join(lines[1:number]) + "\n", 2, "\n".join(lines[number + 1 :]), number + 2
            )
    problem = Problem(
        "open-front-matter",
        "the front matter is not closed",
        Place(path, 1, 1, 3),
        hint="End it with a line ---",
    )
    return SplitFile(None, 2, "", len(lines) + 1, (problem,))


def later_front(text: str) -> int | None:
    """Line of a front matter that stands in a later comment than the first, where it is not
    read."""
    match = re.search(r"/\*[ \t]*---[ \t]*\n", text)
    return _line(text, match.start()) if match else None


def _lead(text: str) -> int:
    match = _LEAD.match(text)
    return match.end() if match else 0


def _query(text: str, start: int) -> tuple[str, int]:
    """The text from `start` on, without empty lines around it and the last semicolon; and its first
    line.

    Where the query begins in the middle of a line, spaces stand in for what is before it, so that
    columns stay."""
    begin = text.rfind("\n", 0, start) + 1
    query = " " * (start - begin) + text[start:]
    if (blank := _BLANK.match(query)) is not None:
        begin += blank.end()
        query = query[blank.end() :]
    return query.rstrip().removesuffix(";").rstrip(), _line(text, begin)


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def _place(text: str, path: str, offset: int, length: int) -> Place:
    return Place(path, _line(text, offset), offset - text.rfind("\n", 0, offset), length)
