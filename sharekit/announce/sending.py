"""Sending letters one by one, in rounds, until each has an answer or must wait for the next run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct, field

from sharekit.announce.channels.delivery import Channel, Deferred, Delivered, Outcome
from sharekit.announce.ledger.changes import record, take_over
from sharekit.announce.ledger.ledger import Claim, Delivery, DeliveryStatus, Ledger
from sharekit.announce.outbox_messages import OutboxMessage
from sharekit.announce.report import MessageResult
from sharekit.errors import OutsideError

PAUSES = (5.0, 30.0, 120.0)
"""Seconds before each further round with those who could not be served in the last one."""
LEASE = timedelta(minutes=15)
"""How long a claim keeps other runs away."""
RENEW = timedelta(minutes=10)
"""A lease with less left than this is renewed before the next message."""
LONGEST = timedelta(minutes=6)
"""No single message takes longer: connecting and sending each have a limit, and may happen
twice."""
BATCH = 25
"""Answers after which the ledger is told, so that a lost machine loses few of them."""


class Recorder:
    """Puts answers on the disk at once and into the ledger in batches; keeps the run's lease."""

    def __init__(
        self,
        ledger: Ledger,
        run: str,
        clock: Callable[[], datetime],
        lease_until: datetime,
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
        self._lease_until = lease_until
        self._fresh: list[Delivery] = []

    def hold(self) -> None:
        """Be sure of the claim for one more message. Raises OutsideError where that cannot be
        had."""
        now = self._clock()
        if self._lease_until - now >= RENEW:
            return
        until = now + LEASE
        try:
            view = self._ledger.amend(
                lambda view: take_over(
                    self._own_claims(view.claims), run=self._run, lease_until=until
                ),
                "Go on sending",
            )
        except OutsideError:
            if self._lease_until - now >= LONGEST:
                return  # the lease still covers this message
            raise
        if not self._own_claims(view.claims):
            raise OutsideError("another run took these messages over")
        self._lease_until = until

    def _own_claims(self, claims: Sequence[Claim]) -> list[Claim]:
        return [claim for claim in claims if claim.run == self._run]

    def record(self, deliveries: Sequence[Delivery]) -> None:
        """One final answer, to all announcements that a message carries."""
        self._journal(deliveries)
        self._step("journaled")
        self._fresh += deliveries
        if len(self._fresh) >= BATCH:
            try:
                self._tell(self._fresh, None)
            except OutsideError:
                return  # the journal has them; the end of the run tells the ledger, or the next run does
            self._fresh = []

    def finish(self, others: Sequence[Delivery] = ()) -> None:
        """Tell the ledger all that it does not know, and let go of what is still open. Raises
        OutsideError."""
        self._tell([*self._fresh, *others], self._run)
        self._fresh = []
        self._step("recorded")

    def _tell(self, deliveries: list[Delivery], release: str | None) -> None:
        self._ledger.amend(
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
