"""Device trees that are damaged, or made to mislead: a boot with a warning or a clear panic.

The firmware reads the tree first, and would fall over some of these. So it gets QEMU's own; at
the kernel's first instruction a debugger exchanges the tree's address, a1, for that of another.
"""

import os
import re
import signal
import subprocess
import tempfile

import pytest

from boot import ROOT, Run
from fdt import BEGIN_NODE, END_NODE, NOP, PROP, Tree, cells, padded, ranges, text
from rsp import Listener

KERNEL = 0x80200000
A1 = 11  # the register
RAM, RAM_SIZE = 0x80000000, 128 << 20
FIRMWARE = (RAM, 0x80000)
PLACE = 0x86000000  # where the tree is put
SECONDS = 15        # for one run; they take a fraction of one


def usual_tree():
    """What the machine is, and all that the kernel has to know."""
    two_cells = {"#address-cells": cells(2), "#size-cells": cells(2)}
    return Tree({
        "/": {**two_cells, "model": text("hostile")},
        "/chosen": {"bootargs": text("batch run=mem; drain; check; off")},
        "/memory@80000000": {"device_type": text("memory"), "reg": ranges((RAM, RAM_SIZE))},
        "/reserved-memory": {**two_cells, "ranges": b""},
        "/reserved-memory/firmware@80000000": {"reg": ranges(FIRMWARE)},
        "/cpus": {"#address-cells": cells(1), "#size-cells": cells(0),
                  "timebase-frequency": cells(10000000)},
        "/cpus/cpu@0": {"device_type": text("cpu"), "reg": cells(0)},
        "/soc": {**two_cells, "ranges": b""},
        "/soc/test@100000": {"compatible": text("sifive,test1", "sifive,test0"),
                             "reg": ranges((0x100000, 0x1000))},
    })


def run_with_a1(a1, options=""):
    """Boot, with a1 exchanged."""
    environment = {name: value for name, value in os.environ.items()
                   if name == "PATH" or name.startswith("PAGELAB_")}
    options = f"OPTS={environment.get('PAGELAB_OPTS', '')} {options}"
    with tempfile.TemporaryDirectory() as folder, Listener(folder) as listener:
        with subprocess.Popen([ROOT / "tools/qemu", f"{options} {listener.options}"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, cwd=ROOT, env=environment) as qemu:
            try:
                with listener.accept(SECONDS) as gdb:
                    gdb.run_to(KERNEL)
                    gdb.set_register(A1, a1)
                    gdb.detach()
                output, errors = qemu.communicate(timeout=SECONDS)
            finally:
                qemu.send_signal(signal.SIGTERM)
    output = output.decode(errors="replace").replace("\r", "")
    return Run(qemu.returncode, output[output.find("pagelab "):], errors.decode(errors="replace"))


def boot_blob(blob, tmp_path, at=PLACE):
    path = tmp_path / "tree"
    path.write_bytes(blob)
    return run_with_a1(at, f"-device loader,file={path},addr={at:#x},force-raw=on")


# ---- the memory that a boot must come to -----------------------------------------------------


def pages(base, end):
    return set(range(base >> 12, end >> 12))


def rows(output, name):
    return [(int(base, 16), int(end, 16)) for base, end in
            re.findall(rf"^{name} +(0x[0-9a-f]+)\.\.(0x[0-9a-f]+)", output, re.M)]


def assert_memory(run, memory, reserved, tree):
    """The policy has every page of `memory` but what is reserved or the kernel's, and no other;
    each of them can be had. All three are lists of (base, end)."""
    usable = set().union(*(pages(base + 0xfff, end) for base, end in memory))
    taken = [*reserved, *tree, *rows(run.output, "kernel image"), *rows(run.output, "page array")]
    usable -= set().union(*(pages(base, end + 0xfff) for base, end in taken))
    given = [pages(*row) for row in rows(run.output, "given")]
    assert set().union(*given) == usable, run.output
    assert sum(map(len, given)) == len(usable)
    assert f"drain: of {len(usable)} free pages {len(usable)} were taken" in run.output, run.output
    assert f" free ({len(usable)} pages)" in run.output


# ---- trees that boot -------------------------------------------------------------------------

CASES = {"boots": {}, "panics": {}}


def boots(name, *warnings, memory=((RAM, RAM + RAM_SIZE),), reserved=()):
    """The decorated function makes the tree worse; the kernel prints the warnings and has the
    memory given here, ends instead of sizes."""
    def add(change):
        CASES["boots"][name] = (change, warnings, list(memory), list(reserved))
    return add


def panics(name, *words):
    """The same; the kernel stops, and the words are in what it says."""
    def add(change):
        CASES["panics"][name] = (change, words)
    return add


def memory(tree, *pairs):
    tree.nodes["/memory@80000000"]["reg"] = ranges(*pairs)


def reserve(tree, name, *pairs):
    tree.nodes[f"/reserved-memory/{name}"] = {"reg": ranges(*pairs)}
    # A child stands behind its parent.
    moved = [path for path in tree.nodes if not path.startswith("/reserved-memory")]
    for path in moved[moved.index("/cpus"):]:
        tree.nodes[path] = tree.nodes.pop(path)


@boots("empty-range", "memory@80000000: empty range at 0x84000000: ignored")
def _(tree):
    memory(tree, (RAM, RAM_SIZE), (0x84000000, 0))


@boots("overlapping-ranges")
def _(tree):
    memory(tree, (RAM, 0x5000000), (0x84000000, 0x4000000), (RAM, RAM_SIZE), (RAM, 0x1000))


@boots("unaligned-ranges", memory=[(0x80000123, 0x81ffffff), (0x82000001, 0x87fffffd)])
def _(tree):
    memory(tree, (0x80000123, 0x1fffedc), (0x82000001, 0x5fffffc))


@boots("unsorted-ranges", memory=[(RAM, 0x82000000), (0x83000000, 0x84000000),
                                  (0x85000000, 0x87000000)])
def _(tree):
    memory(tree, (0x85000000, 0x2000000), (RAM, 0x2000000), (0x83000000, 0x1000000))


@boots("memory-overflows", "0xfffffffffffff000 + 0x2000 overflows: ignored")
def _(tree):
    memory(tree, (RAM, RAM_SIZE), (0xfffffffffffff000, 0x2000))


@boots("reserved-overflows", "+ 0xffffffffffffffff overflows: cut off",
       reserved=[(0x87000000, RAM + RAM_SIZE)])
def _(tree):
    reserve(tree, "top@87000000", (0x87000000, 0xffffffffffffffff))


@boots("100-memory-ranges", "no room for the range at 0x84000000: ignored",
       "no room for the range at 0x84700000: ignored",
       memory=[(RAM + (i << 20), RAM + (i << 20) + 0xc0000) for i in range(64)])
def _(tree):
    memory(tree, *((RAM + (i << 20), 0xc0000) for i in range(100)))


@boots("100-reserved-side-by-side", "child@63: no room for the range at 0x8103f000: reserved with",
       reserved=[(0x81000000, 0x81064000)])
def _(tree):
    for i in range(100):
        reserve(tree, f"child@{i}", (0x81000000 + 0x1000 * i, 0x1000))


@boots("50000-nodes")
def _(tree):
    tree.rest = (cells(BEGIN_NODE) + text("odd.dev") + cells(PROP, 4, 0, 7, NOP, END_NODE)) * 50000


@boots("nested-1000-deep", "deep lies more than 16 nodes deep: ignored")
def _(tree):
    tree.rest = (cells(BEGIN_NODE) + padded(text("deep"))) * 1000 + cells(END_NODE) * 1000


@boots("version-99-readable-as-16")
def _(tree):
    tree.header["version"] = 99


@boots("bootargs-without-end", "bootargs of 32 bytes: cut to 32, or without a final 0")
def _(tree):
    arguments = tree.nodes["/chosen"]["bootargs"]
    tree.nodes["/chosen"]["bootargs"] = arguments[:-1]


@boots("bootargs-of-5000-bytes", "bootargs of 5001 bytes: cut to 1023")
def _(tree):
    tree.nodes["/chosen"]["bootargs"] = text("batch run=mem; drain; check; off".ljust(5000, ";"))


@panics("test-device-that-faults", "store access fault")
def _(tree):
    tree.nodes["/soc/test@100000"]["reg"] = cells(0, 0x90000000, 0, 0x1000)


@boots("no-test-device")
def _(tree):
    del tree.nodes["/soc/test@100000"]


@boots("test-device-without-address", "test@100000: test device without a usable address: ignored")
def _(tree):
    del tree.nodes["/soc/test@100000"]["reg"]


@boots("test-device-unaligned", "test@100000: test device without a usable address: ignored")
def _(tree):
    tree.nodes["/soc/test@100000"]["reg"] = ranges((0x100002, 0x1000))


@boots("initrd-backwards", "initrd from 0x85000000 to 0x84000000 is empty: ignored")
def _(tree):
    tree.nodes["/chosen"].update({"linux,initrd-start": cells(0x85000000),
                                  "linux,initrd-end": cells(0x84000000)})


@boots("tree-outside-memory", memory=[(RAM, 0x84000000)])
def _(tree):
    memory(tree, (RAM, 0x4000000))


@boots("names-that-control-the-terminal", "memory@?[2J?: memory without reg: ignored")
def _(tree):
    tree.nodes["/"]["model"] = b"\033]0;owned\007\0"
    tree.nodes["/chosen"]["bootargs"] = text("batch run=mem; drain; check; off; \033[2J\x9b\n")
    tree.rest = tree.begin("memory@\033[2J\r") + cells(END_NODE)


def test_more_holes_than_ranges_are_kept_cost_the_smallest_pieces(tmp_path):
    tree = usual_tree()
    for i in range(100):
        reserve(tree, f"child@{i}", (0x81000000 + (i << 18), 0x1000))
    run = boot_blob(tree.flat(), tmp_path)
    assert run.status == 0, run.output + run.errors
    assert "of it cannot be used: see 'mem'" in run.output


@pytest.mark.parametrize("name", CASES["boots"])
def test_an_odd_tree_boots_with_all_memory_it_leaves(name, tmp_path):
    change, warnings, usable, reserved = CASES["boots"][name]
    tree = usual_tree()
    change(tree)
    blob = tree.flat()
    run = boot_blob(blob, tmp_path)
    assert run.status == 0, run.output + run.errors
    for warning in warnings:
        assert re.search(rf"^warning  device tree: .*{re.escape(warning)}", run.output, re.M), \
            run.output
    assert ("warning" in run.output) == bool(warnings), run.output
    assert re.search(r"[^\n -~]", run.output) is None
    assert_memory(run, usable, [*reserved, (RAM, RAM + FIRMWARE[1])],
                  [(PLACE, PLACE + len(blob))])


@pytest.mark.parametrize("at", [0x80400000, 0x82345601, 0x87fff000], ids=hex)
def test_a_tree_anywhere_in_memory_is_read_and_left_alone(at, tmp_path):
    blob = usual_tree().flat()
    run = boot_blob(blob, tmp_path, at)
    assert run.status == 0, run.output + run.errors
    assert_memory(run, [(RAM, RAM + RAM_SIZE)], [(RAM, RAM + FIRMWARE[1])], [(at, at + len(blob))])


# ---- trees that do not -----------------------------------------------------------------------


@panics("all-sizes-zero", "no usable memory", "memory@80000000: empty range at 0x80000000")
def _(tree):
    memory(tree, (RAM, 0), (0x84000000, 0))


@panics("no-memory-node", "no usable memory")
def _(tree):
    del tree.nodes["/memory@80000000"]


@panics("address-cells-3", "no usable memory", "addresses of 3 and sizes of 2 cells")
def _(tree):
    tree.nodes["/"]["#address-cells"] = cells(3)


@panics("all-memory-reserved", "131072 KiB of memory, no room")
def _(tree):
    reserve(tree, "all@0", (0, 0xffffffffffffffff))


@panics("all-memory-is-initrd", "131072 KiB of memory, no room")
def _(tree):
    tree.nodes["/chosen"].update({"linux,initrd-start": cells(0),
                                  "linux,initrd-end": cells(0xffffffff, 0xffffffff)})


@panics("one-page-of-memory", "4 KiB of memory, no room")
def _(tree):
    memory(tree, (RAM, 0x1000))


@panics("name-without-end", "the node's name at offset 0x", "has no end")
def _(tree):
    tree.structure = lambda: cells(BEGIN_NODE) + b"name" * 8


@panics("property-of-4-GiB", "has 4294967295 bytes, only")
def _(tree):
    tree.rest = cells(PROP, 0xffffffff, 0)


@panics("name-of-a-property-outside", "has its name at 0x7fffffff")
def _(tree):
    tree.rest = cells(PROP, 0, 0x7fffffff)


@panics("unknown-token", "unknown token 0x55 at offset 0x")
def _(tree):
    tree.rest = cells(0x55)


@panics("nodes-left-open", "ends inside 3000 open nodes")
def _(tree):
    tree.rest = (cells(BEGIN_NODE) + text("abc")) * 3000


@panics("structure-on-the-header", "the structure block", "at offset 0,")
def _(tree):
    tree.header["off_dt_struct"] = 0


@panics("structure-on-the-strings", "unknown token 0x")
def _(tree):
    tree.header["off_dt_struct"] = 56


@panics("strings-on-the-structure", "has its name at 0x", "outside the strings or without end")
def _(tree):
    tree.header["off_dt_strings"] = len(usual_tree().flat()) - len(tree.structure())


@panics("strings-outside", "the strings block", "at offset 0xfffffff0")
def _(tree):
    tree.header["off_dt_strings"] = 0xfffffff0


@panics("cut-in-the-structure", "the structure block", "is outside its 400 bytes")
def _(tree):
    tree.header["totalsize"] = 400


@panics("cut-in-the-header", "says it has 39 bytes")
def _(tree):
    tree.header["totalsize"] = 39


@panics("bad-magic", "starts with 0xedfe0dd0 instead of its magic number")
def _(tree):
    tree.header["magic"] = 0xedfe0dd0


@panics("version-99", "version 99, readable as 99, is not supported")
def _(tree):
    tree.header.update({"version": 99, "last_comp_version": 99})


@panics("totalsize-of-4-GiB", "says it has 4294967295 bytes")
def _(tree):
    tree.header["totalsize"] = 0xffffffff


@panics("reservations-without-end", "the reservation block has no end")
def _(tree):
    tree.header["off_mem_rsvmap"] = (len(usual_tree().flat()) - 24) // 8 * 8


@panics("no-timebase", "/cpus has no timebase-frequency")
def _(tree):
    del tree.nodes["/cpus"]["timebase-frequency"]


@panics("timebase-of-1-Hz", "/cpus has no timebase-frequency that can be used; ")
def _(tree):
    tree.nodes["/cpus"]["timebase-frequency"] = cells(1)


@pytest.mark.parametrize("name", CASES["panics"])
def test_a_tree_that_cannot_be_used_is_a_panic_that_says_why(name, tmp_path):
    change, words = CASES["panics"][name]
    tree = usual_tree()
    change(tree)
    run = boot_blob(tree.flat(), tmp_path)
    assert run.status == 100, run.output + run.errors
    assert run.output.count("panic at ") == 1
    message = re.search(r"panic at .*", run.output)[0]
    for word in words:
        assert word in message, run.output


# ---- addresses where no tree is --------------------------------------------------------------


def assert_panic(run, pattern):
    assert run.status == 100, run.output + run.errors
    assert re.search(rf"^panic at \S+ {pattern}", run.output, re.M), run.output


@pytest.mark.parametrize("a1", [0, 0xffffffffffffffff], ids=hex)
def test_an_address_that_cannot_be_is_a_panic_that_names_it(a1):
    pattern = rf"device tree: the firmware says it is at (0x)?{a1:x}, which cannot be read"
    assert_panic(run_with_a1(a1), pattern)


@pytest.mark.parametrize("a1", [PLACE, 0x50000000, 0x10000000], ids=["ram", "pci", "uart"])
def test_an_address_without_a_tree_is_a_panic_that_names_both(a1):
    assert_panic(run_with_a1(a1), "device tree: starts with [0-9a-fx]+ instead of its magic number "
                 rf"\(it lies at {a1:#x}\)")


@pytest.mark.parametrize("past", [1, 4])
def test_an_address_beside_the_tree_is_a_panic_that_names_it(past, tmp_path):
    path = tmp_path / "tree"
    path.write_bytes(usual_tree().flat())
    run = run_with_a1(PLACE + past, f"-device loader,file={path},addr={PLACE:#x},force-raw=on")
    assert_panic(run, r"device tree: starts with 0x\w+ instead of its magic number "
                 rf"\(it lies at {PLACE + past:#x}\)")


@pytest.mark.parametrize("a1", [RAM, 0x8000000, 0x90000000, 0x7fffffffff],
                         ids=["firmware", "gap", "behind-ram", "far-off"])
def test_an_address_that_cannot_be_read_is_an_access_fault_in_the_reader(a1):
    run = run_with_a1(a1)
    assert_panic(run, "load access fault at 0x[0-9a-f]+, address 0x[0-9a-f]+")
    assert re.search(r"^ +#\d+ 0x[0-9a-f]+ dtb_\w+\+", run.output, re.M), run.output
