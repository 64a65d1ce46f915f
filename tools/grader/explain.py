"""Where a policy stopped: the line in the student's file, as a child with sanitizers sees it.

It only adds words: it runs after the verdict, and decides nothing. Sanitizers need system calls, so
this child has them: without walls it only runs for people who grade their own files.
"""
import dataclasses
import os
import shlex

from policies import SANITIZED

from . import build, marking, sandbox, tasks
from .faults import NotBuilt, OwnFault, Rejected

FORBIDDEN = "Bad system call"  # as the system words it when confine.c ended the child
STOPS = ("crash", "hang", "panic")


def sanitized_child(lab, source, out):
    build.compile_object(lab, source, out + ".o", " ".join(["gcc -g", *SANITIZED]))
    flags = [flag for flag in SANITIZED if flag.startswith("-fsanitize=")]
    build.link([out + ".o"], out, confined=False, flags=flags)


def explained(run, source, verdict):
    """The verdict, with the source line if it can be had."""
    if verdict.again not in STOPS or not verdict.options or verdict.source:
        return verdict
    if FORBIDDEN in verdict.why or (run.course.key is not None and sandbox.unusable()):
        return verdict
    folder = run.folder()
    child = os.path.join(folder, "sanitized")
    # Address sanitizers map terabytes that they do not use.
    limits = tasks.Limits(call_ms=1000, test_s=60, memory_mb=0)
    try:
        sanitized_child(run.lab, source, child)
        options = [*shlex.split(verdict.options), "--only", verdict.part]
        table = marking.judge(child, folder, options, limits)
    except (NotBuilt, Rejected, OwnFault):
        return verdict
    seen = marking.verdict_of(verdict.part, table, limits)
    if seen.again != verdict.again:
        return verdict
    return dataclasses.replace(verdict, source=seen.source)
