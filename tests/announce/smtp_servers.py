"""Mail servers for tests: a real one that keeps what it takes, and one that misbehaves as it is
told."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from gitrepos import environment


@dataclass(frozen=True)
class Received:
    """A message as it arrived."""

    sender: str
    to: tuple[str, ...]
    content: bytes
    options: tuple[str, ...]


@dataclass
class Mailbox:
    """A handler of aiosmtpd: takes every message, save those for addresses it was told to
    refuse."""

    replies: dict[str, str] = field(default_factory=dict)
    """Address -> reply to its RCPT."""
    received: list[Received] = field(default_factory=list)
    sessions: set[int] = field(default_factory=set)
    secure: list[bool] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.replies:
            return self.replies[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.original_content
        assert isinstance(content, bytes)
        self.sessions.add(id(session))
        self.secure.append(session.ssl is not None)
        options = tuple(envelope.mail_options)
        self.received.append(
            Received(envelope.mail_from or "", tuple(envelope.rcpt_tos), content, options)
        )
        return "250 2.0.0 taken"

    @property
    def who(self) -> list[str]:
        """Addresses in the order in which they got something."""
        return [address for each in self.received for address in each.to]


@contextmanager
def mail_server(mailbox: Mailbox, **settings: object) -> Iterator[int]:
    """A real SMTP server on loopback. Yields its port."""
    controller = _Server(mailbox, hostname="127.0.0.1", port=free_port(), **settings)
    controller.start()
    try:
        yield controller.port
    finally:
        for each in controller.conversations:
            if each.transport is not None:
                controller.loop.call_soon_threadsafe(each.transport.abort)
        controller.stop()


@contextmanager
def environment_mailbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """What a mail server gets that the environment names; git is without the developer's
    settings."""
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    with mail_server(mailbox := Mailbox()) as port:
        monkeypatch.setenv("SHAREKIT_SMTP_PORT", str(port))
        yield mailbox


class _Server(Controller):
    """Knows its conversations, so that those a client left open can be ended."""

    def __init__(self, *args: object, **settings: object) -> None:
        super().__init__(*args, **settings)
        self.conversations: list[SMTP] = []

    def factory(self) -> SMTP:
        self.conversations.append(super().factory())
        return self.conversations[-1]


def check_login(user: bytes, password: bytes) -> Callable[..., AuthResult]:
    """An authenticator of aiosmtpd that knows one login."""

    def authenticate(
        server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        good = isinstance(data, LoginPassword) and (data.login, data.password) == (user, password)
        return AuthResult(success=good, handled=good)

    return authenticate


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


# -- certificates ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Certificates:
    """A private authority and a server's certificate made by it."""

    ca_file: Path
    server: ssl.SSLContext


def certificates(
    folder: Path, host: str = "127.0.0.1", *, days: int = 90, expired: bool = False
) -> Certificates:
    """Make them anew. They are good for so many days, or have been until yesterday."""
    days = 1 if expired else days
    now = datetime.now(UTC) - timedelta(days=2 if expired else 0)
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
    span = (now - timedelta(hours=1), now + timedelta(days=days))
    ca = (
        x509.CertificateBuilder(
            ca_name, ca_name, ca_key.public_key(), x509.random_serial_number(), *span
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key()), critical=False
        )
        .sign(ca_key, hashes.SHA256())
    )
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    try:
        subject: x509.GeneralName = x509.IPAddress(ip_address(host))
    except ValueError:
        subject = x509.DNSName(host)
    cert = (
        x509.CertificateBuilder(ca_name, name, key.public_key(), x509.random_serial_number(), *span)
        .add_extension(x509.SubjectAlternativeName([subject]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False
        )
        .sign(ca_key, hashes.SHA256())
    )
    folder.mkdir(parents=True, exist_ok=True)
    ca_file, cert_file = folder / "ca.pem", folder / "server.pem"
    pem = serialization.Encoding.PEM
    ca_file.write_bytes(ca.public_bytes(pem))
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    cert_file.write_bytes(private + cert.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert_file)
    return Certificates(ca_file, context)


# -- faults ---------------------------------------------------------------------------------------


@dataclass
class FaultServer:
    """Speaks just enough SMTP to go wrong at a chosen point.

    `faults` names what to do instead of the usual answer: at "connect", "EHLO", "STARTTLS", "MAIL",
    "RCPT", "DATA", "body" (in the middle of the message), "end" (after the final dot), "QUIT". Each
    is a list used up one by one: a reply, "hang up", "stall", or "drip" (one byte now and then, for
    ever)."""

    faults: dict[str, list[str]] = field(default_factory=dict)
    extensions: tuple[str, ...] = ("SIZE 10000000", "8BITMIME")
    messages: list[bytes] = field(default_factory=list)
    """Messages whose final dot was seen, whatever was answered."""
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    stalled: threading.Event = field(default_factory=threading.Event)
    """Set once it keeps somebody waiting."""

    @contextmanager
    def running(self) -> Iterator[int]:
        over = threading.Event()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = threading.Thread(target=self._accept, args=(listener, over))
            thread.start()
            try:
                yield int(listener.getsockname()[1])
            finally:
                over.set()
                with socket.create_connection(listener.getsockname()):
                    pass
                thread.join()

    def _accept(self, listener: socket.socket, over: threading.Event) -> None:
        served: list[tuple[threading.Thread, socket.socket]] = []
        while True:
            connection, _ = listener.accept()
            if over.is_set():
                connection.close()
                break
            self.connections += 1
            served.append(
                (threading.Thread(target=self._serve, args=(connection, over)), connection)
            )
            served[-1][0].start()
        for thread, connection in served:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            thread.join()

    def _serve(self, connection: socket.socket, over: threading.Event) -> None:
        with connection, suppress(OSError, _HangUpError):
            self._converse(connection, over)

    def _converse(self, connection: socket.socket, over: threading.Event) -> None:
        def answer(point: str, usual: str) -> None:
            fault = self.faults.get(point, [])
            reply = fault.pop(0) if fault else usual
            if reply == "hang up":
                raise _HangUpError
            if reply == "stall":
                self.stalled.set()
                over.wait()
                raise _HangUpError
            while reply == "drip":
                connection.sendall(b"2")
                if over.wait(0.05):
                    raise _HangUpError
            connection.sendall(reply.encode() + b"\r\n")

        with connection.makefile("rb") as lines:
            answer("connect", "220 faulty")
            while line := lines.readline():
                self.commands.append(line.decode().strip())
                verb = line.decode().split()[0].upper()
                if verb in ("EHLO", "HELO"):
                    answer(
                        "EHLO",
                        "\r\n".join(
                            [f"250-{each}" for each in ("faulty", *self.extensions)] + ["250 HELP"]
                        ),
                    )
                elif verb == "DATA":
                    if self.faults.get("DATA"):
                        answer("DATA", "")
                        continue
                    answer("DATA", "354 go on")
                    self.messages.append(self._body(lines))
                    answer("end", "250 2.0.0 taken")
                elif verb == "QUIT":
                    answer("QUIT", "221 bye")
                    return
                else:
                    answer(verb, "250 OK" if verb in ("MAIL", "RCPT", "RSET") else "502 unknown")

    def _body(self, lines: object) -> bytes:
        found = b""
        while True:
            line = lines.readline()  # type: ignore[attr-defined]
            if not line:
                raise _HangUpError
            if line == b".\r\n":
                return found
            found += line.removeprefix(b".")
            if self.faults.get("body") and len(found) > 200:
                self.faults["body"].pop(0)
                raise _HangUpError


class _HangUpError(Exception):
    """The connection ends here."""
