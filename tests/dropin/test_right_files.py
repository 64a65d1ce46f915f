"""Ten allocator files in the old style are right, and two mistakes in each are found.

What each is for stands in right/README.md.
"""
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RIGHT = ROOT / "tests" / "dropin" / "right"

sys.path[:0] = [str(ROOT / "tests" / "judge"), str(ROOT / "tests" / "dropin")]
from monitor import boots_and_can_be_looked_at  # noqa: E402
from test_judge import SANITIZE, Bench, broken, limitations, run  # noqa: E402

FEWER = "manages fewer pages than it is given"
POWER = "manages only the largest power of two"
ON_ZERO = "asserts on 0"
RESERVED = "marks allocated pages reserved"
H1 = "H1 not kept"
H2 = "H2 not kept"
FLAGS = "own flags"
PARTS = "refuses partial frees"
RANGE = "aligns to the range"
SMALL = "no large part of memory"
SLOW = "slow: "

# What must be told of each file; and of the words in EXACT nothing else.
LIMITS = {
    "tree": {H1, PARTS},
    "bitmap": {FEWER, H1},
    "address_list": set(),
    "trimming_buddy": set(),
    "power": {POWER, H1, FLAGS, PARTS, RANGE},
    "table": {H1},
    "ring": {ON_ZERO},
    "slub": {RESERVED, SMALL, H1},
    "pair_bit": {PARTS, RANGE},
    "best_tree": {FLAGS},
}
EXACT = {FEWER, POWER, ON_ZERO, RESERVED, H1, H2, FLAGS, PARTS, RANGE, SMALL}

# O(n) where others are O(log n) or better; this takes a build that counts steps (tools/judge).
LINEAR = {"address_list", "ring"}

RULES = {"address_list": "first_fit", "best_tree": "best_fit"}

# File, mistake, a property that must show it, the promise that it breaks there.
WRONG = [
    ("tree", "TREE_REACHES_PAST_THE_POOL", "init", "P7"),
    ("tree", "TWO_HALF_FREE_CHILDREN_MAKE_A_WHOLE", "light", "P5"),
    ("bitmap", "NONE_FOUND_IS_AN_INDEX", "heavy", "P5"),
    ("bitmap", "N_IS_CUT_TO_32_BITS", "refuse", "P5"),
    ("address_list", "TAIL_LINKS_TO_ITSELF", "merge", "P6"),
    ("address_list", "COUNTS_THE_WHOLE_BLOCK", "light", "P4"),
    ("trimming_buddy", "ORDER_OF_THE_BUDDY_IS_NOT_COMPARED", "single", "P4"),
    ("trimming_buddy", "ODD_REST_IS_LOST", "light", "P6"),
    ("power", "COUNTS_WHAT_IT_DOES_NOT_USE", "single", "P5"),
    ("power", "DOES_NOT_ROUND_UP", "light", "P4"),
    ("table", "TWO_ROWS_ONLY", "exhaust", "P5"),
    ("table", "GIVES_THE_BLOCK_BEHIND", "light", "P5"),
    ("ring", "ROVER_STAYS_ON_A_TAKEN_BLOCK", "single", "hang"),
    ("ring", "NONE_FOUND_IS_A_BLOCK", "heavy", "P5"),
    ("slub", "BYTES_FOR_PAGES", "light", "P4"),
    ("slub", "MASK_OF_A_WHOLE_CHUNK_IS_EMPTY", "heavy", "P5"),
    ("pair_bit", "XOR_IS_ON_THE_PAGE_NUMBER", "single", "crash"),
    ("pair_bit", "SPLIT_FORGETS_THE_BIT", "single", "P5"),
    ("best_tree", "LAST_PAGE_KEEPS_ITS_MARK", "single", "panic"),
    ("best_tree", "GROWS_IN_ITS_OLD_PLACE", "light", "panic"),
]

# What old files may leave undefined; image_to_pa belongs to our PADDR.
LINK_SURFACE = set("__panic pages npage nbase alloc_pages free_pages nr_free_pages cprintf "
                   "va_pa_offset image_to_pa memset memmove memcpy".split())


@pytest.fixture(scope="session", name="bench")
def make_bench(tmp_path_factory):
    return Bench(tmp_path_factory.mktemp("dropin"))


def source(name):
    return RIGHT / f"{name}_pmm.c"


def rule(name):
    return ["--rule", RULES[name]] if name in RULES else []


def test_every_file_and_every_mistake_is_in_the_tables():
    files = {path.name[:-len("_pmm.c")] for path in RIGHT.glob("*.c")}
    assert files == set(LIMITS) and len(files) == 10
    for name in files:
        text = source(name).read_text(encoding="utf-8")
        planted = text.split("enum { NONE, ")[1].split(" };")[0].split(", ")
        assert sorted(planted) == sorted(m for f, m, _, _ in WRONG if f == name)
        assert len(planted) == 2
        assert sum(bool(line.strip()) and line.strip()[0] not in "/*"
                   for line in text.splitlines()) >= 60


def right(bench, name, *options, **how):
    """The judge's rows, none of them broken, and no check left out."""
    rows, done = bench.verdicts(bench.child(source(name), **how), *rule(name), *options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not broken(rows)
    assert rows["selfcheck"]["verdict"] != "skipped"
    return rows


@pytest.mark.parametrize("name", LIMITS)
def test_only_a_linear_file_is_slow(name):
    done = run([ROOT / "tools" / "judge", source(name), "--only", "cost"], timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (SLOW in done.stdout) == (name in LINEAR), done.stdout


@pytest.mark.parametrize("name", LIMITS)
def test_a_right_file_is_right_and_its_limitations_are_named(bench, name):
    told = limitations(right(bench, name, "--seeds", "30"))
    assert {words for words in LIMITS[name] if words in told} == LIMITS[name], told
    assert {words for words in EXACT if words in told} <= LIMITS[name], told


@pytest.mark.parametrize("name", LIMITS)
def test_a_right_file_is_right_when_clang_compiles_it_and_a_sanitizer_looks_on(bench, name):
    right(bench, name, "--seeds", "5", cc="clang", flags="-O1 " + SANITIZE)


@pytest.mark.parametrize("name,mistake,prop,promise", WRONG)
def test_a_mistake_in_a_right_file_is_found_in_at_most_12_calls(bench, name, mistake, prop,
                                                                promise):
    child = bench.child(source(name), mistake)
    rows, done = bench.verdicts(child, "--only", prop)
    assert done.returncode == 1, done.stdout + done.stderr
    assert broken(rows) == {prop: promise}, done.stdout
    assert int(rows[prop]["steps"]) <= 12, done.stdout


@pytest.mark.skipif(not shutil.which("riscv64-unknown-elf-gcc"), reason="no cross compiler")
@pytest.mark.parametrize("name", LIMITS)
def test_a_right_file_boots_and_the_monitor_works_on_it(name):
    boots_and_can_be_looked_at(source(name), (25, 31, 12) if name == "slub" else (45, 31, 125))


@pytest.mark.skipif(not shutil.which("riscv64-unknown-elf-gcc"), reason="no cross compiler")
@pytest.mark.parametrize("name", LIMITS)
def test_a_right_file_fits_the_kernel(name, tmp_path):
    cross, output = "riscv64-unknown-elf-", tmp_path / "out.o"
    done = run([ROOT / "tools" / "policy-object", "--cc",
                cross + "gcc -O2 -march=rv64imac -mabi=lp64 -mcmodel=medany", "--objcopy",
                cross + "objcopy", "--nm", cross + "nm", "-o", output, source(name)])
    assert done.returncode == 0, done.stderr
    undefined = set(run([cross + "nm", "-u", output]).stdout.split()) - {"U"}
    assert undefined <= LINK_SURFACE
    assert int(run([cross + "size", output]).stdout.split("\n")[1].split()[2]) <= 1 << 20
