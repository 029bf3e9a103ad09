"""JSON text -> values: one place for all who read it, whoever wrote it. Standard library only."""

from __future__ import annotations

import json
from typing import Any


def read_json(text: str | bytes | bytearray, **options: Any) -> Any:
    """What the text says; `options` are those of json.loads. Raises ValueError where it is no JSON,
    is not UTF-8 or is nested too deeply."""
    try:
        return json.loads(text, **options)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
