"""How parent and worker talk: frames of JSON, each with its length in front. Nothing in a frame can
execute."""

from __future__ import annotations

import json
from typing import Any, BinaryIO

from sharekit.read_json import read_json

HEAD = 4
"""Bytes of the length, big-endian."""
MAX_FRAME = 64 * 1024 * 1024
"""Largest frame either side accepts, in bytes."""
MAX_ANSWER = 32 * 1024 * 1024
"""Largest result that the worker sends, in bytes of JSON."""

Message = dict[str, Any]


class WireError(Exception):
    """The other side does not keep to the protocol."""


def pack(message: Message, *, rows: bytes | None = None) -> bytes:
    """One frame; `rows` is JSON already, put in under that key. NaN and infinity are refused: JSON
    has none.

    The rest is escaped to ASCII, so that a text which is no Unicode arrives as it is and can be
    refused by name."""
    body = json.dumps(message, allow_nan=False, separators=(",", ":")).encode()
    if rows is not None:
        body = body[:-1] + b',"rows":' + rows + b"}"
    return len(body).to_bytes(HEAD, "big") + body


def read(stream: BinaryIO) -> Message | None:
    """The next frame of a blocking stream; None at its end."""
    head = stream.read(HEAD)
    if len(head) < HEAD:
        return None
    body = stream.read(_length(head))
    return unpack(body)


def unpack(body: bytes | bytearray) -> Message:
    """The message in a frame's body. Raises WireError for anything but a JSON object."""
    try:
        message = read_json(body, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise WireError(str(error)) from None
    if not isinstance(message, dict):
        raise WireError("not an object")
    return message


class Frames:
    """Cuts a stream of bytes, as they arrive, into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Message]:
        """The messages that these bytes complete. Raises WireError."""
        self._buffer += data
        messages = []
        while len(self._buffer) >= HEAD:
            end = HEAD + _length(self._buffer[:HEAD])
            if len(self._buffer) < end:
                break
            messages.append(unpack(self._buffer[HEAD:end]))
            del self._buffer[:end]
        return messages


def _length(head: bytes | bytearray) -> int:
    length = int.from_bytes(head, "big")
    if length > MAX_FRAME:
        raise WireError(f"a frame of {length} bytes")
    return length


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
