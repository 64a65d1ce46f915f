"""A guest, the RISC-V object in a kernel that QEMU boots, is judged as a child on the host is.

Guests are built into a folder of the test's own; what is judged is kept short, as calls take longer.
"""
import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
POLICIES = ROOT / "tests" / "judge" / "policies"
WRONG = ROOT / "tests" / "dropin" / "wrong"
sys.path.insert(0, str(ROOT / "tools"))
from policies import JUDGE, RULES, build_child, build_guest, registry  # noqa: E402

QEMU = os.environ.get("PAGELAB_QEMU") or "qemu-system-riscv64"
pytestmark = pytest.mark.skipif(not shutil.which(QEMU), reason=f"there is no {QEMU} here")
OURS = dict(registry())


@pytest.fixture(name="make", scope="module")
def make_children(tmp_path_factory):
    """make(guest?, source, **macros): a child, built once."""
    folder, built = tmp_path_factory.mktemp("guest"), {}

    def make(guest, source, **macros):
        key = (guest, source, *macros.items())
        if key not in built:
            where = folder / str(len(built))
            where.mkdir()
            wrapped = where / "wrapped.c"
            wrapped.write_text("".join(f"#define {k} {v}\n" for k, v in macros.items())
                               + f'#include "{source}"\n')
            (build_guest if guest else build_child)(str(wrapped), str(where / source.stem))
            built[key] = where / source.stem
        return built[key]
    return make


def judge(child, *options, env=None):
    """What is broken: property -> promise; and the judge's process."""
    table = child.with_suffix(".tsv")
    table.unlink(missing_ok=True)
    done = subprocess.run([JUDGE, "--tsv", table, *options, child], text=True, check=False, env=env,
                          timeout=120, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    rows = []
    if table.exists():
        with open(table, encoding="utf-8") as text:
            rows = list(csv.reader(text, delimiter="\t", quoting=csv.QUOTE_NONE))
    return {row[0]: row[2] for row in rows if row[1] == "broken"}, done


SHORT = ["--only", "light", "--seeds", "1", "--pool", "0:64"]


@pytest.mark.parametrize("name", ["first_fit", "buddy_system", "page_list_buddy"])
def test_our_policies_keep_every_promise_in_a_guest(make, name):
    broken, done = judge(make(True, ROOT / OURS[name]), "--rule", RULES[name], "--house",
                         "--seeds", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert not broken and "\nright\n" in done.stdout


@pytest.mark.parametrize("source,macros,only,pool", [
    (WRONG / "tail_insert_pmm.c", {}, "merge", "0:8"),
    (WRONG / "order_off_by_one_pmm.c", {}, "merge", "0:2048"),
    (POLICIES / "stops.c", {"MISTAKE": "HANGS+IN_FREE"}, "single", "0:3"),
    (POLICIES / "stops.c", {"MISTAKE": "CRASHES+IN_ALLOC"}, "single", "0:3")])
def test_a_wrong_file_breaks_in_a_guest_what_it_breaks_on_the_host(make, source, macros, only, pool):
    options = ["--only", only, "--seeds", "1", "--pool", pool, "--timeout-ms", "300"]
    here, there = (judge(make(guest, source, **macros), *options) for guest in (False, True))
    assert here[0] and there[0] == here[0], there[1].stdout + here[1].stdout
    assert there[1].returncode == 1


def test_a_file_that_tells_the_guest_from_the_host_is_found_in_the_guest_only(make):
    acts = {"ACT": "WRONG_IN_GUEST"}
    assert judge(make(False, POLICIES / "acts.c", **acts), *SHORT)[0] == {}
    broken, done = judge(make(True, POLICIES / "acts.c", **acts), *SHORT)
    assert broken == {"light": "P3"}, done.stdout


def test_in_a_guest_frames_lie_at_their_own_physical_addresses(make):
    broken, done = judge(make(True, POLICIES / "acts.c", ACT="MOVED"), *SHORT, "--nbase",
                         "0x90003")
    assert not broken and done.returncode == 0, done.stdout


@pytest.mark.parametrize("act,promise,words", [
    ("PANIC", "panic", "panicked: it acts on"),
    ("TRAP", "crash", "crashed: store"),
    ("CALL_FIRMWARE", "crash", "crashed: call from supervisor mode"),
    ("SWITCH_OFF", "crash", "ended the machine"),
    ("SPOIL_WIRE", "crash", "crashed: store")])
def test_how_a_guest_ends_is_the_files_fault_and_is_told(make, act, promise, words):
    broken, done = judge(make(True, POLICIES / "acts.c", ACT=act), *SHORT, "--timeout-ms", "300")
    assert broken == {"light": promise}, done.stdout + done.stderr
    assert words in done.stdout


def test_two_guests_run_at_a_time(make):
    child = make(True, ROOT / OURS["first_fit"])
    running = [subprocess.Popen([JUDGE, *SHORT, child], stdout=subprocess.PIPE, text=True)
               for _ in range(2)]
    assert [p.communicate(timeout=60)[0].splitlines()[-1] for p in running] == [
        "right (of what was asked for)"] * 2


def test_without_qemu_it_is_the_judges_own_fault(make):
    _, done = judge(make(True, ROOT / OURS["first_fit"]), *SHORT,
                    env={**os.environ, "PAGELAB_QEMU": "/nonexistent/qemu"})
    assert done.returncode == 3
    assert "No such file" in done.stderr


def test_a_qemu_that_is_killed_is_the_judges_own_fault(make, tmp_path):
    fake = tmp_path / "qemu"
    fake.write_text("#!/bin/sh\nprintf x >&3; kill -9 $$\n")
    fake.chmod(0o755)
    _, done = judge(make(True, ROOT / OURS["first_fit"]), *SHORT,
                    env={**os.environ, "PAGELAB_QEMU": str(fake)})
    assert done.returncode == 3, done.stdout
    assert "QEMU" in done.stderr
