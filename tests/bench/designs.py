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


def compiled(folder, name, source, kind):
    """The policy in `source` as an object that host.c can be linked with."""
    obj = os.path.join(folder, name + ".o")
    if not os.path.exists(obj):
        strict = [] if kind == "dropin" else ["--strict"]
        build([[os.path.join(ROOT, "tools", "policy-object"), *strict, "--cc", f"gcc {FLAGS}",
                "-o", obj, source]])
    return obj


def built(folder, name, source, kind, cached=False):
    """A program that measures it."""
    obj = compiled(folder, name, source, kind)
    shown = name + "+cache" if cached else name
    program = os.path.join(folder, shown)
    build([["gcc", os.path.join(OUT, "cached.o" if cached else "plain.o"), obj, "-o", program]])
    return Design(shown, "cache" if cached else kind, program, name, static_bytes(obj))


def designs(wanted, folder):
    """
    (those to be measured, floor and buddy_system): `wanted` is a name, a path or "" for all. Their
    programs come into `folder`. NotBuilt if there is none of that name, or it does not compile.
    """
    chosen = chosen_designs(wanted)
    cached = os.path.exists(os.path.join(OUT, "cached.o"))
    references = [built(folder, name, source, kind) for name, source, kind in (
        (FLOOR, dict(baselines())[FLOOR], "baseline"),
        (BUDDY, os.path.join(ROOT, dict(registry())[BUDDY]), "policy"))]
    found = []
    for name, source, kind in chosen:
        known = [reference for reference in references if reference.name == name]
        found += known or [built(folder, name, source, kind)]
        if cached and kind != "baseline":
            found.append(built(folder, name, source, kind, cached=True))
        if name == BUDDY:
            found.append(Design(name + "+facade", "facade", os.path.join(OUT, "facade"), name,
                                found[-1].own))
    return found, references


def chosen_designs(wanted):
    """(name, source, kind) of each; a file from outside has no name that one of ours has."""
    known = dict(baselines())
    if wanted in known:
        return [(wanted, known[wanted], "baseline")]
    ours = {**known, **dict(registry())}
    chosen = [(name if is_ours or name not in ours else name + ".c", source,
               "policy" if is_ours else "dropin") for name, source, is_ours in find(wanted)]
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
