"""The command line: which commands there are, their streams and exit codes, and what day it is.

Exit codes: 0 done; 1 a query or a check on data failed; 2 a file or an option is wrong; 3 something
outside is out of reach. A command's own module is imported only when it runs, so that `--help`
answers at once."""

from __future__ import annotations

import atexit
import gc
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib import import_module
from keyword import iskeyword
from pathlib import Path
from typing import IO, NoReturn

import click

from sharekit import __version__
from sharekit.app.session import Session, Switches
from sharekit.commands import SETTINGS, switches
from sharekit.errors import ProblemsError, SharekitError, exit_code

COMMANDS: Mapping[str, str] = {
    "init": "Start a small working project and build it.",
    "new": "Start a metric, view, OKR, objective, dashboard or source.",
    "import": "Write views and metrics from the definitions of another tool.",
    "checkin": "Record where a key result is today.",
    "ask": "Record a question that somebody asked.",
    "check": "Find all mistakes at once.",
    "build": "Run the queries and make the site.",
    "serve": "Preview the site; it reloads when a file changes.",
    "show": "Show one number: value, change, owner, definition.",
    "status": "Show the scorecard.",
    "digest": "Write the pre-read of the peers' meeting.",
    "sources": "Show where the rows come from, what they hold and how fresh they are.",
    "sql": "Run your own query on the same data.",
    "diff": "Show what changed, and what it does to the numbers.",
    "translate": "Print a query in another dialect, and list what to check in it.",
    "compare": "Compare two queries: do they mean the same, and if not, what changed.",
    "note": "Write the note that a revision of ID needs.",
    "announce": "Send peers what was revised, each of them once.",
    "ledger": "Show what was announced to whom.",
    "mcp": "Answer MCP clients from the built site.",
    "doctor": "Test what the project relies on, and say how to correct what does not work.",
    "schema": "Print the JSON Schema of what you write, for editors.",
}
"""Command -> its line in the overview. Its module is sharekit.commands.<name>, with a `_` behind
a word of Python's."""
COLLECTION = (1_000_000, 20, 10)
"""Thresholds of Python's collector. A command makes a million objects that live to its end; with the
usual ones, a build of a thousand metrics spends a seventh of its time on looking at them, and one
of a hundred a twentieth with 50,000. A million that are garbage take about 100 MB."""
NO_PLUGINS = ("PYDANTIC_DISABLE_PLUGINS", "__all__")
"""Whether any installed package extends pydantic is read from the metadata of all of them, in each
process. None is needed here, and none should see what is validated."""
INTERRUPTED, BROKEN_PIPE, UNEXPECTED = 130, 141, 70


class ClosedPipeError(Exception):
    """Nobody reads our output any more: `sharekit show ... | head -1`."""


class Commands(click.Group):
    """Knows every command's name and line, and imports one only to run it."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (
            BrokenPipeError
        ) as error:  # click would end the process with 1, as if a query had failed
            raise ClosedPipeError from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        name = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        command = getattr(import_module(f"sharekit.commands.{name}"), name)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            import difflib

            near = difflib.get_close_matches(name, COMMANDS)
            advice = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(COMMANDS)}."
            raise click.UsageError(f"there is no command {name}. {advice}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Example"):
            formatter.write("  sharekit init numbers && cd numbers && sharekit serve\n")


@click.group(cls=Commands, params=switches(), context_settings=SETTINGS)
@click.version_option(__version__, prog_name="sharekit", message="%(prog)s %(version)s")
def sharekit() -> None:
    """Share before asked: numbers and OKRs as SQL files in git, published as pages."""


def main() -> NoReturn:
    """The command `sharekit`. Ends the process."""
    gc.set_threshold(*COLLECTION)
    os.environ.setdefault(*NO_PLUGINS)
    _end(run(sys.argv[1:]))


def _end(code: int) -> NoReturn:
    """End the process after what is registered for its end, without taking its memory apart: for
    the objects of a thousand metrics that takes a tenth of a build's time, and the system does it
    anyway."""
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # nobody reads it any more, or it is closed
            stream.flush()
    os._exit(code)


def run(args: Sequence[str], *, wait: Callable[[float], None] = time.sleep) -> int:
    """Run one command line and return its exit code; whatever goes wrong is said on standard
    error."""
    for stream in (sys.stdout, sys.stderr):
        getattr(stream, "reconfigure", lambda **_: None)(errors="replace")
    session = Session(_here(), os.environ, lambda: datetime.now(UTC), Switches(), wait)
    try:
        code = sharekit.main(list(args), prog_name="sharekit", standalone_mode=False, obj=session)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 0
    except click.ClickException as error:
        _say_usage(error)
        return error.exit_code
    except ProblemsError as error:
        _say(session, error)
        return exit_code(error.problems)
    except SharekitError as error:
        _say(session, error)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except (ClosedPipeError, BrokenPipeError):
        _let_go(sys.stdout)
        return BROKEN_PIPE
    except (
        Exception
    ) as error:  # whatever is left is a fault of ours: one sentence instead of a traceback
        say_unexpected(session, error)
        return UNEXPECTED


def _here() -> Path:
    """The working folder, or the root where it was removed under us: there is no project either
    way."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return Path("/")


def _say(session: Session, error: SharekitError) -> None:
    if isinstance(error, ProblemsError):
        from sharekit.terminal.reports import problem_counts

        session.terminal.say_problems(error.problems)
        session.terminal.say(f"{problem_counts(error.problems)}; nothing was done.")
        return
    session.terminal.say(f"  [x] {error.message}")
    if error.hint:
        session.terminal.say(f"\n      {error.hint}")


def _say_usage(error: click.ClickException) -> None:
    if isinstance(error, click.UsageError) and error.ctx is not None:
        click.echo(error.ctx.get_usage(), err=True)
    message = error.format_message()
    click.echo(f"\n  [x] {message[:1].lower()}{message[1:].rstrip('.')}", err=True)
    if isinstance(error, click.UsageError) and error.ctx is not None:
        click.echo(f"\n      See {error.ctx.command_path} --help.", err=True)


def say_unexpected(session: Session, error: Exception) -> None:
    """The traceback only on request, and never with a value that the environment holds in
    secret."""
    print(
        f"  [x] sharekit met something it did not expect ({type(error).__name__}).", file=sys.stderr
    )
    if session.switches.debug:
        import traceback

        from sharekit.escape import redact

        print(redact("".join(traceback.format_exception(error)), session.environ), file=sys.stderr)
    else:
        print("      Run it again with --debug to see where.", file=sys.stderr)
    print(
        "      Please report it in sharekit's issue tracker, with the command that you ran.",
        file=sys.stderr,
    )


def _let_go(stream: IO[str]) -> None:
    """Send what is still buffered nowhere, so that Python does not complain at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
