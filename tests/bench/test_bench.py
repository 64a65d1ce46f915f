"""make bench: what it counts, what it says of files from outside, and what bench-diff says of both."""
import importlib.machinery
import importlib.util
import json
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

import callgrind
import tables
from designs import Design

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "tests" / "judge"))
from rewritten import rewritten  # noqa: E402

RUN = HERE / "run"
DIFF = ROOT / "tools" / "bench-diff"
BASELINE = HERE / "baseline.json"

needs_valgrind = pytest.mark.skipif(shutil.which("valgrind") is None, reason="no valgrind here")


def run(*args):
    return subprocess.run([RUN, *map(str, args)], capture_output=True, text=True, timeout=300,
                          check=False)


def benched(folder, *args):
    """What a run writes and prints."""
    out = folder / "out.json"
    done = run("--json", out, *args)
    assert done.returncode == 0, done.stderr
    return json.loads(out.read_text()), done.stdout


def row_of(result, policy, workload):
    return next(row for row in result["rows"]
                if (row["policy"], row["workload"]) == (policy, workload))


def diff(*args):
    return subprocess.run([DIFF, *map(str, args)], capture_output=True, text=True, check=False)


# ---- instructions -----------------------------------------------------------------------------

@pytest.fixture(scope="module", params=["buddy_system", "everything"])
def counted(request, tmp_path_factory):
    """Instructions: of one policy in each course, of all in two."""
    if shutil.which("valgrind") is None:
        pytest.skip("no valgrind here")
    folder = tmp_path_factory.mktemp("counted")
    what = [request.param] if request.param != "everything" else ["--workload", "aA"]
    benched(folder, "--counts", *what)
    return folder / "out.json"


def test_no_policy_takes_more_instructions_than_the_baseline_says(counted):
    made_by = json.loads(counted.read_text())["machine"]["compiler"]
    pinned = json.loads(BASELINE.read_text())["machine"]["compiler"]
    if made_by != pinned:
        pytest.skip(f"the baseline is of {pinned}, this is {made_by}")
    done = diff(BASELINE, counted)
    assert done.returncode == 0, done.stdout + done.stderr


def test_callgrinds_file_is_read_for_the_calls_of_two_functions():
    text = """fn=(4) bench_alloc
207 256
cfi=(3)
cfn=(6) policy_alloc
calls=10 -99
* 480
+3 512

fn=(9) policy_alloc
5 1000
cfn=(12) bench_free
calls=7 3
1 999

fn=(12)
214 256
cfn=(14) policy_free
calls=4 83
* 200
cfn=(14)
calls=1 83
* 60
"""
    found = callgrind.calls_made_by(text.splitlines(), ("bench_alloc", "bench_free"))
    assert found == {"bench_alloc": (10, 480), "bench_free": (5, 260)}


# ---- a whole run, on little memory ------------------------------------------------------------

@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return benched(tmp_path_factory.mktemp("small"), "buddy_system", "--pages", 4096,
                   "--workload", "cf")


def test_the_policy_itself_is_what_times_are_compared_with(small):
    for workload in "cf":
        row = row_of(small[0], "buddy_system", workload)
        assert row["to_buddy"] == 1
        assert (row["to_floor"] is None) == (workload == "c")  # the floor has single pages only
    assert not any(row["policy"] == "floor" for row in small[0]["rows"])


def test_fragmentation_is_followed_through_a_course(small):
    row = row_of(small[0], "buddy_system", "c")
    assert [point["at"] for point in row["series"]] == [2048 * i for i in range(9)]
    assert 1.05 < row["granted_requested"] < 1.35 and row["refused"] < 0.01
    last = row["series"][-1]
    assert {name: row[name] for name in ("free_pages", "largest", "share_2m")} == {
        name: last[name] for name in ("free_pages", "largest", "share_2m")}
    assert 0 < row["free_pages"] < 4096 * 3 / 10
    assert row["unusable"] == sorted(row["unusable"]) and row["unusable"][0] == 0
    for k, index in enumerate(row["gorman"]):
        assert (index is None) == (row["largest"] >= 1 << k)


@needs_valgrind
def test_guards_lock_and_counts_cost_instructions_and_metadata(small):
    plain, facade = (row_of(small[0], name, "f") for name in ("buddy_system", "buddy_system+facade"))
    assert facade["alloc"] > plain["alloc"] and facade["free"] > plain["free"]
    assert facade["metadata"] > plain["metadata"] >= 32
    assert facade["kind"] == "facade"


# ---- files from outside -----------------------------------------------------------------------

SPIN = """
    for (volatile unsigned i = 0; i < 120000; i++) {
    }
"""
PANICS = """
    if (n == 2) {
        panic("two pages are too many");
    }
"""
ALLOC = "static struct Page *\nfirst_fit_alloc_pages(size_t n) {"


@pytest.fixture(scope="module")
def outside(tmp_path_factory):
    """A file from outside: first-fit, which takes its time, and cannot stand requests for two pages."""
    folder = tmp_path_factory.mktemp("outside")
    source = folder / "mine_pmm.c"
    source.write_text(rewritten("default_pmm", (ALLOC, ALLOC + SPIN + PANICS)))
    return benched(folder, source, "--pages", 4096, "--workload", "Ae")


def test_a_file_from_outside_is_benched_at_its_vtable(outside):
    result, printed = outside
    row = row_of(result, "mine_pmm", "A")
    assert row["kind"] == "dropin" and row["pages"] == 4096
    assert row["to_buddy"] > 10 and row["to_floor"] > row["to_buddy"]
    assert row["free_pages"] == row["largest"] == 2048 and row["share_2m"] == 1
    assert row["granted_requested"] == 1 and row["refused"] == 0
    assert "mine_pmm" in printed


@needs_valgrind
def test_what_it_takes_is_counted_and_so_is_what_it_touches(outside):
    row = row_of(outside[0], "mine_pmm", "A")
    assert row["alloc"] > 240000 and 10 < row["free"] < 100
    assert row["instructions"] == (row["alloc"] + row["free"]) / 2
    assert 32 <= row["metadata"] < 40


def test_what_is_slow_is_sampled_and_says_so(outside):
    result, printed = outside
    row = row_of(result, "mine_pmm", "A")
    assert "of 32768 requests in a round" in row["sampled"] and row["timed"] < 32768 * 3 / 4
    assert re.search(r"(?m)^mine_pmm +~", printed) and "`sampled` says how" in printed


def test_a_panic_costs_the_row_it_happens_in_and_no_other(outside):
    result, printed = outside
    assert "two pages are too many" in row_of(result, "mine_pmm", "e")["failed"]
    assert "failed: mine_pmm e at 4096 pages" in printed
    assert "failed" not in row_of(result, "mine_pmm", "A")


def test_what_was_slow_is_followed_to_larger_memory_without_its_cache_and_in_two_courses():
    loader = importlib.machinery.SourceFileLoader("bench_run", str(RUN))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("bench_run", loader))
    loader.exec_module(module)
    quick, slow, cache, facade = chosen = [
        Design(name, kind, "", policy, 0) for name, kind, policy in (
            ("quick", "policy", "quick"), ("slow", "policy", "slow"), ("slow+cache", "cache", "slow"),
            ("quick+facade", "facade", "quick"))]
    rows = [{"policy": "slow", "workload": "b", "sampled": "..."}, {"policy": "quick", "workload": "b"}]
    hopeless = {}
    assert module.follow(chosen, [], 1 << 24, hopeless) == [quick, slow, cache, facade]
    assert module.follow(chosen, rows, 1 << 20, hopeless) == [quick, slow, facade]
    assert not hopeless
    assert module.follow(chosen, rows, 1 << 24, hopeless) == [quick, slow]
    assert set(hopeless) == {("slow", w) for w in "aALcdfu"}


@needs_valgrind
def test_a_file_that_is_called_as_one_of_ours_is_measured_itself(tmp_path):
    source = tmp_path / "buddy_system.c"
    source.write_text(rewritten("default_pmm"))
    result, _ = benched(tmp_path, "--counts", "--workload", "a", source)
    assert row_of(result, "buddy_system.c", "a")["instructions"] < 40  # first-fit's, where it is quick
    assert result["selection"]["policy"] == "buddy_system.c"


@pytest.mark.parametrize("args, said", [
    (["buddy"], "unknown policy 'buddy'; there are first_fit"),
    (["--workload", "aZ"], "unknown workload 'Z'; there are a A L b c d e f u"),
    (["--pages", "many"], "'many' is no number"),
    (["--pages", "100"], "less than 4096"),
    (["nowhere/mine.c"], "nowhere/mine.c: no such file"),
], ids=["policy", "workload", "no number", "too little memory", "file"])
def test_what_there_is_not_is_said_clearly(args, said):
    done = run(*args)
    assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr


# ---- bench-diff -------------------------------------------------------------------------------

def result_of(**changes):
    """A result with two rows; what is changed: name=value in its machine, a=, b= the counts."""
    counts = {"a": 50.0, "b": 80.0} | {w: changes.pop(w) for w in "ab" if w in changes}
    machine = {"compiler": "gcc 12", "flags": "-O2", "seed": 1} | changes
    return {"schema": 1, "kind": "host", "machine": machine,
            "rows": [{"policy": "mine", "workload": w, "pages": 32768, "instructions": n}
                     for w, n in counts.items()]}


def diff_of(folder, old, new, *args):
    paths = [folder / "old.json", folder / "new.json"]
    for path, result in zip(paths, (old, new)):
        path.write_text(result if isinstance(result, str) else json.dumps(result))
    return diff(*paths, *args)


@pytest.mark.parametrize("new, status, said", [
    ({}, 0, "2 rows compared, 0 slower"),
    ({"a": 50.2}, 0, "0 slower"),
    ({"a": 50.5}, 1, "slower  mine a, 32768 pages: 50.0 -> 50.5  +1.0 %"),
    ({"a": 45.0}, 0, "faster  mine a, 32768 pages: 50.0 -> 45.0  -10.0 %"),
    ({"b": None}, 1, "gone    mine b, 32768 pages: 80.0 -> -"),
], ids=["the same", "within the tolerance", "slower", "faster", "gone"])
def test_bench_diff_fails_where_a_row_is_slower_or_gone(tmp_path, new, status, said):
    done = diff_of(tmp_path, result_of(), result_of(**new))
    assert done.returncode == status and said in done.stdout


def test_bench_diffs_tolerance_is_in_percent(tmp_path):
    slower = result_of(a=55.0)
    assert diff_of(tmp_path, result_of(), slower, "--tolerance", "11").returncode == 0
    assert diff_of(tmp_path, result_of(), slower, "--tolerance", "9").returncode == 1


def test_bench_diff_passes_over_what_a_part_is_not_about(tmp_path):
    part = result_of(b=None) | {"selection": {"policy": "mine", "workloads": "a", "pages": [32768]}}
    assert diff_of(tmp_path, result_of(), part).returncode == 0
    part["selection"]["workloads"] = "ab"
    assert diff_of(tmp_path, result_of(), part).returncode == 1
    part["selection"]["policy"] = "other"
    done = diff_of(tmp_path, result_of(), part)
    assert done.returncode == 2 and "nothing was counted that" in done.stderr


@pytest.mark.parametrize("new, said", [
    ("no JSON at all", "this is no JSON"),
    ("[1, 2]", "this is no result of make bench"),
    ({"rows": []}, "this is no result of make bench"),
    (result_of(compiler="gcc 13"), "not the same compiler: gcc 12 in "),
    (result_of(flags="-O0"), "not the same flags"),
    (result_of(seed=2), "not the same seed"),
    (result_of() | {"kind": "guest"}, "not the same kind"),
], ids=["no JSON", "a list", "no machine", "compiler", "flags", "seed", "kind"])
def test_bench_diff_refuses_what_cannot_be_compared(tmp_path, new, said):
    done = diff_of(tmp_path, result_of(), new)
    assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr


def test_bench_diff_names_a_file_that_is_not_there(tmp_path):
    done = diff(tmp_path / "none.json", BASELINE)
    assert done.returncode == 2 and "none.json: No such file" in done.stderr


# ---- targets ----------------------------------------------------------------------------------

def outcomes(target, *rows):
    return list(tables.outcomes(target, tables.Rows(list(rows))))


def made_row(policy, pages, **figures):
    return {"policy": policy, "workload": "a", "pages": pages} | figures


def test_a_target_is_met_or_not_or_not_spoken_of():
    target = {"policy": "*+cache", "pages": 8, "field": "instructions", "at_most": {"a": 20}}
    rows = [made_row("x+cache", 8, instructions=20), made_row("y+cache", 8, instructions=21),
            made_row("x", 8, instructions=50), made_row("z+cache", 8, failed="panic")]
    assert outcomes(target, *rows) == [("x+cache", "a", 20, 20, True), ("y+cache", "a", 21, 20, False)]


def test_a_target_may_be_a_ratio_to_another_size_or_a_difference_to_another_policy():
    rows = [made_row("x", 8, ns=10.0, alloc=5, free=6), made_row("x", 64, ns=16.0),
            made_row("x+facade", 8, alloc=25, free=26)]
    growth = {"policy": "x", "pages": 64, "field": "ns", "over": {"pages": 8}, "at_most": {"a": 1.5}}
    assert outcomes(growth, *rows) == [("x", "a", 1.6, 1.5, False)]
    above = {"policy": "x+facade", "pages": 8, "field": "pair", "above": {"policy": "x"},
             "at_most": {"a": 40}}
    assert outcomes(above, *rows) == [("x+facade", "a", 40, 40, True)]
    share = {"policy": "x", "pages": 8, "field": "ns", "at_least": {"a": 11}}
    assert outcomes(share, *rows) == [("x", "a", 10, 11, False)]
