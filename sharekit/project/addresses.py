"""Addresses that are recognised and never shown: a mark stands in for each where only who somebody is
matters. Pure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from hashlib import sha256

_CONCEALED = "concealed.invalid"
"""A domain that no mail server has (RFC 2606)."""
_ADDRESS = re.compile(r"[^\s@<>\"'=:,;\[\](){}]+@[^\s@<>\"'=:,;\[\](){}]+")


def concealed(address: str) -> str:
    """The mark of an address, the same for every way of writing it in large and small letters; a
    mark is its own."""
    name = address.casefold()
    if name.endswith(f"@{_CONCEALED}"):
        return name
    return f"{sha256(name.encode()).hexdigest()[:24]}@{_CONCEALED}"


def without_addresses(configuration: str) -> str:
    """The text of a configuration with the mark of each address in its place, comments too.

    Where rows come from stays as it is written: a file or a login with an @ is no address, and
    decides what is read."""
    places = tuple(_places(configuration))

    def mark(match: re.Match[str]) -> str:
        text = match.group()
        return text if any(text in place for place in places) else concealed(text)

    return _ADDRESS.sub(mark, configuration)


def _places(configuration: str) -> Iterator[str]:
    """What a configuration says about sources and engines."""
    try:
        document = tomllib.loads(configuration)
    except tomllib.TOMLDecodeError:
        return
    for tables in (document, document.get("tool", {}).get("sharekit", {})):
        yield from _strings([tables.get("sources"), tables.get("engines")])


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for inner_value in value.values() if isinstance(value, dict) else value:
            yield from _strings(inner_value)
