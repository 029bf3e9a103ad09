"""What the numbers did by themselves since they were last published: on pages, feed and
pre-read."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from email import message_from_bytes, policy
from pathlib import Path

import peers
import pytest
import strict_mail
from commandline import Said
from gitrepos import Repo, new_repo
from smtp_servers import Mailbox
from test_announce_commands import box, run

pytestmark = pytest.mark.slow

__all__ = ["box", "run"]

Run = Callable[..., Said]
WEEKS = ("2013-10-28", "2013-11-04", "2013-11-11", "2013-11-18")
ON_TIME = """/* ---
title: JFK leaves on time
owner: maria
baseline: 0.7
target: 0.8
unit: "%"
grain: week
--- */
SELECT week::DATE AS week, share AS value FROM shares
"""
SOLD = """/* ---
title: Tickets sold
owner: jonas
unit: tickets
grain: week
--- */
SELECT week::DATE AS week, share * 1000 AS value FROM shares
"""


def shares(*values: float) -> str:
    return "week,share\n" + "".join(
        f"{week},{value}\n" for week, value in zip(WEEKS, values, strict=False)
    )


def begin(path: Path, **files: str) -> Repo:
    repo = new_repo(path / "repo")
    repo.commit(
        {
            **peers.files(),
            f"{peers.FOLDER}/jfk.sql": ON_TIME,
            "metrics/sold.sql": SOLD,
            "metrics/data/shares.csv": shares(0.74, 0.745, 0.75),
            **files,
        }
    )
    return repo


def page(path: Path, name: str) -> str:
    text = re.sub(
        r"<(script|style)\b.*?</\1>",
        " ",
        (path / "repo/site" / name).read_text(encoding="utf-8"),
        flags=re.S,
    )
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def text_of(box: Mailbox, form: str = "plain") -> str:
    """The plain text of the last mail that arrived, or its HTML."""
    body = message_from_bytes(box.received[-1].content, policy=policy.default).get_body((form,))
    assert body is not None
    return "\n".join(str(body.get_content()).splitlines())


def entries(path: Path, name: str = "feed.xml") -> list[str]:
    root = ET.fromstring((path / "repo/site" / name).read_text(encoding="utf-8"))
    return [each.text or "" for each in root.iterfind("{*}entry/{*}title")]


def built(run: Run, day: str) -> Said:
    said = run("build", "--as-of", day)
    assert said.code == 0, said.err
    return said


@pytest.fixture
def slipped(tmp_path: Path, run: Run, box: Mailbox) -> Repo:
    """A key result that was on track when it was announced, and whose next week is bad."""
    repo = begin(tmp_path)
    assert run("announce", "--as-of", "2013-11-18").code == 0
    repo.commit({"metrics/data/shares.csv": shares(0.74, 0.745, 0.75, 0.71)}, "New data")
    return repo


def test_without_a_ledger_pages_tell_of_no_turn(tmp_path: Path, run: Run, box: Mailbox) -> None:
    begin(tmp_path)
    built(run, "2013-11-18")
    assert not [each for each in entries(tmp_path) if "Slipped" in each]


def test_a_slip_is_told_everywhere_before_and_after_it_was_announced(
    tmp_path: Path, run: Run, slipped: Repo, box: Mailbox
) -> None:
    built(run, "2013-11-25")

    def check() -> None:
        assert "one key result slipped" in page(tmp_path, "index.html")
        assert "Slipped: JFK leaves on time, On track to Off track" in entries(tmp_path)
        assert "Slipped: JFK leaves on time, On track to Off track" in entries(
            tmp_path, "feeds/maria.xml"
        )
        log = page(tmp_path, "okrs/jfk.html")
        assert "It is off track now, and was on track. Nothing was revised." in log
        assert 'id="slipped-2013-11-25"' in (tmp_path / "repo/site/okrs/jfk.html").read_text(
            encoding="utf-8"
        )
        assert "slipped-2013-11-25" in (tmp_path / "repo/site/changes.html").read_text(
            encoding="utf-8"
        )

    check()
    first = {path.name: path.read_bytes() for path in (tmp_path / "repo/site").glob("*.html")}
    said = run("announce", "--as-of", "2013-11-25")
    assert "There is nothing new to announce." in said.out
    assert box.received == [], "a turn is mailed only where [announce] status says so"
    built(run, "2013-11-25")
    check()
    again = {path.name: path.read_bytes() for path in (tmp_path / "repo/site").glob("*.html")}
    assert again == first, "what the ledger keeps is what was found"


def test_an_unchanged_build_says_so_and_a_moved_ledger_builds_again(
    tmp_path: Path, run: Run, slipped: Repo, box: Mailbox
) -> None:
    built(run, "2013-11-25")
    assert "Nothing has changed" in built(run, "2013-11-25").out
    run("announce", "--as-of", "2013-11-25")
    assert "Nothing has changed" not in built(run, "2013-11-25").out
    assert "Nothing has changed" in built(run, "2013-11-25").out


def test_a_mailed_slip_says_to_how_many_and_no_revision_claims_its_mail(
    tmp_path: Path, run: Run, box: Mailbox
) -> None:
    repo = begin(tmp_path, **{"sharekit.toml": peers.CONFIG + "\n[announce]\nstatus = true\n"})
    note = (
        "revisions:\n  - {date: 2013-11-18, reason: new_information, why: A thought., we_will: Go"
        " on.}\n--- */"
    )
    repo.commit(
        {f"{peers.FOLDER}/jfk.sql": ON_TIME.replace("0.8\n", "0.79\n").replace("--- */", note)}
    )
    run("announce", "--as-of", "2013-11-18")
    repo.commit({"metrics/data/shares.csv": shares(0.74, 0.745, 0.75, 0.71)}, "New data")
    run("announce", "--as-of", "2013-11-25")
    assert len(box.received) == 3
    built(run, "2013-11-25")
    log = page(tmp_path, "okrs/jfk.html")
    slip, revision = log.index("It is off track now"), log.rindex("A thought.")
    assert log.count("Sent to 3 people") == 1, (
        "the revision was announced before there was a ledger, and never sent"
    )
    assert log.rindex("Slipped", 0, slip) < log.index("Sent to 3 people") < slip < revision
    assert re.search(r"^Status +On track +Off track$", text_of(box), re.M)
    assert "Score" not in text_of(box), (
        "the ledger keeps no score, so there is none to compare with"
    )


def test_the_mail_of_a_restatement_compares_its_days_alone(
    tmp_path: Path, run: Run, box: Mailbox
) -> None:
    repo = begin(
        tmp_path, **{"sharekit.toml": peers.CONFIG + "\n[announce]\nrestated_above = 0.01\n"}
    )
    run("announce", "--as-of", "2013-11-18")
    repo.commit({"metrics/data/shares.csv": shares(0.74, 0.745, 0.73)}, "Late data")
    run("announce", "--as-of", "2013-11-18")
    rows = [
        line
        for line in text_of(box).splitlines()
        if re.match(r"(\d+ \w+ 2013|Now|Score|Status) {2,}", line)
    ]
    page_link = text_of(box, "html")
    assert "Every earlier revision, and the number today." in page_link
    assert "SQL side by side" not in page_link, "its page has none, since nothing was redefined"
    assert [" ".join(row.split()) for row in rows] == ["11 Nov 2013 75.0% 73.0%"]


def test_news_grow_old_and_stay_in_the_history(
    tmp_path: Path, run: Run, slipped: Repo, box: Mailbox
) -> None:
    run("announce", "--as-of", "2013-11-25")
    slipped.commit(
        {
            "metrics/data/shares.csv": (
                shares(0.74, 0.745, 0.75, 0.71) + "2013-11-25,0.77\n2013-12-02,0.78\n"
            )
        },
        "Better",
    )
    built(run, "2013-12-09")
    assert [each for each in entries(tmp_path) if "JFK" in each and "New" not in each] == [
        "Recovered: JFK leaves on time, Off track to On track",
        "Slipped: JFK leaves on time, On track to Off track",
    ]
    home = page(tmp_path, "index.html")
    assert "one key result recovered" in home
    assert "slipped" not in home.lower()


def test_home_tells_how_key_results_turned_before_it_tells_of_corrections(
    tmp_path: Path, run: Run, slipped: Repo
) -> None:
    run("announce", "--as-of", "2013-11-25")
    slipped.commit(
        {"metrics/data/shares.csv": shares(0.74, 0.73, 0.75, 0.71) + "2013-11-25,0.81\n"}, "Better"
    )
    built(run, "2013-12-02")
    home = page(tmp_path, "index.html")
    assert (
        home.index("Recovered JFK leaves on time")
        < home.index("Correction JFK")
        < home.index("Correction Tickets sold")
    )


def test_the_pre_read_tells_it_since_the_last_meeting(
    tmp_path: Path, run: Run, slipped: Repo
) -> None:
    said = run("digest", "--as-of", "2013-11-25")
    assert said.code == 0, said.err
    assert "## Slipped, recovered or met" in said.out
    assert re.search(r"- \[JFK leaves on time\]\(\S+\), .*\(Slipped\. Maria", said.out)
    assert "On track → **Off track**" in said.out


def test_restated_history_is_flagged_on_page_and_feed(
    tmp_path: Path, run: Run, box: Mailbox
) -> None:
    repo = begin(tmp_path)
    run("announce", "--as-of", "2013-11-18")
    repo.commit({"metrics/data/shares.csv": shares(0.74, 0.73, 0.75)}, "Late data")
    built(run, "2013-11-18")
    assert "Correction: Tickets sold, 745 to 730 tickets" in entries(tmp_path)
    pre_read = run("digest", "--as-of", "2013-11-18").out
    assert "## Past values that changed" in pre_read
    assert "## Slipped, recovered or met" not in pre_read
    log = page(tmp_path, "metrics/sold.html")
    assert "one past value changed, the definition did not, 745 to 730 tickets" in log
    key_result = page(tmp_path, "okrs/jfk.html")
    assert "The data now gives different values for days that were already published." in key_result
    assert "4 Nov 2013 74.5% 73.0%" in key_result or "4 November 2013 74.5% 73.0%" in key_result
    assert "Nothing was revised or shared" not in run("digest", "--as-of", "2013-11-18").out


def test_what_moves_with_a_revision_is_told_with_it(tmp_path: Path, run: Run, box: Mailbox) -> None:
    repo = begin(tmp_path)
    run("announce", "--as-of", "2013-11-18")
    note = (
        "revisions:\n  - {date: 2013-11-18, reason: scope, why: Half of it was missing., we_will:"
        " Go on.}\n--- */"
    )
    repo.commit(
        {
            f"{peers.FOLDER}/jfk.sql": (
                ON_TIME.replace("share AS", "share / 2 AS").replace("--- */", note)
            )
        }
    )
    built(run, "2013-11-18")
    told = [each for each in entries(tmp_path) if "JFK" in each and "New" not in each]
    assert len(told) == 1
    assert told[0].startswith("Revised: ")


def test_a_failed_query_is_no_restatement_and_its_number_is_compared_when_it_is_back(
    tmp_path: Path, run: Run, box: Mailbox
) -> None:
    repo = begin(tmp_path)
    run("announce", "--as-of", "2013-11-18")
    repo.commit({"metrics/data/shares.csv": "week,other\n2013-10-28,1\n"}, "Broken")
    run("announce", "--as-of", "2013-11-19")
    repo.commit({"metrics/data/shares.csv": shares(0.74, 0.73, 0.75)}, "Mended, and another value")
    built(run, "2013-11-20")
    assert "Correction: Tickets sold, 745 to 730 tickets" in entries(tmp_path)


def test_a_page_says_to_how_many_a_revision_was_sent(
    tmp_path: Path, run: Run, box: Mailbox
) -> None:
    repo = begin(tmp_path)
    run("announce", "--as-of", "2013-11-18")
    for target, why in ((0.79, "First thought."), (0.78, "Second thought.")):
        note = (
            f"revisions:\n  - {{date: 2013-11-18, reason: new_information, why: {why}, we_will: Go"
            " on.}\n--- */"
        )
        repo.commit(
            {
                f"{peers.FOLDER}/jfk.sql": (
                    ON_TIME.replace("0.8\n", f"{target}\n").replace("--- */", note)
                )
            }
        )
    box.replies["eve@ports.example"] = "550 5.1.1 nobody here"
    assert run("announce", "--as-of", "2013-11-18").code == 2
    built(run, "2013-11-18")
    revised = [each for each in entries(tmp_path) if each.startswith("Revised")]
    assert revised == [
        "Revised: JFK leaves on time, 79.0% to 78.0%",
        "Revised: JFK leaves on time, 80.0% to 79.0%",
    ]
    log = page(tmp_path, "okrs/jfk.html")
    assert log.rindex("Its score is how far") < log.index("A badge that stays current"), (
        "the rule is of no embed"
    )
    assert log.count("Sent to 2 people") == 1, "one mail told both commits, and Eve did not get it"
    entry = log[log.index("Revision 3") :]
    assert (
        entry.index("Sent to 2 people")
        < entry.index("Second thought.")
        < entry.index("First thought.")
    )


TWO = """
[audiences.board]
title = "Board"
members = ["maria"]
"""


def test_a_turn_among_the_few_is_no_news_for_the_others(
    tmp_path: Path, run: Run, box: Mailbox
) -> None:
    config = peers.CONFIG.replace("[mail]", TWO + "\n[mail]").replace(
        "[people.maria]", 'audience = "airports"\n\n[people.maria]', 1
    )
    secret = SOLD.replace("owner: jonas", "owner: jonas\naudience: board").replace(
        "Tickets sold", "Whispered"
    )
    repo = begin(tmp_path, **{"sharekit.toml": config, "metrics/whispered.sql": secret})
    run("announce", "--as-of", "2013-11-18")
    repo.commit({"metrics/data/shares.csv": shares(0.74, 0.73, 0.75)}, "Late data")
    built(run, "2013-11-18")
    assert "Correction: Whispered, 745 to 730 tickets" in entries(tmp_path, "board/feed.xml")
    run("announce", "--as-of", "2013-11-18")
    opened = secret.replace("audience: board\n", "")
    repo.commit({"metrics/whispered.sql": opened}, "Open it")
    built(run, "2013-11-19")
    assert "Correction: Whispered, 745 to 730 tickets" in entries(tmp_path, "board/feed.xml")
    assert not [
        each for each in entries(tmp_path, "airports/feed.xml") if "Correction: Whispered" in each
    ]


def test_a_remote_out_of_reach_does_not_stop_the_pages(
    tmp_path: Path, run: Run, slipped: Repo
) -> None:
    slipped.git("remote", "add", "origin", str(tmp_path / "gone"))
    said = built(run, "2013-11-25")
    assert "Slipped: JFK leaves on time, On track to Off track" in entries(tmp_path), (
        "the copy here serves"
    )
    assert "No mails were made" in said.err


def test_a_damaged_ledger_does_not_stop_the_pages(tmp_path: Path, run: Run, box: Mailbox) -> None:
    config = peers.CONFIG + '\n[announce]\nledger = "file:.ledger.json"\n'
    repo = begin(
        tmp_path,
        **{"sharekit.toml": config, ".gitignore": "/.sharekit/\n/outbox/\n/site/\n/.ledger*\n"},
    )
    run("announce", "--as-of", "2013-11-18")
    (repo.path / ".ledger.json").write_text("{}", encoding="utf-8")
    said = built(run, "2013-11-18")
    assert "Pages do not show what slipped or was restated" in said.err


def test_a_look_back_moves_nothing_and_mails_nothing_twice(
    tmp_path: Path, run: Run, box: Mailbox
) -> None:
    repo = begin(tmp_path, **{"sharekit.toml": peers.CONFIG + "\n[announce]\nstatus = true\n"})
    run("announce", "--as-of", "2013-11-18")
    repo.commit({"metrics/data/shares.csv": shares(0.74, 0.745, 0.75, 0.71)}, "A bad week")
    assert "slipped: off track, after on track" in run("announce", "--as-of", "2013-11-25").out
    note = (
        "revisions:\n  - {date: 2013-11-18, reason: new_information, why: Fog., we_will: Go"
        " on.}\n--- */"
    )
    repo.commit(
        {f"{peers.FOLDER}/jfk.sql": ON_TIME.replace("0.8\n", "0.81\n").replace("--- */", note)}
    )
    box.received.clear()
    said = run("announce", "--as-of", "2013-11-18")
    assert said.out.startswith("  3 messages sent.")
    assert "Numbers of 2013-11-25 were announced already" in said.out
    for day in ("2013-11-19", "2013-11-25", "2013-11-26"):
        assert "There is nothing new to announce." in run("announce", "--as-of", day).out
    assert len(box.received) == 3


def test_a_slip_is_told_though_a_day_without_data_lies_between(
    tmp_path: Path, run: Run, box: Mailbox
) -> None:
    repo = begin(tmp_path, **{"sharekit.toml": peers.CONFIG + "\n[announce]\nstatus = true\n"})
    run("announce", "--as-of", "2013-11-18")
    assert "nothing new" in run("announce", "--as-of", "2013-11-25").out, (
        "last week's rows are late"
    )
    repo.commit({"metrics/data/shares.csv": shares(0.74, 0.745, 0.75, 0.71)}, "They came")
    built(run, "2013-11-26")
    assert "Slipped: JFK leaves on time, On track to Off track" in entries(tmp_path)
    assert "slipped: off track, after on track" in run("announce", "--as-of", "2013-11-26").out
    assert len(box.received) == 3
    assert "nothing new" in run("announce", "--as-of", "2013-11-27").out


def test_a_day_to_come_cannot_be_told(tmp_path: Path, run: Run, box: Mailbox) -> None:
    begin(tmp_path)
    said = run("announce", "--as-of", "2913-11-18")
    assert said.code == 2
    assert "2913-11-18 is in the future" in said.err
    assert "There is no ledger yet" in run("ledger").out
    assert run("announce", "--dry-run", "--as-of", "2913-11-18").code == 0


def test_what_turned_among_the_few_is_mailed_and_shown_to_them_alone(
    tmp_path: Path, run: Run, box: Mailbox
) -> None:
    settings = TWO + "\n[announce]\nstatus = true\nrestated_above = 0.01\n\n[mail]"
    config = peers.CONFIG.replace("[mail]", settings).replace(
        "[people.maria]", 'audience = "airports"\n\n[people.maria]', 1
    )
    own = "owner: maria\naudience: board"
    secret = "metrics/okrs/2013-q4/secret"
    repo = begin(
        tmp_path,
        **{
            "sharekit.toml": config,
            f"{secret}/objective.md": (
                peers.OBJECTIVE.replace("owner: maria", own).replace("Punctual", "Murmured aim")
            ),
            f"{secret}/murmured.sql": (
                ON_TIME.replace("owner: maria", own).replace("JFK leaves on time", "Murmured")
            ),
            "metrics/whispered.sql": (
                SOLD.replace("owner: jonas", f"{own}\nannounce: mail").replace(
                    "Tickets sold", "Whispered"
                )
            ),
        },
    )
    run("announce", "--as-of", "2013-11-18")
    repo.commit({"metrics/data/shares.csv": shares(0.74, 0.50, 0.75, 0.71)}, "Late data")
    assert run("announce", "--as-of", "2013-11-25").code == 0
    told = [
        each.to
        for each in box.received
        if b"Murmured" in each.content or b"Whispered" in each.content
    ]
    assert told == [("maria@ports.example",)], "all five in one, two of them for her alone"
    assert len(box.received) == 1 + 2 + 2
    built(run, "2013-11-25")

    def tells(tree: str) -> list[str]:
        files = [path for path in (tmp_path / "repo/site" / tree).rglob("*") if path.is_file()]
        return [
            path.name
            for path in files
            if re.search(rb"murmured|whispered", path.read_bytes(), re.I)
        ]

    assert tells("airports") == []
    assert {"index.html", "changes.html", "changes.json", "feed.xml", "murmured.md"} <= set(
        tells("board")
    )


@pytest.mark.parametrize(
    ("opened", "told"),
    [
        ("[airports, board]", {"maria": "Slipped", "jonas": "New", "eve": "New"}),
        ("airports", {"maria": "New", "jonas": "New", "eve": "New"}),
    ],
)
def test_those_who_knew_what_was_opened_hear_that_it_slipped(
    tmp_path: Path, run: Run, box: Mailbox, opened: str, told: dict[str, str]
) -> None:
    """On one day a key result is opened to more people and falls behind: each of them hears of it
    once, and only those who saw where it stood hear that it fell."""
    settings = TWO + "\n[announce]\nstatus = true\n\n[mail]"
    config = peers.CONFIG.replace("[mail]", settings).replace(
        "[people.maria]", 'audience = "airports"\n\n[people.maria]', 1
    )
    folder = "metrics/okrs/2013-q4/secret"

    def owned(audience: str) -> dict[str, str]:
        own = f"owner: maria\naudience: {audience}"
        return {
            f"{folder}/objective.md": peers.OBJECTIVE.replace("owner: maria", own),
            f"{folder}/late.sql": (
                ON_TIME.replace("owner: maria", own).replace("JFK leaves on time", "Late trains")
            ),
        }

    repo = begin(tmp_path, **{"sharekit.toml": config, **owned("board")})
    run("announce", "--as-of", "2013-11-18")
    data = {"metrics/data/shares.csv": shares(0.74, 0.745, 0.75, 0.71)}
    repo.commit({**owned(opened), **data}, "Open it, and new data")
    said = run("announce", "--as-of", "2013-11-25")
    assert said.code == 0, said.out + said.err
    heard = {
        mail.to[0].partition("@")[0]: strict_mail.read(mail.content).text("Subject")
        for mail in box.received
        if b"Late trains" in mail.content
    }
    assert {who: subject.partition(":")[0] for who, subject in heard.items()} == told
