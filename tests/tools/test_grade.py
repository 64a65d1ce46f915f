"""tools/grade: full marks for what is right, and for nothing else."""

import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILES = ("default_pmm.c", "best_fit_pmm.c", "buddy_system_pmm.c")

NULL_POLICY = """
#include <pmm.h>
static void nothing(void) { }
static void memmap(struct Page *base, size_t n) { }
static struct Page *alloc(size_t n) { return NULL; }
static void give(struct Page *base, size_t n) { }
static size_t nr_free(void) { return 0; }
const struct pmm_manager %s_manager = { "%s", nothing, memmap, alloc, give, nr_free, nothing };
"""


def grade(*options, submission=None):
    where = [] if submission is None else ["--submission", submission]
    return subprocess.run([ROOT / "tools/grade", *where, *options], capture_output=True, text=True,
                          timeout=300, check=False)


def marks(done):
    """{test: (got, of)} of every line with points."""
    return {test: (int(got), int(of)) for got, of, test in
            re.findall(r"^(?:ok  |FAIL) +(\d+)/(\d+) +(\S+)", done.stdout, re.M)}


def lost(done):
    return {test for test, (got, of) in marks(done).items() if got < of}


@pytest.fixture(name="submission")
def make_submission(tmp_path):
    """Our own policy files, as somebody's tree."""
    mm = tmp_path / "kern/mm"
    mm.mkdir(parents=True)
    for name in FILES:
        shutil.copy(ROOT / "kern/mm" / name, mm)
    return tmp_path


def test_the_reference_gets_full_marks():
    done = grade()
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("\n100/100 points\n")
    assert len(marks(done)) == 27


def test_policies_that_always_return_null_get_nothing(submission):
    names = {"default_pmm.c": "first_fit", "best_fit_pmm.c": "best_fit",
             "buddy_system_pmm.c": "buddy_system"}
    for file, name in names.items():
        (submission / "kern/mm" / file).write_text(NULL_POLICY % (file[:-2], name))
    done = grade(submission=submission)
    assert done.returncode == 1
    assert done.stdout.endswith("\n0/100 points\n")


def test_the_tail_insert_loses_merging_and_exhaustion_and_keeps_the_rest(submission):
    source = (ROOT / "tests/judge/policies/tail_insert.c").read_text()
    source = re.sub(r"\w+_pmm_manager\b", "default_pmm_manager", source)
    source = re.sub(r'\.name = "\w+"', '.name = "first_fit"', source)
    (submission / "kern/mm/default_pmm.c").write_text(source)
    done = grade(submission=submission)
    assert lost(done) == {"first_fit/merges", "first_fit/exhausts"}, done.stdout
    assert done.stdout.endswith("\n90/100 points\n")


def test_a_failure_shows_the_shortest_sequence_and_how_to_run_it_again(submission):
    (submission / "kern/mm/best_fit_pmm.c").write_text(NULL_POLICY % ("best_fit_pmm", "best_fit"))
    done = grade("--only", "best_fit/singles", submission=submission)
    assert re.search(r"FAIL +0/3 +best_fit/singles +P\d: ", done.stdout)
    assert re.search(r"step +call +answer", done.stdout)
    again = re.search(r"again: tools/grade (.*)", done.stdout).group(1).split()
    assert grade(*again).stdout == done.stdout


def test_a_kernel_that_prints_what_we_print_gets_nothing(tmp_path):
    init = tmp_path / "kern/init"
    init.mkdir(parents=True)
    printed = (ROOT / "test.txt").read_text().replace("\\", "\\\\").replace('"', '\\"')
    lines = "\\n".join(printed.splitlines())
    (init / "init.c").write_text(f'int cprintf(const char *, ...);\nvoid kern_init(void) {{ cprintf("%s", "{lines}"); }}\n')
    (tmp_path / "Makefile").write_text("grade:\n\t@echo '100/100 points'\n")
    done = grade(submission=tmp_path)
    assert done.returncode == 1
    assert done.stdout.endswith("\n0/100 points\n")


def test_a_file_that_does_not_compile_costs_its_own_marks_only(submission):
    (submission / "kern/mm/best_fit_pmm.c").write_text("#include <pmm.h>\nthis is no C\n")
    done = grade(submission=submission)
    assert {test.split("/")[0] for test in lost(done)} == {"best_fit"}
    assert done.stdout.endswith("\n67/100 points\n")


def test_a_file_that_fits_the_judge_but_not_the_kernel_costs_its_own_boot_only(submission):
    file = submission / "kern/mm/best_fit_pmm.c"
    file.write_text(file.read_text() + "\nvoid monitor(void) {}\n")
    done = grade("--only", "*/boot", submission=submission)
    assert lost(done) == {"best_fit/boot"}, done.stdout
    assert "multiple definition of `monitor'" in done.stdout


def test_a_policy_that_hangs_is_told_so(submission):
    file = submission / "kern/mm/default_pmm.c"
    file.write_text(file.read_text().replace("    blocks_put(&area, base, n);",
                                             "    for (;;) {\n    }", 1))
    done = grade("--only", "first_fit/singles", submission=submission)
    assert "free_pages" in done.stdout
    assert "did not return" in done.stdout


def test_the_same_seed_gives_the_same_report(submission):
    (submission / "kern/mm/best_fit_pmm.c").unlink()
    options = ("--only", "*_fit/[ms]*", "--seed", "7")
    first = grade(*options, submission=submission)
    assert first.stdout == grade(*options, submission=submission).stdout
    assert "there is no file kern/mm/best_fit_pmm.c" in first.stdout


def test_wrong_usage_is_status_2(tmp_path):
    assert grade("--only", "nonsense").returncode == 2
    assert grade("--submission", str(tmp_path / "nowhere")).returncode == 2
    assert grade("--nonsense").returncode == 2


def test_list_adds_up_to_100():
    done = grade("--list")
    assert sum(int(line.split()[0]) for line in done.stdout.splitlines()) == 100


def test_a_missing_judge_is_the_graders_own_fault(tmp_path):
    for part in ("tools", "kern"):
        shutil.copytree(ROOT / part, tmp_path / part)
    done = subprocess.run([tmp_path / "tools/grade"], capture_output=True, text=True, check=False)
    assert done.returncode == 5
    assert "grader's own fault" in done.stderr
    assert "points" not in done.stdout


def test_without_qemu_the_boot_is_the_graders_own_fault(tmp_path):
    """A PATH with everything but QEMU."""
    for folder in ("/usr/bin", "/bin", "/usr/local/bin"):
        for program in pathlib.Path(folder).iterdir():
            link = tmp_path / program.name
            if not program.name.startswith("qemu-system") and not link.exists():
                link.symlink_to(program)
    done = subprocess.run([ROOT / "tools/grade", "--only", "first_fit/boot"], capture_output=True,
                          text=True, env={"PATH": str(tmp_path)}, check=False)
    assert done.returncode == 5, done.stdout + done.stderr
