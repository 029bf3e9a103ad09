"""Of many similar cases a few run with the quick tests, and the others with the slow ones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def mostly_slow(cases: Iterable[Any], *, quick: int) -> list[Any]:
    """The cases of a parametrised test: about this many, evenly spread, are quick, the others slow.
    A case of several arguments is a tuple."""
    listed = list(cases)
    step = max(1, len(listed) // quick)
    return [case if place % step == 0 else _slow(case) for place, case in enumerate(listed)]


def _slow(case: Any) -> Any:
    values = case if type(case) is tuple else (case,)
    return pytest.param(*values, marks=pytest.mark.slow)
