"""Two declared states of a project -> revisions: what changed for whom, why, and whether anybody was told. Pure."""

from sharekit.revisions.find import Comparer, find_revisions
from sharekit.revisions.fold import fold, numbered
from sharekit.revisions.gate import gate
from sharekit.revisions.note import insert_note, note_snippet

__all__ = ["Comparer", "find_revisions", "fold", "gate", "insert_note", "note_snippet", "numbered"]
