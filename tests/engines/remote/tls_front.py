"""Sail speaks no TLS itself: what stands in front of it where it is reached from elsewhere, as a
balancer would."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from urllib.parse import urlsplit

from http_servers import running
from remote_servers import Server, sail


@contextmanager
def sail_behind_tls(protocol: str, home: Path, keys: Path) -> Iterator[Server]:
    """A Sail whose address is encrypted by the certificate in `keys`, as it is at that moment."""
    with sail(home, protocol) as server, running(_front(urlsplit(server.url).port, keys)) as front:
        port = front.server_address[1]
        plain = {"flight": "flightsql://{}", "spark": "sc://{}/;use_ssl=true"}[protocol]
        yield replace(server, url=plain.format(f"127.0.0.1:{port}"), restart=lambda: None)


def _front(port: int | None, keys: Path) -> ThreadingTCPServer:
    class Front(BaseRequestHandler):
        def handle(self) -> None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(keys / "cert.pem", keys / "key.pem")
            context.set_alpn_protocols(["h2"])
            with (
                suppress(OSError),
                context.wrap_socket(self.request, server_side=True) as outer,
                socket.create_connection(("127.0.0.1", port or 0)) as inner,
            ):
                back = threading.Thread(target=_pass_on, args=(inner, outer), daemon=True)
                back.start()
                _pass_on(outer, inner)
                back.join(5)

    class Quiet(ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    return Quiet(("127.0.0.1", 0), Front)


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while data := one.recv(1 << 16):
            other.sendall(data)
    with suppress(OSError):
        other.shutdown(socket.SHUT_RDWR)
