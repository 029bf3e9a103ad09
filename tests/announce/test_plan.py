"""Which revisions become which messages, for whom."""

from __future__ import annotations

from datetime import UTC, date, datetime

import peers
import pytest
from peers import AS_OF, CONFIG

from sharekit.announce.outbox_messages import outbox_messages
from sharekit.announce.plan import is_announced, mail_host, plan, require_channel, require_notes
from sharekit.errors import ProblemsError, SharekitError
from sharekit.history.moment import Moment
from sharekit.mail.compose import mail_of
from sharekit.numbers.results import OkrReading, Point, Result, Results, Status
from sharekit.project.load import load_files
from sharekit.project.manifest import AudienceThen, Manifest
from sharekit.project.shapes import NoAnnouncement, RevisionNote
from sharekit.records import replace
from sharekit.revisions.published_values import PublishedValue, status_moves
from sharekit.revisions.revision import FieldChange, Impact, Revision

NOW = Moment("a" * 40, datetime(2013, 11, 22, 9, tzinfo=UTC), "Maria")
HOOKS = """
[audiences.board]
title = "Board"
members = ["maria"]

[[announce.webhooks]]
name = "ops room"
kind = "json"
url = "env:OPS_URL"
audience = "airports"

[[announce.webhooks]]
name = "board"
kind = "slack"
url = "env:BOARD_URL"
audience = "board"
"""


def project(config: str = CONFIG) -> Manifest:
    return load_files(peers.files() | {"sharekit.toml": config})


def revision(**changed: object) -> Revision:
    base = Revision(
        id="r1",
        item="jfk",
        kind="key_result",
        title="JFK leaves on time",
        owner="maria",
        readers=(AudienceThen("airports"),),
        classes=("retargeted",),
        after=NOW,
        before=NOW,
    )
    return replace(base, **changed)  # type: ignore[arg-type]


def planned(*revisions: Revision, manifest: Manifest | None = None) -> tuple[str, ...]:
    known = manifest or project()
    words = peers.words(known, revisions, Results(AS_OF, {}))
    return tuple(each.key for each in plan(revisions, known, words, lambda name: ()))


@pytest.mark.parametrize(
    "kind", ["redefined", "retargeted", "rescheduled", "reassigned", "introduced", "retired"]
)
def test_what_goes_out_by_mail(kind: str) -> None:
    assert is_announced(revision(classes=(kind,)), project())


@pytest.mark.parametrize(
    "kind", ["words", "check_in", "cosmetic", "slipped", "recovered", "restated"]
)
def test_what_does_not(kind: str) -> None:
    assert not is_announced(revision(classes=(kind,)), project())


def test_only_key_results_and_metrics_that_ask_for_it() -> None:
    for kind in ("objective", "dashboard", "metric"):
        assert not is_announced(revision(kind=kind), project())


def test_status_goes_out_where_it_is_asked_for() -> None:
    assert is_announced(
        revision(classes=("slipped",)), project(CONFIG + "[announce]\nstatus = true\n")
    )


def test_restated_values_go_out_above_the_threshold() -> None:
    manifest = project(CONFIG + "[announce]\nrestated_above = 0.05\n")
    moved = [
        Impact(published, old, old, old - published, 0.0)
        for published, old in ((100.0, 106.0), (100.0, 104.0))
    ]
    assert [
        is_announced(revision(classes=("restated",), impact=impact), manifest) for impact in moved
    ] == [True, False]
    assert not is_announced(revision(classes=("restated",)), manifest)


def test_a_revision_that_is_not_to_be_announced_is_not() -> None:
    silent = NoAnnouncement(date=date(2013, 11, 22), announce="none", because="A typing error")
    assert not is_announced(revision(no_announcement=silent), project())
    require_notes([revision(no_announcement=silent)])
    with pytest.raises(ProblemsError):
        require_notes([revision()])


def test_the_same_revision_gets_another_key_each_time_it_is_told() -> None:
    manifest = project()
    words = peers.words(manifest, [revision()], Results(AS_OF, {}))
    (first,) = plan([revision()], manifest, words, lambda name: ())
    (third,) = plan([revision()], manifest, words, lambda name: (("a", "<a@x>"), ("b", "<b@x>")))
    assert first.key.startswith("jfk.1.")
    assert third.key.startswith("jfk.3.")
    assert first.message_id != third.message_id


def test_of_two_audiences_neither_mail_names_the_others() -> None:
    manifest = project(CONFIG + HOOKS)
    many = [revision(id=f"a{n}", item=f"a{n}") for n in range(6)] + [
        revision(id=f"b{n}", item=f"b{n}", readers=(AudienceThen("board"),), title="Secret")
        for n in range(6)
    ]
    words = peers.words(manifest, many, Results(AS_OF, {}))
    made = plan(many, manifest, words, lambda name: ())
    sent = outbox_messages(made, manifest, NOW.on)
    assert {each.recipient: len(each.keys) for each in sent} == {
        "maria": 12, "jonas": 6, "eve": 6, "webhook:ops room": 6, "webhook:board": 12,
    }  # fmt: skip
    for message in sent:
        assert (b"Secret" in message.content) == (len(message.keys) == 12), message.recipient


def test_three_for_each_of_two_audiences_are_six_announcements() -> None:
    manifest = project(CONFIG + HOOKS)
    few = [
        revision(id=f"{n}", item=f"i{n}", readers=(AudienceThen("board" if n % 2 else "airports"),))
        for n in range(6)
    ]
    assert len(planned(*few, manifest=manifest)) == 6


def test_messages_carry_the_project_and_its_host() -> None:
    manifest = project()
    words = peers.words(manifest, [revision()], Results(AS_OF, {}))
    (made,) = plan([revision()], manifest, words, lambda name: ())
    assert made.message_id.endswith("@numbers.example.com>")
    other = project(CONFIG.replace("/ny/", "/sf/"))
    (twin,) = plan(
        [revision()], other, peers.words(other, [revision()], Results(AS_OF, {})), lambda name: ()
    )
    assert twin.message_id != made.message_id
    assert (
        mail_host(project(CONFIG.replace('url = "https://numbers.example.com/ny/"\n', "")))
        == "ports.example"
    )


def test_two_webhooks_of_one_name_are_a_mistake() -> None:
    with pytest.raises(SharekitError, match="two webhooks are called board"):
        require_channel(project(CONFIG + HOOKS.replace("ops room", "board")))


def test_a_redefinition_has_its_picture() -> None:
    manifest = project()
    series = tuple(Point(date(2013, 11, day), 0.7 + day / 100) for day in (4, 11, 18))
    impact = Impact(None, 0.8, 0.9, None, 0.1, old_series=series, new_series=series)
    told, plain = revision(classes=("redefined",), impact=impact), revision(id="r2")
    words = peers.words(manifest, [told, plain], Results(AS_OF, {}))
    content = mail_of(words.views((told,), "airports"), "")
    assert content.image is not None
    assert content.image.startswith(b"\x89PNG")
    assert "cid:chart." in content.html
    assert mail_of(words.views((plain,), "airports"), "").image is None


def test_owners_write_markdown_and_mails_show_words() -> None:
    manifest = project()
    why = "**Gates** are `shut`, see [the plan](https://plan.example/x) &\n*not* <b>before</b>."
    note = RevisionNote(date=date(2013, 11, 22), reason="was_wrong", why=why, we_will="_Wait_.")
    made = revision(note=note)
    (view,) = peers.words(manifest, [made], Results(AS_OF, {})).views((made,), "airports")
    assert view.why == "Gates are shut, see the plan (https://plan.example/x) & not <b>before</b>."
    assert view.we_will == "Wait."


def test_what_loses_its_status_leads_whatever_else_changed() -> None:
    manifest = project()
    lost = Impact(None, 0.8, 0.8, None, None, status_before="on_track", status_after="at_risk")
    kept = replace(lost, status_after="on_track")
    assert not revision(impact=lost, after_end="2013-Q3").lost_status
    revisions = [revision(impact=kept), revision(id="r2", impact=lost)]
    words = peers.words(manifest, revisions, Results(AS_OF, {}))
    weights = [words.views((made,), "airports")[0].weight for made in revisions]
    assert weights[1] < weights[0]


def test_a_new_owner_leaves_score_and_status_as_they_were() -> None:
    manifest = project()
    made = revision(classes=("reassigned",), fields=(FieldChange("owner", "jonas", "maria"),))
    okr = OkrReading(0.7, 0.9, 0.9, 0.8, 0.5, 0.5, 0.6, 0.1, "at_risk", False, 52, 91)
    results = Results(AS_OF, {"jfk": Result("jfk", None, okr)})
    (view,) = peers.words(manifest, [made], results).views((made,), "airports")
    rows = {row.label: (row.before, row.after) for row in view.rows}
    assert rows["Score"] == ("", "0.50"), "what did not change stands once"
    assert rows["Status"] == ("", "At risk")


# -- status ---------------------------------------------------------------------------------------


def turned(before: Status, after: Status, manifest: Manifest) -> tuple[Revision, ...]:
    now = {"jfk": PublishedValue(0.7, status=after)}
    return status_moves(
        {"jfk": PublishedValue(0.8, status=before)},
        now,
        manifest,
        as_of=AS_OF,
        before_moment=NOW,
        after_moment=NOW,
    )


def test_a_slip_is_put_into_words() -> None:
    manifest = project(CONFIG + "[announce]\nstatus = true\n")
    told = turned("on_track", "off_track", manifest)
    (made,) = plan(told, manifest, peers.words(manifest, told, Results(AS_OF, {})), lambda name: ())
    assert "JFK leaves on time slipped: off track, after on track." in made.content.text


def test_a_key_result_that_is_met_is_not_called_recovered() -> None:
    manifest = project(CONFIG + "[announce]\nstatus = true\n")
    told = turned("on_track", "achieved", manifest)
    (made,) = plan(told, manifest, peers.words(manifest, told, Results(AS_OF, {})), lambda name: ())
    assert "JFK leaves on time is met." in made.content.text
    assert "recovered:" not in made.content.text
