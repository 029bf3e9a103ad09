"""One message to one recipient, and what can become of it: the contract of mail and webhooks."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import Protocol

from msgspec import Struct


@dataclass(frozen=True)
class OutgoingMessage:
    """A message, ready to go. What is sent are exactly these bytes."""

    id: str
    """By which the receiver of a webhook tells a repeat; "" for mail."""
    to: str = field(repr=False)
    """Where it goes: an address for mail, nothing for a webhook, which has one place only."""
    content: bytes = field(repr=False)


class Delivered(Struct, frozen=True):
    """The other side took the message over."""

    code: str


class RefusedMessage(Struct, frozen=True):
    """The other side will not take it, today or later: trying again is of no use."""

    code: str
    why: str


class Deferred(Struct, frozen=True):
    """It was not taken now; later it may be."""

    why: str
    code: str = ""
    everyone: bool = False
    """The channel is out of order, so that trying other recipients is of no use either."""
    soon: bool = True
    """Worth another try in this run; False where somebody must mend a setting first."""
    uncertain: bool = False
    """The message was handed over whole and the answer was lost: it may have arrived."""


Outcome = Delivered | RefusedMessage | Deferred


class Channel(Protocol):
    """Sends one message at a time; keeps its connection until `close`."""

    def send(self, outgoing: OutgoingMessage) -> Outcome:
        """Every failure is an Outcome; none holds a secret, a webhook's URL or somebody's
        address."""

    def close(self) -> None:
        """Say goodbye. Safe to call twice, and at any time."""


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only be this machine."""
    name = host.strip("[]").rstrip(".").lower()
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
