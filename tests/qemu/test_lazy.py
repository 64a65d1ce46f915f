"""A policy with PMM_LAZY: what a boot costs does not grow with memory. And what the facade costs."""

import functools
import os
import re
import subprocess
import sys

import pytest

from boot import ROOT, boot, registry

LAZY = ROOT / "tests" / "judge" / "policies" / "lazy.c"
OURS = [name for name, path in registry() if "PMM_LAZY" in (ROOT / path).read_text()]
USUAL_BUILD = pytest.mark.skipif("san-" in os.environ.get("PAGELAB_KERNEL", ""),
                                 reason="the numbers are those of a build without SAN=")
# Runs a program, and prints the most memory that it or one of its own took, in KiB.
PEAK = """
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:]).returncode
print("KiB", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(status)
"""


@functools.cache
def cost(memory, initrd, policy=LAZY):
    """Instructions from the firmware to the prompt, and MiB of the host."""
    done = subprocess.run([sys.executable, "-c", PEAK, ROOT / "tools/qemu", f"PMM={policy}",
                           f"MEM={memory}", f"INITRD={initrd}", "RUN=kerninfo; off",
                           "OPTS=-icount shift=0"], stdin=subprocess.DEVNULL, timeout=120,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return (int(re.search(r"^boot +(\d+) instructions", done.stdout, re.M)[1]),
            int(re.search(r"^KiB (\d+)$", done.stdout, re.M)[1]) // 1024)


@USUAL_BUILD
@pytest.mark.parametrize("initrd", ["none", str(ROOT / "build" / "initrd.cpio")],
                         ids=["without_an_initrd", "with_one"])
def test_a_lazy_boot_of_64_gib_costs_a_tenth_more_than_of_128_mib_at_most(initrd):
    small, _ = cost("128M", initrd)
    large, mib = cost("64G", initrd)
    assert small < large < 1.1 * small
    assert mib < 300


@USUAL_BUILD
@pytest.mark.parametrize("policy", OURS)
def test_a_boot_of_64_gib_costs_a_fifth_more_than_of_128_mib_at_most_under(policy):
    small, _ = cost("128M", "none", policy)
    large, mib = cost("64G", "none", policy)
    assert small < large < 1.2 * small
    assert mib < 300


def test_a_lazy_policy_needs_no_zeros_in_memory(tmp_path):
    ram = tmp_path / "ram"
    with open("/dev/urandom", "rb") as random:
        ram.write_bytes(random.read(64 << 20))
    run = boot("check; alloc 3000; alloc 1; free 1; drain; check; off", PMM=LAZY, MEM="64M",
               OPTS=f"-object memory-backend-file,id=random,size=64M,mem-path={ram},share=on "
                    "-machine memory-backend=random")
    assert run.status == 0, run.output
    assert run.output.count("every free block audited, all pages accounted for") == 2


@USUAL_BUILD
def test_one_page_through_the_facade_costs_94_instructions_more_than_the_policys_own():
    run = boot("page cost; off", PMM="first_fit", OPTS="-icount shift=0")
    alloc, free, own_alloc, own_free = map(int, re.findall(r"\d+", run.after("page cost")))
    assert 0 < own_alloc < alloc
    assert 0 < own_free < free
    assert alloc + free - own_alloc - own_free <= 94


def test_page_knows_its_cost_and_nothing_else():
    run = boot("page prise; off")
    assert "page: 'prise' is unknown; there is page cost\n" in run.output
    run = boot("failpage 2; page cost; off")
    assert run.status == 1
    assert "page: no memory\n" in run.output
