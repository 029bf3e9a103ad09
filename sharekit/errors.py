"""What can go wrong, as values: where, what, and how to fix it.

SharekitError            something a person can fix; `exit_code` says what kind
├── ProblemsError        mistakes in declared files, all of them at once            exit 2 (or 1)
├── QueryError           one query failed; the rest of the build goes on            exit 1
└── OutsideError         an engine, a mail server or a remote is out of reach       exit 3

Modules raise or return these; only `cli.py` prints them and ends the process.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import ClassVar, Literal

from msgspec import Struct, structs

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
    "unfinished",
    "failed",
]


LONGEST_MESSAGE = 500
LONGEST_HINT = 2_000
"""Characters of a problem: what a file says may be of any length, a report of it not."""
MOST_ALIKE = 20
"""Problems of one kind in one file that are reported one by one; the others are counted."""
MOST_PROBLEMS = 1_000
"""Problems of one report."""


class Place(Struct, frozen=True, order=True):
    """A spot in a declared file. Lines and columns count from 1; absent ones are not known."""

    path: str
    """POSIX path relative to the project folder."""
    line: int | None = None
    column: int | None = None
    length: int = 1
    """How many characters from `column` on are meant: the caret's width."""

    def __str__(self) -> str:
        return ":".join(
            str(part) for part in (self.path, self.line, self.column) if part is not None
        )


class Problem(Struct, frozen=True):
    """One thing that is wrong: place, sentence, fix."""

    code: str
    """Stable kebab-case name of the rule, such as `unknown-key`."""
    message: str
    """One sentence in plain words, without a full stop."""
    place: Place
    hint: str | None = None
    """How to fix it: what to write, or "Did you mean ...?"."""
    severity: Severity = "error"
    phase: Phase = "file"
    """`file`: somebody must edit a file (exit 2); `data`: a query or a rule on data failed (1);
    `outside` (3)."""
    excerpt: tuple[tuple[int, str], ...] = ()
    """Lines of the file around the place, with their numbers, for the printed excerpt."""

    def __post_init__(self) -> None:
        structs.force_setattr(self, "message", shortened(self.message, LONGEST_MESSAGE))
        if self.hint is not None:
            structs.force_setattr(self, "hint", shortened(self.hint, LONGEST_HINT))


def shortened(text: str, longest: int) -> str:
    """The text, with an ellipsis for its middle where it is longer: a sentence ends with what is
    wrong."""
    if len(text) <= longest:
        return text
    gap = " … "
    return f"{text[: longest * 3 // 4]}{gap}{text[len(gap) - longest // 4 :]}"


def limited(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems in their order, with the twenty-first of a kind in a file and all after it as
    one that counts them.

    A thousand problems in a thousand files are enough to begin with, too.
    """
    reported: list[Problem] = []
    counts: Counter[tuple[str, str, Severity, Phase]] = Counter()
    for problem in problems:
        kind = (problem.place.path, problem.code, problem.severity, problem.phase)
        counts[kind] += problem.code != "more"
        if counts[kind] <= MOST_ALIKE:
            reported.append(problem)
    more = [
        Problem(
            "more",
            f"{count - MOST_ALIKE:,} more are of the kind {code}",
            Place(path),
            None,
            severity,
            phase,
        )
        for (path, code, severity, phase), count in counts.items()
        if count > MOST_ALIKE
    ]
    reported += more
    if len(reported) <= MOST_PROBLEMS:
        return tuple(reported)
    reported.sort(key=lambda problem: problem.severity == "warning")
    left_out = reported[MOST_PROBLEMS:]
    message = f"{len(left_out):,} more problems are in other places"
    last = left_out[0]
    return (
        *reported[:MOST_PROBLEMS],
        Problem("more", message, last.place, None, last.severity, last.phase),
    )


def errors_among(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The errors, without the warnings."""
    return tuple(problem for problem in problems if problem.severity == "error")


class SharekitError(Exception):
    """Base of all errors that a person can fix. The message is a sentence; the hint says
    how to fix it."""

    exit_code: ClassVar[int] = 2

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ProblemsError(SharekitError):
    """All that is wrong in a project, at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(errors_among(self.problems))
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

    @property
    def outside(self) -> bool:
        """Whether something that is not ours failed: trying again may help."""
        return self.fault in ("outside", "unfinished")


class OutsideError(SharekitError):
    """Something that is not ours did not answer; trying again may help."""

    exit_code = 3


def exit_code(problems: Iterable[Problem]) -> int:
    """The process's exit code for these problems: a wrong file (2) outweighs a remote (3) outweighs
    data (1)."""
    phases = {problem.phase for problem in errors_among(problems)}
    if "file" in phases:
        return 2
    if "outside" in phases:
        return 3
    return 1 if phases else 0
