"""From verdicts to points, without a judge: shares, needs, limitations, what is left out."""
import sys

import pytest

from handing_in import ROOT

sys.path.insert(0, str(ROOT / "tools"))
from grader import build  # noqa: E402
from grader.faults import NotBuilt, OwnFault  # noqa: E402
from grader.marking import BROKEN, HOLDS, SKIPPED, Verdict, both, mark  # noqa: E402
from grader.plain import plain  # noqa: E402
from grader.sandbox import Done  # noqa: E402
from grader.tasks import Graded, Task, load, task_of  # noqa: E402

SHORT = ("manages only one range", "manages only one range: the first")


def points(test, before=None, **verdicts):
    task = Task("lab", "a lab", "file.c", "policy", (test,))
    made = {part: Verdict(part, *(verdict if isinstance(verdict, tuple) else (verdict, "why")))
            for part, verdict in verdicts.items()}
    return mark(task, test, made, before or {})


def test_all_or_nothing_unless_shares_are_given():
    whole = Graded("t", "title", 9, ("a", "b", "c"))
    parts = Graded("t", "title", 9, ("a", "b", "c"), partial=True)
    assert points(whole, a=HOLDS, b=HOLDS, c=HOLDS).got == 9
    assert points(whole, a=HOLDS, b=BROKEN, c=HOLDS).got == 0
    assert points(parts, a=HOLDS, b=BROKEN, c=HOLDS).got == 6
    assert points(parts, a=BROKEN, b=BROKEN, c=BROKEN).got == 0


def test_what_does_not_apply_costs_unless_it_may():
    assert points(Graded("t", "title", 9, ("a", "b")), a=HOLDS, b=SKIPPED).got == 0
    assert points(Graded("t", "title", 9, ("a",), optional=("b",)), a=HOLDS, b=SKIPPED).got == 9
    assert points(Graded("t", "title", 9, ("a",), optional=("b",)), a=HOLDS, b=BROKEN).got == 0


def test_a_limitation_costs_the_test_that_names_it_wherever_it_was_told():
    told = Verdict("elsewhere", HOLDS, limitations=(SHORT,))
    for unless, got in ((("manages only one range",), 0), ((), 9)):
        test = Graded("t", "title", 9, ("a",), unless=unless)
        task = Task("lab", "a lab", "file.c", "policy", (test,), observe=("elsewhere",))
        assert ("elsewhere" in task.parts(test)) == bool(unless)
        assert mark(task, test, {"a": Verdict("a", HOLDS), "elsewhere": told}, {}).got == got


def test_a_test_counts_only_with_full_marks_in_what_it_needs():
    test = Graded("t", "title", 9, ("a",), needs=("first",))
    for first, got in ((HOLDS, 9), (BROKEN, 0)):
        before = {"first": points(Graded("first", "title", 1, ("x",)), x=first)}
        assert points(test, before, a=HOLDS).got == got


OTHER = ("asserts on 0", "asserts on 0: panics")


def test_what_holds_on_the_host_has_to_hold_in_the_kernel_with_the_limitations_of_both():
    host, told = Verdict("a", HOLDS, limitations=(SHORT,)), (SHORT, OTHER)
    held = both(host, Verdict("a", HOLDS, limitations=(OTHER,)))
    assert held.verdict == HOLDS and not held.guest and set(held.limitations) == set(told)
    lost = both(host, Verdict("a", BROKEN, "P5: NULL", limitations=(OTHER,)))
    assert lost.verdict == BROKEN and lost.guest and set(lost.limitations) == set(told)
    assert lost.why == "in the kernel, RISC-V: P5: NULL"
    assert both(host, Verdict("a", SKIPPED)).verdict == SKIPPED
    assert both(Verdict("a", SKIPPED), Verdict("a", HOLDS)).verdict == SKIPPED


# ---- how compiling ends ------------------------------------------------------------------------

@pytest.mark.parametrize("status,said,late,problem,told", [
    (1, "", True, NotBuilt, "too long"),
    (-24, "", False, NotBuilt, "too long"),
    (1, "gcc: fatal error: CPU time limit exceeded signal terminated program cc1", False, NotBuilt,
     "more than 20 s"),
    (1, "cc1: out of memory allocating 7 bytes", False, NotBuilt, "more than 2048 MiB of memory"),
    (1, "as: File size limit exceeded", False, NotBuilt, "more than 64 MiB of disk"),
    (-9, "", False, OwnFault, "killed"),
    (137, "", False, OwnFault, "killed"),
    (1, "gcc: fatal error: Killed signal terminated program cc1", False, OwnFault, "killed"),
    (1, "as: can't write: No space left on device", False, OwnFault, "disk was full"),
], ids=["late", "ended for its time", "cc1 for its time", "cc1 for its memory", "as for its size",
        "killed", "killed inside", "cc1 killed", "disk full"])
def test_what_a_file_used_too_much_of_is_its_own_fault_and_no_other_end_is(tmp_path, status, said,
                                                                          late, problem, told):
    with pytest.raises(problem, match=told):
        build.compiler_said(Done(status, said.encode(), late), "/x/file.c", tmp_path)


# ---- rubrics and text --------------------------------------------------------------------------

@pytest.mark.parametrize("table", [
    {"title": "t"},
    {"title": "t", "file": "f", "kind": "policy", "test": [{"name": "a"}]},
    {"title": "t", "file": "f", "kind": "policy", "colour": "red", "test": []},
    {"title": "t", "file": "f", "kind": "policy", "test": [
        {"name": "a", "title": "a", "points": 1, "needs": ["b"]},
        {"name": "b", "title": "b", "points": 1}]},
])
def test_a_rubric_that_makes_no_sense_is_the_graders_own_fault(table):
    with pytest.raises(OwnFault):
        task_of("lab", table)


def test_every_rubric_can_be_read_and_every_property_is_known_to_the_judge():
    source = (ROOT / "tests/judge/properties.c").read_text()
    for task in load():
        for test in task.tests:
            for part in (*test.properties, *test.optional, *task.observe):
                assert f'{{"{part}", ' in source, (task.name, part)


def test_plain_text_has_no_control_characters_and_an_end():
    assert plain("a\x1b[2J\u202eb\x00\n\tc") == "a?[2J?b?\n    c"
    assert plain("x" * 5000, 10) == "x" * 10 + " ..."
