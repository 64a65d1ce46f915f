"""--measure: what a policy costs is counted from outside, and cannot be talked down."""
import ctypes
import json
import platform
import struct
import subprocess
import sys

import pytest

from rewritten import DOUBLES, MM, SCANS, START, rewritten

sys.path.insert(0, str(MM.parents[1] / "tools"))
from grader import bands, tasks  # noqa: E402
from policies import JUDGE, build_child  # noqa: E402

needs_x86 = pytest.mark.skipif(platform.machine() != "x86_64", reason="flags of x86-64")

BUDDY = "buddy_system_pmm"

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



def dear(when, loops):
    """Our buddy, which does so much for nothing in each call whose number is like that."""
    return rewritten(BUDDY, ("\nstatic struct Page *\nbuddy_alloc_pages(size_t n) {", f"""
static void
be_dear(void) {{
    static unsigned call;
    call++;
    for (volatile unsigned i = 0; ({when}) && i < {loops}; i++) {{
    }}
}}

static struct Page *
buddy_alloc_pages(size_t n) {{"""), (START, START + "    be_dear();\n"),
                     (ASKS_REF[0], ASKS_REF[0] + "    be_dear();\n"))


WINDOW, PART = 16, 500  # calls; each of eight parts has a window
COURSE = 8 * PART + 800  # about so many frees at last
FOR_A_WHILE = {
    "dear_in_the_first_half": dear(f"call < {COURSE // 2}", 25),
    "dear_in_a_quarter": dear(f"call >= 1800 && call < 1800 + {COURSE // 4}", 60),
    "dear_in_one_call_of_ten": dear("call % 10 == 0", 400),
}
POLICIES = {
    **FOR_A_WHILE,
    "plain": rewritten(BUDDY),
    "scans": rewritten(BUDDY, (SCANS[0], SCANS[1].replace("npage - nbase", "(npage - nbase) / 16"))),
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
    unsigned order = order_for(n) + (trap_flag() != 0);
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


def calls(phase):
    """Those that were counted in it and did something."""
    return sum(window["calls"] for window in phase["windows"])


def test_the_same_seed_gives_the_same_figures_and_another_others(bench):
    first = bench.measured("plain")
    bench.tables.clear()
    assert bench.measured("plain") == first != bench.measured("plain", seed=2)
    assert 40 < first["instructions"] < 80 and 1 < first["space"] < 2
    assert first["instructions"] < first["dearest"] < 1.5 * first["instructions"]
    assert first["cut"] is False and [
        all(window["steps"] > 35 * WINDOW for window in phase["windows"])
        for phase in first["phases"]] == [True, True, False]


def test_a_scan_of_frames_costs_instructions_and_nothing_else(bench):
    plain, scans = bench.measured("plain"), bench.measured("scans")
    assert scans["cut"] and scans["instructions"] is None
    assert scans["dearest"] is None and calls(scans["phases"][1]) == 0
    first, last = scans["phases"][0]["windows"][0::3]
    assert first["steps"] > 1000 * WINDOW == 1000 * first["calls"] and last["calls"] == 0
    assert 64000 <= sum(each["steps"] for each in scans["phases"][0]["windows"]) <= 64001
    assert {name: scans[name] for name in ("space", "scatter")} == {
        name: plain[name] for name in ("space", "scatter")}


def test_grants_of_twice_the_pages_cost_memory_and_few_instructions(bench):
    plain, doubles = bench.measured("plain"), bench.measured("doubles")
    assert doubles["instructions"] < plain["instructions"] + 25
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
    assert measured["cut"] and calls(measured["phases"][0]) < 5


def without_ptrace():
    """In the new process: the system call ptrace fails with EPERM."""
    number = {"x86_64": 101, "aarch64": 117}[platform.machine()]
    rules = b"".join(struct.pack("HBBI", *rule) for rule in [
        (0x20, 0, 0, 0), (0x15, 0, 1, number), (0x06, 0, 0, 0x50001), (0x06, 0, 0, 0x7fff0000)])
    memory = ctypes.create_string_buffer(rules)
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", 4, ctypes.addressof(memory)))
    libc = ctypes.CDLL(None)
    assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, program) == 0


def windows(bench, seed):
    """In its course: the calls that they begin with. Nothing is counted, which takes longer."""
    table = bench.folder / "places.json"
    bench.run("plain", "--seed", str(seed), "--json", table, preexec_fn=without_ptrace)
    phases = json.loads(table.read_text())["properties"][0]["measured"]["phases"]
    return [window["call"] for phase in phases[:2] for window in phase["windows"]]


def test_each_part_of_the_course_has_a_window_and_another_seed_has_it_elsewhere(bench):
    places = [windows(bench, seed) for seed in range(5)]
    for part, calls_of_part in enumerate(zip(*places)):
        assert len(set(calls_of_part)) >= 4
        assert all(0 <= call - part * PART <= PART - WINDOW for call in calls_of_part)


def fast(bench, name):
    """Points of those for speed in a policy of one's own."""
    task = next(task for task in tasks.load() if task.name == "own")
    test = next(test for test in task.tests if test.name == "fast")
    told = bands.beside(bench.measured(name), bench.measured("plain"), "ours")
    return bands.points(test, told)[0] / test.points


@pytest.mark.parametrize("name", FOR_A_WHILE)
def test_who_is_dear_for_a_while_is_not_fast(bench, name):
    assert fast(bench, name) < fast(bench, "plain") == 1


def test_where_nobody_may_trace_memory_is_measured_all_the_same(bench):
    done = bench.run("plain", preexec_fn=without_ptrace)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "instructions cannot be counted here: Operation not permitted" in done.stdout
    assert f"{bench.measured('plain')['space']:14.2f}" in done.stdout
