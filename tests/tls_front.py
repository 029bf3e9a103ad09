"""What stands in front of a server that speaks no TLS itself where it is reached from elsewhere, as a
balancer would."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer

from http_servers import running


@contextmanager
def behind_tls(port: int, keys: Path, protocol: str) -> Iterator[int]:
    """The encrypted port before a plain one, with the certificate in `keys` as it is when somebody
    connects. `protocol`: h2 or http/1.1."""

    class Front(BaseRequestHandler):
        def handle(self) -> None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(keys / "cert.pem", keys / "key.pem")
            context.set_alpn_protocols([protocol])
            with (
                suppress(OSError),
                context.wrap_socket(self.request, server_side=True) as outer,
                socket.create_connection(("127.0.0.1", port)) as inner,
            ):
                back = threading.Thread(target=_pass_on, args=(inner, outer), daemon=True)
                back.start()
                _pass_on(outer, inner)
                back.join(5)

    with running(_Quiet(("127.0.0.1", 0), Front)) as front:
        yield front.server_address[1]


class _Quiet(ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while data := one.recv(1 << 16):
            other.sendall(data)
    with suppress(OSError):
        other.shutdown(socket.SHUT_RDWR)
