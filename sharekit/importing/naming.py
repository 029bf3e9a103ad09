"""Names of what is written: as they are elsewhere where that is possible, with the model before
them where two are alike."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec import Struct

from sharekit.importing.model import Definitions, ForeignMetric

LONGEST = 78


def identifier(name: str) -> str:
    """ "Avg. Bid Floor" -> "avg_bid_floor"; empty where nothing is left."""
    return re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")[:LONGEST].rstrip("_")


def as_words(name: str) -> str:
    """ "on_time" -> "On time"."""
    spaced = re.sub(r"[_\-.]+", " ", name).strip()
    return spaced[:1].upper() + spaced[1:]


class Names(Struct, frozen=True):
    """Ids of models (without the leading `_`) and of definitions, in their order."""

    models: Mapping[str, str]
    definitions: Sequence[str | None]
    """None where no free name is left."""

    @classmethod
    def of(cls, collected: Definitions, paths_by_id: Mapping[str, str]) -> Names:
        """`paths_by_id`: ids of the project and their paths. What lies at the very path that would be
        written is no other thing: it keeps its name, and nothing is written over it."""
        models = _model_names(collected)
        folders = [
            models.get(definition.model or "", identifier(definition.prefix or "") or "imported")
            for definition in collected.definitions
        ]
        names = [identifier(definition.name) for definition in collected.definitions]
        count = Counter(names)

        def free(name: str, folder: str) -> bool:
            return paths_by_id.get(name, path := f"metrics/{folder}/{name}.sql") == path

        ids: list[str | None] = []
        used: set[str] = set()
        for definition, name, folder in zip(collected.definitions, names, folders, strict=True):
            before = identifier(definition.prefix or "") or folder
            tries = [name] if count[name] == 1 else []
            tries += [identifier(f"{prefix}_{name}") for prefix in (before, folder)]
            item_id = next(
                (
                    candidate
                    for candidate in tries
                    if candidate[:1].isalpha() and candidate not in used and free(candidate, folder)
                ),
                None,
            )
            ids.append(item_id)
            used |= {item_id} if item_id else set()
        return cls(models, ids)


def _model_names(collected: Definitions) -> Mapping[str, str]:
    return _unique([model.name for model in collected.models], "model")


def _unique(names: Sequence[str], otherwise: str) -> Mapping[str, str]:
    """A name of its own for each, numbered where two come out alike."""
    ids: dict[str, str] = {}
    used: set[str] = set()
    for name in names:
        base = identifier(name)
        base = base if base[:1].isalpha() else f"{otherwise}_{base}".rstrip("_")
        unique_name, number = base, 2
        while unique_name in used:
            unique_name, number = f"{base[: LONGEST - 4]}_{number}", number + 1
        ids[name] = unique_name
        used.add(unique_name)
    return ids


class Tables:
    """Tables to bring: the last part of a name, more of it where two tables end alike."""

    def __init__(self) -> None:
        self._short: dict[str, str] = {}

    def short(self, names: Sequence[str]) -> str:
        full = ".".join(names)
        if full not in self._short:
            used = set(self._short.values())
            tries = [identifier("_".join(names[-length:])) for length in range(1, len(names) + 1)]
            tries = [name if name[:1].isalpha() else f"t_{name}" for name in tries]
            free = next((name for name in tries if name not in used), None)
            self._short[full] = free or f"{tries[-1][:70]}_{len(used)}"
        return self._short[full]

    def all(self) -> Mapping[str, str]:
        """Name here -> name there."""
        return {
            short: full for full, short in sorted(self._short.items(), key=lambda pair: pair[1])
        }


def title_of(definition: ForeignMetric) -> str:
    """Its title for people."""
    return " ".join((definition.title or as_words(definition.name)).split())[:200]
