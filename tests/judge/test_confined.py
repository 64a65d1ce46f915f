"""A policy on the host can compute and answer; whatever else it tries is its file's fault.

Each act is done once more by a child that gave nothing up: there it has its way.
"""
import os
import platform
import select
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "tests" / "judge"
sys.path.insert(0, str(ROOT / "tools"))
from policies import JUDGE, build_child  # noqa: E402

pytestmark = pytest.mark.skipif(platform.machine() != "x86_64",
                                reason="the acts are written for x86-64")
INCLUDE = [f"-iquote{d}" for d in (HERE, ROOT / "libs", ROOT / "kern" / "mm")]
REFUSED = "alloc_pages(1) called the operating system, which no policy may"


def act(folder, what, unconfined=False):
    """The judge's run on acts.c that does `what`, and whether it left a trace."""
    source, child, trace = folder / "wrapped.c", folder / "child", folder / "trace"
    source.write_text(f'#define ACT {what}\n#define TRACE "{trace}"\n'
                      f'#include "{HERE / "policies" / "acts.c"}"\n')
    build_child(str(source), str(child))
    if unconfined:
        subprocess.run(["gcc", "-std=c11", "-O1", "-DUNCONFINED", *INCLUDE, HERE / "child.c",
                        f"{child}.o", "-o", child], check=True)
    done = subprocess.run([JUDGE, "--only", "light", "--seed", "1", "--seeds", "1", "--pool",
                           "0:64", child], text=True, check=False, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done, trace.exists()


ACTS = ["CREATE", "TRACE_PARENT", "FORK", "CONNECT", "READ_SEED"]


@pytest.mark.parametrize("what", [*ACTS, "KILL_PARENT", "SPEAK"])
def test_what_no_policy_may_ends_it_and_is_told(tmp_path, what):
    done, trace = act(tmp_path, what)
    assert done.returncode == 1, done.stdout + done.stderr
    assert REFUSED in done.stdout
    assert not trace


@pytest.mark.parametrize("what", ACTS)
def test_a_child_that_gave_nothing_up_has_its_way(tmp_path, what):
    done, trace = act(tmp_path, what, unconfined=True)
    assert trace, done.stdout + done.stderr


def ends(pid):
    """Now, or after some time that a busy machine takes for it."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return select.select([process], [], [], 20)[0]
    finally:
        os.close(process)


def test_what_a_child_started_ends_with_it(tmp_path):
    act(tmp_path, "FORK", unconfined=True)
    for path in Path("/proc").glob("[0-9]*/exe"):
        if os.path.realpath(path).startswith(str(tmp_path)):
            assert ends(int(path.parent.name)), path


def test_a_child_that_gave_nothing_up_can_kill_the_judge(tmp_path):
    done, _ = act(tmp_path, "KILL_PARENT", unconfined=True)
    assert done.returncode == -9


def test_a_file_that_does_nothing_of_the_kind_is_right(tmp_path):
    done, _ = act(tmp_path, "NOTHING")
    assert done.returncode == 0, done.stdout
