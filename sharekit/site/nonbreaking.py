"""Numbers that no line breaks: a sign stays with its currency, and a number with its unit."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sharekit.numbers.formats import singular

LONGEST_UNIT = 10
"""Letters of a unit that is kept on the number's line; a longer one may go to the next."""
_DURATIONS = ("ns", "µs", "ms", "s", "min", "h", "d", "pt", "x")
_AS_IT_IS = re.compile(r"(<(script|style|pre|code|svg|textarea|title|option)\b.*?</\2>)", re.S)
_TEXT = re.compile(r">[^<]*\d[^<]*<")
_SIGNED = re.compile(r"[+\N{MINUS SIGN}][$£€¥₹₩₽₺₴₦฿₫₪][\d.,]*\d(?:[kmbt]n?\b)?")


class Unbroken:
    """Keeps numbers whole in the text of a page, and leaves its tags and scripts alone."""

    def __init__(self, units: Iterable[str]) -> None:
        single = {unit for unit in units if len(unit) <= LONGEST_UNIT and unit.isalpha()}
        unit_words = sorted({*_DURATIONS, *single, *map(singular, single)})
        self._unit = re.compile(rf"(?<=[\d.,])([kmbt]n?)? (?=(?:{'|'.join(unit_words)})\b)")

    def page(self, html: str) -> str:
        parts = _AS_IT_IS.split(html)
        # the pattern has two groups: text, what stays as it is, its tag, text, ...
        parts[0::3] = [_TEXT.sub(self._unbroken, part) for part in parts[0::3]]
        del parts[2::3]
        return "".join(parts)

    def _unbroken(self, match: re.Match[str]) -> str:
        text = match[0]
        if "+" in text or "\N{MINUS SIGN}" in text:
            text = _SIGNED.sub('<span class="nowrap">\\g<0></span>', text)
        return self._unit.sub("\\1\N{NO-BREAK SPACE}", text) if " " in text else text
