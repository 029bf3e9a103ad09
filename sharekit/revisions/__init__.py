"""Two declared states of a project -> revisions: what changed for whom, why, and whether anybody was told. Pure."""

from sharekit.revisions.find import Comparer, find_revisions
from sharekit.revisions.fold import Turn, fold, numbered, turns
from sharekit.revisions.gate import gate
from sharekit.revisions.note import insert_note, note_snippet

__all__ = ["Comparer", "Turn", "find_revisions", "fold", "gate", "insert_note", "note_snippet", "numbered", "turns"]
