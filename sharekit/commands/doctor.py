"""`sharekit doctor`: does what the project relies on work, and can it do more than it should."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import click

from sharekit.app.doctor import SECTIONS
from sharekit.app.doctor.findings import failed
from sharekit.app.doctor.sending import send_trial
from sharekit.app.session import Session
from sharekit.commands import command, format_option
from sharekit.engines.remote.adapter import Finding
from sharekit.engines.remote.examine import EngineReport
from sharekit.errors import OutsideError, SharekitError
from sharekit.escape import terminal_line, to_json
from sharekit.mail.envelope import is_address
from sharekit.project.load import load
from sharekit.project.manifest import Manifest


@command(
    example="sharekit doctor\nsharekit doctor ledger mail\nsharekit doctor --mail me@example.com"
)
@click.argument("sections", metavar="[SECTION]...", nargs=-1, type=click.Choice(list(SECTIONS)))
@click.option("--mail", "to", metavar="ADDRESS", help="Also send one trial mail to this address.")
@format_option("text", "json")
def doctor(session: Session, sections: tuple[str, ...], to: str | None, form: str) -> int:
    """Test what the project relies on, and say how to correct what does not work.

    Looks at the project, git, the ledger, the mail server, webhooks, sources, engines and the
    published site. Changes nothing, and sends nothing but the trial that --mail asks for.

    Exits with 0 if all is well, 1 if something needs correcting, 2 if a file is wrong,
    and 3 if something is out of reach."""
    if to is not None and not is_address(to):
        raise SharekitError(f"{to!r} is not an address", hint="Write it as name@host.")
    manifest = load(session.project.root)
    findings: dict[str, Sequence[EngineReport]] = {}
    with session.terminal.progress() as tell:
        for name in dict.fromkeys(sections or SECTIONS):
            tell(f"Looking at: {name}")
            findings[name] = tuple(_examined(name, session, manifest))
        if to is not None:
            tell("Sending a trial")
            findings["trial"] = (send_trial(session, manifest, to),)
    code = _exit_code(
        engine_report for engine_reports in findings.values() for engine_report in engine_reports
    )
    if form == "json":
        session.terminal.data(to_json(_document(findings, code), indent=1) + "\n")
    else:
        session.terminal.write("\n".join(_lines(findings)))
    return code


def _examined(section: str, session: Session, manifest: Manifest) -> Iterator[EngineReport]:
    """What a section finds; what stops it is a finding too, and no other section's end."""
    try:
        yield from SECTIONS[section](session, manifest)
    except SharekitError as error:
        yield failed(section, error)


def _exit_code(examined: Iterable[EngineReport]) -> int:
    engine_reports = list(examined)
    if any(not engine_report.reached for engine_report in engine_reports):
        return OutsideError.exit_code
    return 0 if all(engine_report.ok for engine_report in engine_reports) else 1


def _document(findings: Mapping[str, Sequence[EngineReport]], code: int) -> dict[str, object]:
    """`ok`: whether all is well; `exit`: the exit code; and by section what was looked at."""
    return {
        "ok": code == 0,
        "exit": code,
        "sections": {
            name: [
                {
                    "name": engine_report.name,
                    "ok": engine_report.ok,
                    "reached": engine_report.reached,
                    "findings": [
                        {"ok": finding.ok, "what": finding.what, "hint": finding.hint}
                        for finding in engine_report.findings
                    ],
                }
                for engine_report in engine_reports
            ]
            for name, engine_reports in findings.items()
        },
    }


def _lines(findings: Mapping[str, Sequence[EngineReport]]) -> Iterator[str]:
    for name, engine_reports in findings.items():
        yield f"  {name.capitalize()}"
        if not engine_reports:
            yield f"     {_NOTHING.get(name, 'none declared')}"
        for engine_report in engine_reports:
            yield f"     {terminal_line(engine_report.name)}"
            yield from map(_finding, engine_report.findings)


_NOTHING = {
    "mail": "no mail is sent: [mail] has no from",
    "webhooks": "none declared under [[announce.webhooks]]",
    "engines": "none declared under [engines]",
    "site": "[project] url is not set",
}
"""What is said about a section in which there is nothing to look at."""


def _finding(finding: Finding) -> str:
    """One line: what was found, and how to correct it."""
    hint = f". {finding.hint}" if finding.hint else ""
    return f"       {'ok ' if finding.ok else 'no '} {terminal_line(finding.what + hint)}"
