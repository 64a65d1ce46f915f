"""The judge accepts what is right, and says what is wrong with what is not.

Children are built into a folder of the test's own, from policies/ and kern/mm.
"""
import csv
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "tests" / "judge"
POLICIES = HERE / "policies"
WARN = ("-Wall -Wextra -Werror -Wshadow -Wundef -Wstrict-prototypes -Wmissing-prototypes -Wvla "
        "-Wconversion -Wno-sign-conversion -Wimplicit-fallthrough").split()
INCLUDE = [f"-iquote{d}" for d in (HERE, ROOT / "libs", ROOT / "kern" / "mm")]
SANITIZE = "-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"

sys.path[:0] = [str(ROOT / "tools"), str(HERE)]
from policies import RULES, registry  # noqa: E402
from rewritten import STALE_ABSORBED, STALE_GRANTED, rewritten  # noqa: E402

# Our own policies: kern/mm file, the options for its rule.
OURS = [(Path(path).stem, RULES.get(name, "")) for name, path in registry()]

# Blocks of 1 and 2 pages, and of 1, 2 and 4, with three entries to a list page.
PAGE_LIST_SMALL = [f"-DPAGE_LIST_ENTRIES=3 -DPAGE_LIST_TOP={top}{index}" for top in (14, 15)
                   for index in ("", " -DPAGE_LIST_INDEXED")]


def run(command, **kwargs):
    return subprocess.run([str(c) for c in command], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False, **kwargs)


class Bench:
    """Builds a judge and children, each once."""

    def __init__(self, folder):
        self.folder = folder
        self.built = {}

    def compile(self, output, *args, cc="gcc"):
        if output not in self.built:
            path = self.folder / output
            path.parent.mkdir(parents=True, exist_ok=True)
            done = run([cc, "-std=c11", "-g", *WARN, *INCLUDE, *args, "-o", path])
            assert done.returncode == 0, done.stderr
            self.built[output] = path
        return self.built[output]

    def judge(self, cc="gcc", flags="-O2"):
        """By gcc -O2 it is what make builds."""
        if (cc, flags) == ("gcc", "-O2"):
            return ROOT / "build" / "judge" / "judge"
        sources = [s for s in sorted(HERE.glob("*.c")) if s.name != "child.c"]
        name = "judge-" + cc + flags.replace(" ", "").replace(",", "-").replace("=", "-")
        return self.compile(name, *shlex.split(flags), *sources, cc=cc)

    def child(self, source, mistake=None, cc="gcc", flags="-O2", strict=False, build=""):
        name = "-".join([source.stem, mistake or "right", cc, "san" if "sanitize" in flags else "o"])
        name += build.replace(" ", "")
        obj = self.folder / (name + ".o")
        if name in self.built:
            return self.built[name]
        define = f" -DMISTAKE={mistake}" if mistake else ""
        done = run([ROOT / "tools" / "policy-object", "--cc", f"{cc} -g {flags}{define} {build}",
                    *(["--strict"] if strict else []), "-o", obj, source])
        assert done.returncode == 0, done.stderr
        return self.compile(name, *shlex.split(flags), HERE / "child.c", obj, cc=cc)

    def verdicts(self, child, *options, judge=None):
        """Property -> row of the judge's TSV, and its exit status; of 20 seeds, to be quick."""
        tsv = self.folder / (child.name + ".tsv")
        done = run([judge or self.judge(), "--tsv", tsv, "--seeds", "20", *options, child],
                   timeout=300)
        keys = ["property", "verdict", "promise", "text", "steps", "calls", "again"]
        with open(tsv, encoding="utf-8") as f:
            rows = [dict(zip(keys, r)) for r in csv.reader(f, delimiter="\t", quoting=csv.QUOTE_NONE)]
        return {r["property"]: r for r in rows}, done


@pytest.fixture(scope="session", name="bench")
def make_bench(tmp_path_factory):
    return Bench(tmp_path_factory.mktemp("judge"))


def broken(rows):
    return {name: row["promise"] for name, row in rows.items() if row["verdict"] == "broken"}


def limitations(rows):
    return "; ".join(row["text"] for row in rows.values() if row["verdict"] == "limitation")


# ---- right files --------------------------------------------------------------------------------

@pytest.mark.parametrize("name,rule", OURS)
@pytest.mark.parametrize("cc", ["gcc", "clang"])
def test_our_policies_keep_every_promise_and_every_house_rule(bench, name, rule, cc):
    child = bench.child(ROOT / "kern" / "mm" / f"{name}.c", cc=cc, strict=True)
    rows, done = bench.verdicts(child, "--house", "--as-found",
                                "--seeds", "100" if cc == "gcc" else "5",
                                *(["--rule", rule] if rule else []))
    assert done.returncode == 0, done.stdout + done.stderr
    assert {r["verdict"] for r in rows.values()} <= {"pass", "skipped"}


@pytest.mark.parametrize("name,rule", OURS)
def test_our_policies_pass_on_all_pools_under_sanitizers(bench, name, rule):
    child = bench.child(ROOT / "kern" / "mm" / f"{name}.c", cc="clang", strict=True,
                        flags="-O1 " + SANITIZE)
    _, done = bench.verdicts(child, "--house", *(["--rule", rule] if rule else []), "--full",
                             "--seeds", "5")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("options", ["-DPAGE_LIST_INDEXED", *PAGE_LIST_SMALL])
def test_every_build_of_page_list_buddy_keeps_every_promise(bench, options):
    child = bench.child(ROOT / "kern" / "mm" / "page_list_buddy_pmm.c", strict=True, build=options)
    rows, done = bench.verdicts(child, "--house", "--rule", "buddy")
    assert done.returncode == 0, done.stdout + done.stderr
    assert {r["verdict"] for r in rows.values()} <= {"pass", "skipped"}


@pytest.mark.parametrize("options", PAGE_LIST_SMALL)
def test_lists_of_three_entries_grow_and_shrink_on_pools_of_8_to_64_pages(bench, options):
    child = bench.child(ROOT / "kern" / "mm" / "page_list_buddy_pmm.c", strict=True, build=options)
    _, done = bench.verdicts(child, "--house", "--seeds", "150", "--pool", "0:8", "--pool", "1:16",
                             "--pool", "3:29", "--pool", "0:5,9:1,12:40")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("source,rule", [("variants", "first_fit"), ("buddies", "buddy")])
def test_a_right_file_in_the_old_style_passes_with_its_rule(bench, source, rule):
    rows, done = bench.verdicts(bench.child(POLICIES / f"{source}.c"), "--rule", rule)
    assert done.returncode == 0, done.stdout
    assert limitations(rows)[:21] == ("" if rule == "first_fit" else "refuses partial frees")


@pytest.mark.parametrize("mistake,prop", [("FREES_PARTS", "subrange"),
                                          ("CHECKS_ITSELF", "selfcheck")])
def test_what_a_file_has_beyond_the_least_is_tried_too(bench, mistake, prop):
    rows, done = bench.verdicts(bench.child(POLICIES / "variants.c", mistake))
    assert done.returncode == 0, done.stdout
    assert rows[prop]["verdict"] == "pass"


@pytest.mark.parametrize("mistake,words", [
    ("ASSERTS_ON_ZERO", "asserts on 0"),
    ("MARKS_RESERVED", "marks allocated pages reserved"),
    ("WRITES_LINKS", "H2 not kept"),
    ("TOP_SIZE_1", "no large part of memory"),
    ("ONE_RANGE_ONLY", "manages only one range: the first that it is given"),
    ("LAST_RANGE_ONLY", "manages only one range: the last that it is given"),
    ("LARGEST_POWER_ONLY", "manages only the largest power of two"),
    ("KEEPS_ONE_BACK", "manages fewer pages than it is given"),
    ("OWN_FLAGS", "own flags: uses 0x20"),
    ("OWNERS_FLAGS", "own flags in the owner's bits (H2 not kept)"),
    ("REFUSES_PARTS", "refuses partial frees"),
    ("NO_PG_PROPERTY", "keeps no PG_property (H1 not kept)"),
    ("STALE_PG_PROPERTY", "H1 not kept"),
])
def test_a_limitation_is_named_and_does_not_make_a_file_wrong(bench, mistake, words):
    child = bench.child(POLICIES / "variants.c", mistake)
    rows, done = bench.verdicts(child, "--seeds", "20")
    assert done.returncode == 0, done.stdout
    assert words in limitations(rows)


@pytest.mark.parametrize("mistake", ["ASSERTS_ON_ZERO", "WRITES_LINKS", "NO_PG_PROPERTY",
                                     "STALE_PG_PROPERTY", "LARGEST_POWER_ONLY"])
def test_a_limitation_is_a_broken_promise_in_the_house(bench, mistake):
    child = bench.child(POLICIES / "variants.c", mistake)
    _, done = bench.verdicts(child, "--house", "--seeds", "20")
    assert done.returncode == 1


@pytest.mark.parametrize("changes", [[STALE_ABSORBED], STALE_GRANTED], ids=["absorbed", "granted"])
def test_a_stale_mark_beside_a_list_of_free_blocks_is_a_limitation(bench, tmp_path, changes):
    source = tmp_path / f"stale_{len(changes)}.c"
    source.write_text(rewritten("buddy_system_pmm", *changes), encoding="utf-8")
    child = bench.child(source)
    rows, done = bench.verdicts(child, "--only", "single")
    assert done.returncode == 0, done.stdout
    assert re.search(r"stale PG_property \(H1 not kept\): page \d starts no free block",
                     limitations(rows))
    rows, _ = bench.verdicts(child, "--only", "single", "--house")
    assert broken(rows) == {"single": "H1"} and int(rows["single"]["steps"]) <= 3


def test_a_file_that_uses_no_descriptors_is_right_and_h1_is_said_not_to_be_kept(bench):
    rows, done = bench.verdicts(bench.child(POLICIES / "bitmap.c"), "--rule", "first_fit")
    assert done.returncode == 0, done.stdout
    assert "H1 not kept" in limitations(rows)


def test_a_policy_that_leaves_descriptors_alone_keeps_every_promise(bench):
    rows, done = bench.verdicts(bench.child(POLICIES / "lazy.c"), "--house", "--rule", "first_fit",
                                "--seeds", "8")
    assert done.returncode == 0, done.stdout
    assert {r["verdict"] for r in rows.values()} <= {"pass", "skipped"}


# ---- wrong files --------------------------------------------------------------------------------

@pytest.mark.parametrize("mistake, promise", [("DESCRIPTOR_CLEARED_AT_THE_START", "PMM_LAZY"),
                                              ("HEAD_MARKED_AT_A_FREE", "PMM_LAZY"),
                                              ("REF_CLEARED_AT_A_GRANT", "PMM_LAZY"),
                                              ("FREE_FRAME_LINKED", "PMM_LAZY"),
                                              ("REF_OF_A_FREE_FRAME_READ", "P5")])
def test_a_lazy_policy_that_touches_a_descriptor_is_found(bench, mistake, promise):
    rows, _ = bench.verdicts(bench.child(POLICIES / "lazy.c", mistake), "--as-found",
                             "--only", "light")
    assert broken(rows).get("light") == promise
    assert promise != "PMM_LAZY" or re.fullmatch(r"the descriptor of page \d+ was written to",
                                                 rows["light"]["text"])


# Mistake, a property that must show it, the promise that it breaks there.
WRONG = [
    ("ALWAYS_NULL", "single", "P5"),
    ("GIVES_TWICE", "ranges_order", "P5"),
    ("COUNTS_ONE", "light", "P4"),
    ("LOSES_PAGE", "light", "P4"),
    ("HANGS_IN_FREE", "light", "hang"),
    ("CRASHES_ON_TOO_MANY", "refuse", "crash"),
    ("KEEPS_REF", "light", "P3"),
    ("CHANGES_ON_NULL", "refuse", "P5"),
    ("WRITES_REF", "light", "P3"),
    ("NEVER_JOINS", "merge", "P6"),
    ("JOINS_UPWARDS_ONLY", "merge", "P6"),
    ("KEEPS_STATE_AT_INIT", "reinit", "init"),
    ("CUTS_N_TO_32_BITS", "refuse", "P5"),
    ("REFUSES_EXACT_FIT", "exhaust", "P5"),
    ("OVERSTATES", "init", "P7"),
    ("GIVES_FOREIGN", "single", "P5"),
    ("SPLITS_SHORT", "exhaust", "P5"),
    ("PANICS_ON_EMPTY", "exhaust", "panic"),
    ("STRAYS", "light", "P5"),
    ("EXITS", "light", "crash"),
    ("CLEARS_NEIGHBOUR", "init", "M4"),
    ("CHECK_LEAKS", "selfcheck", "P4"),
    ("CHECK_PANICS", "selfcheck", "panic"),
    ("FORGETS_PARTS", "subrange", "P4"),
    ("WRITES_FIRST_WORD", "light", "M2"),
    ("WRITES_LAST_WORD", "light", "M2"),
    ("WANTS_ZEROS", "init", "panic"),
]


@pytest.mark.parametrize("mistake,prop,promise", WRONG)
def test_a_wrong_file_breaks_the_right_promise_in_at_most_12_calls(bench, mistake, prop, promise):
    child = bench.child(POLICIES / "variants.c", mistake)
    rows, done = bench.verdicts(child, "--only", prop)
    assert done.returncode == 1, done.stdout
    assert broken(rows).get(prop) == promise, done.stdout
    assert int(rows[prop]["steps"]) <= 12 or prop == "reinit", done.stdout


def test_a_failure_is_shortened_unless_it_is_to_be_told_as_found(bench):
    child = bench.child(POLICIES / "buddies.c", "IGNORES_ORDER")
    short, long = (bench.verdicts(child, "--only", "heavy", *more)[0]["heavy"]
                   for more in ((), ("--as-found",)))
    assert (short["verdict"], short["promise"]) == (long["verdict"], long["promise"])
    assert int(short["steps"]) <= 12 < int(long["steps"])


def test_a_capacity_of_40_calls_is_found_though_it_takes_more_than_12(bench):
    rows, done = bench.verdicts(bench.child(POLICIES / "variants.c", "COUNTS_TO_40"), "--only",
                                "exhaust")
    assert done.returncode == 1
    assert broken(rows)["exhaust"] == "P5", done.stdout


@pytest.mark.parametrize("mistake,prop,promise", [
    ("JOINS_NEIGHBOURS", "buddies", "rule"),
    ("DOES_NOT_ROUND", "rounding", "rule"),
    ("RELATIVE", "aligned", "H3"),
    ("TOP_BLOCK_LOST", "merge", None),
    ("IGNORES_ORDER", "heavy", None),
])
def test_a_wrong_buddy_is_found(bench, mistake, prop, promise):
    child = bench.child(POLICIES / "buddies.c", mistake)
    rows, done = bench.verdicts(child, "--rule", "buddy", "--only", prop)
    assert done.returncode == 1, done.stdout
    assert prop in broken(rows), done.stdout
    assert promise in (None, broken(rows)[prop]), done.stdout


@pytest.mark.parametrize("mistake,rule", [("TAKES_HIGH_END", "first_fit"),
                                          ("TAKES_LAST_FIT", "first_fit")])
def test_a_placement_against_the_rule_costs_the_placement_only(bench, mistake, rule):
    child = bench.child(POLICIES / "variants.c", mistake)
    rows, done = bench.verdicts(child, "--rule", rule)
    assert broken(rows) == {"placement": "rule"}, done.stdout
    assert int(rows["placement"]["steps"]) <= 12


@pytest.mark.parametrize("rule", ["best_fit", "next_fit", "worst_fit"])
def test_first_fit_is_no_other_fit(bench, rule):
    rows, _ = bench.verdicts(bench.child(POLICIES / "variants.c"), "--rule", rule)
    assert broken(rows) == {"placement": "rule"}
    assert rule.replace("_", " ") in rows["placement"]["text"]
    assert int(rows["placement"]["steps"]) <= 12


def test_a_top_size_is_a_limitation_but_no_list_policy_may_have_one(bench):
    child = bench.child(POLICIES / "variants.c", "TOP_SIZE_1")
    rows, done = bench.verdicts(child, "--only", "light")
    assert done.returncode == 0, done.stdout
    for rule in ("first_fit", "worst_fit"):
        rows, done = bench.verdicts(child, "--rule", rule, "--only", "light")
        assert broken(rows) == {"light": "P5"}, done.stdout
        assert "pages in a row are free from page 0 on" in rows["light"]["text"]
        assert int(rows["light"]["steps"]) == 2


def test_the_tail_insert_loses_merging_and_exhaustion_and_keeps_the_rest(bench):
    rows, done = bench.verdicts(bench.child(POLICIES / "tail_insert.c"), "--rule", "first_fit")
    assert set(broken(rows)) == {"heavy", "exhaust", "merge", "whole"}, done.stdout
    for prop in ("merge", "whole", "exhaust"):
        assert int(rows[prop]["steps"]) <= 12, done.stdout


# ---- failures can be shown again ----------------------------------------------------------------

def test_the_command_that_is_printed_shows_the_failure_again(bench):
    child = bench.child(POLICIES / "variants.c", "JOINS_UPWARDS_ONLY")
    rows, _ = bench.verdicts(child)
    row = rows["heavy"] if rows["heavy"]["verdict"] == "broken" else rows["merge"]
    command = shlex.split(row["again"])
    again = run(command)
    assert again.returncode == 1
    assert row["text"] in again.stdout


def test_the_same_seed_gives_the_same_words(bench):
    child = bench.child(POLICIES / "variants.c", "LOSES_PAGE")
    command = [bench.judge(), "--seed", "7", "--only", "light", child]
    first, second = (run(command).stdout for _ in range(2))
    assert first == second


def test_the_table_tells_every_call_and_answer(bench):
    child = bench.child(POLICIES / "variants.c", "NEVER_JOINS")
    out = run([bench.judge(), "--only", "merge", "--pool", "0:8", child]).stdout
    assert "P6: NULL, though all is free again" in out
    for words in ("init_memmap(0, ", "#1 = alloc_pages(", "free_pages(#1, ", "NULL"):
        assert words in out


def test_a_sanitizer_explains_a_crash(bench):
    child = bench.child(POLICIES / "variants.c", "CRASHES_ON_TOO_MANY",
                        flags="-O1 " + SANITIZE)
    rows, _ = bench.verdicts(child, "--only", "refuse")
    assert rows["refuse"]["promise"] == "crash"
    assert "Sanitizer" in rows["refuse"]["text"] or "runtime error" in rows["refuse"]["text"]


def test_a_hang_names_the_call_and_the_limit(bench):
    child = bench.child(POLICIES / "variants.c", "HANGS_IN_FREE")
    rows, _ = bench.verdicts(child, "--only", "light", "--timeout-ms", "200")
    assert "free_pages(" in rows["light"]["text"]
    assert "did not return within 0.2 s" in rows["light"]["text"]


# ---- the judge as a program ---------------------------------------------------------------------

@pytest.mark.parametrize("options", [
    ["--no-such"], ["--rule", "worst"], ["--rule", ""], ["--seeds", "0"], ["--seeds", "x"], ["--pool", "3"],
    ["--pool", "0:0"], ["--pool", "0:8,4:8"], ["--only", "nothing"], ["--seed", "-1"],
])
def test_wrong_usage_is_status_2(bench, options):
    child = bench.child(POLICIES / "variants.c")
    assert run([bench.judge(), *options, child]).returncode == 2


@pytest.mark.parametrize("mistake,rule", [("ALIGNS_TO_RANGE", None)])
def test_a_buddy_that_counts_from_its_range_is_right_and_that_is_named(bench, mistake, rule):
    rows, done = bench.verdicts(bench.child(POLICIES / "buddies.c", mistake), "--seeds", "20")
    assert done.returncode == 0, done.stdout
    assert "aligns to the range" in limitations(rows)
    assert "with 2 limitations: " in done.stdout


def test_no_child_is_the_judges_own_fault(bench, tmp_path):
    assert run([bench.judge(), tmp_path / "nobody"]).returncode == 3
    assert run([bench.judge(), "/bin/false"]).returncode == 3
    assert run([bench.judge()]).returncode == 2


def test_list_names_every_property(bench):
    out = run([bench.judge(), "--list"]).stdout
    for name in ("init", "single", "refuse", "light", "heavy", "exhaust", "merge", "whole", "ranges",
                 "ranges_order", "reinit", "subrange", "owner", "selfcheck", "limits", "cost", "placement", "rounding",
                 "aligned", "buddies", "top", "measure"):
        assert f"\n{name} " in "\n" + out


def test_the_judge_itself_is_clean_under_sanitizers(bench):
    judge = bench.judge("clang", "-O1 " + SANITIZE)
    for source, mistake, status in (("variants", None, 0), ("variants", "LOSES_PAGE", 1),
                                    ("variants", "EXITS", 1), ("buddies", None, 0)):
        child = bench.child(POLICIES / f"{source}.c", mistake)
        done = run([judge, "--seeds", "3", child])
        assert done.returncode == status, done.stdout + done.stderr
        assert not done.stderr


if __name__ == "__main__":
    raise SystemExit(pytest.main([os.fspath(HERE / "test_judge.py")]))
