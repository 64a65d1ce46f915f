"""tools/grade --self-test: it passes on this grader, and fails on one that was weakened."""
import dataclasses
import re
import sys

import pytest

from handing_in import ATTACKS, FULL, LOST, OWN_FAULT, ROOT, USAGE, grade, needs_x86

sys.path.insert(0, str(ROOT / "tools"))
from grader import corpus, selftest, tasks  # noqa: E402
from grader.faults import NotBuilt, OwnFault, Rejected  # noqa: E402
from grader.grading import Course, Result  # noqa: E402
from grader.marking import Mark  # noqa: E402
from grader.selftest import SelfTest, differences, lost_by_itself  # noqa: E402

SINGLES = "first_fit/mutants/wrong/next_block_returned"
SHARE = "buddy_system/mutants/wrong/carved_relative_joined_absolute"
WORDS = "first_fit/attacks/no allocator, but all the right words"
SECTION = "first_fit/attacks/a section of its own"
SYSTEM_CALL = "first_fit/attacks_on_x86_64/a system call inside another instruction"


@pytest.fixture(scope="module", name="every")
def read_every():
    return [case for task in tasks.load() for case in corpus.cases_of(task)]


def self_test(*options, more="", off=()):
    return grade("--self-test", *options, more=more, off=off)


# ---- on this grader, and on weaker ones --------------------------------------------------------

PATCHED = """
from grader import marking, tasks
import dataclasses
costs, load = marking.costs, tasks.load
"""
FIRST_TEST = PATCHED + """
tasks.load = lambda hidden: [dataclasses.replace(task, tests=task.tests[:1])
                             for task in load(hidden)]
"""
BLIND = FIRST_TEST + """
marking.costs = lambda test, verdict: None if verdict.part == "single" else costs(test, verdict)
"""
GENEROUS = PATCHED + "marking.round = lambda points, digits: -(-points // 5) * 5\n"
FORGETFUL = PATCHED + """
tasks.load = lambda hidden: [dataclasses.replace(task, tests=tuple(
    dataclasses.replace(test, needs=()) for test in task.tests)) for task in load(hidden)]
"""


@pytest.mark.parametrize("case,told", [
    (SINGLES, "to lose singles; lost singles, 0/10"),
    (WORDS, "to get nothing; lost singles, 0/10"),
    (SECTION, "to get nothing; .mine: a section that no policy has, 0/10"),
    ("first_fit/reference/kern/mm/default_pmm.c", "to keep all; lost nothing, 10/10"),
], ids=["mutant", "attack", "refused", "reference"])
def test_each_kind_of_case_is_as_it_should_be(case, told):
    done = self_test("--only", case, more=FIRST_TEST)
    assert done.returncode == FULL, done.stdout + done.stderr
    assert done.stdout == f"ok    {case}: {told}\n1 cases, all as they should be\n"


@pytest.mark.parametrize("case,weaker,told", [
    (SINGLES, {"more": BLIND}, "singles is 10/10, not 0"),
    (SHARE, {"more": GENEROUS}, "blocks is 5/8, not 4"),
    (WORDS, {"more": FORGETFUL}, "is 4/4, not 0"),
    (SECTION, {"off": ["gate"], "more": FIRST_TEST}, "singles is 10/10, not 0"),
    pytest.param(SYSTEM_CALL, {"off": ["confine"], "more": FIRST_TEST}, "singles is 10/10, not 0",
                 marks=needs_x86),
], ids=["a property is ignored", "marks are rounded up", "needs are forgotten", "the gate is open",
        "no filter in the child"])
def test_a_grader_that_was_weakened_fails(case, weaker, told):
    done = self_test("--only", case, **weaker)
    assert done.returncode == LOST, done.stdout + done.stderr
    assert re.search(rf"^DIFF  {re.escape(case)}: .*{told}", done.stdout, re.M), done.stdout
    assert done.stdout.endswith(f"1 cases; not as it should be: {case}\n")


def test_a_test_that_no_mutant_loses_is_named(tmp_path):
    (tmp_path / "first_fit.toml").write_text('[mutants]\n"wrong/next_block_returned" = ["singles"]')
    done = self_test("--task", "first_fit", more=f"from grader import corpus\n"
                     f"corpus.EXPECTED = {str(tmp_path)!r}\n")
    assert done.returncode == LOST, done.stdout + done.stderr
    assert "DIFF  first_fit/light: a test; no mutant loses it\n" in done.stdout
    assert "DIFF  first_fit/singles" not in done.stdout
    assert "DIFF  first_fit: its rubric; no reference is known\n" in done.stdout


def test_a_judge_that_does_not_work_is_the_graders_own_fault():
    done = self_test("--only", SINGLES, more=PATCHED + "marking.JUDGE = 'false'\n")
    assert done.returncode == OWN_FAULT, done.stdout + done.stderr
    assert "grader's own fault" in done.stderr and " cases" not in done.stdout


def test_a_case_that_is_not_there_is_wrong_usage():
    assert self_test("--only", "nonsense").returncode == USAGE


# ---- what is expected --------------------------------------------------------------------------

def case_of(loses, group=corpus.MUTANTS):
    """Of a task of four tests: all need the first, and the last one the second, too."""
    tests = [tasks.Graded(name, name, 10, needs=needs) for name, needs in
             (("first", ()), ("a", ("first",)), ("b", ("first",)), ("c", ("first", "a")))]
    return corpus.Case(tasks.Task("lab", "a lab", "f.c", "policy", tuple(tests)), group, "x", loses)


def marks_of(case, *points):
    return [Mark(case.task, test, got) for test, got in zip(case.task.tests, points)]


@pytest.mark.parametrize("loses,points,wrong", [
    ({}, (10, 10, 10, 10), []),
    ({}, (10, 10, 9.99, 10), ["b is 9.99/10, not 10"]),
    ({"b": 0}, (10, 10, 0, 10), []),
    ({"b": 0}, (10, 10, 10, 10), ["b is 10/10, not 0"]),
    ({"b": 0.5}, (10, 10, 5, 10), []),
    ({"b": 0.5}, (10, 10, 0, 10), ["b is 0/10, not 5"]),
    ({"a": 0}, (10, 0, 10, 0), []),
    ({"a": 0}, (10, 0, 10, 10), ["c is 10/10, not 0"]),
    ({"b": 0, "a": None}, (10, 10, 0, 0), []),
    ({"b": 0, "a": None}, (10, 3, 0, 10), []),
])
def test_what_is_named_is_lost_with_all_that_needs_it_and_no_more(loses, points, wrong):
    case = case_of(loses)
    assert list(differences(case, marks_of(case, *points))) == wrong


def test_hidden_tests_are_nothing_that_a_mutant_has_to_keep_but_a_right_file_has():
    for group, wrong in ((corpus.MUTANTS, []), (corpus.RIGHT, ["c is 0/10, not 10"])):
        case = case_of({}, group)
        *shown, last = case.task.tests
        last = dataclasses.replace(last, hidden=True)
        case = dataclasses.replace(case, task=dataclasses.replace(case.task, tests=(*shown, last)))
        assert list(differences(case, marks_of(case, 10, 10, 10, 0))) == wrong


def test_what_needs_a_lost_test_is_not_lost_by_itself():
    case = case_of({})
    assert lost_by_itself(marks_of(case, 10, 0, 5, 0)) == ["a", "b"]
    assert lost_by_itself(marks_of(case, 0, 0, 0, 0)) == ["first"]
    unbuilt = [Mark(case.task, test, 0, problem="no C") for test in case.task.tests]
    assert not lost_by_itself(unbuilt)


def told_of_an_attack(problems, escaped):
    lines, case = [], case_of({name: 0 for name in ("first", "a", "b", "c")}, "attacks")
    run = SelfTest([case.task], None, lines.append)
    run.judge(case, Result("", "", marks_of(case, 0, 0, 0, 0), problems, None), escaped)
    assert (run.wrong == [case.label]) == lines[0].startswith("DIFF ")
    return lines[0]


def test_what_gets_outside_is_told_though_it_got_no_points():
    assert told_of_an_attack({}, escaped=False).startswith("ok ")
    assert told_of_an_attack({}, escaped=True).endswith("it had an effect outside")


def test_an_attack_that_is_no_c_has_shown_nothing():
    assert told_of_an_attack({"lab": Rejected("ecall")}, escaped=False).startswith("ok ")
    assert told_of_an_attack({"lab": NotBuilt("no C")}, escaped=False).startswith("DIFF ")


@pytest.mark.parametrize("group,course,expected", [
    (corpus.MUTANTS, Course("dir", b"key", 7), (None, 1)),
    (corpus.RIGHT, Course("dir", b"key", 7), (b"key", 7)),
    (corpus.REFERENCE, Course(None, None, 7), (None, 7)),
    ("attacks", Course("dir", b"key", 7), (b"key", 7)),
    ("attacks", Course(None, None, 7), (selftest.KEY, 7)),
], ids=["a mutant", "a right file", "at home", "an attack", "an attack at home"])
def test_a_mutant_gets_the_seed_its_losses_are_known_for_and_no_attack_knows_its_own(
        monkeypatch, group, course, expected):
    seen = []
    monkeypatch.setattr(selftest.Grading, "__init__",
                        lambda self, where, wanted, course, work, jobs: seen.append(course))
    monkeypatch.setattr(selftest.Grading, "run", lambda self: "result")
    assert selftest.graded(case_of({}, group), course) == ("result", False)
    assert (seen[0].key, seen[0].public_seed) == expected


def test_what_cannot_be_tried_here_is_said_and_not_counted(monkeypatch):
    case = case_of({})
    skipped = dataclasses.replace(case, name="y", skipped="no walls")
    monkeypatch.setattr(corpus, "cases_of", lambda task, only: [case, skipped])
    monkeypatch.setattr(selftest, "graded", lambda case, course: (
        Result("", "", marks_of(case, 10, 10, 10, 10), {}, None), False))
    lines = []
    assert SelfTest([case.task], None, lines.append).run("lab/*", 1) == FULL
    assert lines == ["skip  lab/mutants/y: no walls",
                     "ok    lab/mutants/x: to keep all; lost nothing, 40/40",
                     "1 cases, all as they should be"]


# ---- the corpus --------------------------------------------------------------------------------

FIRST_FIT, BEST_FIT = "kern/mm/default_pmm.c", "kern/mm/best_fit_pmm.c"


@pytest.mark.parametrize("name,base,there,gone", [
    ("wrong/tail_insert", None, "free_area_t free_area;", '#include "first_fit.h"'),
    ("right/tree:TREE_REACHES_PAST_THE_POOL", None, "#define MISTAKE TREE_REACHES_PAST_THE_POOL\n",
     '#include "tree_pmm.h"'),
    ("bank:best_fit:the-largest-block-is-taken", BEST_FIT, "p->property > best->property",
     "p->property < best->property"),
    ("bank:block_list:frees-are-not-counted", FIRST_FIT, "first_fit_alloc_pages(size_t n)",
     "area->nr_free +="),
    (FIRST_FIT, None, '#include "block_list.h"', "blocks_put(free_area_t"),
], ids=["a wrong file", "a planted mistake", "an entry of a bank", "an entry for a header",
        "a path"])
def test_a_case_is_one_file_with_its_mistake_and_the_headers_that_policies_are_not_given(
        name, base, there, gone):
    text = corpus.policy(name, base)
    assert there in text and gone not in text


def test_every_test_of_every_rubric_has_a_mutant_and_every_task_a_reference(every):
    for task in tasks.load():
        mine = [case for case in every if case.task.name == task.name]
        assert any(case.group == corpus.REFERENCE for case in mine)
        lost = {name for case in mine if case.group == corpus.MUTANTS
                for name, share in case.loses.items() if share is not None}
        assert lost == {test.name for test in task.tests}, task.name


def test_every_wrong_file_and_every_planted_mistake_is_in_the_corpus(every):
    names = {case.name for case in every}
    for path in (ROOT / "tests/dropin").glob("*/*_pmm.c"):
        if path.parent.name in ("right", "wrong"):
            name = f"{path.parent.name}/{path.name.removesuffix('_pmm.c')}"
            assert name in names
            planted = re.search(r"enum \{ NONE, ([\w, ]+) \};", path.read_text())
            for mistake in planted[1].split(", ") if planted else ():
                assert f"{name}:{mistake}" in names
    assert {name for name in corpus.entries() if name.startswith("bank:more:")} <= names


def test_every_file_of_an_attack_is_in_the_corpus():
    text = "".join(path.read_text() for path in sorted((ROOT / "tools/grader/expected").iterdir()))
    for path in ATTACKS.iterdir():
        assert f'"tests/grade/attacks/{path.name}"' in text


@pytest.mark.parametrize("text", [
    '[mutants]\n"wrong/tail_insert" = ["nonsense"]', '[mutants]\n"wrong/tail_insert" = ["?light"]',
    '[mutants]\n"wrong/tail_insert" = []', '[mutants]\n"wrong/nonsense" = ["light"]',
    '[reference]\n"wrong/tail_insert" = ["light"]', '[nonsense]\n"wrong/tail_insert" = ["light"]',
    '[mutants]\n"bank:nonsense" = ["light"]'],
    ids=["no such test", "a mutant that may lose nothing", "a mutant that loses nothing",
         "no such file", "a reference that loses", "no such group", "no such entry of a bank"])
def test_an_expectation_that_makes_no_sense_is_the_graders_own_fault(tmp_path, monkeypatch, text):
    (tmp_path / "first_fit.toml").write_text(text)
    monkeypatch.setattr(corpus, "EXPECTED", str(tmp_path))
    with pytest.raises(OwnFault):
        list(corpus.cases_of(next(task for task in tasks.load() if task.name == "first_fit")))
