"""The order of announcing: read, decide, render, claim, send, record.

At most one run sends each message: whoever gets its claim into the ledger. A run may die anywhere.
Before its claim is in, nothing was sent. After it, the claim stands in the ledger with all that is
open, and a later run goes on with it once the run is known to be over: it said so itself, as every
run does that comes to an end; or it was of this machine, whose journal says what was answered and
whose lock says that nobody is at it; or the keeper says so. No clock decides. The one thing
that cannot be known is whether a server took a message whose answer never came: that message goes
out once more, with the same Message-ID and the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from sharekit.announce.channels.delivery import Channel
from sharekit.announce.decide import ApartError, Batch, Decider
from sharekit.announce.environment import (
    AnnouncedCommit,
    Compare,
    Environment,
    Options,
)
from sharekit.announce.ledger.changes import (
    advance,
    baseline,
    claim,
    record,
    take_over,
    upgrade,
)
from sharekit.announce.ledger.ledger import (
    OPEN,
    TRIES,
    Changes,
    Claim,
    Delivery,
    LedgerEntry,
    LedgerView,
)
from sharekit.announce.outbox import outbox
from sharekit.announce.outbox_messages import outbox_messages, trial_messages
from sharekit.announce.plan import (
    ids_of,
    require_channel,
)
from sharekit.announce.recipients import Recipient
from sharekit.announce.report import Ending, MessageResult, Report
from sharekit.announce.sending import Recorder, Sender
from sharekit.announce.settings import MAIL
from sharekit.errors import OutsideError, SharekitError
from sharekit.records import replace

_WOULD_BEGIN = (
    "The ledger is empty. The first announce records what is declared at HEAD, and sends nothing."
)
_NOTHING_PENDING = "The ledger is empty, so no earlier run left anything open."
_MERGE = "Merge the main branch, to see what would be announced."
OTHERS = (5.0, 30.0)
"""Seconds to wait for another run to finish before its messages are called unfinished."""


def announce(
    head: AnnouncedCommit, compare: Compare, environment: Environment, options: Options
) -> Report:
    """Tell the peers what was revised since they were last told, each of them once.

    Raises SharekitError for whatever stops it before anything is sent; what happens later is in the
    report."""
    require_channel(head.manifest)
    run = _Run(head, Decider(head, compare, environment, options), environment, options)
    if options.dry_run or options.to is not None:
        return run.preview()
    with environment.journal.lock():
        return run.execute()


class _Run(Struct, frozen=True):
    """One run: decides, claims, sends and records, or only shows what it would send."""

    head: AnnouncedCommit
    decider: Decider
    environment: Environment
    options: Options

    def preview(self) -> Report:
        """Render all that would be sent; for a trial, send it to one address. The ledger is only
        read."""
        view = self._open()
        return self._noting_base(view, self._preview(view))

    def _preview(self, view: LedgerView) -> Report:
        if view.empty and self.options.pending:
            return replace(self._report("dry-run"), notes=(_NOTHING_PENDING,))
        if view.empty and self.options.base is None:
            return replace(self._report("dry-run"), notes=(_WOULD_BEGIN,))
        try:
            batch = replace(self.decider.decide(view), entries=self._unfinished_entries(view))
        except ApartError as error:
            if self.options.to is not None:
                raise
            return replace(self._report("dry-run"), notes=(f"{error.message}.", _MERGE))
        date = self.head.state.moment.on
        mails = outbox_messages(
            batch.new, self.head.manifest, date, self.environment.hook_url, self.decider.ids(view)
        )
        self.environment.outbox.publish(outbox(batch.new, mails))
        self.environment.step("rendered")
        if self.options.to is None:
            results = tuple(
                MessageResult(outbox_message.deliveries("claimed", date))
                for outbox_message in mails
            )
            return self._report("older" if batch.older else "dry-run", batch, results)
        channel = self.environment.channels().get(MAIL)
        if channel is None:
            raise SharekitError("no sender address: set `from` under [mail]")
        someone = Recipient(self.options.to, "", self.options.to, trial=True)
        trials = trial_messages(
            mails, batch.new, someone, self.head.manifest, date, self.decider.ids(view)
        )
        try:
            results, stopped = Sender(
                {MAIL: channel}, self.environment.wait, self.environment.clock
            ).send(trials)
        finally:
            channel.close()
        return replace(self._report("trial", batch, results), stopped=stopped)

    def execute(self) -> Report:
        """The whole way, under this machine's lock."""
        self.head.require_published()
        deliveries, dead_runs = self._recover()
        view = self._in_todays_format(self._open())
        return self._noting_base(view, self._execute(view, deliveries, dead_runs))

    def _noting_base(self, view: LedgerView, report: Report) -> Report:
        """The report, saying so where the keeper named a base that counts for nothing."""
        return replace(report, base_unused=self.options.base is not None and not view.empty)

    def _execute(
        self, view: LedgerView, deliveries: tuple[Delivery, ...], dead_runs: frozenset[str]
    ) -> Report:
        if self.options.drop:
            view = self._drop(view)
        if view.empty and self.options.pending:
            return replace(self._report("nothing"), notes=(_NOTHING_PENDING,))
        if view.empty and self.options.base is None:
            return self._begin(view)
        batch, claimed_at = self._claim(view, dead_runs)
        if claimed_at is None:
            self.environment.journal.begin(self.environment.run, dead_runs if batch.older else ())
            if view.empty:
                return self._begin(self._open(), batch)
            ending: Ending = "older" if batch.older else "nothing"
            return replace(
                self._report(ending, batch),
                confirmed=deliveries,
                others=self._wait_for(batch.others),
            )
        report = self._send(batch)
        return replace(report, confirmed=deliveries, others=self._wait_for(batch.others))

    def _unfinished_entries(self, view: LedgerView) -> tuple[LedgerEntry, ...]:
        return (
            ()
            if view.empty
            else view.entries(key for open_claim in view.open_claims for key in open_claim.keys)
        )

    # -- before sending
    # ----------------------------------------------------------------------------------

    def _recover(self) -> tuple[tuple[Delivery, ...], frozenset[str]]:
        """Bring what a dead run was answered into the ledger. Returns that, and the runs known to
        be over."""
        unfinished = self.environment.journal.unfinished()
        if unfinished.deliveries:
            now = self.environment.clock()
            self.environment.ledger.amend(
                lambda view: record(view, unfinished.deliveries, now=now), "Record what was sent"
            )
        return unfinished.deliveries, unfinished.runs

    def _open(self) -> LedgerView:
        view = self.environment.ledger.open()
        self.environment.step("opened")
        return view

    def _in_todays_format(self, view: LedgerView) -> LedgerView:
        """A ledger that an earlier sharekit wrote is written anew in today's format, and without
        its earlier versions, which hold the texts of files."""
        if not view.outdated:
            return view
        self.environment.ledger.amend(
            lambda view: upgrade(view, ids_of(self.head.manifest)) if view.outdated else {},
            "Move on to format 2",
            afresh=True,
        )
        return self._open()

    def _begin(self, view: LedgerView, batch: Batch | None = None) -> Report:
        """An empty ledger: what is declared now counts as announced, and nothing is sent. Where
        something waits, what the keeper named counts, so that it is still found the next time."""
        state = batch.announced if batch and batch.held else self.head.state
        first = baseline(state, self.decider.ids(view))
        if not view.empty or not self.environment.ledger.write(view, first, "Begin the ledger"):
            return replace(
                self._report("nothing"), notes=("Another run has just begun the ledger.",)
            )
        self.environment.step("recorded")
        return self._report("baseline", batch)

    def _drop(self, view: LedgerView) -> LedgerView:
        keys = {entry.key for entry in view.entries()}
        unknown = [key for key in self.options.drop if key not in keys]
        if unknown:
            raise SharekitError(
                f"the ledger has no announcement {unknown[0]}",
                hint="sharekit ledger lists their keys.",
            )
        now = self.environment.clock()

        def give_up(view: LedgerView) -> Changes:
            unsent = OPEN | {"refused"}
            open_ones = [
                delivery
                for delivery in view.deliveries(self.options.drop)
                if delivery.status in unsent
            ]
            return record(
                view,
                [replace(delivery, status="dropped", at=now) for delivery in open_ones],
                now=now,
            )

        self.environment.ledger.amend(give_up, "Give up what the keeper named")
        return self.environment.ledger.open()

    def _claim(self, view: LedgerView, dead_runs: frozenset[str]) -> tuple[Batch, datetime | None]:
        """Get the claim into the ledger; where another run was faster, decide anew from what it
        left.

        Returns the time of the claim, None where there is nothing to claim.
        """
        for _ in range(TRIES):
            batch = self.decider.with_unfinished(view, self.decider.decide(view), dead_runs)
            if not (batch.new or batch.resumed):
                if self._keep(view, batch):
                    return batch, None
                view = self._open()
                continue
            self.environment.channels()  # settings that cannot work are said before anything is claimed
            now = self.environment.clock().replace(microsecond=0)
            new_messages = outbox_messages(
                batch.new,
                self.head.manifest,
                now,
                self.environment.hook_url,
                self.decider.ids(view),
            )
            batch = replace(batch, messages=(*batch.messages, *new_messages))
            self._guard(batch)
            self._put_out(batch)
            if self._write_claim(view, batch, now):
                self.environment.step("claimed")
                return batch, now
            view = self._open()
        raise OutsideError(
            "other runs keep writing the ledger, so nothing was claimed", hint="Run it again."
        )

    def _write_claim(self, view: LedgerView, batch: Batch, now: datetime) -> bool:
        try:
            return self.environment.ledger.write(
                view, self._claiming(view, batch, now), _claim_message(batch)
            )
        except (KeyboardInterrupt, SystemExit):
            self._recorder().finish()  # the claim may be in, and nobody is to wait for this run
            raise

    def _keep(self, view: LedgerView, batch: Batch) -> bool:
        """Have the ledger know what is published now, though nothing is to be sent; False where
        others were faster."""
        if batch.after is None or view.empty:
            return True
        return self.environment.ledger.write(
            view, advance(view, batch.after, batch.moves), "Keep what is published"
        )

    def _guard(self, batch: Batch) -> None:
        count, most = len(batch.messages), self.options.max_messages
        if count > most:
            raise SharekitError(
                f"{count} messages would go out, more than the {most} of --max-messages; nothing"
                " was sent",
                hint=(
                    "Look at them with --dry-run. If they are meant: sharekit announce"
                    f" --max-messages {count}"
                ),
            )

    def _put_out(self, batch: Batch) -> None:
        self.environment.outbox.publish(outbox(batch.new, batch.messages, batch.entries))
        self.environment.journal.begin(
            self.environment.run, {resumed_claim.run for resumed_claim in batch.resumed}
        )
        self.environment.journal.keep(outbox_message.content for outbox_message in batch.messages)
        self.environment.step("rendered")

    def _claiming(self, view: LedgerView, batch: Batch, now: datetime) -> Changes:
        run, place = self.environment.run, self.environment.place
        changes = take_over(batch.resumed, run=run, place=place)
        if batch.new:
            new_keys = {announcement.key for announcement in batch.new}
            changes |= claim(
                view,
                before=batch.announced,
                after=batch.after or self.decider.state_after(batch.announced),
                run=run,
                entries=[announcement.entry(now, self.head.commit) for announcement in batch.new],
                deliveries=[
                    delivery
                    for outbox_message in batch.messages
                    if new_keys.issuperset(outbox_message.keys)
                    for delivery in outbox_message.deliveries("claimed", now)
                ],
                moves=batch.moves,
                ids=self.decider.ids(view),
                place=place,
            )
        elif batch.after is not None:
            changes |= advance(view, batch.after, batch.moves)
        return changes

    # -- sending
    # -----------------------------------------------------------------------------------------

    def _send(self, batch: Batch) -> Report:
        """Send every letter, journal each answer, record them all."""
        environment, recorder = self.environment, self._recorder()
        channels: Mapping[str, Channel] = {}
        try:
            channels = environment.channels()
            sender = Sender(
                channels,
                environment.wait,
                environment.clock,
                recorder.hold,
                recorder.record,
                environment.step,
            )
            results, stopped = sender.send(batch.messages)
        except (Exception, KeyboardInterrupt, SystemExit):
            recorder.finish()  # what was answered so far; the rest is free for the next run
            raise
        finally:
            for channel in channels.values():
                channel.close()
        report = replace(self._report("sent", batch, results), stopped=stopped)
        waiting = [
            delivery for result in report.with_status("pending") for delivery in result.deliveries
        ]
        try:
            recorder.finish([*waiting, *batch.gone])
        except OutsideError as error:
            lasting = error.exit_code == SharekitError.exit_code
            return replace(report, unrecorded=error.message, permanent=lasting)
        environment.journal.begin(environment.run, ())
        environment.journal.sweep(delivery.sha256 for delivery in waiting)
        return report

    def _recorder(self) -> Recorder:
        environment = self.environment
        return Recorder(
            environment.ledger,
            environment.run,
            environment.clock,
            environment.journal.add,
            environment.step,
        )

    def _wait_for(self, others: tuple[Claim, ...]) -> tuple[Claim, ...]:
        """Give other runs a moment to finish. Returns the claims that they still hold."""
        open_claims = others
        for pause in OTHERS:
            if not open_claims:
                break
            self.environment.wait(pause)
            open_ids = {open_claim.id for open_claim in self.environment.ledger.open().open_claims}
            open_claims = tuple(
                waited_claim for waited_claim in open_claims if waited_claim.id in open_ids
            )
        return open_claims

    def _report(
        self, ending: Ending, batch: Batch | None = None, results: tuple[MessageResult, ...] = ()
    ) -> Report:
        return Report(
            ending,
            self.head.commit,
            self.environment.ledger.where,
            announcements=batch.new if batch else (),
            resumed=batch.entries if batch else (),
            lost=batch.lost if batch else (),
            results=results,
            held=batch.held if batch else (),
            behind=batch.announced.as_of
            if batch and self.decider.looks_back(batch.announced)
            else None,
        )


def _claim_message(batch: Batch) -> str:
    keys = [announcement.key for announcement in batch.new] + [entry.key for entry in batch.entries]
    return f"Claim {', '.join(keys)}"
