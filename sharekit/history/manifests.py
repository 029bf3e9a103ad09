"""The project at commits, as manifests: what the comparison of two moments and the fold over
history work on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sharekit.errors import ProblemsError, SharekitError, errors_among
from sharekit.history.commits import History
from sharekit.history.layout import DeclaredTexts
from sharekit.history.moment import Moment
from sharekit.history.states import PastState, StateName
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
        reader=history.texts.reader,
    )


def manifest_at(history: History, rev: str = "HEAD") -> Manifest:
    """The project at a commit. Raises SharekitError where it was not there, ProblemsError where it
    cannot be used."""
    commit = history.head if rev == "HEAD" else history.resolve(rev)
    return manifest_of(history, _declared_project(history, commit), commit)


def _declared_project(history: History, commit: str) -> DeclaredTexts:
    declared = history.declared(commit)
    if not declared.configured:
        where = history.layout.prefix or "the repository"
        raise SharekitError(
            f"at commit {commit[:7]} there is no project in {where}: no sharekit.toml",
            hint="Commit sharekit.toml, or name a later commit.",
        )
    return declared


def read_state(history: History, name: StateName) -> PastState:
    """A state that was met in history, by its name. Raises SharekitError where its commit is not here,
    ProblemsError where it cannot be used."""
    assert name.commit is not None
    declared = _declared_project(history, name.commit)
    texts = {
        path: history.declared(commit).files[path] for path, commit in name.earlier_files.items()
    }
    if texts:
        declared = replace(declared, files={**declared.files, **texts})
    manifest = manifest_of(history, declared, name.commit)
    moment = in_its_zone(history.moment(name.commit), manifest)
    return PastState(moment, manifest, name.earlier_files, name.elsewhere)


def manifests(
    history: History, until: str = "HEAD", *, after: PastState | None = None
) -> Iterator[PastState]:
    """The project at each commit that changed what it declares, oldest first: what a fold over
    history walks along. `after`: only those that came after this one.

    A file that was broken at a commit counts as it last stood, so that a typing error and its
    correction do not look like the end and the beginning of an item. A commit whose configuration
    could not be used is passed over."""
    since, elsewhere = (None, None) if after is None else (after.moment.commit, after.elsewhere)
    last_good = {} if after is None else _last_good_texts(history, after)
    for snapshot in history.snapshots(until, since=since, elsewhere=elsewhere):
        declared, commit = snapshot.declared, snapshot.moment.commit
        assert commit is not None
        try:
            manifest = manifest_of(history, declared, commit)
        except ProblemsError:
            continue
        broken = _broken(manifest)
        filled_in = {path: last_good[path] for path in broken if path in last_good}
        if filled_in:
            texts = {path: text for path, (text, _) in filled_in.items()}
            declared = replace(declared, files={**declared.files, **texts})
            manifest = manifest_of(history, declared, commit)
        last_good = filled_in | {
            path: (text, commit) for path, text in declared.files.items() if path not in broken
        }
        earlier_files = {path: held for path, (_, held) in filled_in.items()}
        moment = in_its_zone(snapshot.moment, manifest)
        yield PastState(moment, manifest, earlier_files, snapshot.elsewhere)


def listed_from(history: History, today: Manifest, until: str = "HEAD") -> PastState | None:
    """The state that stands for all that came before the day from which today's [project] lists
    history; None where it is listed from its beginning."""
    project = today.config.project
    since = project.history_since
    start = since and history.commit_on(since - timedelta(days=1), project.timezone)
    if not start or history.relation(start, until) not in ("same", "follows"):
        return None
    try:
        return read_state(history, StateName(start))
    except SharekitError:  # no project yet, or one that cannot be read
        return None


def in_its_zone(moment: Moment, manifest: Manifest) -> Moment:
    """A moment on the clocks of the project: what day it was there. Written and read again it is
    the same: it has the zone's offset, not its name."""
    try:
        there = moment.on.astimezone(ZoneInfo(manifest.config.project.timezone))
        return replace(moment, on=datetime.fromisoformat(there.isoformat()))
    except (ZoneInfoNotFoundError, ValueError, OSError, OverflowError):
        return moment


def _broken(manifest: Manifest) -> frozenset[str]:
    return frozenset(problem.place.path for problem in errors_among(manifest.problems))


def _last_good_texts(history: History, state: PastState) -> dict[str, tuple[str, str]]:
    """Path -> the text that last stood there unbroken, and its commit, as of a state."""
    commit = state.moment.commit
    assert commit is not None
    broken = _broken(state.manifest) | state.earlier_files.keys()
    texts = history.declared(commit).files
    good = {path: (text, commit) for path, text in texts.items() if path not in broken}
    return good | {
        path: (history.declared(earlier).files[path], earlier)
        for path, earlier in state.earlier_files.items()
    }
