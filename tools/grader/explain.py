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

FORBIDDEN = "called the operating system"  # as the judge words it
STOPS = ("crash", "hang", "panic")
# Address sanitizers map terabytes that they do not use.
LIMITS = tasks.Limits(call_ms=1000, test_s=60, memory_mb=0)


def sanitized_child(lab, source, out):
    build.compile_object(lab, source, out + ".o", " ".join(["gcc -g", *SANITIZED]))
    flags = [flag for flag in SANITIZED if flag.startswith("-fsanitize=")]
    build.link([out + ".o"], out, confined=False, flags=flags)


class Explainer:
    """For the marks of one task; one stop of a kind is explained."""

    def __init__(self, run, task):
        self.run, self.task, self.told = run, task, set()

    def add_source(self, mark):
        """Give mark.failure its source line, if it stopped, and if the line can be had."""
        failure = mark.failure
        if (failure is None or failure.guest or not failure.options or failure.again not in STOPS
                or mark.test.hidden):
            return
        if FORBIDDEN in failure.why or (self.run.course.key is not None and sandbox.unusable()):
            return
        if failure.again not in self.told:
            self.told.add(failure.again)
            mark.failure = dataclasses.replace(failure, source=self.source(failure))

    def source(self, failure):
        folder = self.run.folder()
        child = os.path.join(folder, "sanitized")
        options = [*shlex.split(failure.options), "--only", failure.part]
        try:
            sanitized_child(self.run.lab, self.run.source(self.task), child)
            table = marking.judge(child, folder, options, LIMITS)
            seen = marking.verdict_of(failure.part, table, LIMITS)
        except (NotBuilt, Rejected, OwnFault):
            return ""
        return seen.source if seen.again == failure.again else ""
