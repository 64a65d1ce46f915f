"""cache=1: a front cache of single pages before any policy, in the kernel."""

import re

import pytest

from boot import POLICIES, boot
from policies import is_buddy
from test_machines import drained, make_tree, make_virt  # noqa: F401  pylint: disable=unused-import

# Of this memory the pages that `drain` frees last, which the cache then holds, are the end of the
# largest block: 3,072 pages behind the kernel's image, of which a buddy makes three of 1,024; worst
# fit has taken three of them before.
MEMORY = (0x80000000, 0x1000000)
WHOLE = {policy: ("alloc 1024",) * 3 if is_buddy(policy) else ("alloc 3069",)
         for policy in POLICIES}


def counts(stat):
    """Of `stat`: pages free, pages of them cached, pages of the largest block, hits, drains."""
    free = re.search(r"^managed .* pages: (\d+) free", stat, re.M)
    cache = re.search(r"^cache +(\d+) of 128 pages, which count as free; (\d+) hits, (\d+) drains$",
                      stat, re.M)
    largest = re.search(r"^free .* the largest of (\d+) pages", stat, re.M)
    return int(free[1]), int(cache[1]), int(largest[1]), int(cache[2]), int(cache[3])


@pytest.mark.parametrize("policy", POLICIES)
def test_what_is_cached_is_free_and_joins_when_the_largest_block_is_wanted(tree, policy):
    tree.memory(MEMORY)
    run = tree.boot(f"alloc 3; stat; drain; stat; {'; '.join(WHOLE[policy])}; stat; check; off",
                    PMM=policy, ARGS="cache=1 checks=off")
    assert run.status == 0, run.output
    assert f"policy   {policy}, with a front cache of 128 pages (by pmm=)" in run.output
    assert drained(run)
    first, cached, last = map(counts, run.output.split("pagelab> stat\n")[1:])
    assert cached[0] == first[0] and cached[1] > 60
    assert cached[2] < 3069
    assert last[0] == first[0] - (3072 if is_buddy(policy) else 3069)
    assert last[4] == cached[4] + 1
    assert "all pages accounted for" in run.output


def test_programs_run_on_it_and_lose_nothing():
    run = boot(PMM="buddy_system", MEM="32M", ARGS="checks=off cache=1",
               SH="memhog 2; fragment; malloctest")
    assert run.status == 0, run.output + run.errors
    assert "init check memory pass." in run.output


@pytest.mark.parametrize("word", ["cache=2", "cache="])
def test_a_cache_is_on_or_off(word):
    run = boot("off", ARGS=word)
    assert run.status == 101
    assert f"unknown boot argument '{word}'; there are pmm=NAME cache=1 checks=off" in run.output
