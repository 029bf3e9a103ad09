"""`sharekit digest`: the pre-read of the peers' meeting, on the terminal or as a mail for each
member."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from pathlib import Path

import click

from sharekit.announce.digests import PreRead, digest_announcement
from sharekit.announce.outbox import outbox
from sharekit.announce.outbox_messages import outbox_messages
from sharekit.announce.plan import sends_mail
from sharekit.app.caches import Caches
from sharekit.app.inputs import CACHE, refuse_committed_link
from sharekit.app.ledger_for_pages import read_earlier_state
from sharekit.app.prereads import pre_read, tree_of
from sharekit.app.session import Session
from sharekit.build import evaluated, with_history
from sharekit.commands import as_of_option, command
from sharekit.errors import SharekitError, errors_among, exit_code
from sharekit.history import History, NoHistory
from sharekit.preread.message import digest_markdown
from sharekit.project.days import written_day
from sharekit.project.manifest import Manifest
from sharekit.project.read.did_you_mean import suggestion
from sharekit.publish import FolderPublisher
from sharekit.wording.english import count

_EXAMPLE = (
    "sharekit digest\nsharekit digest --audience airports --since 2013-11-04\nsharekit digest --out"
    " outbox"
)


@command(example=_EXAMPLE)
@click.option("--audience", metavar="NAME", help="Audience. Default: the only one there is.")
@click.option(
    "--since",
    metavar="DATE|REV",
    help="First day of its news. Default: the day of the last meeting.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["markdown", "eml", "html"]),
    help="Default: markdown; eml with --out.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write a mail for each member here.",
)
@as_of_option
def digest(
    session: Session,
    audience: str | None,
    since: str | None,
    form: str | None,
    out: Path | None,
    as_of: date | None,
) -> int:
    """Write the pre-read of the peers' meeting.

    What to talk about, what was revised and why, who needs help.

    The site has it too, as digest.html. Nothing is sent; sharekit announce --digest does
    that."""
    if (form == "eml") != (out is not None) and form is not None:
        hint = (
            "sharekit digest --out outbox"
            if form == "eml"
            else f"Leave --format {form} out, or --out."
        )
        raise SharekitError(
            "mails go into a folder, and anything else to standard output", hint=hint
        )
    root, commit, day = session.project.root, session.commit, session.as_of(as_of)
    with session.terminal.progress() as tell:
        ledger = read_earlier_state(session)
        evaluation = evaluated(
            root,
            as_of=day,
            commit=commit,
            caches=Caches(root / CACHE),
            ledger_facts=ledger,
            history=session.history,
            tell=tell,
        )
        audience_name = _audience(audience, evaluation.manifest)
        first = _since(since, session.history, day) if since is not None else None
        evaluation = with_history(evaluation, session.history, ledger_facts=ledger, tell=tell)
    tree = tree_of(evaluation, audience_name, commit)
    view, read = pre_read(tree, first)
    if out is not None:
        _write_mails(session, read, evaluation.manifest, day, out)
    else:
        session.terminal.data(
            read.content.html if form == "html" else digest_markdown(view, tree.url)
        )
    failures = errors_among(evaluation.problems)
    session.terminal.say_problems(failures)
    return exit_code(failures)


def _write_mails(session: Session, read: PreRead, manifest: Manifest, day: date, out: Path) -> None:
    announcement = digest_announcement(read, _mailing(manifest))
    messages = outbox_messages([announcement], manifest, _moment(session.history, day))
    target = session.cwd / out
    refuse_committed_link(session.project, target)
    FolderPublisher(target, ignored=True).publish(outbox([announcement], messages))
    session.terminal.write(
        f"  {count(len(messages), 'mail')} in {out}. Look at them: {out}/index.html"
    )


def _audience(option: str | None, manifest: Manifest) -> str:
    audiences = list(manifest.audiences)
    if option is None:
        if len(audiences) == 1:
            return audiences[0]
        raise SharekitError(
            "this project has several audiences", hint=f"Choose one: --audience {audiences[0]}"
        )
    if option not in audiences:
        raise SharekitError(
            f"there is no audience {option}", hint=suggestion(option, audiences, are="There are")
        )
    return option


def _since(text: str, history: History | NoHistory, as_of: date) -> date:
    """The day that was written, or that of a commit."""
    try:
        day = written_day(text)
    except ValueError:
        if isinstance(history, NoHistory):
            raise SharekitError(
                f"{text!r} is not a date, and {history.reason}", hint="Write it as 2013-11-22."
            ) from None
        day = history.moment(history.resolve(text)).on.date()
    if day > as_of:
        hint = "Name an earlier day, or a later one with --as-of."
        name = text if text == f"{day}" else f"{text} is of {day}, which"
        raise SharekitError(f"{name} is after {as_of}, the date of the numbers", hint=hint)
    return day


def _mailing(manifest: Manifest) -> Manifest:
    if not sends_mail(manifest):
        raise SharekitError(
            "no sender address: set `from` under [mail]",
            hint=f'Add to {manifest.config_path}: [mail] from = "numbers@example.com"',
        )
    return manifest


def _moment(history: History | NoHistory, as_of: date) -> datetime:
    """The Date of mails that are not sent: that of the commit, so that the same things have the
    same bytes."""
    return (
        datetime.combine(as_of, time(12), UTC)
        if isinstance(history, NoHistory)
        else history.moment().on
    )
