"""Records as JSON and back: for the ledger, for what builds remember, and for documents of
commands. Records may hold notes that people wrote, which are pydantic's; it is loaded by whoever
has such notes, and not here."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from msgspec import convert, to_builtins

from sharekit.read_json import read_json
from sharekit.records import field_defaults

RecordT = TypeVar("RecordT")


def to_text(record: object) -> str:
    """A record, or several, as JSON."""
    return json.dumps(to_builtins(record, enc_hook=_as_json), separators=(",", ":"))


def from_text(text: str | bytes, form: type[RecordT]) -> RecordT:
    """What `to_text` was given. Raises ValueError where the text is of another form."""
    return from_plain(read_json(text), form)


def to_plain(record: object) -> Any:
    """A record as dicts, lists, texts and numbers."""
    return read_json(to_text(record))


def to_sparse(record: object) -> dict[str, Any]:
    """The same without the fields that have their default."""
    defaults = field_defaults(record)
    return {
        name: value
        for name, value in to_plain(record).items()
        if getattr(record, name) != defaults[name]
    }


def from_plain(value: object, form: type[RecordT]) -> RecordT:
    """What `to_plain` was given. Raises ValueError where the value is of another form."""
    return convert(value, form, dec_hook=_from_json)


def _as_json(value: object) -> object:
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json", by_alias=True)
    raise TypeError(f"no JSON for a {type(value).__name__}")


def _from_json(kind: type, value: object) -> object:
    return kind.model_validate(value) if hasattr(kind, "model_validate") else value
