"""Posting to webhooks on a real HTTP server."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import threading
from contextlib import closing
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hooks import Hook
from smtp_servers import certificates, free_port

from sharekit.announce.channels.delivery import (
    Deferred,
    Delivered,
    Outcome,
    OutgoingMessage,
    RefusedMessage,
)
from sharekit.announce.channels.webhook import WebhookChannel, WebhookSettings
from sharekit.announce.ledger.ids import Ids
from sharekit.errors import SharekitError

BODY = '{"text": "JFK leaves on time: größer"}'.encode()
RAW = b"a raw key of more than 24"
NOW = datetime(2013, 11, 22, 12, tzinfo=UTC)


def send(url: str, kind: str = "slack", secret: str | None = None, seconds: float = 5.0) -> Outcome:
    settings = WebhookSettings("ops", kind, url, secret, seconds)  # type: ignore[arg-type]
    with closing(WebhookChannel(settings, lambda: NOW)) as channel:
        return channel.send(OutgoingMessage("msg_2abc", "", BODY))


def test_a_message_is_one_post_of_the_very_bytes() -> None:
    hook = Hook()
    with hook.running() as url:
        assert send(url) == Delivered("200")
    ((path, headers, body),) = hook.requests
    assert (path, body) == ("/services/T0/B0/s3cret", BODY)
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert "webhook-signature" not in headers


@pytest.mark.parametrize(
    "secret",
    [
        "any text of thirty-two characters",
        "whsec_" + base64.b64encode(RAW).decode(),
    ],
)
def test_machines_can_check_who_sent_it_and_whether_it_is_a_repeat(secret: str) -> None:
    hook = Hook()
    with hook.running() as url:
        assert send(url, "json", secret) == Delivered("200")
        assert send(url, "json", secret) == Delivered("200")
    (_, headers, body), (_, repeated, _) = hook.requests
    key = RAW if secret.startswith("whsec_") else secret.encode()
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert (
        headers["idempotency-key"]
        == repeated["idempotency-key"]
        == headers["webhook-id"]
        == "msg_2abc"
    )


@pytest.mark.parametrize("code", [408, 429, 500, 503])
def test_come_again_is_deferred(code: int) -> None:
    with Hook([code]).running() as url:
        assert send(url) == Deferred(f"webhook ops asks to retry later ({code})", str(code))


@pytest.mark.parametrize("code", [400, 403, 404, 410])
def test_a_refusal_is_final(code: int) -> None:
    with Hook([code]).running() as url:
        assert send(url) == RefusedMessage(str(code), f"webhook ops refuses the message ({code})")


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_an_address_that_leads_elsewhere_is_not_followed(code: int) -> None:
    hook = Hook([code])
    with hook.running() as url:
        assert isinstance(send(url), RefusedMessage)
    assert len(hook.requests) == 1


@pytest.mark.parametrize("fault", ["hang up", "stall"])
def test_a_lost_answer_is_uncertain(fault: str) -> None:
    hook = Hook([fault])
    with hook.running() as url:
        answer = send(url, seconds=0.3)
    assert isinstance(answer, Deferred)
    assert answer.uncertain
    assert len(hook.requests) == 1


def test_nobody_there(tmp_path: Path) -> None:
    answer = send(f"http://127.0.0.1:{free_port()}/s3cret")
    assert answer == Deferred("webhook ops cannot be reached: connection refused", everyone=True)


def test_a_certificate_nobody_vouches_for(tmp_path: Path) -> None:
    made, hook = certificates(tmp_path), Hook()
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        server.socket = made.server.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        answer = send(f"https://127.0.0.1:{server.server_port}/s3cret")
        thread.join()
    assert answer == Deferred(
        "webhook ops cannot be reached: its certificate cannot be trusted",
        everyone=True,
        soon=False,
    )
    assert hook.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/s3cret",
        "http://127.0.0.1.example.com/s3cret",
        "ftp://127.0.0.1/s3cret",
        "file:///s3cret",
        "https://",
        "https://x y/s3cret",
        "https://[::1/s3cret",
        "s3cret",
    ],
)
def test_only_https_leaves_this_machine_and_no_address_is_told(url: str) -> None:
    with pytest.raises(SharekitError, match="webhook ops is not an https address") as told:
        WebhookSettings("ops", "slack", url)
    assert "s3cret" not in f"{told.value} {told.value.hint}"


def test_addresses_and_keys_are_in_no_representation() -> None:
    with Hook([500, 404, "hang up"]).running() as url:
        said = [repr(send(url)) for _ in range(3)] + [
            repr(send(f"http://127.0.0.1:{free_port()}/s3cret"))
        ]
        said.append(repr(WebhookSettings("ops", "json", url, "k3y" * 8)))
    assert not any("s3cret" in text or "k3y" in text for text in said)
    with pytest.raises(SharekitError, match="not base64") as told:
        WebhookSettings("ops", "json", url, "whsec_%%%k3y")
    assert "k3y" not in str(told.value)


@pytest.mark.parametrize(
    "secret", ["short", "whsec_" + base64.b64encode(b"x" * 23).decode(), "y" * 65]
)
def test_a_key_that_is_too_short_or_too_long_is_said_without_it(secret: str) -> None:
    with pytest.raises(SharekitError, match="24 to 64") as told:
        WebhookSettings("ops", "json", "https://ops.example/hook", secret)
    assert secret not in f"{told.value.message}{told.value.hint}"


def test_an_id_has_no_dot_and_no_name() -> None:
    made = Ids("https://numbers.example.com/", "numbers.example.com").webhook("jfk_on_time.2.ab")
    assert re.fullmatch(r"msg_[0-9a-f]{32}", made)
    assert made != Ids("https://other.example.com/", "numbers.example.com").webhook(
        "jfk_on_time.2.ab"
    )
