"""What a pipeline has to know of a project, read off its configuration and its repository."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sharekit import __version__
from sharekit.app.extras import needed_extras
from sharekit.app.inputs import ProjectInputs
from sharekit.history.git import Git
from sharekit.project.scaffold.pipeline import Pipeline

EARLIEST = time(7)
"""When the schedule runs where no meeting says otherwise, in the project's zone."""
BEFORE_MEETING = timedelta(hours=2)
_VARIABLE = re.compile(r"env:([A-Z][A-Z0-9_]*)")


def pipeline_of(project: ProjectInputs, environ: Mapping[str, str], now: datetime) -> Pipeline:
    """The facts of one project. `now` decides which offset its time zone has."""
    extras = needed_extras(project)
    names = f"[{','.join(extras)}]" if extras else ""
    config = project.config
    return Pipeline(
        package=f"sharekit{names}=={__version__}",
        branch=_branch(project, environ),
        cron=_cron(project, now),
        source_secrets=sorted(
            {
                *_variables(config.get("sources")),
                *_pins(config.get("sources")),
                *_variables(config.get("engines")),
            }
        ),
        announce_secrets=sorted(set(_variables(config.get("announce")))),
    )


def _branch(project: ProjectInputs, environ: Mapping[str, str]) -> str:
    """The branch that the configuration names, else the one that origin's HEAD names, else this one."""
    branch = project.setting("announce", "branch")
    if isinstance(branch, str) and branch:
        return branch
    git = Git(project.root, environ)
    ours = git.text("symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD", check=False)
    here = git.text("symbolic-ref", "--quiet", "--short", "HEAD", check=False)
    return ours.removeprefix("origin/") or here or "main"


def _variables(value: object) -> Iterator[str]:
    """Every `env:NAME` in a part of the configuration."""
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _variables(item)
    elif isinstance(value, list):
        for item in value:
            yield from _variables(item)
    elif isinstance(value, str) and (match := _VARIABLE.fullmatch(value)):
        yield match[1]


def _pins(sources: object) -> Iterator[str]:
    """The variables that say which host may have the token of a source."""
    for source in sources.values() if isinstance(sources, Mapping) else ():
        token = source.get("bearer") if isinstance(source, Mapping) else None
        yield from (f"{name}_HOST" for name in _variables(token))


def _cron(project: ProjectInputs, now: datetime) -> str:
    """Each working day, two hours before the earliest meeting, in UTC as it is now."""
    zone = _zone(project)
    local = now.astimezone(zone)
    monday = (local - timedelta(days=local.weekday())).date()
    first = min(_meetings(project), default=None)
    start = datetime.combine(monday, first or EARLIEST, zone)
    utc = (start - BEFORE_MEETING if first else start).astimezone(ZoneInfo("UTC"))
    shift = (utc.date() - monday).days
    days = {-1: "0-4", 0: "1-5", 1: "2-6"}[shift]
    return f"{utc.minute} {utc.hour} * * {days}"


def _meetings(project: ProjectInputs) -> Iterator[time]:
    """The times of the audiences' meetings that can be read; check reports the others."""
    audiences = project.config.get("audiences")
    for audience in audiences.values() if isinstance(audiences, Mapping) else ():
        meeting = audience.get("meeting") if isinstance(audience, Mapping) else None
        start = meeting.get("time") if isinstance(meeting, Mapping) else None
        if isinstance(start, str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", start):
            yield time.fromisoformat(start)


def _zone(project: ProjectInputs) -> ZoneInfo:
    name = project.setting("project", "timezone")
    try:
        return ZoneInfo(name if isinstance(name, str) else "UTC")
    except (OSError, ValueError, KeyError):
        return ZoneInfo("UTC")
