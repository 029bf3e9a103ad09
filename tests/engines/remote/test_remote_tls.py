"""Encrypted connections to real servers whose certificates an authority of the test signed: who is
not who they say is not talked to, and the message says what to do."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from authority import DAY, Authority, authority
from remote_asking import Got, ask
from remote_servers import PASSWORD, WRITTEN, Server, mariadb, postgres, sail
from remote_servers import as_user as owner
from tls_front import behind_tls

pytestmark = pytest.mark.slow


@dataclass
class Encrypted:
    """A server whose certificate can be replaced."""

    server: Server
    folder: Path
    ours: Authority
    option: str

    def certify(self, host: str, until: datetime) -> None:
        self.ours.sign(host, until, self.folder)
        for name in ("cert.pem", "key.pem"):
            path = self.folder / name
            path.chmod(0o600)
            if user := owner(self.folder):
                shutil.chown(path, user["user"], user["group"])

    def ask(self, tmp_path: Path, ca: Path, host: str = "localhost") -> Got:
        url = self.server.url.replace("127.0.0.1", host) + self.option.format(ca=ca)
        query = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
        sql = query if self.server.dialect == "postgres" else "SELECT 1 AS a"
        allow = ["pg_stat_ssl"]
        functions = ["pg_backend_pid"]
        return ask(tmp_path, self.server, sql, url=url, allow=allow, functions=functions)


@contextmanager
def sail_behind_tls(protocol: str, home: Path, keys: Path) -> Iterator[Server]:
    """Sail speaks no TLS itself."""
    plain = {"flight": "flightsql://{}", "spark": "sc://{}/;use_ssl=true"}[protocol]
    with (
        sail(home, protocol) as server,
        behind_tls(urlsplit(server.url).port or 0, keys, "h2") as port,
    ):
        yield replace(server, url=plain.format(f"127.0.0.1:{port}"), restart=lambda: None)


KINDS: dict[str, tuple[Callable[..., object], str, Callable[[Path], list[str]]]] = {
    "postgres": (
        postgres,
        "?sslmode=verify-full&sslrootcert={ca}",
        lambda at: [
            "-c", "ssl=on", "-c", f"ssl_cert_file={at}/cert.pem", "-c", f"ssl_key_file={at}/key.pem",
        ],
    ),
    "mariadb": (
        mariadb,
        "?ssl_ca={ca}",
        lambda at: [f"--ssl-cert={at}/cert.pem", f"--ssl-key={at}/key.pem"],
    ),
    "sail_flight": (
        lambda home, keys: sail_behind_tls("flight", home, Path(keys)),
        "?ssl_ca={ca}",
        lambda at: [str(at)],
    ),
    "sail_spark": (
        lambda home, keys: sail_behind_tls("spark", home, Path(keys)),
        ";ssl_ca={ca}",
        lambda at: [str(at)],
    ),
}  # fmt: skip


@pytest.fixture(scope="module", params=list(KINDS))
def encrypted(request: pytest.FixtureRequest) -> Iterator[Encrypted]:
    start, option, settings = KINDS[request.param]
    with tempfile.TemporaryDirectory(prefix="sharekit-tls-") as top, ExitStack() as stack:
        os.chmod(top, 0o755)
        keys, home = Path(top, "keys"), Path(top, "server")
        keys.mkdir(mode=0o755)
        home.mkdir(mode=0o755)
        ours = authority(Path(top), "ours")
        made = Encrypted(Server("", "", "", print), keys, ours, option)
        made.certify("localhost", datetime.now(UTC) + 10 * DAY)
        made.server = stack.enter_context(start(home, *settings(keys)))  # type: ignore[arg-type]
        yield made


def refused(got: Got) -> str:
    """What is said, which is never the password."""
    assert got.error.fault == "outside"
    said = f"{got.error.message} {got.error.hint}"
    assert PASSWORD not in said
    assert WRITTEN not in said
    return said


def test_a_certificate_of_the_named_authority_is_accepted(
    tmp_path: Path, encrypted: Encrypted
) -> None:
    got = encrypted.ask(tmp_path, encrypted.ours.file)
    assert got.rows in ([(True,)], [(1,)]), got.extract.error


def test_a_certificate_of_another_authority_is_refused(
    tmp_path: Path, encrypted: Encrypted
) -> None:
    said = refused(encrypted.ask(tmp_path, authority(tmp_path, "theirs").file))
    assert "Name the CA that signed it" in said


def test_a_certificate_of_another_host_is_refused(tmp_path: Path, encrypted: Encrypted) -> None:
    said = refused(encrypted.ask(tmp_path, encrypted.ours.file, host="127.0.0.1"))
    assert "as the certificate names it" in said


def test_a_certificate_that_has_expired_is_refused(tmp_path: Path, encrypted: Encrypted) -> None:
    assert encrypted.server.restart is not None
    encrypted.certify("localhost", datetime.now(UTC) - DAY)
    encrypted.server.restart()
    said = refused(encrypted.ask(tmp_path, encrypted.ours.file))
    assert "expired" in said


def test_a_ca_file_that_is_not_there_is_said(tmp_path: Path, encrypted: Encrypted) -> None:
    said = refused(encrypted.ask(tmp_path, tmp_path / "no.pem"))
    assert "no.pem" in said or "file that ssl_ca names is not there" in said
