"""--sshlogin: submissions are graded on other machines, by GNU parallel.

Each host has this tree, built, at the same path. What travels there is a folder with the taken files
of one submission, on which the host runs a batch of one; what comes back is its folder of results.
The name of a result tells the grader that made it, so that none is taken from another version.
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
HANDED_IN, RESULTS, LOG = "submission", "-results", "hosts.tsv"
TRIES = 2  # on different hosts


def command(sshlogin, jobs, options):
    """options: of tools/grade, the same on every host."""
    for program, package in (("parallel", "parallel"), ("rsync", "rsync")):
        if shutil.which(program) is None:
            raise OwnFault(f"--sshlogin needs {program} (apt install {package})")
    there = shlex.join([os.path.join(ROOT, "tools", "grade"), "-j1", *options])
    return ["parallel", "--will-cite", "--sshlogin", sshlogin, "--ssh", SSH, "-j", str(jobs),
            "--workdir", "...", "--transferfile", "{}", "--return", "{}" + RESULTS, "--cleanup",
            "--joblog", LOG, "--retries", str(TRIES), f"{there} --batch {{}}"]


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


def result(folder, name, file):
    """(text of that result or None, {"host", "status"} of its last try)."""
    tries = {}
    try:
        with open(os.path.join(folder, LOG), encoding="utf-8", newline="") as log:
            for row in csv.DictReader(log, delimiter="\t", quoting=csv.QUOTE_NONE):
                tries[shlex.split(row["Command"])[-1]] = {"host": row["Host"],
                                                          "status": row["Exitval"]}
    except (OSError, KeyError, TypeError, ValueError) as why:
        raise OwnFault(f"the log of GNU parallel: {why}") from why
    try:
        with open(os.path.join(folder, name + RESULTS, file), encoding="utf-8") as text:
            return text.read(), tries.get(name)
    except FileNotFoundError:
        return None, tries.get(name)
