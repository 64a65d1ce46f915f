"""Machines other than the usual one: sizes, holes, nodes, firmware, harts, odd device trees."""

import re
import shutil
import subprocess

import pytest

from boot import POLICIES, boot

FW_JUMP = "/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_jump.bin"


@pytest.fixture(scope="session", name="virt")
def make_virt(tmp_path_factory):
    """QEMU's own tree for 128 MiB, to be changed with fdtput."""
    path = tmp_path_factory.mktemp("dtb") / "virt.dtb"
    subprocess.run(["qemu-system-riscv64", "-machine", f"virt,dumpdtb={path}", "-m", "128M",
                    "-display", "none"], check=True, capture_output=True)
    return path


class Tree:
    def __init__(self, source, path):
        shutil.copy(source, path)
        self.path = path

    def make(self, node):
        subprocess.run(["fdtput", "-c", self.path, node], check=True)

    def remove(self, node):
        subprocess.run(["fdtput", "-r", self.path, node], check=True)

    def put(self, node, name, *cells):
        subprocess.run(["fdtput", "-t", "x", self.path, node, name,
                        *(f"{cell:x}" for cell in cells)], check=True)

    def put_ranges(self, node, *ranges):
        """(address, bytes) pairs, in two cells each."""
        self.put(node, "reg", *(cell for pair in ranges for number in pair
                                for cell in (number >> 32, number & 0xffffffff)))

    def memory(self, *ranges):
        self.put_ranges("/memory@80000000", *ranges)

    def boot(self, run, **variables):
        return boot(run, OPTS=f"-dtb {self.path}", **variables)


@pytest.fixture(name="tree")
def make_tree(virt, tmp_path):
    return Tree(virt, tmp_path / "changed.dtb")


def drained(run):
    return re.search(r"drain: of (\d+) free pages \1 were taken one by one and freed again, \1 are",
                     run.output)


@pytest.mark.parametrize("policy", POLICIES)
def test_three_ranges_with_two_holes_are_used_to_the_last_page(tree, policy):
    tree.memory((0x80000000, 0x1800000), (0x83000000, 0x1000000), (0x86000000, 0x2000000))
    run = tree.boot("mem; drain; check; off", PMM=policy)
    assert run.status == 0, run.output
    assert drained(run)
    assert "73728 KiB found" in run.output


def test_the_ranges_may_be_unsorted_overlap_and_be_unaligned(tree):
    tree.memory((0x84000000, 0x1000800), (0x80000000, 0x2000000), (0x80001234, 0x1000000))
    run = tree.boot("drain; check; off", PMM="buddy_system")
    assert run.status == 0, run.output
    assert "memory   48.0 MiB found" in run.output


def test_an_empty_range_is_passed_over_with_a_warning(tree):
    tree.memory((0x80000000, 0x2000000), (0x84000000, 0))
    run = tree.boot("check; off")
    assert run.status == 0, run.output
    assert "warning  device tree: memory@80000000: empty range at 0x84000000: ignored" in run.output


def test_two_memory_nodes_are_both_used():
    run = boot("drain; check; off", MEM="128M", SMP=2, OPTS=(
        "-object memory-backend-ram,id=a,size=64M -object memory-backend-ram,id=b,size=64M "
        "-numa node,memdev=a -numa node,memdev=b"))
    assert run.status == 0, run.output + run.errors
    assert "memory   128.0 MiB found" in run.output
    assert drained(run)


def test_a_reserved_child_in_the_middle_of_memory_is_left_alone(tree):
    tree.make("/reserved-memory")
    tree.put("/reserved-memory", "#address-cells", 2)
    tree.put("/reserved-memory", "#size-cells", 2)
    tree.put("/reserved-memory", "ranges")
    tree.make("/reserved-memory/keep@84000000")
    tree.put_ranges("/reserved-memory/keep@84000000", (0x84000000, 0x100000))
    run = tree.boot("mem; drain; check; off")
    assert run.status == 0, run.output
    assert re.search(r"^firmware +0x84000000\.\.0x84100000", run.output, re.M)
    assert re.search(r"^given +0x80400000\.\.0x84000000", run.output, re.M)
    assert re.search(r"^given +0x84100000\.\.", run.output, re.M)
    assert drained(run)


@pytest.mark.parametrize("memory, found", [("22G", "22.0 GiB"), ("64G", "64.0 GiB")])
def test_large_memory_reaches_the_prompt(memory, found):
    run = boot("pmm; off", MEM=memory)
    assert run.status == 0, run.output
    assert f"memory   {found} found" in run.output


def test_more_memory_than_the_linear_map_holds_is_named():
    run = boot("mem; off", MEM="512G", TIMEOUT=110)
    assert run.status == 0, run.output
    assert "memory   512.0 GiB found" in run.output
    assert re.search(r"warning  25[89]\.\d GiB of it cannot be used", run.output)
    given, lost = (int(kib) for kib in re.search(
        r"(\d+) KiB given to the policy, (\d+) KiB out of reach", run.output).groups())
    assert given < 255 << 20 < given + lost < 512 << 20


def test_fw_jump_puts_the_tree_in_the_middle_and_it_is_left_alone():
    run = boot("mem; drain; check; off", OPTS=f"-bios {FW_JUMP}")
    assert run.status == 0, run.output
    assert re.search(r"^device tree +0x82200000\.\.", run.output, re.M)
    assert drained(run)


@pytest.mark.parametrize("harts", range(2, 9))
def test_one_hart_boots_and_the_others_stay_stopped(harts):
    run = boot("harts; check; off", SMP=harts)
    assert run.status == 0, run.output
    said = run.after("harts")
    assert sorted(int(n) for n in re.findall(r"^hart (\d+):", said, re.M)) == list(range(harts))
    assert said.count("runs this kernel") == 1
    assert said.count("stopped") == harts - 1


@pytest.mark.parametrize("command, status", [("drain; check; kerninfo; off", 0), ("off 7", 7),
                                             ("panic", 100), ("chek", 1)])
def test_the_oldest_firmware_calls_are_enough(command, status):
    run = boot(command, ARGS="sbi=legacy")
    assert run.status == status, run.output
    if status == 0:
        assert "legacy console" in run.output


def test_commands_are_read_through_the_oldest_firmware_calls():
    run = boot(stdin=b"alloc 3\noff 4\n", INITRD="none", ARGS="sbi=legacy")
    assert run.status == 4
    assert "#1: 3 pages" in run.output


@pytest.mark.parametrize("policy", POLICIES)
def test_memory_that_is_not_zero_at_the_start_does_no_harm(policy, tmp_path):
    ram = tmp_path / "ram"
    with open("/dev/urandom", "rb") as random:
        ram.write_bytes(random.read(64 << 20))
    run = boot("drain; check; off", PMM=policy, MEM="64M", OPTS=(
        f"-object memory-backend-file,id=random,size=64M,mem-path={ram},share=on "
        "-machine memory-backend=random"))
    assert run.status == 0, run.output + run.errors
    assert drained(run)


def test_a_tree_without_memory_is_a_clear_panic(tree):
    tree.remove("/memory@80000000")
    run = tree.boot("off")
    assert run.status == 100
    assert "device tree: no usable memory in it" in run.output
