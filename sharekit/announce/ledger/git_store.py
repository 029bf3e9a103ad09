"""The ledger in a git ref of its own: commits without parents in the project's branches, made by
plumbing alone.

No branch, index or file of the work tree is touched. Where there is a remote, its ref is the ledger
and the one here only a copy: a version counts once the remote has taken it."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from sharekit.announce.ledger.store import LedgerFiles
from sharekit.errors import OutsideError, SharekitError
from sharekit.history.git import REMOTE_SECONDS, Git, GitError, git_sentence

REF = "refs/sharekit/announced"
"""The ledger of the project at the top of a repository; see `ledger_ref`."""
_QUIET = ("--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--refmap=")
_RIGHTS = (
    "Give the job the right to push (on GitHub: permissions: contents: write), "
    'or keep the ledger in a file: [announce] ledger = "file:PATH".'
)


_LASTING = re.compile(
    r"remote rejected|denied|declined|authentication failed|could not read (?:username|password)"
    r"|\b40[13]\b|protected|not found",
    re.IGNORECASE,
)
_PASSING = re.compile(r"\block\b|failed to update ref", re.IGNORECASE)


class PushRefusedError(OutsideError):
    """The remote answers, and does not let us: another try is of no use until somebody changes a
    setting."""

    exit_code = 2


def _error(message: str) -> type[OutsideError]:
    """The kind of error that git's own words tell of."""
    lasting = _LASTING.search(message) and not _PASSING.search(message)
    return PushRefusedError if lasting else GitError


def _push_message(out: str, err: str) -> str:
    """What the remote said about a push: its own lines, and git's reason in brackets."""
    remote_lines = [git_sentence(line) for line in err.splitlines() if line.startswith("remote:")]
    sentences = [re.sub(r"^remote:\s*(error:\s*)?", "", sentence) for sentence in remote_lines]
    reasons = re.findall(r"\[(?:remote )?rejected\] \(([^)\n]*)\)", out)
    if not sentences and not reasons:
        return git_sentence(out + err)
    return "; ".join(
        dict.fromkeys(
            [
                *(sentence for sentence in sentences if sentence),
                *(f"remote rejected: {reason}" for reason in reasons),
            ]
        )
    )[:300]


_REMOTES = r"^(remote\..*\.url|sharekit\.remote)$"
"""Git's settings that name remotes."""


def choose_remote(git: Git) -> str | None:
    """The remote that holds the ledger: `git config sharekit.remote`, else origin, else the only
    one, else None."""
    config_text = git.run("config", "-z", "--get-regexp", _REMOTES, check=False).text
    settings = dict(line.split("\n", 1) for line in config_text.split("\0") if "\n" in line)
    configured = settings.pop("sharekit.remote", "")
    names = [name.removeprefix("remote.").removesuffix(".url") for name in settings]
    if configured and configured not in names:
        raise SharekitError(
            f"sharekit.remote names {configured}, but there is no such remote",
            hint="See: git remote -v",
        )
    if configured or "origin" in names:
        return configured or "origin"
    if len(names) > 1:
        raise SharekitError(
            f"there are several remotes ({', '.join(names)}), and none is called origin",
            hint="Say which one holds the ledger: git config sharekit.remote NAME",
        )
    return names[0] if names else None


def ledger_ref(prefix: str) -> str:
    """The ref of the project in this folder of a repository, "" for its top: each project has a
    ledger of its own."""
    if not prefix:
        return REF
    readable = re.sub(r"[^A-Za-z0-9]+", "-", prefix).strip("-").lower()[:60]
    return f"{REF}-{readable}-{hashlib.sha256(prefix.encode('utf-8', 'surrogateescape')).hexdigest()[:8]}"


class GitStore:
    """A ledger in a ref. Its commits never share history with the project's."""

    def __init__(self, git: Git, remote: str | None, ref: str = REF) -> None:
        self._git = git
        self.remote = remote
        self._ref = ref
        self.where = f"{ref} at {remote}" if remote else f"{ref} in this repository"

    def open(self) -> LedgerFiles:
        here = self._local()
        tip = here if self.remote is None else self._fetched_tip(self.remote, here)
        return self._tree(tip)

    def swap(
        self,
        old: LedgerFiles,
        changes: Mapping[str, str | None],
        message: str,
        when: datetime,
        *,
        afresh: bool = False,
    ) -> bool:
        new = self._commit(old, changes, message, when, afresh=afresh)
        if self.remote is None:
            return self._move(new, old.version)
        if not self._push(self.remote, new, old.version):
            return False
        self._git.run(
            "update-ref", self._ref, new, check=False
        )  # only a copy: the remote's is the ledger
        return True

    def require_writable(self) -> None:
        """Offer the remote a push and call it off. Raises OutsideError where it takes none."""
        if self.remote is None:
            return
        new = self._local() or self._git.text("rev-parse", "HEAD")
        offer = ("push", "--dry-run", "--porcelain", "--no-verify", "--no-signed", "--force")
        target = ("--", self.remote, f"{new}:{self._ref}")
        push = self._git.run(*offer, *target, check=False, seconds=REMOTE_SECONDS)
        if push.code != 0:
            raise OutsideError(
                f"the ledger cannot be written to {self.remote}:"
                f" {git_sentence(push.out.decode('utf-8', 'replace') + push.err)}",
                hint=_RIGHTS,
            )

    # -- reading
    # -----------------------------------------------------------------------------------------

    def _local(self) -> str:
        return self._git.text("rev-parse", "--verify", "--quiet", self._ref, check=False)

    def _remote_tip(self, remote: str) -> str:
        answer = self._git.run(
            "ls-remote", "--quiet", "--", remote, self._ref, check=False, seconds=REMOTE_SECONDS
        )
        if answer.code != 0:
            message = git_sentence(answer.err)
            raise _error(message)(
                f"the ledger at {remote} cannot be read: {message}",
                hint="Nothing was sent. See that this machine can reach the remote, and try again.",
            )
        lines = (line.split("\t") for line in answer.text.splitlines())
        return next((tip for tip, name in lines if name == self._ref), "")

    def _fetched_tip(self, remote: str, here: str) -> str:
        tip = self._remote_tip(remote)
        if not tip and here:
            raise SharekitError(
                f"{remote} has no ledger, but this clone has one",
                hint=(
                    f"If it was lost there, bring it back: git push {remote} {self._ref}. If it was"
                    f" removed on purpose, remove it here too: git update-ref -d {self._ref}"
                ),
            )
        if tip and tip != here:
            fetch = self._git.run(
                "fetch",
                *_QUIET,
                "--",
                remote,
                f"+{self._ref}:{self._ref}",
                check=False,
                seconds=REMOTE_SECONDS,
            )
            if fetch.code != 0:
                raise GitError(
                    f"the ledger at {remote} cannot be fetched: {git_sentence(fetch.err)}",
                    hint="Nothing was sent.",
                )
            return self._local()  # may be newer than what was listed a moment ago
        return tip

    def _tree(self, tip: str) -> LedgerFiles:
        if not tip:
            return LedgerFiles("", frozenset(), lambda paths: {})
        listing = self._git.listing(tip).decode("utf-8", "surrogateescape")
        entries = (line.partition("\t") for line in listing.split("\0") if line)
        blobs = {path: head.split(" ")[2] for head, _, path in entries}

        def load(paths: Iterable[str]) -> Mapping[str, str]:
            blob_of = {path: blobs[path] for path in paths}
            contents = dict(self._git.objects(sorted(set(blob_of.values()))))
            return {
                path: (contents[blob] or b"").decode("utf-8", "surrogateescape")
                for path, blob in blob_of.items()
            }

        return LedgerFiles(tip, frozenset(blobs), load)

    # -- writing
    # -----------------------------------------------------------------------------------------

    def _commit(
        self,
        old: LedgerFiles,
        changes: Mapping[str, str | None],
        message: str,
        when: datetime,
        *,
        afresh: bool,
    ) -> str:
        with tempfile.TemporaryDirectory(prefix="sharekit-ledger-") as folder:
            index = {"GIT_INDEX_FILE": os.path.join(folder, "index")}
            written = {path: text for path, text in changes.items() if text is not None}
            blobs = self._write_blobs(Path(folder), written)
            nothing = "0" * len(old.version or "0" * 40)
            removals = [f"0 {nothing}\t{path}\0" for path in changes if path not in blobs]
            lines = [*removals, *(f"100644 {blob}\t{path}\0" for path, blob in blobs.items())]
            if old.version:
                self._git.run("read-tree", old.version, extra=index)
            stdin = "".join(lines).encode("utf-8", "surrogateescape")
            self._git.run("update-index", "-z", "--add", "--index-info", stdin=stdin, extra=index)
            tree = self._git.run("write-tree", extra=index).text
        parents = ["-p", old.version] if old.version and not afresh else []
        stamp = f"{int(when.timestamp())} +0000"
        who = {
            f"GIT_{role}_{key}": value
            for role in ("AUTHOR", "COMMITTER")
            for key, value in (
                ("NAME", "sharekit"),
                ("EMAIL", "ledger@sharekit.invalid"),
                ("DATE", stamp),
            )
        }
        commit = self._git.run(
            "commit-tree", "--no-gpg-sign", *parents, tree, stdin=message.encode(), extra=who
        )
        return commit.text

    def _write_blobs(self, folder: Path, texts: Mapping[str, str]) -> dict[str, str]:
        """Store all texts with one process, which reads them from files."""
        names = []
        for number, text in enumerate(texts.values()):
            path = folder / f"{number}"
            path.write_bytes(text.encode("utf-8", "surrogateescape"))
            names.append(f"{path}\n")
        if not names:
            return {}
        out = self._git.run(
            "hash-object", "-w", "--no-filters", "--stdin-paths", stdin="".join(names).encode()
        ).text
        return dict(zip(texts, out.splitlines(), strict=True))

    def _move(self, new: str, old: str) -> bool:
        update = self._git.run("update-ref", self._ref, new, old or "0" * len(new), check=False)
        if update.code != 0 and self._local() == old:
            raise GitError(
                f"the ledger cannot be written: {git_sentence(update.err)}",
                hint="Nothing was sent.",
            )
        return update.code == 0

    def _push(self, remote: str, new: str, old: str) -> bool:
        """Offer the new version to the remote, which takes it only while it still has `old`."""
        lease = f"--force-with-lease={self._ref}:{old}"
        options = ("--porcelain", "--no-verify", "--no-signed", "--no-follow-tags", lease)
        push = self._git.run(
            "push",
            *options,
            "--",
            remote,
            f"{new}:{self._ref}",
            check=False,
            seconds=REMOTE_SECONDS,
        )
        if push.code == 0:
            return True
        now = self._remote_tip(remote)  # a connection may break after the remote has taken it
        if now == new:
            return True
        if now != old:
            return False
        message = _push_message(push.out.decode("utf-8", "replace"), push.err)
        raise _error(message)(
            f"the ledger cannot be written to {remote}: {message}",
            hint=f"Nothing more was sent. {_RIGHTS}",
        )
