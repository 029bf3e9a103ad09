"""Every kind of change in a project finds its class, and nothing else becomes one."""

from __future__ import annotations

import random
from datetime import date

import pytest
from projects import (
    AFTER,
    BEFORE,
    CONFIG,
    FILES,
    LEAVE,
    NOTE,
    OBJECTIVE,
    edited,
    manifest,
    noted,
    revisions,
)

from sharekit.project.load import load_files
from sharekit.revisions.find import find_revisions


@pytest.mark.parametrize(
    ("path", "old", "new", "item", "classes"),
    [
        (LEAVE, "target: 0.90", "target: 0.85", "leave", ("retargeted",)),
        (LEAVE, "baseline: 0.70", "baseline: 0.72", "leave", ("retargeted",)),
        (LEAVE, "confidence: 7", "confidence: 4", "leave", ("check_in",)),
        (LEAVE, "confidence: 7", "challenges: Snow", "leave", ("check_in",)),
        (
            LEAVE,
            "confidence: 7",
            "confidence: 7\ndecisions: Whether to close gate 4",
            "leave",
            ("check_in",),
        ),
        (LEAVE, "title: Leave on time", "title: Leave in time", "leave", ("words",)),
        (LEAVE, "owner: ann", "owner: bob", "leave", ("reassigned",)),
        (LEAVE, "owner: ann", "owner: ann\nperiod: 2014-Q1", "leave", ("rescheduled",)),
        (LEAVE, "owner: ann", "owner: ann\nstate: dropped", "leave", ("retired",)),
        (LEAVE, "'JFK'", "'LGA'", "leave", ("redefined",)),
        (LEAVE, "'JFK'", "'LGA' /* other */", "leave", ("redefined",)),
        ("metrics/_weekly.sql", "NOT diverted", "NOT cancelled", "leave", ("redefined",)),
        (LEAVE, "SELECT week,", "SELECT\n  week,", "leave", ("cosmetic",)),
        (
            "metrics/_weekly.sql",
            "SELECT week, origin",
            "select week, origin",
            "leave",
            ("cosmetic",),
        ),
        (
            "metrics/flights_flown.sql",
            "count(*)",
            "count(DISTINCT id)",
            "flights_flown",
            ("redefined",),
        ),
        (
            "metrics/flights_flown.sql",
            "owner: bob",
            "owner: bob\ntags: [a]",
            "flights_flown",
            ("words",),
        ),
        ("dashboards/board.md", "title: Board", "title: The board", "board", ("words",)),
    ],
)
def test_a_change_has_its_class(
    path: str, old: str, new: str, item: str, classes: tuple[str, ...]
) -> None:
    found = revisions(edited(path, old, new))
    assert {name: revision.classes for name, revision in found.items()} == {item: classes}


def test_a_value_inherited_from_the_objective_revises_its_key_results() -> None:
    path = "metrics/okrs/q4/punctual/objective.md"
    found = revisions(edited(path, "2013-Q4", "2014-Q1"))
    assert found["leave"].classes == ("rescheduled",)
    before, after = found["leave"].fields[0].before, found["leave"].fields[0].after
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert (before["label"], after["label"]) == ("2013-Q4", "2014-Q1")
    assert found["q4-punctual"].classes == ("rescheduled",)


def test_a_redefined_metric_retargets_the_metric_whose_target_it_is() -> None:
    plan = "metrics/plan.sql"
    text = "/* ---\ntitle: Plan\nowner: bob\n--- */\nSELECT sum(seats) AS value FROM flights\n"
    files = FILES | {plan: text}
    flown = files["metrics/flights_flown.sql"]
    files["metrics/flights_flown.sql"] = flown.replace(
        "owner: bob", "owner: bob\ntarget: metrics.plan"
    )
    harmless = files | {plan: files[plan].replace("SELECT sum", "SELECT\n  sum")}
    changed = files | {plan: files[plan].replace("sum(seats)", "max(seats)")}
    respelled = revisions(harmless, files).values()
    assert "retargeted" not in {name for each in respelled for name in each.classes}
    found = revisions(changed, files)
    assert found["plan"].classes == ("redefined",)
    assert found["flights_flown"].classes == ("retargeted",)
    assert [each.item for each in found["flights_flown"].sql_changes] == ["plan"]


def test_the_same_days_under_another_name_are_no_other_period() -> None:
    fiscal = edited("sharekit.toml", 'name = "P"\n', 'name = "P"\nfiscal_year_start = 4\n')
    objective = "metrics/okrs/q4/punctual/objective.md"
    assert revisions(edited(objective, "2013-Q4", "2014-Q3", fiscal)) == {}
    assert revisions(fiscal)["leave"].classes == ("rescheduled",)


def test_an_objective_whose_folder_is_renamed_is_the_same_one() -> None:
    moved = {path.replace("punctual/", "on_time/"): text for path, text in FILES.items()}
    assert revisions(moved) == {}
    path = "metrics/okrs/q4/on_time/objective.md"
    assert revisions(edited(path, "Because.", "For travellers.", moved))["q4-on_time"].classes == (
        "words",
    )
    found = revisions(edited(path, "title: Punctual", "title: Friendly", moved))
    assert found["leave"].classes == ("reassigned",)
    assert found["q4-punctual"].classes == ("retired",)


def test_an_objective_of_the_next_period_is_another_one() -> None:
    moved = {path.replace("okrs/q4/", "okrs/q1/"): text for path, text in FILES.items()}
    path = "metrics/okrs/q1/punctual/objective.md"
    found = revisions(edited(path, "2013-Q4", "2014-Q1", moved))
    assert found["q4-punctual"].classes == ("retired",)
    assert found["q1-punctual"].classes == ("introduced",)


def test_a_later_change_that_is_not_announced_silences_no_earlier_one() -> None:
    silent = "  - {date: 2013-11-05, announce: none, because: Rounding}\n"
    found = revisions(noted(note=NOTE + silent, files=edited(LEAVE, "0.90", "0.85")))["leave"]
    assert found.note is not None
    assert (found.note.why, found.no_announcement) == ("It was too easy.", None)
    alone = revisions(noted(note=f"revisions:\n{silent}", files=edited(LEAVE, "0.90", "0.85")))[
        "leave"
    ]
    assert (alone.note, alone.no_announcement is None) == (None, False)


def test_a_moved_file_is_no_revision() -> None:
    files = dict(FILES)
    files["metrics/traffic/flights_flown.sql"] = files.pop("metrics/flights_flown.sql")
    assert revisions(files) == {}


def test_a_renamed_file_keeps_its_identity_with_an_id() -> None:
    files = dict(FILES)
    files["metrics/departed.sql"] = files.pop("metrics/flights_flown.sql").replace(
        "owner", "id: flights_flown\nowner"
    )
    assert revisions(files) == {}


def test_a_renamed_file_without_an_id_is_another_item() -> None:
    files = dict(FILES)
    files["metrics/departed.sql"] = files.pop("metrics/flights_flown.sql")
    found = revisions(files)
    assert (found["departed"].classes, found["flights_flown"].classes) == (
        ("introduced",),
        ("retired",),
    )


def test_another_binding_of_a_source_redefines_what_reads_it_and_new_data_do_not() -> None:
    later = edited("sharekit.toml", "flights.parquet", "later.parquet")
    found = revisions(later)
    assert {name for name, revision in found.items() if "redefined" in revision.classes} == {
        "leave",
        "flights_flown",
    }
    assert "later.parquet" in found["leave"].sql_changes[0].sentence


def test_what_is_said_of_a_file_beside_its_place_redefines_nothing() -> None:
    """An entry without a path is of the file in metrics/data/; it once looked like another
    place."""
    bare = {**FILES, "sharekit.toml": CONFIG.partition("[sources")[0]}
    entry = {**bare, "sharekit.toml": bare["sharekit.toml"] + '[sources.flights]\ntime = "none"\n'}
    digests = {"metrics/data/flights.parquet": "1"}
    before, after = (load_files(files, digests=digests) for files in (bare, entry))
    assert find_revisions(before, after, before_moment=BEFORE, after_moment=AFTER) == ()


def test_a_change_in_a_view_is_told_with_the_views_name() -> None:
    found = revisions(edited("metrics/_weekly.sql", "NOT diverted", "NOT cancelled"))
    assert found["leave"].sql_changes
    assert {change.item for change in found["leave"].sql_changes} == {"_weekly"}


def test_a_step_moved_into_a_shared_view_is_no_redefinition() -> None:
    """The query is cut elsewhere; written out, it is the same."""
    files = edited(LEAVE, "FROM metrics._weekly WHERE origin = 'JFK'", "FROM metrics._jfk")
    files["metrics/_jfk.sql"] = (
        "SELECT week, on_time, flown FROM metrics._weekly WHERE origin = 'JFK'\n"
    )
    assert {name: revision.classes for name, revision in revisions(files).items()} == {
        "leave": ("cosmetic",)
    }
    files["metrics/_jfk.sql"] = files["metrics/_jfk.sql"].replace("JFK", "LGA")
    assert revisions(files)["leave"].classes == ("redefined",)


def test_a_column_that_nobody_reads_redefines_nothing() -> None:
    files = edited("metrics/_weekly.sql", "SELECT week, origin", "SELECT week, carrier, origin")
    assert {name: revision.classes for name, revision in revisions(files).items()} == {
        "leave": ("cosmetic",)
    }
    files = edited("metrics/_weekly.sql", "on_time, flown", "on_time, flown * 2 AS flown")
    assert revisions(files)["leave"].classes == ("redefined",)


def test_several_changes_at_once_are_in_the_order_of_their_weight() -> None:
    files = edited(LEAVE, "target: 0.90", "target: 0.85", edited(LEAVE, "'JFK'", "'LGA'"))
    files = edited(
        LEAVE, "owner: ann", "owner: bob", edited(LEAVE, "confidence: 7", "confidence: 3", files)
    )
    assert revisions(files)["leave"].classes == (
        "redefined",
        "retargeted",
        "reassigned",
        "check_in",
    )


def test_a_person_whose_key_and_address_were_both_corrected_is_no_new_owner() -> None:
    before = {name: text.replace("[people.ann]\n", '[people.ann]\nemail = "a@x.example"\n')
              for name, text in FILES.items()}  # fmt: skip
    after = {name: text.replace("[people.ann]\n", '[people.anna]\nemail = "anna@x.example"\n')
             .replace('"ann"', '"anna"').replace("owner: ann", "owner: anna")
             for name, text in FILES.items()}  # fmt: skip
    assert {
        name for name, found in revisions(after, before).items() if "reassigned" in found.classes
    } == set()


class TestNotes:
    changed = edited(LEAVE, "target: 0.90", "target: 0.85")

    def test_a_revision_without_a_note_says_so(self) -> None:
        assert revisions(self.changed)["leave"].note_missing

    def test_the_new_entry_is_the_note(self) -> None:
        found = revisions(noted(files=self.changed))["leave"]
        assert found.note is not None
        assert found.note.why == "It was too easy."
        assert not found.note_missing

    def test_an_old_entry_does_not_count(self) -> None:
        assert revisions(noted(files=self.changed), noted())["leave"].note_missing

    def test_a_copied_entry_with_another_date_does_not_count(self) -> None:
        twice = NOTE + NOTE.replace("revisions:\n", "").replace("11-04", "11-05")
        assert revisions(noted(files=self.changed, note=twice), noted())["leave"].note_missing

    def test_announce_none_is_an_explicit_way_out(self) -> None:
        quiet = "revisions:\n  - {date: 2013-11-04, announce: none, because: A typing error.}\n"
        found = revisions(noted(files=self.changed, note=quiet))["leave"]
        assert found.no_announcement is not None
        assert not found.note_missing

    def test_a_note_alone_is_no_revision(self) -> None:
        assert "retargeted" not in [
            name for found in revisions(noted()).values() for name in found.classes
        ]

    def test_a_removed_key_result_is_explained_in_its_objective(self) -> None:
        files = {
            path: text for path, text in FILES.items() if path not in (LEAVE, "dashboards/board.md")
        }
        assert revisions(files)["leave"].note_missing
        retired = (
            "retired:\n  - {id: leave, date: 2013-11-04, why: We count arrivals"
            " now.}\n---\nBecause."
        )
        files = edited("metrics/okrs/q4/punctual/objective.md", "---\nBecause.", retired, files)
        found = revisions(files)["leave"]
        assert found.note is not None
        assert found.note.why == "We count arrivals now."

    def test_clearing_away_a_quarter_that_is_over_needs_no_note(self) -> None:
        files = {
            path: text for path, text in FILES.items() if path not in (LEAVE, "dashboards/board.md")
        }
        assert not revisions(files, as_of=date(2014, 1, 1))["leave"].note_missing
        assert revisions(files, as_of=date(2013, 12, 31))["leave"].note_missing


def test_what_it_touches_is_named() -> None:
    reader = "/* ---\ntitle: Twice\n--- */\nSELECT 2 * value AS value FROM metrics.flights_flown\n"
    files = FILES | {"metrics/twice.sql": reader}
    found = revisions(edited("metrics/flights_flown.sql", "count(*)", "count(id)", files), files)
    assert found["flights_flown"].touches == ("twice",)
    assert revisions(edited(LEAVE, "0.90", "0.85"))["leave"].touches == ("q4-punctual", "board")


def test_people_who_could_not_see_an_item_before_are_told_of_it_as_new() -> None:
    narrow = edited(LEAVE, "owner: ann", "owner: ann\naudience: pair")
    narrow = edited("dashboards/board.md", "- leave", "- flights_flown", narrow)
    wide = edited(
        LEAVE, "0.90", "0.85", edited("dashboards/board.md", "- leave", "- flights_flown")
    )
    found = find_revisions(
        manifest(narrow), manifest(wide), before_moment=BEFORE, after_moment=AFTER
    )
    new, changed = (revision for revision in found if revision.item == "leave")
    assert new.classes == ("introduced",)
    assert (new.fields, new.sql_before, new.before) == ((), None, None)
    assert "retargeted" in changed.classes, "those who knew it are told what changed"
    assert changed.note_missing
    assert [reader.name for reader in changed.former] == ["pair"]


def test_what_is_only_opened_to_more_people_did_not_change_for_the_others() -> None:
    narrow = edited(LEAVE, "owner: ann", "owner: ann\naudience: pair")
    narrow = edited("dashboards/board.md", "- leave", "- flights_flown", narrow)
    wide = edited(
        LEAVE,
        "title: Leave",
        "title: We leave",
        edited("dashboards/board.md", "- leave", "- flights_flown"),
    )
    found = find_revisions(
        manifest(narrow), manifest(wide), before_moment=BEFORE, after_moment=AFTER
    )
    assert [revision.classes for revision in found if revision.item == "leave"] == [("introduced",)]


def test_an_item_that_cannot_be_read_is_neither_gone_nor_new() -> None:
    broken = FILES | {"metrics/flights_flown.sql": "/* ---\ntitel: x\n--- */\nSELECT 1 AS value"}
    after = load_files(broken, digests={"lake/flights.parquet": "1"})
    found = find_revisions(manifest(FILES), after, before_moment=BEFORE, after_moment=AFTER)
    assert [revision.item for revision in found] == []


def test_the_same_states_give_the_same_ids_in_any_order_of_files() -> None:
    files = edited(LEAVE, "0.90", "0.85")
    shuffled = list(files.items())
    random.Random(7).shuffle(shuffled)
    assert {each.id for each in revisions(files).values()} == {
        each.id for each in revisions(dict(shuffled)).values()
    }
    assert revisions(files)["leave"].id != revisions(edited(LEAVE, "0.90", "0.80"))["leave"].id


def test_two_projects_that_declare_the_same_have_no_revisions() -> None:
    assert revisions(dict(FILES)) == {}
    assert CONFIG in FILES.values()
    assert OBJECTIVE in FILES.values()


def test_dashboards_made_of_folders_are_never_declared_changed_or_retired() -> None:
    number = {f"metrics/{folder}/{name}.sql": f"/* ---\ntitle: {name}\n--- */\nSELECT 1 AS value\n"
              for folder, name in (("sales", "x"), ("support", "y"))}  # fmt: skip
    bare = {"sharekit.toml": CONFIG, **number}
    mine = {**bare, "dashboards/mine.md": "---\ntitle: Mine\n---\n```metrics\n- x\n```\n"}
    more = {**bare, "metrics/sales/z.sql": "/* ---\ntitle: z\n--- */\nSELECT * FROM metrics.x\n"}
    assert list(manifest(bare).dashboards) == ["sales", "support"]
    assert {item: each.classes for item, each in revisions(mine, bare).items()} == {
        "mine": ("introduced",)
    }
    assert {item: each.touches for item, each in revisions(more, bare).items()} == {"z": ()}
