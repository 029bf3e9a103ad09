"""[mail] and [[announce.webhooks]] with what the environment says over them: channels to send
through."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import get_args

from sharekit.announce.channels.delivery import Channel
from sharekit.announce.channels.smtp import Security, SmtpChannel, SmtpSettings
from sharekit.announce.channels.webhook import WebhookChannel, WebhookSettings
from sharekit.announce.ledger.ledger import WEBHOOK
from sharekit.announce.plan import sends_mail
from sharekit.errors import SharekitError
from sharekit.files.fence import Fence
from sharekit.mail.envelope import wire_address
from sharekit.project.manifest import Manifest
from sharekit.project.shapes import MailConfig, WebhookConfig

_NOT_A_HOST = re.compile(r"[@/\s]|^[^:]*:[^:]*$")
"""What stands in addresses and not in names of hosts; an IPv6 address has several colons."""
MAIL = "mail"
"""Name of the mail channel; webhooks have theirs."""


def open_channels(
    manifest: Manifest, environ: Mapping[str, str], clock: Callable[[], datetime], *, root: Path
) -> Mapping[str, Channel]:
    """Every way out, by name, none connected yet. Raises SharekitError for settings that cannot
    work."""
    channels: dict[str, Channel] = {}
    if sends_mail(manifest):
        channels[MAIL] = SmtpChannel(smtp_settings(manifest.config.mail, environ, root))
    for hook in manifest.config.announce.webhooks:
        channels[f"{WEBHOOK}{hook.name}"] = open_webhook(hook, environ, clock)
    return channels


def open_webhook(
    hook: WebhookConfig, environ: Mapping[str, str], clock: Callable[[], datetime]
) -> WebhookChannel:
    """One webhook with its address and key. Raises SharekitError where one is not set or cannot be
    used."""
    url, secret = _secret(hook.url, environ), _secret(hook.secret, environ)
    if not url:
        raise SharekitError(
            f"the address of webhook {hook.name} is not set",
            hint=f"Set the environment variable {hook.url.removeprefix('env:')}.",
        )
    if hook.secret and not secret:
        raise SharekitError(
            f"the secret of webhook {hook.name} is not set",
            hint=f"Set the environment variable {hook.secret.removeprefix('env:')}.",
        )
    return WebhookChannel(WebhookSettings(hook.name, hook.kind, url, secret), clock)


def webhook_url(manifest: Manifest, environ: Mapping[str, str], name: str) -> str:
    """Where a webhook posts to; "" where it is not declared or its address is not set."""
    hook = next(
        (webhook for webhook in manifest.config.announce.webhooks if webhook.name == name), None
    )
    return (_secret(hook.url, environ) or "") if hook else ""


def _secret(reference: str | None, environ: Mapping[str, str]) -> str | None:
    return environ.get(reference.removeprefix("env:"), "").strip() or None if reference else None


def smtp_settings(mail: MailConfig, environ: Mapping[str, str], root: Path) -> SmtpSettings:
    """The mail server: SHAREKIT_SMTP_HOST, _PORT, _SECURITY, _USER, _PASSWORD and _CA_FILE before
    [mail]."""

    def variable(name: str) -> str | None:
        return environ.get(f"SHAREKIT_SMTP_{name}", "").strip() or None

    host = _host(variable("HOST") or mail.host)
    if host is None or mail.from_ is None:
        raise SharekitError(
            "no mail server is named",
            hint='Add host = "smtp.example.com" to [mail], or set SHAREKIT_SMTP_HOST.',
        )
    user, password = variable("USER") or mail.user, environ.get("SHAREKIT_SMTP_PASSWORD") or None
    if password is not None and variable("HOST") is None:
        raise SharekitError(
            "SHAREKIT_SMTP_PASSWORD is set and SHAREKIT_SMTP_HOST is not: whoever changes [mail]"
            " host would get it",
            hint=f"Set SHAREKIT_SMTP_HOST={host} in the environment, beside the password.",
        )
    if user is not None and password is None:
        raise SharekitError(
            f"the mail server's password for {user} is not set",
            hint="Set SHAREKIT_SMTP_PASSWORD in the environment.",
        )
    return SmtpSettings(
        host=host,
        sender=wire_address(mail.from_),
        port=_port(variable("PORT")) or mail.port,
        security=_security(variable("SECURITY")) or mail.security,
        user=user,
        password=password,
        ca_file=variable("CA_FILE") or _in_project(mail.ca_file, root),
    )


def _host(text: str | None) -> str | None:
    """The name or address of a host. What is none may hold a password, so it is not repeated."""
    if text is None or not _NOT_A_HOST.search(text):
        return text
    raise SharekitError(
        "SHAREKIT_SMTP_HOST, or host in [mail], holds more than the name of a host",
        hint=(
            "Write its name, such as smtp.example.com. The port goes into SHAREKIT_SMTP_PORT, and"
            " the login into SHAREKIT_SMTP_USER and SHAREKIT_SMTP_PASSWORD."
        ),
    )


def _in_project(ca_file: str | None, root: Path) -> str | None:
    """Where the file of certificates is. What the repository names lies in it; the environment may
    name any."""
    if ca_file is None:
        return None
    fence = Fence.around(root)
    if reason := fence.refusal(ca_file):
        raise SharekitError(
            f"ca_file in [mail] is {ca_file}, and {reason}",
            hint=(
                "Put the file into the project, or name it by SHAREKIT_SMTP_CA_FILE in the"
                " environment."
            ),
        )
    return str(fence.root / ca_file)


def _port(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise SharekitError(
            f"SHAREKIT_SMTP_PORT is {text!r}, not a port number", hint="A port is 1 to 65535: 587."
        )
    return int(text)


def _security(text: str | None) -> Security | None:
    for security in get_args(Security):
        if text is not None and text.lower() == security:
            return security  # type: ignore[no-any-return]
    if text is not None:
        raise SharekitError(
            f"SHAREKIT_SMTP_SECURITY is {text!r}",
            hint=f"It may be {', '.join(get_args(Security))}.",
        )
    return None
