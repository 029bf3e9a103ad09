"""`sharekit doctor`: does what the project relies on work, and can it do more than it should."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import click

from sharekit.app.session import Session
from sharekit.commands import command
from sharekit.engines.remote.adapter import Finding
from sharekit.engines.remote.examine import EngineReport, examine
from sharekit.errors import OutsideError
from sharekit.project.load import load
from sharekit.project.manifest import Manifest

Section = Callable[[Session, Manifest], Iterator[EngineReport]]


def engines(session: Session, manifest: Manifest) -> Iterator[EngineReport]:
    """Each of [engines]: reached, its version, its role, its encryption."""
    configs = manifest.config.engines
    if configs:
        with ThreadPoolExecutor(len(configs)) as pool:
            yield from pool.map(lambda name: examine(name, configs[name], session.environ), configs)


SECTIONS: Mapping[str, Section] = {"engines": engines}
"""What doctor looks at, by name; each yields things with findings."""


@command(example="sharekit doctor\nsharekit doctor engines")
@click.argument("sections", metavar="[SECTION]...", nargs=-1, type=click.Choice(list(SECTIONS)))
def doctor(session: Session, sections: tuple[str, ...]) -> int:
    """Try what the project relies on: engines, and what their roles could do.

    Ends with 0 where all is well, 1 where a role can do more than read what `allow` names or a
    connection is not encrypted, and 3 where something is out of reach. Nothing is written anywhere.
    """
    manifest = load(session.project.root)
    engine_reports: list[EngineReport] = []
    for name in sections or SECTIONS:
        examined = list(SECTIONS[name](session, manifest))
        session.terminal.write(f"  {name.capitalize()}")
        for engine_report in examined:
            session.terminal.write("\n".join(_lines(engine_report)))
        if not examined:
            session.terminal.write(f"     none declared under [{name}]")
        engine_reports += examined
    if any(not engine_report.reached for engine_report in engine_reports):
        return OutsideError.exit_code
    return 0 if all(engine_report.ok for engine_report in engine_reports) else 1


def _lines(examined: EngineReport) -> Iterator[str]:
    yield f"     {examined.name}"
    for finding in examined.findings:
        yield from _finding(finding)


def _finding(finding: Finding) -> Iterator[str]:
    yield f"       {'ok ' if finding.ok else 'no '} {finding.what}"
    if finding.hint:
        yield f"           {finding.hint}"
