"""What make bench measures: policies, baselines, each behind a cache, one behind the facade."""
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "tools"))
from policies import ROOT, NotBuilt, build, find, registry  # noqa: E402

OUT = os.path.join(ROOT, os.environ.get("PAGELAB_B", "build"), "bench")
FLOOR, BUDDY = "floor", "buddy_system"  # that all others are compared with
FLAGS = "-g -O2"                        # as the judge compiles a policy
SINGLE_PAGES = "aALbf"                  # all that the floor can do


@dataclass(frozen=True)
class Design:
    name: str
    kind: str     # policy, baseline, dropin, cache, facade
    program: str
    policy: str   # its name in the registry, for the facade
    own: int      # bytes of static data

    def does(self, workload):
        return self.name != FLOOR or workload in SINGLE_PAGES


def baselines():
    folder = os.path.join(HERE, "baselines")
    return [(name[:-len("_pmm.c")], os.path.join(folder, name)) for name in sorted(os.listdir(folder))
            if name.endswith("_pmm.c")]


def static_bytes(obj):
    """.data and .bss."""
    words = subprocess.run(["size", obj], check=True, text=True, stdout=subprocess.PIPE).stdout.split()
    return int(words[7]) + int(words[8])


def built(folder, name, source, kind, behind="plain"):
    """Compile the policy in `source` into a program that measures it."""
    program = os.path.join(folder, name)
    obj = program + ".o"
    strict = [] if kind == "dropin" else ["--strict"]
    build([[os.path.join(ROOT, "tools", "policy-object"), *strict, "--cc", f"gcc {FLAGS}", "-o", obj,
            source],
           ["gcc", os.path.join(OUT, behind + ".o"), obj, "-o", program]])
    return Design(name, kind if behind == "plain" else "cache", program, name, static_bytes(obj))


def designs(wanted, folder):
    """
    (those to be measured, floor and buddy_system): `wanted` is a name, a path or "" for all. Their
    programs come into `folder`. NotBuilt if there is none of that name, or it does not compile.
    """
    cached = os.path.exists(os.path.join(OUT, "cached.o"))
    facade = os.path.join(OUT, "facade")
    references = [built(folder, name, source, kind) for name, source, kind in (
        (FLOOR, dict(baselines())[FLOOR], "baseline"),
        (BUDDY, os.path.join(ROOT, dict(registry())[BUDDY]), "policy"))]
    chosen = chosen_designs(wanted)
    found = []
    for name, source, kind in chosen:
        known = [r for r in references if r.name == name]
        found += known or [built(folder, name, source, kind)]
        if cached and kind != "baseline":
            found.append(built(folder, name + "+cache", source, kind, "cached"))
        if name == BUDDY:
            found.append(Design(name + "+facade", "facade", facade, name, found[-1].own))
    return found, references


def chosen_designs(wanted):
    known = dict(baselines())
    if wanted in known:
        return [(wanted, known[wanted], "baseline")]
    kinds = {True: "policy", False: "dropin"}
    chosen = [(name, source, kinds[ours]) for name, source, ours in find(wanted)]
    if not wanted:
        return [(name, source, "baseline") for name, source in known.items()] + chosen
    return chosen


def compiler():
    """Version and flags, which counts of instructions depend on."""
    said = subprocess.run(["gcc", "--version"], check=True, text=True, stdout=subprocess.PIPE).stdout
    return said.splitlines()[0], FLAGS


def valgrind():
    """Its version, or None."""
    if shutil.which("valgrind") is None:
        return None
    return subprocess.run(["valgrind", "--version"], check=True, text=True,
                          stdout=subprocess.PIPE).stdout.strip().removeprefix("valgrind-")
