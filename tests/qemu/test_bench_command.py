"""The monitor's `bench`: what it counts, and that it leaves memory as it found it."""
import re

import pytest

from boot import boot

ICOUNT = "-icount shift=0,sleep=off"


@pytest.fixture(scope="module")
def benched():
    """One boot for all."""
    return boot("stat; bench; bench ab facade; bench a; stat; check; off", PMM="buddy_system", OPTS=ICOUNT)


def figures(output):
    """[(course, alloc, free, refused)] in the order they were printed."""
    return [(course, float(alloc), float(free), int(refused)) for course, alloc, free, refused in
            re.findall(r"^(\w): alloc ([\d.]+) free ([\d.]+) .* (\d+) refused", output, re.M)]


def test_every_course_has_figures_and_all_memory_comes_back(benched):
    assert benched.status == 0
    assert "".join(course for course, *_ in figures(benched.output)) == "aALbcdefu" "ab" "a"
    before, after = re.findall(r"^managed .*", benched.output, re.M)
    assert before == after
    assert "check: every free block audited, all pages accounted for" in benched.output


def test_a_buddy_splits_and_merges_all_the_way_where_the_course_wants_it(benched):
    cost = {course: alloc for course, alloc, *_ in figures(benched.output)[:9]}
    assert cost["A"] > 3 * cost["a"] and cost["e"] > 3 * cost["a"]


def test_the_same_requests_take_the_same_instructions(benched):
    found = figures(benched.output)
    assert found[0] == found[-1]


def test_the_facade_costs_more_than_the_policy_alone(benched):
    found = figures(benched.output)
    assert found[9][1] > found[0][1] and found[9][2] > found[0][2]


def test_an_unknown_course_is_named():
    run = boot("bench x")
    assert run.status == 1 and "bench: 'x' is no course; there are aALbcdefu" in run.output


def test_a_word_that_is_not_facade_is_named():
    run = boot("bench a quickly")
    assert run.status == 1 and "bench: 'quickly' is unknown; there is 'facade'" in run.output


def test_too_little_memory_is_said():
    run = boot("bench", MEM="16M")
    assert run.status == 1 and "bench: no 4096 pages in a row are free" in run.output
