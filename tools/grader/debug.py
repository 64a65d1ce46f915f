"""--gdb TEST: the failing sequence again, with gdb in the process that holds the policy."""
import os
import shlex
import subprocess

from policies import JUDGE

from . import build
from .faults import NotBuilt, Rejected, Usage


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
    source = run.source(mark.task)
    child = os.path.join(run.folder(), mark.task.name)
    try:
        build.compile_object(run.lab, source, child + ".o", "gcc -g -Og")
        build.link([child + ".o"], child, confined=False)
    except (NotBuilt, Rejected) as why:
        raise Usage(str(why)) from why
    print(f"{mark.why}\nstops in __panic, or at the crash; `up` leads into the policy")
    return subprocess.run(command(mark, source, child), check=False).returncode


def command(mark, source, child):
    """The judge makes one child after the other: gdb goes into each, and stays with the last."""
    settings = ["set breakpoint pending on", "set follow-fork-mode child",
                "set detach-on-fork off", "set schedule-multiple on",
                f"directory {os.path.dirname(source)}", "break __panic"]
    words = ["gdb", "-q"]
    for setting in settings:
        words += ["-ex", setting]
    judge = [JUDGE, "--quiet", "--timeout-ms", "1000000", *shlex.split(mark.failure.options), child]
    return [*words, "-ex", "run", "--args", *judge]
