"""`sharekit build`: runs a build unless nothing changed, and says what it did in a few lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import click

from sharekit.app.inputs import CACHE, fingerprint, refuse_committed_link
from sharekit.app.last_build import BuildRecord, published_files, read_record, write_record
from sharekit.app.session import Session
from sharekit.commands import as_of_option, command
from sharekit.errors import Problem, ProblemsError, SharekitError
from sharekit.terminal.screen import WIDE, row

if TYPE_CHECKING:
    from sharekit.app.ledger_facts import LedgerFacts
    from sharekit.build import BuildReport, Evaluation

SITE, OUTBOX = "site", "outbox"


@command(example="sharekit build --strict")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="Default: site/."
)
@as_of_option
@click.option("--strict", is_flag=True, help="Publish nothing where any query or data check fails.")
@click.option("--fresh", is_flag=True, help="Run every query again, whatever is in the cache.")
def build(session: Session, out: Path | None, as_of: date | None, strict: bool, fresh: bool) -> int:
    """Run the queries and make the site.

    If nothing changed since the last build, it says so and ends. A query that fails keeps its
    last good value on the page, and build exits with 1 after publishing the rest. A mistake in a
    file publishes nothing: the old site stays. If [mail] has a sender, the mails that are waiting
    are put into outbox/; sharekit announce sends them."""
    target = session.project.root / SITE if out is None else session.cwd / out
    mails = session.project.setting("mail", "from") or session.project.setting(
        "announce", "webhooks"
    )
    outbox = session.project.root / OUTBOX if mails else None
    return run_build(
        session, session.as_of(as_of), target, strict=strict, fresh=fresh, outbox=outbox
    )


def run_build(
    session: Session,
    as_of: date,
    out: Path,
    *,
    strict: bool = False,
    fresh: bool = False,
    unsaid: frozenset[str] = frozenset(),
    outbox: Path | None = None,
) -> int:
    """Build the session's project into a folder, or say that nothing changed. Raises SharekitError.

    `unsaid`: codes of problems that are not worth a word here. `outbox`: where the waiting mails
    are put."""
    start = perf_counter()
    for folder in (out, *([] if outbox is None else [outbox])):
        refuse_committed_link(session.project, folder)
    cache, out = session.project.root / CACHE, out.resolve()
    last = read_record(cache)
    options = {"as of": as_of.isoformat(), "strict": str(strict)}
    key = fingerprint(session.project, options, session.environ)
    if last is not None and not fresh and last.holds(key, out):
        session.terminal.repeat(last.report)
        session.terminal.write("  Nothing has changed since the last build.\n")
        session.terminal.write(last_line(session, out, perf_counter() - start))
        return 0
    ledger = _earlier(session)
    if ledger is not None:  # anew, since it may just have been fetched
        key = fingerprint(session.project, options, session.environ)
    report = _report(session, as_of, out, strict, fresh, ledger)
    problems = [problem for problem in report.evaluated.problems if problem.code not in unsaid]
    _tell(session, report, problems, last)
    if not report.published:
        session.terminal.write(
            "\n  Nothing was published: --strict, and something failed. The old site is untouched."
        )
        return report.exit_code
    if outbox is not None:
        _put_out(session, report.evaluated, outbox)
    session.terminal.write("\n" + last_line(session, out, perf_counter() - start))
    with suppress(OSError):  # where the project cannot be written, the next build begins anew
        _remember(cache, report, problems, key, out)
    return report.exit_code


def _put_out(session: Session, built: Evaluation, outbox: Path) -> None:
    """Make the mails that are waiting. A site is whole without them: what stands in their way is a
    remark."""
    from sharekit.commands.announce import preview
    from sharekit.history import NoHistory
    from sharekit.wording.english import count

    if isinstance(session.history, NoHistory):
        return  # the build has said so already
    try:
        with session.terminal.progress() as tell:
            report = preview(session, built, outbox, tell)
    except ProblemsError:
        return  # the files at HEAD have mistakes that those on disk have no more
    except SharekitError as error:
        session.terminal.say(f"  [!] No mails were made: {error.message}")
        if error.hint:
            session.terminal.say(f"      {error.hint}")
        return
    if report.announcements:
        place = outbox.relative_to(session.cwd) if outbox.is_relative_to(session.cwd) else outbox
        session.terminal.write(
            row("Mail", f"{count(len(report.announcements), 'announcement')} waiting in {place}/")
        )


def _earlier(session: Session) -> LedgerFacts | None:
    from sharekit.app.ledger_for_pages import read_earlier_state

    return read_earlier_state(session)


def _report(
    session: Session, as_of: date, out: Path, strict: bool, fresh: bool, ledger: LedgerFacts | None
) -> BuildReport:
    from sharekit.app.caches import Caches
    from sharekit.build import build as build_project
    from sharekit.publish import FolderPublisher

    root = session.project.root
    with session.terminal.progress() as tell:
        return build_project(
            root,
            FolderPublisher(out),
            as_of=as_of,
            commit=session.commit,
            strict=strict,
            fresh=fresh,
            caches=Caches(root / CACHE),
            ledger_facts=ledger,
            history=session.history,
            tell=tell,
        )


def _tell(
    session: Session, report: BuildReport, problems: Sequence[Problem], last: BuildRecord | None
) -> None:
    session.terminal.say_problems(problems)
    session.terminal.write("\n".join(summary(report, last)))


def _remember(
    cache: Path, report: BuildReport, problems: Sequence[Problem], key: str | None, out: Path
) -> None:
    """Keep what the next build needs to know. A build in which anything failed is run again in any
    case."""
    from sharekit.terminal.reports import problems_text
    from sharekit.terminal.summary import last_values

    evaluation = report.evaluated
    record = BuildRecord(
        fingerprint=key if report.exit_code == 0 else None,
        out=str(out),
        report=problems_text(problems),
        standings=last_values(evaluation.manifest, evaluation.results),
        files=published_files(out),
    )
    write_record(cache, record)


def summary(report: BuildReport, last: BuildRecord | None) -> Iterator[str]:
    """What a build did, and what moved since the last one."""
    from sharekit.terminal.summary import artifact_counts, heaviest, moves
    from sharekit.wording.english import count

    evaluation = report.evaluated
    cached = sum(result.from_cache for result in evaluation.results.results.values())
    at = f" at {evaluation.manifest.commit[:7]}" if evaluation.manifest.commit else ""
    yield row(
        "Read", f"{count(len(evaluation.manifest.files), 'file')}{at}", report.seconds["read"]
    )
    yield row("Run", count(evaluation.ran, "query", "queries"), report.seconds["run"])
    if cached:
        yield row("Unchanged", f"{count(cached, 'result')} from cache")
    if evaluation.revisions:
        yield row(
            "Compare",
            f"{count(len(evaluation.revisions), 'revision')} in git",
            report.seconds["compare"],
        )
    if not report.published:
        return
    yield row("Write", artifact_counts(report.artifacts), report.seconds["write"])
    yield row("Weight", heaviest(report.artifacts, evaluation.manifest.config.site.page_kb))
    if last is not None and (
        moved := moves(evaluation.manifest, evaluation.results, last.standings)
    ):
        yield from ("", "  Since the last build", *moved)


def last_line(session: Session, out: Path, seconds: float) -> str:
    """Where the site is, as a path that can be opened from here."""
    pages = (
        [out / "index.html"] if (out / "index.html").exists() else sorted(out.glob("*/index.html"))
    )
    paths = [
        page.relative_to(session.cwd) if page.is_relative_to(session.cwd) else page
        for page in pages
    ]
    lines = [f"  {page}" for page in paths]
    lines[-1:] = [f"{lines[-1]:<{WIDE}}{seconds:.1f} s"] if lines else []
    return "\n".join(lines)
