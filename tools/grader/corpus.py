"""The corpus of --self-test: submissions whose marks are known before they are graded.

expected/TASK.toml names them, and what each has to lose of the task's tests: "merges", all of it;
"ranges 1/2", this share is left; "?light", whatever comes. What is not named has to be kept, but for
tests that need a lost one. A submission is called

    wrong/NAME, right/NAME       tests/dropin/.../NAME_pmm.c; NAME:MISTAKE plants that mistake
    bank:FILE:TITLE              the `base` of the task with an entry of a bank of mistakes
    a path, path:MISTAKE         any file of the tree

An attack is called as one likes, and put together from files below tests/ and lines of its own.
"""
import dataclasses
import fnmatch
import functools
import os
import platform
import re
import sys

from policies import ROOT

from . import build, checks, sandbox, tasks
from .faults import OwnFault

sys.path.append(os.path.join(ROOT, "tests", "mutants"))
import bank  # noqa: E402

EXPECTED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "expected")
BANKS = [os.path.join(ROOT, "tests", folder, "bank") for folder in ("mutants", "grade")]
LAB_HEADERS = [os.path.join(ROOT, "libs"), os.path.join(ROOT, "kern", "mm")]
INCLUDE = re.compile(r'^#include "(\w+\.h)"\n', re.M)
LOSS = re.compile(r"(?P<any>\??)(?P<test>\w+)( (?P<left>\d+)/(?P<of>\d+))?")

GROUPS = REFERENCE, RIGHT, MUTANTS = "reference", "right", "mutants"
ON_WALLS = "attacks_on_walls"
ATTACKS = {  # and why they are not tried here, if so
    "attacks": lambda: None,
    ON_WALLS: sandbox.unusable,
    "attacks_in_the_kernel": build.no_guest,
    "attacks_on_x86_64": lambda: None if platform.machine() == "x86_64" else "another machine",
}


def label(task, group, name):
    return f"{task.name}/{group}/{name}"


@dataclasses.dataclass(frozen=True)
class Case:
    """One submission of one file. loses: {test's name: the share that is left, None for any}."""

    task: tasks.Task
    group: str
    name: str
    loses: dict
    text: str = ""
    skipped: str = None  # why it is not tried on this machine

    @property
    def label(self):
        return label(self.task, self.group, self.name)

    def left(self, test):
        """The share of its points that has to be left, or None where any will do."""
        needed = [self.left(each) for each in self.task.tests if each.name in test.needs]
        if any(share is not None and share < 1 for share in needed):
            return 0
        if None in needed or (test.hidden and self.group == MUTANTS):
            return None
        return self.loses.get(test.name, 1)


# ---- texts -------------------------------------------------------------------------------------

def read(path):
    try:
        with open(os.path.join(ROOT, path), encoding="utf-8") as file:
            return file.read()
    except OSError as why:
        raise OwnFault(f"the corpus lacks {path}: {why.strerror}") from why


@functools.cache
def entries():
    """{id: entry} of all banks."""
    try:
        return {entry.id: entry for folder in BANKS for entry in bank.read(folder)}
    except bank.Wrong as why:
        raise OwnFault(str(why)) from why


def mutated(name, base):
    """`base` with an entry of a bank; where that is a header's, it stands in the file itself."""
    if name not in entries():
        raise OwnFault(f"no bank has {name}")
    entry = entries()[name]
    try:
        changed = bank.apply(entry, read(entry.file))
    except bank.Wrong as why:
        raise OwnFault(str(why)) from why
    if entry.file == base:
        return changed
    return with_headers(read(base), {os.path.basename(entry.file): changed})


def with_headers(text, headers):
    return INCLUDE.sub(lambda line: headers.get(line[1], line[0]), text)


def standing_beside(path):
    """{name: text} of the headers of its folder that no policy is compiled with."""
    folder = os.path.dirname(os.path.join(ROOT, path))
    ours = {name for place in LAB_HEADERS for name in os.listdir(place)}
    return {name: read(os.path.join(folder, name)) for name in sorted(os.listdir(folder))
            if name.endswith(".h") and name not in ours}


def policy(name, base):
    if name.startswith("bank:"):
        return mutated(name, base)
    stem, _, mistake = name.partition(":")
    path = stem if "." in stem else os.path.relpath(checks.source_of(stem, None), ROOT)
    planted = f"#define MISTAKE {mistake}\n" if mistake else ""
    return planted + with_headers(read(path), standing_beside(path))


def attack(parts):
    """@MARKER@ in it is a file outside, that must not be there afterwards."""
    text = "".join(read(part) if part.startswith("tests/") else part + "\n" for part in parts)
    return text.replace("@ROOT@", ROOT)


# ---- cases -------------------------------------------------------------------------------------

def losses(task, name, words):
    found = {}
    for word in words:
        loss = LOSS.fullmatch(word)
        if loss is None or loss["test"] not in [test.name for test in task.tests]:
            raise OwnFault(f"expected of {task.name}/{name}: there is no test '{word}'")
        share = int(loss["left"]) / int(loss["of"]) if loss["of"] else 0
        found[loss["test"]] = None if loss["any"] else share
    return found


def case_of(task, group, name, words, base):
    if group in ATTACKS:
        everything = {test.name: 0 for test in task.tests}
        return Case(task, group, name, everything, attack(words), ATTACKS[group]())
    loses = losses(task, name, words)
    surely = any(share is not None for share in loses.values())
    if group not in GROUPS or (group == REFERENCE and loses) or (group == MUTANTS and not surely):
        raise OwnFault(f"expected of {task.name}/{name}: that is no {group}")
    return Case(task, group, name, loses, policy(name, base))


def cases_of(task, only="*"):
    """Those of expected/TASK.toml whose label fits, in its order; without the file, none."""
    path = os.path.join(EXPECTED, task.name + tasks.SUFFIX)
    table = tasks.read_rubric(path) if os.path.exists(path) else {}
    base = table.pop("base", None)
    return [case_of(task, group, name, words, base) for group, rows in table.items()
            for name, words in rows.items()
            if fnmatch.fnmatchcase(label(task, group, name), only)]
