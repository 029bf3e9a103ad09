"""What is known of each query's text, kept between builds, so that a thousand queries are not parsed each time.

Leaks between audiences are judged by it, so the store has to be trusted as the files are: `inputs` refuses a project
whose cache folder comes with the repository.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path

from sharekit.checks import SqlFacts, facts_from_json, facts_to_json, read_sql, sql_facts
from sharekit.numbers.cache.pack import Pack
from sharekit.sqldiff import parse


class KnownFacts:
    """Reads a query's facts, from the store where it has them. Nothing is written before `save`."""

    def __init__(self, folder: Path | None) -> None:
        self._pack = None if folder is None else Pack(folder / f"facts-{_reader()}", most_bytes=32 * 1024**2)

    def __call__(self, sql: str, dialect: str = "duckdb") -> SqlFacts:
        if self._pack is None:
            return read_sql(sql, dialect)
        said = sql if dialect == "duckdb" else f"{dialect}\0{sql}"
        key = hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()
        kept = self._pack.get(key)
        if kept is not None and (known := facts_from_json(kept)) is not None:
            return known
        facts = read_sql(sql, dialect)
        self._pack.put(key, facts_to_json(facts))
        return facts

    def save(self) -> None:
        """Write what is new. Never raises: without it the next build is slower and otherwise the same."""
        if self._pack is not None:
            self._pack.save()


def _reader() -> str:
    """Names the code that reads facts: another version of it may read others."""
    ours = Path(sql_facts.__file__).read_bytes() + Path(parse.__file__).read_bytes()
    return hashlib.sha256(ours + version("sqlglot").encode()).hexdigest()[:12]
