"""The `git` command, run so that nothing in a repository or in the environment can steer it.

No shell; no hooks, pagers, external diffs or file-system monitors; no prompts; fixed language. Of
the caller's `GIT_*` variables only those that reach a remote or name configuration are kept (a hook
sets GIT_DIR and GIT_INDEX_FILE, which would point elsewhere), and secrets of ours (`SHAREKIT_*`)
are never handed on."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from sharekit.errors import OutsideError, SharekitError

LOCAL_SECONDS = 600.0
"""Longest run of a command that stays on this machine; only a broken disk or a fetching partial
clone takes long."""
REMOTE_SECONDS = 180.0
"""Longest run of a command that talks to a remote."""
_BATCH = 2_000
"""Objects asked of one `cat-file`: bounds what is held in memory at a time."""
_KEPT = re.compile(
    r"GIT_(SSH|SSH_COMMAND|SSH_VARIANT|ASKPASS|SSL_CAINFO|SSL_CAPATH|SSL_CERT|SSL_KEY|PROXY_SSL_CAINFO|HTTP_PROXY_AUTHMETHOD"
    r"|CONFIG_GLOBAL|CONFIG_SYSTEM|CONFIG_NOSYSTEM|CONFIG_COUNT|CONFIG_KEY_\d+|CONFIG_VALUE_\d+|CONFIG_PARAMETERS"
    r"|ALLOW_PROTOCOL|PROTOCOL_FROM_USER|CEILING_DIRECTORIES)"
)
_SETTINGS = (
    "core.hooksPath=" + os.devnull,
    "core.fsmonitor=false",
    "core.pager=cat",
    "core.quotePath=false",
    "core.warnAmbiguousRefs=false",
    "color.ui=false",
    "diff.external=",
    "diff.noprefix=false",
    "log.showSignature=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "push.gpgSign=false",
    "push.recurseSubmodules=no",
    "protocol.ext.allow=never",
)


class GitError(OutsideError):
    """Git could not do it. The message is git's own last line, without addresses' passwords."""


class GitOutput(Struct, frozen=True):
    """What a git command left behind."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        """Output as text, without the line end at its end."""
        return self.out.decode("utf-8", "replace").rstrip("\n")


class Git:
    """Runs git in one folder. Holds no state but the folder and a cleaned environment."""

    def __init__(
        self, folder: Path, environ: Mapping[str, str] | None = None, *, program: str = "git"
    ) -> None:
        self.folder = folder
        self._program = program
        self._outer_environ = os.environ if environ is None else environ
        self._environ = clean_environment(self._outer_environ)
        self._contents: dict[str, bytes] = {}
        """Texts by the id of their content, which never changes."""
        self._listings: dict[tuple[str, ...], bytes] = {}
        self._sizes: dict[str, int] = {}
        """Sizes in bytes by id, of objects that are here: those stay."""

    def at(self, folder: Path) -> Git:
        """The same git in another folder."""
        return Git(folder, self._outer_environ, program=self._program)

    def run(
        self,
        *args: str,
        stdin: bytes = b"",
        check: bool = True,
        extra: Mapping[str, str] | None = None,
        seconds: float = LOCAL_SECONDS,
    ) -> GitOutput:
        """Run one command to its end. Raises GitError on failure (with `check`), SharekitError
        without git."""
        settings = [argument for setting in _SETTINGS for argument in ("-c", setting)]
        command = [
            self._program,
            "--no-pager",
            "--literal-pathspecs",
            "--no-optional-locks",
            *settings,
            *args,
        ]
        output = _run(command, self.folder, {**self._environ, **(extra or {})}, stdin, seconds)
        if check and output.code != 0:
            raise failure(args, output)
        return output

    def text(self, *args: str, check: bool = True) -> str:
        """Standard output of one command as text; "" where it failed and `check` is off."""
        output = self.run(*args, check=check)
        return output.text if output.code == 0 else ""

    def succeeds(self, *args: str) -> bool:
        """Whether a command that answers by its exit code (0 or 1) says yes. Raises GitError on any
        other code."""
        output = self.run(*args, check=False)
        if output.code > 1:
            raise failure(args, output)
        return output.code == 0

    def objects(self, ids: Iterable[str]) -> Iterator[tuple[str, bytes | None]]:
        """Contents of objects in the order of their ids, None for missing ones. Each is read once:
        an id never stands for anything else; many are read by one process."""
        listed_ids = list(ids)
        unread = [name for name in dict.fromkeys(listed_ids) if name not in self._contents]
        for start in range(0, len(unread), _BATCH):
            batch = unread[start : start + _BATCH]
            out = self.run(
                "cat-file",
                "--batch",
                "--buffer",
                stdin="".join(f"{name}\n" for name in batch).encode(),
            ).out
            read = zip(batch, _contents(out, len(batch)), strict=True)
            self._contents.update((name, content) for name, content in read if content is not None)
        yield from ((name, self._contents.get(name)) for name in listed_ids)

    def listing(self, tree: str, paths: Iterable[str] = ()) -> bytes:
        """What `ls-tree -r -z` says about a commit or tree, given by its id; of these paths alone where
        any are given. Each is read once: an id never stands for anything else."""
        key = (tree, *paths)
        if key not in self._listings:
            command = ("ls-tree", "-r", "-z", "--full-tree", tree, "--", *paths)
            self._listings[key] = self.run(*command).out
        return self._listings[key]

    def sizes(self, names: Iterable[str]) -> Mapping[str, int]:
        """Object id -> size in bytes, of those that this repository holds."""
        listed_names = sorted(set(names))
        unknown = [name for name in listed_names if name not in self._sizes]
        if unknown:
            lines_of_names = "".join(f"{name}\n" for name in unknown).encode()
            lines = self.run(
                "cat-file", "--batch-check", "--buffer", stdin=lines_of_names
            ).text.splitlines()
            answers = {name: line.split(" ")[-1] for name, line in zip(unknown, lines, strict=True)}
            self._sizes.update(
                (name, int(size)) for name, size in answers.items() if size.isdigit()
            )
        return {name: self._sizes[name] for name in listed_names if name in self._sizes}

    def have(self, names: Iterable[str]) -> frozenset[str]:
        """Those of the object ids that this repository holds."""
        return frozenset(self.sizes(names))


def clean_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment git gets: the caller's, without what steers git elsewhere and without our
    secrets."""
    environment = {
        name: value
        for name, value in environ.items()
        if not name.startswith(("SHAREKIT_", "GIT_")) or _KEPT.fullmatch(name)
    }
    environment.pop("LANGUAGE", None)
    return environment | {
        "LC_ALL": "C",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_MERGE_AUTOEDIT": "no",
        "GCM_INTERACTIVE": "never",
        "SSH_ASKPASS_REQUIRE": "never",
    }


def _run(
    command: Sequence[str], folder: Path, environ: Mapping[str, str], stdin: bytes, seconds: float
) -> GitOutput:
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # no terminal, so that ssh cannot ask for a password either
        )
    except FileNotFoundError:
        raise SharekitError(
            "git was not found" if folder.is_dir() else f"there is no folder {folder}",
            hint="Install git, and see that it is on the PATH." if folder.is_dir() else None,
        ) from None
    except OSError as error:
        raise GitError(f"git cannot be run: {error.strerror}") from None
    with process:
        try:
            out, err = process.communicate(stdin, timeout=seconds)
        except subprocess.TimeoutExpired:
            _end(process)
            raise GitError(
                f"git {_verb(command)} did not end within {seconds:g} seconds",
                hint="Look whether the remote answers, and try again.",
            ) from None
        except BaseException:  # also Ctrl-C: git must not go on alone
            _end(process)
            raise
    return GitOutput(process.returncode, out, err.decode("utf-8", "replace"))


def _end(process: subprocess.Popen[bytes]) -> None:
    """Stop git with what it started: its group is its own, as it has a session of its own."""
    if sys.platform == "win32":
        process.kill()
    else:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
    process.communicate()


def _verb(command: Sequence[str]) -> str:
    skip = False
    for argument in command[1:]:
        if skip or argument.startswith("-"):
            skip = argument == "-c"
            continue
        return argument
    return ""


def _contents(out: bytes, count: int) -> Iterator[bytes | None]:
    """Cut the output of `cat-file --batch`: a line `<id> <kind> <size>`, that many bytes, a line
    end."""
    at = 0
    for _ in range(count):
        end = out.index(b"\n", at)
        head, at = out[at:end].split(b" "), end + 1
        if head[-1] in (b"missing", b"ambiguous"):
            yield None
            continue
        size = int(head[-1])
        yield out[at : at + size]
        at += size + 1


def git_sentence(err: str) -> str:
    """Git's own sentence: the line that says what was fatal, without user names and passwords in
    addresses."""
    lines = [
        line.strip()
        for line in re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", " ", err).splitlines()
        if line.strip()
    ]
    telling = [line for line in lines if re.match(r"(fatal|error|remote):|! \[", line)] or lines
    line = telling[-1] if telling else "no reason given"
    line = re.sub(r"^(fatal|error): ", "", line)
    return re.sub(r"://[^/@\s]+@", "://", line)[:300]


def failure(args: Sequence[str], output: GitOutput) -> SharekitError:
    """The error for a command that failed: who may read it, or git's own sentence."""
    if "detected dubious ownership" in output.err:
        repository = re.search(r"in repository at '([^']*)'", output.err)
        place = repository[1] if repository else "this folder"
        return SharekitError(
            f"git refuses to read {place}, since another user owns it",
            hint=f"If you trust it: git config --global --add safe.directory '{place}'",
        )
    return GitError(f"git {_verb(['git', *args])} failed: {git_sentence(output.err)}")
