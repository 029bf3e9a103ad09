"""What is known of each query's text, kept between builds, so that a thousand queries are not
parsed each time.

Checks for leaks between audiences read it, so the store has to be trusted as the files are: `inputs`
refuses a project whose cache folder comes with the repository."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from sharekit.checks import SqlFacts, facts_from_json, facts_to_json, read_sql, sql_facts
from sharekit.numbers import additivity as adding
from sharekit.numbers.additivity import Outputs, Reader, outputs_from_json, outputs_to_json
from sharekit.numbers.cache.pack import TextStore
from sharekit.project.lineage import Names, names_of, names_read
from sharekit.sqldiff import parse


class FactsCache:
    """Reads a query's facts, from the store where it has them. Nothing is written before `save`."""

    def __init__(self, folder: Path | None) -> None:
        self._pack = (
            None
            if folder is None
            else TextStore(folder / f"facts-{_reader()}", most_bytes=32 * 1024**2)
        )

    def __call__(self, sql: str, dialect: str = "duckdb") -> SqlFacts:
        if self._pack is None:
            return read_sql(sql, dialect)
        said = sql if dialect == "duckdb" else f"{dialect}\0{sql}"
        key = hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()
        cached = self._pack.get(key)
        if cached is not None and (stored := facts_from_json(cached)) is not None:
            return stored
        facts = read_sql(sql, dialect)
        self._pack.put(key, facts_to_json(facts))
        return facts

    def names(self, sql: str, dialect: str = "duckdb") -> Names:
        """What a query names, as `names_read` tells it."""
        facts = self(sql, dialect)
        return names_read(sql, dialect) if facts.fault else names_of(facts.reads, dialect)

    def outputs(self, reader: Reader, sql: str, upstream: Mapping[str, str]) -> Outputs:
        """How the columns of a query add up, given the texts of the views and metrics that it
        reads."""
        if self._pack is None:
            return reader.outputs(sql)
        texts = json.dumps([sql, sorted(upstream.items())])
        key = "adds-" + hashlib.sha256(texts.encode("utf-8", "surrogatepass")).hexdigest()
        cached = self._pack.get(key)
        if cached is not None:
            try:
                return outputs_from_json(json.loads(cached))
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
                pass  # a cache is not to be trusted
        outputs = reader.outputs(sql)
        self._pack.put(key, json.dumps(outputs_to_json(outputs), separators=(",", ":")))
        return outputs

    def save(self) -> None:
        """Write what is new. Never raises: without it the next build is slower and otherwise the
        same."""
        if self._pack is not None:
            self._pack.save()


def _reader() -> str:
    """Names the code that reads facts: another version of it may read others."""
    files = [
        Path(sql_facts.__file__),
        Path(parse.__file__),
        *sorted(Path(adding.__file__).parent.glob("*.py")),
    ]
    ours = b"".join(path.read_bytes() for path in files)
    return hashlib.sha256(ours + version("sqlglot").encode()).hexdigest()[:12]
