"""What `sharekit doctor` looks at: one section a thing that the project relies on. It sends no mail
and changes nothing; each finding that is not well says how to correct it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from sharekit.app.doctor.outside import engines, sources
from sharekit.app.doctor.project import project
from sharekit.app.doctor.published import site
from sharekit.app.doctor.repository import git, ledger
from sharekit.app.doctor.sending import mail, webhooks
from sharekit.app.session import Session
from sharekit.engines.remote.examine import EngineReport
from sharekit.project.manifest import Manifest

Section = Callable[[Session, Manifest], Iterator[EngineReport]]
SECTIONS: Mapping[str, Section] = {
    "project": project,
    "git": git,
    "ledger": ledger,
    "mail": mail,
    "webhooks": webhooks,
    "sources": sources,
    "engines": engines,
    "site": site,
}
"""What doctor looks at, by name; each yields things with findings."""
