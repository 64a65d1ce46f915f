"""Random system calls from many processes, and what system calls write into a program's memory."""

import pytest

from boot import ROOT, boot


def kernel(san):
    return ROOT / "build" / f"san-{san}" / "kernel.elf"


# `make fuzz-calls` makes a million on each policy.
@pytest.mark.parametrize("seed, policy, scheduler, san", [
    (1, "buddy_system", "rr", "undefined"),
    (2, "next_fit", "stride", "address"),
])
def test_random_calls_neither_stop_the_kernel_nor_lose_memory(seed, policy, scheduler, san):
    run = boot(PMM=policy, ARGS=f"sched={scheduler}", KERNEL=kernel(san), TIMEOUT="110",
               SH=f"callfuzz {seed} 30000; echo the shell goes on")
    assert run.status == 0, run.output
    assert "\ncallfuzz pass.\nthe shell goes on\n" in run.output
    assert "init check memory pass.\n" in run.output


def test_no_byte_of_the_kernel_reaches_a_program():
    run = boot(KERNEL=kernel("address"), SH="leakcheck")
    assert run.status == 0, run.output
    assert "leakcheck pass.\n" in run.output
