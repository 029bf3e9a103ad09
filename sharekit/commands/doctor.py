"""`sharekit doctor`: does what the project relies on work, and can it do more than it should."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import click

from sharekit.app.session import Session
from sharekit.commands import command
from sharekit.engines.remote.adapter import Finding
from sharekit.engines.remote.examine import Examined, examine
from sharekit.errors import OutsideError
from sharekit.project.load import load
from sharekit.project.manifest import Manifest

Section = Callable[[Session, Manifest], Iterator[Examined]]


def engines(session: Session, manifest: Manifest) -> Iterator[Examined]:
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
    found: list[Examined] = []
    for name in sections or SECTIONS:
        examined = list(SECTIONS[name](session, manifest))
        session.terminal.write(f"  {name.capitalize()}")
        for each in examined:
            session.terminal.write("\n".join(_lines(each)))
        if not examined:
            session.terminal.write(f"     none declared under [{name}]")
        found += examined
    if any(not each.reached for each in found):
        return OutsideError.exit_code
    return 0 if all(each.ok for each in found) else 1


def _lines(examined: Examined) -> Iterator[str]:
    yield f"     {examined.name}"
    for finding in examined.findings:
        yield from _finding(finding)


def _finding(finding: Finding) -> Iterator[str]:
    yield f"       {'ok ' if finding.ok else 'no '} {finding.what}"
    if finding.hint:
        yield f"           {finding.hint}"
