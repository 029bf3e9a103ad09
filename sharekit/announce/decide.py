"""What a run has to do, as of one view of the ledger: what is new between the state announced last
and HEAD, and what earlier runs left open."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct, field

from sharekit.announce.answer_mails import ANSWER, plan_answers, rebuilt_answer
from sharekit.announce.digests import DIGEST, plan_digests, rebuilt_pre_read
from sharekit.announce.environment import (
    AnnouncedCommit,
    Compare,
    Environment,
    Options,
    StateComparison,
)
from sharekit.announce.ledger.changes import Moves
from sharekit.announce.ledger.ids import Ids
from sharekit.announce.ledger.ledger import (
    Claim,
    DeclaredState,
    Delivery,
    LedgerEntry,
    LedgerView,
)
from sharekit.announce.outbox_messages import OutboxMessage
from sharekit.announce.plan import (
    Announcement,
    ids_of,
    plan,
    rebuilt_announcement,
    require_notes,
)
from sharekit.announce.resume import resume
from sharekit.errors import SharekitError
from sharekit.records import replace
from sharekit.revisions.published_values import merge_published, moves_to_json
from sharekit.revisions.revision import Revision


class ApartError(SharekitError):
    """HEAD is on another line than what was announced last."""


class Batch(Struct, frozen=True):
    """What there is to do, as of one view of the ledger."""

    announced: DeclaredState
    new: tuple[Announcement, ...] = ()
    resumed: tuple[Claim, ...] = ()
    entries: tuple[LedgerEntry, ...] = ()
    """Of the resumed claims."""
    messages: tuple[OutboxMessage, ...] = ()
    gone: tuple[Delivery, ...] = ()
    """Of recipients who are no longer to be written to, or have another key by now."""
    lost: tuple[LedgerEntry, ...] = ()
    others: tuple[Claim, ...] = ()
    older: bool = False
    after: DeclaredState | None = None
    """What counts as told from then on; None where that is what counts already."""
    held: tuple[Revision, ...] = ()
    """Revisions that wait until their query runs."""
    moves: Moves = field(default_factory=dict)
    """What moved by itself since, for the pages to tell as long as there is a ledger."""


class Decider(Struct, frozen=True):
    """Decides what is to be sent of one commit."""

    head: AnnouncedCommit
    compare: Compare
    environment: Environment
    options: Options

    def decide(self, view: LedgerView) -> Batch:
        """What is new between the state announced last and HEAD."""
        declared_state = (
            self.options.base if view.empty and self.options.base is not None else view.announced
        )
        older = self._is_older_than(declared_state)
        if older or self.options.pending:
            return Batch(declared_state, older=older)
        digests = self._digests(view)
        after = self.state_after(declared_state)
        same = (
            declared_state.digests == after.digests and declared_state.published == after.published
        )
        if same and not declared_state.held:
            moves = self._moves_on(declared_state)
            return Batch(declared_state, digests, after=after if moves else None)
        compared = self.compare(declared_state, after)
        require_notes((*compared.revisions, *compared.held))
        after = self._holding(view, declared_state, after, compared.held)
        manifest, ids = self.head.manifest, self.ids(view)
        new = plan(compared.revisions, manifest, compared.writer, view.thread, ids)
        new += plan_answers(compared.answers, manifest, view.thread, ids)
        self.environment.step("decided")
        return Batch(
            declared_state,
            (*new, *digests),
            after=after,
            held=compared.held,
            moves=moves_to_json(compared.revisions),
        )

    def _moves_on(self, announced: DeclaredState) -> bool:
        """Whether the ledger is to know this commit although nothing is new: what was revised and
        taken back in between is nobody's to hear from a job that comes late, and a rewrite that was
        accepted is not to be asked about again."""
        commit = announced.moment.commit
        if commit is None or commit == self.head.commit:
            return False
        return self.options.accept_rewrite or self.head.touched_since(commit)

    def _holding(
        self,
        view: LedgerView,
        announced: DeclaredState,
        after: DeclaredState,
        held: tuple[Revision, ...],
    ) -> DeclaredState:
        """What counts as told from then on, save what waits: of that the state counts that was told
        about it last."""
        current = 1 if view.empty else view.current
        return replace(
            after,
            held={revision.item: announced.held.get(revision.item, current) for revision in held},
        )

    def state_after(self, announced: DeclaredState) -> DeclaredState:
        """The state at HEAD. A number that could not be had today stands where it stood, and so
        does every one where the numbers at hand are of an earlier day than those that were told:
        the later day stays theirs."""
        published_now = {} if self.looks_back(announced) else self.head.state.published
        return replace(
            self.head.state,
            as_of=max(announced.as_of, self.head.state.as_of),
            published=merge_published(
                announced.published, published_now, self.head.manifest.metrics
            ),
        )

    def looks_back(self, announced: DeclaredState) -> bool:
        """Whether the numbers at hand are of an earlier day than those that were told."""
        return self.head.state.as_of < announced.as_of

    def _digests(self, view: LedgerView) -> tuple[Announcement, ...]:
        """Pre-reads that were not announced yet."""
        if not self.options.digest:
            return ()
        sent = () if view.empty else [entry.key for entry in view.entries()]
        return plan_digests(
            self.environment.digests(), self.head.manifest, sent, view.deliveries, self.ids(view)
        )

    def _is_older_than(self, announced: DeclaredState) -> bool:
        """Whether HEAD is older than what was announced. Raises SharekitError where it is on
        another line."""
        commit = announced.moment.commit
        relation = (
            "same" if commit is None or self.options.accept_rewrite else self.head.relation(commit)
        )
        if relation in ("same", "follows"):
            return False
        if relation == "older":
            return True
        day = f"{announced.moment.on:%Y-%m-%d}"
        raise ApartError(
            f"HEAD ({self.head.commit[:7]}) does not follow {(commit or '')[:7]} of {day}, which"
            " was announced last",
            hint=(
                "Announce from the branch that is published. If its history was rewritten on"
                " purpose, run sharekit announce --accept-rewrite: what is declared is then"
                " compared with what was announced last."
            ),
        )

    def with_unfinished(self, view: LedgerView, batch: Batch, dead_runs: frozenset[str]) -> Batch:
        """Add what earlier runs left open, so far as they are over."""
        if view.empty or batch.older:
            return batch
        now, head = self.environment.clock(), self.head
        free = tuple(
            free_claim for free_claim in view.claims if self._is_free(free_claim, dead_runs)
        )
        surroundings = (
            self.environment.journal,
            self._remaker(view),
            now,
            self.environment.hook_url,
            self.ids(view),
        )
        resumed = {
            free_claim: resume(view, free_claim, head.manifest, *surroundings)
            for free_claim in free
        }
        todo = {
            free_claim: resumed_claim
            for free_claim, resumed_claim in resumed.items()
            if resumed_claim.messages
            or resumed_claim.gone
            or resumed_claim.renamed
            or resumed_claim.lost
        }
        resumed_claims = todo.values()
        return replace(
            batch,
            resumed=tuple(todo),
            others=tuple(open_claim for open_claim in view.open_claims if open_claim not in free),
            entries=tuple(
                entry for resumed_claim in resumed_claims for entry in resumed_claim.entries
            ),
            messages=tuple(
                outbox_message
                for resumed_claim in resumed_claims
                for outbox_message in resumed_claim.messages
            ),
            gone=tuple(
                delivery
                for resumed_claim in resumed_claims
                for delivery in (*resumed_claim.gone, *resumed_claim.renamed)
            ),
            lost=tuple(entry for resumed_claim in resumed_claims for entry in resumed_claim.lost),
        )

    def _is_free(self, claim: Claim, dead_runs: frozenset[str]) -> bool:
        """Whether the run that held a claim is over: by its own word, by this machine's lock, or by
        the keeper's word. Never by the time that passed: no clock tells a lost run from a slow one,
        and two machines need not agree on the hour."""
        return not claim.run or claim.run in dead_runs or self.options.take_over

    def _remaker(self, view: LedgerView) -> Callable[[Claim, LedgerEntry], Announcement | None]:
        """Makes announcements of a claim anew; compares its states once."""
        compared: dict[str, StateComparison] = {}
        ids = self.ids(view)

        def remake(claim: Claim, entry: LedgerEntry) -> Announcement | None:
            if entry.kind == DIGEST:
                return rebuilt_pre_read(entry, self.environment.digests(), self.head.manifest, ids)
            if claim.id not in compared:
                compared[claim.id] = self.compare(view.state(claim.before), view.state(claim.after))
            state_comparison = compared[claim.id]
            if entry.kind == ANSWER:
                return rebuilt_answer(
                    entry, state_comparison.answers, self.head.manifest, view.thread, ids
                )
            return rebuilt_announcement(
                entry,
                (*state_comparison.revisions, *state_comparison.held),
                self.head.manifest,
                state_comparison.writer,
                view.thread,
                ids,
            )

        return remake

    def ids(self, view: LedgerView) -> Ids:
        return view.ids or ids_of(self.head.manifest)
