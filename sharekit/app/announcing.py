"""What `sharekit announce` and `sharekit ledger` work with: the project at HEAD and its ledger."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from sharekit.announce.ledger.git_store import GitStore, choose_remote, ledger_ref
from sharekit.announce.ledger.ledger import DeclaredState, Ledger
from sharekit.announce.ledger.store import FileStore, LedgerStore
from sharekit.app.inputs import CACHE, ledger_file
from sharekit.app.session import Session
from sharekit.errors import ProblemsError, SharekitError, exit_code
from sharekit.history import (
    DeclaredTexts,
    History,
    NoHistory,
    Relation,
    filled,
    holds_head,
    in_its_zone,
    manifest_at,
    published_branch,
    recall,
)
from sharekit.project.manifest import Manifest
from sharekit.wording.english import and_list

if TYPE_CHECKING:
    from sharekit.build import Evaluation


class Announcer(Struct, dict=True):
    """A project, its past, and what was announced of it."""

    session: Session
    as_of: date
    tell: Callable[[str], None]
    built: Evaluation | None = None
    """The project's values, once they are computed: by the build that asks for its mails, or
    here."""
    accept_rewrite: bool = False
    """Whether what git no longer has of an announced state counts as announced."""

    @cached_property
    def history(self) -> History:
        history = self.session.history
        if isinstance(history, NoHistory):
            raise SharekitError(f"announcing needs git: {history.reason}", hint=history.hint)
        return history

    @cached_property
    def committed(self) -> bool:
        """Whether the project's declared files are as HEAD has them."""
        return self.history.committed()

    def values(self) -> Evaluation:
        """The project's values in the work tree, computed once. Raises ProblemsError where a file
        is wrong."""
        from sharekit.app.caches import Caches
        from sharekit.app.ledger_facts import read_published
        from sharekit.build import evaluated

        if self.built is None:
            root = self.session.project.root
            self.built = evaluated(
                root,
                as_of=self.as_of,
                commit=self.history.head,
                caches=Caches(root / CACHE),
                ledger_facts=read_published(self.ledger.open(), self.history, self.remote),
                history=self.history,
                tell=self.tell,
            )
        return self.built

    @cached_property
    def manifest(self) -> Manifest:
        """The project at HEAD. Raises ProblemsError where anything in its files is wrong."""
        from sharekit.checks import check
        from sharekit.checks.facts_cache import FactsCache

        root = self.session.project.root
        facts = self.built.facts if self.built is not None else FactsCache(root / CACHE)
        problems = check(self.people, facts=facts, remember=facts.remember)
        facts.save()
        if exit_code(problems):
            raise ProblemsError(problems)
        return self.people

    @cached_property
    def people(self) -> Manifest:
        """The project at HEAD for its names and settings, whatever else may be wrong in its
        files."""
        return manifest_at(self.history)

    @cached_property
    def remote(self) -> str | None:
        return choose_remote(self.history.git)

    @cached_property
    def store(self) -> LedgerStore:
        """The ledger's place, by [announce] ledger."""
        where = self.people.config.announce.ledger
        file = ledger_file(self.session.project, where, self.session.environ)
        if file is not None and not file.is_dir():
            return FileStore(file)
        if file is None and where == "git":
            return GitStore(self.history.git, self.remote, ledger_ref(self.history.layout.prefix))
        raise SharekitError(
            f"the ledger in [announce] cannot be {where!r}",
            hint='Write "git" or "file:PATH".',
        )

    @cached_property
    def ledger(self) -> Ledger:
        return Ledger(self.store, clock=self.session.clock, wait=self.session.wait)

    def state(
        self, rev: str = "HEAD", published: Mapping[str, object] | None = None
    ) -> DeclaredState:
        """What was declared at a commit."""
        history = self.history
        declared = history.declared(rev)
        if not declared.configured:
            raise SharekitError(f"there was no project at {rev} yet", hint="Name a later commit.")
        return DeclaredState(
            in_its_zone(history.moment(rev), self.people),
            self.as_of,
            declared.digests,
            published or {},
        )

    def declared(self, state: DeclaredState) -> DeclaredTexts:
        """What a state of the ledger declared, without addresses. Raises SharekitError where git no
        longer has it, save where a rewritten history was accepted: then what is gone counts as it
        stands at HEAD."""
        recalled = recall(self.history, state.moment.commit, state.digests, self.remote)
        if recalled.missing and not self.accept_rewrite:
            raise SharekitError(
                f"git no longer has {and_list(recalled.missing)} as announced last"
                f" ({(state.moment.commit or '')[:7]} of {state.moment.on:%Y-%m-%d})",
                hint=(
                    "If its history was rewritten on purpose, run sharekit announce"
                    " --accept-rewrite: of these files, what HEAD has then counts as announced."
                ),
            )
        return (
            filled(recalled, self.history.declared()) if recalled.missing else recalled.declared
        ).addressless

    def relation(self, earlier: str) -> Relation:
        """How HEAD stands to what was announced last; a shallow clone fetches as far as it must."""
        relation = self.history.relation(earlier)
        if relation != "unknown" or self.remote is None:
            return relation
        self.tell("Fetching older commits")
        return self.history.look_further(self.remote, earlier)

    def require_published(self) -> None:
        """Raises SharekitError where HEAD is not on the published branch: what is not merged is
        nobody's to hear."""
        branch = published_branch(self.history, self.remote, self.people.config.announce.branch)
        if branch is None or holds_head(self.history, self.remote, branch):
            return
        where = f"{branch.name} at {self.remote}" if self.remote else branch.name
        raise SharekitError(
            f"HEAD ({self.history.head[:7]}) is not on {where}, and only that branch is announced;"
            " nothing was sent",
            hint=(
                "Merge or push it first; --dry-run shows what it would announce. If another branch"
                " is the published one, name it in [announce] branch."
            ),
        )

    @property
    def records(self) -> Path:
        """A folder of git's own, which nobody commits or publishes, for each project of the
        repository."""
        ref = ledger_ref(self.history.layout.prefix)
        return self.history.common_dir / "sharekit" / ref.rpartition("/")[2]
