"""Test the tests: a student's check against policies that are right, and policies that are not.

The check runs in the child, on each policy in turn, in raw mode. All that counts is whether it
panics. A crash is taken for a panic; a check that does not return has told nothing, so that it
neither rejects a wrong policy nor accepts a right one.

It stands in one process with the policy, and could tell a right one by its code instead of by what
it does. So with a course's key each policy is disguised, another way for each submission, and
nothing is repeated of what the check says.
"""
import glob
import hashlib
import os
import random
import re
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

# Of gcc, each on or off: they change which instructions a policy has, and nothing it does.
PASSES = """caller-saves combine-stack-adjustments cprop-registers crossjumping cse-follow-jumps
    forward-propagate gcse guess-branch-probability if-conversion if-conversion2 inline
    inline-small-functions ipa-ra ivopts jump-tables merge-constants omit-frame-pointer peephole2
    rename-registers reorder-blocks reorder-functions schedule-insns2 shrink-wrap thread-jumps
    toplevel-reorder tree-ccp tree-ch tree-coalesce-vars tree-copy-prop tree-dominator-opts tree-fre
    tree-pre tree-sink tree-sra tree-ter tree-vrp""".split()
ALIGNED = "functions", "jumps", "labels", "loops"
SILENT = """#include "assert.h"
#include "stdio.h"
#undef panic
#define panic(...) __panic("", 0, "policy")
#define cprintf(...) 0
"""
NAME = re.compile(r'\.name = "[^"]*"')


# ---- the policies, which are the course's own --------------------------------------------------

def source_of(name, hidden):
    """The file of "wrong/no_rounding_up", which the folder `hidden` may bring."""
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


def drawn(secret):
    """Options of gcc that are another choice for each `secret`."""
    draw = random.Random(secret)
    return " ".join(["-O" + draw.choice("123sg"),
                     *(f"-f{draw.choice(['', 'no-'])}{name}" for name in PASSES),
                     *(f"-falign-{what}={draw.randint(1, 64)}" for what in ALIGNED)])


def disguised(source, folder):
    """A copy in `folder` with its headers, that has no name and no texts to be known by. Any
    encoding will do."""
    for path in (source, *glob.glob(os.path.join(os.path.dirname(source), "*.h"))):
        with open(path, encoding="latin-1") as file:
            text = NAME.sub('.name = "policy"', file.read())
        with open(os.path.join(folder, os.path.basename(path)), "w", encoding="latin-1") as file:
            file.write((SILENT if path == source else "") + text)
    return os.path.join(folder, os.path.basename(source))


def subject(name, hidden, secret, work):
    """The object of one policy, "right/ring" or, with a mistake planted, "right/ring:MISTAKE".
    With a `secret` disguised, in the folder `work`; without one, None, kept for later runs."""
    stem, _, mistake = name.partition(":")
    source, keep = source_of(stem, hidden), CACHE if secret is None else work
    cc = "gcc -g " + ("-O2" if secret is None else drawn(secret))
    cc += f" -DMISTAKE={mistake}" if mistake else ""
    out = os.path.join(keep, fingerprint(source, cc) + ".o")
    if not os.path.isfile(out):
        os.makedirs(keep, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=keep) as folder:
            made = os.path.join(folder, "policy.o")
            if secret is not None:
                source = disguised(source, folder)
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

def outcome(table, told):
    """What the check said of one policy: "panic", "passed", or why it has told nothing; and its
    words, if these may be `told`."""
    if table is None:
        return "it ran out of time", ""
    row = table["properties"][0]
    if row["verdict"] != "broken":
        return "passed", ""
    text = plain(f"{row['promise']}: {row['text']}" if told else row["promise"])
    if row["promise"] in ("panic", "crash") and row["text"].startswith("check()"):
        return "panic", text
    return "passed" if row["promise"] == "P4" else text, text


def verdict(task, name, child, folder, told):
    """The check's word on one policy, over all of the task's pools. `told`: in its own words."""
    right = name.startswith("right/") and ":" not in name
    said = []
    for pool in task.pools:
        options = ["--only", "selfcheck", "--pool", pool]
        end, text = outcome(marking.judge(child, folder, options, task.limits), told)
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
