"""What a person reads in a terminal: lines, tables and sparklines, the same text in a pipe as on a
screen.

Colour only repeats what a sign or a word already says, and is left out by NO_COLOR, `--plain` and
pipes. All text is taken as it is: no markup, and control characters of declared text are shown,
never obeyed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Literal, Protocol

from msgspec import Struct
from rich.cells import cell_len, set_cell_size

from sharekit import escape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sharekit.errors import Problem

Align = Literal["left", "right"]
BARS = "▁▂▃▄▅▆▇█"
_ERASE_REST = "\x1b[K"
WIDTH = 80
"""Columns of a screen that does not tell its own."""
LABEL, WIDE = 14, 66
"""Columns of a label, and of a line before its time."""


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


def row(label: str, text: str, seconds: float | None = None) -> str:
    """ "  Run           31 queries                                      2.4 s"."""
    line = f"  {label:<{LABEL}}{text}"
    return line if seconds is None else f"{line:<{WIDE - 2}}  {seconds:.1f} s"


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


class Stream(Protocol):
    """Where text goes: a screen, or a pipe."""

    @property
    def file(self) -> IO[str]: ...
    @property
    def width(self) -> int: ...
    @property
    def is_terminal(self) -> bool: ...
    @property
    def is_dumb_terminal(self) -> bool: ...
    @property
    def takes_colour(self) -> bool: ...
    def write_lines(self, text: str) -> None:
        """Write lines, of which nothing steers a terminal."""


class Pipe(Struct, frozen=True):
    """A file, a log or another program."""

    file: IO[str]
    width: int = WIDTH
    is_terminal: bool = False
    is_dumb_terminal: bool = False
    takes_colour: bool = False

    def write_lines(self, text: str) -> None:
        """Write lines as they are."""
        _raw(self.file, text + "\n")


class Terminal:
    """The two streams of a command: it writes results on standard output, and says everything else
    on standard error."""

    def __init__(
        self, out: IO[str], err: IO[str], environ: Mapping[str, str], *, plain: bool = False
    ) -> None:
        self._out = _stream(out, environ, plain)
        self._err = _stream(err, environ, plain)

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
        self._out.write_lines(escape.terminal(text))

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
        self._err.write_lines(escape.terminal(text))

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


def _stream(file: IO[str], environ: Mapping[str, str], plain: bool) -> Stream:
    if not (
        file.isatty() or environ.get("FORCE_COLOR") or environ.get("TTY_COMPATIBLE", "0") != "0"
    ):
        return Pipe(file)
    from sharekit.terminal.colours import Screen  # most commands of a pipeline never see one

    return Screen(file, None if file.isatty() else WIDTH, environ, plain)


def _print_problems(stream: Stream, problems: Sequence[Problem]) -> None:
    from sharekit.terminal.reports import problems_text

    _raw(stream.file, problems_text(problems, color=stream.takes_colour))


def _raw(stream: IO[str], text: str) -> None:
    stream.write(text if text.endswith("\n") or not text else text + "\n")
    stream.flush()
