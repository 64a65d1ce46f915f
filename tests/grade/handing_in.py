"""For the tests here: a submission in a folder, and the grader on it, with defences switched off if asked."""
import json
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
ATTACKS = ROOT / "tests/grade/attacks"
REFERENCE = ROOT / "tests/grade/reference"
FIRST_FIT = "kern/mm/default_pmm.c"
SINGLES = ("--only", "first_fit/singles")

FULL, LOST, USAGE, NOT_BUILT, REJECTED, OWN_FAULT, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130

# There is no option for this: only Python can switch a defence off.
WITHOUT = """
import sys
sys.path.insert(0, {tools!r})
from grader import cli, faults
faults.switched_off.update({off!r})
{more}
sys.exit(cli.main(sys.argv[1:]))
"""

# Where it matters which points are lost, not how hard they were looked for.
FEW_SEEDS = """
from grader import marking
judge = marking.judge
marking.judge = lambda child, folder, options, limits: judge(
    child, folder, [*options, "--seeds", "10"], limits)
"""

needs_walls = pytest.mark.skipif(
    shutil.which("bwrap") is None or subprocess.run(
        ["bwrap", "--unshare-all", "--ro-bind", "/", "/", "true"], stderr=subprocess.DEVNULL,
        check=False).returncode != 0, reason="bubblewrap does not run here")
needs_x86 = pytest.mark.skipif(platform.machine() != "x86_64", reason="instructions of x86-64")


def command(options, submission=None, off=(), more=""):
    where = [] if submission is None else ["--submission", submission]
    program = [ROOT / "tools/grade"]
    if off or more:
        code = WITHOUT.format(tools=str(ROOT / "tools"), off=set(off), more=more)
        program = [sys.executable, "-c", code]
    return [str(word) for word in (*program, "-j2", *where, *options)]


def grade(*options, submission=None, off=(), more="", env=None):
    return subprocess.run(command(options, submission, off, more), capture_output=True, text=True,
                          errors="replace", timeout=300, check=False,
                          env=None if env is None else {**os.environ, **env})


def marks(done):
    """{test: (got, of)} of every line with points."""
    return {test: (float(got), int(of)) for got, of, test in
            re.findall(r"^(?:ok|part|FAIL) +([\d.]+)/(\d+) +(\S+)", done.stdout, re.M)}


def lost(done):
    return {test for test, (got, of) in marks(done).items() if got < of}


def got(done):
    """All points; None when there are no marks."""
    total = re.search(r"^([\d.]+)/\d+ points$", done.stdout, re.M)
    return float(total[1]) if total else None


def hand_in(folder, text, name=FIRST_FIT):
    """A submission of one file."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder


def attack(name, **values):
    """The text of attacks/NAME.c, with @WORD@ replaced."""
    text = (ATTACKS / f"{name}.c").read_text(encoding="utf-8")
    for word, value in values.items():
        text = text.replace(f"@{word}@", str(value))
    return text


def table(path):
    return json.loads(path.read_text(encoding="utf-8"))
