"""`sharekit mcp`: a built site's numbers for clients of the Model Context Protocol."""

from __future__ import annotations

from pathlib import Path

import click

from sharekit.app.session import Session
from sharekit.commands import command
from sharekit.commands.build import SITE
from sharekit.errors import OutsideError
from sharekit.mcp.published_tree import find_tree


@command(example="sharekit mcp --audience airports")
@click.option(
    "--site",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder of the built site; needs no project. Default: the project's site/.",
)
@click.option(
    "--audience",
    metavar="NAME",
    help="Audience whose pages are served. Default: the only one there is.",
)
def mcp(session: Session, site: Path | None, audience: str | None) -> int:
    """Answer MCP clients from the built site.

    Serves the Model Context Protocol on standard input and output, read-only: search numbers, get
    one with its definition and freshness, list OKRs, changes and questions. It reads one audience's
    tree of the site as it is on disk, and nothing else; after a build it answers from the new one.
    Needs the extra: pip install 'sharekit[mcp]'."""
    try:
        from sharekit.mcp.server import serve
    except ImportError as error:
        raise OutsideError(
            "sharekit mcp needs the Model Context Protocol SDK, version 2, which is not installed",
            hint="pip install 'sharekit[mcp]'",
        ) from error
    tree = find_tree(session.project.root / SITE if site is None else session.cwd / site, audience)
    session.terminal.say(f"  Serving {tree.folder} for {tree.audience} over MCP. Ctrl-C ends it.")
    serve(tree, lambda: session.clock().astimezone().date())
    return 0
