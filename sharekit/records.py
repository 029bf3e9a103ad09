"""Copying a record with some of its fields changed, whichever kind of record it is.

Records are msgspec's Structs, since Python makes a class of these about fifty times faster than a
dataclass, and each command starts by making hundreds. A dataclass is what needs more than a Struct
has: a field that is not shown or not compared, or a constructor that is guarded."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from msgspec import Struct, structs

if TYPE_CHECKING:
    from dataclasses import replace as replace  # mypy knows the fields of both kinds by it
else:

    def replace(record: Any, /, **changes: Any) -> Any:
        """A copy of a record with these fields changed. Raises TypeError for other names."""
        if isinstance(record, Struct):
            return structs.replace(record, **changes)
        return dataclasses.replace(record, **changes)


def field_names(record: Any) -> tuple[str, ...]:
    """Names of the fields of a record, or of a class of records, in their order."""
    if hasattr(record, "__struct_fields__"):
        return tuple(record.__struct_fields__)
    return tuple(field.name for field in dataclasses.fields(record))


def field_defaults(record: Any) -> dict[str, Any]:
    """The defaults of a record's fields by name; of one without a default, what equals nothing."""
    fields = structs.fields(record) if isinstance(record, Struct) else dataclasses.fields(record)
    return {field.name: field.default for field in fields}
