"""The heap in a kernel: what it says of itself, and what a call costs."""

import os
import re

import pytest

from boot import boot


# Sanitizers take more instructions, and red zones more bytes.
USUAL_BUILD = pytest.mark.skipif("san-" in os.environ.get("PAGELAB_KERNEL", ""),
                                 reason="the numbers are those of a build without SAN=")


@pytest.fixture(scope="module", name="usual")
def boot_once():
    return boot("slab; slab check; slab cost; slab; map; check; off", OPTS="-icount shift=0")


def test_the_check_of_the_heap_passes_at_boot_and_whenever_it_is_asked_for(usual):
    assert usual.status == 0, usual.output
    assert usual.output.count("check_slab() succeeded!\n") == 2
    assert usual.after("slab check") == "check_slab() succeeded!\n"


@USUAL_BUILD
def test_kmalloc_and_kfree_of_64_bytes_take_40_instructions_at_most(usual):
    alloc, free = map(int, re.match(r"kmalloc\(64\) (\d+) instructions, kfree (\d+) ",
                                    usual.after("slab cost")).groups())
    assert 20 < alloc <= 40
    assert 20 < free <= 40


@USUAL_BUILD
def test_slab_shows_what_each_cache_holds_and_wastes(usual):
    line = "kmalloc-64         64 bytes    63 a slab        0 in use      {} slabs    1.5 % overhead\n"
    before, after = usual.output.split("pagelab> slab\n")[1:]
    assert line.format(0) in before
    assert "\n0 pages in slabs; above 2016 bytes, kmalloc takes whole pages\n" in before
    assert line.format(1) in after
    assert "\n1 pages in slabs; " in after


def test_map_shows_whose_pages_are_slabs(usual):
    drawn = usual.after("map")
    assert re.search(r"  S slabs +1 pages\n", drawn)
    assert "granted  " not in drawn
    assert drawn.count("+") == 2


def test_what_slab_does_not_know_is_a_clear_line():
    run = boot("slab chek; off")
    assert run.status == 1
    assert "slab: 'chek' is unknown; there are slab, and slab check, cost and shrink\n" in run.output
