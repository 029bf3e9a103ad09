"""The project and the software that reads it."""

from __future__ import annotations

import platform
from collections.abc import Iterator

import duckdb

from sharekit import __version__
from sharekit.app.doctor.findings import bad, well
from sharekit.app.extras import is_installed, source_extras
from sharekit.app.session import Session
from sharekit.engines.remote.adapter import Finding
from sharekit.engines.remote.examine import EngineReport
from sharekit.project.manifest import Manifest
from sharekit.wording.english import count


def project(session: Session, manifest: Manifest) -> Iterator[EngineReport]:
    """Versions, extras, and settings that surprise later."""
    software = (
        f"sharekit {__version__}, Python {platform.python_version()}, DuckDB {duckdb.__version__}"
    )
    yield EngineReport("software", True, (well(software), *_extras(session)))
    yield EngineReport(manifest.config.project.name, True, tuple(_settings(session, manifest)))


def _extras(session: Session) -> Iterator[Finding]:
    """Those of files and sources; an engine's driver is looked for where the engine is."""
    for extra in source_extras(session.project):
        if is_installed(extra):
            yield well(f"the extra {extra} is installed")
        else:
            yield bad(
                f"the extra {extra} is needed and not installed",
                f"Run pip install 'sharekit[{extra}]=={__version__}'.",
            )


def _settings(session: Session, manifest: Manifest) -> Iterator[Finding]:
    numbers = count(len(manifest.metrics), "number")
    yield well(f"{numbers}, {count(len(manifest.audiences), 'audience')}")
    frozen = manifest.config.project.as_of
    today = session.clock().date()
    if frozen is not None and frozen < today:
        yield bad(
            f"as_of = {frozen} is set under [project]: every build shows that day",
            "Remove as_of, so that a scheduled build moves on.",
        )
    if manifest.config.project.url is None:
        yield bad(
            "[project] url is not set: mails and feeds have no links",
            'Add url = "https://numbers.example.com/" to [project].',
        )
