"""Rules of the configuration: what one key of sharekit.toml says must be possible with the others, and
with what is on disk."""

from __future__ import annotations

import re
import zoneinfo
from collections import Counter
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from sharekit.checks.checked_project import CheckedProject, quoted
from sharekit.errors import Problem
from sharekit.project.read.did_you_mean import nearest

_LOGIN = "holds a user name or password, and the site would show it"
_MAIL = re.compile(r"[^@\s<>]+@[^@\s<>]+\Z")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z")


def addresses(project: CheckedProject) -> Iterator[Problem]:
    """Web addresses are http or https, mail addresses have an @."""
    config = project.manifest.config
    for key, url in (
        ("project.url", config.project.url),
        ("project.repository", config.project.repository),
        ("mail.unsubscribe_url", config.mail.unsubscribe_url),
    ):
        message = _bad_url(url, secure=key.endswith("unsubscribe_url")) if url is not None else None
        if message == _LOGIN:
            hint = "Take it out, and change the password: it is in the history of this file."
            yield Problem("secret-in-file", f"`{key}` {message}", project.config_at(key), hint=hint)
        elif message is not None:
            hint = 'Write it whole: "https://numbers.example.com/ny/".'
            yield Problem("bad-url", f"`{key}` {message}", project.config_at(key), hint=hint)
    yield from _site_address(project)
    for key, address in (
        ("site.ask_email", config.site.ask_email),
        ("mail.unsubscribe", config.mail.unsubscribe),
    ):
        if address is not None and not _MAIL.match(address):
            yield Problem(
                "bad-address", f'`{key}` is not a mail address: "{address}"', project.config_at(key)
            )


def _site_address(project: CheckedProject) -> Iterator[Problem]:
    """Where the site is published: a folder's address, which every link in mails, feeds and badges
    goes on from."""
    config, place = project.manifest.config, project.config_at("project.url")
    url = config.project.url
    channels = config.mail.from_ is not None or bool(config.announce.webhooks)
    if url is None:
        if channels:
            message = "announcements have no links: `project.url` is not set"
            place = project.config_at(
                "mail.from" if config.mail.from_ is not None else "announce.webhooks[0].name"
            )
            hint = 'Add to [project]: url = "https://numbers.example.com/ny/"'
            yield Problem("no-url", message, place, hint=hint, severity="warning")
        return
    if _bad_url(url, secure=False) is not None:
        return
    url_parts = urlsplit(url)
    extra = "a query" if "?" in url else "a fragment" if "#" in url else ""
    if not extra and url_parts.path.lower().endswith((".html", ".htm")):
        extra = "a page"
    if extra:
        folder = url_parts.path if extra != "a page" else url_parts.path.rpartition("/")[0] + "/"
        hint = (
            "Write the folder that the site is in:"
            f' "{url_parts.scheme}://{url_parts.netloc}{folder or "/"}".'
        )
        yield Problem(
            "bad-url",
            f"`project.url` ends in {extra}, and links are made from it",
            place,
            hint=hint,
        )
    elif channels and _is_own_machine(url_parts.hostname or ""):
        message = (
            f"`project.url` is {url_parts.hostname}, which is another machine for every reader"
        )
        hint = "Links in mails would open nothing. Write where the site is published."
        yield Problem("local-url", message, place, hint=hint, severity="warning")


def _is_own_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _bad_url(url: str, *, secure: bool) -> str | None:
    try:
        url_parts = urlsplit(url)
        host, _ = url_parts.hostname, url_parts.port
    except ValueError:
        return "is not a web address"
    if re.search(r"[\s<>\"']", url):
        return "is not a web address: it holds spaces or quotes"
    if url_parts.scheme not in (("https",) if secure else ("http", "https")) or not host:
        return f"should begin with https://{'' if secure else ' or http://'}"
    if url_parts.username or url_parts.password:
        return _LOGIN
    return None


def time_zones(project: CheckedProject) -> Iterator[Problem]:
    """Time zones are IANA names, and repeating meetings have a first day."""
    config = project.manifest.config
    zones = [("project.timezone", config.project.timezone)]
    for name, audience in config.audiences.items():
        meeting = audience.meeting
        if meeting is None:
            continue
        if meeting.timezone is not None:
            zones.append((f"audiences.{name}.meeting.timezone", meeting.timezone))
        if meeting.every > 1 and meeting.starts is None:
            key = f"audiences.{name}.meeting.every"
            message = f"a meeting every {meeting.every} weeks needs its first day"
            yield Problem(
                "meeting-start", message, project.config_at(key), hint="Write starts = 2013-11-04."
            )
    for key, zone in zones:
        if not _is_zone(zone):
            near = nearest(zone, zoneinfo.available_timezones(), 1)
            hint = (
                f"Did you mean `{near[0]}`?"
                if near
                else 'Write an IANA name, such as "America/New_York".'
            )
            yield Problem(
                "unknown-timezone",
                f"there is no time zone `{zone}`",
                project.config_at(key),
                hint=hint,
            )


def _is_zone(name: str) -> bool:
    try:
        zoneinfo.ZoneInfo(name)
    except (
        zoneinfo.ZoneInfoNotFoundError,
        ValueError,
        OSError,
    ):  # OSError: a folder of the database, or a bad path
        return False
    return True


def audience_members(project: CheckedProject) -> Iterator[Problem]:
    """Members of audiences are declared people; each audience has some."""
    config = project.manifest.config
    none = "None is declared yet: write [audiences.team1]."
    yield from project.unknown_audiences(
        config.project.audience, project.config_at, "project.audience", none
    )
    for name, audience in config.audiences.items():
        for index, member in enumerate(audience.members or ()):
            place = project.config_at(f"audiences.{name}.members[{index}]")
            none = "Nobody is declared yet: write [people.maria]."
            yield from project.unknown("person", member, config.people, place, none=none)
        if audience.members == []:
            hint = (
                "Name its members, or leave `members` out: then everybody in [people] belongs"
                " to it."
            )
            place = project.config_at(f"audiences.{name}.members")
            yield Problem(
                "empty-audience", f"the audience `{name}` has no members", place, hint=hint
            )


def announcing(project: CheckedProject) -> Iterator[Problem]:
    """Webhooks have names of their own and audiences that are declared; the ledger is one of two
    kinds."""
    config = project.manifest.config
    ledger = config.announce.ledger
    if ledger != "git" and not re.match(r"file:.", ledger):
        hint = 'Write ledger = "git" or "file:PATH".'
        yield Problem(
            "bad-ledger",
            f'"{ledger}" is not a ledger',
            project.config_at("announce.ledger"),
            hint=hint,
        )
    counts = Counter(webhook.name for webhook in config.announce.webhooks)
    for index, webhook in enumerate(config.announce.webhooks):
        key = f"announce.webhooks[{index}]"
        if counts[webhook.name] > 1:
            message = f"two webhooks are called `{webhook.name}`"
            hint = "The ledger tells them apart by name: give each its own."
            yield Problem("duplicate-webhook", message, project.config_at(f"{key}.name"), hint=hint)
        if webhook.audience is not None:
            place = project.config_at(f"{key}.audience")
            none = "None is declared yet: write [audiences.team1]."
            names = dict.fromkeys(project.audiences)
            yield from project.unknown("audience", webhook.audience, names, place, none=none)
        elif len(project.manifest.default_audiences) > 1:
            names_text = quoted(project.manifest.default_audiences)
            message = f"the webhook `{webhook.name}` does not say for which audience it is"
            hint = f"Write its `audience`; the project has {names_text}."
            yield Problem("webhook-audience", message, project.config_at(key), hint=hint)


def other_settings(project: CheckedProject) -> Iterator[Problem]:
    """Thresholds ascend, and the language is a language tag."""
    config = project.manifest.config
    if config.okrs.on_track >= config.okrs.at_risk:
        message = (
            f"`okrs.on_track` is {config.okrs.on_track:g} and `okrs.at_risk` is"
            f" {config.okrs.at_risk:g}"
        )
        place = project.config_at(
            "okrs.on_track" if "okrs.on_track" in project.config_places else "okrs.at_risk"
        )
        yield Problem(
            "threshold-order", message, place, hint="The gap that is at risk is the larger one."
        )
    if not _LANGUAGE.match(config.project.language):
        message = f'"{config.project.language}" is not a language tag'
        hint = 'Write "en-GB" or "en-US".'
        yield Problem("bad-language", message, project.config_at("project.language"), hint=hint)
    elif config.project.language.split("-")[0].lower() != "en":
        message = f'pages speak English, and the language is "{config.project.language}"'
        hint = 'Write "en-GB" or "en-US", or leave `language` out.'
        yield Problem("unknown-language", message, project.config_at("project.language"), hint=hint)
