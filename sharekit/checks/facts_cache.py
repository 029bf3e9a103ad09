"""What is known of each query's text, kept between builds, so that a thousand queries are not
parsed each time.

Checks for leaks between audiences read it, so the store has to be trusted as the files are: `inputs`
refuses a project whose cache folder comes with the repository."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar, cast

import sharekit
from sharekit.checks import SqlFacts, read_sql
from sharekit.numbers.cache.pack import code_version, open_section, text_key
from sharekit.numbers.cache.recent import Recent
from sharekit.project.lineage import Names, names_of, names_read
from sharekit.record_json import from_text, to_text

AnswerT = TypeVar("AnswerT")


class FactsCache:
    """Reads a query's facts, from the store where it has them. Nothing is written before `save`."""

    def __init__(self, folder: Path | None) -> None:
        self._texts = open_section(folder, "facts", _reader, most_bytes=32 * 1024**2)
        self._answers = Recent[object]()

    def __call__(self, sql: str, dialect: str = "duckdb") -> SqlFacts:
        return self.remember("facts", [sql, dialect], lambda: read_sql(sql, dialect), SqlFacts)

    def names(self, sql: str, dialect: str = "duckdb") -> Names:
        """What a query names, as `names_read` tells it."""
        facts = self(sql, dialect)
        return names_read(sql, dialect) if facts.fault else names_of(facts.reads, dialect)

    def remember(
        self,
        question: str,
        inputs: Sequence[object],
        answer: Callable[[], AnswerT],
        form: type[AnswerT],
    ) -> AnswerT:
        """The answer to a question about texts, from the store where it was answered before.

        `inputs`: all that the answer depends on, as plain data; `form`: its type."""
        key = f"{question}-{text_key(json.dumps(inputs))}"
        if (at_hand := self._answers.get(key)) is not None:
            return cast(AnswerT, at_hand)
        text = self._texts.get(key)
        try:
            if text is None:
                raise ValueError(key)
            answered = from_text(text, form)
        except ValueError:  # a cache is not to be trusted
            answered = answer()
            self._texts.put(key, to_text(answered))
        self._answers.put(key, answered)
        return answered

    def save(self) -> None:
        """Write what is new. Never raises: without it the next build is slower and otherwise the
        same."""
        self._texts.save()

    def end_build(self) -> None:
        """Drop from memory what this build and the one before did not ask for."""
        self._answers.end_build()


def _reader() -> str:
    """Names the code that reads facts: another version of it may read others."""
    ours = Path(sharekit.__file__).parent
    names = (
        "checks/sql_*.py",
        "sqldiff/parse.py",
        "sqldiff/types.py",
        "sqldiff/canonical/syntax_trees.py",
        "numbers/additivity/*.py",
        "numbers/evaluate/*.py",
    )
    files = [path for name in names for path in sorted(ours.glob(name))]
    return code_version(files, "sqlglot")
