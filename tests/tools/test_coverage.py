"""The coverage gate holds for the tree, and bites what no test reaches."""
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = ROOT / "tools" / "coverage"

POLICY = """\
void __panic(const char *file, int line);
#define panic(text) __panic(__FILE__, __LINE__)
#define assert(x) ((x) ? (void)0 : panic(#x))
int tiny(int n);
int
tiny(int n) {
    assert(n >= 0);
    if (n > 8) {
        panic("more than 8");
    }
    if (n == 0) {
        return 1;
    }
    return n;
}
"""
POLICY_LINES = {"more": 9, "zero": 11, "one": 12}

TEST = """\
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
void __panic(const char *file, int line);
int tiny(int n);
static jmp_buf end;
void
__panic(const char *file, int line) {
    FILE *list = fopen(getenv("PAGELAB_PANICS"), "a");
    if (EXPECT) {
        fprintf(list, "%s:%d\\n", file, line);
    }
    fclose(list);
    longjmp(end, 1);
}
int
main(void) {
    tiny(1);
    if (ZERO) {
        tiny(0);
    }
    if (setjmp(end) == 0) {
        tiny(9);
    }
    return STATUS;
}
"""


@pytest.fixture(name="gate")
def make_gate(tmp_path):
    """Build a tree of one policy and one test, and run the gate on it."""

    def gate(expect=1, zero=1, status=0):
        (tmp_path / "kern/mm").mkdir(parents=True)
        (tmp_path / "kern/mm/tiny_pmm.c").write_text(POLICY)
        (tmp_path / "test.c").write_text(TEST)
        subprocess.run(["gcc", "--coverage", "-O0", f"-DEXPECT={expect}", f"-DZERO={zero}",
                        f"-DSTATUS={status}", "kern/mm/tiny_pmm.c", "test.c", "-o", "test"],
                       cwd=tmp_path, check=True)
        return subprocess.run([TOOL, "--root", tmp_path, tmp_path / "test"], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)

    return gate


def test_every_line_branch_and_panic_of_the_allocators_is_tested():
    done = subprocess.run(["make", "-s", "coverage"], cwd=ROOT, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False, timeout=200)
    assert done.returncode == 0, done.stdout
    assert "nothing missing" in done.stdout


def test_the_gate_passes_what_is_all_tested(gate):
    done = gate()
    assert done.returncode == 0, done.stdout
    assert "1 files, " in done.stdout


def test_a_line_and_a_branch_that_no_test_reaches_are_named(gate):
    done = gate(zero=0)
    assert done.returncode == 1
    assert f"kern/mm/tiny_pmm.c:{POLICY_LINES['zero']}: 1 of 2 branches never taken" in done.stdout
    assert f"kern/mm/tiny_pmm.c:{POLICY_LINES['one']}: never run" in done.stdout


def test_a_panic_that_no_test_expects_is_named(gate):
    done = gate(expect=0)
    assert done.returncode == 1
    assert f"kern/mm/tiny_pmm.c:{POLICY_LINES['more']}: no test expects this panic" in done.stdout


def test_a_test_that_fails_is_no_measurement(gate):
    done = gate(status=1)
    assert done.returncode == 3
