"""What tools/judge and tools/grade know of the policies: the registry, and how one is judged."""
import os
import re
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MM = os.path.join("kern", "mm")
JUDGE = os.path.join(ROOT, "build", "judge", "judge")
CHILD = os.path.join(ROOT, "build", "judge", "child.o")

# Where pages must come from, beyond the contract; a policy without a rule keeps the contract.
RULES = {"first_fit": "first_fit", "best_fit": "best_fit", "next_fit": "next_fit",
         "worst_fit": "worst_fit", "buddy_system": "buddy", "page_list_buddy": "buddy"}

# How files from outside are compiled: nothing that they were right with is fatal.
LENIENT = ["-w", "-Wno-error=implicit-function-declaration", "-Wno-error=implicit-int",
           "-Wno-error=int-conversion", "-Wno-error=incompatible-pointer-types"]


class NotBuilt(Exception):
    """A policy does not compile, or is no policy; the text is for its author."""


def registry():
    """(name, path of its file) of each built-in policy, in the registry's order."""
    found = []
    with open(os.path.join(ROOT, MM, "policies.def")) as lines:
        for stem in re.findall(r"^PMM_POLICY\((\w+),", lines.read(), re.M):
            path = os.path.join(MM, stem + ".c")
            with open(os.path.join(ROOT, path)) as source:
                name = re.search(r'\.name\s*=\s*"(\w+)"', source.read())
            found.append((name.group(1) if name else stem, path))
    return found


# Beside the plain child, on which every verdict rests: one counts the policy's steps, the other
# says in which line it stopped.
TRACED = ["-fsanitize-coverage=trace-pc"]
SANITIZED = ["-O1", "-fno-omit-frame-pointer", "-fsanitize=address,undefined",
             "-fno-sanitize-recover=all"]


def build_child(source, out, strict=False, extra=()):
    """Compile the policy in `source` and make the program `out` of it, for the judge."""
    os.makedirs(os.path.dirname(out), exist_ok=True)
    command = [os.path.join(ROOT, "tools", "policy-object"), "--cc",
               " ".join(["gcc -g -O2", *extra]), "-o", out + ".o", source]
    if strict:
        command.insert(1, "--strict")
    sanitize = [flag for flag in extra if flag.startswith("-fsanitize=")]
    for step in (command, ["gcc", *sanitize, CHILD, out + ".o", "-o", out]):
        done = subprocess.run(step, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", check=False)
        if done.returncode != 0:
            raise NotBuilt(done.stdout.strip())
