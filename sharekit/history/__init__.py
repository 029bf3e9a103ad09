"""Git: the project as it was declared at any commit, who changed it and when, and the ledger of
what was announced."""

from sharekit.history.branch import Branch, holds_head, published_branch
from sharekit.history.commits import (
    SHALLOW_HINT,
    History,
    NoHistory,
    Relation,
    Snapshot,
    committed_paths,
    open_history,
)
from sharekit.history.layout import DeclaredTexts
from sharekit.history.manifests import in_its_zone, manifest_at, manifest_of, manifests

__all__ = [
    "SHALLOW_HINT",
    "Branch",
    "DeclaredTexts",
    "History",
    "NoHistory",
    "Relation",
    "Snapshot",
    "committed_paths",
    "holds_head",
    "in_its_zone",
    "manifest_at",
    "manifest_of",
    "manifests",
    "open_history",
    "published_branch",
]
