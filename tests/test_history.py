"""History through real git repositories: what was declared when, by whom, and on which line of
commits."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from gitrepos import DAY, Repo, bare_remote, clone, environment, identity, new_repo

from sharekit.errors import SharekitError
from sharekit.history import (
    History,
    NoHistory,
    StateName,
    manifest_at,
    manifests,
    open_history,
    read_state,
)
from sharekit.history.git import Git, clean_environment

CONFIG = '[project]\nname = "Airports"\n[people.maria]\nname = "Maria Okafor"\n'


def metric(title: str = "Flights", sql: str = "SELECT 1 AS value") -> str:
    return f"/* ---\ntitle: {title}\n--- */\n{sql}\n"


def history(repo: Repo, folder: str = "", **more: str) -> History:
    found = open_history(repo.path / folder, environment(**more))
    assert isinstance(found, History)
    return found


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = new_repo(tmp_path / "repo")
    made.commit({"sharekit.toml": CONFIG, "metrics/flights.sql": metric()}, "Begin")
    return made


# -- what was declared ----------------------------------------------------------------------------


def test_the_project_at_a_commit_is_what_was_declared_there(repo: Repo) -> None:
    first = repo.git("rev-parse", "HEAD")
    repo.commit({"metrics/flights.sql": metric("All flights")})
    assert manifest_at(history(repo), first).metrics["flights"].title == "Flights"
    now = manifest_at(history(repo))
    assert (now.metrics["flights"].title, now.commit) == (
        "All flights",
        repo.git("rev-parse", "HEAD"),
    )


def test_commits_that_touch_nothing_declared_are_passed_over(repo: Repo) -> None:
    begin = repo.git("rev-parse", "HEAD")
    repo.commit(
        {"README.md": "words", "src/metrics/flights.sql": "no metric", "dashboardsx/a.md": "none"}
    )
    changed = repo.commit({"metrics/flights.sql": metric("All flights"), "README.md": "more"})
    found = list(history(repo).snapshots())
    assert [each.moment.commit for each in found] == [begin, changed]
    assert found[1].changed == {"metrics/flights.sql"}


def test_who_and_when_are_the_authors(repo: Repo) -> None:
    repo.commit({"metrics/a.sql": metric()}, author="Jonas Lind", on="2013-11-05T23:30:00-05:00")
    moment = history(repo).moment()
    assert moment.author == "Jonas Lind"
    assert moment.on == datetime.fromisoformat("2013-11-05T23:30:00-05:00")
    assert list(history(repo).snapshots())[-1].moment == moment


def test_names_follow_the_mailmap_and_cannot_steer_a_page(repo: Repo) -> None:
    repo.commit({".mailmap": "Maria Okafor-Lind <maria@ports.example>\n"})
    assert history(repo).moment().author == "Maria Okafor-Lind"
    repo.commit({"metrics/a.sql": metric()}, author="Eve\x1b[31m \u202eevil")
    assert history(repo).moment().author == "Eve [31m evil"


def test_the_work_tree_is_a_moment_without_a_commit(repo: Repo) -> None:
    past = history(repo)
    assert past.working(date(2013, 11, 22)).on == datetime(2013, 11, 22, 12, tzinfo=UTC)
    assert past.working(date(2013, 11, 22)).commit is None
    assert past.committed()
    repo.write({"metrics/new.sql": metric()})
    assert not past.committed()


def test_a_file_without_history_is_told_from_one_with(repo: Repo) -> None:
    repo.commit({"metrics/a.sql": metric("A")})
    repo.commit(
        {
            "metrics/a.sql": None,
            "metrics/b.sql": "/* ---\nid: a\ntitle: A\n--- */\nSELECT 1 AS value\n",
        }
    )
    before, after = [state.manifest for state in manifests(history(repo))][-2:]
    assert before.metrics["a"].path == "metrics/a.sql"
    assert after.metrics["a"].path == "metrics/b.sql"
    assert "b" not in after.metrics


def test_new_rows_are_no_declaration_but_a_new_table_is(repo: Repo) -> None:
    table = repo.commit({"metrics/data/flights.csv": "day\n2013-11-04\n"})
    repo.commit({"metrics/data/flights.csv": "day\n2013-11-04\n2013-11-05\n"})
    gone = repo.commit({"metrics/data/flights.csv": None})
    found = list(history(repo).snapshots())
    assert [each.moment.commit for each in found[1:]] == [table, gone]
    assert "metrics/data/flights.csv" in found[1].declared.digests


def test_digests_are_of_content(repo: Repo) -> None:
    repo.commit(
        {
            "metrics/data/a.csv": "x\n1\n",
            "metrics/data/b.csv": "x\n1\n",
            "metrics/data/c.csv": "x\n2\n",
        }
    )
    digests = history(repo).declared().digests
    assert (
        digests["metrics/data/a.csv"]
        == digests["metrics/data/b.csv"]
        != digests["metrics/data/c.csv"]
    )
    assert digests["metrics/data/a.csv"] == repo.git("hash-object", "metrics/data/a.csv")


def test_a_git_lfs_pointer_counts_as_the_file_it_stands_for(repo: Repo) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'ab' * 32}\nsize 12345\n"
    repo.commit({"metrics/data/big.parquet": pointer})
    assert history(repo).declared().digests["metrics/data/big.parquet"] == f"lfs:{'ab' * 32}"
    assert (
        list(history(repo).snapshots())[-1].declared.digests["metrics/data/big.parquet"]
        == f"lfs:{'ab' * 32}"
    )


def test_sources_elsewhere_in_the_project_are_known_at_every_commit(repo: Repo) -> None:
    sources = CONFIG + '[sources.landings]\npath = "lake/2013-*.csv"\n'
    repo.commit({"sharekit.toml": sources, "lake/2013-11.csv": "x\n1\n", "elsewhere.csv": "x\n"})
    grown = repo.commit({"lake/2013-12.csv": "x\n2\n"})
    repo.commit({"sharekit.toml": CONFIG})
    found = list(history(repo).snapshots())
    assert found[-2].moment.commit == grown
    assert set(found[-2].declared.digests) == {
        "sharekit.toml", "metrics/flights.sql", "lake/2013-11.csv", "lake/2013-12.csv",
    }  # fmt: skip
    assert manifest_at(history(repo), grown).sources["landings"].paths == (
        "lake/2013-11.csv",
        "lake/2013-12.csv",
    )


def test_texts_are_the_same_whatever_machine_they_were_made_on(repo: Repo) -> None:
    repo.git("config", "core.autocrlf", "false")
    repo.commit({"metrics/a.sql": b"\xef\xbb\xbf" + metric("Ü").replace("\n", "\r\n").encode()})
    assert history(repo).declared().files["metrics/a.sql"] == metric("Ü")


def test_any_name_of_a_file_can_be_read(repo: Repo) -> None:
    names = [
        "metrics/mit Leerzeichen/zürich.sql",
        "metrics/tab\there/a.sql",
        "metrics/line\nbreak/b.sql",
        "metrics/:(x)/c.sql",
    ]
    repo.commit(dict.fromkeys(names, metric()))
    assert set(names) < set(history(repo).declared().files)
    assert set(names) < set(list(history(repo).snapshots())[-1].declared.files)


def test_links_count_as_what_they_name_and_never_lead_out(repo: Repo) -> None:
    (repo.path / "metrics/same.sql").symlink_to("flights.sql")
    (repo.path / "metrics/out.sql").symlink_to("/etc/passwd")
    (repo.path / "metrics/round.sql").symlink_to("round.sql")
    repo.commit({})
    files = history(repo).declared().files
    assert files["metrics/same.sql"] == metric()
    assert "metrics/out.sql" not in files
    assert "metrics/round.sql" not in files


@pytest.mark.slow
def test_a_link_may_name_a_file_elsewhere_in_the_project(repo: Repo) -> None:
    (repo.path / "metrics/data").mkdir()
    (repo.path / "metrics/data/landings.csv").symlink_to("../../store/landings.csv")
    (repo.path / "metrics/shared.sql").symlink_to("../store/shared.sql")
    (repo.path / "metrics/data/above.csv").symlink_to("../../../above.csv")
    first = repo.commit(
        {"store/landings.csv": "n\n1\n", "store/shared.sql": metric("Shared")}, "Link"
    )
    repo.commit({"store/shared.sql": metric("Shared by all")}, "Reword what is linked")
    now = manifest_at(history(repo))
    assert now.sources["landings"].paths == ("metrics/data/landings.csv",)
    assert "above" not in now.sources
    assert now.metrics["shared"].title == "Shared by all"
    begun = read_state(history(repo), StateName(first))
    (later,) = manifests(history(repo), after=begun)
    assert later.manifest.metrics["shared"].title == "Shared by all"
    assert [list(state.manifest.sources) for state in manifests(history(repo))][-2:] == [
        ["landings"],
        ["landings"],
    ]


def test_a_submodule_is_no_file(repo: Repo) -> None:
    repo.git(
        "update-index",
        "--add",
        "--cacheinfo",
        f"160000,{repo.git('rev-parse', 'HEAD')},metrics/sub.sql",
    )
    repo.git("commit", "--quiet", "-m", "Submodule", **identity("Maria Okafor", DAY))
    assert set(history(repo).declared().files) == {"sharekit.toml", "metrics/flights.sql"}


def test_a_mistake_and_its_mending_are_not_an_end_and_a_beginning(repo: Repo) -> None:
    repo.commit(
        {"metrics/flights.sql": "/* ---\ntitel: Flights\n--- */\nSELECT 1 AS value\n"}, "Break it"
    )
    repo.commit({"sharekit.toml": "[project\n"}, "Break the configuration")
    repo.commit(
        {"sharekit.toml": CONFIG, "metrics/flights.sql": metric("Flights again")}, "Mend both"
    )
    titles = [state.manifest.metrics["flights"].title for state in manifests(history(repo))]
    assert titles == ["Flights", "Flights", "Flights again"]


@pytest.mark.slow
def test_only_what_came_after_a_commit(repo: Repo) -> None:
    base = repo.commit({"metrics/a.sql": metric("A")})
    repo.commit({"metrics/flights.sql": metric("All flights")})
    begun = read_state(history(repo), StateName(base))
    (only,) = manifests(history(repo), after=begun)
    assert set(only.manifest.metrics) == {"a", "flights"}
    assert list(manifests(history(repo), base, after=begun)) == []


# -- lines of history -----------------------------------------------------------------------------


def test_a_merged_branch_is_one_change_of_its_author_on_the_day_of_the_merge(repo: Repo) -> None:
    repo.git("switch", "--quiet", "-c", "topic")
    repo.commit(
        {"metrics/a.sql": metric("Draft")}, author="Jonas Lind", on="2013-11-05T10:00:00+00:00"
    )
    repo.commit(
        {"metrics/a.sql": metric("Final")}, author="Jonas Lind", on="2013-11-06T10:00:00+00:00"
    )
    repo.git("switch", "--quiet", "main")
    repo.commit({"metrics/b.sql": metric("B")}, on="2013-11-07T10:00:00+00:00")
    merge = repo.merge("topic", on="2013-11-08T10:00:00+00:00")
    found = list(manifests(history(repo)))
    assert [sorted(state.manifest.metrics) for state in found] == [
        ["flights"],
        ["b", "flights"],
        ["a", "b", "flights"],
    ]
    assert found[-1].manifest.metrics["a"].title == "Final"
    assert (found[-1].moment.commit, found[-1].moment.author) == (merge, "Jonas Lind")
    assert found[-1].moment.on == datetime(2013, 11, 8, 10, tzinfo=UTC)


def test_a_squash_is_a_commit_like_any_other(repo: Repo) -> None:
    repo.git("switch", "--quiet", "-c", "topic")
    repo.commit({"metrics/a.sql": metric("Draft")})
    repo.commit({"metrics/a.sql": metric("Final")})
    repo.git("switch", "--quiet", "main")
    repo.merge("topic", squash=True, author="Jonas Lind")
    found = list(manifests(history(repo)))
    titles = [state.manifest.metrics["a"].title for state in found if "a" in state.manifest.metrics]
    assert titles == ["Final"]
    assert found[-1].moment.author == "Jonas Lind"


def test_merging_main_into_a_long_branch_changes_nothing_on_main(repo: Repo) -> None:
    repo.git("switch", "--quiet", "-c", "topic")
    repo.commit({"metrics/a.sql": metric("A")})
    repo.git("switch", "--quiet", "main")
    repo.commit({"metrics/b.sql": metric("B")})
    repo.git("switch", "--quiet", "topic")
    repo.merge("main")
    repo.git("switch", "--quiet", "main")
    repo.merge("topic")
    assert [sorted(state.manifest.metrics) for state in manifests(history(repo))] == [
        ["flights"], ["b", "flights"], ["a", "b", "flights"],
    ]  # fmt: skip


def test_the_merge_commit_of_a_pull_request_can_be_compared_with_its_base(
    repo: Repo, tmp_path: Path
) -> None:
    url = bare_remote(repo, tmp_path / "bare")
    repo.git("switch", "--quiet", "-c", "topic")
    repo.commit({"metrics/a.sql": metric("A")}, author="Jonas Lind")
    repo.git("switch", "--quiet", "--detach", "main")
    repo.merge("topic")
    repo.git("push", "--quiet", "origin", "HEAD:refs/pull/1/merge")
    job = clone(url, tmp_path / "job")
    job.git("fetch", "--quiet", "origin", "refs/pull/1/merge")
    job.git("checkout", "--quiet", "--detach", "FETCH_HEAD")
    past = history(job)
    assert past.moment().author == "Jonas Lind"
    assert "a" not in manifest_at(past, "origin/main").metrics
    assert "a" in manifest_at(past).metrics
    assert past.relation(past.resolve("origin/main")) == "follows"


def test_how_a_commit_stands_to_another(repo: Repo) -> None:
    first = repo.git("rev-parse", "HEAD")
    second = repo.commit({"metrics/a.sql": metric("A")})
    repo.git("switch", "--quiet", "-c", "side", first)
    side = repo.commit({"metrics/b.sql": metric("B")})
    past = history(repo)
    assert past.relation(side) == "same"
    assert past.relation(first) == "follows"
    assert past.relation(side, first) == "older"
    assert past.relation(second) == "apart"
    assert past.relation("0" * 40) == "apart"


# -- where there is little or no history ----------------------------------------------------------


def test_a_folder_outside_git_has_no_history_and_says_why(tmp_path: Path) -> None:
    found = open_history(tmp_path, environment(GIT_CEILING_DIRECTORIES=str(tmp_path.parent)))
    assert isinstance(found, NoHistory)
    assert "is not in a git repository" in found.reason
    assert "git init" in found.hint


def test_a_repository_without_commits_has_no_history(tmp_path: Path) -> None:
    found = open_history(new_repo(tmp_path / "empty").path, environment())
    assert found == NoHistory(
        "the repository has no commits", "Commit the project: git add . && git commit"
    )


def test_without_git_there_is_no_history(repo: Repo, tmp_path: Path) -> None:
    found = open_history(repo.path, environment(PATH=str(tmp_path)))
    assert isinstance(found, NoHistory)
    assert found.reason == "git is not installed"


def test_a_project_may_be_a_subfolder(tmp_path: Path) -> None:
    repo = new_repo(tmp_path / "mono")
    repo.commit({"metrics/other.sql": metric("Other"), "sharekit.toml": CONFIG})
    begin = repo.commit(
        {"teams/ny/sharekit.toml": CONFIG, "teams/ny/metrics/flights.sql": metric()}
    )
    repo.commit({"metrics/other.sql": metric("Other again"), "teams/nyc/metrics/x.sql": metric()})
    last = repo.commit({"teams/ny/metrics/flights.sql": metric("All flights")})
    past = history(repo, "teams/ny")
    assert [each.moment.commit for each in past.snapshots()] == [begin, last]
    assert set(manifest_at(past).metrics) == {"flights"}
    with pytest.raises(SharekitError, match="there is no project in teams/ny"):
        manifest_at(past, f"{begin}~1")


def test_a_shallow_clone_says_how_to_get_the_rest(repo: Repo, tmp_path: Path) -> None:
    first = repo.git("rev-parse", "HEAD")
    repo.commit({"metrics/a.sql": metric("A")})
    url = bare_remote(repo, tmp_path / "bare")
    past = history(clone(url, tmp_path / "shallow", "--depth=1"))
    assert past.shallow
    with pytest.raises(SharekitError) as told:
        past.require_whole()
    assert "fetch-depth: 0" in (told.value.hint or "")
    with pytest.raises(SharekitError) as unknown:
        past.resolve(first)
    assert "fetch-depth: 0" in (unknown.value.hint or "")
    assert [sorted(state.manifest.metrics) for state in manifests(past)] == [["a", "flights"]]
    history(repo).require_whole()


@pytest.mark.parametrize("behind", [1, 70])
def test_a_shallow_clone_fetches_as_far_as_it_must(repo: Repo, tmp_path: Path, behind: int) -> None:
    earlier = repo.git("rev-parse", "HEAD")
    stream = "".join(
        f"commit refs/heads/main\ncommitter A <a@b> {1383555600 + n} +0000\ndata 1\nx\nfrom"
        " refs/heads/main^0\n\n"
        for n in range(behind)
    )
    repo.git("fast-import", "--quiet", stdin=stream.encode())
    url = bare_remote(repo, tmp_path / "bare")
    job = clone(url, tmp_path / "job", "--depth=1")
    past = history(job)
    assert past.relation(earlier) == "unknown"
    assert past.look_further("origin", earlier) == "follows"
    assert job.git("branch", "--all", "--list") == clone(url, tmp_path / "other", "--depth=1").git(
        "branch", "--all", "--list"
    )


def test_a_shallow_clone_of_a_rewritten_branch_is_found_out(repo: Repo, tmp_path: Path) -> None:
    repo.commit({"metrics/a.sql": metric("A")})
    url = bare_remote(repo, tmp_path / "bare")
    told = repo.commit({"metrics/a.sql": metric("Told")})
    repo.git("push", "--quiet", "origin", "main")
    repo.git("reset", "--quiet", "--hard", "HEAD~1")
    repo.commit({"metrics/a.sql": metric("Instead")})
    repo.git("push", "--quiet", "--force", "origin", "main")
    past = history(clone(url, tmp_path / "job", "--depth=1"))
    assert past.look_further("origin", told) == "apart"
    assert past.look_further("origin", "1" * 40) == "apart"


# -- safety ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rev",
    [
        "--output=stolen",
        "-h",
        "nowhere",
        "HEAD..HEAD",
        "HEAD:sharekit.toml",
        "a\nb",
        "",
        "HEAD\x00",
    ],
)
def test_a_name_that_is_no_commit_is_refused_in_words(repo: Repo, rev: str) -> None:
    with pytest.raises(SharekitError, match="there is no commit") as told:
        history(repo).resolve(rev)
    assert told.value.hint == "Name a branch, a tag or a commit; git log --oneline lists them."
    assert not (repo.path / "stolen").exists()


def test_nothing_in_the_repository_or_environment_runs_or_redirects(
    repo: Repo, tmp_path: Path
) -> None:
    repo.commit({".gitattributes": "*.sql diff=x filter=x\n"}, author="A")
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch '{tmp_path}/sprung'\nexit 1\n")
    trap.chmod(0o755)
    for name in (
        "diff.external",
        "core.fsmonitor",
        "diff.x.textconv",
        "diff.x.command",
        "core.pager",
        "gpg.program",
    ):
        repo.git("config", name, str(trap))
    repo.git("config", "log.showSignature", "true")
    repo.git("config", "filter.x.smudge", str(trap))
    repo.git("config", "core.hooksPath", str(tmp_path))
    hostile = {
        "GIT_DIR": str(tmp_path / "nowhere"),
        "GIT_INDEX_FILE": str(tmp_path / "nowhere"),
        "GIT_EXTERNAL_DIFF": str(trap),
        "GIT_PAGER": str(trap),
        "GIT_TRACE": str(tmp_path / "sprung"),
        "GIT_OBJECT_DIRECTORY": str(tmp_path),
        "GIT_EXEC_PATH": str(tmp_path),
    }
    past = history(repo, **hostile)
    assert [sorted(state.manifest.metrics) for state in manifests(past)] == [["flights"]]
    assert set(past.declared().files) == {"sharekit.toml", "metrics/flights.sql"}
    assert past.moment().author == "A"
    past.committed()
    assert not (tmp_path / "sprung").exists()


def test_git_is_not_given_our_secrets_and_cannot_ask_for_others() -> None:
    given = {
        "PATH": "/bin", "SHAREKIT_SMTP_PASSWORD": "hunter2", "GIT_SSH_COMMAND": "ssh -i key", "GIT_WORK_TREE": "/",
        "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*", "LANGUAGE": "de",
    }  # fmt: skip
    cleaned = clean_environment(given)
    assert "hunter2" not in str(cleaned)
    assert "GIT_WORK_TREE" not in cleaned
    assert cleaned["GIT_SSH_COMMAND"] == "ssh -i key"
    assert cleaned["GIT_CONFIG_KEY_0"] == "safe.directory"
    assert (cleaned["GIT_TERMINAL_PROMPT"], cleaned["LC_ALL"]) == ("0", "C")


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a folder away"
)
def test_a_repository_of_another_user_is_refused_with_the_way_out(repo: Repo) -> None:
    for path in [repo.path, *repo.path.rglob("*")]:
        os.chown(path, 12345, 12345, follow_symlinks=False)
    with pytest.raises(SharekitError, match="another user owns it") as told:
        open_history(repo.path, environment())
    assert (
        told.value.hint
        == f"If you trust it: git config --global --add safe.directory '{repo.path}'"
    )


def test_an_error_of_git_shows_no_password(repo: Repo) -> None:
    repo.git("remote", "add", "origin", "https://robot:hunter2@127.0.0.1:9/x.git")
    with pytest.raises(SharekitError) as told:
        Git(repo.path, environment()).run("fetch", "origin")
    assert told.value.exit_code == 3
    assert "hunter2" not in str(told.value)
    assert "127.0.0.1" in str(told.value)


def test_a_commit_with_an_impossible_date_has_the_committers(repo: Repo) -> None:
    tree = repo.git("rev-parse", "HEAD^{tree}")
    text = (
        f"tree {tree}\nauthor A <a@b> 1383555600 +9959\ncommitter A <a@b> 1383555600 +0000\n\nOdd\n"
    )
    odd = repo.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=text.encode())
    assert history(repo).moment(odd).on == datetime(2013, 11, 4, 9, tzinfo=UTC)
