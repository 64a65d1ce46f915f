"""Points for what a right policy costs: by bands, beside our own, and only if it is right."""
import sys
import types

import pytest

import handing_in
from handing_in import ROOT, grade

sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests/judge")]
from grader import bands, grading, marking, tasks  # noqa: E402
from grader.faults import OwnFault  # noqa: E402
from rewritten import DOUBLES, SCANS, rewritten  # noqa: E402

FAST = tasks.Graded("fast", "title", 12, measure="instructions",
                    bands=((1.5, 12), (2.5, 8), (5.0, 4)))
CHILD = types.SimpleNamespace(child="child")
OWN = "kern/mm/own_pmm.c"


def measured(own, reference=100, uncounted=None, dearest=(120, 120)):
    return {"instructions": (own, reference), "dearest": dearest, "uncounted": uncounted,
            "reference": "ours"}


@pytest.mark.parametrize("own,points", [(10, 12), (150, 12), (151, 8), (250, 8), (500, 4), (501, 0),
                                        (None, 0)])
def test_the_band_that_the_ratio_lies_in_gives_the_points(own, points):
    assert bands.points(FAST, measured(own))[0] == points


def test_each_measure_and_the_dearest_window_stand_beside_the_references():
    own = {"instructions": 1, "dearest": 2, "space": 3, "scatter": 4}
    told = bands.beside(own, {**{name: 9 * own[name] for name in own}, "uncounted": None}, "ours")
    assert {name: told[name] for name in own} == {name: (own[name], 9 * own[name]) for name in own}


@pytest.mark.parametrize("own,dearest,points", [
    (100, 360, 12), (100, 361, 8), (100, 600, 8), (100, 601, 4), (100, 1201, 0), (251, 300, 4)])
def test_the_dearest_window_may_take_twice_what_a_band_allows(own, dearest, points):
    assert bands.points(FAST, measured(own, dearest=(dearest, 120)))[0] == points


def test_it_is_said_which_window_is_too_dear():
    why = bands.points(FAST, measured(90, dearest=(480, 120)))[1]
    assert why == ("480.00 instructions a call in the dearest window; ours has 120.00: "
                   "4.00 times as many\n"
                   "points: 12 up to 3 times, 8 up to 5 times, 4 up to 10 times")


def test_it_is_said_how_far_off_it_is():
    why = bands.points(FAST, measured(324.0))[1]
    assert why == ("324.00 instructions a call; ours has 100.00: 3.24 times as many\n"
                   "points: 12 up to 1.5 times, 8 up to 2.5 times, 4 up to 5 times")


def test_a_reference_that_is_not_right_is_not_taken_for_the_submission(monkeypatch, tmp_path):
    """In a student's tree it is the student's own, too."""
    row = {"limitations": [], "measured": {}, "steps": [], "promise": "P7", "text": "took none",
           "options": "", "source": "", "seed": 1}
    tables = {name: {"limitations": [], "properties": [{**row, "verdict": verdict}]}
              for name, verdict in (("own", "holds"), ("reference", "broken"))}
    monkeypatch.setattr(marking, "judge", lambda child, *rest: tables[child])
    task = tasks.Task("own", "title", OWN, "policy", (FAST,), reference="buddy_system")
    verdict = marking.measured_verdict(("own", "reference"), str(tmp_path), task, 1)
    assert verdict.verdict == marking.BROKEN and verdict.steps == ()
    assert verdict.why == ("buddy_system, beside which it is measured, is not right yet: "
                           "P7: took none")


def test_what_is_broken_when_it_is_measured_gets_nothing():
    task = tasks.Task("own", "title", OWN, "policy", (FAST,))
    broken = marking.Verdict(bands.PART, marking.BROKEN, "watched: other pages")
    assert marking.mark(task, FAST, {bands.PART: broken}, {}).got == 0
    right = marking.Verdict(bands.PART, marking.HOLDS, measured=measured(200))
    assert marking.mark(task, FAST, {bands.PART: right}, {}).got == 8


@pytest.mark.parametrize("key,fault", [(None, False), (b"k" * 16, True)], ids=["home", "course"])
def test_where_nothing_can_be_counted_it_is_said_at_home_and_no_zero_on_the_course(key, fault,
                                                                                 monkeypatch):
    verdict = marking.Verdict(bands.PART, marking.HOLDS,
                              measured=measured(None, None, "not permitted"))
    monkeypatch.setattr(bands, "build_reference", lambda lab, name, folder: "reference")
    monkeypatch.setattr(marking, "measured_verdict", lambda *args: verdict)
    run = types.SimpleNamespace(lab=None, folder=lambda: "folder", course=grading.Course(key=key))
    task = types.SimpleNamespace(reference="buddy_system")
    if fault:
        with pytest.raises(OwnFault):
            grading.Grading.measured(run, task, CHILD, 1)
    else:
        assert grading.Grading.measured(run, task, CHILD, 1) == verdict
        assert bands.points(FAST, verdict.measured) == (
            0, "not measured: instructions cannot be counted here: not permitted")


@pytest.mark.parametrize("change", [
    {"measure": "beauty"}, {"measure": ""}, {"bands": []}, {"bands": [[2, 12], [1, 3]]},
    {"bands": [[1, 12], [2, 12]]}, {"bands": [[1, 11]]}], ids=str)
def test_bands_that_make_no_sense_are_the_graders_own_fault(change):
    table = {"name": "fast", "title": "t", "points": 12, "measure": "space", "bands": [[1, 12]]}
    rubric = {"title": "t", "file": "f", "kind": "policy"}
    assert tasks.task_of("lab", {**rubric, "test": [dict(table)]})
    with pytest.raises(OwnFault):
        tasks.task_of("lab", {**rubric, "test": [{**table, **change}]})


@pytest.mark.parametrize("changes,lost", [((SCANS,), {"fast": 0}),
                                          (DOUBLES, {"compact": 0, "whole": 0})],
                         ids=["scans", "doubles"])
def test_who_is_slow_loses_instructions_and_who_wastes_loses_memory(tmp_path, changes, lost):
    submission = handing_in.hand_in(tmp_path, rewritten("buddy_system_pmm", *changes).replace(
        '"buddy_system_pmm.h"', '"own_pmm.h"'), OWN)
    handing_in.hand_in(tmp_path, (ROOT / "kern/mm/buddy_system_pmm.h").read_text(), OWN[:-2] + ".h")
    done = grade("--only", "own/[fcw]*", submission=submission, off=("guest",),
                 more=handing_in.FEW_SEEDS)
    marks = handing_in.marks(done)
    assert set(marks) == {"own/fast", "own/compact", "own/whole"}
    assert {test[4:]: got for test, (got, of) in marks.items() if got < of} == lost, (
        done.stdout + done.stderr)
