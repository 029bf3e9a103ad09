"""`sharekit announce`: tells the peers what was revised, each of them once."""

from __future__ import annotations

import signal
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from sharekit.announce.digests import PreRead
from sharekit.announce.document import document, stopped, to_json
from sharekit.announce.environment import (
    AnnouncedCommit,
    Compare,
    Environment,
    Options,
    StateComparison,
)
from sharekit.announce.journal import Journal
from sharekit.announce.ledger.ledger import WEBHOOK, DeclaredState
from sharekit.announce.plan import Announcement
from sharekit.announce.report import Cause, Report, causes
from sharekit.announce.run import announce as announce_revisions
from sharekit.announce.settings import open_channels, webhook_url
from sharekit.app.announcing import Announcer
from sharekit.app.inputs import refuse_committed_link
from sharekit.app.session import Session
from sharekit.commands import as_of_option, command, format_option
from sharekit.errors import SharekitError
from sharekit.mail.envelope import is_address
from sharekit.project.manifest import Manifest
from sharekit.publish import FolderPublisher
from sharekit.wording.english import and_list, capital, count

if TYPE_CHECKING:
    from sharekit.build import Evaluation

OUTBOX = "outbox"
NAMED = 3
"""People whom a cause names; of more it says how many messages wait."""
_EXAMPLE = "sharekit announce --dry-run\nsharekit announce --to me@example.com\nsharekit announce"
WITHOUT_EFFECT_BESIDE: Mapping[str, tuple[str, ...]] = {
    "dry_run": ("to", "take_over", "drop"),
    "to": ("take_over", "drop", "pending"),
    "pending": ("digest", "base"),
}
"""Option -> those that have no effect beside it."""


@command(example=_EXAMPLE)
@click.option(
    "--dry-run", is_flag=True, help="Make the mails in outbox/ and send nothing; needs no secret."
)
@click.option(
    "--to",
    metavar="ADDRESS",
    help="Send each new mail to this address alone; the ledger is left as it is.",
)
@click.option(
    "--digest",
    is_flag=True,
    help="Also send the pre-read of the next meeting, once for each meeting.",
)
@click.option(
    "--days-before",
    type=click.IntRange(0, 31),
    metavar="N",
    help="With --digest: only for meetings at most N days from now. Default: the next one,"
    " whenever.",
)
@click.option("--pending", is_flag=True, help="Only finish what earlier runs left open.")
@click.option(
    "--max-messages",
    type=click.IntRange(1),
    default=200,
    help="Send nothing if there are more. Default: 200.",
)
@click.option(
    "--base",
    metavar="REV",
    help="What counts as announced while the ledger is empty. Default: HEAD.",
)
@click.option(
    "--accept-rewrite",
    is_flag=True,
    help="Go on although HEAD does not follow the commit announced last.",
)
@click.option(
    "--take-over", is_flag=True, help="Continue what another run has; that run must be over."
)
@click.option(
    "--drop", metavar="KEY", multiple=True, help="Give up what is still open of this announcement."
)
@click.option(
    "--outbox",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Default: outbox/.",
)
@format_option("text", "json")
@as_of_option
def announce(
    session: Session,
    dry_run: bool,
    to: str | None,
    digest: bool,
    days_before: int | None,
    pending: bool,
    max_messages: int,
    base: str | None,
    accept_rewrite: bool,
    take_over: bool,
    drop: tuple[str, ...],
    outbox: Path | None,
    form: str,
    as_of: date | None,
) -> int:
    """Send peers what was revised, each of them once.

    Compares what HEAD declares with what was announced last, as kept in a ledger in git. The first
    run begins the ledger and sends nothing. Publish the site first, so that the links in the mails
    work. Exits with 1 if a revision is held because its query fails, 2 if an address was
    refused or a setting is wrong, 3 if something is still to be sent: run it again then. --format
    json says what was sent, is pending, was refused or is held, and why: for alarms."""
    _refuse_options_without_effect(click.get_current_context().params)
    target = _target(session, outbox)
    day = session.as_of(as_of)
    if to is not None:
        _refuse_no_address(to)
    elif not dry_run:
        _refuse_future(day, session.clock().date())
    with _json_errors(session, form), session.terminal.progress() as tell, _ended_gently():
        announcer = Announcer(session, day, tell, accept_rewrite=accept_rewrite)
        options = Options(
            dry_run=dry_run,
            to=to,
            digest=digest,
            pending=pending,
            max_messages=max_messages,
            base=announcer.state(base) if base is not None else None,
            accept_rewrite=accept_rewrite,
            take_over=take_over,
            drop=drop,
        )
        environment = _environment(announcer, target, days_before)
        compare = _LateComparison(announcer)
        report = announce_revisions(_head(announcer), compare, environment, options)
    if not announcer.committed:
        session.terminal.say(
            "  [!] Files of the project have changes that are not committed; those are not"
            " announced."
        )
    if form == "json":
        session.terminal.data(to_json(document(report)))
    else:
        outbox_path = _relative_path(target, session.cwd)
        session.terminal.write("\n".join(_lines(report, announcer.manifest, outbox_path)))
    return report.exit_code


def _refuse_options_without_effect(values: Mapping[str, object]) -> None:
    """Raise SharekitError where an option is given that has no effect beside another one, or
    without it."""
    if values["days_before"] is not None and not values["digest"]:
        raise SharekitError(
            "--days-before only works with --digest", hint="Add --digest, or leave it out."
        )
    for option, unused_options in WITHOUT_EFFECT_BESIDE.items():
        for unused_option in unused_options if values[option] else ():
            if values[unused_option]:
                name, beside = (f"--{word.replace('_', '-')}" for word in (unused_option, option))
                raise SharekitError(
                    f"{name} has no effect with {beside}", hint=f"Leave out {name}, or {beside}."
                )


def _target(session: Session, outbox: Path | None) -> Path:
    """The folder of the mails. Raises SharekitError where it lies behind a link of the repository."""
    target = session.project.root / OUTBOX if outbox is None else session.cwd / outbox
    refuse_committed_link(session.project, target)
    return target


def _refuse_no_address(to: str) -> None:
    if not is_address(to):
        raise SharekitError(f"{to!r} is not an address", hint="Write it as name@host.")


def _refuse_future(day: date, today: date) -> None:
    if day > today + timedelta(days=1):
        raise SharekitError(
            f"{day} is in the future: its numbers would count as announced, and nothing would be"
            " compared with them until then",
            hint="Look ahead with --dry-run.",
        )


@contextmanager
def _json_errors(session: Session, form: str) -> Iterator[None]:
    """Have the document say what stopped the run, too."""
    try:
        yield
    except SharekitError as error:
        if form == "json":
            session.terminal.data(to_json(stopped(error)))
        raise


def preview(
    session: Session, built: Evaluation, outbox: Path, tell: Callable[[str], None]
) -> Report:
    """Make the mails that are waiting, and send nothing: what a build leaves in the outbox. Raises
    SharekitError."""
    announcer = Announcer(session, built.results.as_of, tell, built)
    return announce_revisions(
        _head(announcer),
        _LateComparison(announcer),
        _environment(announcer, outbox),
        Options(dry_run=True),
    )


@contextmanager
def _ended_gently() -> Iterator[None]:
    """Make a cancelled job end as Ctrl-C does: what was answered until then is recorded first."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _head(announcer: Announcer) -> AnnouncedCommit:
    """The commit to announce, with the numbers that are published of it.

    Those of files that are not committed are nobody's: they are left out, and each number stands
    where it stood."""
    manifest = (
        announcer.manifest
    )  # first of all, since a mistake in a file is said before a query runs
    if not announcer.committed:
        return AnnouncedCommit(
            announcer.state(),
            manifest,
            announcer.relation,
            announcer.history.touched_since,
            announcer.require_published,
        )
    from sharekit.app.state_comparison import values_to_publish

    return AnnouncedCommit(
        announcer.state(published=values_to_publish(announcer)),
        manifest,
        announcer.relation,
        announcer.history.touched_since,
        announcer.require_published,
    )


class _LateComparison(Struct, frozen=True, dict=True):
    """Compares states; brings queries and pictures in only when there is something to compare."""

    announcer: Announcer

    def __call__(self, before: DeclaredState, after: DeclaredState) -> StateComparison:
        return self._comparison(before, after)

    @cached_property
    def _comparison(self) -> Compare:
        from sharekit.app.state_comparison import StateComparer

        return StateComparer(self.announcer)


def _environment(announcer: Announcer, outbox: Path, days_before: int | None = None) -> Environment:
    session = announcer.session
    return Environment(
        ledger=announcer.ledger,
        journal=Journal(announcer.records),
        outbox=FolderPublisher(outbox, ignored=True, option="--outbox"),
        channels=lambda: open_channels(
            announcer.manifest, session.environ, session.clock, root=session.project.root
        ),
        clock=session.clock,
        wait=session.wait,
        run=f"run-{uuid.uuid4().hex}",
        digests=lambda: _digests(announcer, days_before),
        hook_url=lambda name: webhook_url(announcer.manifest, session.environ, name),
        step=lambda name: announcer.tell(f"Announcing: {name}"),
        place=job_address(session.environ),
    )


def job_address(environ: Mapping[str, str]) -> str:
    """Where the job of a pipeline is to be seen; "" outside of one."""
    server, repository, job = (
        environ.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID")
    )
    if server and repository and job:
        return f"{server}/{repository}/actions/runs/{job}"
    return environ.get("CI_JOB_URL", "")


def _digests(announcer: Announcer, days_before: int | None) -> tuple[PreRead, ...]:
    """The pre-reads of the next meetings, or of those within some days; made from today's data only
    where one is to be sent."""
    from sharekit.app.prereads import next_pre_reads

    return tuple(
        pre_read
        for pre_read in next_pre_reads(announcer)
        if days_before is None or (pre_read.on - announcer.as_of).days <= days_before
    )


# -- what is said ---------------------------------------------------------------------------------


def _lines(report: Report, manifest: Manifest, outbox: str) -> Iterator[str]:
    yield from _opening(report)
    for announcement in report.announcements:
        yield from ("", *_announcement(announcement, manifest, report.ending == "sent"))
    for revision in report.held:
        reason = revision.impact.held if revision.impact else None
        what = "is new" if "introduced" in revision.classes else "was revised"
        yield (
            f"  [x] {revision.title} ({revision.item}) {what}. {reason or 'Held: the query fails.'}"
        )
    if report.held:
        yield "      It is announced as soon as it runs. Look at it: sharekit check"
    yield from _unfinished_lines(report, manifest)
    if report.ending == "dry-run" and report.announcements:
        yield from ("", f"  Preview  {outbox}/index.html", "  Send     sharekit announce")


def _opening(report: Report) -> Iterator[str]:
    new, commit = len(report.announcements), report.commit[:7]
    if report.ending == "baseline":
        yield f"  The ledger begins at {commit}: {report.ledger}."
        yield "  What is declared there counts as announced. Nothing was sent."
    elif report.ending == "older":
        yield f"  A later commit than {commit} was announced already. Nothing was sent."
    elif report.ending == "dry-run" and not report.notes:
        waits = "is" if new == 1 else "are"
        messages = len(report.results)
        many = f", in {count(messages, 'message')}" if new > 1 and messages else ""
        waiting = capital(f"{count(new, 'announcement')} {waits} waiting{many}")
        yield f"  {waiting}. Nothing is sent in a dry run."
    elif report.ending == "trial":
        yield (
            f"  {count(len(report.with_status('sent')), 'mail')} sent for a trial. The ledger is as"
            " it was."
        )
    elif report.ending == "sent":
        yield f"  {count(len(report.with_status('sent')), 'message')} sent."
    elif report.ending == "nothing":
        yield "  There is nothing new to announce."
    yield from (f"  {note}" for note in report.notes)
    if report.base_unused:
        yield "  [!] --base has no effect: the ledger has begun, and says what was announced."
    if report.behind is not None:
        yield (
            f"  [!] Numbers of {report.behind:%Y-%m-%d} were announced already; those of an"
            " earlier day"
            " are not compared."
        )
    if report.confirmed:
        yield (
            f"  {count(len(report.confirmed), 'message')} of an interrupted run had been sent; the"
            " ledger knows it now."
        )


def _announcement(announcement: Announcement, manifest: Manifest, sent: bool) -> Iterator[str]:
    views, content = announcement.views, announcement.content
    single = views[0] if len(views) == 1 else None
    yield f"  {single.kind}: {single.heading}" if single else f"  {content.subject}"
    people = [
        manifest.person(recipient)
        for recipient in announcement.recipients
        if not recipient.startswith(WEBHOOK)
    ]
    hooks = [
        recipient.removeprefix(WEBHOOK)
        for recipient in announcement.recipients
        if recipient.startswith(WEBHOOK)
    ]
    if people:
        yield f"  To       {count(len(people), 'reader')}: {', '.join(people)}"
    if hooks:
        yield f"  Chat     {', '.join(hooks)}"
    if not sent:
        picture = f", {_kilobytes(content.image)} image" if content.image else ""
        yield f"  Size     {_kilobytes(content.html.encode())} HTML{picture}, plain text included"
    yield f"  Key      {announcement.key}"
    if announcement.unreachable:
        names = ", ".join(manifest.person(person) for person in announcement.unreachable)
        yield f"  [!] No usable address for {names}: add email under [people]."


def _unfinished_lines(report: Report, manifest: Manifest) -> Iterator[str]:
    for cause in causes(report):
        if cause.recipients:
            sign = "[x]" if cause.permanent else "[!]"
            yield f"  {sign} {_people_concerned(cause, manifest)}: {cause.cause}"
    pending = report.with_status("pending")
    if any(result.permanent for result in pending):
        yield "  Correct the setting; what is pending then goes out with the next sharekit announce."
    elif pending:
        yield "  What is pending goes out with the next sharekit announce."
    if report.resumed and report.ending == "dry-run":
        yield (
            f"  {count(len(report.resumed), 'earlier announcement')} not finished; see sharekit"
            " ledger."
        )
    for entry in report.lost:
        yield (
            f"  [x] {entry.key} can no longer be made from what was declared then. Give it up:"
            f" --drop {entry.key}"
        )
    for claim in report.others:
        yield (
            f"  [!] Another run has {', '.join(claim.keys)} {claim.since} and has not said that it"
            " ended."
        )
        yield (
            "      If it is at work, wait. If it is over, run sharekit announce where it ran, which"
            " knows"
        )
        yield (
            "      what went out; or elsewhere sharekit announce --take-over: the last 25 at most"
            " may go out again."
        )
    if report.stopped:
        yield f"  [x] Sending stopped: {report.stopped}."
    if report.unrecorded:
        yield f"  [x] The ledger could not be updated: {report.unrecorded}."
        yield (
            "      This machine's journal has it. Run sharekit announce here again before any other"
            " machine does."
        )


def _people_concerned(cause: Cause, manifest: Manifest) -> str:
    """Whom a cause concerns: by name, or many by their number."""
    names = [manifest.person(recipient.removeprefix(WEBHOOK)) for recipient in cause.recipients]
    different = list(dict.fromkeys(names))
    if len(different) > NAMED:
        return count(len(names), "message")
    more = f" ({count(len(names), 'message')})" if len(names) > len(different) else ""
    return and_list(different) + more


def _relative_path(folder: Path, cwd: Path) -> str:
    return str(folder.relative_to(cwd) if folder.is_relative_to(cwd) else folder)


def _kilobytes(content: bytes) -> str:
    return f"{max(1, round(len(content) / 1000)):,} kB"
