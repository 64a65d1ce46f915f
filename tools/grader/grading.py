"""Grades one submission: takes its files, prepares each task, judges the parts, marks the tests."""
import concurrent.futures
import dataclasses
import functools
import os
import shutil
import threading

from policies import CHILD, JUDGE, ROOT

from . import bands, build, checks, explain, intake, marking, plain, sandbox
from .faults import NotBuilt, OwnFault, Rejected
from .seeds import Seeds


TOOLS = ("gcc", "nm", "objcopy", "objdump", "readelf", "prlimit")


@dataclasses.dataclass
class Course:
    """What the teacher sets; at home, nothing."""

    hidden: str = None  # a folder
    key: bytes = None
    public_seed: int = 1


@dataclasses.dataclass
class Result:
    """Of a submission. status: of the gravest problem, or FULL or LOST."""

    where: str
    digest: str
    marks: list
    problems: dict  # {task's name: NotBuilt or Rejected}
    seeds: Seeds

    @property
    def got(self):
        return round(sum(mark.got for mark in self.marks), 2)

    @property
    def points(self):
        return sum(mark.test.points for mark in self.marks)

    @property
    def status(self):
        lost = 0 if self.got == self.points else 1
        return max([lost, *(problem.status for problem in self.problems.values())])


def check_programs():
    for needed in TOOLS:
        if shutil.which(needed) is None:
            raise OwnFault(f"{needed} is not installed: no file could be compiled")
    for needed in (JUDGE, CHILD, build.UNCONFINED):
        if not os.path.exists(needed):
            raise OwnFault(f"{os.path.relpath(needed, ROOT)} is not built: run make judge-programs")


class Grading:
    """One submission, in the folder `work`; wanted: [(task, its tests that count)]."""

    explained = True  # what stopped gets its line in the source

    def __init__(self, where, wanted, course, work, jobs):
        check_programs()
        self.where, self.wanted, self.course = where, wanted, course
        self.work, self.jobs = work, jobs
        self.lab = build.Lab(work)
        self.number, self.lock = 0, threading.Lock()

    def folder(self):
        """A new one, for one command to write into."""
        with self.lock:
            self.number += 1
            path = os.path.join(self.work, f"run-{self.number}")
        os.makedirs(path)
        return path

    def source(self, task):
        return os.path.join(self.work, task.name, "taken", task.file)

    # ---- a task ----

    @functools.cached_property
    def taken(self):
        """{task's name: its files or a problem}, and the digest of all that."""
        taken, everything = {}, {}
        for task, _ in self.wanted:
            try:
                files = intake.take(self.where, task.files(), task.limits.file_kb << 10)
                if task.file not in files:
                    raise NotBuilt(f"there is no file {task.file}")
                taken[task.name] = files
                everything.update(files)
            except (NotBuilt, Rejected) as problem:
                taken[task.name] = problem
                everything[f"problem of {task.name}"] = str(problem).encode()
            if task.variant:
                everything[f"variant of {task.name}"] = repr(task.variant).encode()
        return taken, intake.digest(everything)

    def prepare(self, task, files):
        """What the parts of a task are run on: build.Programs, or the objects of its check."""
        source = self.source(task)
        build.lay_out(files, source.removesuffix(task.file))
        if task.kind == "policy":
            return build.programs(self.lab, source, os.path.join(self.folder(), task.name))
        out = os.path.join(self.folder(), "check.o")
        checks.compile_check(self.lab, source, out)
        return [out, checks.around(self.work)]

    def prepared(self, task, files):
        if isinstance(files, Exception):
            return files
        try:
            return self.prepare(task, files)
        except (NotBuilt, Rejected) as problem:
            return problem

    def verdict(self, task, made, part, seeds):
        if task.kind == "policy":
            seed = seeds.of(f"{task.name}/{part}")
            if part == bands.PART:
                return self.measured(task, made, seed)
            return marking.property_verdict(made, self.folder(), task, part, seed)
        folder = self.folder()
        child = os.path.join(folder, "child")
        secret = None if seeds.key is None else seeds.of(f"{task.name}/{part}")
        build.link([*made, checks.subject(part, self.course.hidden, secret, folder)], child)
        return checks.verdict(task, part, child, folder, told=secret is None)

    def measured(self, task, made, seed):
        reference = bands.build_reference(self.lab, task.reference, self.folder())
        verdict = marking.measured_verdict((made.child, reference), self.folder(), task, seed)
        uncounted = verdict.measured and verdict.measured["uncounted"]
        if uncounted and self.course.key is not None:
            raise OwnFault(f"instructions cannot be counted here: {uncounted}")
        return verdict

    # ---- all of them ----

    def run(self, tell=lambda mark: None):
        """The Result; `tell` gets each mark as soon as those before it are there."""
        taken, digest = self.taken
        seeds = Seeds(self.course.public_seed, self.course.key, digest)
        result = Result(self.where, digest, [], {}, seeds)
        pool = concurrent.futures.ThreadPoolExecutor(self.jobs)
        try:
            made = {task.name: pool.submit(self.prepared, task, taken[task.name])
                    for task, _ in self.wanted}
            parts = {task.name: self.submit(pool, task, tests, made[task.name].result(), seeds)
                     for task, tests in self.wanted}
            for task, tests in self.wanted:
                self.mark_task(task, tests, made[task.name].result(), parts[task.name], result,
                               tell)
        except KeyboardInterrupt:
            sandbox.running.end_all()
            raise
        finally:
            pool.shutdown(cancel_futures=True)
        return result

    def submit(self, pool, task, tests, made, seeds):
        if isinstance(made, Exception):
            return {}
        parts = dict.fromkeys(part for test in tests for part in task.parts(test))
        return {part: pool.submit(self.verdict, task, made, part, seeds) for part in parts}

    def mark_task(self, task, tests, made, parts, result, tell):
        marks, explainer = {}, explain.Explainer(self, task)
        if isinstance(made, Exception):
            result.problems[task.name] = made
        verdicts = {}
        for test in task.tests:
            if test not in tests and not needed(task, test, tests):
                continue
            if isinstance(made, Exception):
                one = marking.Mark(task, test, 0, problem=plain.plain(str(made)))
            else:
                if all(marks[name].full for name in test.needs):  # else nothing is looked at
                    verdicts.update({part: parts[part].result() for part in task.parts(test)})
                one = marking.mark(task, test, verdicts, marks)
                if self.explained:
                    explainer.add_source(one)
            marks[test.name] = one
            if test in tests:
                result.marks.append(one)
                tell(one)


def needed(task, test, tests):
    """Does one of `tests` need it, at any remove?"""
    return any(test.name in each.needs or needed(task, test, below(task, each)) for each in tests)


def below(task, test):
    return [each for each in task.tests if each.name in test.needs]
