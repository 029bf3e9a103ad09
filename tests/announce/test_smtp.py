"""Sending by SMTP to real servers, good and bad."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from smtp_servers import FaultServer, Mailbox, certificates, check_login, free_port, mail_server

from sharekit.announce.channels.delivery import Deferred, Delivered, OutgoingMessage, RefusedMessage
from sharekit.announce.channels.smtp import SmtpChannel, SmtpSettings, dotted
from sharekit.errors import SharekitError

BODY = b"Subject: Hello\r\n\r\n" + b"A line of some length, so that there is a middle.\r\n" * 20
SENDER = "numbers@ports.example"


def outgoing(to: str = "jonas@ports.example", body: bytes = BODY) -> OutgoingMessage:
    return OutgoingMessage("key", to, body)


def settings(port: int, **changed: object) -> SmtpSettings:
    given: dict[str, object] = {
        "host": "127.0.0.1",
        "sender": SENDER,
        "port": port,
        "security": "none",
    }
    return SmtpSettings(**(given | {"step_seconds": 5.0, "message_seconds": 10.0} | changed))  # type: ignore[arg-type]


@pytest.fixture
def channel() -> object:
    opened: list[SmtpChannel] = []

    def make(port: int, **changed: object) -> SmtpChannel:
        opened.append(SmtpChannel(settings(port, **changed)))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


Make = Callable[..., SmtpChannel]


# -- what goes well -------------------------------------------------------------------------------


def test_the_very_bytes_arrive_one_recipient_a_message_over_one_connection(channel: Make) -> None:
    mailbox, bodies = (
        Mailbox(),
        [BODY, b".\r\n..dots\r\n.\r\nand the end\r\n", BODY + b"no line end"],
    )
    with mail_server(mailbox) as port:
        sending = channel(port)
        answers = [
            sending.send(outgoing(f"p{number}@ports.example", body))
            for number, body in enumerate(bodies)
        ]
        sending.close()
    assert answers == [Delivered("250 2.0.0")] * 3
    assert [each.content for each in mailbox.received] == [BODY, bodies[1], bodies[2] + b"\r\n"]
    assert [each.to for each in mailbox.received] == [
        (f"p{number}@ports.example",) for number in range(3)
    ]
    assert {each.sender for each in mailbox.received} == {SENDER}
    assert len(mailbox.sessions) == 1


def test_starttls_is_required_and_verified(channel: Make, tmp_path: Path) -> None:
    mailbox, made = Mailbox(), certificates(tmp_path)
    with mail_server(mailbox, tls_context=made.server, require_starttls=True) as port:
        assert channel(port, security="starttls", ca_file=str(made.ca_file)).send(
            outgoing()
        ) == Delivered("250 2.0.0")
    assert mailbox.secure == [True]


def test_tls_from_the_first_byte(channel: Make, tmp_path: Path) -> None:
    mailbox, made = Mailbox(), certificates(tmp_path)
    with mail_server(mailbox, ssl_context=made.server) as port:
        assert channel(port, security="tls", ca_file=str(made.ca_file)).send(
            outgoing()
        ) == Delivered("250 2.0.0")
    assert len(mailbox.received) == 1


def test_a_login_goes_over_tls(channel: Make, tmp_path: Path) -> None:
    mailbox, made = Mailbox(), certificates(tmp_path)
    login = {"authenticator": check_login(b"robot", b"hunter2"), "auth_required": True}
    with mail_server(mailbox, tls_context=made.server, require_starttls=True, **login) as port:
        trusted = {"security": "starttls", "ca_file": str(made.ca_file), "user": "robot"}
        assert channel(port, **trusted, password="hunter2").send(outgoing()) == Delivered(
            "250 2.0.0"
        )
        wrong = channel(port, **trusted, password="hunter3").send(outgoing())
    assert wrong == Deferred(
        f"127.0.0.1:{port} refuses the login: 535 5.7.8 Authentication credentials invalid",
        "535",
        everyone=True,
        soon=False,
    )


def test_an_address_outside_ascii_asks_for_smtputf8(channel: Make) -> None:
    mailbox = Mailbox()
    with mail_server(mailbox, enable_SMTPUTF8=True) as port:
        assert channel(port).send(outgoing("jörg@ports.example")) == Delivered("250 2.0.0")
        assert channel(port).send(outgoing("joerg@ports.example")) == Delivered("250 2.0.0")
    assert mailbox.who == ["jörg@ports.example", "joerg@ports.example"]
    assert ["SMTPUTF8" in each.options for each in mailbox.received] == [True, False]
    with FaultServer().running() as port:
        answer = channel(port).send(outgoing("jörg@ports.example"))
    assert isinstance(answer, RefusedMessage)
    assert "outside ASCII" in answer.why


# -- what does not --------------------------------------------------------------------------------


def test_a_refused_address_does_not_stop_the_others(channel: Make) -> None:
    mailbox = Mailbox({"gone@ports.example": "550 5.1.1 <gone@ports.example>: user unknown"})
    with mail_server(mailbox) as port:
        sending = channel(port)
        answers = [
            sending.send(outgoing(f"{name}@ports.example")) for name in ("maria", "gone", "jonas")
        ]
    assert answers[1] == RefusedMessage(
        "550 5.1.1", "the address was refused: 550 5.1.1 <…>: user unknown"
    )
    assert mailbox.who == ["maria@ports.example", "jonas@ports.example"]
    assert len(mailbox.sessions) == 1


def test_not_now_is_not_never(channel: Make) -> None:
    mailbox = Mailbox({"grey@ports.example": "451 4.7.1 greylisted, come again"})
    with mail_server(mailbox) as port:
        answer = channel(port).send(outgoing("grey@ports.example"))
    assert answer == Deferred(
        "the address was not accepted for now: 451 4.7.1 greylisted, come again", "451 4.7.1"
    )


def test_a_server_that_is_not_there(channel: Make) -> None:
    port = free_port()
    answer = channel(port).send(outgoing())
    assert answer == Deferred(
        f"127.0.0.1:{port} cannot be reached: connection refused", everyone=True
    )


def test_a_server_without_starttls_gets_nothing(channel: Make, tmp_path: Path) -> None:
    server = FaultServer()
    with server.running() as port:
        answer = channel(port, security="starttls", user="robot", password="hunter2").send(
            outgoing()
        )
    assert answer == Deferred(
        f"127.0.0.1:{port} offers no STARTTLS, so nothing was sent to it", everyone=True, soon=False
    )
    assert [command.split()[0].upper() for command in server.commands] == ["EHLO"]


def test_a_server_that_will_not_start_tls_gets_nothing(channel: Make) -> None:
    server = FaultServer({"STARTTLS": ["454 4.7.0 not now"]}, extensions=("STARTTLS",))
    with server.running() as port:
        answer = channel(port, security="starttls").send(outgoing())
    assert isinstance(answer, Deferred)
    assert (answer.everyone, answer.soon) == (True, True)
    assert [command.split()[0].upper() for command in server.commands] == ["EHLO", "STARTTLS"]


@pytest.mark.parametrize("case", ["unknown authority", "other host", "expired"])
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_that_cannot_be_trusted_stops_before_a_word(
    channel: Make, tmp_path: Path, case: str, security: str
) -> None:
    mailbox = Mailbox()
    made = certificates(
        tmp_path / "a",
        "mail.ports.example" if case == "other host" else "127.0.0.1",
        expired=case == "expired",
    )
    trusted = certificates(tmp_path / "b").ca_file if case == "unknown authority" else made.ca_file
    how = {"ssl_context": made.server} if security == "tls" else {"tls_context": made.server}
    with mail_server(mailbox, **how) as port:
        answer = channel(
            port, security=security, ca_file=str(trusted), user="u", password="hunter2"
        ).send(outgoing())
    assert isinstance(answer, Deferred)
    assert "cannot be trusted" in answer.why
    assert (answer.everyone, answer.soon) == (True, False)
    assert mailbox.received == []


@pytest.mark.slow
@pytest.mark.parametrize("point", ["connect", "EHLO", "MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("fault", ["hang up", "stall", "421 4.3.2 closing"])
def test_before_the_message_is_handed_over_everybody_can_wait(
    channel: Make, point: str, fault: str
) -> None:
    again = [fault] if point == "EHLO" and fault.startswith("421") else []  # the answer to HELO
    server = FaultServer({point: [fault, *again]})
    with server.running() as port:
        sending = channel(port, step_seconds=0.3, message_seconds=5.0)
        answer = sending.send(outgoing())
        assert isinstance(answer, Deferred)
        assert (answer.everyone, answer.soon, answer.uncertain) == (True, True, False)
        assert server.messages == []
        assert sending.send(outgoing()) == Delivered("250 2.0.0")
    assert len(server.messages) == 1


def test_half_a_message_was_certainly_not_taken(channel: Make) -> None:
    server = FaultServer({"body": ["hang up"]})
    with server.running() as port:
        answer = channel(port).send(outgoing(body=BODY * 2000))
    assert isinstance(answer, Deferred)
    assert server.messages == []


@pytest.mark.parametrize("fault", ["hang up", "stall", "nonsense"])
def test_a_lost_answer_is_called_uncertain(channel: Make, fault: str) -> None:
    server = FaultServer({"end": [fault]})
    with server.running() as port:
        answer = channel(port, step_seconds=0.3).send(outgoing())
    assert answer == Deferred(
        f"127.0.0.1:{port} closed the connection before confirming delivery", uncertain=True
    )
    assert server.messages == [BODY]


@pytest.mark.parametrize(
    ("point", "reply", "kind"),
    [
        ("end", "452 4.3.1 disk full", Deferred),
        ("end", "554 5.7.1 looks like spam", RefusedMessage),
        ("DATA", "554 5.5.1 no valid recipients", RefusedMessage),
        ("MAIL", "552 5.3.4 too big", RefusedMessage),
        ("RCPT", "553 5.1.3 bad syntax of address", RefusedMessage),
    ],
)
def test_refusals_and_delays_of_one_message(
    channel: Make, point: str, reply: str, kind: type
) -> None:
    server = FaultServer({point: [reply]})
    with server.running() as port:
        sending = channel(port)
        answer = sending.send(outgoing())
        assert isinstance(answer, kind)
        assert reply.split()[2] in answer.why
        assert sending.send(outgoing()) == Delivered("250 2.0.0")
        sending.close()
    assert server.connections == 1


@pytest.mark.parametrize(
    "reply", ["553 5.7.1 sender not allowed", "530 5.7.0 authentication required"]
)
def test_a_refused_sender_is_nobodys_address_at_fault(channel: Make, reply: str) -> None:
    server = FaultServer({"MAIL": [reply] * 5})
    with server.running() as port:
        answer = channel(port).send(outgoing())
    assert isinstance(answer, Deferred)
    assert (answer.everyone, answer.soon) == (True, False)


def test_a_connection_that_went_stale_is_replaced_at_once(channel: Make) -> None:
    server = FaultServer({"MAIL": ["250 OK", "421 4.4.2 idle too long"]})
    with server.running() as port:
        sending = channel(port)
        assert sending.send(outgoing()) == Delivered("250 2.0.0")
        assert sending.send(outgoing()) == Delivered("250 2.0.0")
    assert (server.connections, len(server.messages)) == (2, 2)


@pytest.mark.parametrize("point", ["connect", "MAIL"])
def test_a_server_that_drips_cannot_hold_us(channel: Make, point: str) -> None:
    with FaultServer({point: ["drip"]}).running() as port:
        answer = channel(port, message_seconds=0.5).send(outgoing())
    assert isinstance(answer, Deferred)
    assert answer.everyone


def test_a_rude_end_of_the_conversation_changes_nothing(channel: Make) -> None:
    for fault in ("hang up", "stall", "500 what"):
        with FaultServer({"QUIT": [fault]}).running() as port:
            sending = channel(port, step_seconds=0.3)
            assert sending.send(outgoing()) == Delivered("250 2.0.0")
            sending.close()
            sending.close()


# -- settings and secrets -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host", ["smtp.example.com", "192.0.2.1", "localhost.example.com", "127.0.0.1.example.com"]
)
def test_clear_text_never_leaves_this_machine(host: str) -> None:
    with pytest.raises(SharekitError, match="on this machine only") as told:
        settings(25, host=host)
    assert "starttls" in (told.value.hint or "")


def test_secrets_are_in_no_message_and_no_representation(channel: Make) -> None:
    echo = "535 5.7.8 robot hunter2 aHVudGVyMg== <jonas@ports.example> is wrong"
    with FaultServer({"RCPT": [echo] * 3}).running() as port:
        known = settings(port, user=None, password="hunter2")
        sending = SmtpChannel(known)
        answer = sending.send(outgoing())
        sending.close()
    assert isinstance(answer, Deferred)
    for text in (answer.why, repr(known), repr(sending), repr(outgoing())):
        assert not any(secret in text for secret in ("hunter2", "aHVudGVyMg==", "jonas@"))


def test_a_password_outside_ascii_is_a_sentence(channel: Make, tmp_path: Path) -> None:
    made = certificates(tmp_path)
    login = {"authenticator": check_login(b"u", b"p"), "auth_required": True}
    with mail_server(Mailbox(), tls_context=made.server, **login) as port:
        answer = channel(
            port, security="starttls", ca_file=str(made.ca_file), user="u", password="geheimnüs"
        ).send(outgoing())
    assert isinstance(answer, Deferred)
    assert "outside ASCII" in answer.why
    assert "geheim" not in answer.why


def test_a_missing_ca_file_is_said_before_anything_is_sent(tmp_path: Path) -> None:
    with pytest.raises(SharekitError, match="cannot be read"):
        SmtpChannel(settings(25, security="tls", ca_file=str(tmp_path / "none.pem")))
    (tmp_path / "empty.pem").write_text("")
    with pytest.raises(SharekitError, match="cannot be read"):
        SmtpChannel(settings(25, security="tls", ca_file=str(tmp_path / "empty.pem")))


def test_a_server_cannot_steer_a_terminal(channel: Make) -> None:
    with FaultServer({"RCPT": ["550 \x1b[2Jcleared\x07 " + "x" * 400]}).running() as port:
        answer = channel(port).send(outgoing())
    assert isinstance(answer, RefusedMessage)
    assert answer.why.isprintable()
    assert len(answer.why) < 250


def test_dots_are_doubled_and_the_end_is_one() -> None:
    assert dotted(b".a\r\nb\r\n..c\r\n") == b"..a\r\nb\r\n...c\r\n.\r\n"
    assert dotted(b"") == b"\r\n.\r\n"
