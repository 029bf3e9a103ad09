"""The published branch: the only one whose state is announced."""

from __future__ import annotations

from msgspec import Struct

from sharekit.errors import SharekitError
from sharekit.history.commits import History
from sharekit.history.git import REMOTE_SECONDS, failure

_HEADS = "refs/heads/"


class Branch(Struct, frozen=True):
    """A branch and its newest commit."""

    name: str
    tip: str


def published_branch(
    history: History, remote: str | None, branch_name: str | None
) -> Branch | None:
    """The branch that `branch_name` names, else the one that the remote's HEAD names; None without
    remote and name.

    Raises SharekitError where there is none, GitError where the remote does not answer.
    """
    if remote is None:
        if branch_name is None:
            return None
        tip = history.git.text(
            "rev-parse", "--verify", "--quiet", f"{_HEADS}{branch_name}^{{commit}}", check=False
        )
        return _branch_of(branch_name, tip, "in this repository")
    ask = ("ls-remote", "--quiet", "--symref", "--", remote, "HEAD", f"{_HEADS}*")
    answer = history.git.run(*ask, check=False, seconds=REMOTE_SECONDS)
    if answer.code != 0:
        raise failure(ask, answer)
    tips: dict[str, str] = {}
    head = ""
    for line in answer.text.splitlines():
        what, _, name = line.partition("\t")
        if what.startswith("ref: "):
            head = what.removeprefix(f"ref: {_HEADS}")
        elif name.startswith(_HEADS):
            tips[name.removeprefix(_HEADS)] = what
    name = branch_name or (head if head in tips else next(iter(tips)) if len(tips) == 1 else "")
    return _branch_of(name, tips.get(name, ""), f"at {remote}")


def _branch_of(name: str, tip: str, where: str) -> Branch:
    if not name:
        raise SharekitError(
            f"the HEAD {where} names no branch, so it is not known which one is published",
            hint='Name it in sharekit.toml: [announce] branch = "main"',
        )
    if not tip:
        raise SharekitError(
            f"there is no branch {name} {where}",
            hint="Push it, or name another one in [announce] branch.",
        )
    return Branch(name, tip)


def holds_head(history: History, remote: str | None, branch: Branch) -> bool:
    """Whether the commit that is checked out is on a branch; fetches as far as it must to know."""
    if history.head == branch.tip:
        return True
    if remote is not None and not history.git.have([branch.tip]):
        history.fetch(remote, f"{_HEADS}{branch.name}")
    relation = history.relation(branch.tip)
    if relation == "unknown" and remote is not None:
        relation = history.look_further(remote, branch.tip)
    return relation in ("same", "older")
