"""Policies that tell the host from the guest, or one build from another, and are wrong in one.

A point wants both worlds; and every build is of the same bytes.
"""
import os
import re
import shutil
import sys

import pytest

import handing_in
from handing_in import FIRST_FIT, FULL, LOST, OWN_FAULT, REJECTED, ROOT, SINGLES, grade

sys.path.insert(0, str(ROOT / "tools"))
from grader import batch, build, grading  # noqa: E402

pytestmark = pytest.mark.skipif(
    not (shutil.which("qemu-system-riscv64") and shutil.which("riscv64-unknown-elf-gcc")),
    reason="no QEMU, or no cross compiler")
BLOCKS = '#include "block_list.h"\n#include "pmm.h"\n'


def attacking(folder, text):
    text = BLOCKS + text + (handing_in.ATTACKS / "policy.h").read_text()
    return handing_in.hand_in(folder / "s", text)


def wrong_when(folder, condition):
    return attacking(folder, "#define BEFORE_ALLOC wrong = wrong || (%s)\n" % condition)


# ---- host and guest ----------------------------------------------------------------------------

ON_GUEST = "#ifdef __riscv\n#define HERE 1\n#else\n#define HERE 0\n#endif\n"


def test_who_is_wrong_in_the_kernel_only_loses_and_is_told_where(tmp_path):
    submission = attacking(tmp_path, ON_GUEST + "#define BEFORE_FREE wrong = HERE\n")
    done = grade(*SINGLES, "--json", tmp_path / "json", submission=submission)
    assert done.returncode == LOST and handing_in.got(done) == 0, done.stdout + done.stderr
    assert "in the kernel, RISC-V: P5: " in done.stdout
    assert re.search(r"^ +3  free_pages\(#1, 1\)", done.stdout, re.M) and "debug:" not in done.stdout
    again = re.search(r"again: tools/grade (.*)", done.stdout)[1].split()
    assert grade(*again).stdout == done.stdout
    assert "in the kernel" in handing_in.table(tmp_path / "json")["tests"][0]["why"]
    assert "fails in the kernel only" in grade("--gdb", SINGLES[1], submission=submission).stdout
    assert grade(*SINGLES, submission=submission, off=("guest",)).returncode == FULL


def test_who_is_wrong_on_the_host_only_loses_as_well(tmp_path):
    done = grade(*SINGLES, submission=attacking(
        tmp_path, ON_GUEST + "#define BEFORE_FREE wrong = !HERE\n"))
    assert done.returncode == LOST and handing_in.got(done) == 0
    assert "in the kernel" not in done.stdout and "debug:" in done.stdout


def test_in_the_kernel_too_memory_is_driven_to_exhaustion(tmp_path):
    """The mistake of the course's own file, which a mild mix does not meet."""
    text = (ROOT / "tests/dropin/right/address_list_pmm.c").read_text()
    text = ON_GUEST + "#define MISTAKE HERE\n" + text
    assert "NONE, TAIL_LINKS_TO_ITSELF" in text
    done = grade("--only", "first_fit/[lemo]*", submission=handing_in.hand_in(tmp_path, text))
    assert handing_in.lost(done) == {"first_fit/exhausts", "first_fit/merges"}, done.stdout
    assert done.stdout.count("in the kernel, RISC-V") == 2


def test_a_call_of_the_firmware_is_refused_and_past_the_gate_it_ends_the_kernel(tmp_path):
    submission = attacking(tmp_path, "#ifdef __riscv\n#define BEFORE_ALLOC "
                                     '__asm__ volatile("ecall")\n#endif\n')
    assert grade(*SINGLES, submission=submission).returncode == REJECTED
    done = grade(*SINGLES, submission=submission, off=("gate",))
    assert done.returncode == LOST and "crashed: call from supervisor mode" in done.stdout
    assert grade(*SINGLES, submission=submission, off=("gate", "guest")).returncode == FULL


def test_data_that_no_kernel_has_room_for_is_refused(tmp_path):
    huge = "static volatile char huge[24 << 20];\n#define BEFORE_ALLOC huge[n % sizeof(huge)] = 1\n"
    done = grade(*SINGLES, submission=attacking(tmp_path, huge))
    assert done.returncode == REJECTED and "more than 8 MiB" in done.stdout


# ---- the guest's own faults --------------------------------------------------------------------

def test_a_qemu_that_is_missing_or_killed_is_no_zero(tmp_path):
    (tmp_path / "key").write_bytes(bytes(range(16)))
    missing = {"PAGELAB_QEMU": "/nonexistent/qemu"}
    home = grade(*SINGLES, env=missing)
    assert home.returncode == FULL and "on this machine only" in home.stderr
    course = grade(*SINGLES, "--hidden", tmp_path, "--no-sandbox", env=missing)
    assert course.returncode == OWN_FAULT and "points" not in course.stdout
    assert "/nonexistent/qemu is not installed" in course.stderr
    fake = tmp_path / "qemu"
    fake.write_text("#!/bin/sh\nprintf x >&3; kill -9 $$\n")
    fake.chmod(0o755)
    killed = grade(*SINGLES, env={"PAGELAB_QEMU": str(fake)})
    assert killed.returncode == OWN_FAULT and "points" not in killed.stdout
    assert "QEMU" in killed.stderr and "ended" in killed.stderr, killed.stderr


def test_what_was_judged_without_a_kernel_is_graded_again_where_there_is_one(monkeypatch):
    here = batch.grader_hash(grading.Course(), [])
    monkeypatch.setattr(build, "no_guest", lambda: "there is no QEMU")
    assert batch.grader_hash(grading.Course(), []) != here


def test_a_qemu_that_was_handed_in_is_not_used(tmp_path):
    marker = tmp_path / "marker"
    submission = attacking(tmp_path, "")
    fake = submission / "qemu-system-riscv64"
    fake.write_text(f"#!/bin/sh\ntouch {marker}\necho 300/300 points\n")
    fake.chmod(0o755)
    assert grade(*SINGLES, submission=submission).returncode == FULL and not marker.exists()
    path = {"PATH": f"{submission}:/usr/bin:/bin"}
    done = grade(*SINGLES, submission=submission, env=path, off=("sandbox",))
    assert marker.exists() and done.returncode == OWN_FAULT and "points" not in done.stdout


# ---- builds ------------------------------------------------------------------------------------

THIS_CENTURY = "{0}[sizeof({0}) - 5] == '2'"
WITHOUT_EPOCH = """
from grader import sandbox
given = sandbox.environment
sandbox.environment = lambda path: {**given(path), "SOURCE_DATE_EPOCH": "%d"}
""" % (1 << 30)
WITHOUT_MTIME = "from grader import build\nbuild.os.utime = lambda *_: None\n"
UNOPTIMIZED = """
from grader import build
build.compile_object.__defaults__ = ("gcc -g -O0", *build.compile_object.__defaults__[1:])
"""


@pytest.mark.parametrize("when,more", [("__DATE__", WITHOUT_EPOCH), ("__TIMESTAMP__", WITHOUT_MTIME)],
                         ids=["date", "timestamp"])
def test_a_build_tells_nothing_of_the_day(tmp_path, when, more):
    submission = wrong_when(tmp_path, "!(%s)" % THIS_CENTURY.format(when))
    done = grade(*SINGLES, submission=submission)
    assert done.returncode == LOST and handing_in.got(done) == 0, done.stdout + done.stderr
    done = grade(*SINGLES, submission=submission, more=more)
    assert done.returncode == FULL, done.stdout + done.stderr


def test_what_is_right_in_other_builds_only_gets_nothing(tmp_path):
    text = ("#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__)\n"
            "#define BEFORE_ALLOC wrong = true\n#endif\n")
    done = grade(*SINGLES, submission=attacking(tmp_path, text))
    assert done.returncode == LOST and handing_in.got(done) == 0
    done = grade(*SINGLES, submission=tmp_path / "s", off=("guest",), more=UNOPTIMIZED)
    assert done.returncode == FULL, done.stdout + done.stderr


def test_two_builds_of_a_file_are_the_same_bytes(tmp_path):
    header = ("const char *const built = __DATE__ __TIME__ __TIMESTAMP__ __FILE__;\n"
              "const int counted = __COUNTER__;\n")
    files = {FIRST_FIT: b'#include "default_pmm.h"\n' + (ROOT / FIRST_FIT).read_bytes(),
             FIRST_FIT[:-1] + "h": header.encode()}
    objects = []
    for name in ("a", "b"):
        work = tmp_path / name
        source = work / "taken" / FIRST_FIT
        build.lay_out(files, str(work / "taken"))
        os.makedirs(work / "made")
        build.compile_object(build.Lab(str(work)), str(source), str(work / "made/object.o"))
        objects.append((work / "made/object.o").read_bytes())
    assert objects[0] == objects[1]
