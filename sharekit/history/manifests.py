"""The project at commits, as manifests: what the comparison of two moments and the fold over
history work on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import chain
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from sharekit.errors import ProblemsError, SharekitError
from sharekit.history.commits import History
from sharekit.history.layout import DeclaredTexts
from sharekit.history.moment import Moment
from sharekit.project.load import load_files
from sharekit.project.manifest import Manifest
from sharekit.records import replace


def manifest_of(history: History, declared: DeclaredTexts, commit: str | None = None) -> Manifest:
    """The manifest that these texts of a project's past declare, over the data that it had and those that git never
    held. Raises ProblemsError where the configuration cannot be used."""
    return load_files(
        declared.files,
        digests=declared.digests,
        untracked=history.untracked,
        commit=commit,
        reader=history.reader,
    )


def manifest_at(history: History, rev: str = "HEAD") -> Manifest:
    """The project at a commit. Raises SharekitError where it was not there, ProblemsError where it
    cannot be used."""
    commit = history.head if rev == "HEAD" else history.resolve(rev)
    declared = history.declared(commit)
    if not declared.configured:
        where = history.layout.prefix or "the repository"
        raise SharekitError(
            f"at commit {commit[:7]} there is no project in {where}: no sharekit.toml",
            hint="Commit sharekit.toml, or name a later commit.",
        )
    return manifest_of(history, declared, commit)


def manifests(
    history: History, until: str = "HEAD", *, since: str | None = None
) -> Iterator[tuple[Moment, Manifest]]:
    """The project at each commit that changed what it declares, oldest first: what a fold over
    history walks along.

    A file that was broken at a commit counts as it last stood, so that a typing error and its
    correction do not look like the end and the beginning of an item. A commit whose configuration
    could not be used is passed over."""
    last_good_texts: dict[str, str] = {}
    if since is not None:
        last_good_texts.update(history.declared(since).files)
    for snapshot in history.snapshots(until, since=since):
        try:
            manifest = manifest_of(history, snapshot.declared, snapshot.moment.commit)
        except ProblemsError:
            continue
        broken = _broken(manifest)
        filled_in = {path: last_good_texts[path] for path in broken if path in last_good_texts}
        if filled_in:
            with_texts = replace(snapshot.declared, files={**snapshot.declared.files, **filled_in})
            manifest = manifest_of(history, with_texts, snapshot.moment.commit)
        last_good_texts = _last_good(snapshot.declared.files, broken, filled_in)
        yield in_its_zone(snapshot.moment, manifest), manifest


class ListedStates(Struct, frozen=True):
    """The states whose revisions are listed."""

    states: Iterator[tuple[Moment, Manifest]]
    """As of `manifests`."""
    start: str | None
    """The commit of the first state, where it stands for all that came before; None where the
    states begin with the project."""


def listed_states(history: History, today: Manifest, until: str = "HEAD") -> ListedStates:
    """The project at each commit that changed what it declares: all, or those since the day that
    today's [project] names, after what stood on the day before."""
    project = today.config.project
    since = project.history_since
    start = since and history.commit_on(since - timedelta(days=1), project.timezone)
    if not start or history.relation(start, until) not in ("same", "follows"):
        return ListedStates(manifests(history, until), None)
    try:
        first = manifest_at(history, start)
    except SharekitError:  # no project yet, or one that cannot be read
        return ListedStates(manifests(history, until), None)
    begun = in_its_zone(history.moment(start), first), first
    return ListedStates(chain([begun], manifests(history, until, since=start)), start)


def in_its_zone(moment: Moment, manifest: Manifest) -> Moment:
    """A moment on the clocks of the project: what day it was there."""
    try:
        return replace(moment, on=moment.on.astimezone(ZoneInfo(manifest.config.project.timezone)))
    except (ZoneInfoNotFoundError, ValueError, OSError, OverflowError):
        return moment


def _broken(manifest: Manifest) -> frozenset[str]:
    return frozenset(
        problem.place.path for problem in manifest.problems if problem.severity == "error"
    )


def _last_good(
    files: Mapping[str, str], broken: frozenset[str], filled_in: Mapping[str, str]
) -> dict[str, str]:
    return {**{path: text for path, text in files.items() if path not in broken}, **filled_in}
