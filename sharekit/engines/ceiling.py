"""The most that [limits] may say, by the environment: the file is the repository's, and a change of
it may be anybody's; the machine is its keeper's."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sharekit.errors import SharekitError
from sharekit.project.shapes import LimitsConfig

MAX_MEMORY, MAX_SECONDS, MAX_ROWS = (
    "SHAREKIT_MAX_MEMORY",
    "SHAREKIT_MAX_SECONDS",
    "SHAREKIT_MAX_ROWS",
)
_UNITS = {"MB": 10**6, "GB": 10**9, "MIB": 2**20, "GIB": 2**30}
_SHAPES = {
    MAX_MEMORY: (r"\d{1,9}(\.\d{1,3})?\s?(MB|GB|MiB|GiB)", "an amount such as 2GB"),
    MAX_SECONDS: (r"0*[1-9]\d{0,5}", "a number of seconds such as 30"),
    MAX_ROWS: (r"0*[1-9]\d{0,9}", "a number of rows such as 200000"),
}


def under_ceiling(limits: LimitsConfig, environ: Mapping[str, str]) -> LimitsConfig:
    """The limits that hold: those of the project, none above what the environment allows. Raises
    SharekitError for a variable that says no limit."""
    changed: dict[str, object] = {}
    if (memory := _said(environ, MAX_MEMORY)) and memory_bytes(memory) < memory_bytes(
        limits.memory
    ):
        changed["memory"] = memory
    if (seconds := _said(environ, MAX_SECONDS)) and int(seconds) < limits.seconds:
        changed["seconds"] = float(seconds)
    if (rows := _said(environ, MAX_ROWS)) and int(rows) < limits.max_rows:
        changed["max_rows"] = int(rows)
    return limits.model_copy(update=changed)


def memory_bytes(text: str) -> int:
    """Bytes of "2GB" and the like; the pattern is checked where they are declared."""
    number, unit = re.fullmatch(r"([\d.]+)\s?(\w+)", text).groups()  # type: ignore[union-attr]
    return int(float(number) * _UNITS[unit.upper()])


def _said(environ: Mapping[str, str], name: str) -> str:
    said = environ.get(name, "").strip()
    pattern, wanted = _SHAPES[name]
    if said and not re.fullmatch(pattern, said):
        raise SharekitError(f"{name} is {said!r}, which is no limit", hint=f"Write {wanted}.")
    return said
