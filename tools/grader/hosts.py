"""--sshlogin: submissions are graded on other machines, by GNU parallel.

Each host has this tree, built, at the same path. What travels there is a folder with the taken
files of one submission, called as its author, on which the host runs a batch of one; what comes
back is its folder of results. The name of a result tells the grader that made it, so that none is
taken from another version.
"""
import csv
import os
import shlex
import shutil
import subprocess

from policies import ROOT

from . import sandbox
from .faults import OwnFault

SSH = "ssh -o BatchMode=yes -o ConnectTimeout=20 -o ServerAliveInterval=20"
NEEDED = ("parallel", "rsync")
RESULTS = "-results"
TRIES = 2  # on different hosts
UNREACHABLE = 255  # ssh's own status


def command(settings, log):
    """The words that grade folders, whose names are read from standard input. `log` is where GNU
    parallel writes which host had which."""
    for program in NEEDED:
        if shutil.which(program) is None:
            raise OwnFault(f"--sshlogin needs {program} (apt install {program})")
    there = shlex.join([os.path.join(ROOT, "tools", "grade"), "-j1", *settings.forwarded])
    return ["parallel", "--will-cite", "--sshlogin", settings.sshlogin, "--ssh", SSH, "-j",
            str(settings.jobs), "--workdir", "...", "--transferfile", "{}", "--return",
            "{}" + RESULTS, "--cleanup", "--joblog", os.path.abspath(log), "--retries", str(TRIES),
            f"{there} --batch {{}}"]


def grade(folder, names, words, tell):
    """Run the command on each of `names`, folders below `folder`; afterwards NAME-results stands
    beside those that were graded. `tell` is called as each is over."""
    with open(os.path.join(folder, "names"), "w+", encoding="utf-8") as file:
        file.write("".join(name + "\n" for name in names))
        file.seek(0)
        run = subprocess.Popen(words, cwd=folder, stdin=file, stdout=subprocess.PIPE,
                               start_new_session=True)
    sandbox.running.add(run.pid)
    try:
        for _ in run.stdout:
            tell()
    finally:
        sandbox.running.end(run.pid)
        run.wait()
        sandbox.running.forget(run.pid)


def tries(log):
    """{name: (host, status) of its last try}."""
    try:
        with open(log, encoding="utf-8", newline="") as file:
            return {row["Command"].split()[-1]: (row["Host"], int(row["Exitval"]))
                    for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}
    except (OSError, KeyError, AttributeError, ValueError) as why:
        raise OwnFault(f"the log of GNU parallel: {why}") from why


def why_none(tried):
    """Why a submission has no result, in words; tried: of `tries`, or None."""
    host, status = tried or (None, UNREACHABLE)
    if status == UNREACHABLE:
        return "no host can be reached"
    if status == 0:
        return f"{host} has another version of the grader"
    return f"grading ended with {status} on {host}"
