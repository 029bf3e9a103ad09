"""Walls around the process that runs other people's SQL: limits, Landlock, seccomp. Linux has all
three; elsewhere what is missing is skipped, and the guard and DuckDB's own lock remain.

Nothing here needs privileges. All of it lasts until the process ends and is inherited by its
threads, so `restrict_process` must be called before a second thread exists."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import resource
import struct
import sys
from collections.abc import Iterable

from msgspec import Struct

_PR_SET_SECCOMP = 22
_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_MODE_FILTER = 2

# Landlock, see landlock(7) and include/uapi/linux/landlock.h. Its system calls have one number on
# every machine.
_LANDLOCK_CREATE_RULESET, _LANDLOCK_ADD_RULE, _LANDLOCK_RESTRICT_SELF = 444, 445, 446
_LANDLOCK_CREATE_RULESET_VERSION = 1
_LANDLOCK_RULE_PATH_BENEATH = 1
_READ_FILE = 1 << 2
_ALL_IN_DIRECTORY = (
    (1 << 1) | (1 << 2) | (1 << 3) | (1 << 4) | (1 << 5) | (1 << 7) | (1 << 8) | (1 << 14)
)
"""Write, read, list, remove, make and cut plain files and folders: what DuckDB does in its
temporary folder."""
_SYSTEM_FILES = (
    "/proc/self/cgroup",
    "/proc/meminfo",
    "/proc/stat",
    "/sys/fs/cgroup",
    "/sys/devices/system/cpu/online",
    "/dev/null",
    "/dev/urandom",
)
"""What DuckDB and the C library read to learn the machine's size; DuckDB 2.0 aborts where it
cannot."""
_FS_BITS_BY_ABI = (0, 13, 14, 15, 15, 16, 16, 16)
"""How many file-system rights each version of the interface knows; a newer one is treated like the
last."""
_NET_SINCE, _SCOPES_SINCE = 4, 6

# seccomp, see seccomp(2): (machine, AUDIT_ARCH, numbers of the refused calls).
_REFUSED_CALLS: dict[str, tuple[int, dict[str, int]]] = {
    "x86_64": (
        0xC000003E,
        {
            "socket": 41,
            "connect": 42,
            "accept": 43,
            "bind": 49,
            "listen": 50,
            "socketpair": 53,
            "fork": 57,
            "vfork": 58,
            "execve": 59,
            "kill": 62,
            "ptrace": 101,
            "mount": 165,
            "tkill": 200,
            "unshare": 272,
            "accept4": 288,
            "process_vm_readv": 310,
            "process_vm_writev": 311,
            "bpf": 321,
            "execveat": 322,
            "userfaultfd": 323,
        },
    ),
    "aarch64": (
        0xC00000B7,
        {
            "mount": 40,
            "unshare": 97,
            "ptrace": 117,
            "kill": 129,
            "tkill": 130,
            "socket": 198,
            "socketpair": 199,
            "bind": 200,
            "listen": 201,
            "accept": 202,
            "connect": 203,
            "execve": 221,
            "accept4": 242,
            "process_vm_readv": 270,
            "process_vm_writev": 271,
            "bpf": 280,
            "execveat": 281,
            "userfaultfd": 282,
        },
    ),
}
_REFUSED_EVERYWHERE = {
    "pidfd_send_signal": 424,
    "io_uring_setup": 425,
    "io_uring_enter": 426,
    "io_uring_register": 427,
}


class ProcessLimits(Struct, frozen=True):
    """What the process may still do."""

    memory: int
    """Bytes of address space; 0 sets no limit."""
    file_size: int
    """Bytes of the largest file it may write."""
    readable: tuple[str, ...]
    """Files it may open for reading."""
    writable: str
    """The one folder in which it may do as it likes."""


def restrict_process(walls: ProcessLimits) -> tuple[str, ...]:
    """Put up every wall that this system has, for good. Returns their names."""
    _limit(walls)
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
    up = ["rlimits"]
    if libc is not None and _prctl(libc, _PR_SET_NO_NEW_PRIVS, 1) == 0:
        if _landlock(libc, walls):
            up.append("landlock")
        if _seccomp(libc):
            up.append("seccomp")
    return tuple(up)


def _limit(walls: ProcessLimits) -> None:
    limits = {
        "RLIMIT_CORE": 0,
        "RLIMIT_FSIZE": walls.file_size,
        "RLIMIT_NOFILE": 256 + len(walls.readable),
        **({"RLIMIT_AS": walls.memory} if walls.memory else {}),
    }
    for name, most in limits.items():
        which = getattr(resource, name, None)
        if which is None:
            continue
        hard = resource.getrlimit(which)[1]
        value = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(which, (value, value))
        except (ValueError, OSError):
            # macOS refuses some of them; the other walls stand.
            continue


def _landlock(libc: ctypes.CDLL, walls: ProcessLimits) -> bool:
    """Only `readable` may be read and only `writable` written; no TCP, no signals or sockets to
    other processes."""
    abi = libc.syscall(
        _LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), _LANDLOCK_CREATE_RULESET_VERSION
    )
    if abi < 1:
        return False
    handled = (1 << _FS_BITS_BY_ABI[min(abi, len(_FS_BITS_BY_ABI) - 1)]) - 1
    fields = [handled]
    if abi >= _NET_SINCE:
        fields.append(0b11)
    if abi >= _SCOPES_SINCE:
        fields.append(0b11)
    attributes = struct.pack(f"={len(fields)}Q", *fields)
    ruleset = libc.syscall(
        _LANDLOCK_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0
    )
    if ruleset < 0:
        return False
    try:
        rules = [
            *((path, _READ_FILE) for path in (*_SYSTEM_FILES, *walls.readable)),
            (walls.writable, _ALL_IN_DIRECTORY & handled),
        ]
        return (
            _add_rules(libc, ruleset, rules)
            and libc.syscall(_LANDLOCK_RESTRICT_SELF, ruleset, 0) == 0
        )
    finally:
        os.close(ruleset)


def _add_rules(libc: ctypes.CDLL, ruleset: int, rules: Iterable[tuple[str, int]]) -> bool:
    for path, rights in rules:
        try:
            handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            # A file that is not there needs no right; reading it fails in its own words later.
            continue
        try:
            rule = struct.pack("=Qi", rights, handle)
            if libc.syscall(_LANDLOCK_ADD_RULE, ruleset, _LANDLOCK_RULE_PATH_BENEATH, rule, 0) != 0:
                return False
        finally:
            os.close(handle)
    return True


class _Program(ctypes.Structure):
    _fields_ = (("len", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def _seccomp(libc: ctypes.CDLL) -> bool:
    """No sockets, no other program, no signals to others: such calls fail with EPERM."""
    refused = _REFUSED_CALLS.get(platform.machine())
    if refused is None or sys.byteorder != "little":
        return False
    arch, call_numbers = refused
    calls = sorted({*call_numbers.values(), *_REFUSED_EVERYWHERE.values()})
    code = _filter(arch, calls)
    program = _Program(len(code) // 8, code)
    return _prctl(libc, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(program)) == 0


def _prctl(libc: ctypes.CDLL, option: int, *values: int) -> int:
    """prctl(2) takes five machine words; ctypes would pass shorter ones."""
    machine_words = [ctypes.c_ulong(value) for value in (*values, 0, 0, 0, 0)[:4]]
    return int(libc.prctl(option, *machine_words))


def _filter(arch: int, calls: list[int]) -> bytes:
    """A classic BPF program: another architecture or the x32 table -> refuse, a listed call ->
    refuse, else allow."""
    load, equal, at_least, finish = 0x20, 0x15, 0x35, 0x06
    refuse, allow = 0x00050000 | errno.EPERM, 0x7FFF0000
    # (what, with which value, answer that jumps to the last step)
    program: list[tuple[int, int, bool | None]] = [
        (load, 4, None),
        (equal, arch, False),
        (load, 0, None),
        (at_least, 0x40000000, True),
        *((equal, call, True) for call in calls),
        (finish, allow, None),
        (finish, refuse, None),
    ]
    steps = []
    for index, (code, value, jumps) in enumerate(program):
        ahead = len(program) - 1 - index - 1
        steps.append(
            struct.pack(
                "=HBBI", code, ahead if jumps is True else 0, ahead if jumps is False else 0, value
            )
        )
    return b"".join(steps)
