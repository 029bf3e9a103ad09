"""Pre-reads made from a project: what `sharekit digest` prints and `sharekit announce --digest`
sends."""

from __future__ import annotations

from datetime import date

from sharekit.announce.digests import PreRead
from sharekit.app.announcing import Announcer
from sharekit.app.ledger_facts import read_published
from sharekit.build import Evaluation, visible_share, with_history
from sharekit.preread.content import DigestView, digest_view
from sharekit.preread.mail import digest_mail
from sharekit.site.audience_tree import AudienceTree


def tree_of(evaluation: Evaluation, audience: str, commit: str | None) -> AudienceTree:
    """What one audience may see of a project."""
    return AudienceTree(visible_share(evaluation, audience), commit)


def pre_read(tree: AudienceTree, since: date | None = None) -> tuple[DigestView, PreRead]:
    """The pre-read of a tree's audience; of the as-of date itself where it has no meeting."""
    view = digest_view(tree, since)
    preread = PreRead(
        tree.scope.audience,
        view.meeting or tree.as_of,
        digest_mail(view, tree.scope),
        lambda person: digest_mail(view, tree.scope, person),
    )
    return view, preread


def next_pre_reads(announcer: Announcer) -> tuple[PreRead, ...]:
    """The pre-reads of the next meetings, with today's data. Raises ProblemsError where a file is
    wrong."""
    ledger = read_published(announcer.ledger.open(), announcer.history, announcer.remote)
    evaluation, commit = (
        with_history(
            announcer.values(), announcer.history, ledger_facts=ledger, tell=announcer.tell
        ),
        announcer.history.head,
    )
    return pre_reads(evaluation, commit)


def pre_reads(evaluation: Evaluation, commit: str | None) -> tuple[PreRead, ...]:
    """The pre-read of every audience that meets."""
    meeting = [
        key
        for key, audience_config in evaluation.manifest.config.audiences.items()
        if audience_config.meeting is not None
    ]
    return tuple(pre_read(tree_of(evaluation, audience, commit))[1] for audience in meeting)
