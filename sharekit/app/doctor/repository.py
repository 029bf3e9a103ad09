"""Git, and the ledger of announcements."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sharekit.announce.ledger.ledger import View
from sharekit.app.announcing import AnnounceProject
from sharekit.app.doctor.findings import bad, failed, well
from sharekit.app.session import Session
from sharekit.engines.remote.adapter import Finding
from sharekit.engines.remote.examine import Examined
from sharekit.errors import SharekitError
from sharekit.history import History, NoHistory
from sharekit.history.branch import holds_head, published_branch
from sharekit.project.manifest import Manifest


def git(session: Session, manifest: Manifest) -> Iterator[Examined]:
    """How much of the past is here, and how HEAD stands to the published branch."""
    try:
        history = session.history
        if isinstance(history, NoHistory):
            yield Examined("history", True, (bad(history.reason, history.hint),))
            return
        yield Examined("history", True, tuple(_depth(history)))
        desk = _desk(session)
        branch = published_branch(history, desk.remote, manifest.config.announce.branch)
    except SharekitError as error:
        yield failed("published branch", error)
        return
    if branch is None:
        found = well("there is no remote: what is committed here counts as published")
    elif history.head == branch.tip:
        found = well(f"HEAD ({history.head[:7]}) is the newest commit of {branch.name}")
    elif holds_head(history, desk.remote, branch):
        found = bad(
            f"HEAD ({history.head[:7]}) is older than {branch.name} ({branch.tip[:7]})",
            "Run git pull, or let the pipeline check out the branch and not a commit.",
        )
    else:
        found = bad(
            f"HEAD ({history.head[:7]}) is not on {branch.name}, the only branch that is announced",
            "Merge and push it, or name another branch in [announce] branch.",
        )
    yield Examined("published branch", True, (found,))


def ledger(session: Session, manifest: Manifest) -> Iterator[Examined]:
    """Whether the ledger can be read and written, what it knows, and who holds a claim."""
    if isinstance(session.history, NoHistory):
        yield Examined("ledger", True, (bad(session.history.reason, session.history.hint),))
        return
    desk = _desk(session)
    try:
        view = desk.ledger.open()
        where = desk.ledger.where
    except SharekitError as error:
        yield failed("ledger", error)
        return
    read = well(f"{where} can be read")
    try:
        desk.store.require_writable()
    except SharekitError as error:
        yield failed("ledger", error, read)
        return
    written = well("it can be written")
    yield Examined("ledger", True, (read, written, *_position(desk, view), *_claims(session, view)))


def _depth(history: History) -> Iterator[Finding]:
    if history.shallow:
        yield bad(
            "this clone is shallow: pages lack the past, and pull requests their base",
            'Fetch all of it: fetch-depth: 0 on GitHub and Forgejo, GIT_DEPTH: "0" on GitLab,'
            " git fetch --unshallow here.",
        )
    else:
        yield well("the whole history is here")
    if not history.committed():
        yield bad(
            "files of the project have changes that are not committed; those are not announced",
            "Commit them: git add . && git commit",
        )


def _position(desk: AnnounceProject, view: View) -> Iterator[Finding]:
    if view.empty:
        yield well("it is empty: the first sharekit announce begins it, and sends nothing")
        return
    told = view.told.moment.commit or ""
    relation = desk.relation(told)
    if relation in ("same", "follows"):
        word = "HEAD was announced" if relation == "same" else f"announced up to {told[:7]}"
        yield well(word)
    elif relation == "older":
        yield bad(
            f"a later commit ({told[:7]}) was announced already",
            "Check out the newest commit of the published branch.",
        )
    else:
        yield bad(
            f"HEAD does not follow {told[:7]}, which was announced last",
            "If the history was rewritten on purpose: sharekit announce --accept-rewrite.",
        )


def _claims(session: Session, view: View) -> Iterator[Finding]:
    now = session.clock()
    for claim in () if view.empty else view.open_claims:
        keys, until = ", ".join(claim.keys), f"{claim.lease_until:%Y-%m-%d %H:%M} UTC"
        if claim.lease_until > now:
            yield bad(
                f"{claim.run} holds {keys} until {until}",
                "Let it finish. If it is over: sharekit announce --take-over.",
            )
        else:
            yield bad(
                f"{keys} was not finished; {claim.run} held it until {until}",
                "Run sharekit announce: it goes on with what is open.",
            )


def _desk(session: Session) -> AnnounceProject:
    return AnnounceProject(session, date.min, lambda step: None)
