"""What the judge writes: JSON, tests to paste, and where a policy stopped."""
import json
import os
import re

import pytest

from test_judge import POLICIES, ROOT, broken, limitations, make_bench, run  # noqa: F401

from rewritten import UNBOUNDED, rewritten

HARNESS = """
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "pmm.h"
struct Page *pages;
size_t npage, nbase;
uint64_t va_pa_offset;
extern const struct pmm_manager dropin_pmm_manager;
int cprintf(const char *fmt, ...) { (void)fmt; return 0; }
__noreturn void __panic(const char *file, int line, const char *fmt, ...) {
    fprintf(stderr, "%%s:%%d: %%s\\n", file, line, fmt);
    exit(1);
}
void __warn(const char *file, int line, const char *fmt, ...) { (void)file; (void)line; (void)fmt; }
uintptr_t image_to_pa(uintptr_t va) { return va; }
struct Page *alloc_pages(size_t n) { return dropin_pmm_manager.alloc_pages(n); }
void free_pages(struct Page *base, size_t n) { dropin_pmm_manager.free_pages(base, n); }
size_t nr_free_pages(void) { return dropin_pmm_manager.nr_free_pages(); }

%(test)s
int main(void) {
    static char contents[%(descriptors)d * PGSIZE];
    pages = calloc(%(descriptors)d, sizeof(*pages));
    nbase = %(nbase)d;
    npage = nbase + %(descriptors)d;
    va_pa_offset = (uintptr_t)contents - (nbase << PGSHIFT);
    for (size_t i = 0; i < %(descriptors)d; i++) {
        pages[i].flags = (uint64_t)1 << PG_reserved;
    }
    test_%(name)s(&dropin_pmm_manager);
    return 0;
}
"""


def report(bench, child, *options):
    """The judge's JSON, and how it ended."""
    file = bench.folder / (child.name + ".json")
    done = run([bench.judge(), "--json", file, *options, child], timeout=300)
    return json.loads(file.read_text(encoding="utf-8")), done


def pasted(bench, found, source, mistake):
    """How the test that the judge printed ends when it is linked with that policy."""
    obj = bench.folder / (bench.child(POLICIES / f"{source}.c", mistake).name + ".o")
    text = HARNESS % {"test": found["test"], "name": found["name"], **found["pool"]}
    harness = bench.folder / f"{obj.stem}-{found['name']}-{mistake or 'right'}.c"
    harness.write_text(text.replace("#include <assert.h>\n", ""), encoding="utf-8")
    program = bench.compile(harness.stem + ".paste", "-w", harness, obj)
    return run(["timeout", "2", program])


PASTED = [("ALWAYS_NULL", "single"), ("GIVES_TWICE", "ranges_order"), ("COUNTS_ONE", "light"),
          ("LOSES_PAGE", "light"), ("HANGS_IN_FREE", "light"), ("CRASHES_ON_TOO_MANY", "refuse"),
          ("KEEPS_REF", "light"), ("CHANGES_ON_NULL", "refuse"), ("WRITES_REF", "light"),
          ("NEVER_JOINS", "merge"), ("JOINS_UPWARDS_ONLY", "merge"),
          ("KEEPS_STATE_AT_INIT", "reinit"), ("CUTS_N_TO_32_BITS", "refuse"),
          ("REFUSES_EXACT_FIT", "exhaust"), ("OVERSTATES", "init"), ("GIVES_FOREIGN", "single"),
          ("SPLITS_SHORT", "exhaust"), ("PANICS_ON_EMPTY", "exhaust"),
          ("CLEARS_NEIGHBOUR", "init"), ("CHECK_LEAKS", "selfcheck"),
          ("CHECK_PANICS", "selfcheck"),
          ("WRITES_FIRST_WORD", "light"), ("WRITES_LAST_WORD", "light")]


@pytest.mark.parametrize("mistake,prop", PASTED)
def test_the_pasted_test_fails_with_the_wrong_file_and_passes_with_a_right_one(bench, mistake, prop):
    seen, done = report(bench, bench.child(POLICIES / "variants.c", mistake), "--only", prop)
    found = {p["name"]: p for p in seen["properties"]}[prop]
    assert found["verdict"] == "broken" and found["test"], done.stdout
    wrong = pasted(bench, found, "variants", mistake)
    assert wrong.returncode != 0, found["test"]
    right = pasted(bench, found, "variants", "CHECKS_ITSELF")
    assert right.returncode == 0, found["test"] + right.stderr
    assert found["test"] in done.stdout


def test_the_test_of_a_buddy_passes_with_a_right_buddy(bench):
    seen, _ = report(bench, bench.child(POLICIES / "buddies.c", "TOP_BLOCK_LOST"), "--only", "merge")
    found = seen["properties"][0]
    assert pasted(bench, found, "buddies", "TOP_BLOCK_LOST").returncode != 0
    assert pasted(bench, found, "buddies", None).returncode == 0


def test_the_test_names_the_ranges_that_were_given_and_no_others(bench):
    seen, _ = report(bench, bench.child(ROOT / "docs/labs/allocator/first_fit_with_a_bug_pmm.c"),
                     "--only", "ranges_order")
    found = seen["properties"][0]
    given = {(int(page), int(page) + int(n)) for page, n in
             re.findall(r"init_memmap\(pages \+ (\d+), (\d+)\)", found["test"])}
    named = re.findall(r">= pages \+ (\d+) && p\d \+ \d+ <= pages \+ (\d+)\)", found["test"])
    assert {(int(page), int(end)) for page, end in named} == given
    assert found["pool"]["descriptors"] > max(end for _, end in given)  # there was another


def test_json_and_tsv_say_the_same(bench):
    child = bench.child(POLICIES / "variants.c", "LOSES_PAGE")
    seen, _ = report(bench, child, "--seeds", "5")
    rows, _ = bench.verdicts(child, "--seeds", "5")
    assert [p["name"] for p in seen["properties"]] == list(rows)
    for p in seen["properties"]:
        row = rows[p["name"]]
        assert p["verdict"] == row["verdict"]
        if p["verdict"] == "broken":
            assert (p["promise"], p["text"], p["again"]) == (row["promise"], row["text"], row["again"])
            assert "; ".join(s["call"] for s in p["steps"]) == row["calls"]
    assert seen["breaks"] and not seen["right"] and seen["policy"] == "variants"


def test_json_names_the_limitations_of_a_right_file(bench):
    seen, done = report(bench, bench.child(POLICIES / "variants.c", "LARGEST_POWER_ONLY"),
                        "--seeds", "5")
    assert done.returncode == 0 and seen["right"] and not seen["breaks"]
    assert [x["title"] for x in seen["limitations"]] == ["manages only the largest power of two"]
    assert "\nright, with 1 limitation: manages only the largest power of two\n" in done.stdout


HOSTILE = r"""
#include <pmm.h>
#define LINE "\"},]\\ \x01\x7f \xff\xc3( */ %s %n ' $(x)"
static void nothing(void) { panic("%s", LINE); }
static void memmap(struct Page *base, size_t n) { }
static struct Page *alloc(size_t n) { return NULL; }
static void give(struct Page *base, size_t n) { }
static size_t nr_free(void) { return 0; }
const struct pmm_manager my_pmm_manager = { LINE, nothing, memmap, alloc, give, nr_free, nothing };
"""


def test_json_is_valid_whatever_the_policy_says(bench, tmp_path):
    (tmp_path / "hostile.c").write_text(HOSTILE, encoding="utf-8")
    child = bench.child(tmp_path / "hostile.c")
    name = tmp_path / os.fsdecode(b"a \"child\"\n\xff\xe4\xb8\xad")
    name.symlink_to(child)
    file = tmp_path / "out.json"
    done = run([bench.judge(), "--only", "light", "--json", file, name], errors="replace")
    seen = json.loads(file.read_text(encoding="utf-8"))
    assert done.returncode == 1
    assert seen["program"].endswith("/a \"child\"\n\ufffd中")
    assert seen["policy"].startswith("\"},]\\ ?? ??(")
    assert seen["properties"][0]["promise"] == "panic"


# ---- where a file stops -------------------------------------------------------------------------

PLACES = {"INIT": "init()", "MEMMAP": "init_memmap(", "ALLOC": "alloc_pages(", "FREE": "free_pages(",
          "NR_FREE": "nr_free_pages()", "CHECK": "check()", "BASIC_CHECK": "basic_check()",
          "GRANT": "grant(", "OVERHEAD": "overhead()", "FOR_EACH": "for_each_free()",
          "CONSTRUCTOR": "the file, before its first call,"}
WORDS = {"HANGS": ("hang", "did not return within 0.2 s"), "CRASHES": ("crash", "crashed: "),
         "EXITS": ("crash", "ended the process with status 3")}


@pytest.mark.parametrize("how", WORDS)
@pytest.mark.parametrize("where", PLACES)
def test_a_file_that_stops_in_any_call_is_told_which(bench, how, where):
    child = bench.child(POLICIES / "stops.c", f"{how}+IN_{where}")
    only = "selfcheck" if "CHECK" in where else "single"
    rows, done = bench.verdicts(child, "--only", only, "--timeout-ms", "200")
    assert done.returncode == 1, done.stdout + done.stderr
    promise, words = WORDS[how]
    (row,) = [r for r in rows.values() if r["verdict"] == "broken"]
    assert row["promise"] == promise
    assert row["text"].startswith(PLACES[where]) and words in row["text"]
    assert f"WRONG: {promise}" in done.stdout


def test_the_file_that_stops_nowhere_is_right(bench):
    rows, done = bench.verdicts(bench.child(POLICIES / "stops.c"), "--seeds", "10")
    assert done.returncode == 0 and not limitations(rows) and not broken(rows)


# ---- tools/judge --------------------------------------------------------------------------------

def with_mistake(tmp_path, source, mistake):
    """The file with that mistake chosen in its text, and the lines where each pattern stands."""
    text = (POLICIES / f"{source}.c").read_text(encoding="utf-8")
    file = tmp_path / f"{source}.c"
    file.write_text(text.replace("#define MISTAKE NONE", f"#define MISTAKE {mistake}"), encoding="utf-8")
    return file


@pytest.mark.parametrize("mistake,prop,line,function", [
    ("HANGS_IN_FREE", "light", "for (volatile bool forever", "release"),
    ("CRASHES_ON_TOO_MANY", "refuse", "(volatile struct Page *)8", "refuse"),
    ("PANICS_ON_EMPTY", "exhaust", 'panic("no memory', "refuse"),
])
def test_the_line_where_a_file_stopped_is_told_and_decides_nothing(tmp_path, mistake, prop, line,
                                                                   function):
    file = with_mistake(tmp_path, "variants", mistake)
    done = run([ROOT / "tools/judge", file, "--only", prop, "--timeout-ms", "500"], timeout=120)
    number = 1 + file.read_text(encoding="utf-8").split(line)[0].count("\n")
    assert done.returncode == 1
    assert f"source ({prop}): variants.c:{number} in {function}\n" in done.stdout, done.stdout


def test_what_no_answer_shows_is_told_with_its_line_and_decides_nothing(tmp_path):
    file = tmp_path / "buddy.c"
    file.write_text(rewritten("buddy_system_pmm", UNBOUNDED), encoding="utf-8")
    number = 1 + file.read_text(encoding="utf-8").split(UNBOUNDED[1])[0].count("\n")
    done = run([ROOT / "tools/judge", file, "--seeds", "1"], timeout=120)
    assert done.returncode == 0 and "\nright, with " in done.stdout
    assert re.search(r"\nthough no answer shows it, sanitizers stop it \(heavy\): alloc_pages\(\d+\) .*"
                     r"overflow\)\nsource \(heavy\): buddy.c:(\d+) in buddy_alloc_pages\n$",
                     done.stdout)[1] == str(number), done.stdout


def test_a_promise_that_is_broken_without_a_stop_has_no_line(tmp_path):
    done = run([ROOT / "tools/judge", with_mistake(tmp_path, "variants", "LOSES_PAGE"), "--only",
                "light"], timeout=120)
    assert done.returncode == 1 and "source (" not in done.stdout


@pytest.mark.parametrize("name,words", [
    ("kern/mm/default_pmm.c", "slow: free_pages takes "),
    ("tests/judge/policies/stops.c", "slow: alloc_pages takes "),
    ("kern/mm/buddy_system_pmm.c", None),
    ("tests/judge/policies/buddies.c", None),
])
def test_slow_is_a_limitation_told_in_steps(tmp_path, name, words):
    file = tmp_path / "out.json"
    done = run([ROOT / "tools/judge", ROOT / name, "--only", "cost", "--json", file], timeout=120)
    seen = json.loads(file.read_text(encoding="utf-8"))
    assert done.returncode == 0 and seen["right"]
    assert [x["text"][:len(words or "")] for x in seen["limitations"]] == ([words] if words else [])


def test_slow_is_no_broken_promise_in_the_house_either():
    done = run([ROOT / "tools/judge", "first_fit", "--only", "cost"], timeout=120)
    assert done.returncode == 0
    assert "right (of what was asked for), with 1 limitation: slow\n" in done.stdout
