"""--batch: a class is graded, killed, gone on with; faults of the grader's own are no zeros."""
import contextlib
import csv
import os
import pty
import shlex
import shutil
import signal
import subprocess
import sys
import tarfile

import pytest

import a_class
import handing_in
from handing_in import FIRST_FIT, LOST, OWN_FAULT, ROOT, USAGE, grade

sys.path.insert(0, str(ROOT / "tools"))
from grader import batch  # noqa: E402

TESTS = ("--only", "first_fit/s*")
SINGLES = ("--only", "first_fit/singles")
RIGHT = (ROOT / FIRST_FIT).read_text()
WRONG = RIGHT.replace("    blocks_put(&area, base, n);", "    blocks_put(&area, base, 1);", 1)
CLASS = {"ada": RIGHT, "ben": WRONG, "cleo": "no C", "dan": RIGHT + "\n/* other bytes */\n"}


def hand_in_all(folder, submissions):
    for name, text in submissions.items():
        handing_in.hand_in(folder / name, text)
    return folder


def pack(folder, archive):
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(folder, arcname=".")


def rows(folder):
    with open(f"{folder}-results/marks.csv", encoding="utf-8") as file:
        return {row["name"]: row for row in csv.DictReader(file)}


def files(folder):
    """{name: (bytes, when it was written)} of the results."""
    results = folder.parent / f"{folder.name}-results"
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns)
            for path in results.glob("*.json")}


def similar(folder):
    with open(f"{folder}-results/similar.csv", encoding="utf-8") as file:
        return {(row["first"].lstrip("'"), row["second"]) for row in csv.DictReader(file)}


def bytes_of(folder):
    results = folder.parent / f"{folder.name}-results"
    return {path.name: path.read_bytes() for path in [*results.glob("*.json"),
                                                      results / "marks.csv"]}


def on_a_terminal(words):
    """Run it with a terminal for its errors: what it said there, and its status."""
    ours, its = pty.openpty()
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=its) as run:
        os.close(its)
        said = b""
        with contextlib.suppress(OSError):  # how the end of a terminal is told
            while part := os.read(ours, 1000):
                said += part
    os.close(ours)
    return said, run.returncode


def test_a_class_gets_a_line_each_a_report_and_on_a_terminal_the_progress(tmp_path):
    folder = hand_in_all(tmp_path / "class", CLASS)
    pack(folder / "ada", folder / "=eve.tar.gz")
    (tmp_path / "nothing").mkdir()
    said, status = on_a_terminal(handing_in.command(("--batch", folder, *TESTS, "--handout",
                                                     tmp_path / "nothing")))
    assert status == 0 and said.startswith(b"\r1/5 graded\r2/5"), said
    assert b"\r5/5 graded\r\n" in said
    table = rows(folder)
    assert {name: row["score"] for name, row in table.items()} == {
        "ada": "18", "ben": "10", "cleo": "0", "dan": "18", "'=eve": "18"}
    assert table["cleo"]["status"] == "3" and table["ben"]["status"] == str(LOST)
    assert table["ada"]["submission"] == table["'=eve"]["submission"] != table["dan"]["submission"]
    assert table["ada"]["first_fit/starts"] == "8"
    assert similar(folder) >= {("=eve", "ada"), ("ada", "dan"), ("ada", "ben")}
    assert not any("cleo" in pair for pair in similar(folder))
    report = (tmp_path / "class-results/report.html").read_text()
    assert report.count('<a href="') == len(files(folder)) + 1  # eve's is ada's, twice
    marks = bytes_of(folder)
    assert grade("--batch", folder, *TESTS, "--resume").returncode == 0  # the handout: this tree
    assert not similar(folder) and bytes_of(folder) == marks
    (tmp_path / "class-results/similar.csv").unlink()
    done = grade("--batch", folder, *TESTS, "--resume",
                 more="from grader import similarity\nsimilarity.PROGRAM = 'no-such-tool'\n")
    assert done.returncode == 0 and "no-such-tool is not installed" in done.stderr
    assert bytes_of(folder) == marks
    assert "no-such-tool is not installed" in (tmp_path / "class-results/report.html").read_text()


def test_two_who_would_be_called_the_same_keep_their_names_and_any_bytes_are_a_name():
    assert batch.authors(["ada", "ada.tar.gz"]) == {"ada": "ada", "ada.tar.gz": "ada.tar.gz"}
    assert batch.authors(["ada.tar", "ben.git"]) == {"ada": "ada.tar", "ben": "ben.git"}
    odd = ["a\nb", "a\\nb", os.fsdecode(b"\xff\x1b[2J"), os.fsdecode(b"\xfe"), "\u202eevil", "王"]
    names = batch.authors(odd)
    assert list(names.values()) == odd and "王" in names
    assert all(name.isprintable() and name.encode() for name in names)


KILLED_AFTER_TWO = """
import os, signal
from grader import batch
keep, kept = batch.Batch.keep, []
def keep_two(self, row):
    kept.append(keep(self, row))
    if len(kept) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return row
batch.Batch.keep = keep_two
"""


def test_a_batch_that_was_killed_and_resumed_gives_the_same_bytes_and_nothing_stays(tmp_path):
    folder = hand_in_all(tmp_path / "class", CLASS)
    other = hand_in_all(tmp_path / "again", CLASS)
    work = tmp_path / "work"
    work.mkdir()
    env = {"TMPDIR": str(work)}
    done = grade("--batch", folder, *SINGLES, more=KILLED_AFTER_TWO, env=env)
    assert done.returncode == -signal.SIGKILL
    before = files(folder)
    assert len(before) == 2 and not os.path.exists(f"{folder}-results/marks.csv")
    assert len(list(work.glob("grade-*/running"))) == 1
    done = grade("--batch", folder, *SINGLES, "--resume", env=env)
    assert done.returncode == 0 and not list(work.iterdir()), done.stderr
    after = files(folder)
    assert {name: after[name] for name in before} == before  # not graded again
    for part in ("1/2", "2/2"):  # as several machines would share the work
        done = grade("--batch", other, *SINGLES, "--part", part)
        assert done.returncode == 0 and "2 of 2" in done.stdout, done.stderr
    assert len(files(other)) == 4 and not os.path.exists(f"{other}-results/marks.csv")
    assert grade("--batch", other, *SINGLES, "--resume").returncode == 0
    assert bytes_of(folder) == bytes_of(other)


def test_a_run_that_lives_and_a_folder_that_is_kept_are_left_alone(tmp_path):
    """The folders of another run: alive, kept, killed; and a link in the place of one."""
    alive = """if True:
        import sys, tempfile
        sys.path.insert(0, sys.argv[1])
        from grader import scratch
        with scratch.working_folder():
            print(tempfile.gettempdir(), flush=True)
            sys.stdin.read()
        print(tempfile.gettempdir())"""
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", alive, ROOT / "tools"], env=env, text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as run:
        living = run.stdout.readline().strip()
        for name, lock in (("grade-kept", "no"), ("grade-dead", "running")):
            (tmp_path / name).mkdir()
            (tmp_path / name / lock).touch()
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "elsewhere/running").touch()
        (tmp_path / "grade-link").symlink_to(tmp_path / "elsewhere")
        done = grade("--only", "first_fit/parts", "--submission", tmp_path, "--keep", env=env)
        assert "kept" in done.stderr
        kept = done.stderr.split("kept ")[1].strip()
        grade("--only", "first_fit/parts", "--submission", tmp_path, env=env)
        assert {path.name for path in tmp_path.iterdir()} == {
            os.path.basename(living), os.path.basename(kept), "grade-kept", "grade-link",
            "elsewhere"}
        assert (tmp_path / "elsewhere/running").exists()
        assert run.communicate()[0].strip() == str(tmp_path)
    assert not os.path.exists(living)


KILLED = """
import os, tempfile
from grader import marking
marking.JUDGE = os.path.join(tempfile.gettempdir(), "judge-%d" % os.getpid())
with open(marking.JUDGE, "w") as file:
    file.write("#!/bin/sh\\nkill -9 $$\\n")
os.chmod(marking.JUDGE, 0o755)
"""
MISTAKE = """
from grader import marking
def judge(*arguments):
    raise ZeroDivisionError("a mistake of ours")
marking.judge = judge
"""


@pytest.mark.parametrize("more,why", [(KILLED, "the judge ended with 137"),
                                      (MISTAKE, "ZeroDivisionError: a mistake of ours")],
                         ids=["killed_worker", "mistake_of_ours"])
def test_a_fault_of_the_graders_own_is_no_zero_and_is_graded_again(tmp_path, more, why):
    folder = hand_in_all(tmp_path / "class", {"ada": RIGHT, "cleo": "no C"})
    done = grade("--batch", folder, *SINGLES, more=more, env={"TMPDIR": str(tmp_path)})
    assert done.returncode == OWN_FAULT and why in done.stderr, done.stderr
    assert "1 of 2" in done.stdout  # the one that does not compile
    assert rows(folder)["ada"]["score"] == "" and rows(folder)["ada"]["status"] == "5"
    assert grade("--batch", folder, *SINGLES, "--resume").returncode == 0
    assert rows(folder)["ada"]["score"] == "10"


@handing_in.needs_walls
def test_a_full_disk_under_a_batch_is_no_zero_and_is_graded_again(tmp_path):
    folder = hand_in_all(tmp_path / "class", {"ada": RIGHT, "ben": WRONG})
    small = tmp_path / "small"
    small.mkdir()
    words = shlex.join(handing_in.command(("--batch", folder, *SINGLES)))
    fill = f"dd if=/dev/zero of={small}/fill bs=1k count=3000 status=none; TMPDIR={small} {words}"
    done = subprocess.run(["bwrap", "--dev-bind", "/", "/", "--size", str(4 << 20), "--tmpfs",
                           small, "sh", "-c", fill], capture_output=True, text=True, timeout=120,
                          check=False)
    assert done.returncode == OWN_FAULT and "0 of 2" in done.stdout, done.stdout + done.stderr
    assert {row["score"] for row in rows(folder).values()} == {""} and not files(folder)
    assert grade("--batch", folder, *SINGLES, "--resume").returncode == 0
    assert {row["score"] for row in rows(folder).values()} == {"10"}


def test_without_a_compiler_nobody_is_graded(tmp_path):
    folder = hand_in_all(tmp_path / "class", {"ada": RIGHT})
    more = "from grader import grading\ngrading.TOOLS = ('gcc', 'no-such-tool')\n"
    done = grade("--batch", folder, *SINGLES, more=more)
    assert done.returncode == OWN_FAULT and "no-such-tool" in done.stderr
    assert not os.path.exists(f"{folder}-results")


def test_a_mistake_of_the_graders_own_is_not_taken_for_lost_points():
    done = grade(*SINGLES, more=MISTAKE)
    assert done.returncode == OWN_FAULT and "points" not in done.stdout


def test_results_of_another_grader_are_not_kept(tmp_path):
    folder = hand_in_all(tmp_path / "class", {"cleo": "no C"})
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


@pytest.mark.parametrize("options", [("--batch", "/nowhere"), ("--part", "3/2"),
                                     ("--handout", "/nowhere")], ids=["batch", "part", "handout"])
def test_a_batch_of_nothing_there_is_wrong_usage(tmp_path, options):
    assert grade("--batch", tmp_path, *options).returncode == USAGE


def test_a_class_can_be_made_of_any_size(tmp_path):
    """What the timing of a batch rests on: no two are the same file, names are what names are."""
    a_class.make(tmp_path, 100)
    texts = [path.read_text() for path in tmp_path.glob(f"*/{a_class.PLACE}")]
    assert len(texts) == len(set(texts)) == 100
    assert set(a_class.ODD.values()) <= {path.name for path in tmp_path.iterdir()}
