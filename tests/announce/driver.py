"""A process that runs announces as children of its own, each of which can be made to die at any
step.

It imports everything once and forks for each request; requests and answers are lines of JSON. Run
by test_crash.py."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import NoReturn

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from gitrepos import Repo  # noqa: E402
from peers import Announcer, Clock, Options, compare  # noqa: E402

from sharekit.announce.ledger.ledger import Ledger  # noqa: E402
from sharekit.announce.ledger.store import LedgerFiles, LedgerStore  # noqa: E402
from sharekit.announce.run import announce  # noqa: E402
from sharekit.records import replace  # noqa: E402


def die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


class Deadly:
    """A store that kills its process before or after a given swap."""

    def __init__(self, store: LedgerStore, dies: Mapping[str, int]) -> None:
        self.where = store.where
        self._store, self._dies, self._count = store, dies, 0

    def open(self) -> LedgerFiles:
        return self._store.open()

    def swap(
        self,
        old: LedgerFiles,
        changes: Mapping[str, str | None],
        message: str,
        when: datetime,
        *,
        afresh: bool = False,
    ) -> bool:
        self._count += 1
        if self._dies.get("before swap") == self._count:
            die()
        done = self._store.swap(old, changes, message, when, afresh=afresh)
        if self._dies.get("after swap") == self._count:
            die()
        return done


def run(request: dict[str, object]) -> dict[str, object]:
    """One announce. `dies`: step -> at which time it is reached; `meets`: two pipes to wait at
    before step `at`."""
    dies: Mapping[str, int] = request.get("dies", {})  # type: ignore[assignment]
    seen: Counter[str] = Counter()

    def step(name: str) -> None:
        seen[name] += 1
        if dies.get(name) == seen[name]:
            die()
        if name == request.get("at", "rendered") and seen[name] == 1 and request.get("meets"):
            up, down = request["meets"]  # type: ignore[misc]
            os.write(os.open(up, os.O_WRONLY), b"x")
            os.read(os.open(down, os.O_RDONLY), 1)

    announcer = Announcer(
        Repo(Path(str(request["repo"]))),
        int(str(request["port"])),
        Path(str(request["ledger"])) if request.get("ledger") else None,
        clock=Clock(datetime.fromisoformat(str(request["now"]))),
        name=str(request["name"]),
        on_step=step,
        published=request.get("published", {}),  # type: ignore[arg-type]
    )
    if request.get("meets"):
        announcer.wait = lambda seconds: time.sleep(
            min(seconds, 0.3)
        )  # another process is at work meanwhile
    history, head, environment = announcer.opened()
    ledger = Ledger(Deadly(announcer.store, dies), clock=announcer.clock, wait=environment.wait)
    asked = partial(compare, history)
    report = announce(head, asked, replace(environment, ledger=ledger), Options())
    return {
        "ending": report.ending,
        "exit": report.exit_code,
        "sent": len(report.with_status("sent")),
        "found": len(report.confirmed),
        "later": (announcer.clock.now + timedelta(seconds=1)).isoformat(),
    }


def child(request: dict[str, object]) -> NoReturn:
    code = 1
    try:
        answer = run(request)
        Path(str(request["answer"])).write_text(json.dumps(answer))
        code = 0
    except BaseException:
        traceback.print_exc()
    os._exit(code)


def main() -> None:
    for line in sys.stdin:
        request = json.loads(line)
        if "wait" in request:
            _, status = os.waitpid(request["wait"], 0)
            print(json.dumps(os.waitstatus_to_exitcode(status)), flush=True)
            continue
        pid = os.fork()
        if pid == 0:
            child(request)
        print(json.dumps(pid), flush=True)


if __name__ == "__main__":
    main()
