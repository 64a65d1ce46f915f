"""Tasks: what is handed in, what is tested, what it is worth. All of it is data, in rubrics/."""
import dataclasses
import os
import tomllib

from . import bands, variants
from .faults import OwnFault

RUBRICS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "rubrics")
SUFFIX = ".toml"


@dataclasses.dataclass(frozen=True)
class Limits:
    call_ms: int = 2000  # for one call of the policy
    test_s: int = 300  # for one property, wall clock, on a busy machine
    memory_mb: int = 2048  # address space of judge and child, each
    file_kb: int = 256  # the longest file that is taken


@dataclasses.dataclass(frozen=True)
class Graded:
    """Worth `points` if all it rests on holds; with `partial`, a share for each part that does.

    A policy's test rests on properties of the judge; a check's test on policies that it has to
    tell from right ones. `unless`: limitations that cost these points, though not the others.
    """

    name: str
    title: str
    points: int
    properties: tuple = ()
    optional: tuple = ()  # properties that cost nothing when they do not apply
    rejects: tuple = ()
    accepts: tuple = ()
    measure: str = ""  # what the points are for (bands.py), by `bands`: (ratio, points)
    bands: tuple = ()
    needs: tuple = ()  # tests of the same task that must have full marks first
    unless: tuple = ()
    partial: bool = False
    hidden: bool = False

    @property
    def parts(self):
        measured = (bands.PART,) if self.measure else ()
        return (*self.properties, *self.optional, *self.accepts, *self.rejects, *measured)


@dataclasses.dataclass(frozen=True)
class Task:
    name: str
    title: str
    file: str  # its place in the submission; NAME.h beside it belongs to it
    kind: str  # policy, or check
    tests: tuple
    observe: tuple = ()  # properties that tell limitations, wanted by `unless`
    rule: str = None  # of the judge: where pages must come from
    variants: tuple = ()  # what it leaves open, (name, values), and what of it a course has chosen
    per_student: tuple = ()  # for each student apart; see variants.py
    variant: tuple = ()  # (name, value), one student's; no rubric has it
    reference: str = None  # our policy that measures are taken beside
    lab: bool = False  # graded when no --task is given
    pools: tuple = ()  # of a check: memory that it runs on
    limits: Limits = Limits()

    def parts(self, test):
        """What has to be run for that test and those that it needs."""
        needed = [each for each in self.tests if each.name in test.needs]
        found = list(test.parts)
        if test.unless:
            found += self.observe
        return dict.fromkeys(found + [part for each in needed for part in self.parts(each)])

    def options(self, part):
        """Of the judge, for that property."""
        rule = ["--rule", self.rule] if self.rule else []
        return rule + variants.options(self.variant, part)

    def files(self):
        return (self.file, os.path.splitext(self.file)[0] + ".h")


def frozen(table):
    return {key: tuples(value) for key, value in table.items()}


def tuples(value):
    """Lists as tuples, and a table as pairs."""
    if isinstance(value, dict):
        value = list(value.items())
    return tuple(tuples(each) for each in value) if isinstance(value, (list, tuple)) else value


def read_rubric(path):
    try:
        with open(path, "rb") as file:
            return tomllib.load(file)
    except (OSError, ValueError) as why:
        raise OwnFault(f"{path}: {why}") from why


def task_of(name, table):
    try:
        tests = tuple(Graded(**frozen(test)) for test in table.pop("test"))
        limits = Limits(**table.pop("limits", {}))
        task = Task(name=name, tests=tests, limits=limits, **frozen(table))
    except (TypeError, KeyError) as why:
        raise OwnFault(f"the rubric of {name}: {why}") from why
    names = [test.name for test in tests]
    for at, test in enumerate(tests):
        if not set(test.needs) <= set(names[:at]) or test.name in names[:at]:
            raise OwnFault(f"the rubric of {name}: {test.name}: a test has a name of its own, "
                           "and needs only those above it")
    for wrong in (variants.mistake(task), *map(bands.mistake, tests)):
        if wrong:
            raise OwnFault(f"the rubric of {name}: {wrong}")
    return task


def load(hidden=None):
    """Every task, in the order of the rubrics' names. TASK.toml in the folder `hidden` adds tests,
    which are hidden, and may give other limits."""
    tasks = []
    for file in sorted(os.listdir(RUBRICS)):
        table = read_rubric(os.path.join(RUBRICS, file))
        more = os.path.join(hidden, file) if hidden else ""
        if os.path.isfile(more):
            extra = read_rubric(more)
            table["test"] += [{**test, "hidden": True} for test in extra.pop("test", [])]
            table.update(extra)
        tasks.append(task_of(file[:-len(SUFFIX)], table))
    return tasks
