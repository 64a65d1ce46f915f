"""tools/grade: full marks for what is right, and what happens to what is wrong."""
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import handing_in
from handing_in import (FIRST_FIT, FULL, INTERRUPTED, LOST, NOT_BUILT, OWN_FAULT, REFERENCE, ROOT,
                        SINGLES, USAGE, grade)

sys.path.insert(0, str(ROOT / "tools"))
from grader import sandbox, tasks  # noqa: E402
from grader.seeds import Seeds, seed_of  # noqa: E402

KEY = b"sixteen bytes and more"
CALL_MS = """
import dataclasses
from grader import tasks
load = tasks.load
tasks.load = lambda hidden: [dataclasses.replace(task, limits=tasks.Limits(call_ms=%d))
                             for task in load(hidden)]
"""
IMPATIENT, PATIENT = CALL_MS % 100, CALL_MS % 100000
RIGHT_FILES = ROOT / "tests/dropin/right"


def right_file(folder, name, place=FIRST_FIT, mistake="NONE"):
    """One of tests/dropin/right, with a mistake planted, as a submission."""
    text = (RIGHT_FILES / f"{name}_pmm.c").read_text()
    header = RIGHT_FILES / f"{name}_pmm.h"
    if header.exists():
        handing_in.hand_in(folder, header.read_text(), place[:-2] + ".h")
        text = text.replace(f'"{header.name}"', f'"{place.rpartition("/")[2][:-2]}.h"')
    return handing_in.hand_in(folder, f"#define MISTAKE {mistake}\n" + text, place)


@pytest.fixture(name="hidden")
def make_hidden(tmp_path):
    """A course's folder: a key, and a test more for first fit."""
    folder = tmp_path / "hidden"
    folder.mkdir()
    (folder / "key").write_bytes(KEY)
    (folder / "first_fit.toml").write_text(
        '[[test]]\nname = "more"\ntitle = "a mix once more"\npoints = 7\nproperties = ["light"]\n')
    return folder


# ---- marks -------------------------------------------------------------------------------------

def test_the_reference_gets_full_marks_in_the_lab():
    done = grade()
    assert done.returncode == FULL, done.stdout + done.stderr
    assert done.stdout.endswith("\n300/300 points\n") and not handing_in.lost(done)


def test_the_reference_check_gets_full_marks():
    done = grade("--task", "test_the_tests", submission=REFERENCE)
    assert done.returncode == FULL and handing_in.got(done) == 100, done.stdout + done.stderr


@pytest.mark.parametrize("name,lost", [
    ("table", {"fast"}), ("power", {"all_memory"}),
    ("slub", {"all_memory", "fast", "compact", "whole"})])
def test_a_policy_of_ones_own_loses_what_it_falls_short_of_and_no_more(tmp_path, name, lost):
    submission = right_file(tmp_path, name, "kern/mm/own_pmm.c")
    done = grade("--task", "own", submission=submission)
    assert handing_in.lost(done) == {f"own/{test}" for test in lost}, done.stdout + done.stderr


@pytest.mark.parametrize("name,mistake,lost", [
    ("address_list", "NONE", set()),
    ("address_list", "TAIL_LINKS_TO_ITSELF", {"merges", "exhausts"}),
])
def test_an_old_first_fit_keeps_all_and_a_mistake_costs_what_it_breaks(tmp_path, name, mistake,
                                                                     lost):
    done = grade("--task", "first_fit", submission=right_file(tmp_path, name, mistake=mistake))
    assert handing_in.lost(done) >= {f"first_fit/{test}" for test in lost}, done.stdout
    assert len(handing_in.lost(done)) <= 2 * len(lost), done.stdout + done.stderr


@pytest.mark.parametrize("body,got", [
    ("(void)m;", 10),  # rejects nothing
    ('panic("no");', 0),  # rejects everything
    ('if (m->name[0] != \'p\') { panic("not the one"); }', 10),  # names tell nothing
    ("for (;;) { }", 0),  # tells nothing
])
def test_a_check_that_does_not_look_gets_next_to_nothing(tmp_path, body, got):
    text = f"#include <pmm.h>\nvoid pmm_check(const struct pmm_manager *m) {{ {body} }}\n"
    submission = handing_in.hand_in(tmp_path, text, "pmm_check.c")
    done = grade("--task", "test_the_tests", submission=submission, more=IMPATIENT)
    assert handing_in.got(done) == got and done.returncode == LOST, done.stdout + done.stderr


def test_a_check_that_hangs_on_wrong_policies_has_not_rejected_them(tmp_path):
    text = """#include <pmm.h>
        void pmm_check(const struct pmm_manager *m) {
            size_t before = m->nr_free_pages();
            struct Page *p = m->alloc_pages(3);
            m->free_pages(p, 3);
            while (m->nr_free_pages() != before) { }
        }"""
    done = grade("--only", "test_the_tests/counts", more=IMPATIENT,
                 submission=handing_in.hand_in(tmp_path, text, "pmm_check.c"))
    assert handing_in.got(done) == 0, done.stdout + done.stderr
    assert "not rejected: hang: check() did not return" in done.stdout


def test_one_file_that_does_not_compile_costs_its_own_task_only(tmp_path):
    for name in ("default_pmm.c", "best_fit_pmm.c"):
        handing_in.hand_in(tmp_path, (ROOT / "kern/mm" / name).read_text(), f"kern/mm/{name}")
    handing_in.hand_in(tmp_path, "#include <pmm.h>\nthis is no C\n", "kern/mm/best_fit_pmm.c")
    done = grade("--only", "*_fit/[so]*", submission=tmp_path)
    assert done.returncode == NOT_BUILT
    assert {test.split("/")[0] for test in handing_in.lost(done)} == {"best_fit"}
    assert done.stdout.count("does not compile") == 1


# ---- what is said ------------------------------------------------------------------------------

def test_a_failure_shows_the_shortest_sequence_the_line_and_two_commands(tmp_path):
    text = (ROOT / FIRST_FIT).read_text().replace(
        "    blocks_put(&area, base, n);", "    *(volatile int *)8 = 0;", 1)
    line = text.split("*(volatile int *)8")[0].count("\n") + 1
    done = grade(*SINGLES, submission=handing_in.hand_in(tmp_path, text))
    assert "crash: free_pages(page 0, 1) crashed: Segmentation fault" in done.stdout
    assert re.search(r"^ +3  free_pages\(#1, 1\)$", done.stdout, re.M)
    assert f"stopped at default_pmm.c:{line} in first_fit_free_pages" in done.stdout
    again = re.search(r"again: tools/grade (.*)", done.stdout)[1].split()
    assert grade(*again).stdout == done.stdout
    assert f"debug: tools/grade --submission {tmp_path} --gdb first_fit/singles" in done.stdout


@pytest.mark.skipif(not (shutil.which("gdb") or shutil.which("gdb-multiarch")), reason="no gdb")
def test_gdb_stops_in_the_policy_where_the_test_fails(tmp_path):
    text = (ROOT / FIRST_FIT).read_text().replace("    blocks_put(&area, base, n);",
                                                  "    assert(n != 1);", 1)
    words = handing_in.command(("--gdb", "first_fit/singles"), handing_in.hand_in(tmp_path, text))
    done = subprocess.run(words, input="quit\n", capture_output=True, text=True, timeout=120,
                          check=False)
    assert re.search(r"^#0 +__panic ", done.stdout, re.M), done.stdout + done.stderr
    assert re.search(r"^#1 .* in first_fit_free_pages ", done.stdout, re.M)


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    submission = right_file(tmp_path, "address_list", mistake="COUNTS_THE_WHOLE_BLOCK")
    options = ("--only", "first_fit/[smr]*", "--seed", "7")
    first = grade(*options, submission=submission).stdout
    assert "--seed 7 --only" in first
    assert grade(*options, "-j", "1", submission=submission).stdout == first


def test_a_hidden_test_says_which_promise_and_no_more(tmp_path, hidden):
    submission = right_file(tmp_path / "s", "address_list", mistake="COUNTS_THE_WHOLE_BLOCK")
    done = grade("--hidden", hidden, "--no-sandbox", "--only", "first_fit/[lm]*",
                 submission=submission)
    assert handing_in.marks(done)["first_fit/more"] == (0, 7), done.stdout + done.stderr
    assert "P4: a hidden test" in done.stdout.partition("first_fit/more")[2]
    assert "again:" not in done.stdout


def test_list_tells_every_test_and_each_task_has_100_points():
    done = grade("--list", "--task", "all")
    points = {}
    for line in done.stdout.splitlines():
        task = line.split()[1].split("/")[0]
        points[task] = points.get(task, 0) + int(line.split()[0])
    assert points == {task.name: 100 for task in tasks.load()}


# ---- seeds -------------------------------------------------------------------------------------

def test_a_seed_is_fixed_by_key_files_and_test_and_changes_with_each():
    seed = seed_of(KEY, "digest", "first_fit/light")
    assert seed == seed_of(KEY, "digest", "first_fit/light") < 1 << 63
    assert len({seed, seed_of(b"another" + KEY, "digest", "first_fit/light"),
                seed_of(KEY, "other", "first_fit/light"), seed_of(KEY, "digest", "x")}) == 4
    assert Seeds(3).of("any") == 3 and Seeds(3, KEY, "digest").of("first_fit/light") == seed


def test_with_a_key_another_seed_is_tried_than_at_home(tmp_path, hidden):
    submission = right_file(tmp_path / "s", "address_list", mistake="COUNTS_THE_WHOLE_BLOCK")
    for options, public in (((), True), (("--hidden", hidden, "--no-sandbox"), False)):
        grade(*SINGLES, "--json", tmp_path / "json", *options,
              submission=submission)
        failed = handing_in.table(tmp_path / "json")["tests"][0]
        assert (failed["seed"] <= 100) == public


# ---- faults that are not the student's ---------------------------------------------------------

def test_a_missing_judge_is_the_graders_own_fault(tmp_path):
    for part in ("tools", "kern", "libs"):
        shutil.copytree(ROOT / part, tmp_path / part)
    done = subprocess.run([tmp_path / "tools/grade"], capture_output=True, text=True, check=False)
    assert done.returncode == OWN_FAULT
    assert "grader's own fault" in done.stderr and "points" not in done.stdout


def test_a_teacher_without_walls_has_to_say_so(hidden):
    done = grade("--hidden", hidden, *SINGLES, off=("sandbox",))
    assert done.returncode == OWN_FAULT and "--no-sandbox" in done.stderr
    assert "points" not in done.stdout


def test_at_home_it_works_without_bubblewrap_and_says_what_is_not_protected():
    done = grade(*SINGLES, off=("sandbox",))
    assert done.returncode == FULL and "What is not protected" in done.stderr


def test_a_result_that_cannot_be_written_is_the_graders_own_fault():
    done = grade(*SINGLES, "--json", "/dev/full/x")
    assert done.returncode == OWN_FAULT, done.stdout + done.stderr


@handing_in.needs_walls
def test_a_full_disk_is_the_graders_own_fault(tmp_path):
    """The grader's working folder is a small tmpfs that is full but for some pages."""
    small = tmp_path / "small"
    small.mkdir()
    fill = (f"dd if=/dev/zero of={small}/fill bs=1k count=3000 status=none; "
            f"TMPDIR={small} exec {ROOT}/tools/grade {' '.join(SINGLES)}")
    done = subprocess.run(["bwrap", "--dev-bind", "/", "/", "--size", str(4 << 20), "--tmpfs",
                           small, "sh", "-c", fill], capture_output=True, text=True, timeout=120,
                          check=False)
    assert done.returncode == OWN_FAULT and "points" not in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("options", [("--only", "nonsense"), ("--task", "nonsense"), ("-j", "0"),
                                     ("--nonsense",), ("--hidden", "/nowhere")])
def test_wrong_usage_is_status_2(options):
    assert grade(*options).returncode == USAGE


def processes_of(folder):
    """Numbers of those that have the folder on their command line."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has just ended
            if os.fsencode(folder) in path.read_bytes():
                found.append(path.parent.name)
    return found


def test_interrupted_it_ends_at_once_with_130_and_leaves_nothing(tmp_path):
    submission = handing_in.hand_in(tmp_path / "s", (ROOT / FIRST_FIT).read_text().replace(
        "    blocks_put(&area, base, n);", "    for (;;) {\n    }", 1))
    (tmp_path / "work").mkdir()
    words = handing_in.command(("--task", "first_fit"), submission, more=PATIENT)
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env={"PATH": "/usr/bin:/bin", "TMPDIR": str(tmp_path / "work")}) as run:
        deadline = time.monotonic() + 60
        while not list((tmp_path / "work").glob("grade-*/run-3")) and time.monotonic() < deadline:
            pass
        run.send_signal(signal.SIGINT)
        said = run.communicate(timeout=20)
    assert run.returncode == INTERRUPTED, said
    deadline = time.monotonic() + 20
    while processes_of(tmp_path / "work") and time.monotonic() < deadline:
        pass  # killed, but a busy machine has not ended them yet
    assert "points" not in said[0] and not processes_of(tmp_path / "work")
    assert not list((tmp_path / "work").iterdir())


@handing_in.needs_walls
def test_the_first_process_within_the_walls_ends_with_the_group_outside():
    group = sandbox.run(["cut", "-d ", "-f5", "/proc/1/stat"]).output
    assert group == "0\n"  # none that is known within; a group of its own would outlive ours
