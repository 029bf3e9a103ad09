"""What can go wrong, as values: where, what, and the way out.

SharekitError            something a person can mend; `exit_code` tells what kind
├── ProblemsError        mistakes in declared files, all of them at once            exit 2 (or 1)
├── QueryError           one query failed; the rest of the build goes on            exit 1
└── OutsideError         an engine, a mail server or a remote is out of reach       exit 3

Modules raise or return these; only `cli.py` prints them and ends the process.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Literal

Severity = Literal["error", "warning"]
Phase = Literal["file", "data", "outside"]
QueryFault = Literal[
    "syntax",
    "unknown-table",
    "unknown-column",
    "unknown-function",
    "refused",
    "timeout",
    "memory",
    "too-many-rows",
    "outside",
    "failed",
]


@dataclass(frozen=True, order=True)
class Place:
    """A spot in a declared file. Lines and columns count from 1; absent ones are not known."""

    path: str
    """POSIX path relative to the project folder."""
    line: int | None = None
    column: int | None = None
    length: int = 1
    """How many characters from `column` on are meant: the caret's width."""

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.path, self.line, self.column) if part is not None)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: place, sentence, way out."""

    code: str
    """Stable kebab-case name of the rule, such as `unknown-key`."""
    message: str
    """One sentence in plain words, without a full stop."""
    place: Place
    hint: str | None = None
    """The way out: what to write, or "Did you mean ...?"."""
    severity: Severity = "error"
    phase: Phase = "file"
    """`file`: somebody must edit a file (exit 2); `data`: a query or a rule on data failed (1); `outside` (3)."""
    excerpt: tuple[tuple[int, str], ...] = ()
    """Lines of the file around the place, with their numbers, for the printed excerpt."""


class SharekitError(Exception):
    """Base of all errors that a person can mend. The message is a sentence; the hint is the way out."""

    exit_code: ClassVar[int] = 2

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ProblemsError(SharekitError):
    """All that is wrong in a project, at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        count = sum(problem.severity == "error" for problem in self.problems)
        super().__init__(f"{count} error{'' if count == 1 else 's'}")


class QueryError(SharekitError):
    """One query could not be run. `line` and `column` count from 1 inside the query's own text."""

    exit_code = 1

    def __init__(
        self,
        message: str,
        *,
        fault: QueryFault = "failed",
        line: int | None = None,
        column: int | None = None,
        length: int = 1,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.fault: QueryFault = fault
        self.line = line
        self.column = column
        self.length = length


class OutsideError(SharekitError):
    """Something that is not ours did not answer; trying again may help."""

    exit_code = 3


def exit_code(problems: Iterable[Problem]) -> int:
    """The process's exit code for these problems: a wrong file (2) outweighs a remote (3) outweighs data (1)."""
    phases = {problem.phase for problem in problems if problem.severity == "error"}
    if "file" in phases:
        return 2
    if "outside" in phases:
        return 3
    return 1 if phases else 0
