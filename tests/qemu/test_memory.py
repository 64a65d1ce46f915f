"""What the monitor says of memory, under each policy."""

import re

import pytest

from boot import POLICIES, boot
from policies import is_buddy

TAKE = "alloc 45; alloc 31; alloc 125"
GRANTED = {policy: 64 + 32 + 128 if is_buddy(policy) else 45 + 31 + 125
           for policy in POLICIES}


def free_pages(stat):
    return int(re.search(r"(\d+) free \+", stat).group(1))


@pytest.mark.parametrize("policy", POLICIES)
def test_the_granted_pages_are_gone_and_come_back(policy):
    run = boot(f"stat; {TAKE}; dump; stat; free 2; free 1; free 3; dump; stat; check; off",
               PMM=policy)
    assert run.status == 0, run.output
    before, between, after = [s for s in run.output.split("pagelab> stat\n")[1:]]
    assert free_pages(before) - free_pages(between) == GRANTED[policy]
    assert free_pages(after) == free_pages(before)
    assert f"{GRANTED[policy] - 201} lost to rounding" in between
    first, second = re.findall(r"pagelab> dump\n(.*?)pagelab> ", run.output, re.S)
    assert first != second
    assert f"{free_pages(between)} pages free" in first
    assert f"{free_pages(before)} pages free" in second


BY = r", by \w+\+0x[0-9a-f]+\n"
WHOLE_ONLY = ("buddy_system", "page_list_buddy", "bitmap_buddy")  # no part of a grant may be freed


def first_grant(policy):
    """The page that `alloc 8` gives first."""
    return int(re.search(r"#1: 8 pages at page (0x\w+)", boot("alloc 8; off", PMM=policy).output)[1], 16)


@pytest.mark.parametrize("policy", POLICIES)
def test_each_wrong_free_is_a_panic_of_its_own_that_names_page_and_caller(policy):
    page = first_grant(policy)
    whole = policy in WHOLE_ONLY
    middle = f"{page + 1:#x}"
    wrong = {
        f"free 1; free {page:#x} 8": f"page {page:#x}, which is free already (double free?)",
        "free 0x80000 1": "page 0x80000, which is reserved",
        f"free {middle} 8": f"page {middle}, in the middle of a grant" if whole else
                            f"8 pages at page {middle}, which reach beyond the 7 left of their grant",
        f"free {page:#x} 9": f"9 pages at page {page:#x}, where 8 were granted" if whole else
                             f"9 pages at page {page:#x}, which reach beyond the 8 left of their grant",
    }
    for commands, said in wrong.items():
        run = boot(f"alloc 8; {commands}; off", PMM=policy)
        assert run.status == 100, run.output
        assert re.search("P8: free of " + re.escape(said) + BY, run.output), run.output


@pytest.mark.parametrize("policy", POLICIES)
def test_pages_can_be_freed_by_number_in_parts_where_that_is_allowed(policy):
    page = first_grant(policy)
    parts = [(0, 8)] if policy in WHOLE_ONLY else [(2, 3), (5, 3), (0, 2)]
    frees = "; ".join(f"free {page + at:#x} {n}" for at, n in parts)
    run = boot(f"stat; alloc 8; {frees}; stat; check; free 1; off", PMM=policy)
    assert run.status == 1
    before, after = run.output.split("pagelab> stat\n")[1:]
    assert free_pages(before) == free_pages(after)
    assert "free: there is no allocation #1" in after


def test_a_page_that_is_none_cannot_be_freed_by_number():
    run = boot("free 0x100 1; off")
    assert run.status == 1
    assert "free: there is no page 0x100; they are 0x80000..0x88000" in run.output


def test_a_request_that_cannot_be_met_says_how_much_is_free():
    run = boot("alloc 20000; alloc 20000; off", PMM="first_fit")
    assert run.status == 1
    free = re.search(r"alloc: no 20000 pages in one piece; (\d+) are free", run.output).group(1)
    assert 0 < int(free) < 20000


def test_the_map_tells_owners_apart():
    run = boot("alloc 1000; map; off", PMM="buddy_system")
    drawn = run.after("map")
    for mark in "FPKD#~.":
        assert re.search(rf"^ +[0-9a-f]+  \S*{re.escape(mark)}", drawn, re.M), mark
    counts = {name: int(n) for name, n in re.findall(r"^  \S (\D+?) +(\d+) pages", drawn, re.M)}
    assert counts["granted"] == 1000
    assert counts["rounding"] == 24
    assert sum(counts.values()) == 128 * 256


def test_the_map_marks_the_pages_that_the_policy_keeps_as_its_own():
    run = boot("map; stat; off", PMM="page_list_buddy")
    drawn = run.after("map")
    overhead = int(re.search(r"(\d+) overhead", run.after("stat")).group(1))
    assert overhead > 0
    assert re.search(rf"^  o policy's own +{overhead} pages", drawn, re.M)
    assert re.search(r"^ +[0-9a-f]+  \S*o", drawn, re.M)
    assert re.search(rf"^  \. free +{free_pages(run.after('stat'))} pages", drawn, re.M)


def test_mem_accounts_for_every_byte():
    run = boot("mem; off")
    said = run.after("mem")
    total = sum(int(kib) for kib in re.findall(r" (\d+) KiB$", said, re.M))
    assert abs(total - 128 * 1024) <= 4 * len(said.split("\n"))
    assert "131072 KiB found" in said
    assert "32768 descriptors of 32 bytes: pages 0x80000..0x88000" in said


def test_pmm_marks_the_policy_in_use():
    assert "* best_fit\n" in boot("pmm; off", PMM="best_fit").output


def test_kerninfo_and_help_and_backtrace_have_something_to_say():
    run = boot("kerninfo; help; backtrace; off")
    assert run.status == 0
    assert "loaded at 0x80200000" in run.after("kerninfo")
    for command in "help kerninfo mem pmm dump map alloc free drain stat check harts backtrace ticks panic off".split():
        assert re.search(rf"^  {command} ", run.after("help"), re.M), command
    assert "kern_init+0x" in run.after("backtrace")
