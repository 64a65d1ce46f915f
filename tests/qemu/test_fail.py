"""Allocations that fail because they are asked to: what is said, and that nothing is lost."""

import importlib.machinery
import importlib.util
import re
import subprocess

import pytest

from boot import POLICIES, ROOT, boot

loader = importlib.machinery.SourceFileLoader("sweep_run", str(ROOT / "tests/sweep/run"))
runner = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
loader.exec_module(runner)

SHORT = "{}() was cut short: no memory\n"


@pytest.fixture(scope="module", name="armed")
def boot_once():
    return boot("failpage; failslab; stat; failpage 1; pgdir; alloc 45; off",
                ARGS="failpage=11 failslab=1000000")


def test_the_nth_page_of_boot_is_refused_in_one_line_that_names_who_asked(armed):
    assert re.search(r"\ncheck_pgdir\(\) succeeded!\n"
                     r"failpage=11: 1 page for pgdir_alloc_page\+0x[0-9a-f]+ refused\n"
                     + re.escape(SHORT.format("check_boot_pgdir")) + r"check_slab\(\) succeeded!\n",
                     armed.output), armed.output


def test_the_monitor_says_how_many_allocations_there_were_and_what_has_struck(armed):
    page = "failpage=11: struck; no other allocation will be refused\n"
    slab = armed.after("failslab")
    assert armed.after("failpage") == page
    assert re.fullmatch(r"failslab=1000000: \d\d+ allocations so far, and none refused\n", slab)
    assert armed.after("stat").endswith(page + slab)


def test_a_command_that_is_refused_its_pages_fails_with_its_own_words(armed):
    assert armed.status == 1
    assert re.fullmatch(r"failpage=1: 45 pages for cmd_alloc\+0x[0-9a-f]+ refused\n"
                        r"alloc: no 45 pages in one piece; \d+ are free\npagelab: off 1\n",
                        armed.after("alloc 45"))


@pytest.mark.parametrize("nth", [1, 2])
def test_an_object_of_the_heap_is_refused_likewise(nth):
    run = boot(f"failslab {nth}; slab cost; off")
    assert run.status == 1
    assert re.match(rf"failslab={nth}: 64 bytes of kmalloc-64 for (cmd_slab|print_costs)\+0x[0-9a-f]+ "
                    r"refused\nslab: no memory\n", run.after("slab cost")), run.output


@pytest.mark.parametrize("word", ["failpage=0", "failslab=some"])
def test_a_number_that_is_none_in_the_boot_arguments_is_named(word):
    run = boot("off", ARGS=word)
    assert run.status == 101
    assert f"unknown boot argument '{word}'; there are" in run.output


@pytest.mark.parametrize("command", ["failpage -1", "failslab 1x"])
def test_a_number_that_is_none_is_a_clear_line(command):
    run = boot(f"{command}; off")
    name, number = command.split()
    assert run.status == 1
    assert f"{name}: '{number}' is not a number of allocations\n" in run.output


@pytest.mark.parametrize("policy", POLICIES)
def test_each_allocation_of_each_check_may_fail_and_nothing_is_lost(policy):
    run = boot("stat; failsweep; stat; slab check; check; off", PMM=policy)
    assert run.status == 0, run.output
    for check in ("check_pgdir", "check_boot_pgdir", "check_slab", "check_vma_struct", "check_pgfault",
                  "check_vmm", "check_user_mode"):
        assert SHORT.format(check) in run.after("failsweep")
    assert re.search(r"\nfailsweep: \d\d+ allocations refused one by one, nothing lost\n",
                     run.after("failsweep"))
    before, after = (s.split("\n")[0] for s in run.output.split("pagelab> stat\n")[1:])
    assert before == after and " + 0 granted" in after


def sweep(*arguments):
    return subprocess.run([ROOT / "tests/sweep/run", *arguments], capture_output=True, text=True,
                          timeout=120, check=False)


def test_whole_boots_with_one_failure_each_end_with_nothing_lost():
    done = sweep("--every", "40", "buddy_system")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^[4-9] boots, all clean\n\Z", done.stdout, re.M)


class Losing:
    """Stands in for a policy under which the second page's failure costs another, the third panics."""

    name = "losing"

    def boot(self, arguments):
        kind, nth = arguments.split()[0].split("=")
        if nth == "3":
            raise runner.Unclean("status 100")
        granted = nth == "2"
        how = "struck; no other" if len(nth) < 5 else "4 allocations so far"
        return (f"\n{kind}={nth}: {how}\n{arguments.split()[-1]}: 4 allocations so far\n"
                f"pagelab> stat\nmanaged 9 pages: {9 - granted} free + {int(granted)} granted\n"
                "pagelab> slab\n0 pages in slabs\n")

    usual, check = runner.Policy.usual, runner.Policy.check


def test_the_sweep_names_the_boots_that_lose_a_page_or_panic():
    wrong = [runner.outcome(case) for case in runner.cases(Losing(), 1)]
    assert [why is None for why in wrong] == [True, False, False, True] * 2
    assert wrong[1].startswith("losing failpage=2: left is\nmanaged 9 pages: 8 free + 1 granted\n")
    assert wrong[2] == "losing failpage=3: status 100"
