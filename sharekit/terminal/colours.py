"""Colours on a screen: of the signs that begin a line, and of the caret below a mistake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO

from rich.console import Console
from rich.highlighter import RegexHighlighter
from rich.theme import Theme


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


class Screen(Console):
    """A stream whose signs are coloured where that is asked for and possible."""

    def __init__(
        self, file: IO[str], width: int | None, environ: Mapping[str, str], plain: bool
    ) -> None:
        """`width`: columns; None: those of the screen."""
        super().__init__(
            file=file,
            theme=_THEME,
            markup=False,
            emoji=False,
            highlighter=_Signs(),
            no_color=True if plain else None,
            force_terminal=False if plain else None,
            color_system=None if plain else "auto",
            width=width,
            _environ=environ,
        )

    @property
    def takes_colour(self) -> bool:
        """Whether colours are shown."""
        return self.is_terminal and self.color_system is not None and not self.no_color

    def write_lines(self, text: str) -> None:
        """Write lines; what is wrong or good in them by its sign is coloured."""
        self.print(text, soft_wrap=True, highlight=self.is_terminal)

    def on_broken_pipe(self) -> None:
        """Leaves a closed pipe to the caller: it ends the process in its own words."""
        self.quiet = True
        raise BrokenPipeError
