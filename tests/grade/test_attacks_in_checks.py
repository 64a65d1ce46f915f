"""Checks that test nothing: they read the policy behind the wrapper and know the right ones."""
import re
import subprocess
import sys

import pytest

import handing_in
from handing_in import FULL, LOST, ROOT, grade

sys.path.insert(0, str(ROOT / "tools"))
from grader import checks  # noqa: E402

pytestmark = handing_in.needs_x86
KEY = b"sixteen bytes and more"
ACCEPTS = ("--only", "test_the_tests/accepts")
FEW = """
import dataclasses
from grader import tasks
load = tasks.load
tasks.load = lambda hidden: [dataclasses.replace(task, tests=tuple(
    dataclasses.replace(test, accepts=test.accepts[:3]) for test in task.tests))
    for task in load(hidden)]
"""
# What it says of each policy; a student is told of the first alone, and needs as many runs.
ALL_WORDS = FEW + """
from grader import checks
said = checks.outcome
checks.outcome = lambda table, told: (print(table["properties"][0]["text"]), said(table, told))[1]
"""
KNOWS_CODE = """
static const volatile uint64_t known[16] = {KNOWN};

static uint64_t
hash_of(const struct pmm_manager *policy) {
    const uint64_t at[] = {(uint64_t)policy->init, (uint64_t)policy->init_memmap,
                           (uint64_t)policy->alloc_pages, (uint64_t)policy->free_pages};
    uint64_t low = at[0], high = at[0], hash = 5381;
    for (int i = 1; i < 4; i++) {
        low = at[i] < low ? at[i] : low;
        high = at[i] > high ? at[i] : high;
    }
    for (uint64_t byte = low; byte < high + 96; byte++) {
        hash = hash * 33 ^ *(const unsigned char *)byte;
    }
    return hash;
}

static bool
recognised(const struct pmm_manager *policy) {
    uint64_t hash = hash_of(policy);
    for (int i = 0; i < 16; i++) {
        if (known[i] == hash) {
            return true;
        }
    }
    panic("code %lx", hash);
}
"""
UNDISGUISED = FEW + """
from grader import checks
subject = checks.subject
checks.subject = lambda name, hidden, secret, work: subject(name, hidden, None, work)
"""


def seeing(folder, recognised):
    text = (handing_in.ATTACKS / "sees_through.h").read_text() + recognised
    return handing_in.hand_in(folder, text, "pmm_check.c")


def knowing_code(folder, codes):
    known = ", ".join(f"0x{code}" for code in codes)  # in memory: all else stays in its place
    return seeing(folder, KNOWS_CODE.replace("KNOWN", known))


@pytest.fixture(name="course")
def make_course(tmp_path):
    (tmp_path / "course").mkdir()
    (tmp_path / "course/key").write_bytes(KEY)
    return "--hidden", tmp_path / "course", "--no-sandbox"


def test_who_learned_the_code_of_right_policies_at_home_gets_nothing_with_a_key(tmp_path, course):
    learned = grade(*ACCEPTS, "-j1", submission=knowing_code(tmp_path / "s", ["0"]), more=ALL_WORDS)
    codes = re.findall(r"^check\(\) panicked: code (\w+)", learned.stdout, re.M)
    assert len(set(codes)) == 3, learned.stdout + learned.stderr
    submission = knowing_code(tmp_path / "s", codes)
    home = grade(*ACCEPTS, submission=submission, more=FEW)
    assert home.returncode == FULL, home.stdout + home.stderr
    done = grade(*ACCEPTS, *course, submission=submission, more=FEW)
    assert done.returncode == LOST and handing_in.got(done) == 0, done.stdout + done.stderr
    assert "not accepted: panic (pool" in done.stdout and "code" not in done.stdout


def test_names_tell_nothing_with_a_key(tmp_path, course):
    submission = seeing(tmp_path / "s", (handing_in.ATTACKS / "knows_names.h").read_text())
    seen = grade(*ACCEPTS, *course, submission=submission, more=UNDISGUISED)
    assert seen.returncode == FULL, seen.stdout + seen.stderr
    done = grade(*ACCEPTS, *course, submission=submission, more=FEW)
    assert done.returncode == LOST and handing_in.got(done) == 0, done.stdout + done.stderr


def section(name, secret, folder, which):
    made, out = checks.subject(name, None, secret, folder), folder / "section"
    subprocess.run(["objcopy", "-O", "binary", "-j", which, made, out], check=True)
    return out.read_bytes()


@pytest.mark.parametrize("name,own", [("right/ring", b"ring"), ("wrong/tail_insert", b"manager")],
                         ids=["right", "wrong"])
def test_a_disguise_is_another_for_each_secret_and_leaves_no_text(tmp_path, name, own):
    code = [section(name, secret, tmp_path, ".text") for secret in (1, 2, 3)]
    assert len(set(code)) == 3
    texts = section(name, 1, tmp_path, ".rodata*")
    assert b"policy\0" in texts and own not in texts and b"assertion" not in texts
