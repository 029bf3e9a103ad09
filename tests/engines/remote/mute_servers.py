"""Servers that take a connection and then say nothing, as a machine behind a broken network does."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_ENCRYPTION = 8
"""Bytes of the question whether to encrypt."""
_READY = (
    b"R\0\0\0\x08\0\0\0\0"
    + b"S\0\0\0\x19client_encoding\0UTF8\0"
    + b"K\0\0\0\x0c\0\0\0\1\0\0\0\1"
    + b"Z\0\0\0\x05I"
)
"""PostgreSQL's "you are in", a setting, and "ask me"."""


@contextmanager
def mute(*, greets: bool) -> Iterator[int]:
    """A port on which somebody listens. `greets`: lets a client of PostgreSQL log in first."""
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.2)
        taken: list[socket.socket] = []

        def serve() -> None:
            while not ended.is_set():
                with suppress(TimeoutError):
                    taken.append(listening.accept()[0])
                    if greets:
                        while len(taken[-1].recv(8192)) == _ENCRYPTION:
                            taken[-1].sendall(b"N")
                        taken[-1].sendall(_READY)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            ended.set()
            thread.join()
            for connection in taken:
                connection.close()
