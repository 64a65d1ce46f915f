"""Each mistake that real allocator files have, in a small file of our own: the judge names it.

The files stand in wrong/, on bases that are right: first fit, and a buddy on lists,
in a tree and in list pages.
"""
import csv
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WRONG = ROOT / "tests" / "dropin" / "wrong"
MOST_CALLS = 12

sys.path.insert(0, str(ROOT / "tools"))
from policies import JUDGE, build_child  # noqa: E402

# The mistake; its file; a property that shows it, with a pool where the usual ones take long; the
# promise that it breaks there.
BROKEN = [
    ("an insert at the tail links a block to itself", "tail_insert", "merge", "P6"),
    ("a freed block joins upwards only", "joins_upwards_only", "merge", "P6"),
    ("nr_free is wrong", "nr_free_wrong", "light", "P4"),
    ("a grant takes its whole block off the count", "whole_block_counted", "light", "P4"),
    ("a free of 3 pages is asserted away", "odd_free_asserted", "light", "panic"),
    ("a free of 3 pages is ignored", "odd_free_ignored", "light", "P4"),
    ("a free of 3 pages leaks", "odd_free_leaked", "light", "P4"),
    ("carved from the base on, joined by page number", "carved_relative_joined_absolute", "whole",
     "P6"),
    ("flags are not reset at init", "flags_not_reset", "init", "panic"),
    ("an allocated buddy is joined", "merges_with_allocated", "single", "P5"),
    ("an absorbed buddy keeps PG_property", "stale_property_flag", "light", "panic"),
    ("a fixed capacity", "fixed_capacity", "exhaust --pool 0:128", "P5"),
    ("-1 for none found is used as an index", "none_found_as_index", "refuse", "P5"),
    ("metadata over struct Page", "metadata_over_descriptors", "light", "P3"),
    ("metadata inside the pool", "metadata_inside_the_pool", "light", "M2"),
    ("nr_free is more than there is", "nr_free_overstated", "single", "P5"),
    ("an order is off by one", "order_off_by_one", "merge --pool 0:2048", "P5"),
    ("undoing order 10 is off by one", "order_10_undo_off_by_one", "merge --pool 0:1024",
     "P4"),
    ("n is cut to 32 bits", "request_cut_to_32_bits", "refuse", "P5"),
    ("a joined head loses PG_property", "merged_head_unmarked", "merge", "P6"),
    ("PG_property is never set on free", "property_never_set_on_free", "merge", "P6"),
    ("the buddy's order is not compared", "order_of_buddy_not_compared", "heavy", "P5"),
    ("a parent is counted from two half-free children", "parent_from_half_free_children", "light",
     "P5"),
    ("a size is written at the leaf", "size_written_at_the_leaf", "light", "P5"),
    ("a tree is rounded up past the pool", "tree_beyond_the_pool", "merge", "P5"),
    ("a small pool underflows", "underflow_on_a_small_pool", "init", "P7"),
    ("the buddy's index is not bounds-checked", "buddy_not_bounds_checked", "single", "crash"),
    ("a bound is taken from npage", "bound_from_npage", "single", "crash"),
    ("a slub takes bytes for pages", "slub_takes_bytes", "light", "P4"),
    ("a hard-coded address", "hard_coded_address", "single", "P5"),
    ("a request saturates at the top order", "request_saturates_at_top_order",
     "init --pool 0:1025", "P4"),
    ("no rounding up", "no_rounding_up", "light", "P4"),
    ("the block after the right one is returned", "next_block_returned", "single", "P5"),
    ("the table of live grants overflows", "live_table_overflows", "single", "P4"),
    ("neighbours that are no buddies are joined", "merges_neighbours", "merge", "P6"),
    ("the top block is lost on a merge", "top_block_lost_on_merge", "merge --pool 0:1024",
     "P6"),
    ("a second list page of an order panics", "second_list_page", "merge --pool 0:8", "panic"),
    ("the count of the top order is not stored", "top_order_count_not_stored", "single", "P5"),
]

# What costs points, but does not make a file wrong: the mistake, its file, words of the verdict.
LIMITED = [
    ("only the largest power of two", "only_largest_power_of_two",
     "manages only the largest power of two"),
    ("allocated pages are marked reserved", "marks_allocated_reserved",
     "marks allocated pages reserved"),
    ("linear cost", "linear_cost", "slow"),
]

# The same files without a mistake, and the rule that they keep; the tree aligns to pages[0].
BASES = [("first_fit", ["--rule", "first_fit"]), ("list_buddy", ["--rule", "buddy"]),
         ("tree_buddy", []), ("list_pages", ["--rule", "buddy"])]
FEW_SEEDS = ["--seeds", "20"]


def judge(source, folder, *options):
    """The judge's exit status, its words, and the rows of its TSV."""
    child, tsv = folder / "child", folder / "verdict.tsv"
    build_child(str(source), str(child))
    done = subprocess.run([JUDGE, "--tsv", tsv, *options, child], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120,
                          check=False)
    keys = ["property", "verdict", "promise", "text", "steps", "calls", "again"]
    with open(tsv, encoding="utf-8") as rows:
        return done.returncode, done.stdout, [
            dict(zip(keys, row)) for row in csv.reader(rows, delimiter="\t",
                                                       quoting=csv.QUOTE_NONE)]


@pytest.mark.parametrize("name,shown_by,promise", [row[1:] for row in BROKEN],
                         ids=[row[1] for row in BROKEN])
def test_each_mistake_is_shown_in_at_most_12_calls(tmp_path, name, shown_by, promise):
    status, words, rows = judge(WRONG / f"{name}_pmm.c", tmp_path, "--only", *shown_by.split())
    assert status == 1, words
    assert [(r["verdict"], r["promise"]) for r in rows] == [("broken", promise)], words
    assert int(rows[0]["steps"]) <= MOST_CALLS, words


@pytest.mark.parametrize("name,told", [row[1:] for row in LIMITED],
                         ids=[row[1] for row in LIMITED])
def test_a_limitation_is_told_and_does_not_make_a_file_wrong(name, told):
    done = subprocess.run([ROOT / "tools" / "judge", WRONG / f"{name}_pmm.c", *FEW_SEEDS], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, check=False)
    assert done.returncode == 0, done.stdout
    verdict = done.stdout.splitlines()[-1]
    assert verdict.startswith("right, with ") and told in verdict, done.stdout


@pytest.mark.parametrize("base,rule", BASES, ids=[base for base, _ in BASES])
def test_each_base_is_right_without_the_mistake(tmp_path, base, rule):
    source = tmp_path / f"{base}_pmm.c"
    source.write_text(f'#include "{WRONG / base}.h"\n', encoding="utf-8")
    status, words, _ = judge(source, tmp_path, *rule, *FEW_SEEDS)
    assert status == 0, words


def test_every_file_is_judged_and_says_what_is_wrong():
    names = [row[1] for row in BROKEN + LIMITED]
    assert sorted(f"{name}_pmm.c" for name in names) == sorted(p.name for p in WRONG.glob("*.c"))
    assert sorted(f"{base}.h" for base, _ in BASES) == sorted(p.name for p in WRONG.glob("*.h"))
    for name in names:
        text = (WRONG / f"{name}_pmm.c").read_text(encoding="utf-8")
        assert text.startswith(f"/*\n * {name}_pmm.c - "), name
        assert text.count("/* wrong: ") == 1, name
