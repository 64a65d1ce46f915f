"""make handout: the student's tree builds, boots and is graded, and holds nothing that it should not."""
import re
import shutil
import tomllib

import pytest

import student
from student import ROOT, git, grade, handout, make, run

LAB = tomllib.loads((ROOT / "docs/labs/allocator/lab.toml").read_text())
OWN = {row["file"]: row for row in LAB["student"]}
GIVEN_POINTS = {f"first_fit/{test}" for test in (
    "singles starts owner refuses light ranges merges exhausts parts placement".split())}
SLOT = re.compile(r"/\* SLOT (\w+\.\w+): .* \*/\n(.*?) */\* SLOT \1 ends(.*?) \*/", re.S)
IN_PLACE = ROOT / "tests/dropin/in_place"


@pytest.fixture(scope="session", name="solution")
def make_solution(tmp_path_factory):
    return student.once(tmp_path_factory, "solution", student.solution)


@pytest.fixture(scope="session", name="tree")
def make_tree(tmp_path_factory, solution):
    """As it is handed out, and built. Only build/ may change."""
    def build(folder):
        handout(solution, "make", "allocator", folder)
        student.take_built(folder)
        make(folder, "all", "judge-programs")
    return student.once(tmp_path_factory, "student", build)


def of_this_tree(folder, tree):
    """A copy that is built: make looks at times."""
    shutil.copytree(tree, folder, copy_function=shutil.copy2, dirs_exist_ok=True)


def files(tree):
    return set(git(tree, "ls-files", "-z").rstrip("\0").split("\0"))


# ---- what is in it -----------------------------------------------------------------------------

def test_it_is_one_commit_and_its_record_names_every_given_file(tree):
    assert git(tree, "rev-list", "--all", "--count") == "1\n"
    assert git(tree, "status", "--porcelain") == ""
    recorded = re.findall(r"^[0-9a-f]{64}  (.*)$", (tree / "RELEASE").read_text(), re.M)
    assert set(recorded) | set(OWN) | {"RELEASE"} == files(tree)
    assert not set(recorded) & set(OWN)
    assert "FAILED" not in run("sha256sum", "--check", "--warn", "RELEASE", cwd=tree)


def test_of_allocators_only_those_are_in_it_that_the_manifest_names(tree):
    found = {path for path in files(tree) if path.endswith((".c", ".h"))
             and re.search(r"^(const )?struct pmm_manager \w+ = {", (tree / path).read_text(), re.M)}
    named = {f"kern/mm/{name}.c" for name in (*LAB["policies"], "own_pmm")}
    tried = {f"tests/dropin/{name}_pmm.c" for name in LAB["check_on"]}
    bare = {path for path in tried if '#include "first_fit.h"' in (tree / path).read_text()}
    assert found == (named | tried) - bare | {
        "tests/dropin/wrong/first_fit.h", "tests/bench/baselines/floor_pmm.c",
        "docs/labs/allocator/first_fit_with_a_bug_pmm.c",
        "tools/grader/checked_pmm.c"}  # which stands between a check and a policy
    registered = re.findall(r"^PMM_POLICY\((\w+), \1_manager\)$",
                            (tree / "kern/mm/policies.def").read_text(), re.M)
    assert set(registered) == {*LAB["policies"], "own_pmm"}
    listed = (tree / "user/root/etc/policies").read_text()
    assert "best_fit" in listed and "worst_fit" not in listed and "page_list" not in listed


def test_headers_of_allocators_that_stay_stay_with_them(tree):
    there = {path for path in files(tree) if path.startswith("kern/mm/")}
    assert "kern/mm/block_list.h" in there and "kern/mm/zone.h" in there
    assert not {"kern/mm/page_list.h", "kern/mm/bump.h", "kern/mm/page_list_buddy_pmm.h"} & there


def test_the_bug_that_is_to_be_found_is_named_nowhere_and_stands_in_one_file_alone(tree):
    texts = {path: (tree / path).read_text(errors="replace") for path in files(tree)}
    told = re.compile(r"tail.?(insert|links)|insert\w* at the tail|(links?|links? \w+|behind) (to )?itself", re.I)
    assert told.search("an insert at the tail") and told.search("TAIL_LINKS_TO_ITSELF")
    assert not [path for path, text in texts.items() if told.search(path) or told.search(text)]
    added_last = re.compile(r"if \(list_next\(le\) == [&\w.>-]+\) \{\s+list_add\w*\(le, .*;(?!\s+(break|return))")
    assert [path for path, text in texts.items() if added_last.search(text)] == [
        "docs/labs/allocator/first_fit_with_a_bug_pmm.c"]


def solved():
    """What solutions say and nobody else: long lines, and any two that follow each other."""
    for row in LAB["student"]:
        place = row.get("solution", row["file"])
        text = (ROOT / place).read_text() if place else ""
        bodies = [text] if "solution" in row else [slot[2] for slot in SLOT.finditer(text)]
        for body in bodies:
            lines = body.splitlines()
            yield from (line.strip() for line in lines if len(line.strip()) > 44)
            yield from (f"{one}\n{two}" for one, two in zip(lines, lines[1:])
                        if len(one.strip() + two.strip()) > 40
                        and "#include" not in one and "pmm_check(" not in two)


def test_no_line_of_a_solution_is_in_it_or_in_its_history(tree):
    every = git(tree, "cat-file", "--batch", "--batch-all-objects", "--unordered")
    assert "first_fit_alloc_pages" in every  # contents, not names
    said = set(solved())
    assert len(said) > 90 and any("best->property" in each for each in said)
    assert not [each for each in said if each in every]


def test_what_is_hidden_is_no_object_of_it(tree, solution):
    there = set(git(tree, "cat-file", "--batch-all-objects",
                    "--batch-check=%(objectname)").splitlines())
    hidden = {path: blob for blob, path in re.findall(
        r"^\d+ blob (\w+)\t(.*)$", git(solution, "ls-tree", "-r", "HEAD"), re.M)
        if path not in files(tree) and (solution / path).stat().st_size > 0}
    for part in ("tests/grade/reference/", "tests/grade/bank/", "tests/mutants/", "tests/faults/",
                 "tests/dropin/right/tree", "tests/judge/policies/", "kern/mm/worst_fit_pmm.c",
                 "tools/grader/expected/", "docs/labs/allocator/lab.toml", "test.txt"):
        assert any(path.startswith(part) for path in hidden), part
    laid = {path for path in hidden if path.startswith("docs/labs/allocator/given/")}
    assert laid and not [path for path in set(hidden) - laid if hidden[path] in there]


def test_every_slot_stands_in_it_with_its_task_and_what_holds_its_place(tree):
    found = {}
    for path in OWN:
        text = (tree / path).read_text()
        assert text.count("SLOT") == 2 * len(SLOT.findall(text))
        assert all(slot[3] == "" for slot in SLOT.finditer(text))
        found.update({slot[1]: slot[2].split("\n") for slot in SLOT.finditer(text)})
    assert set(found) == {name for row in OWN.values() for name in row["slots"]}
    assert found["best_fit.alloc"] == ["    (void)blocks_take;", "    return NULL;", ""]
    assert found["buddy_system.split"] == ["    return NULL;", ""]
    assert "/* SLOT" not in "".join((tree / path).read_text() for path in files(tree) - set(OWN)
                                 if path.endswith((".c", ".h")))


def test_its_texts_and_its_help_speak_of_what_is_there(tree):
    for path in files(tree):
        if path.endswith(".md"):
            folder = (tree / path).parent
            for link in re.findall(r"\]\((?!https?://|#)([^)#\s]+)", (tree / path).read_text()):
                assert (folder / link).exists(), (path, link)
        if path != "RELEASE" and (tree / path).suffix not in (".c", ".h"):
            assert not re.search(r"^# COURSE", (tree / path).read_text(), re.M), path
    targets = re.findall(r"^([a-z.-]+) ", make(tree, "help"), re.M)
    assert {"all", "qemu", "judge", "grade", "debug", "help"} <= set(targets)
    assert not {"test", "check", "handout", "mutants"} & set(targets)
    for target in targets:
        make(tree, "-n", target)
    assert "not in this one" in run(tree / "tools/grade", "--self-test", cwd=tree, status=2)


def test_the_check_is_tried_on_fewer_policies_for_the_same_points(tree):
    path = "tools/grader/rubrics/test_the_tests.toml"
    ours, theirs = (tomllib.loads((each / path).read_text()) for each in (ROOT, tree))
    for here, there in zip(ours["test"], theirs["test"], strict=True):
        for key in set(here) - {"accepts", "rejects"}:
            assert there[key] == here[key]
        for key in {"accepts", "rejects"} & set(here):
            assert there[key] and there[key] == [name for name in here[key] if
                                                 name.partition(":")[0] in LAB["check_on"]]


# ---- what it does ------------------------------------------------------------------------------

def test_it_boots_and_its_shell_comes_and_goes(tree):
    said = make(tree, "qemu", "SH=cat /etc/policies; exit")
    assert "policy   first_fit (the default" in said and "pagelab: off 0" in said
    assert "next_fit " in said and "worst_fit" not in said


def test_it_gets_the_points_of_what_it_gives_away_and_no_others(tree):
    full, said = grade(tree, "--task", "all")
    assert {test for test, whole in full.items() if whole} == GIVEN_POINTS, said
    assert len(full) == 10 + 10 + 10 + 5 + 13 and said.endswith("\n100/500 points\n"), said
    assert "pmm_check is not written yet" in said


def test_with_the_solutions_back_it_gets_full_marks(tree, solution, tmp_path):
    of_this_tree(tmp_path, tree)
    said = handout(solution, "solve", tmp_path)
    assert said.count(": the solution\n") == len([row for row in OWN.values() if
                                                  row.get("solution") != ""])
    assert "warning" not in make(tmp_path)
    tasks = [word for task in ("best_fit", "buddy_system", "test_the_tests")
             for word in ("--task", task)]
    full, said = grade(tmp_path, *tasks)
    assert all(full.values()) and said.endswith("\n300/300 points\n"), said
    said = make(tmp_path, "qemu", "PMM=buddy_system", "RUN=check; off")
    assert "basic_check: passed" in said and "pagelab: off 0" in said
    units = run("strings", tmp_path / "build/kernel.elf").splitlines()
    assert "kern/mm/buddy_system_pmm.c" in units  # where gdb looks for the source


def test_old_files_in_the_place_of_the_students_are_built_booted_and_graded(tree, tmp_path):
    of_this_tree(tmp_path, tree)
    for path in IN_PLACE.glob("*.c"):
        shutil.copy(path, tmp_path / "kern/mm")
    said = make(tmp_path)
    assert said.count("warning: format '%d' expects") == 2  # shown, and nothing ends
    for name in ("best_fit", "buddy_system", "kern/mm/buddy_system_pmm.c"):
        said = make(tmp_path, "qemu", f"PMM={name}", "RUN=alloc 45; alloc 3; check; off")
        assert "checks   policy's own passed" in said and "pagelab: off 0" in said, said
        assert "check: all pages accounted for" in said
    full, said = grade(tmp_path, "--only", "b*/p*")
    assert len(full) == 3 and all(full.values()), said
    said = run(tmp_path / "tools/judge", "best_fit", "--only", "placement", cwd=tmp_path)
    assert re.search(r"^pass +placement ", said, re.M), said


def test_the_first_fit_to_be_read_passes_its_check_and_hands_a_page_out_twice(tree):
    bug = "docs/labs/allocator/first_fit_with_a_bug_pmm.c"
    said = run(tree / "tools/judge", bug, "--only", "ranges_order", "--seed", "4", "--seeds", "1",
               cwd=tree, status=1)
    assert re.search(r"^BROKEN +ranges_order +P5: page \d+ was given, which belongs to #\d", said,
                     re.M), said
    said = run(tree / "tools/judge", bug, "--only", "selfcheck", cwd=tree)
    assert re.search(r"^pass +selfcheck ", said, re.M), said


# ---- what it refuses ---------------------------------------------------------------------------

def test_a_folder_that_is_not_empty_is_left_alone(solution, tmp_path):
    (tmp_path / "thesis.tex").write_text("mine")
    said = handout(solution, "make", "allocator", tmp_path, status=1)
    assert f"'{tmp_path}' is not empty" in said
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize("words,status,says", [
    (("make", "nonsense", "OUT"), 1, "there is no lab 'nonsense'; there are allocator"),
    (("make", "../labs", "OUT"), 1, "there is no lab"),
    (("make", "", "OUT"), 2, "handout make TASK DIR"), (("make",), 2, "update DIR"),
    (("update", "OUT"), 1, "was not made by make handout"),
    (("solve", "OUT"), 1, "was not made by make handout")],
    ids=["unknown lab", "path", "no lab", "nothing", "update of nothing", "solve of nothing"])
def test_what_cannot_be_done_is_refused_and_nothing_is_left(solution, tmp_path, words, status, says):
    out = tmp_path / "out"
    words = [out if word == "OUT" else word for word in words]
    assert says in handout(solution, *words, status=status)
    assert not out.exists()


def test_what_is_not_committed_is_named_and_does_not_go_out(solution, tmp_path):
    changed = tmp_path / "changed"
    git(tmp_path, "clone", "-q", solution, changed)
    (changed / "libs/list.h").write_text("/* not yet */\n")
    (changed / "libs/new.h").write_text("/* not yet */\n")
    said = handout(changed, "make", "allocator", tmp_path / "out")
    assert "2 changed files are not: libs/list.h libs/new.h\n" in said
    assert not (tmp_path / "out/libs/new.h").exists()
    assert "list_init" in (tmp_path / "out/libs/list.h").read_text()
