"""How members of dimensions are written where the data have no name for them. Pure."""

from __future__ import annotations

NO_MEMBER = "(none)"
"""A NULL member, where slices add up."""
EMPTY_MEMBER = "(empty)"
"""A member that is an empty text."""
_PAIR = " × "


def pair_name(left: str, right: str) -> str:
    """A pair of members, or of dimensions, as people and queries write it: "south × online"."""
    return f"{left}{_PAIR}{right}"


def in_pair(name: str) -> list[str]:
    """The names in a pair; a name that is no pair, alone."""
    return name.split(_PAIR, 1)
