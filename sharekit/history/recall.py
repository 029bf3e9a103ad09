"""What a project declared at an earlier time, by the hashes that were kept of it: git has the
texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from sharekit.history.commits import History
from sharekit.history.layout import LFS_PREFIX, DeclaredTexts, as_text, is_long


class Recalled(Struct, frozen=True):
    """The declared files of an earlier state."""

    declared: DeclaredTexts
    missing: tuple[str, ...] = ()
    """Files whose text git no longer has, neither here nor at the remote."""


def recall(
    history: History, commit: str | None, digests: Mapping[str, str], remote: str | None
) -> Recalled:
    """The texts behind these hashes; a shallow clone or a rewritten branch asks the remote for the
    commit that held them."""
    layout = history.layout
    texts = {
        path: blob
        for path, blob in digests.items()
        if layout.is_text(layout.path(path)) and not blob.startswith(LFS_PREFIX)
    }
    if commit is not None and remote is not None and _are_absent(history, texts.values()):
        history.fetch_commit(remote, commit)
    sizes = history.git.sizes(texts.values())
    short = {blob for blob, size in sizes.items() if not is_long(size)}
    contents = dict(history.git.objects(sorted(short)))
    files = {
        path: as_text(content)
        for path, blob in texts.items()
        if (content := contents.get(blob)) is not None
    }
    missing = tuple(sorted(path for path, blob in texts.items() if blob not in sizes))
    return Recalled(DeclaredTexts(files, digests), missing)


def filled(recalled: Recalled, today: DeclaredTexts) -> DeclaredTexts:
    """The same, with what git no longer has as it stands today: of that, nothing counts as
    changed."""
    files, digests = dict(recalled.declared.files), dict(recalled.declared.digests)
    for path in recalled.missing:
        digests.pop(path, None)
        if path in today.files:
            files[path] = today.files[path]
        if path in today.digests:
            digests[path] = today.digests[path]
    return DeclaredTexts(files, digests)


def _are_absent(history: History, blobs: Iterable[str]) -> bool:
    blob_ids = set(blobs)
    return history.git.have(blob_ids) != blob_ids
