"""Did you mean: the nearest known names to one that is not known. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from itertools import islice

_FEW = 8
"""So many known names are listed in full where none is near."""
_MANY = 500
"""Of more known names only those with the same first letter are compared, and no more than
these."""
ALIKE = 0.65
"""How much of two names is alike, 0 to 1, where one may be a slip for the other."""
_LONGEST = 100
"""Characters; nobody misspells a longer name."""


def nearest(
    name: str, names: Iterable[str], count: int = 2, *, alike: float = ALIKE
) -> tuple[str, ...]:
    """Known names that look like `name`, best first. Case, spaces and hyphens do not count."""
    if len(name) > _LONGEST:
        return ()
    plain = {
        _plain(candidate): candidate
        for candidate in sorted(names, reverse=True)
        if len(candidate) <= _LONGEST
    }
    if len(plain) > _MANY:
        like = (spelling for spelling in plain if spelling[:1] == _plain(name)[:1])
        plain = {spelling: plain[spelling] for spelling in islice(like, _MANY)}
    matches = difflib.get_close_matches(_plain(name), plain, n=count, cutoff=alike)
    return tuple(plain[spelling] for spelling in matches)


def suggestion(
    name: str, choices: Iterable[str], *, are: str = "Known", none: str | None = None
) -> str | None:
    """The hint beside an unknown name: the nearest ones, else all where they are few, else nothing.

    `are` begins the list ("Keys here: date, why."); `none` is said where nothing is known at all.
    """
    names = sorted(set(choices))
    if near := nearest(name, names):
        return f"Did you mean {either(f'`{candidate}`' for candidate in near)}?"
    if not names:
        return none
    return f"{are}: {', '.join(names)}." if len(names) <= _FEW else None


def either(words: Iterable[str]) -> str:
    """ "up", "up or down", "up, down or none"."""
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def _plain(name: str) -> str:
    return name.casefold().replace("-", "_").replace(" ", "_")
