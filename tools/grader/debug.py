"""--gdb TEST: the failing sequence again, with gdb in the process that holds the policy."""
import os
import shlex
import shutil
import subprocess

from policies import JUDGE

from . import build
from .faults import NotBuilt, Rejected, Usage

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "gdb_child.py")


def debug(run, name):
    """gdb's status. The child is the student's own file: no sandbox, no time limit."""
    marks = run.run().marks
    mark = next((mark for mark in marks if mark.name == name), None)
    if mark is None or mark.task.kind != "policy":
        raise Usage(f"--gdb wants one test of a policy, not '{name}'")
    if mark.problem:
        raise NotBuilt(mark.problem)
    if mark.failure is None or not mark.failure.options:
        print(f"{name} fails nowhere that gdb could show")
        return 0
    if mark.failure.guest:
        print(f"{name} fails in the kernel only, where this gdb does not look: {mark.why}")
        return 0
    source = run.source(mark.task)
    child = os.path.join(run.folder(), mark.task.name)
    try:
        build.compile_object(run.lab, source, child + ".o", "gcc -g -Og")
        build.link([child + ".o"], child, confined=False)
    except (NotBuilt, Rejected) as why:
        raise Usage(str(why)) from why
    print(mark.why, flush=True)
    return subprocess.run(command(mark, source, child), check=False).returncode


def command(mark, source, child):
    gdb = next(filter(shutil.which, ("gdb", "gdb-multiarch")), None)
    if gdb is None:
        raise Usage("there is no gdb on this machine")
    words = [gdb, "-q", "-ex", f"directory {os.path.dirname(source)}", "-x", SCRIPT]
    judge = [JUDGE, "--quiet", "--timeout-ms", "1000000", *shlex.split(mark.failure.options), child]
    return [*words, "--args", *judge]
