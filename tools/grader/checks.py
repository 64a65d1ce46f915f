"""Test the tests: a student's check against policies that are right, and policies that are not.

The check runs in the child, on each policy in turn, in raw mode. All that counts is whether it
panics. A crash is taken for a panic; a check that does not return has told nothing, so that it
neither rejects a wrong policy nor accepts a right one.
"""
import hashlib
import os
import subprocess
import tempfile

from policies import LENIENT, ROOT

from . import build, gate, marking, sandbox
from .faults import NotBuilt, OwnFault
from .plain import plain

HERE = os.path.dirname(os.path.abspath(__file__))
CORPUS = os.path.join(ROOT, "tests", "dropin")  # right/ and wrong/
CACHE = os.path.join(ROOT, "build", "grade")
MANAGER, SUBJECT, ENTRY = "dropin_pmm_manager", "subject_pmm_manager", "pmm_check"
POLICY_OBJECT = os.path.join(ROOT, "tools", "policy-object")


# ---- the policies, which are the course's own --------------------------------------------------

def source_of(name, hidden):
    """The file of "wrong/tail_insert", which the folder `hidden` may bring."""
    for folder in filter(None, (hidden, CORPUS)):
        path = os.path.join(folder, name + "_pmm.c")
        if os.path.isfile(path):
            return path
    raise OwnFault(f"there is no policy {name} for the check")


def fingerprint(source, flags):
    total = hashlib.sha256(repr(flags).encode())
    folders = (os.path.dirname(source), os.path.join(ROOT, "kern/mm"), os.path.join(ROOT, "libs"))
    headers = [os.path.join(folder, file) for folder in folders
               for file in sorted(os.listdir(folder)) if file.endswith(".h")]
    for path in (source, POLICY_OBJECT, *headers):
        with open(path, "rb") as file:
            total.update(hashlib.sha256(file.read()).digest())
    return total.hexdigest()[:32]


def trusted(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", check=False)
    if done.returncode != 0:
        raise OwnFault(f"{command[0]}: {done.stdout.strip()}")


def subject(name, hidden):
    """The object of one policy, "right/ring" or, with a mistake planted, "right/ring:MISTAKE".
    Kept for later runs."""
    stem, _, mistake = name.partition(":")
    source = source_of(stem, hidden)
    cc = "gcc -g -O2" + (f" -DMISTAKE={mistake}" if mistake else "")
    out = os.path.join(CACHE, fingerprint(source, cc) + ".o")
    if not os.path.isfile(out):
        os.makedirs(CACHE, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            made = os.path.join(folder, "policy.o")
            trusted([POLICY_OBJECT, "--cc", cc, "-o", made, source])
            trusted(["objcopy", f"--redefine-sym={MANAGER}={SUBJECT}", made])
            os.replace(made, out)
    return out


def around(work):
    """The object that stands between the check and the policy."""
    out = os.path.join(work, "checked.o")
    trusted(["gcc", "-std=c11", "-O2", "-I", os.path.join(ROOT, "libs"), "-I",
             os.path.join(ROOT, "kern/mm"), "-c", os.path.join(HERE, "checked_pmm.c"), "-o", out])
    return out


# ---- the student's file ------------------------------------------------------------------------

def compile_check(lab, source, out):
    """An object that exports pmm_check alone, past the gate."""
    folder, made = os.path.dirname(source), os.path.dirname(out)
    headers = [f"-I{os.path.join(lab.tree, part)}" for part in ("libs", "kern/mm")]
    os.makedirs(made, exist_ok=True)
    for command in (["gcc", "-g", "-O2", "-std=gnu99", *LENIENT, "-ffreestanding", "-fno-builtin",
                     f"-ffile-prefix-map={folder}=.", *headers, f"-I{folder}", "-c", source, "-o",
                     out], ["objcopy", f"--keep-global-symbol={ENTRY}", out]):
        done = sandbox.run(command, build.COMPILER, readonly=[lab.tree, folder], writable=[made])
        said = build.compiler_said(done, source, made)
        if done.status != 0:
            raise NotBuilt(said)
    gate.check(out, "host", defines=ENTRY)


# ---- the verdict -------------------------------------------------------------------------------

def outcome(table):
    """What the check said of one policy: "panic", "passed", or why it has told nothing."""
    if table is None:
        return "it ran out of time", ""
    row = table["properties"][0]
    if row["verdict"] != "broken":
        return "passed", ""
    text = plain(f"{row['promise']}: {row['text']}")
    if row["promise"] in ("panic", "crash") and row["text"].startswith("check()"):
        return "panic", text
    return "passed" if row["promise"] == "P4" else text, text


def verdict(task, name, child, folder):
    """The check's word on one policy, over all of the task's pools."""
    right = name.startswith("right/") and ":" not in name
    said = []
    for pool in task.pools:
        options = ["--only", "selfcheck", "--pool", pool]
        end, text = outcome(marking.judge(child, folder, options, task.limits))
        if end == "panic" and not right:
            return marking.Verdict(name, marking.HOLDS)
        if end != "passed" and right:
            return marking.Verdict(name, marking.BROKEN,
                                   f"a right policy is not accepted: {text or end} (pool {pool})")
        said.append(end)
    if right:
        return marking.Verdict(name, marking.HOLDS)
    end = next((each for each in said if each != "passed"), "it passes")
    return marking.Verdict(name, marking.BROKEN, f"a wrong policy is not rejected: {end}")
