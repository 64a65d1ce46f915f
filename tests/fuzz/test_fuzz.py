"""The fuzzer of policies finds planted mistakes within a bounded number of runs, and no others."""
import importlib.machinery
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WRONG = ROOT / "tests" / "judge" / "policies"
TOOL = ROOT / "tests" / "fuzz" / "policies"

sys.dont_write_bytecode = True
loader = importlib.machinery.SourceFileLoader("fuzz_policies", str(TOOL))
policies = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
loader.exec_module(policies)

RUNS = 20000


@pytest.fixture(name="fuzzed", scope="session")
def make_fuzzed(tmp_path_factory):
    """Fuzz a file with a mistake for so many runs: (status, runs, runs a second, output)."""
    folder = tmp_path_factory.mktemp("fuzz")
    harness = policies.build_harness(str(folder / "harness.o"))

    def fuzzed(source, mistake, rule="", runs=RUNS):
        own = folder / f"{source}-{mistake}"
        own.mkdir()
        policies.build(str(WRONG / f"{source}.c"), str(own / "fuzz"), False, harness,
                       f"-DMISTAKE={mistake}")
        return policies.fuzz(str(own / "fuzz"), str(own), [f"-runs={runs}"], rule)

    return fuzzed


@pytest.mark.parametrize("source,rule,mistake,verdict", [
    ("variants", "first_fit", "GIVES_TWICE", r"^(H1|P2|P4|P5|P6|rule|hang): "),
    ("variants", "first_fit", "CRASHES_ON_TOO_MANY", r"ERROR: AddressSanitizer"),
    ("variants", "", "FORGETS_PARTS", r"^P4: "),
    ("buddies", "buddy", "RELATIVE", r"^(H3|rule): "),
])
def test_a_planted_mistake_is_found_and_its_calls_are_shown(fuzzed, source, rule, mistake, verdict):
    status, _, _, said = fuzzed(source, mistake, rule)
    assert status == 1, said
    assert re.search(verdict, said, re.M), said
    assert re.search(r"^ +\d+  (#\d+ = alloc_pages|init_memmap|free_pages)\(", said, re.M), said


def test_nothing_is_found_in_a_right_file(fuzzed):
    status, runs, _, said = fuzzed("variants", "NONE", "first_fit", 3000)
    assert status == 0, said
    assert runs >= 3000


def test_the_runs_of_each_policy_are_told():
    done = subprocess.run([TOOL, "buddy_system", "--runs", "500"], stdout=subprocess.PIPE, text=True,
                          check=False, timeout=100)
    assert done.returncode == 0, done.stdout
    assert re.match(r"buddy_system +\d{3,} runs, \d+ a second, nothing found\n", done.stdout)


def test_nothing_is_found_with_a_front_cache_before_a_policy():
    done = subprocess.run([TOOL, "buddy_system", "--cache", "--runs", "2000"], text=True,
                          stdout=subprocess.PIPE, check=False, timeout=100)
    assert done.returncode == 0, done.stdout
    assert re.match(r"buddy_system\+cache +\d{4,} runs, \d+ a second, nothing found\n", done.stdout)


@pytest.mark.parametrize("name, source, old, new, words", [
    ("page_tables", "mm/page_table.c", "", "", "nothing found"),
    # Memory ran out half-way: the first of two tables stays.
    ("page_tables", "mm/page_table.c", "            free_empty_tables(path, level);\n", "",
     r"\d+ pages in use: \d+ mapped, \d+ tables|the hart still knows"),
    ("heap", "mm/slab.c", " || spare->live != 0", "", r"pages are granted|AddressSanitizer|panic at"),
    ("spaces", "mm/vmm.c", "        *entry &= ~(pte_t)PTE_W;\n", "", r"where only 0x\w+ may be"),
    ("archive", "fs/archive.c", " < size ? entry.next : size", "", r"AddressSanitizer"),
], ids=["page tables", "a table is lost", "a slab in use is given back",
        "a shared page stays writable", "an entry beyond the end"])
def test_what_has_a_model_is_fuzzed_and_a_planted_mistake_is_found(tmp_path, name, source, old, new,
                                                                   words):
    text = (ROOT / "kern" / source).read_text()
    assert old in text
    (tmp_path / Path(source).name).write_text(text.replace(old, new))
    done = subprocess.run([ROOT / "tests/fuzz/modelled", name, f"MM={tmp_path}", f"B={tmp_path}",
                           "RUNS=300" if old == "" else "RUNS=100000"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                          timeout=100)
    assert done.returncode == (0 if old == "" else 1), done.stdout
    assert re.search(words, done.stdout), done.stdout
