"""Each SAN= build boots and finds what it is built to find.

The bugs of planted/ are put into a copy of the tree, behind the monitor's command `panic`, and
only what is new in the copy is compiled.
"""

import re
import shutil
import subprocess

import pytest

from boot import KINDS, ROOT, boot

BUILDS = ("undefined", "address")


def kernel(san, tree=ROOT):
    return tree / "build" / f"san-{san}" / "kernel.elf"


@pytest.fixture(scope="session", name="planted_kernel")
def plant(tmp_path_factory):
    """SAN= -> a kernel that has the planted bugs of that name."""
    built = {}

    def build(san):
        if san not in built:
            tree = tmp_path_factory.mktemp(san)
            for part in ("kern", "libs", "tools", f"build/san-{san}"):
                shutil.copytree(ROOT / part, tree / part)
            shutil.copy2(ROOT / "Makefile", tree / "Makefile")
            for source in (f"{san}.c", "planted.h"):
                shutil.copy2(ROOT / "tests/qemu/planted" / source, tree / "kern/debug" / source)
            monitor = tree / "kern/debug/monitor.c"
            text, n = re.subn(r"\ncmd_panic\(char \*\*argv\) \{\n",
                              r"\g<0>    planted(argv[1]);\n", monitor.read_text())
            assert n == 1
            monitor.write_text('#include "planted.h"\n' + text)
            done = subprocess.run(["make", "-s", f"SAN={san}", f"build/san-{san}/kernel.elf"], cwd=tree, text=True, check=False,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
            assert done.returncode == 0, done.stdout
            built[san] = kernel(san, tree)
        return built[san]

    return build


@pytest.mark.parametrize("policy", KINDS)
@pytest.mark.parametrize("san", BUILDS)
def test_what_is_right_stays_unnoticed(san, policy):
    run = boot("alloc 45; alloc 31; free 1; drain; check; slab check; alloc 45; free 3; check; off",
               PMM=policy, KERNEL=kernel(san))
    assert run.status == 0, run.output
    assert run.output.count("all pages accounted for") == 2


# What is said of each bug of planted/undefined.c.
UNDEFINED = {
    "add": "2147483647 + 1 does not fit into 'int'",
    "sub": "-2147483648 - 1 does not fit into 'int'",
    "mul": "2147483647 * 2 does not fit into 'int'",
    "negate": "-(-2147483648) does not fit into 'int'",
    "divide": "2147483647 divided by 0 in 'int'",
    "divide-1": "-2147483648 divided by -1 in 'int'",
    "shift": "1 shifted by 32 in 'int'",
    "shift-1": "2147483647 shifted by -1 in 'int'",
    "index": "index 4 of 'int [4]'",
    "index-1": "index -1 of 'int [4]'",
    "null": "load from a null pointer, 0, for 'int' of alignment 4",
    "misaligned": "load from a misaligned address, 0x",
    "pointer": "pointer 0xffffffffc02",
    "bool": "0x2 is no value of '_Bool'",
    "argument": "argument 1 is null",
    "unreachable": "what cannot be reached was reached",
}


@pytest.mark.parametrize("bug", UNDEFINED)
def test_undefined_behaviour_is_a_panic_with_place_and_values(planted_kernel, bug):
    run = boot(f"panic {bug}; off", KERNEL=planted_kernel("undefined"))
    assert run.status == 100, run.output
    message = re.search(r"panic at kern/debug/undefined\.c:\d+: undefined behaviour: (.*)",
                        run.output)
    assert message and message.group(1).startswith(UNDEFINED[bug]), run.output


FOUND = r"use after free: page %s holds 0x2a at offset %s, not the poison; freed by %s, %s"


@pytest.mark.parametrize("policy", KINDS)
def test_a_write_to_a_freed_page_is_found_when_it_is_granted(planted_kernel, policy):
    run = boot("panic write; off", PMM=policy, KERNEL=planted_kernel("address"))
    assert run.status == 100
    assert re.search(FOUND % ("0x8[0-9a-f]{4}", "0x64", r"freed_page\+0x[0-9a-f]+",
                              r"found at its next grant\n(.*\n)*.* planted\+0x"), run.output), run.output


@pytest.mark.parametrize("policy", KINDS)
def test_a_write_to_a_freed_page_is_found_by_the_audit(planted_kernel, policy):
    run = boot("panic audit; off", PMM=policy, KERNEL=planted_kernel("address"))
    assert run.status == 100
    assert re.search(FOUND % ("0x8[0-9a-f]{4}", "0xfff", r"freed_page\+0x[0-9a-f]+",
                              "found by the audit"), run.output), run.output


def test_a_write_to_what_was_granted_beyond_the_request_is_found(planted_kernel):
    run = boot("panic slack; off", PMM="buddy_system", KERNEL=planted_kernel("address"))
    assert run.status == 100
    assert re.search(r"holds 0x2a at offset 0, not the poison; (never granted|freed by \w+.*), "
                     "found by the audit", run.output)


def test_what_is_read_of_a_new_and_of_a_freed_page_is_not_what_was_there(planted_kernel):
    run = boot("panic read; off", KERNEL=planted_kernel("address"))
    assert "planted: granted 0xc7, freed 0xdb\n" in run.output


@pytest.mark.parametrize("value", ["memory", "address undefined", "address address"])
def test_an_unknown_sanitizer_is_one_clear_line(value):
    done = subprocess.run(["make", "-s", f"SAN={value}"], cwd=ROOT, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 2
    assert f"SAN={value} is not known; there are: undefined address." in done.stdout


@pytest.mark.parametrize("bug, words", [
    ("overflow", r"overflow: 0 bytes behind object 0x\w+ of cache kmalloc-64, taken by "
                 r"taken_object\+0x\w+, was written to; freed by free_object\+0x"),
    ("double", r"double free of 0x\w+, of cache kmalloc-64, freed by free_object\+0x\w+, "
               r"now by free_object\+0x"),
], ids=["overflow", "double free"])
def test_a_wrong_use_of_an_object_is_told_with_its_cache_and_callers(planted_kernel, bug, words):
    run = boot(f"panic {bug}; off", KERNEL=planted_kernel("address"))
    assert run.status == 100
    assert re.search(words, run.output), run.output


def test_slab_names_who_keeps_the_objects_of_a_cache_that_cannot_be_destroyed(planted_kernel):
    output = boot("panic owners; off", KERNEL=planted_kernel("address")).output
    kept, freed = output.split("planted: destroyed with -3\n")[1].split(" pages in slabs; ")[:2]
    assert re.search(r"^kept .* 1 in use .*\n +1 taken by planted\+0x", kept, re.M), output
    assert re.search(r"^kmalloc-64 .* 2 in use .*\n +2 taken by taken_object\+0x", kept, re.M)
    assert re.search(r"^kmem_cache .* 1 in use .*\n +1 taken by planted\+0x", kept, re.M)
    assert freed.count("taken by") == 1  # the cache itself
