"""Pre-reads made from a project: what `sharekit digest` prints and `sharekit announce --digest`
sends."""

from __future__ import annotations

from datetime import date

from sharekit.announce.digests import PreRead
from sharekit.app.announcing import AnnounceProject
from sharekit.app.published_since import read_published
from sharekit.build import Evaluated, compared, share_of
from sharekit.preread.content import DigestView, digest_view
from sharekit.preread.mail import digest_mail
from sharekit.site.context import Tree


def tree_of(found: Evaluated, audience: str, commit: str | None) -> Tree:
    """What one audience may see of a project."""
    return Tree(share_of(found, audience), commit)


def pre_read(tree: Tree, since: date | None = None) -> tuple[DigestView, PreRead]:
    """The pre-read of a tree's audience; of the as-of date itself where it has no meeting."""
    view = digest_view(tree, since)
    content = digest_mail(view, tree.scope)
    return view, PreRead(tree.scope.audience, view.meeting or tree.as_of, content)


def of_desk(desk: AnnounceProject) -> tuple[PreRead, ...]:
    """The pre-reads of the next meetings, with today's data. Raises ProblemsError where a file is
    wrong."""
    known = read_published(desk.ledger.open(), desk.history, desk.remote)
    found, commit = (
        compared(desk.values(), desk.history, known=known, tell=desk.tell),
        desk.history.head,
    )
    return pre_reads(found, commit)


def pre_reads(found: Evaluated, commit: str | None) -> tuple[PreRead, ...]:
    """The pre-read of every audience that meets."""
    meeting = [
        key for key, each in found.manifest.config.audiences.items() if each.meeting is not None
    ]
    return tuple(pre_read(tree_of(found, audience, commit))[1] for audience in meeting)
