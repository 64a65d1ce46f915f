"""Variants: what the course's key makes of a task for each student, and what another's copy loses."""
import csv
import sys

import pytest

import handing_in
from handing_in import LOST, ROOT, USAGE, grade

sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests/judge")]
from grader import grading, tasks, variants  # noqa: E402
from grader.faults import OwnFault  # noqa: E402
from rewritten import BEST_TIES, rewritten  # noqa: E402

KEY = b"sixteen bytes and more"
COURSE = grading.Course(key=KEY)
BEST = "kern/mm/best_fit_pmm.c"
TIES = {"low": rewritten("best_fit_pmm"), "high": rewritten("best_fit_pmm", BEST_TIES)}


def task(**more):
    known = {"ties": ("low", "high"), "end": ("low", "high")}
    return tasks.Task("best_fit", "t", BEST, "policy", (), rule="best_fit",
                      variants=tuple(known.items()), **more)


def variant(author, per_student=("ties", "end"), course=COURSE):
    [(chosen, _)] = variants.chosen_for(author, [(task(per_student=per_student), ())], course)
    return chosen.variant


@pytest.fixture(scope="module", name="hidden")
def make_hidden(tmp_path_factory):
    """A course's folder, in which ties differ by student."""
    folder = tmp_path_factory.mktemp("hidden")
    (folder / "key").write_bytes(KEY)
    (folder / "best_fit.toml").write_text('per_student = ["ties"]\n')
    return folder


@pytest.fixture(scope="module", name="authors")
def make_authors():
    """{ties: an author who has got them}"""
    return {dict(variant(name))["ties"]: name for name in ("ada", "ben", "cleo", "dan", "eve")}


def test_a_variant_is_fixed_by_key_and_author_and_differs_between_authors():
    assert variant("ada") == variant("ada")
    assert len({variant(f"author {number}") for number in range(40)}) == 4
    other = grading.Course(key=b"another" + KEY)
    names = [f"author {number}" for number in range(20)]
    assert [variant(name) for name in names] != [variant(name, course=other) for name in names]


def test_there_is_none_without_a_key_without_an_author_or_if_the_course_makes_no_choice():
    assert variant("ada", course=grading.Course()) == variant(None) == variant("ada", ()) == ()


def test_the_judge_is_told_all_of_it_and_of_a_memory_in_placement_only():
    chosen = task(variant=(("ties", "high"), ("memory", "1:997")))
    assert chosen.options("light") == ["--rule", "best_fit", "--ties", "high"]
    assert chosen.options("placement") == [*chosen.options("light"), "--pool", "1:997"]


@pytest.mark.parametrize("more", ['per_student = ["size"]', 'variants = {colour = ["red"]}',
                                  "variants = {ties = []}"], ids=["unknown", "no_words", "empty"])
def test_choices_that_nobody_knows_are_the_graders_own_fault(tmp_path, more):
    (tmp_path / "best_fit.toml").write_text(more + "\n")
    with pytest.raises(OwnFault):
        tasks.load(tmp_path)


def test_what_to_hand_out_is_printed_for_the_teacher(hidden, authors):
    options = ("--hidden", hidden, "--task", "best_fit", "--variant")
    done = grade(*options, authors["high"])
    assert done.stdout == f"""/*
 * {BEST}, as it is for {authors["high"]} alone:
 *
 *   of free blocks that would do equally well, the one at the highest address is taken.
 *
 * At home: tools/grade --task best_fit --choose ties=high
 */
"""
    assert "at the lowest address" in grade(*options, authors["low"]).stdout


@pytest.mark.parametrize("option", ["--variant", "--author"])
def test_whose_it_is_means_nothing_without_a_key(option):
    assert grade(option, "ada").returncode == USAGE


def test_at_home_the_variant_that_was_handed_out_is_chosen_by_hand(tmp_path):
    submission = handing_in.hand_in(tmp_path, TIES["low"], BEST)
    options = ("--task", "best_fit", "--only", "best_fit/placement")
    done = grade(*options, "--choose", "ties=high", submission=submission, off=("guest",),
                 more=handing_in.FEW_SEEDS)
    assert done.returncode == LOST, done.stdout + done.stderr
    assert "though best fit, the highest of equals, takes page" in done.stdout
    assert "--choose ties=high --only best_fit/placement" in done.stdout
    assert grade(*options, "--choose", "ties=up").returncode == USAGE
    assert grade("--task", "own", "--choose", "ties=high").returncode == USAGE


def test_a_copy_of_anothers_variant_loses_placement_and_nothing_else(tmp_path, hidden, authors):
    for name in authors.values():
        handing_in.hand_in(tmp_path / "class" / name, TIES["high"], BEST)
    options = ("--batch", tmp_path / "class", "--hidden", hidden, "--no-sandbox", "--only",
               "best_fit/p*")
    done = grade(*options, more=handing_in.FEW_SEEDS)
    assert done.returncode == 0, done.stdout + done.stderr
    marks = (tmp_path / "class-results/marks.csv").read_text()
    rows = {row["name"]: row for row in csv.DictReader(marks.splitlines())}
    own, copied = rows[authors["high"]], rows[authors["low"]]
    assert own["score"] == own["max_score"] == str(int(copied["score"]) + 14)
    assert copied["best_fit/placement"] == "0"
    assert grade(*options, "--resume", more=handing_in.FEW_SEEDS).returncode == 0
    assert (tmp_path / "class-results/marks.csv").read_text() == marks


def test_who_is_graded_alone_is_named_and_told_what_was_expected(tmp_path, hidden, authors):
    submission = handing_in.hand_in(tmp_path, TIES["low"], BEST)
    options = ("--hidden", hidden, "--no-sandbox", "--only", "best_fit/placement")
    done = grade(*options, "--author", authors["high"], submission=submission,
                 more=handing_in.FEW_SEEDS)
    assert done.returncode == LOST, done.stdout + done.stderr
    assert "though best fit, the highest of equals, takes page" in done.stdout
