"""One module a command, each with a click command of the same name; imported only when it is asked
for.

A command takes a Session, does its work through other modules, and returns its exit code.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import update_wrapper
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import click

from sharekit.app.session import Session
from sharekit.project.days import written_day

P = ParamSpec("P")
FunctionT = TypeVar("FunctionT", bound=Callable[..., object])


class Command(click.Command):
    """A command whose help ends in an example to paste, and which takes the common switches too."""

    def __init__(self, *args: Any, example: str, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.example = example
        self.params.extend(switches())

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Example"):
            for line in self.example.splitlines():
                formatter.write(f"{' ' * formatter.current_indent}{line}\n")


def command(example: str) -> Callable[[Callable[Concatenate[Session, P], int]], Command]:
    """Make a command of a function that takes a Session first. Its docstring is the help."""

    def wrap(function: Callable[Concatenate[Session, P], int]) -> Command:
        def run(*args: P.args, **kwargs: P.kwargs) -> int:
            return function(
                click.get_current_context().find_object(Session) or _none(), *args, **kwargs
            )

        click_command = click.command(cls=Command, example=example, context_settings=SETTINGS)(
            update_wrapper(run, function)
        )
        assert isinstance(click_command, Command)
        return click_command

    return wrap


SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def _none() -> Session:
    raise RuntimeError("a command runs below sharekit.cli")


def switches() -> list[click.Option]:
    """Fresh options for --project, --plain and --debug, which may stand before or after the
    command."""
    folder = click.Path(exists=True, file_okay=False, path_type=Path)
    return [
        click.Option(
            ["--project"],
            type=folder,
            metavar="DIR",
            expose_value=False,
            callback=_switch,
            help="Project folder. Default: this folder, or the nearest one above it.",
        ),
        click.Option(
            ["--plain"],
            is_flag=True,
            expose_value=False,
            callback=_switch,
            help="Print without colours, as with NO_COLOR.",
        ),
        click.Option(
            ["--debug"],
            is_flag=True,
            expose_value=False,
            callback=_switch,
            help="Show the traceback of an unexpected error.",
        ),
    ]


def _switch(ctx: click.Context, param: click.Parameter, value: object) -> None:
    session = ctx.find_object(Session)
    if session is not None and value and param.name:
        setattr(session.switches, param.name, value)


def _day(ctx: click.Context, param: click.Parameter, value: str | None) -> date | None:
    """A date as people write it in files: 2013-11-22."""
    try:
        return None if value is None else written_day(value)
    except ValueError:
        raise click.BadParameter(
            f"{value!r} is not a date; write it as 2013-11-22", ctx, param
        ) from None


def format_option(*formats: str) -> Callable[[FunctionT], FunctionT]:
    """--format, of which the first is the default."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(formats),
        default=formats[0],
        help=f"Default: {formats[0]}.",
    )


as_of_option = click.option(
    "--as-of",
    callback=_day,
    metavar="DATE",
    help="Date to compute the numbers for. Default: the project's as_of, else today.",
)
