"""The exhaustive search finds no fault in what is right, and a short one in what is wrong."""
import importlib.machinery
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUN = ROOT / "tests" / "exhaustive" / "run"
WRONG = ROOT / "tests" / "judge" / "policies"

sys.path.insert(0, str(ROOT / "tools"))
from policies import registry  # noqa: E402

loader = importlib.machinery.SourceFileLoader("exhaustive_run", str(RUN))
run = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
sys.dont_write_bytecode = True
loader.exec_module(run)

# file, MISTAKE, options, the promise that is broken first.
MISTAKES = [
    ("variants", "ALWAYS_NULL", [], "P5"),
    ("variants", "COUNTS_ONE", [], "P4"),
    ("variants", "LOSES_PAGE", [], "P4"),
    ("variants", "KEEPS_REF", [], "P3"),
    ("variants", "WRITES_REF", [], "P3"),
    ("variants", "CHANGES_ON_NULL", [], "P5"),
    ("variants", "NEVER_JOINS", [], "P6"),
    ("variants", "JOINS_UPWARDS_ONLY", [], "P6"),
    ("variants", "REFUSES_EXACT_FIT", [], "P5"),
    ("variants", "CUTS_N_TO_32_BITS", [], "P5"),
    ("variants", "GIVES_FOREIGN", [], "P5"),
    ("variants", "SPLITS_SHORT", [], "P5"),
    ("variants", "HANGS_IN_FREE", [], "hang"),
    ("variants", "CRASHES_ON_TOO_MANY", [], "crash"),
    ("variants", "PANICS_ON_EMPTY", [], "panic"),
    ("variants", "TAKES_HIGH_END", ["--rule", "first_fit"], "rule"),
    ("variants", "FORGETS_PARTS", ["--parts"], "P4"),
    ("buddies", "JOINS_NEIGHBOURS", ["--rule", "buddy"], "H3"),
    ("buddies", "DOES_NOT_ROUND", ["--rule", "buddy"], "rule"),
    ("buddies", "IGNORES_ORDER", ["--rule", "buddy"], "P5"),
    ("buddies", "RELATIVE", ["--rule", "buddy", "--pool", "3:8"], "H3"),
    ("tail_insert", None, [], "P6"),
]


@pytest.fixture(name="searched", scope="session")
def make_searched(tmp_path_factory):
    """Build a file with a mistake, search it, return the process."""
    folder = tmp_path_factory.mktemp("exhaustive")

    def searched(source, mistake, options):
        out = folder / f"{source.stem}-{mistake}"
        run.build(str(source), str(out), False, f"-DMISTAKE={mistake}" if mistake else "")
        return subprocess.run([out, "--depth", "8", *options], stdout=subprocess.PIPE, text=True,
                              check=False, timeout=100)

    return searched


@pytest.mark.parametrize("name", [name for name, _ in registry()])
def test_every_policy_keeps_its_promises_in_all_short_sequences(name):
    done = subprocess.run([RUN, name, "--quick"], stdout=subprocess.PIPE, text=True, check=False,
                          timeout=100)
    assert done.returncode == 0, done.stdout
    assert re.search(r"full state: \d{3,} states, \d{4,} calls, depth 6", done.stdout)
    assert "closed" in done.stdout


# One that frees parts, and one that keeps pages for itself; the others in make exhaustive.
@pytest.mark.parametrize("name", ["first_fit", "page_list_buddy"])
def test_with_a_front_cache_of_two_pages_they_are_kept_too(name):
    done = subprocess.run([RUN, name, "--quick", "--cache"], stdout=subprocess.PIPE, text=True,
                          check=False, timeout=100)
    assert done.returncode == 0, done.stdout
    assert re.search(r"^\w+\+cache .* full state: \d{2,} states, \d{3,} calls, depth 6", done.stdout)
    assert "closed" in done.stdout


@pytest.mark.parametrize("source,mistake,options,promise", MISTAKES)
def test_a_mistake_is_found_in_at_most_12_calls(searched, source, mistake, options, promise):
    done = searched(WRONG / f"{source}.c", mistake, options)
    assert done.returncode == 1, done.stdout
    assert f"\n    {promise}: " in done.stdout, done.stdout
    steps = re.findall(r"^ +(\d+)  (\S.*)$", done.stdout, re.M)
    assert 2 <= int(steps[-1][0]) <= 12


@pytest.mark.parametrize("source", ["variants", "buddies"])
def test_a_right_file_is_not_blamed(searched, source):
    done = searched(WRONG / f"{source}.c", None, ["--sets"])
    assert done.returncode == 0, done.stdout
    assert "limitation" not in done.stdout


def test_a_file_that_asserts_on_0_pages_is_limited_only(searched):
    done = searched(WRONG / "variants.c", "ASSERTS_ON_ZERO", ["--sets"])
    assert done.returncode == 0, done.stdout
    assert "limitation (P5): asserts on alloc_pages(0)" in done.stdout


def test_a_house_policy_may_not_change_a_byte_when_it_answers_null(searched):
    done = searched(WRONG / "variants.c", None, ["--house"])  # it counts its calls
    assert done.returncode == 1
    assert "P5: NULL, but the policy's state is not what it was" in done.stdout


@pytest.mark.parametrize("flags,options,status", [
    ("", ["--frame-bytes", "8"], 0),
    ("", [], 1),  # what lies in frames is not put back
    ("-DKEEPS_LINK", ["--frame-bytes", "8"], 1),
])
def test_what_a_policy_keeps_in_frames_is_part_of_its_state(tmp_path, flags, options, status):
    out = tmp_path / "frame_stack"
    run.build(str(ROOT / "tests/exhaustive/policies/frame_stack.c"), str(out), True, flags)
    done = subprocess.run([out, "--house", "--depth", "8", "--pool", "0:5", *options], text=True,
                          stdout=subprocess.PIPE, check=False, timeout=100)
    assert done.returncode == status, done.stdout
