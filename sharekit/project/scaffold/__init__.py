"""Files that people begin with: a small project, and one new item at a time. Only `write` touches a
disk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sharekit.errors import SharekitError


def write(root: Path, files: Mapping[str, str]) -> tuple[Path, ...]:
    """Write new files below a folder: all of them, or none where one exists already. Raises
    SharekitError."""
    paths = {root / name: text for name, text in files.items()}
    if existing := sorted(
        str(path.relative_to(root)) for path in paths if path.exists() or path.is_symlink()
    ):
        raise SharekitError(
            f"{', '.join(existing)} {'already exists' if len(existing) == 1 else 'already exist'}; nothing was"
            " written",
            hint="Choose another name or folder: sharekit never writes over a file of yours.",
        )
    try:
        for path, text in paths.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
    except OSError as error:
        raise SharekitError(f"{error.filename} cannot be written: {error.strerror}") from error
    return tuple(paths)


def replace_text(file: Path, text: str) -> None:
    """Write a file anew, whole or not at all. Raises SharekitError."""
    new_file = file.with_name(f".{file.name}.new")
    try:
        new_file.write_bytes(text.encode("utf-8"))
        new_file.replace(file)
    except OSError as error:
        raise SharekitError(f"{error.filename} cannot be written: {error.strerror}") from error
