"""Mail by SMTP: one recipient a message, over one connection that is encrypted and verified off
this machine.

Every step has a time limit, and so has each message as a whole, since whoever holds the ledger's
claim counts on it."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from base64 import b64encode
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sharekit.announce.channels.certificates import valid_until
from sharekit.announce.channels.delivery import (
    Deferred,
    Delivered,
    Outcome,
    OutgoingMessage,
    RefusedMessage,
    is_loopback,
)
from sharekit.errors import SharekitError
from sharekit.timing import time_limit

Security = Literal["starttls", "tls", "none"]
PORTS: dict[Security, int] = {"starttls": 587, "tls": 465, "none": 25}
"""Ports where settings name none: submission (RFC 6409), submission over TLS (RFC 8314), and a
local relay."""
_MOST_REPLY = 160
"""Most characters of a server's own words that are passed on."""


@dataclass(frozen=True)
class SmtpSettings:
    """How to reach the mail server. Raises SharekitError where it would send in clear text off this
    machine."""

    host: str
    sender: str
    """Address for the envelope: where bounces go."""
    port: int | None = None
    security: Security = "starttls"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    """Certificates to trust, besides the system's."""
    step_seconds: float = 30.0
    """Longest wait for any single answer."""
    message_seconds: float = 150.0
    """Longest time for one message with all its steps, and as long again for connecting."""

    def __post_init__(self) -> None:
        if self.security == "none" and not is_loopback(self.host):
            raise SharekitError(
                'security = "none" works for a mail server on this machine only, not for'
                f" {self.host}",
                hint='Use "starttls" (port 587) or "tls" (port 465).',
            )

    @property
    def server(self) -> str:
        return f"{self.host}:{self.port or PORTS[self.security]}"


class _NoConnectionError(Exception):
    """The connection cannot be had; carries what to say about it."""

    def __init__(self, outcome: Deferred) -> None:
        super().__init__(outcome.why)
        self.outcome = outcome


class SmtpChannel:
    """One connection, made when the first message goes, made again when it broke."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._smtp: smtplib.SMTP | None = None
        self._socket: socket.socket | None = None
        self._tls = _context(settings.ca_file) if settings.security != "none" else None

    def send(self, outgoing: OutgoingMessage) -> Outcome:
        """Hand one message over. A connection that went stale since the last message is replaced at
        once."""
        fresh = self._smtp is None
        outcome = self._try(outgoing)
        stale = isinstance(outcome, Deferred) and outcome.everyone and outcome.soon
        return self._try(outgoing) if stale and not fresh else outcome

    def probe(self) -> Outcome:
        """Connect, encrypt, log in, and ask whether the sender may send; no message follows."""
        try:
            smtp = self._connect()
            with time_limit(self._settings.step_seconds, self._shut_down):
                code, reply = smtp.mail(self._settings.sender)
        except _NoConnectionError as stop:
            self._drop()
            return stop.outcome
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            why = f"the connection to {self._settings.server} broke: {_kind(error)}"
            return Deferred(why, everyone=True)
        self._reset()
        return Delivered(_numbers(code, reply)) if code == 250 else self._not_from(code, reply)

    def certificate_until(self) -> datetime | None:
        """Until when the server's certificate is valid; None without a connection or encryption."""
        return valid_until(self._smtp.sock if self._smtp is not None else None)

    def close(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            with (
                suppress(smtplib.SMTPException, OSError),
                time_limit(self._settings.step_seconds, self._shut_down),
            ):
                smtp.docmd("QUIT")
            smtp.close()
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    # -- one message
    # -------------------------------------------------------------------------------------

    def _try(self, outgoing: OutgoingMessage) -> Outcome:
        handed = [False]
        try:
            smtp = self._smtp or self._connect()
            with time_limit(self._settings.message_seconds, self._shut_down):
                outcome = self._transfer(smtp, outgoing, handed)
        except _NoConnectionError as stop:
            self._drop()
            return stop.outcome
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            if handed[0]:
                return Deferred(
                    f"{self._settings.server} closed the connection before confirming delivery",
                    uncertain=True,
                )
            return Deferred(
                f"the connection to {self._settings.server} broke: {_kind(error)}", everyone=True
            )
        except (
            BaseException
        ):  # Ctrl-C in the middle of a message: no farewell, which a silent server would hold up
            self._drop()
            raise
        if isinstance(outcome, Deferred) and outcome.everyone:
            self._drop()
        elif not isinstance(outcome, Delivered):
            self._reset()
        return outcome

    def _transfer(
        self, smtp: smtplib.SMTP, outgoing: OutgoingMessage, handed: list[bool]
    ) -> Outcome:
        options = []
        if not outgoing.to.isascii() or not self._settings.sender.isascii():
            if not smtp.has_extn("smtputf8"):
                return RefusedMessage(
                    "",
                    f"{self._settings.server} does not accept addresses with letters outside ASCII",
                )
            options = ["SMTPUTF8", "BODY=8BITMIME"]
        if smtp.has_extn("size"):
            options.append(f"SIZE={len(outgoing.content)}")
        code, reply = smtp.mail(self._settings.sender, options)
        if code != 250:
            return self._not_from(code, reply)
        code, reply = smtp.rcpt(outgoing.to)
        if code not in (250, 251):
            return self._not_now(code, reply, "the address")
        code, reply = smtp.docmd("DATA")
        if code != 354:
            return self._not_now(code, reply, "the message")
        smtp.send(dotted(outgoing.content))
        handed[0] = True
        code, reply = smtp.getreply()
        if code == 250:
            return Delivered(_numbers(code, reply))
        if code < 400:
            raise smtplib.SMTPServerDisconnected("not an SMTP reply")
        return self._not_now(code, reply, "the message")

    def _not_from(self, code: int, reply: bytes) -> Outcome:
        """MAIL was refused: no recipient's fault, save for one message that is too large."""
        if code == 552:
            return RefusedMessage(
                _numbers(code, reply),
                f"the message is too large for the server: {self._plain_reply(code, reply)}",
            )
        why = f"{self._settings.server} rejects the sender: {self._plain_reply(code, reply)}"
        return Deferred(why, _numbers(code, reply), everyone=True, soon=code < 500)

    def _not_now(self, code: int, reply: bytes, what: str) -> Outcome:
        answer, numbers = self._plain_reply(code, reply), _numbers(code, reply)
        if code == 421 or code < 400:
            return Deferred(
                f"{self._settings.server} ends the connection: {answer}", numbers, everyone=True
            )
        if code < 500:
            return Deferred(f"{what} was not accepted for now: {answer}", numbers)
        if code in (
            500,
            501,
            502,
            503,
            504,
            530,
            535,
            538,
        ):  # about our commands and our login, not the recipient
            return Deferred(
                f"{self._settings.server} does not accept us: {answer}",
                numbers,
                everyone=True,
                soon=False,
            )
        return RefusedMessage(numbers, f"{what} was refused: {answer}")

    def _reset(self) -> None:
        try:
            with time_limit(self._settings.step_seconds, self._shut_down):
                if self._smtp is not None and self._smtp.rset()[0] != 250:
                    self._drop()
        except (smtplib.SMTPException, OSError):
            self._drop()

    def _drop(self) -> None:
        """Let go of a connection without a word."""
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    # -- the connection
    # ----------------------------------------------------------------------------------

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        smtp = self._smtp = smtplib.SMTP(local_hostname=_own_name(), timeout=settings.step_seconds)
        port = settings.port or PORTS[settings.security]
        try:
            self._socket = socket.create_connection(
                (settings.host, port), timeout=settings.step_seconds
            )
            with time_limit(settings.message_seconds, self._shut_down):
                self._greet(smtp, self._socket)
                if settings.user is not None:
                    self._log_in(smtp)
        except ssl.SSLCertVerificationError as error:
            why = f"the certificate of {settings.server} cannot be trusted: {error.verify_message}"
            raise _NoConnectionError(Deferred(why, everyone=True, soon=False)) from None
        except (smtplib.SMTPException, OSError) as error:
            raise _NoConnectionError(
                Deferred(f"{settings.server} cannot be reached: {_kind(error)}", everyone=True)
            ) from None
        return smtp

    def _greet(self, smtp: smtplib.SMTP, plain: socket.socket) -> None:
        """From the bare connection to a greeted, encrypted one."""
        if self._settings.security == "none" and not is_loopback(str(plain.getpeername()[0])):
            raise self._never(
                f"{self._settings.server} is not on this machine, and security is none"
            )
        self._use(smtp, self._encrypted(plain) if self._settings.security == "tls" else plain)
        code, reply = smtp.getreply()
        if code != 220:
            why = f"{self._settings.server} sent no greeting: {self._plain_reply(code, reply)}"
            raise _NoConnectionError(Deferred(why, everyone=True, soon=code < 500))
        smtp.ehlo_or_helo_if_needed()
        if self._settings.security == "starttls":
            if not smtp.has_extn("starttls"):
                raise self._never(
                    f"{self._settings.server} offers no STARTTLS, so nothing was sent to it"
                )
            code, reply = smtp.docmd("STARTTLS")
            if code != 220:
                why = (
                    f"{self._settings.server} does not start TLS: {self._plain_reply(code, reply)}"
                )
                raise _NoConnectionError(Deferred(why, everyone=True, soon=code < 500))
            self._use(smtp, self._encrypted(plain))
            smtp.ehlo_or_helo_if_needed()

    def _encrypted(self, plain: socket.socket) -> socket.socket:
        assert self._tls is not None
        wrapped = self._tls.wrap_socket(
            plain, server_hostname=self._settings.host, do_handshake_on_connect=False
        )
        self._socket = wrapped  # before the handshake, so that the time limit can cut it off
        wrapped.do_handshake()
        return wrapped

    def _use(self, smtp: smtplib.SMTP, stream: socket.socket) -> None:
        """Speak over this stream from now on, and forget what was said in clear text before (RFC
        3207, section 4.2)."""
        smtp.sock, smtp.file = stream, None
        smtp.helo_resp = smtp.ehlo_resp = None
        smtp.esmtp_features = {}
        smtp.does_esmtp = False

    def _log_in(self, smtp: smtplib.SMTP) -> None:
        user, password = self._settings.user or "", self._settings.password or ""
        try:
            smtp.login(user, password)
        except smtplib.SMTPAuthenticationError as error:
            answer = error.smtp_error
            reply = answer if isinstance(answer, bytes) else answer.encode()
            why = f"{self._settings.server} refuses the login: {self._plain_reply(error.smtp_code, reply)}"
            raise _NoConnectionError(
                Deferred(why, str(error.smtp_code), everyone=True, soon=error.smtp_code < 500)
            ) from None
        except smtplib.SMTPNotSupportedError:
            raise self._never(
                f"{self._settings.server} offers no login, and a user is set"
            ) from None
        except UnicodeEncodeError:  # its text would hold the password
            raise self._never(
                "the SMTP user or password has letters outside ASCII, which cannot be sent"
            ) from None

    def _never(self, why: str) -> _NoConnectionError:
        return _NoConnectionError(Deferred(why, everyone=True, soon=False))

    def _shut_down(self) -> None:
        stream = self._socket
        if stream is not None:
            with suppress(OSError):
                socket.socket.shutdown(
                    stream, socket.SHUT_RDWR
                )  # below TLS, whose own farewell would wait

    def _plain_reply(self, code: int, reply: bytes) -> str:
        """The server's words without addresses and secrets, on one line."""
        text = reply.decode("utf-8", "replace")
        secrets = [secret for secret in (self._settings.password, self._settings.user) if secret]
        for secret in [*secrets, *(b64encode(secret.encode()).decode() for secret in secrets)]:
            text = text.replace(secret, "***")
        text = re.sub(r"[^\s<>]+@[^\s<>]+", "…", text)
        return " ".join(
            f"{code} {''.join(char if char.isprintable() else ' ' for char in text)}".split()
        )[:_MOST_REPLY]


def dotted(content: bytes) -> bytes:
    """A message as DATA sends it: lines that begin with a dot get another, and a lone dot ends it
    (RFC 5321, 4.5.2)."""
    body = re.sub(rb"(?m)^\.", b"..", content)
    return body + (b".\r\n" if body.endswith(b"\r\n") else b"\r\n.\r\n")


def _context(ca_file: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file:
        try:
            context.load_verify_locations(cafile=ca_file)
        except (OSError, ssl.SSLError) as error:
            reason = (
                error.strerror
                if isinstance(error, OSError) and error.strerror
                else "it holds no certificates"
            )
            raise SharekitError(
                f"the certificates in {ca_file} cannot be read: {reason}",
                hint="Correct ca_file in [mail].",
            ) from None
    return context


def _own_name() -> str:
    """How we introduce ourselves. Not by getfqdn, which asks the network and may hang."""
    name = socket.gethostname()
    return name if "." in name and name.isascii() else "[127.0.0.1]"


def _numbers(code: int, reply: bytes) -> str:
    """Code and enhanced status code (RFC 3463): "550 5.1.1"."""
    status = re.match(rb"[245]\.\d{1,3}\.\d{1,3}\b", reply)
    return f"{code} {status[0].decode()}" if status else str(code)


def _kind(error: Exception) -> str:
    """What a failure of the connection was, in words of the system, without data."""
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    if isinstance(error, socket.gaierror):
        return "its name is not known"
    if isinstance(error, ssl.SSLError):
        return "TLS failed"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return "it closed the connection"
