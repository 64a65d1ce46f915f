"""--measure: what a policy costs is counted from outside, and cannot be talked down."""
import ctypes
import json
import platform
import struct
import subprocess
import sys

import pytest

from rewritten import DOUBLES, MM, SCANS, rewritten

sys.path.insert(0, str(MM.parents[1] / "tools"))
from policies import JUDGE, build_child  # noqa: E402

needs_x86 = pytest.mark.skipif(platform.machine() != "x86_64", reason="flags of x86-64")

BUDDY = "buddy_system_pmm"
START = "    unsigned order = log2_ceil(n);\n"

# The trap flag, by which a program can tell that it is single-stepped, and can try to end that.
FLAGS = """
static unsigned long
trap_flag(void) {
    unsigned long flags;
    __asm__ volatile("pushfq; pop %0" : "=r"(flags));
    return flags & 0x100;
}

static void
clear_trap_flag(void) {
    __asm__ volatile("pushfq; andq $~0x100, (%%rsp); popfq" ::: "memory", "cc");
}

static struct Page *
buddy_alloc_pages(size_t n) {"""
WITH_FLAGS = ("\nstatic struct Page *\nbuddy_alloc_pages(size_t n) {", FLAGS)

# Whoever frees pages has let go of them.
ASKS_REF = ("    unsigned order = base->property;\n", """
    unsigned order = base->property;
    assert(page_ref(base) == 0);
""")

# After a move to ss the processor takes one instruction more before it stops.
MOVES = """
    for (int i = 0; i < 10; i++) {{
        __asm__ volatile("mov %%ss, %%eax; {move}; nop" ::: "eax");
    }}
"""

POLICIES = {
    "plain": rewritten(BUDDY),
    "scans": rewritten(BUDDY, SCANS),
    "doubles": rewritten(BUDDY, *DOUBLES, ASKS_REF),
    "puts_off": rewritten(BUDDY, ("    return buddy.nr_free;\n", """
    for (volatile int i = 0; i < 20; i++) {
    }
    return buddy.nr_free;
""")),
    "idle_when_watched": rewritten(BUDDY, WITH_FLAGS, (START, START + """
    clear_trap_flag();
    if (trap_flag()) {
        return NULL;
    }
""")),
    "other_when_watched": rewritten(BUDDY, WITH_FLAGS, (START, """
    unsigned order = log2_ceil(n) + (trap_flag() != 0);
    clear_trap_flag();
""")),
    "shakes_off": rewritten(BUDDY, WITH_FLAGS, (START, START + """
    if (trap_flag()) {
        clear_trap_flag();
    }
""")),
    "idles": rewritten(BUDDY, (START, START + MOVES.format(move="nop"))),
    "hides": rewritten(BUDDY, (START, START + MOVES.format(move="rex64 mov %%eax, %%ss"))),
    "sleeps_when_watched": rewritten(BUDDY, WITH_FLAGS, (START, START + """
    clear_trap_flag();
    while (trap_flag()) {
    }
""")),
}


class Bench:
    """Builds policies and measures them, each once."""

    def __init__(self, folder):
        self.folder, self.children, self.tables = folder, {}, {}

    def child(self, name):
        if name not in self.children:
            source = self.folder / f"{name}.c"
            source.write_text(POLICIES[name])
            self.children[name] = str(source.with_suffix(""))
            build_child(str(source), self.children[name], extra=["-iquote", str(MM)])
        return self.children[name]

    def run(self, name, *options, **kwargs):
        return subprocess.run([JUDGE, "--measure", *options, self.child(name)], text=True,
                              capture_output=True, timeout=120, check=False, **kwargs)

    def row(self, name, seed=1, **kwargs):
        """The judge's row of the property."""
        path = self.folder / "table.json"
        if (name, seed) not in self.tables:
            self.run(name, "--seed", str(seed), "--json", path, **kwargs)
            self.tables[name, seed] = json.loads(path.read_text())["properties"][0]
        return self.tables[name, seed]

    def measured(self, name, seed=1):
        return self.row(name, seed)["measured"]


@pytest.fixture(scope="module", name="bench")
def make_bench(tmp_path_factory):
    return Bench(tmp_path_factory.mktemp("measure"))


def test_the_same_seed_gives_the_same_figures_and_another_others(bench):
    first = bench.measured("plain")
    bench.tables.clear()
    assert bench.measured("plain") == first != bench.measured("plain", seed=2)
    assert 50 < first["instructions"] < 150 and 1 < first["space"] < 2
    assert first["cut"] is False and [phase["calls"] for phase in first["phases"]][2] == 0


def test_a_scan_of_all_frames_costs_instructions_and_nothing_else(bench):
    plain, scans = bench.measured("plain"), bench.measured("scans")
    assert scans["cut"] and scans["instructions"] is None
    assert scans["phases"][1]["calls"] == 0
    assert scans["phases"][0]["steps"] > 10000 * scans["phases"][0]["calls"] > 0
    assert {name: scans[name] for name in ("space", "scatter")} == {
        name: plain[name] for name in ("space", "scatter")}


def test_grants_of_twice_the_pages_cost_memory_and_few_instructions(bench):
    plain, doubles = bench.measured("plain"), bench.measured("doubles")
    assert doubles["instructions"] < 1.3 * plain["instructions"]
    assert doubles["space"] > 1.5 * plain["space"]
    assert doubles["scatter"] > 1.5 * plain["scatter"]


def test_what_is_put_off_until_free_pages_are_counted_counts_as_well(bench):
    plain, later = bench.measured("plain"), bench.measured("puts_off")
    assert later["instructions"] > plain["instructions"] + 80


@needs_x86
@pytest.mark.parametrize("name", ["idle_when_watched", "other_when_watched"])
def test_who_answers_otherwise_when_watched_has_no_figures(bench, name):
    row = bench.row(name)
    assert row["verdict"] == "broken" and row["promise"] == "watched"
    assert row["text"] == "it grants other pages when its instructions are counted"


@needs_x86
def test_who_clears_the_trap_flag_is_counted_all_the_same(bench):
    plain, shaken = bench.measured("plain"), bench.measured("shakes_off")
    assert shaken["instructions"] > plain["instructions"]


@needs_x86
def test_an_instruction_that_hides_the_next_one_counts_for_two(bench):
    assert bench.measured("hides")["instructions"] == bench.measured("idles")["instructions"]


@needs_x86
def test_who_spins_when_watched_is_cut(bench):
    measured = bench.measured("sleeps_when_watched")
    assert measured["cut"] and measured["phases"][0]["calls"] < 5


def without_ptrace():
    """In the new process: the system call ptrace fails with EPERM."""
    number = {"x86_64": 101, "aarch64": 117}[platform.machine()]
    rules = b"".join(struct.pack("HBBI", *rule) for rule in [
        (0x20, 0, 0, 0), (0x15, 0, 1, number), (0x06, 0, 0, 0x50001), (0x06, 0, 0, 0x7fff0000)])
    memory = ctypes.create_string_buffer(rules)
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", 4, ctypes.addressof(memory)))
    libc = ctypes.CDLL(None)
    assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, program) == 0


def test_where_nobody_may_trace_memory_is_measured_all_the_same(bench):
    done = bench.run("plain", preexec_fn=without_ptrace)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "instructions cannot be counted here: Operation not permitted" in done.stdout
    assert f"{bench.measured('plain')['space']:14.2f}" in done.stdout
