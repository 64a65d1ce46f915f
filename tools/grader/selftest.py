"""--self-test: the grader graded, by submissions whose marks are known (corpus.py).

The reference has to get full marks, a mutant to lose the points of what it breaks and no others, a
right file to keep them, an attack to get none. And a test that no mutant loses by itself is no test.
"""
import concurrent.futures
import dataclasses
import functools
import os
import tempfile

from . import build, corpus, grading, sandbox
from .faults import FULL, LOST, NotBuilt, Usage
from .plain import plain


KEY = b"of attacks, which may know the public seed"


class Grading(grading.Grading):
    explained = False


def graded(case, course):
    """The Result of a case, and whether something of it got outside. What a mutant loses is known
    for one seed; an attack must not know any."""
    if case.group == corpus.MUTANTS:
        course = dataclasses.replace(course, key=None, public_seed=1)
    elif case.group in corpus.ATTACKS and course.key is None:
        course = dataclasses.replace(course, key=KEY)
    with tempfile.TemporaryDirectory(prefix="case-") as folder:
        submission, work, marker = (os.path.join(folder, name)
                                    for name in ("submission", "work", "marker"))
        os.mkdir(work)
        text = case.text.replace("@MARKER@", marker)
        build.lay_out({case.task.file: text.encode()}, submission)
        run = Grading(submission, [(case.task, case.task.tests)], course, work, jobs=1)
        return run.run(), os.path.exists(marker)


# ---- what was expected, and what came ----------------------------------------------------------

def differences(case, marks):
    """A text for each test whose points are not what they should be."""
    for mark in marks:
        share, points = case.left(mark.test), mark.test.points
        if share is not None and mark.got != round(points * share, 2):
            yield f"{mark.test.name} is {mark.got:g}/{points}, not {points * share:g}"


def lost_by_itself(marks):
    """Names of tests, without those that were only lost with others that they need."""
    full = {mark.test.name for mark in marks if mark.full}
    return [mark.test.name for mark in marks
            if not mark.full and not mark.problem and full.issuperset(mark.test.needs)]


def expectation(case):
    if case.group in corpus.ATTACKS:
        return "to get nothing"
    names = [name if share == 0 else f"some {name}" for name, share in case.loses.items()
             if share is not None]
    return "to lose " + " ".join(names) if names else "to keep all"


def outcome(result):
    lost = " ".join(lost_by_itself(result.marks)) or "nothing"
    problems = [str(problem).partition("\n")[0] for problem in result.problems.values()]
    return f"{plain(' '.join(problems) or f'lost {lost}')}, {result.got:g}/{result.points}"


def unused(case, result):
    """Why an attack has shown nothing: only those on the walls are there to be no C."""
    if case.group in corpus.ATTACKS and case.group != corpus.ON_WALLS:
        return [f"not even built: {problem}" for problem in result.problems.values()
                if isinstance(problem, NotBuilt)]
    return []


# ---- all of them -------------------------------------------------------------------------------

class SelfTest:
    """tell gets each line as soon as those before it are there."""

    def __init__(self, chosen, course, tell=functools.partial(print, flush=True)):
        self.tasks, self.course, self.tell = chosen, course, tell
        self.count, self.wrong, self.lost = 0, [], set()

    def judge(self, case, result, escaped):
        wrong = [*differences(case, result.marks), *unused(case, result)]
        wrong += ["it had an effect outside"] if escaped else []
        self.count += 1
        if case.group == corpus.MUTANTS:
            self.lost.update(f"{case.task.name}/{name}" for name in lost_by_itself(result.marks))
        self.line(case.label, f"{expectation(case)}; {outcome(result)}", wrong)

    def line(self, label, text, wrong):
        self.tell(f"{'DIFF' if wrong else 'ok':4}  {label}: {'; '.join([text, *wrong])}")
        if wrong:
            self.wrong.append(label)

    def check_rubrics(self, cases):
        """Each visible test can be lost, and each task has a reference."""
        for task in self.tasks:
            if not any(case.task is task and case.group == corpus.REFERENCE for case in cases):
                self.line(task.name, "its rubric", ["no reference is known"])
            for test in task.tests:
                name = f"{task.name}/{test.name}"
                if not test.hidden and name not in self.lost:
                    self.line(name, "a test", ["no mutant loses it"])

    def grade(self, cases, jobs):
        pool = concurrent.futures.ThreadPoolExecutor(jobs)
        try:
            running = [(case, pool.submit(graded, case, self.course)) for case in cases]
            for case, run in running:
                self.judge(case, *run.result())
        except KeyboardInterrupt:
            sandbox.running.end_all()
            raise
        finally:
            pool.shutdown(cancel_futures=True)

    def run(self, only, jobs):
        """FULL or LOST. `only` is a glob on the names of cases."""
        chosen = [case for task in self.tasks for case in corpus.cases_of(task, only)]
        if not chosen:
            raise Usage(f"no case of the self-test is called '{only}'")
        for case in filter(lambda case: case.skipped, chosen):
            self.tell(f"skip  {case.label}: {case.skipped}")
        self.grade([case for case in chosen if not case.skipped], jobs)
        if only == "*":
            self.check_rubrics(chosen)
        if self.wrong:
            self.tell(f"{self.count} cases; not as it should be: {', '.join(self.wrong)}")
            return LOST
        self.tell(f"{self.count} cases, all as they should be")
        return FULL
