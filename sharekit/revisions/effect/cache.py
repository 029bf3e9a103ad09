"""Effects that were measured once, kept between builds.

The effect of what was revised today follows the data; from the next day on it stays as it was. Lost
or damaged, it is measured again, as of its own day."""

from __future__ import annotations

from pathlib import Path

from sharekit.numbers.cache.pack import open_section
from sharekit.record_json import from_text, to_text
from sharekit.revisions.revision import Impact

FORMAT = "1"
"""Not the version of the code: what was said about a past day still holds after an upgrade."""
_MOST_BYTES = 8 * 1024**2


class EffectCache:
    """Effects by key; None where a revision has none. Nothing is written before `save`; without a
    folder they last as long as this does."""

    def __init__(self, folder: Path | None, *, fresh: bool = False) -> None:
        """`fresh`: what earlier builds measured counts for nothing."""
        self._texts = open_section(folder, "effects", lambda: FORMAT, most_bytes=_MOST_BYTES)
        for key in self._texts.keys() if fresh else ():
            self._texts.drop(key)

    def __contains__(self, key: str) -> bool:
        try:
            self[key]
        except KeyError:
            return False
        return True

    def __getitem__(self, key: str) -> Impact | None:
        """Raises KeyError where there is none, or it cannot be read."""
        text = self._texts.get(key)
        try:
            return None if text == "null" else from_text(text or "", Impact)
        except ValueError:
            raise KeyError(key) from None

    def __setitem__(self, key: str, impact: Impact | None) -> None:
        self._texts.put(key, to_text(impact))

    def save(self) -> None:
        """Write what is new. Never raises: without it the next build measures again."""
        self._texts.save()
