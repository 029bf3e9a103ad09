"""`sharekit init`: the smallest project in which everything is there to be seen, built at once; and
the pipeline that publishes it."""

from __future__ import annotations

from pathlib import Path
from shlex import quote

import click

from sharekit.app.inputs import CONFIG, find_project
from sharekit.app.pipelines import pipeline_of
from sharekit.app.session import Session
from sharekit.commands import command
from sharekit.commands.build import SITE, run_build
from sharekit.errors import SharekitError
from sharekit.project.scaffold import write
from sharekit.project.scaffold.pipeline import FORGES, PATHS, Forge, pipeline_file
from sharekit.project.scaffold.project import project_files


@command(example="sharekit init numbers\nsharekit init --ci github")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".")
@click.option("--no-build", is_flag=True, help="Only write the files.")
@click.option(
    "--ci",
    "forge",
    type=click.Choice(FORGES),
    help="Also write the pipeline: check pull requests, publish, announce. For a project that"
    " exists, it writes that alone.",
)
def init(session: Session, folder: Path, no_build: bool, forge: Forge | None) -> int:
    """Start a small working project and build it.

    It has sample data of its own, a view, two numbers, an objective with one key result and a
    dashboard. Change what is there, or delete it and begin with your own. It never
    overwrites your files."""
    root = (session.cwd / folder).resolve()
    exists = (root / CONFIG).exists()
    if forge is not None and (exists or _configured(root)):
        return _write_pipeline(session.at(root), forge)
    if exists:
        raise SharekitError(
            f"{folder / CONFIG} already exists",
            hint="Add to it: sharekit new metric NAME, or a pipeline: sharekit init --ci github.",
        )
    name = root.name.replace("-", " ").replace("_", " ").strip().capitalize() or "Numbers"
    today = session.clock().date()
    for path in write(root, project_files(name, today)):
        session.terminal.say(f"  {folder / path.relative_to(root)}")
    if forge is not None:
        _write_pipeline(session.at(root), forge)
    if not no_build:
        session.terminal.say()
        run_build(session.at(root), today, root / SITE, unsaid=frozenset({"no-history"}))
    change_folder = "" if root == session.cwd else f"cd {quote(str(folder))} && "
    session.terminal.say(f"  Next: {change_folder}sharekit serve")
    session.terminal.say(
        "  With git, peers hear when an OKR is revised: git init && git add . && git commit"
    )
    return 0


def _configured(root: Path) -> bool:
    """Whether a project stands in this very folder, in pyproject.toml too."""
    try:
        return find_project(root).root == root
    except SharekitError:
        return False


def _write_pipeline(session: Session, forge: Forge) -> int:
    """Write the forge's file at the top of the repository, where the forge looks for it."""
    project = session.project
    pipeline = pipeline_of(project, session.environ, session.clock())
    top = _top(session)
    if top != project.root:
        raise SharekitError(
            f"this project lies in a folder of the repository {top}, but pipelines only work for"
            " one at its top",
            hint=f"Write it elsewhere with sharekit init --ci {forge} and add"
            f" --project {quote(str(project.root.relative_to(top)))} to its commands.",
        )
    for path in write(project.root, pipeline_file(forge, pipeline)):
        session.terminal.say(f"  {path.relative_to(project.root)}")
    if (frozen := project.setting("project", "as_of")) is not None:
        session.terminal.say(
            f"  [!] as_of = {frozen} is set under [project]: every scheduled build shows that day."
            " Remove it for a site that moves on."
        )
    audiences = project.config.get("audiences")
    if isinstance(audiences, dict) and len(audiences) > 1:
        # The pipeline publishes the whole folder, and no forge has a login for each folder of it.
        session.terminal.say(
            f"  [!] Whoever can read the Pages that it publishes can read those of all"
            f" {len(audiences)} audiences. To keep them apart, publish each folder below site/ behind"
            " a login of its own instead."
        )
    session.terminal.say(
        f"  Nothing is published or sent yet: the first lines of {PATHS[forge]} say what to set."
    )
    return 0


def _top(session: Session) -> Path:
    from sharekit.history.git import Git

    root = session.project.root
    top = Git(root, session.environ).text("rev-parse", "--show-toplevel", check=False)
    return Path(top).resolve() if top else root
