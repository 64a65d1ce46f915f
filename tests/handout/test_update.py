"""make handout-update: a newer release comes in, and nothing of the student's is lost."""
import re

import pytest

import student
from student import ROOT, commit, git, handout

BEST = "kern/mm/best_fit_pmm.c"
PLUS_ONE = "/* one line more */\n"


@pytest.fixture(scope="session", name="solution")
def make_solution(tmp_path_factory):
    return student.once(tmp_path_factory, "solution", student.solution)


@pytest.fixture(scope="session", name="published")
def make_published(tmp_path_factory, solution):
    return student.once(tmp_path_factory, "published",
                        lambda folder: handout(solution, "make", "allocator", folder))


@pytest.fixture(scope="session", name="newer")
def make_newer(tmp_path_factory, solution):
    """A release on: list.h is longer, a header is new, a note is gone, the contract is another."""
    def build(folder):
        git(folder.parent, "clone", "-q", solution, folder)
        add(folder, "libs/list.h", PLUS_ONE)
        (folder / "libs/queue.h").write_text(PLUS_ONE)
        (folder / "docs/decisions/one-linear-map.md").unlink()
        change(folder, "kern/mm/pmm.h", "#define PMM_CONTRACT 1\n", "#define PMM_CONTRACT 2\n")
        add(folder, BEST, PLUS_ONE)  # the student's: it must not get there
        commit(folder, "next")
        git(folder, "tag", "v2")
    return student.once(tmp_path_factory, "newer", build)


@pytest.fixture(name="tree")
def make_tree(published, tmp_path):
    """The student's, with work in it that is committed."""
    tree = tmp_path / "student"
    git(tmp_path, "clone", "-q", published, tree)
    for name, value in (("name", "Ada"), ("email", "ada@example.org")):
        git(tree, "config", f"user.{name}", value)
    add(tree, BEST, "/* mine */\n")
    (tree / "notes.txt").write_text("mine\n")
    commit(tree, "best fit, first try")
    return tree


def add(tree, path, text):
    with open(tree / path, "a", encoding="utf-8") as file:
        file.write(text)


def change(tree, path, old, new):
    text = (tree / path).read_text()
    (tree / path).write_text(text.replace(old, new))


def state(tree):
    """Everything that an update could touch."""
    return (git(tree, "rev-parse", "HEAD"), git(tree, "status", "--porcelain"),
            {path: path.read_bytes() for path in sorted(tree.rglob("*"))
             if path.is_file() and ".git" not in path.parts})


def subjects(tree):
    return git(tree, "log", "--format=%s").splitlines()


def test_what_is_given_becomes_the_newer_and_what_is_the_students_stays(tree, newer):
    before = (tree / BEST).read_text()
    said = handout(newer, "update", tree)
    assert (tree / BEST).read_text() == before and before.endswith("/* mine */\n")
    assert (tree / "notes.txt").read_text() == "mine\n"
    assert (tree / "libs/list.h").read_text().endswith(PLUS_ONE)
    assert (tree / "libs/queue.h").read_text() == PLUS_ONE
    assert not (tree / "docs/decisions/one-linear-map.md").exists()
    assert subjects(tree)[:2] == ["Release v2, contract 2", "best fit, first try"]
    assert len(subjects(tree)) == 3 and git(tree, "status", "--porcelain") == ""
    assert "# release  v2, " in (tree / "RELEASE").read_text()
    assert re.search(r"-> v2: 3 files written, 1 removed; your own are as they were\n", said), said
    assert "contract 1 -> 2: files written to the old one may have to change" in said

    before = state(tree)
    assert handout(newer, "update", tree) == f"{tree} has release v2 already\n"
    assert state(tree) == before


def test_changes_of_given_files_that_are_not_committed_are_listed_and_stop_it(tree, newer):
    add(tree, "kern/mm/pmm.c", "/* trying */\n")
    (tree / "libs/queue.h").write_text("not given yet, and the newer release has one\n")
    before = state(tree)
    said = handout(newer, "update", tree, status=1)
    assert "changes that are not committed" in said
    assert said.splitlines()[1:] == ["  kern/mm/pmm.c", "  libs/queue.h"]
    assert state(tree) == before


def test_unfinished_work_in_the_students_files_neither_stops_it_nor_is_committed(tree, newer):
    add(tree, BEST, "/* half */\n")
    add(tree, "notes.txt", "half\n")
    git(tree, "add", BEST)
    handout(newer, "update", tree)
    assert git(tree, "status", "--porcelain") == f"M  {BEST}\n M notes.txt\n"
    assert (tree / BEST).read_text().endswith("/* half */\n")


def test_what_the_student_has_changed_of_given_files_is_lost_nowhere(tree, newer):
    add(tree, "libs/list.h", "/* changed by both */\n")
    add(tree, "docs/decisions/one-linear-map.md", "changed here, removed there\n")
    add(tree, "kern/mm/pmm.c", "/* changed here only */\n")
    git(tree, "rm", "-q", "kern/mm/pmm.h")
    commit(tree, "given files")
    said = handout(newer, "update", tree)
    for path in ("libs/list.h", "kern/mm/pmm.h"):
        assert (tree / path).read_text() == (newer / path).read_text()
    assert (tree / "libs/list.h.mine").read_text().endswith("/* changed by both */\n")
    assert (tree / "docs/decisions/one-linear-map.md.mine").read_text().endswith("removed there\n")
    assert not (tree / "docs/decisions/one-linear-map.md").exists()
    assert (tree / "kern/mm/pmm.c").read_text().endswith("/* changed here only */\n")
    assert re.findall(r"^(\S+): you had changed it; yours is \1\.mine now$", said, re.M) == [
        "docs/decisions/one-linear-map.md", "libs/list.h"]
    assert git(tree, "status", "--porcelain") == ""


def test_what_was_kept_before_is_not_overwritten(tree, newer):
    add(tree, "libs/list.h", "/* my own */\n")
    (tree / "libs/list.h.mine").write_text("of an earlier update\n")
    commit(tree, "twice")
    before = state(tree)
    said = handout(newer, "update", tree, status=1)
    assert "would be overwritten" in said and "  libs/list.h.mine\n" in said
    assert state(tree) == before


def test_a_folder_that_is_a_link_out_of_the_tree_is_not_written_through(tree, newer, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tree / "libs").rename(tmp_path / "libs")
    (tree / "libs").symlink_to(tmp_path / "elsewhere")
    commit(tree, "a link")
    before = state(tree)
    assert "leads out of the folder" in handout(newer, "update", tree, status=1)
    assert state(tree) == before and not list((tmp_path / "elsewhere").iterdir())


def test_no_hook_of_the_students_repository_is_run(tree, newer, tmp_path):
    for name in ("pre-commit", "post-commit", "commit-msg"):
        hook = tree / ".git/hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/was-run\n")
        hook.chmod(0o755)
    git(tree, "config", "core.fsmonitor", f"touch {tmp_path}/was-run; false")
    handout(newer, "update", tree)
    assert not (tmp_path / "was-run").exists()


def test_a_tree_without_git_is_refused(tree, newer, tmp_path):
    (tree / ".git").rename(tmp_path / "git")
    assert "is no git repository" in handout(newer, "update", tree, status=1)


def test_a_solution_does_not_replace_work_that_is_not_committed(tree, newer):
    add(tree, BEST, "/* half */\n")
    before = state(tree)
    assert f"not committed:\n  {BEST}\n" in handout(newer, "solve", tree, status=1)
    assert state(tree) == before


def test_the_makefile_passes_folder_and_task_on(tmp_path):
    said = student.run("make", "-s", "handout", "TASK=nonsense", f"OUT={tmp_path / 'a b'}",
                       cwd=ROOT, status=2)
    assert "there is no lab 'nonsense'" in said
    said = student.run("make", "-s", "handout-update", f"OUT={tmp_path / 'a b'}", cwd=ROOT, status=2)
    assert f"'{tmp_path / 'a b'}' was not made by make handout" in said
