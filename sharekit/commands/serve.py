"""`sharekit serve`: builds into memory whenever a file, the commit or the day changes, and shows it on loopback."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path

import click

from sharekit.app.caches import Caches
from sharekit.app.inputs import CACHE, find_project, head_watcher, snapshot
from sharekit.app.ledger_for_pages import read_earlier_state
from sharekit.app.session import Session, project_day
from sharekit.artifacts import Artifact
from sharekit.build import build
from sharekit.commands import as_of_option, command
from sharekit.errors import Problem, ProblemsError, SharekitError, errors_among
from sharekit.history import PastTexts
from sharekit.publish import checked
from sharekit.records import replace
from sharekit.revisions.effect.measure import OpenEngines
from sharekit.serve import LivePreview, open_server, watch
from sharekit.terminal.reports import problem_counts, problems_text


class MemoryPublisher:
    """A publisher that keeps the latest site in memory."""

    def __init__(self) -> None:
        self.files: Mapping[str, bytes] = {}

    def publish(self, artifacts: Iterable[Artifact]) -> None:
        self.files = checked(artifacts)


@command(example="sharekit serve --open")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Default: 8000, or the next one that is free."
)
@click.option(
    "--host",
    default="127.0.0.1",
    metavar="ADDRESS",
    help="Address to listen on. Default: this machine only.",
)
@click.option("--open", "open_", is_flag=True, help="Open the preview in the browser.")
@as_of_option
def serve(session: Session, port: int | None, host: str, open_: bool, as_of: date | None) -> int:
    """Preview the site; it reloads when a file changes.

    Nothing is written to site/: the preview lives in memory, and a page shows what is wrong above
    the last good build. With several audiences each has its own address. Ctrl-C ends it."""
    live, stop = LivePreview(), threading.Event()
    server = open_server(live, host, 8000 if port is None else port, search=port is None)
    if not server.local:
        session.terminal.say(
            "  [!] Everybody who reaches this machine can read all audiences' pages."
        )
    session.terminal.write(f"  {server.url}")
    session.terminal.say("  Ctrl-C ends it.")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    if open_:
        click.launch(server.url)
    root = session.project.root
    session = replace(session, texts=PastTexts())
    caches = Caches(root / CACHE, at_hand=True)
    engines = OpenEngines()
    try:
        watch(
            state_watcher(session, root, as_of),
            lambda: _rebuild(session, as_of, caches, engines),
            live,
            stop,
        )
    except KeyboardInterrupt:
        session.terminal.say()
    finally:
        stop.set()
        server.shutdown()
        server.server_close()
    return 0


def state_watcher(session: Session, root: Path, as_of: date | None) -> Callable[[], object]:
    """Tells whether there is anything new to show: a file, the commit that is checked out, or the
    day. A configuration that is just being written anew is one more state."""
    head = head_watcher(root)

    def state() -> object:
        try:
            project = find_project(root)
        except SharekitError:
            return None
        return snapshot(project), head(), as_of or project_day(project, session.clock)

    return state


def _rebuild(
    session: Session, as_of: date | None, caches: Caches, engines: OpenEngines
) -> tuple[Mapping[str, bytes] | None, str]:
    """The site as it is now, and what there is to say about it; no site where it could not be
    made. What did not change since the last one is at hand in the session's texts and `caches`, and
    `engines` have a process that runs already."""
    memory = MemoryPublisher()
    new_session = session.at(
        session.project.root
    )  # the configuration may have changed, and with it what day it is
    try:
        root = new_session.project.root
        report = build(
            root,
            memory,
            as_of=new_session.as_of(as_of),
            commit=new_session.commit,
            caches=caches,
            engines=engines,
            ledger_facts=read_earlier_state(new_session, remote=False),
            history=new_session.history,
        )
    except ProblemsError as error:
        return _report(session, None, error.problems)
    except SharekitError as error:
        session.terminal.say(f"  [x] {error.message}")
        return None, f"{error.message}\n{error.hint or ''}"
    except Exception as error:  # a fault of ours ends one build; the next save may be read again
        if session.switches.debug:
            raise
        message = (
            f"sharekit met something it did not expect ({type(error).__name__}); sharekit build"
            " --debug says where."
        )
        session.terminal.say(f"  [x] {message}")
        return None, message
    return _report(session, memory.files, report.evaluated.problems)


def _report(
    session: Session, files: Mapping[str, bytes] | None, problems: tuple[Problem, ...]
) -> tuple[Mapping[str, bytes] | None, str]:
    """Everything in the terminal; in the page what is wrong, warnings left out."""
    session.terminal.say_problems(problems)
    session.terminal.say(f"  {problem_counts(problems)}")
    return files, problems_text(errors_among(problems))
