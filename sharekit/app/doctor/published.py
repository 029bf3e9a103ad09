"""The published site: is it there, and is it of HEAD."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

from msgspec import Struct

from sharekit.announce.channels.certificates import valid_until
from sharekit.announce.channels.delivery import is_loopback
from sharekit.app.doctor.findings import bad, expiring, failed, well
from sharekit.app.session import Session
from sharekit.documents import INDEX
from sharekit.engines.remote.adapter import Finding
from sharekit.engines.remote.examine import EngineReport
from sharekit.errors import OutsideError, SharekitError
from sharekit.history import History, NoHistory
from sharekit.project.manifest import Manifest
from sharekit.read_json import read_json
from sharekit.site.folders import tree_url

SECONDS = 15.0
_LARGEST = 20_000_000
_LOGIN = frozenset({301, 302, 303, 307, 308, 401, 403})
"""Answers of a server that asks for a login first."""


def site(session: Session, manifest: Manifest) -> Iterator[EngineReport]:
    """Each audience's tree at [project] url: which commit it shows, as far as no login is asked for."""
    if manifest.config.project.url is None:
        return
    for audience in manifest.audiences:
        url = tree_url(manifest, audience) or ""
        try:
            answer = _ask(f"{url}{INDEX}")
        except SharekitError as error:
            yield failed(url, error)
        else:
            ends = expiring(
                answer.until, session.clock(), "no browser shows pages with an expired one"
            )
            yield EngineReport(url, True, (_shown_commit(answer, session.history), *ends))


class _Answer(Struct, frozen=True):
    status: int
    content: bytes
    until: datetime | None
    """When the server's certificate expires; None without encryption."""


def _shown_commit(answer: _Answer, history: History | NoHistory) -> Finding:
    if answer.status in _LOGIN:
        return well("it asks for a login, so the commit that it shows is unknown")
    if answer.status == 404:
        return bad(
            "no site is published there", "Publish the folder site/, or correct [project] url."
        )
    if answer.status != 200:
        return bad(f"it answers {answer.status}", "See the web server's log.")
    try:
        document = read_json(answer.content)
        commit, day = document["commit"], document["as_of"]
    except (ValueError, TypeError, KeyError):
        return bad(
            "it is not a site made by sharekit",
            "Publish the folder site/, or correct [project] url.",
        )
    if isinstance(history, NoHistory):
        return well(f"numbers as of {day}")
    shown_commit = str(commit or "")
    if shown_commit == history.head:
        return well(f"it shows HEAD ({shown_commit[:7]}), numbers as of {day}")
    if history.knows(shown_commit) and history.relation(shown_commit) == "follows":
        return bad(
            f"it shows an older commit ({shown_commit[:7]}, as of {day}) than HEAD ({history.head[:7]})",
            "Look at the last run of the pipeline: it failed, or has not published yet.",
        )
    return bad(
        f"it shows {shown_commit[:7] or 'no commit'}, which HEAD ({history.head[:7]}) does not follow",
        "Run git pull here, or publish from the published branch alone.",
    )


def _ask(url: str) -> _Answer:
    """One request, with no cookie, token or redirect."""
    url_parts = urlsplit(url)
    host = url_parts.hostname or ""
    if url_parts.scheme != "https" and not is_loopback(host):
        raise SharekitError(f"{url} does not begin with https://", hint="Correct [project] url.")
    connect = (
        http.client.HTTPSConnection if url_parts.scheme == "https" else http.client.HTTPConnection
    )
    connection = connect(host, url_parts.port, timeout=SECONDS)
    try:
        connection.connect()
        until = valid_until(connection.sock)
        connection.request("GET", url_parts.path, headers={"User-Agent": "sharekit"})
        with connection.getresponse() as answer:
            return _Answer(answer.status, answer.read(_LARGEST), until)
    except ssl.SSLCertVerificationError as error:
        raise OutsideError(
            f"its certificate cannot be trusted: {error.verify_message}",
            hint="Renew it on the web server; an authority of your own is trusted by"
            " SSL_CERT_FILE.",
        ) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        raise OutsideError(
            f"it cannot be reached: {why}",
            hint="Check that the web server runs, or correct [project] url.",
        ) from None
    finally:
        connection.close()
