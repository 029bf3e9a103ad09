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
from sharekit.history.manifests import (
    ListedStates,
    in_its_zone,
    listed_states,
    manifest_at,
    manifest_of,
    manifests,
)
from sharekit.history.recall import Recalled, filled, recall

__all__ = [
    "SHALLOW_HINT",
    "Branch",
    "DeclaredTexts",
    "History",
    "ListedStates",
    "NoHistory",
    "Recalled",
    "Relation",
    "Snapshot",
    "committed_paths",
    "filled",
    "holds_head",
    "in_its_zone",
    "listed_states",
    "manifest_at",
    "manifest_of",
    "manifests",
    "open_history",
    "published_branch",
    "recall",
]
