"""The kernel's own page table: what it says of itself, and what the hart makes of it."""

import dataclasses
import os
import re
import signal
import subprocess

import pytest

from boot import KINDS, ROOT, Run, boot
from rsp import Listener

KERNEL = os.environ.get("PAGELAB_KERNEL", ROOT / "build/kernel.elf")
CHECKS = "check_pgdir() succeeded!\ncheck_boot_pgdir() succeeded!\n"
UNIT = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
LINEAR = 0xffffffc000000000
IMAGE = 0xffffffffc0200000
SP = 2  # the register


@dataclasses.dataclass
class Row:
    start: int
    end: int
    perm: str
    page: str
    name: str


@pytest.fixture(scope="module", name="usual")
def boot_once():
    return boot("pgdir; pgdir check; alloc 1; pgdir check; off")


@pytest.fixture(scope="module", name="rows")
def read_rows(usual):
    rows = []
    for line in usual.after("pgdir").splitlines()[1:]:
        start, end, count, unit, perm, page, name = re.fullmatch(
            r"([0-9a-f]{16})\.\.([0-9a-f]{16}) +(\d+) (...)  (\S+) +(\d \S+)?  (.+)", line).groups()
        rows.append(Row(int(start, 16), int(end, 16), perm, page, name))
        assert rows[-1].end - rows[-1].start == int(count) * UNIT[unit]
    return rows


def named(rows, name):
    return [row for row in rows if row.name == name]


def test_the_checks_of_page_tables_pass_at_boot_and_whenever_they_are_asked_for(usual):
    assert usual.status == 0, usual.output
    assert f" passed\n{CHECKS}check_slab() succeeded!\n" in usual.output
    assert usual.after("pgdir check") == CHECKS
    assert usual.output.count(CHECKS) == 3


@pytest.mark.parametrize("policy", KINDS)
def test_the_checks_of_what_stands_on_pages_leave_them_and_their_lists_as_they_were(policy):
    run = boot("alloc 45; alloc 3; free 1; stat; dump; pgdir check; slab check; vm check; vm; stat; "
               "dump; check; drain; off", PMM=policy)
    assert run.status == 0, run.output
    before, after = run.output.split("pagelab> stat\n")[1:]
    stat, dump = before.split("pagelab> pgdir check")[0].split("pagelab> dump\n")
    assert after.split("\n")[0] == stat.split("\n")[0]
    again = after.split("pagelab> dump\n")[1].split("pagelab> ")[0]
    assert policy == "next_fit" or sorted(dump.split()) == sorted(again.split())  # its place moves on


NOTHING_TO_GIVE = """
#include <pmm.h>
static size_t managed;
static void init(void) { managed = 0; }
static void init_memmap(struct Page *base, size_t n) { (void)base; managed += n; }
static struct Page *alloc(size_t n) { (void)n; return NULL; }
static void give_back(struct Page *base, size_t n) { (void)base; (void)n; }
static size_t nr_free(void) { return managed; }
const struct pmm_manager none_pmm_manager = {"none", init, init_memmap, alloc, give_back, nr_free, NULL};
"""


def test_without_memory_the_checks_say_so_and_boot_goes_on(tmp_path):
    policy = tmp_path / "none_pmm.c"
    policy.write_text(NOTHING_TO_GIVE)
    run = boot("failsweep; off", PMM=str(policy))
    assert run.status == 1, run.output + run.errors
    assert run.after("failsweep").endswith("failpage=2: check_pgdir fails by itself\npagelab: off 1\n")
    assert ("\ncheck_pgdir() was cut short: no memory\n"
            "check_boot_pgdir() was cut short: no memory\n"
            "check_slab() was cut short: no memory\n"
            "check_vma_struct() was cut short: no memory\n"
            "check_pgfault() was cut short: no memory\n"
            "check_vmm() was cut short: no memory\n"
            "check_user_mode() was cut short: no memory\n") in run.output


def test_a_hart_that_faults_where_a_mark_is_missing_runs_as_well():
    run = boot("pgdir check; vm check; drain; check; off", OPTS="-cpu rv64,svade=on,svadu=off")
    if "svade' not found" in run.errors:
        pytest.skip("this QEMU has harts that set the marks A and D themselves")
    assert run.status == 0, run.output + run.errors
    assert run.output.count(CHECKS) == 2


def test_checks_off_leaves_them_out():
    assert CHECKS not in boot("off", ARGS="checks=off").output


def test_each_piece_of_the_kernel_has_the_permission_it_needs_and_no_other(rows):
    perms = {row.name: row.perm for row in rows}
    assert perms == {
        "linear map": "RW-", "kernel text in the linear map": "R--",
        "kernel rodata in the linear map": "R--", "kernel text": "R-X", "kernel rodata": "R--",
        "kernel data": "RW-", "boot stack": "RW-", "trap stack": "RW-", "spare stack": "RW-",
        **{f"guard page below the {stack} stack": "---" for stack in ("boot", "trap", "spare")}}


def test_the_map_has_no_gap_below_the_end_of_the_image_and_nothing_elsewhere(rows):
    image = [row for row in rows if row.start >= IMAGE]
    linear = [row for row in rows if row.start < IMAGE]
    assert (linear[0].start, linear[-1].end) == (LINEAR, LINEAR + (255 << 30))
    assert image[0].start == IMAGE
    for part in (linear, image):
        assert all(low.end == high.start for low, high in zip(part, part[1:]))


def test_the_linear_map_is_made_of_pages_as_large_as_they_can_be(rows):
    linear = [row for row in rows if row.name == "linear map"]
    assert [row.page for row in linear] == ["1 GiB", "2 MiB", "4 KiB", "2 MiB", "1 GiB"]
    fine = next(row for row in linear if row.page == "4 KiB")
    assert fine.end - named(rows, "kernel text in the linear map")[0].start == 2 << 20


# ---- what is not allowed is trapped, and named -----------------------------------------------

# Command, row, place in it, what is said: one boot each.
WRONG = [
    ("poke {:x} 1", "kernel text", "store to {:#x}: kernel text, R-X"),
    ("poke {:x} 1", "kernel rodata", "store to {:#x}: kernel rodata, R--"),
    ("poke {:x} 1", "kernel text in the linear map",
     "store to {:#x}: kernel text in the linear map, R--"),
    ("poke {:x} 1", "kernel rodata in the linear map",
     "store to {:#x}: kernel rodata in the linear map, R--"),
    ("jump {:x}", "kernel rodata", "jump to {:#x}: kernel rodata, R--"),
    ("jump {:x}", "kernel data", "jump to {:#x}: kernel data, RW-"),
    ("jump {:x}", "boot stack", "jump to {:#x}: boot stack, RW-"),
    ("jump {:x}", "linear map", "jump to {:#x}: linear map, RW-"),
    ("jump {:x}", "kernel text in the linear map",
     "jump to {:#x}: kernel text in the linear map, R--"),
    ("peek {:x}", "guard page below the boot stack",
     "load from {:#x}: guard page below the boot stack, not mapped"),
    ("poke {:x} 1", "guard page below the trap stack",
     "store to {:#x}: guard page below the trap stack, not mapped"),
    ("poke {:x} 1", "guard page below the spare stack",
     "store to {:#x}: guard page below the spare stack, not mapped"),
]


def trapped(run, words):
    assert run.status == 100, run.output
    assert f"\n{words}\n" in run.output, run.output
    assert "kern_init+0x" in run.output.split("backtrace:\n")[1]


@pytest.mark.parametrize("command, name, words", WRONG,
                         ids=[f"{command[:4]} {name}" for command, name, _ in WRONG])
def test_what_a_mapping_does_not_allow_is_trapped_with_address_and_mapping(rows, command, name,
                                                                          words):
    at = named(rows, name)[-1].end - 4
    trapped(boot(command.format(at) + "; off"), words.format(at))


@pytest.mark.parametrize("command, words", [
    ("peek 0", "load from 0: NULL, not mapped"),
    ("poke 8 1", "store to 0x8: NULL, not mapped"),
    ("jump 0", "jump to 0: NULL, not mapped"),
    ("peek 80200000", "load from 0x80200000: user half, not mapped"),
    ("peek 4000000000", "load from 0x4000000000: no address of Sv39, not mapped"),
    ("poke ffffffffc03ffff8 1", "store to 0xffffffffc03ffff8: kernel half, not mapped"),
])
def test_where_nothing_is_mapped_an_access_is_trapped_and_named(command, words):
    trapped(boot(f"{command}; off"), words)


def test_who_jumped_to_where_no_code_is_stands_in_the_backtrace(rows):
    at = named(rows, "kernel data")[0].start
    assert re.search(r"#1 0x[0-9a-f]+ cmd_jump\+0x", boot(f"jump {at:x}; off").output)


def test_what_is_allowed_is_done(rows):
    data = named(rows, "spare stack")[0]
    image = named(rows, "kernel text")[0].start
    alias = named(rows, "kernel text in the linear map")[0].start + data.start - image
    run = boot(f"poke {data.start:x} 5a; peek {alias:x}; peek 0x{image:x}; off")
    assert run.status == 0, run.output
    assert f"{alias:#x}: 5a\n" in run.output


@pytest.mark.parametrize("command", ["peek", "peek x", "peek 12345678901234567", "peek 0x", "poke 1",
                                     "poke 1 y", "poke 1 100", "jump -1", "pgdir chek"])
def test_what_is_no_address_is_a_clear_line(command):
    run = boot(f"{command}; off")
    assert run.status == 1
    assert len(run.after(command).split("\n")[0]) > 10


# ---- stacks ----------------------------------------------------------------------------------


def address_of(function):
    done = subprocess.run(["riscv64-unknown-elf-nm", KERNEL], capture_output=True, text=True,
                          check=True)
    return int(re.search(rf"^([0-9a-f]+) \w {function}$", done.stdout, re.M)[1], 16)


def boot_with_sp(run, function, sp, folder):
    """Boot without checks, which use user mode; at the first call of `function`, change sp."""
    environment = {name: value for name, value in os.environ.items()
                   if name == "PATH" or name.startswith("PAGELAB_")}
    options = environment.get("PAGELAB_OPTS", "")
    with Listener(folder) as listener, \
            subprocess.Popen([ROOT / "tools/qemu", f"OPTS={options} {listener.options}",
                              f"RUN={run}", "ARGS=checks=off"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, cwd=ROOT, env=environment) as qemu:
        try:
            with listener.accept(15) as gdb:
                gdb.run_to(address_of(function))
                gdb.set_register(SP, sp)
                gdb.detach()
            output, errors = qemu.communicate(timeout=15)
        finally:
            qemu.send_signal(signal.SIGTERM)
    output = output.decode(errors="replace").replace("\r", "")
    return Run(qemu.returncode, output[output.find("pagelab "):], errors.decode(errors="replace"))


@pytest.mark.parametrize("stack, run, function", [("boot", "kerninfo; off", "cmd_kerninfo"),
                                                  ("trap", "panic fault; off", "trap")],
                         ids=("boot", "trap"))
def test_a_stack_that_overflows_is_a_panic_at_the_first_store_into_its_guard_page(
        rows, stack, run, function, tmp_path):
    base = named(rows, f"{stack} stack")[0].start
    said = boot_with_sp(run, function, base + 16, tmp_path)
    assert said.status == 100, said.output + said.errors
    address = re.search(rf"\nstore to (0x[0-9a-f]+): guard page below the {stack} stack, not mapped\n",
                        said.output)
    assert address, said.output
    assert 0 < base - int(address[1], 16) < 1024
    assert "\nbacktrace:\n  #0 0x" in said.output
