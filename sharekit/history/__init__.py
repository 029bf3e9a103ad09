"""Git: the project as it was declared at any commit, who changed it and when, and the ledger of
what was announced."""

from sharekit.history.branch import Branch, holds_head, published_branch
from sharekit.history.commits import (
    SHALLOW_HINT,
    History,
    NoHistory,
    PastTexts,
    Relation,
    Snapshot,
    committed_paths,
    open_history,
)
from sharekit.history.layout import DeclaredTexts
from sharekit.history.manifests import (
    in_its_zone,
    listed_from,
    manifest_at,
    manifest_of,
    manifests,
    read_state,
)
from sharekit.history.recall import Recalled, filled, recall
from sharekit.history.states import PastState, StateName

__all__ = [
    "SHALLOW_HINT",
    "Branch",
    "DeclaredTexts",
    "History",
    "NoHistory",
    "PastState",
    "PastTexts",
    "Recalled",
    "Relation",
    "Snapshot",
    "StateName",
    "committed_paths",
    "filled",
    "holds_head",
    "in_its_zone",
    "listed_from",
    "manifest_at",
    "manifest_of",
    "manifests",
    "open_history",
    "published_branch",
    "read_state",
    "recall",
]
