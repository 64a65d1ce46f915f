"""A guide is a test: what stands in its console blocks is run, and compared with what is shown.

    ```console
    $ COMMAND
    what it prints
    ```

A line `...` stands for any lines, `[...]` within a line for any text. What make says of its own progress
is not shown. A comment above a block says how far the student's files have come; without one they
are as they were handed out:

    <!-- with: solved -->                               the reference solutions
    <!-- with: buddy_system.cut buddy_system.split -->  those of these slots
    <!-- with: bank:best_fit:an-exact-fit-is-passed-over -->  solved, with that mistake (tests/mutants/bank)
"""
import dataclasses
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GIVEN = ""
TIMEOUT = 300  # seconds for a command

BLOCK = re.compile(r"(?:^<!-- with: (.*?) -->\n)?^```console\n(.*?)^```$", re.M | re.S)
COMMAND = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", re.M)
PROGRESS = re.compile(r"^  [A-Z]+ [\w./-]+\n", re.M)
LEFT_OUT, IN_A_LINE = "...", "[...]"


@dataclasses.dataclass(frozen=True)
class Shown:
    """A command of a guide, and what the guide says that it prints."""

    line: int  # of the guide
    state: str
    command: str
    output: str


def blocks(text):
    """[(state, the text of a console block)]"""
    return [(block[1] or GIVEN, block[2]) for block in BLOCK.finditer(text)]


def shown(text):
    """Every command of a guide, in its order."""
    found = []
    for block in BLOCK.finditer(text):
        for part in COMMAND.finditer(block[2]):
            line = text.count("\n", 0, block.start(2) + part.start()) + 1
            found.append(Shown(line, block[1] or GIVEN, part[1], part[2]))
    return found


def printed(command, tree, home=None):
    """What the command prints there, on both channels."""
    done = subprocess.run(["bash", "-c", command], cwd=tree, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=TIMEOUT,
                          check=False, env={"PATH": os.environ["PATH"], "HOME": str(home or tree),
                                            "LC_ALL": "C.UTF-8"})
    text = done.stdout.decode(errors="replace").replace("\r", "")
    return "".join(line.rstrip() + "\n" for line in PROGRESS.sub("", text).splitlines())


def fits(shown_lines, lines):
    """Do these lines follow each other as shown, no line left out between them?"""
    return len(shown_lines) == len(lines) and all(
        same(one.rstrip(), other) for one, other in zip(shown_lines, lines))


def same(one, other):
    if IN_A_LINE not in one:
        return one == other
    return re.fullmatch(".*".join(map(re.escape, one.split(IN_A_LINE))), other) is not None


def matches(output, text):
    """Is this the text that the guide shows as `output`?"""
    first, *rest = runs(output.splitlines())
    lines = text.splitlines()
    if not rest:
        return fits(first, lines)
    last = rest.pop()
    if len(lines) < len(first) + len(last) or not fits(first, lines[:len(first)]) \
            or not fits(last, lines[len(lines) - len(last):]):
        return False
    at, end = len(first), len(lines) - len(last)
    for run in rest:  # the first place is the best one
        at = next((i + len(run) for i in range(at, end - len(run) + 1)
                   if fits(run, lines[i:i + len(run)])), None)
        if at is None:
            return False
    return True


def runs(lines):
    """The lines between those that stand for any."""
    found = [[]]
    for line in lines:
        if line.strip() == LEFT_OUT:
            found.append([])
        else:
            found[-1].append(line)
    return found


def differs(wanted, output):
    """None, or the words for a failure."""
    if matches(wanted.output, output):
        return None
    return (f"line {wanted.line}, {wanted.state or 'as handed out'}: $ {wanted.command}\n"
            f"---- the guide shows\n{wanted.output}---- it prints\n{output}")


def with_blocks_of(text, other):
    """`text` with the console blocks of `other`, one by one."""
    theirs = iter([block[0] for block in BLOCK.finditer(other)])
    return BLOCK.sub(lambda block: next(theirs), text)


# ---- as a program: write what commands print into the guides ------------------------------------

def anew(text, run):
    """The guide with what run(state, command) prints; where lines are left out they have to fit."""
    def command_anew(state, part):
        output = run(state, part[1])
        if LEFT_OUT not in part[2]:  # in either way
            return f"$ {part[1]}\n{output}"
        if not matches(part[2], output):
            print(f"by hand: $ {part[1]}\n{output}", file=sys.stderr)
        return part[0]

    def block_anew(block):
        body = COMMAND.sub(lambda part: command_anew(block[1] or GIVEN, part), block[2])
        return block[0].replace(block[2], body)
    return BLOCK.sub(block_anew, text)


def main():
    """guide.py GUIDE [TRANSLATION ...]: blocks of a translation are those of the guide."""
    import pathlib
    import tempfile

    import given
    import student
    with tempfile.TemporaryDirectory() as folder:
        tree = pathlib.Path(folder) / "lab"
        student.handout(ROOT, "make", given.TASK, tree)
        student.make(tree, "all", "judge-programs")
        course = given.Course(ROOT)

        def run(state, command):
            course.bring(tree, state)
            return printed(command, tree)
        guide, *others = map(pathlib.Path, sys.argv[1:])
        text = anew(guide.read_text(encoding="utf-8"), run)
        guide.write_text(text, encoding="utf-8")
        for other in others:
            same = with_blocks_of(other.read_text(encoding="utf-8"), text)
            other.write_text(same, encoding="utf-8")


if __name__ == "__main__":
    main()
