"""What a person reads in a terminal: lines, tables and sparklines, the same text in a pipe as on a
screen.

Colour only repeats what a sign or a word already says, and is left out by NO_COLOR, `--plain` and
pipes. All text is taken as it is: no markup, and control characters of declared text are shown,
never obeyed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Literal

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.highlighter import RegexHighlighter
from rich.theme import Theme

from sharekit import escape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sharekit.errors import Problem

Align = Literal["left", "right"]
BARS = "▁▂▃▄▅▆▇█"
_ERASE_REST = "\x1b[K"
WIDTH = 80
"""Columns of a screen that does not tell its own."""


def sparkline(values: Sequence[float | None]) -> str:
    """One character a value, lowest to highest; a gap is a blank, and an unchanging series runs in
    the middle."""
    drawn = [
        value / 2 for value in values if value is not None
    ]  # half of each: the span of any two is finite
    if not drawn:
        return ""
    low, span = min(drawn), max(drawn) - min(drawn)

    def bar(value: float) -> str:
        return BARS[round((value / 2 - low) / span * (len(BARS) - 1))] if span else BARS[3]

    return "".join(" " if value is None else bar(value) for value in values)


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    align: Sequence[Align] = (),
    width: int | None = None,
) -> list[str]:
    """Lines of a table without rules: two blanks between columns, cells cut to `width` columns
    where one is given."""
    cells = [
        [escape.terminal(cell).replace("\n", "\u23ce").replace("\t", " ") for cell in row]
        for row in (head, *rows)
    ]
    widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
    sides = [*align, *(["left"] * (len(widths) - len(align)))]
    lines = ["  ".join(map(_pad, row, widths, sides)).rstrip() for row in cells]
    return [cut(line, width) if width else line for line in lines]


def _pad(cell: str, width: int, side: str) -> str:
    gap = " " * (width - cell_len(cell))
    return gap + cell if side == "right" else cell + gap


def cut(text: str, width: int) -> str:
    """Text in at most `width` columns; what is cut ends in an ellipsis."""
    return text if cell_len(text) <= width else set_cell_size(text, width - 1).rstrip() + "…"


class _Signs(RegexHighlighter):
    base_style = "sharekit."
    highlights = [  # noqa: RUF012 (rich reads a class attribute)
        r"(?P<bad>\[x\])",
        r"(?P<warn>\[!\])",
        r"(?P<good>\[(on|~)\])",
        r"(?m)^ *\| +(?P<bad>\^+.*)$",
        r"(?m)(?P<dimmed>^ *\d* +\|)",
        r"(?m)(?P<dimmed>^ {6}[^\s:]+:\d+(:\d+)?$)",
    ]


_THEME = Theme(
    {
        "sharekit.bad": "red",
        "sharekit.warn": "yellow",
        "sharekit.good": "blue",
        "sharekit.dimmed": "dim",
    },
    inherit=False,
)


class _Stream(Console):
    """Leaves a closed pipe to the caller: it ends the process in its own words."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        raise BrokenPipeError


class Terminal:
    """The two streams of a command: it writes results on standard output, and says everything else
    on standard error."""

    def __init__(
        self, out: IO[str], err: IO[str], environ: Mapping[str, str], *, plain: bool = False
    ) -> None:
        self._out = _console(out, environ, plain)
        self._err = _console(err, environ, plain)

    @property
    def width(self) -> int | None:
        """Columns of the screen that results go to; None in a pipe, where nothing is cut."""
        return self._out.width if self._out.is_terminal else None

    @property
    def is_watched(self) -> bool:
        """Whether a person sees what is said, so that progress is worth showing."""
        return self._err.is_terminal and not self._err.is_dumb_terminal

    def write(self, text: str = "") -> None:
        """One or more lines of a result."""
        _print(self._out, text)

    def data(self, text: str) -> None:
        """A result for machines: JSON, CSV, SARIF. Byte for byte in a pipe; a terminal is shown
        what it might obey."""
        _raw(self._out.file, escape.terminal(text) if self._out.file.isatty() else text)

    def report(self, text: str) -> None:
        """A result for people, as it was laid out, save what a terminal or a CI job might obey."""
        _raw(self._out.file, escape.terminal(text))

    def write_problems(self, problems: Sequence[Problem]) -> None:
        """Problems as the result of a command, such as check."""
        _print_problems(self._out, problems)

    def say(self, text: str = "") -> None:
        """One or more lines beside the result: what is going on, and what went wrong."""
        _print(self._err, text)

    def say_problems(self, problems: Sequence[Problem]) -> None:
        """Problems beside the result."""
        _print_problems(self._err, problems)

    def repeat(self, text: str) -> None:
        """What was said before, byte for byte."""
        _raw(self._err.file, text)

    @contextmanager
    def progress(self) -> Iterator[Callable[[str], None]]:
        """A line that is written over and gone in the end. Silent where nobody watches; starts no
        thread."""
        if not self.is_watched:
            yield lambda text: None
            return
        stream, width = self._err.file, self._err.width

        def tell(text: str) -> None:
            stream.write(f"\r  {cut(escape.terminal(text), width - 3)}{_ERASE_REST}")
            stream.flush()

        try:
            yield tell
        finally:
            stream.write(f"\r{_ERASE_REST}")
            stream.flush()


def _console(stream: IO[str], environ: Mapping[str, str], plain: bool) -> Console:
    return _Stream(
        file=stream,
        theme=_THEME,
        markup=False,
        emoji=False,
        highlighter=_Signs(),
        no_color=True if plain else None,
        force_terminal=False if plain else None,
        color_system=None if plain else "auto",
        width=None if stream.isatty() else WIDTH,
        _environ=environ,
    )


def _takes_colour(console: Console) -> bool:
    return console.is_terminal and console.color_system is not None and not console.no_color


def _print_problems(console: Console, problems: Sequence[Problem]) -> None:
    from sharekit.terminal.reports import problems_text

    _raw(console.file, problems_text(problems, color=_takes_colour(console)))


def _raw(stream: IO[str], text: str) -> None:
    stream.write(text if text.endswith("\n") or not text else text + "\n")
    stream.flush()


def _print(console: Console, text: str) -> None:
    console.print(escape.terminal(text), soft_wrap=True, highlight=console.is_terminal)
