"""Address spaces: what the monitor shows of them, and programs in user mode that fault."""

import re

import pytest

from boot import boot

CHECKS = "".join(f"{name}() succeeded!\n" for name in
                 ("check_vma_struct", "check_pgfault", "check_vmm", "check_user_mode"))
TEXT, CONSTANTS, DATA, STACK_TOP = 0x800000, 0x801000, 0x802000, 0x80000000
STACK_MAX = 256 << 12
LINEAR = 0xffffffc000000000
JUMP = 0x18  # where the program that jumps begins, in the text

# What a program does, and what becomes of it.
DONE = "the program ran to its end, a0 is "
ENDS = {
    f"load {DATA:x}": DONE + "0",
    f"store {DATA + 0x1fff:x}": DONE + hex(DATA + 0x1fff),
    f"jump {TEXT:#x}": DONE + hex(TEXT),
    "push 5000": DONE + "0",
    f"push {STACK_MAX:x}": DONE + "0",
    f"load {STACK_TOP - STACK_MAX:x}": DONE + "0",
    "load 0": "load from 0: nothing is mapped (NULL)",
    "store fff": "store to 0xfff: nothing is mapped (NULL)",
    "jump 0": "jump to 0: nothing is mapped (NULL)",
    f"store {TEXT:x}": f"store to {TEXT:#x}: R-X, {TEXT:#x}..{CONSTANTS:#x}",
    f"store {CONSTANTS:x}": f"store to {CONSTANTS:#x}: R--, {CONSTANTS:#x}..{DATA:#x}",
    f"jump {CONSTANTS:x}": f"jump to {CONSTANTS:#x}: R--, {CONSTANTS:#x}..{DATA:#x}",
    f"jump {DATA:x}": f"jump to {DATA:#x}: RW-, {DATA:#x}..{DATA + 0x2000:#x}",
    f"load {DATA + 0x2000:x}": f"load from {DATA + 0x2000:#x}: nothing is mapped",
    f"push {STACK_MAX + 1:x}": f"store to {STACK_TOP - STACK_MAX - 1024:#x}: "
                               "below the stack, which cannot grow so far",
    "push ffffffffffffffff": f"store to {STACK_TOP - STACK_MAX - 1024:#x}: "
                             "below the stack, which cannot grow so far",
    f"load {STACK_TOP - STACK_MAX - 1:x}": f"load from {STACK_TOP - STACK_MAX - 1:#x}: "
                                           "below the stack, which cannot grow so far",
    f"load {STACK_TOP:x}": f"load from {STACK_TOP:#x}: beyond what a program may have",
    "load ffffffffc0200000": "load from 0xffffffffc0200000: beyond what a program may have",
    "store ffffffc080200000": "store to 0xffffffc080200000: beyond what a program may have",
    "jump ffffffffc0200000": "jump to 0xffffffffc0200000: beyond what a program may have",
    "load 4000000000": "load from 0x4000000000: beyond what a program may have",
    "store ffffffffffffffff": "store to 0xffffffffffffffff: beyond what a program may have",
    f"jump {TEXT + JUMP:x}": ": its time is over",  # it jumps to itself
    f"jump {TEXT + 0x800:x}": f"the program is ended at {TEXT + 0x800:#x}: illegal instruction",
}


@pytest.fixture(scope="module", name="usual")
def boot_once():
    tries = "".join(f"user {what}; " for what in ENDS)
    return boot(f"mem; stat; vm; vm check; {tries}stat; slab; vm; off")


def test_the_checks_pass_at_boot_and_whenever_they_are_asked_for(usual):
    assert usual.status == 0, usual.output
    assert f"check_slab() succeeded!\n{CHECKS}" in usual.output
    assert usual.after("vm check") == CHECKS


@pytest.mark.parametrize("what", ENDS)
def test_a_program_that_may_not_is_ended_and_one_that_may_goes_on(usual, what):
    assert usual.after(f"user {what}").split("\n")[0].endswith(ENDS[what])


def test_a_program_has_the_pages_that_it_touched(usual):
    had = {what: re.search(r"it had (\d+) of the (\d+) pages", usual.after(f"user {what}"))
           for what in ENDS}
    assert {what: (int(m[1]), int(m[2])) for what, m in had.items()} == {
        what: (2, 5) if what.startswith(f"load {DATA:x}"[:8]) and ENDS[what].startswith("the p")
        else (1, 5) for what in ENDS} | {
            f"store {DATA + 0x1fff:x}": (2, 5),
            f"load {STACK_TOP - STACK_MAX:x}": (2, 260),
            "push 5000": (6, 9),
            f"push {STACK_MAX:x}": (257, 260),
            f"push {STACK_MAX + 1:x}": (257, 260),
            "push ffffffffffffffff": (257, 260)}


def test_no_program_leaves_anything_behind(usual):
    before, after = re.findall(r"> stat\n(.*)\n", usual.output)
    assert before == after
    for cache in ("vma_struct", "mm_struct"):
        assert re.search(rf"^{cache} .* 0 in use ", usual.after("slab"), re.M)


def test_pages_are_given_when_they_are_touched_and_copied_when_they_are_stored_to(usual):
    lines = usual.after("vm").splitlines()[1:]
    rows = [[int(n) for n in re.findall(r"\d+", line[34:])] for line in lines]
    assert [row[:3] for row in rows[:-1]] == [
        [0, 0, 0], [32, 0, 0], [32, 3, 0], [32, 3, 3], [32, 3, 2], [32, 3, 2], [32, 3, 0]]
    free = [row[-1] for row in rows]
    root_and_slab, touched, copied = 2, 3, 1
    assert free[-1] == free[0] + root_and_slab
    assert free[3] - free[4] == copied
    assert free[1] - free[2] >= touched
    assert free[6] == free[2]


def test_where_memory_runs_out_a_program_is_ended_and_a_command_fails():
    run = boot(f"failpage 7; user store {DATA:x}; failpage 3; vm; off", ARGS="checks=off")
    assert run.after(f"user store {DATA:x}").endswith(
        f": store to {DATA:#x}: memory ran out\nit had 1 of the 5 pages that it was promised\n")
    assert "\nmemory ran out: all is given back " in run.after("vm")
    assert run.status == 1


def test_a_bug_that_the_kernel_meets_for_a_program_shows_the_kernels_own_calls(usual):
    mem = usual.after("mem")
    array, given, first = (int(re.search(rf"{what} +0x([0-9a-f]+)\.\.", mem)[1], 16)
                           for what in ("page array", "given", "bytes: pages"))
    data = (given >> 12) + 6 - first  # behind two slabs, the root, the text and two tables
    run = boot(f"poke {LINEAR + array + data * 32:x} 1; user store {DATA:x}; off")
    assert run.status == 100
    assert re.search(r"P3: .* with ref 1 to do_pgfault.*backtrace:.* do_pgfault.* trap_entry\+",
                     run.output, re.S), run.output


def test_what_is_not_known_is_said():
    assert "user: 'fly' is unknown; there are user load, store and jump with an address" in boot(
        "user fly 0").output
    assert "'0xzz' is no hexadecimal number" in boot("user load 0xzz").output
    assert "vm: 'chek' is unknown; there are vm and vm check" in boot("vm chek").output
