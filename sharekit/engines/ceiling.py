"""The most that a project's limits may say, by the environment: the file is the repository's, and a change of
it may be anybody's; the machine is its keeper's."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct
from pydantic import BaseModel

from sharekit.errors import SharekitError
from sharekit.project.manifest import Manifest
from sharekit.project.shapes import MEMORY, EngineConfig, LimitsConfig, SourceConfig
from sharekit.records import replace

MAX_MEMORY, MAX_SECONDS, MAX_ROWS, MAX_MB = (
    "SHAREKIT_MAX_MEMORY",
    "SHAREKIT_MAX_SECONDS",
    "SHAREKIT_MAX_ROWS",
    "SHAREKIT_MAX_MB",
)
_VARIABLES = {
    "memory": MAX_MEMORY,
    "seconds": MAX_SECONDS,
    "max_rows": MAX_ROWS,
    "max_mb": MAX_MB,
}
"""What holds down each limit."""
_UNITS = {"MB": 10**6, "GB": 10**9, "MIB": 2**20, "GIB": 2**30}
_SHAPES = {
    MAX_MEMORY: (MEMORY, "an amount such as 2GB"),
    MAX_SECONDS: (r"0*[1-9]\d{0,5}", "a number of seconds such as 30"),
    MAX_ROWS: (r"0*[1-9]\d{0,9}", "a number of rows such as 200000"),
    MAX_MB: (r"0*[1-9]\d{0,5}", "a number of megabytes such as 200"),
}


def under_ceiling(manifest: Manifest, environ: Mapping[str, str]) -> Manifest:
    """The project with none of its limits above what the environment allows: those of [limits], of each engine, and
    what each source may fetch. Raises SharekitError for a variable that says no limit."""
    ceiling = Ceiling.of(environ)
    if ceiling == Ceiling():
        return manifest
    engines = {name: ceiling.engine(engine) for name, engine in manifest.config.engines.items()}
    changed = {"limits": ceiling.limits(manifest.config.limits), "engines": engines}
    return replace(
        manifest,
        config=manifest.config.model_copy(update=changed),
        sources={
            name: replace(source, config=ceiling.source(source.config))
            for name, source in manifest.sources.items()
        },
    )


class Ceiling(Struct, frozen=True):
    """What the environment allows; None where it says nothing."""

    memory: str | None = None
    seconds: int | None = None
    rows: int | None = None
    megabytes: int | None = None

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Ceiling:
        """What the variables say. Raises SharekitError for one that says no limit."""
        return cls(
            _from_environment(environ, MAX_MEMORY),
            _integer(environ, MAX_SECONDS),
            _integer(environ, MAX_ROWS),
            _integer(environ, MAX_MB),
        )

    def limits(self, declared: LimitsConfig) -> LimitsConfig:
        """[limits], held down."""
        memory = min(declared.memory, self.memory or declared.memory, key=memory_bytes)
        rows = min(declared.max_rows, self.rows or declared.max_rows)
        changed = {"memory": memory, "seconds": self._seconds(declared.seconds), "max_rows": rows}
        return declared.model_copy(update=changed)

    def engine(self, declared: EngineConfig) -> EngineConfig:
        """The limits of an engine elsewhere, held down."""
        rows = min(declared.max_rows, self.rows or declared.max_rows)
        return declared.model_copy(
            update={"seconds": self._seconds(declared.seconds), "max_rows": rows}
        )

    def source(self, declared: SourceConfig) -> SourceConfig:
        """What a source may fetch, held down."""
        return declared.model_copy(
            update={"max_mb": min(declared.max_mb, self.megabytes or declared.max_mb)}
        )

    def _seconds(self, declared: float) -> float:
        return min(declared, float(self.seconds or declared))


def or_raise(
    advice: str,
    key: str,
    table: str,
    config: LimitsConfig | EngineConfig | SourceConfig,
    environ: Mapping[str, str],
) -> str:
    """Advice for whoever reached the limit `key` of `config`, and how that is raised: in `table` of
    the project's file, and in the environment where that allows no more than the limit of now. The
    advice alone where the file may say no more."""
    limit = getattr(config, key)
    if limit == _most(type(config), key):
        return advice
    variable, advice = _VARIABLES[key], advice.removesuffix(".")
    allowed = _from_environment(environ, variable)
    if allowed is None or _amount(allowed) > _amount(limit):
        return f"{advice}, or raise {key} under [{table}]."
    return (
        f"{advice}, or raise {key} under [{table}], and {variable} in the environment, which allows"
        f" {allowed}."
    )


def _most(config: type[BaseModel], key: str) -> object:
    """The most that a file may say; None where its shape sets no end."""
    limits = (getattr(limit, "le", None) for limit in config.model_fields[key].metadata)
    return next((most for most in limits if most is not None), None)


def _amount(limit: float | str) -> float:
    return float(limit) if re.fullmatch(r"[\d.]+", str(limit)) else memory_bytes(str(limit))


def memory_bytes(text: str) -> int:
    """Bytes of "2GB" and the like; the pattern is checked where they are declared."""
    number, unit = re.fullmatch(r"([\d.]+)\s?(\w+)", text).groups()  # type: ignore[union-attr]
    return int(float(number) * _UNITS[unit.upper()])


def _integer(environ: Mapping[str, str], name: str) -> int | None:
    text = _from_environment(environ, name)
    return None if text is None else int(text)


def _from_environment(environ: Mapping[str, str], name: str) -> str | None:
    text = environ.get(name, "").strip()
    pattern, example = _SHAPES[name]
    if text and not re.fullmatch(pattern, text):
        raise SharekitError(f"{name} is {text!r}, which is not a limit", hint=f"Write {example}.")
    return text or None
