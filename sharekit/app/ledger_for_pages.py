"""What the ledger knows of earlier builds, for commands that make pages: never a reason to make
none."""

from __future__ import annotations

from pathlib import Path

from sharekit.announce.ledger.git_store import GitStore, choose_remote, ledger_ref
from sharekit.announce.ledger.ledger import LedgerView
from sharekit.announce.ledger.store import FileStore
from sharekit.app.inputs import ledger_file
from sharekit.app.ledger_facts import LedgerFacts, read_published
from sharekit.app.session import Session
from sharekit.errors import OutsideError, SharekitError
from sharekit.history import History, NoHistory


def read_earlier_state(session: Session, *, remote: bool = True) -> LedgerFacts | None:
    """What was published and announced before; None where nothing was, or that cannot be had, which
    is said.

    `remote`: ask the remote that holds the ledger. Without it, and where that is out of reach, the
    copy here serves."""
    project = session.project
    if not (project.setting("mail", "from") or project.setting("announce", "webhooks")):
        return None
    history = session.history
    if isinstance(history, NoHistory):
        return None
    try:
        file = ledger_file(project, project.setting("announce", "ledger"), session.environ)
        name = choose_remote(history.git) if remote else None
        return read_published(_view(history, file, name), history, name)
    except SharekitError as error:
        session.terminal.say(
            f"  [!] Pages do not show what slipped or was restated: {error.message}"
        )
        if error.hint:
            session.terminal.say(f"      {error.hint}")
        return None


def _view(history: History, file: Path | None, remote: str | None) -> LedgerView:
    if file is not None:
        return LedgerView(FileStore(file).open())
    if remote is None:
        return _local(history)
    try:
        return LedgerView(GitStore(history.git, remote, ledger_ref(history.layout.prefix)).open())
    except OutsideError:
        here = _local(history)
        if here.empty:
            raise
        return here


def _local(history: History) -> LedgerView:
    return LedgerView(GitStore(history.git, None, ledger_ref(history.layout.prefix)).open())
