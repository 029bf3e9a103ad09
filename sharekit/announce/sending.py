"""Sending letters one by one, in rounds, until each has an answer or must wait for the next run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct, field

from sharekit.announce.channels.delivery import Channel, Deferred, Delivered, Outcome
from sharekit.announce.ledger.changes import record
from sharekit.announce.ledger.ledger import Delivery, DeliveryStatus, Ledger, LedgerView
from sharekit.announce.outbox_messages import OutboxMessage
from sharekit.announce.report import MessageResult
from sharekit.errors import OutsideError

PAUSES = (5.0, 30.0, 120.0)
"""Seconds before each further round with those who could not be served in the last one."""
SURE = timedelta(minutes=1)
"""How long a run counts on its claim, by its own clock, before it looks again: a keeper may have
said meanwhile that it is over."""
BATCH = 25
"""Answers after which the ledger is told, so that a lost machine loses few of them."""


class Recorder:
    """Puts answers on the disk at once and into the ledger in batches; sees that the claim is still
    the run's."""

    def __init__(
        self,
        ledger: Ledger,
        run: str,
        clock: Callable[[], datetime],
        journal: Callable[[Sequence[Delivery]], None],
        step: Callable[[str], None],
    ) -> None:
        self._ledger, self._run, self._clock, self._journal, self._step = (
            ledger,
            run,
            clock,
            journal,
            step,
        )
        self._looked_at = clock()
        self._fresh: list[Delivery] = []

    def hold(self) -> None:
        """Be sure of the claim for one more message. Raises OutsideError where that cannot be
        had."""
        if abs(self._clock() - self._looked_at) >= SURE:
            self._look(self._ledger.open())

    def _look(self, view: LedgerView) -> None:
        """Raises OutsideError where the claim is no longer this run's."""
        if not any(claim.run == self._run for claim in view.claims):
            raise OutsideError("another run took these messages over")
        self._looked_at = self._clock()

    def record(self, deliveries: Sequence[Delivery]) -> None:
        """One final answer, to all announcements that a message carries."""
        self._fresh += deliveries
        self._journal(deliveries)
        self._step("journaled")
        if len(self._fresh) >= BATCH:
            try:
                view = self._tell(self._fresh, None)
            except OutsideError:
                return  # the journal has them; the end of the run tells the ledger, or the next run does
            self._fresh = []
            self._look(view)

    def finish(self, others: Sequence[Delivery] = ()) -> None:
        """Tell the ledger all that it does not know, and let go of what is still open. Raises
        OutsideError."""
        self._tell([*self._fresh, *others], self._run)
        self._fresh = []
        self._step("recorded")

    def _tell(self, deliveries: list[Delivery], release: str | None) -> LedgerView:
        return self._ledger.amend(
            lambda view: record(view, deliveries, release=release, now=self._clock()),
            "Record what was sent",
        )


class Sender(Struct):
    """Tries every letter, and those that were deferred again after each pause."""

    channels: Mapping[str, Channel]
    wait: Callable[[float], None]
    clock: Callable[[], datetime]
    hold: Callable[[], None] = field(default=lambda: None)
    """Asked before each message; raises OutsideError to stop."""
    record: Callable[[Sequence[Delivery]], None] = field(default=lambda deliveries: None)
    """Told of each final answer before the next message goes."""
    step: Callable[[str], None] = field(default=lambda name: None)

    def send(self, messages: Sequence[OutboxMessage]) -> tuple[tuple[MessageResult, ...], str]:
        """What became of each letter, in their order, and why sending ended early ("" where it did
        not)."""
        results: dict[OutboxMessage, MessageResult] = {
            outbox_message: MessageResult(outbox_message.deliveries("pending", self.clock()))
            for outbox_message in messages
        }
        waiting, unsure = list(messages), set[OutboxMessage]()
        try:
            for pause in (0.0, *PAUSES):
                if pause:
                    self.wait(pause)
                waiting = self._round(waiting, results, unsure)
                if not waiting:
                    break
        except OutsideError as error:
            return tuple(results.values()), error.message
        return tuple(results.values()), ""

    def _round(
        self,
        messages: Sequence[OutboxMessage],
        results: dict[OutboxMessage, MessageResult],
        unsure: set[OutboxMessage],
    ) -> list[OutboxMessage]:
        """One try of each letter. Returns those worth another."""
        to_retry: list[OutboxMessage] = []
        down: dict[str, Deferred] = {}
        for message in messages:
            broken = down.get(message.channel)
            outcome = broken or self._try(message)
            results[message] = self._result(message, outcome)
            if not isinstance(outcome, Deferred):
                self.record(results[message].deliveries)
                continue
            if outcome.everyone:
                down[message.channel] = outcome
            if outcome.soon and message not in unsure:
                to_retry.append(message)
            if outcome.uncertain:
                unsure.add(message)  # one repeat in a run, not four
        return to_retry

    def _try(self, message: OutboxMessage) -> Outcome:
        channel = self.channels.get(message.channel)
        if channel is None:
            return Deferred(
                "its mail server or webhook is no longer configured", everyone=True, soon=False
            )
        self.hold()
        self.step("sending")
        outcome = channel.send(message.outgoing)
        self.step("answered")
        return outcome

    def _result(self, message: OutboxMessage, outcome: Outcome) -> MessageResult:
        now = self.clock()
        if isinstance(outcome, Delivered):
            return MessageResult(message.deliveries("sent", now, outcome.code))
        status: DeliveryStatus = "pending" if isinstance(outcome, Deferred) else "refused"
        permanent = isinstance(outcome, Deferred) and not outcome.soon
        return MessageResult(message.deliveries(status, now, outcome.code), outcome.why, permanent)
