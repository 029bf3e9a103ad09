"""Announcements to chat and to machines: one POST each, over https, to an address that is itself a
secret.

Slack and Teams know a sender by the address alone. For machines a request follows Standard Webhooks
(https://www.standardwebhooks.com): `webhook-id` (and `Idempotency-Key`: the same for every repeat),
`webhook-timestamp`, and `webhook-signature: v1,` with the base64 of HMAC-SHA256 over
`id.timestamp.body` under a shared key of 24 to 64 bytes."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ssl
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Literal
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, OpenerDirector, Request, build_opener

from sharekit.announce.channels.delivery import (
    Deferred,
    Delivered,
    Outcome,
    OutgoingMessage,
    RefusedMessage,
    is_loopback,
)
from sharekit.errors import SharekitError

WebhookKind = Literal["slack", "teams", "json"]
KEY_BYTES = range(24, 65)
"""Length of a signing key, by Standard Webhooks: 192 to 512 bits."""
_LATER = frozenset({408, 425, 429})
"""Codes below 500 that ask to come again."""


@dataclass(frozen=True)
class WebhookSettings:
    """Where one webhook leads. Raises SharekitError for an address or a key that cannot be used."""

    name: str
    kind: WebhookKind
    url: str = field(repr=False)
    secret: str | None = field(default=None, repr=False)
    """Key that signs `json` messages; `whsec_` and base64, or any text."""
    seconds: float = 30.0
    """Longest wait for any single answer."""

    def __post_init__(self) -> None:
        try:
            url_parts = urlsplit(self.url)
            host = url_parts.hostname or ""
            good = bool(host) and (
                url_parts.scheme == "https" or (url_parts.scheme == "http" and is_loopback(host))
            )
        except ValueError:
            good = False
        if not good or not self.url.isascii() or not self.url.isprintable() or " " in self.url:
            raise SharekitError(
                f"the address of webhook {self.name} is not an https address",
                hint=(
                    "Set the environment variable that its url names to the whole address,"
                    " beginning with https://."
                ),
            )
        if self.secret is not None:
            _key(self.secret)


class _NoRedirect(HTTPRedirectHandler):
    """An address that leads elsewhere is not followed: the message was meant for this one."""

    def redirect_request(
        self,
        req: Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> None:
        return None


class WebhookChannel:
    """Posts to one webhook. `clock` dates the signatures."""

    def __init__(self, settings: WebhookSettings, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._clock = clock
        self._opener: OpenerDirector = build_opener(
            _NoRedirect, HTTPSHandler(context=ssl.create_default_context())
        )

    def send(self, outgoing: OutgoingMessage) -> Outcome:
        name, headers = self._settings.name, self._headers(outgoing)
        request = Request(self._settings.url, data=outgoing.content, headers=headers, method="POST")
        try:
            with self._opener.open(request, timeout=self._settings.seconds) as answer:
                return Delivered(str(answer.status))
        except HTTPError as error:
            error.close()
            return self._failed_outcome(error.code)
        except URLError as error:
            lasting = isinstance(error.reason, ssl.SSLCertVerificationError)
            return Deferred(
                f"webhook {name} cannot be reached: {_kind(error.reason)}",
                everyone=True,
                soon=not lasting,
            )
        except (http.client.HTTPException, OSError, ValueError):
            return Deferred(f"webhook {name} did not confirm delivery", uncertain=True)

    def close(self) -> None:
        self._opener.close()

    def _failed_outcome(self, code: int) -> Outcome:
        name = self._settings.name
        if code in _LATER or code >= 500:
            return Deferred(f"webhook {name} asks to retry later ({code})", str(code))
        if 300 <= code < 400:
            return RefusedMessage(
                str(code), f"webhook {name} redirects ({code}), which is not followed"
            )
        return RefusedMessage(str(code), f"webhook {name} refuses the message ({code})")

    def _headers(self, outgoing: OutgoingMessage) -> dict[str, str]:
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "sharekit"}
        if self._settings.kind != "json":
            return headers
        stamp = str(int(self._clock().timestamp()))
        headers |= {
            "Idempotency-Key": outgoing.id,
            "webhook-id": outgoing.id,
            "webhook-timestamp": stamp,
        }
        if self._settings.secret:
            headers["webhook-signature"] = signature(
                self._settings.secret, outgoing.id, stamp, outgoing.content
            )
        return headers


def signature(secret: str, key: str, stamp: str, body: bytes) -> str:
    """`v1,` and the base64 of HMAC-SHA256 over `key.stamp.body`, as receivers compute it too."""
    digest = hmac.new(_key(secret), f"{key}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{b64encode(digest).decode('ascii')}"


def _key(secret: str) -> bytes:
    key = secret.encode()
    if secret.startswith("whsec_"):
        try:
            key = b64decode(secret.removeprefix("whsec_"), validate=True)
        except ValueError:
            raise SharekitError(
                "a webhook's secret begins with whsec_, but what follows is not base64",
                hint="Copy it once more, whole.",
            ) from None
    if len(key) not in KEY_BYTES:
        raise SharekitError(
            f"a webhook's secret is {len(key)} bytes long, and a signing key has"
            f" {KEY_BYTES[0]} to {KEY_BYTES[-1]}",
            hint="Make one, and give it to both sides: echo whsec_$(openssl rand -base64 32)",
        )
    return key


def _kind(reason: object) -> str:
    if isinstance(reason, TimeoutError):
        return "it did not answer in time"
    if isinstance(reason, ssl.SSLCertVerificationError):
        return "its certificate cannot be trusted"
    return (
        reason.strerror.lower()
        if isinstance(reason, OSError) and reason.strerror
        else "the connection failed"
    )
