"""tools/policy-object: one allocator file becomes an object that can stand beside others."""
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
POLICIES = ROOT / "tests" / "judge" / "policies"


def run(command):
    return subprocess.run([str(c) for c in command], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False)


def policy_object(tmp_path, text, *options, name="my_pmm.c"):
    source = tmp_path / name
    source.write_text(text, encoding="utf-8")
    output = tmp_path / "out.o"
    done = run([ROOT / "tools" / "policy-object", "--cc", "gcc", "-o", output, *options, source])
    return done, output


MANAGER = """
#include <pmm.h>
const struct pmm_manager {name} = {{ .name = "x" }};
"""


def test_only_the_manager_stays_global_under_its_new_name(tmp_path):
    done, output = policy_object(tmp_path, MANAGER.format(name="my_pmm_manager") +
                                 "free_area_t free_area; int helper(void) { return 1; }")
    assert done.returncode == 0, done.stderr
    symbols = run(["nm", "--defined-only", "-g", output]).stdout.split()
    assert symbols[2::3] == ["dropin_pmm_manager"]


@pytest.mark.parametrize("name", ["default_pmm_manager", "buddy_manager", "dropin_pmm_manager"])
def test_the_manager_is_found_whatever_it_is_called(tmp_path, name):
    done, _ = policy_object(tmp_path, MANAGER.format(name=name), "--print-manager")
    assert (done.returncode, done.stdout.strip()) == (0, name)


def test_no_manager_and_two_managers_are_one_clear_line(tmp_path):
    done, output = policy_object(tmp_path, "#include <pmm.h>\nint x;\n")
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and "no pmm_manager" in done.stderr
    assert not output.exists()
    two = MANAGER.format(name="a_pmm_manager") + MANAGER.format(name="b_pmm_manager")
    done, _ = policy_object(tmp_path, two)
    assert done.returncode == 1 and "a_pmm_manager, b_pmm_manager" in done.stderr
    done, _ = policy_object(tmp_path, two, "--manager", "b_pmm_manager")
    assert done.returncode == 0


def test_missing_identifiers_are_told_one_line_each(tmp_path):
    done, _ = policy_object(tmp_path, "#include <pmm.h>\nslab_t s;\nint f(void) { return LIMIT; }\n")
    assert done.returncode == 1
    assert ":2: missing: slab_t" in done.stderr
    assert ":3: missing: LIMIT" in done.stderr


def test_a_kernel_header_breaks_the_build(tmp_path):
    done, _ = policy_object(tmp_path, '#include "sbi.h"\n' + MANAGER.format(name="my_pmm_manager"))
    assert done.returncode == 1
    assert "missing: sbi.h" in done.stderr


def test_a_header_beside_the_file_is_found_but_not_before_ours(tmp_path):
    (tmp_path / "mine.h").write_text("#define MINE 1\n", encoding="utf-8")
    (tmp_path / "pmm.h").write_text("#error theirs\n", encoding="utf-8")
    done, _ = policy_object(tmp_path, '#include "pmm.h"\n#include "mine.h"\nint x = MINE;\n' +
                            MANAGER.format(name="my_pmm_manager"))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("cc", ["gcc", "clang"])
@pytest.mark.parametrize("declared", ["void *page2kva(const struct Page *p)",
                                      "void *page2kva(struct Page *p)",
                                      "uintptr_t page2kva(struct Page *p)"])
def test_a_file_may_bring_its_own_page2kva(tmp_path, declared, cc):
    own = f"static {declared} {{ return (uintptr_t)KADDR(page2pa(p)); }}\n"
    done, _ = policy_object(tmp_path, "#include <pmm.h>\n" + own +
                            MANAGER.format(name="my_pmm_manager"), "--cc", cc)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not shutil.which("riscv64-unknown-elf-gcc"), reason="no cross compiler")
def test_the_kernels_compiler_can_be_used(tmp_path):
    cross = "riscv64-unknown-elf-"
    output = tmp_path / "out.o"
    done = run([ROOT / "tools" / "policy-object", "--cc",
                cross + "gcc -march=rv64imac -mabi=lp64 -mcmodel=medany", "--objcopy",
                cross + "objcopy", "--nm", cross + "nm", "-o", output, POLICIES / "bitmap.c"])
    assert done.returncode == 0, done.stderr
    assert "dropin_pmm_manager" in run([cross + "nm", "-g", output]).stdout


def test_a_function_that_no_policy_is_given_is_told_before_the_linker_does(tmp_path):
    text = "#include <pmm.h>\nint spin_lock(int); int f(int n) { return spin_lock(n); }\n"
    done, output = policy_object(tmp_path, text + MANAGER.format(name="my_pmm_manager"))
    assert done.returncode == 1 and not output.exists()
    assert "uses what no policy is given" in done.stderr
    assert done.stderr.endswith("missing: spin_lock\n")


@pytest.mark.parametrize("text,words", [
    ("static const struct pmm_manager my_pmm_manager = {0}; void *used = (void *)&my_pmm_manager;",
     "my_pmm_manager is static"),
    ("static struct pmm_manager impl; struct pmm_manager *my_pmm_manager = &impl;",
     "my_pmm_manager is no struct pmm_manager"),
])
def test_a_manager_that_cannot_be_used_is_named(tmp_path, text, words):
    done, _ = policy_object(tmp_path, "#include <pmm.h>\n" + text + "\n")
    assert done.returncode == 1 and words in done.stderr, done.stderr
