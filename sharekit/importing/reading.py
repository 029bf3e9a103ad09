"""Reading files that others wrote: below one folder, through its fence, bounded, YAML and TOML
without code. What cannot be read is left out and named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from sharekit.errors import SharekitError
from sharekit.files.fence import Fence
from sharekit.files.toml import TomlError, parse_toml
from sharekit.importing.model import LeftOut
from sharekit.project.read.yaml_text import read_yaml

LARGEST = 2_000_000
"""Bytes of one file."""
MOST_FILES = 20_000
"""Files that are looked at below one folder."""


class Folder(Struct, frozen=True):
    """A folder of another tool, or one file of it."""

    fence: Fence
    only: str | None = None
    unread: list[LeftOut] = field(default_factory=list)
    """Files that could not be read, and why."""

    @classmethod
    def at(cls, path: Path) -> Folder:
        """Raises SharekitError where nothing is there."""
        if path.is_file():
            return cls(Fence.around(path.parent), path.name)
        if not path.is_dir():
            raise SharekitError(
                f"{path} is neither a folder nor a file", hint="Name what to import."
            )
        return cls(Fence(Fence.around(path).root, most_files=MOST_FILES))

    def paths(self, *endings: str) -> list[str]:
        """Files with one of these endings, sorted; installed packages and built files are none."""
        if self.only is not None:
            return [self.only] if self.only.endswith(endings) else []
        skipped = {"node_modules", "dbt_packages", "target", "site-packages", "__pycache__"}
        return [
            path
            for path in self.fence.below("", refused=self._refuse)
            if path.endswith(endings) and not skipped & set(path.split("/")[:-1])
        ]

    def text(self, path: str) -> str | None:
        """A file's text; None where it cannot be read, which is noted."""
        try:
            content = self.fence.read(path, LARGEST + 1)
            if len(content) > LARGEST:
                self._refuse(path, f"it has more than {LARGEST:,} bytes")
                return None
            return content.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError:
            self._refuse(path, "it is not UTF-8")
        except OSError as error:
            self._refuse(path, error.strerror or "it cannot be read")
        return None

    def yaml(self, path: str) -> Mapping[str, Any]:
        """The mapping that a YAML file holds; empty where there is none."""
        text = self.text(path)
        if text is None:
            return {}
        tree = read_yaml(text, path)
        if tree.problems:
            problem = tree.problems[0]
            self._refuse(path, f"line {problem.place.line}: {problem.message}")
            return {}
        return tree.value if isinstance(tree.value, dict) else {}

    def toml(self, path: str) -> Mapping[str, Any]:
        text = self.text(path)
        try:
            return {} if text is None else parse_toml(text)
        except TomlError as error:
            self._refuse(path, f"it is not TOML: {error}")
            return {}

    def _refuse(self, path: str, why: str) -> None:
        if (refusal := LeftOut(path, "file", path, why)) not in self.unread:
            self.unread.append(refusal)


def mapping(value: object) -> Mapping[str, Any]:
    """The value where it is a mapping, else an empty one: what others wrote may be anything."""
    return value if isinstance(value, Mapping) else {}


def entries(value: object) -> Iterator[Mapping[str, Any]]:
    """The mappings in a list."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        yield from (entry for entry in value if isinstance(entry, Mapping))


def named_entries(value: object) -> Iterator[Mapping[str, Any]]:
    """The mappings in a list that have a name."""
    yield from (entry for entry in entries(value) if text(entry.get("name")))


def text(value: object) -> str:
    """Text, with numbers as text; empty for all else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).strip()


def texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    values = value if isinstance(value, Sequence) else ()
    return tuple(text(entry) for entry in values if text(entry))
