"""--batch: a class is graded, interrupted, gone on with; faults of the grader's own are no zeros."""
import csv
import os
import shutil
import signal
import subprocess
import tarfile
import time

import pytest

import handing_in
from handing_in import FIRST_FIT, OWN_FAULT, ROOT, USAGE, grade

TESTS = ("--only", "first_fit/s*")
RIGHT = (ROOT / FIRST_FIT).read_text()
WRONG = RIGHT.replace("    blocks_put(&area, base, n);", "    blocks_put(&area, base, 1);", 1)
CLASS = {"ada": RIGHT, "ben": WRONG, "cleo": "no C", "dan": RIGHT + "\n/* other bytes */\n"}


@pytest.fixture(name="folder")
def make_folder(tmp_path):
    """Three folders, an archive, and a copy of somebody's file."""
    folder = tmp_path / "class"
    for name, text in CLASS.items():
        handing_in.hand_in(folder / name, text)
    with tarfile.open(folder / "=eve.tar.gz", "w:gz") as tar:
        tar.add(folder / "ada", arcname=".")
    return folder


def rows(folder):
    with open(f"{folder}-results/marks.csv", encoding="utf-8") as file:
        return {row["name"]: row for row in csv.DictReader(file)}


def files(folder):
    """{name: (bytes, when it was written)} of the results."""
    results = folder.parent / f"{folder.name}-results"
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns)
            for path in results.glob("*.json")}


def test_a_class_gets_a_line_each_and_copies_have_the_same_number(folder):
    done = grade("--batch", folder, *TESTS)
    assert done.returncode == 0 and "5 of 5" in done.stdout, done.stdout + done.stderr
    table = rows(folder)
    assert {name: row["score"] for name, row in table.items()} == {
        "ada": "18", "ben": "10", "cleo": "0", "dan": "18", "'=eve": "18"}
    assert table["cleo"]["status"] == "3" and table["ben"]["status"] == "1"
    assert table["ada"]["submission"] == table["'=eve"]["submission"] != table["dan"]["submission"]
    assert table["ada"]["first_fit/starts"] == "8"


def test_a_batch_that_was_killed_and_resumed_gives_the_same_bytes(folder, tmp_path):
    other = tmp_path / "again"
    shutil.copytree(folder, other)
    assert grade("--batch", other, *TESTS).returncode == 0
    words = handing_in.command(("--batch", folder, *TESTS, "-j", "1"))
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        deadline = time.monotonic() + 60
        while not files(folder) and time.monotonic() < deadline:
            pass
        run.send_signal(signal.SIGKILL)
    before = files(folder)
    assert before and not os.path.exists(f"{folder}-results/marks.csv")
    assert grade("--batch", folder, *TESTS, "--resume").returncode == 0
    after = files(folder)
    assert {name: after[name] for name in before} == before  # not graded again
    assert {name: data for name, (data, _) in after.items()} == {
        name: data for name, (data, _) in files(other).items()}
    assert rows(folder) == rows(other)


KILLED = """
from grader import marking
judge = marking.judge
def killed(child, folder, options, limits):
    if "init" in options:
        raise marking.OwnFault("the judge ended with 137")
    return judge(child, folder, options, limits)
marking.judge = killed
"""


def test_a_fault_of_the_graders_own_is_no_zero_and_is_graded_again(folder):
    done = grade("--batch", folder, *TESTS, more=KILLED)
    assert done.returncode == OWN_FAULT and "ended with 137" in done.stderr
    assert "1 of 5" in done.stdout  # the one that does not compile
    assert rows(folder)["ada"]["score"] == "" and rows(folder)["ada"]["status"] == "5"
    assert grade("--batch", folder, *TESTS, "--resume").returncode == 0
    assert rows(folder)["ada"]["score"] == "18"


def test_results_of_another_grader_are_not_kept(folder):
    assert grade("--batch", folder, *TESTS).returncode == 0
    before = files(folder)
    assert grade("--batch", folder, *TESTS, "--resume", "--seed", "9").returncode == 0
    assert len(files(folder)) == 2 * len(before)


def test_who_handed_in_nothing_usable_is_not_taken_for_another(tmp_path):
    (tmp_path / "class/none").mkdir(parents=True)
    (tmp_path / "class/linked/kern").mkdir(parents=True)
    (tmp_path / "class/linked/kern/mm").symlink_to(ROOT / "kern/mm")
    assert grade("--batch", tmp_path / "class", *TESTS).returncode == 0
    assert {name: row["status"] for name, row in rows(tmp_path / "class").items()} == {
        "none": "3", "linked": "4"}


def test_a_batch_of_nothing_there_is_wrong_usage(tmp_path):
    assert grade("--batch", tmp_path / "nowhere").returncode == USAGE
