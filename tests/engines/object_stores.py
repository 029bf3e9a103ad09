"""Real servers that speak as the three stores of objects do, and what a keeper's environment says about
each."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from typing import Any

from machine import beside_python, file_of, program
from server_processes import free_port, running

SECRET = "s3cr3t-access-key"
_AZURITE_KEY = (  # the one that the emulator's manual gives
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)

_SIGNED = (
    "AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/s3/aws4_request, SignedHeaders=host,"
    " Signature=0"
)


@dataclass(frozen=True)
class ObjectStore:
    """One server."""

    scheme: str
    environ: Mapping[str, str]
    make: Callable[[str], None]
    """Make a bucket, or a container."""
    gone: Mapping[str, str]
    """The same environment, where nobody answers."""


@contextmanager
def s3(folder: Path) -> Iterator[ObjectStore]:
    """moto, which speaks S3."""
    with _moto() as url:
        yield _s3(url)


def _s3(url: str) -> ObjectStore:
    environ = {
        "AWS_ENDPOINT_URL": url,
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_REGION": "us-east-1",
    }
    gone = {**environ, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    return ObjectStore("s3", environ, lambda name: _put(f"{url}/{name}", {}), gone)


@contextmanager
def gs(folder: Path) -> Iterator[ObjectStore]:
    """Google's store has an interface that speaks S3's XML and logs in otherwise: moto, with that
    changed on the way."""
    with _moto() as url:
        here = folder / "login.json"
        gone = folder / "gone.json"
        for file, at in ((here, url), (gone, "http://127.0.0.1:9")):
            login = {
                "gcs_base_url": at,
                "disable_oauth": True,
                "client_email": "",
                "private_key": "",
            }
            file.write_text(json.dumps(login | {"private_key_id": ""}), "utf-8")
        environ = {"GOOGLE_SERVICE_ACCOUNT": str(here), "GOOGLE_ALLOW_HTTP": "true"}
        yield ObjectStore(
            "gs",
            environ,
            lambda name: _put(f"{url}/{name}", {}),
            {**environ, "GOOGLE_SERVICE_ACCOUNT": str(gone)},
        )


@contextmanager
def az(folder: Path) -> Iterator[ObjectStore]:
    """Azurite, the emulator of Azure's store."""
    azurite = file_of("SHAREKIT_AZURITE", "azurite/dist/src/blob/main.js of npm")
    port = free_port()
    command = [
        program("node"), azurite, "--inMemoryPersistence", "--silent", "--disableTelemetry", "--skipApiVersionCheck",
        "--blobHost", "127.0.0.1", "--blobPort", str(port),
    ]  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    environ = {
        "AZURE_STORAGE_USE_EMULATOR": "true",
        "AZURITE_BLOB_STORAGE_URL": url,
        "AZURE_ALLOW_HTTP": "true",
    }
    with running(command, port, folder):
        yield ObjectStore(
            "az",
            environ,
            lambda name: _container(url, name),
            {**environ, "AZURITE_BLOB_STORAGE_URL": "http://127.0.0.1:9"},
        )


@contextmanager
def google(folder: Path) -> Iterator[ObjectStore]:
    """Google's other interface, of JSON, which pyarrow speaks: the emulator of that."""
    port = free_port()
    command = [
        beside_python("gcp-storage-emulator"),
        "start",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "-M",
        "-q",
    ]
    environ = {"STORAGE_EMULATOR_HOST": f"http://127.0.0.1:{port}"}
    gone = {"STORAGE_EMULATOR_HOST": "http://127.0.0.1:9"}

    def make(name: str) -> None:
        body = json.dumps({"name": name}).encode()
        kind = {"Content-Type": "application/json"}
        url = f"http://127.0.0.1:{port}/storage/v1/b?project=test"
        _send(urllib.request.Request(url, body, kind, method="POST"))

    with running(command, port, folder):
        yield ObjectStore("gs", environ, make, gone)


STORES: Mapping[str, Callable[[Path], Any]] = {"s3": s3, "gs": gs, "az": az}


@contextmanager
def _moto() -> Iterator[str]:
    from http_servers import running as serving
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    moto = DomainDispatcherApplication(create_backend_app)

    def logged_in(environ: dict[str, Any], start: Any) -> Any:
        if not environ.get("HTTP_AUTHORIZATION", "").startswith("AWS4"):
            environ["HTTP_AUTHORIZATION"] = _SIGNED  # Google's way to log in is not S3's
        return moto(environ, start)

    server = make_server("127.0.0.1", 0, logged_in, threaded=True)
    with serving(server):
        yield f"http://127.0.0.1:{server.server_port}"


def _put(url: str, headers: Mapping[str, str]) -> None:
    _send(urllib.request.Request(url, method="PUT", headers=dict(headers)))


def _send(call: urllib.request.Request) -> None:
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(call, timeout=30).close()


def _container(url: str, name: str) -> None:
    """Signed as Azure asks for it, with the emulator's key."""
    headers = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": "2021-08-06"}
    lines = "".join(f"{key}:{value}\n" for key, value in sorted(headers.items()))
    account = "devstoreaccount1"
    text = f"PUT\n{11 * chr(10)}{lines}/{account}/{account}/{name}\nrestype:container"
    digest = hmac.digest(base64.b64decode(_AZURITE_KEY), text.encode(), hashlib.sha256)
    headers["Authorization"] = f"SharedKey {account}:{base64.b64encode(digest).decode()}"
    _put(f"{url}/{account}/{name}?restype=container", headers)
