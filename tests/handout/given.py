"""A student's tree in each of the states that a guide shows."""
import shutil
import sys

import student
from student import ROOT

sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests" / "mutants")]
import bank  # noqa: E402
from grader import corpus  # noqa: E402
from handouts import lab as labs  # noqa: E402
from handouts import marks, source  # noqa: E402

TASK = "allocator"


class Course:
    """What is committed in the solution's tree, and how far a student has come."""

    def __init__(self, root):
        self.files = source.files_of(str(root))
        self.lab = labs.lab_of(TASK, self.files)
        self.handout = labs.handout(self.lab, self.files)
        self.solutions = {own.file: self.files[own.solution].text for own in self.lab.student
                          if own.solution}

    def texts(self, state):
        """{student's file: its text} in a state that guide.py describes."""
        if state == "":
            return {path: self.handout[path].text for path in self.lab.own}
        if state == "solved":
            return self.solutions
        if state.startswith("bank:"):
            entry = corpus.entries()[state]
            file, = [own.file for own in self.lab.student if own.solution == entry.file]
            return {**self.solutions, file: bank.apply(entry, self.solutions[file])}
        written = set(state.split())
        assert written <= self.lab.slots, f"no slot is called {written - self.lab.slots}"
        return {own.file: marks.emptied(self.files[own.file].text, set(own.slots) - written)
                for own in self.lab.student if own.solution == own.file}

    def bring(self, tree, state):
        """Write the student's files; what stays as it is keeps its time, for make."""
        for path, text in self.texts(state).items():
            if (tree / path).read_text(encoding="utf-8") != text:
                (tree / path).write_text(text, encoding="utf-8")


def copied(tree, to):
    """A built tree of its own."""
    return shutil.copytree(tree, to, symlinks=True)
