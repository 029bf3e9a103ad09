"""Records as JSON and back: for the ledger, for what builds remember, and for documents of
commands. Records may hold notes that people wrote, which are pydantic's."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from pydantic import BaseModel, ValidationError

from sharekit.read_json import read_json
from sharekit.records import field_defaults

T = TypeVar("T")


def to_text(record: object) -> str:
    """A record as JSON."""
    return msgspec.json.encode(record, enc_hook=_as_json).decode()


def from_text(text: str, form: type[T]) -> T:
    """The record back. Raises ValueError where the text is none."""
    try:
        return msgspec.json.decode(text, type=form, dec_hook=_from_json)
    except (msgspec.MsgspecError, ValidationError):
        raise ValueError("it is not a record of this kind") from None


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


def from_plain(value: object, form: type[T]) -> T:
    """The record back. Raises ValueError where the value is none."""
    try:
        return msgspec.convert(value, form, dec_hook=_from_json)
    except (msgspec.MsgspecError, ValidationError):
        raise ValueError("it is not a record of this kind") from None


def _as_json(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True)
    raise TypeError(f"no JSON for a {type(value).__name__}")


def _from_json(kind: type, value: object) -> object:
    return kind.model_validate(value) if issubclass(kind, BaseModel) else value
