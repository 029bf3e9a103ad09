"""Where messages go out: [mail], the environment over it, and webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import peers
import pytest
from peers import CONFIG

from sharekit.announce.settings import open_channels, smtp_settings
from sharekit.errors import SharekitError
from sharekit.project.load import load_files
from sharekit.project.shapes import MailConfig

ROOT = Path("/project")
HOOK = (
    '[[announce.webhooks]]\nname = "ops"\nkind = "json"\nurl = "env:OPS_URL"\nsecret ='
    ' "env:OPS_KEY"\n'
)


def mail(**keys: object) -> MailConfig:
    return MailConfig.model_validate(
        {"from": "numbers@bücher.example", "host": "smtp.example.com"} | keys
    )


def channels(config: str, environ: Mapping[str, str]) -> list[str]:
    manifest = load_files(peers.files() | {"sharekit.toml": config})
    return sorted(
        open_channels(manifest, environ, lambda: datetime(2013, 11, 22, tzinfo=UTC), root=ROOT)
    )


def test_what_the_file_says() -> None:
    found = smtp_settings(mail(port=2525, security="tls", ca_file="ca.pem"), {}, ROOT)
    assert (found.host, found.port, found.security, found.ca_file) == (
        "smtp.example.com", 2525, "tls", "/project/ca.pem",
    )  # fmt: skip
    assert found.sender == "numbers@xn--bcher-kva.example"


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465)])
def test_ports_follow_the_security(security: str, port: int) -> None:
    assert smtp_settings(mail(security=security), {}, ROOT).server == f"smtp.example.com:{port}"


def test_starttls_is_the_default() -> None:
    assert smtp_settings(mail(), {}, ROOT).security == "starttls"


def test_the_environment_outweighs_the_file() -> None:
    environ = {
        "SHAREKIT_SMTP_HOST": "localhost",
        "SHAREKIT_SMTP_PORT": "1025",
        "SHAREKIT_SMTP_SECURITY": "none",
        "SHAREKIT_SMTP_USER": "robot",
        "SHAREKIT_SMTP_PASSWORD": " pass word ",
        "SHAREKIT_SMTP_CA_FILE": "/ca.pem",
    }
    found = smtp_settings(mail(port=25, user="somebody"), environ, ROOT)
    assert (found.server, found.security, found.user, found.password, found.ca_file) == (
        "localhost:1025", "none", "robot", " pass word ", "/ca.pem",
    )  # fmt: skip


def test_an_empty_variable_is_none() -> None:
    assert (
        smtp_settings(mail(), {"SHAREKIT_SMTP_HOST": "", "SHAREKIT_SMTP_PORT": " "}, ROOT).host
        == "smtp.example.com"
    )


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"SHAREKIT_SMTP_PORT": "many"}, "SHAREKIT_SMTP_PORT is 'many'"),
        ({"SHAREKIT_SMTP_PORT": "70000"}, "SHAREKIT_SMTP_PORT is '70000'"),
        ({"SHAREKIT_SMTP_SECURITY": "ssl"}, "SHAREKIT_SMTP_SECURITY is 'ssl'"),
        ({"SHAREKIT_SMTP_SECURITY": "none"}, "on this machine only"),
        ({"SHAREKIT_SMTP_USER": "robot"}, "password for robot is not set"),
    ],
)
def test_settings_that_cannot_work_are_said(environ: dict[str, str], said: str) -> None:
    with pytest.raises(SharekitError, match=said) as told:
        smtp_settings(mail(), environ, ROOT)
    assert told.value.hint


def test_every_way_out_is_opened() -> None:
    environ = {"OPS_URL": "https://ops.example/hook", "OPS_KEY": "k" * 24}
    assert channels(CONFIG + HOOK, environ) == ["mail", "webhook:ops"]
    assert channels(CONFIG.partition("[mail]")[0] + HOOK, environ) == ["webhook:ops"]


@pytest.mark.parametrize("missing", ["OPS_URL", "OPS_KEY"])
def test_a_webhook_without_its_secrets_is_said(missing: str) -> None:
    environ = {"OPS_URL": "https://ops.example/hook", "OPS_KEY": "k" * 24}
    del environ[missing]
    with pytest.raises(SharekitError, match="webhook ops is not set") as told:
        channels(CONFIG + HOOK, environ)
    assert missing in (told.value.hint or "")


@pytest.mark.parametrize("host", ["smtp.example.com", "attacker.example", "localhost"])
def test_no_server_that_a_file_names_gets_the_password(host: str) -> None:
    with pytest.raises(SharekitError, match="SHAREKIT_SMTP_HOST is not") as told:
        smtp_settings(mail(host=host, user="robot"), {"SHAREKIT_SMTP_PASSWORD": "hunter2"}, ROOT)
    assert f"SHAREKIT_SMTP_HOST={host}" in (told.value.hint or "")
    assert "hunter2" not in f"{told.value.message}{told.value.hint}"
    pinned = {"SHAREKIT_SMTP_PASSWORD": "hunter2", "SHAREKIT_SMTP_HOST": "smtp.example.com"}
    assert smtp_settings(mail(host=host, user="robot"), pinned, ROOT).host == "smtp.example.com"


@pytest.mark.parametrize("path", ["/etc/ssl/cert.pem", "../ca.pem", "link.pem", ".git/ca.pem"])
def test_certificates_that_the_repository_names_lie_in_it(tmp_path: Path, path: str) -> None:
    outside, root = tmp_path / "ca.pem", tmp_path / "project"
    root.mkdir()
    outside.write_text("certificates")
    (root / ".git").mkdir()
    (root / ".git/ca.pem").write_text("certificates")
    (root / "link.pem").symlink_to(outside)
    with pytest.raises(SharekitError, match=r"ca_file in \[mail\]"):
        smtp_settings(mail(ca_file=path), {}, root)
    assert smtp_settings(
        mail(ca_file=path), {"SHAREKIT_SMTP_CA_FILE": str(outside)}, root
    ).ca_file == str(outside)


@pytest.mark.parametrize(
    "host", ["ann:s3cret@smtp.example.com", "smtp.example.com:587", "smtps://smtp.example.com"]
)
def test_a_host_with_more_beside_it_is_refused_and_not_repeated(host: str) -> None:
    environ = {"SHAREKIT_SMTP_HOST": host}
    with pytest.raises(SharekitError) as raised:
        smtp_settings(mail(), environ, ROOT)
    said = f"{raised.value.message} {raised.value.hint}"
    assert "more than the name of a host" in said
    assert "SHAREKIT_SMTP_PASSWORD" in said
    assert host not in said
    assert "s3cret" not in said


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1", "smtp.example.com"])
def test_names_and_addresses_of_hosts_are_taken_as_they_are(host: str) -> None:
    assert smtp_settings(mail(), {"SHAREKIT_SMTP_HOST": host}, ROOT).host == host
