"""Git and the ledger of announcements, as `doctor` looks at them: is the history whole, is the
published branch there, can the ledger be read and written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sharekit.announce.ledger.ledger import LedgerView
from sharekit.app.announcing import Announcer
from sharekit.app.doctor.findings import bad, failed, well
from sharekit.app.session import Session
from sharekit.engines.remote.adapter import Finding
from sharekit.engines.remote.examine import EngineReport
from sharekit.errors import SharekitError
from sharekit.history import History, NoHistory
from sharekit.history.branch import holds_head, published_branch
from sharekit.project.manifest import Manifest


def git(session: Session, manifest: Manifest) -> Iterator[EngineReport]:
    """How much of the past is here, and how HEAD stands to the published branch."""
    try:
        history = session.history
        if isinstance(history, NoHistory):
            yield EngineReport("history", True, (bad(history.reason, history.hint),))
            return
        yield EngineReport("history", True, tuple(_depth(history)))
        announcer = _announcer(session)
        branch = published_branch(history, announcer.remote, manifest.config.announce.branch)
    except SharekitError as error:
        yield failed("published branch", error)
        return
    if branch is None:
        finding = well("there is no remote: what is committed here counts as published")
    elif history.head == branch.tip:
        finding = well(f"HEAD ({history.head[:7]}) is the newest commit of {branch.name}")
    elif holds_head(history, announcer.remote, branch):
        finding = bad(
            f"HEAD ({history.head[:7]}) is older than {branch.name} ({branch.tip[:7]})",
            "Run git pull, or let the pipeline check out the branch and not a commit.",
        )
    else:
        finding = bad(
            f"HEAD ({history.head[:7]}) is not on {branch.name}, the only branch that is announced",
            "Merge and push it, or name another branch in [announce] branch.",
        )
    yield EngineReport("published branch", True, (finding,))


def ledger(session: Session, _manifest: Manifest) -> Iterator[EngineReport]:
    """Whether the ledger can be read and written, what it knows, and who holds a claim."""
    if isinstance(session.history, NoHistory):
        yield EngineReport("ledger", True, (bad(session.history.reason, session.history.hint),))
        return
    announcer = _announcer(session)
    try:
        view = announcer.ledger.open()
        where = announcer.ledger.where
    except SharekitError as error:
        yield failed("ledger", error)
        return
    read = well(f"{where} can be read")
    try:
        announcer.store.require_writable()
    except SharekitError as error:
        yield failed("ledger", error, read)
        return
    written = well("it can be written")
    yield EngineReport("ledger", True, (read, written, *_position(announcer, view), *_claims(view)))


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
            "the project has uncommitted changes, which are not announced",
            "Commit them: git add . && git commit",
        )


def _position(announcer: Announcer, view: LedgerView) -> Iterator[Finding]:
    if view.empty:
        yield well("it is empty: the first sharekit announce begins it, and sends nothing")
        return
    announced = view.announced.moment.commit or ""
    relation = announcer.relation(announced)
    if relation in ("same", "follows"):
        word = "HEAD was announced" if relation == "same" else f"announced up to {announced[:7]}"
        yield well(word)
    elif relation == "older":
        yield bad(
            f"a later commit ({announced[:7]}) has already been announced",
            "Check out the newest commit of the published branch.",
        )
    else:
        yield bad(
            f"HEAD does not follow {announced[:7]}, which was announced last",
            "If the history was rewritten on purpose: sharekit announce --accept-rewrite.",
        )


def _claims(view: LedgerView) -> Iterator[Finding]:
    for claim in () if view.empty else view.open_claims:
        keys = ", ".join(claim.keys)
        if claim.run:
            yield bad(
                f"another run has {keys} {claim.since} and has not said that it ended",
                "Let it finish. If it is over, run sharekit announce where it ran, or elsewhere"
                " sharekit announce --take-over.",
            )
        else:
            yield bad(
                f"{keys} was not finished", "Run sharekit announce: it goes on with what is open."
            )


def _announcer(session: Session) -> Announcer:
    return Announcer(session, date.min, lambda step: None)
