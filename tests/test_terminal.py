"""What a terminal is given: the same text in a pipe, signs that cannot steer it, tables and
sparklines that line up."""

from __future__ import annotations

import io
import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from sharekit.escape import terminal as escape_terminal
from sharekit.terminal.screen import Terminal, cut, sparkline, table


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def terminal(out: io.StringIO, *, plain: bool = False, **environ: str) -> Terminal:
    return Terminal(out, out, {"TERM": "xterm-256color", **environ}, plain=plain)


REPORT = (
    "  [x] Unknown column: flights.orgin\n\n      metrics/a.sql:4:8\n\n      4 | select orgin\n    "
    "    |        ^^^^^"
)


def test_pipe_gets_exactly_the_text() -> None:
    out = io.StringIO()
    terminal(out).write(REPORT)
    assert out.getvalue() == REPORT + "\n"


def test_screen_gets_colour_that_only_repeats_the_signs() -> None:
    out = Screen()
    terminal(out).write(REPORT)
    assert "\x1b[31m[x]\x1b[0m" in out.getvalue()
    assert "\x1b[2m      metrics/a.sql:4:8\x1b[0m" in out.getvalue()
    assert "\x1b[31m^^^^^\x1b[0m" in out.getvalue()


@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_color_and_dumb_terminals_get_no_colour(environ: dict[str, str]) -> None:
    out = Screen()
    terminal(out, **environ).write(REPORT)
    assert "\x1b[31m" not in out.getvalue()


def test_plain_gets_exactly_the_text_on_a_screen_too() -> None:
    out = Screen()
    terminal(out, plain=True).write(REPORT)
    assert out.getvalue() == REPORT + "\n"


@given(st.text(st.characters(exclude_characters="\t", codec="utf-8")))
@example("a \n\n 東京 |  ")
@example("x" * 200)
def test_pipe_gets_what_a_screen_without_colours_gets(text: str) -> None:
    pipe, screen = io.StringIO(), Screen()
    terminal(pipe).write(text)
    terminal(screen, plain=True).write(text)
    assert pipe.getvalue() == screen.getvalue()


@pytest.mark.parametrize("environ", [{"FORCE_COLOR": "1"}, {"TTY_COMPATIBLE": "1"}], ids=str)
def test_pipe_gets_colour_where_it_is_asked_for(environ: dict[str, str]) -> None:
    out = io.StringIO()
    terminal(out, **environ).write(REPORT)
    assert "\x1b[31m[x]\x1b[0m" in out.getvalue()


def test_declared_text_cannot_steer_the_terminal() -> None:
    out = io.StringIO()
    terminal(out).write(
        "title \x1b[2J\x1b]0;pwned\x07 \x9b31m \u202egnp.exe [bold]not markup[/bold] :smile:"
    )
    assert (
        out.getvalue()
        == "title ␛[2J␛]0;pwned␇ \\u{9b}31m \\u{202e}gnp.exe [bold]not markup[/bold] :smile:\n"
    )


@given(st.text())
def test_safe_text_has_no_control_characters(text: str) -> None:
    assert not [
        char
        for char in escape_terminal(text)
        if (ord(char) < 32 and char not in "\t\n") or 0x7F <= ord(char) < 0xA0
    ]


def test_data_for_machines_is_written_byte_for_byte() -> None:
    out = Screen()
    terminal(out).data('{"title": "[x] \\u001b"}')
    assert out.getvalue() == '{"title": "[x] \\u001b"}\n'


def test_nobody_watching_means_no_progress() -> None:
    out = io.StringIO()
    with terminal(out).progress() as tell:
        tell("Running 3 of 9 queries")
    assert out.getvalue() == ""


def test_progress_leaves_nothing_behind() -> None:
    out = Screen()
    with terminal(out).progress() as tell:
        tell("Running 3 of 9 queries")
    assert "Running 3 of 9 queries" in out.getvalue()
    assert out.getvalue().endswith("\r\x1b[K"), "the line is erased"


def test_table_lines_up_wide_characters() -> None:
    lines = table(
        ["carrier", "flights"], [["ANA 全日空", "1,234"], ["Delta", "7"]], align=["left", "right"]
    )
    assert lines == ["carrier     flights", "ANA 全日空    1,234", "Delta             7"]


def test_table_keeps_a_cell_on_its_line() -> None:
    assert table(["a"], [["one\ntwo\x1b[0m"]])[1] == "one⏎two␛[0m"


@given(st.text(), st.integers(min_value=2, max_value=40))
def test_cut_text_fits(text: str, width: int) -> None:
    assert (
        cell_len(cut(escape_terminal(text).replace("\n", " ").replace("\t", " "), width)) <= width
    )


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ([], ""),
        ([None, None], ""),
        ([1, 2, 3, 4, 5, 6, 7, 8], "▁▂▃▄▅▆▇█"),
        ([5, 5, 5], "▄▄▄"),
        ([0, None, 10], "▁ █"),
        ([-1e308, 1e308], "▁█"),
    ],
)
def test_sparkline(values: list[float | None], line: str) -> None:
    assert sparkline(values) == line


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.none()))
def test_sparkline_takes_any_numbers(values: list[float | None]) -> None:
    line = sparkline(values)
    assert len(line) == (len(values) if any(value is not None for value in values) else 0)
    known = [value for value in values if value is not None]
    if known and not math.isclose(min(known), max(known), abs_tol=1e-300):
        assert "▁" in line
        assert "█" in line
