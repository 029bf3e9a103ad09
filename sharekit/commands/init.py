"""`sharekit init`: the smallest project in which everything is there to be seen, built at once."""

from __future__ import annotations

from pathlib import Path
from shlex import quote

import click

from sharekit.app.inputs import CONFIG
from sharekit.app.session import Session
from sharekit.commands import command
from sharekit.commands.build import SITE, run_build
from sharekit.errors import SharekitError
from sharekit.project.scaffold import write
from sharekit.project.scaffold.project import project_files


@command(example="sharekit init numbers")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".")
@click.option("--no-build", is_flag=True, help="Only write the files.")
def init(session: Session, folder: Path, no_build: bool) -> int:
    """Start a small working project and build it.

    It has sample data of its own, a view, two numbers, an objective with one key result and a
    dashboard. Change what is there, or delete it and begin with your own. Files of yours are never
    written over."""
    root = (session.cwd / folder).resolve()
    if (root / CONFIG).exists():
        raise SharekitError(
            f"{folder / CONFIG} is there already", hint="Add to it: sharekit new metric NAME."
        )
    name = root.name.replace("-", " ").replace("_", " ").strip().capitalize() or "Numbers"
    today = session.clock().date()
    for path in write(root, project_files(name, today)):
        session.terminal.say(f"  {folder / path.relative_to(root)}")
    if not no_build:
        session.terminal.say()
        run_build(session.at(root), today, root / SITE, unsaid=frozenset({"no-history"}))
    there = "" if root == session.cwd else f"cd {quote(str(folder))} && "
    session.terminal.say(f"  Next: {there}sharekit serve")
    session.terminal.say(
        "  With git, peers are told when an OKR is revised: git init && git add . && git commit"
    )
    return 0
