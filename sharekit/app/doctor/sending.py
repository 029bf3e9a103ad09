"""The mail server and the webhooks; nothing is sent but a trial that is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from sharekit.announce.channels.delivery import Delivered, Outcome, OutgoingMessage
from sharekit.announce.channels.smtp import SmtpChannel, SmtpSettings
from sharekit.announce.plan import sends_mail
from sharekit.announce.settings import open_webhook, smtp_settings
from sharekit.app.doctor.findings import bad, expiring, failed, well
from sharekit.app.session import Session
from sharekit.engines.remote.adapter import Finding
from sharekit.engines.remote.examine import EngineReport
from sharekit.errors import SharekitError
from sharekit.project.manifest import Manifest


def mail(session: Session, manifest: Manifest) -> Iterator[EngineReport]:
    """Connection, encryption, login and sender."""
    if not sends_mail(manifest):
        return
    try:
        settings = smtp_settings(manifest.config.mail, session.environ, session.project.root)
        channel = SmtpChannel(settings)
    except SharekitError as error:
        yield failed("settings", error)
        return
    try:
        outcome = channel.probe()
        until = channel.certificate_until()
    finally:
        channel.close()
    if not isinstance(outcome, Delivered):
        yield _unwilling(settings, outcome)
        return
    ends = expiring(until, session.clock(), "no mail goes to a server with an expired one")
    yield EngineReport(
        settings.server, True, (*_well_findings(settings), *ends, *_readers(manifest))
    )


def webhooks(session: Session, manifest: Manifest) -> Iterator[EngineReport]:
    """Whether each has its address and its key."""
    for hook in manifest.config.announce.webhooks:
        try:
            open_webhook(hook, session.environ, session.clock)
        except SharekitError as error:
            yield failed(hook.name, error)
        else:
            yield EngineReport(hook.name, True, (well("its address and key are set"),))


def send_trial(session: Session, manifest: Manifest, to: str) -> EngineReport:
    """One mail to one address, as the announcements would go."""
    try:
        settings = smtp_settings(manifest.config.mail, session.environ, session.project.root)
        channel = SmtpChannel(settings)
    except SharekitError as error:
        return failed("trial", error)
    try:
        outcome = channel.send(OutgoingMessage("trial", to, _trial(session, manifest, to)))
    finally:
        channel.close()
    if isinstance(outcome, Delivered):
        return EngineReport("trial", True, (well(f"{settings.server} took the mail to {to}"),))
    return _unwilling(settings, outcome)


def _trial(session: Session, manifest: Manifest, to: str) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"] = manifest.config.mail.from_
    message["To"] = to
    message["Subject"] = f"A trial from {manifest.config.project.name}"
    message["Date"] = format_datetime(session.clock())
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(
        "sharekit doctor sent this mail to test how announcements are sent. You need not do"
        " anything.\n"
    )
    return message.as_bytes()


def _well_findings(settings: SmtpSettings) -> Iterator[Finding]:
    if settings.security == "none":
        yield well("it answers on this machine, without encryption")
    else:
        yield well("it answers, encrypted, with a certificate that can be trusted")
    if settings.user is not None:
        yield well("it takes the login")
    yield well(f"it takes {settings.sender} as the sender")


def _readers(manifest: Manifest) -> Iterator[Finding]:
    without = sorted(key for key, person in manifest.config.people.items() if not person.email)
    if without:
        yield bad(
            f"no address for {', '.join(without[:5])}{' and others' if len(without) > 5 else ''}",
            "Add email under [people].",
        )


def _unwilling(settings: SmtpSettings, outcome: Outcome) -> EngineReport:
    assert not isinstance(outcome, Delivered)
    return EngineReport(settings.server, False, (bad(outcome.why, _advice(settings, outcome.why)),))


def _advice(settings: SmtpSettings, why: str) -> str:
    if "certificate" in why:
        return "Renew the server's certificate, or name its authority by SHAREKIT_SMTP_CA_FILE."
    if "login" in why:
        return "Correct SHAREKIT_SMTP_USER and SHAREKIT_SMTP_PASSWORD."
    if "sender" in why:
        return f"Let the server take {settings.sender}, or change [mail] from."
    if "STARTTLS" in why:
        return 'Set security = "tls" with its port, usually 465, or turn STARTTLS on there.'
    return (
        "Correct SHAREKIT_SMTP_HOST, _PORT and _SECURITY, or [mail];"
        " check that this machine can reach it."
    )
