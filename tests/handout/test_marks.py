"""The marks in sources: what is cut along them, and that a wrong one is refused where it stands."""
import sys

import pytest

from student import ROOT

sys.path.insert(0, str(ROOT / "tools"))
from handouts import marks  # noqa: E402

SOURCE = """\
int
one(void) {
    /* SLOT a.one: what to write */
    int x = 1;
    return x;
    /* SLOT a.one ends; until it is written: (void)helper; return 0; */
}
/* SLOT a.two: more */
int two;
/* SLOT a.two ends */
"""
HANDED_OUT = """\
int
one(void) {
    /* SLOT a.one: what to write */
    (void)helper;
    return 0;
    /* SLOT a.one ends */
}
/* SLOT a.two: more */
/* SLOT a.two ends */
"""
A, A_ENDS, B, B_ENDS = ("/* SLOT a.a: x */\n", "/* SLOT a.a ends */\n", "/* SLOT a.b: x */\n",
                        "/* SLOT a.b ends */\n")


def test_a_slot_keeps_its_task_and_gets_what_holds_its_place():
    assert marks.emptied(SOURCE, {"a.one", "a.two"}) == HANDED_OUT


def test_a_slot_of_another_lab_is_handed_out_solved_and_without_marks():
    text = marks.emptied(SOURCE, {"a.two"})
    assert "    int x = 1;\n    return x;\n}\n" in text and "a.one" not in text


def test_what_is_handed_out_has_the_same_slots_and_is_not_cut_further():
    assert [slot.name for slot in marks.slots(HANDED_OUT)] == ["a.one", "a.two"]


@pytest.mark.parametrize("text,line,what", [
    (A, 1, "does not end"), (A_ENDS, 1, "has not begun"), (A + B_ENDS, 2, "has not begun"),
    (A + B + B_ENDS + A_ENDS, 2, "the slot a.a has not ended"),
    (A + A_ENDS + A + A_ENDS, 1, "two slots a.a"),
    ("int x; " + A + A_ENDS, 1, "a mark is a line"), ("/* SLOT a: x */\n", 1, "a mark is a line"),
    ("/* SLOT a.a */\n" + A_ENDS, 1, "a mark is a line"),
    ("/* SLOT a.a: " + "x" * 90 + " */\n" + A_ENDS, 1, "a mark is a line"),
    (A + "/* SLOT a.a ends; until it is written: return 0 */\n", 2, "a mark is a line"),
], ids=["open", "closed", "another's end", "nested", "twice", "beside code", "no file", "no task",
        "too long", "no statement"])
def test_a_wrong_mark_is_refused_at_its_line(text, line, what):
    with pytest.raises(marks.Wrong) as wrong:
        marks.slots(text)
    assert wrong.value.args[0] == line and what in wrong.value.args[1]


def test_what_is_the_courses_is_left_out():
    text = "a\n# COURSE: tests\nb\n# COURSE ends\nc\n"
    assert marks.without_course(text) == "a\nc\n"


@pytest.mark.parametrize("text,line", [
    ("# COURSE: x\n", 1), ("# COURSE ends\n", 1), ("# COURSE: x\n# COURSE: y\n# COURSE ends\n", 2),
    ("# COURSE\n", 1)], ids=["open", "closed", "nested", "no reason"])
def test_a_part_of_the_courses_that_is_not_closed_is_refused(text, line):
    with pytest.raises(marks.Wrong) as wrong:
        marks.without_course(text)
    assert wrong.value.args[0] == line
