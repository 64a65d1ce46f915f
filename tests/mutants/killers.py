"""Builds a mutant and tries to kill it: cheap killers first, and the first one that does ends it.

A killer asks policies or tests about the mutant on the bench, and returns what noticed it, or
None; KILLERS lists them by name. All happens in a copy of the tree, one for each worker.
"""
import fcntl
import hashlib
import os
import re
import resource
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, "build", "mutants")
BASE = os.path.join(BUILD, "base")

sys.path.insert(0, os.path.join(ROOT, "tools"))
from policies import MM, RULES, registry  # noqa: E402

INCLUDES = ["tests/host", "libs", "kern/mm", "kern/driver", "kern/sync", "kern/fs", "kern/init",
            "kern/san/off"]
PLAIN, SANITIZED = [], ["-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
FACADE = [os.path.join(MM, name) for name in ("pmm.c", "grants.c", "pmm_audit.c", "page_map.c",
                                              "front_cache.c")]
QUICK_WAY = [os.path.join(MM, "facade.h")]
HEAP = [os.path.join(MM, name) for name in ("slab.c", "kmalloc.c")]
PAGE_TABLES = [os.path.join(MM, name) for name in ("page_table.c", "page_table.h", "kernel_map.c")]
WATCHES = [os.path.join("kern", "san", "address", name) for name in ("poison.c", "redzone.c")]
# Headers that say what a policy is, and the textbook check, which is a test itself.
NOT_MUTATED = ["pmm.h", "memlayout.h", "mmu.h", "zone.h", "page_map.h", "basic_check.h"]

SECONDS = 120  # for one program; the longest takes five
HANGS, SANITIZED_HANGS = 4, 6  # CPU seconds; no host test takes more than half of them
QUICK = ["--seeds", "2"]
LONG = []


class Failed(Exception):
    """The machinery itself does not work: what does not compile, or fails without any mutant."""


def limit_cpu(seconds):
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def run(command, cwd):
    """Exit status (124: killed by the clock) and output."""
    try:
        done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=SECONDS, check=False, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return 124, ""
    return done.returncode, done.stdout.decode("utf-8", "replace")


def compiler(kind=()):
    """What is in `kind` comes first: its folders are looked into before the others."""
    return ["gcc", "-std=c11", "-O2", "-w", *kind, *("-iquote" + d for d in INCLUDES)]


def first_failure(program, cwd, seconds):
    """The first test of a host program that fails or hangs, which is its end; None: all pass."""
    ran = "it does not start"
    with subprocess.Popen([program], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, text=True, errors="replace",
                          preexec_fn=lambda: limit_cpu(seconds)) as process:
        for line in process.stdout:
            word = re.match(r"\[ +(RUN|FAILED) +\] (\w+)$", line)
            if word and word[1] == "FAILED":
                process.kill()
                return word[2]
            ran = word[2] if word else ran
        return ran if process.wait() != 0 else None


def must(command, cwd=ROOT):
    status, output = run(command, cwd)
    if status != 0:
        raise Failed(f"{' '.join(command)}: status {status}\n{output}")
    return output


# ---- what there is: policies, tests, and who includes whom -------------------------------------


def managers():
    """Name -> (file, symbol) of each policy of the registry."""
    with open(os.path.join(ROOT, MM, "policies.def"), encoding="ascii") as lines:
        symbols = dict(re.findall(r"^PMM_POLICY\((\w+), *(\w+)\)", lines.read(), re.M))
    return {name: (path, symbols[os.path.splitext(os.path.basename(path))[0]])
            for name, path in registry()}


def host_tests():
    """Test -> the sources that it is linked with, and flags of its own, as the Makefile says."""
    rule = "uses: ; @:$(foreach t,$(HOST_TESTS),$(info $t $(USES_$t) & $(INC_$t)))"
    env = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(["make", "-s", "-C", ROOT, "--eval", rule, "uses"], env=env, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        raise Failed(done.stdout)
    found = {}
    for line in done.stdout.splitlines():
        if line.startswith("test_"):
            uses, _, flags = line.partition("&")
            test, *sources = uses.split()
            found[test] = sources, flags.split()
    return found


def preprocessed(source, flags):
    """Status and text: there are sources that do not compile without their flags."""
    return run([*compiler(flags), "-E", "-P", source], ROOT)


def includes_of(source, flags=()):
    """The files of the tree that `source` is made of, itself among them."""
    rule = must([*compiler(flags), "-MM", source]).replace("\\\n", " ")
    return {os.path.normpath(name) for name in rule.partition(":")[2].split()}


class Plan:
    """Which programs a changed file is in. Made once; the workers inherit it.

    A unit is a source and the flags, as a tuple, of the test that wants it compiled otherwise."""

    def __init__(self):
        self.policies = managers()
        self.tests = {}  # name -> units
        policy_files = [path for path, _ in self.policies.values()]
        self.includes = {(s, ()): includes_of(s) for s in (*policy_files, *FACADE)}
        for test, (sources, flags) in host_tests().items():
            self.tests[test] = [self.unit(s, tuple(flags)) for s in (test_source(test), *sources)]
        headers = {h for path in policy_files for h in self.includes[path, ()]
                   if h.endswith(".h") and os.path.dirname(h) == MM
                   and os.path.basename(h) not in NOT_MUTATED}
        self.files = [*policy_files, *sorted(headers), *FACADE, *QUICK_WAY, *HEAP, *PAGE_TABLES, *WATCHES]

    def unit(self, source, flags):
        """Flags that change nothing in a source are left out."""
        if flags and preprocessed(source, flags) == preprocessed(source, ()):
            flags = ()
        if (source, flags) not in self.includes:
            self.includes[source, flags] = includes_of(source, flags)
        return source, flags

    def units_with(self, file):
        """Portable units, tests aside, that contain `file`."""
        return [unit for unit, parts in self.includes.items()
                if file in parts and not unit[0].startswith("tests/")]

    def policies_with(self, file):
        return [name for name, (path, _) in self.policies.items()
                if file in self.includes[path, ()]]

    def tests_with(self, file):
        return [test for test, units in self.tests.items()
                if any(file in self.includes[unit] for unit in units)]

    def needed(self, files):
        """Policies that are judged for a mutant of these files, and units that it is linked with."""
        policies = {name for file in files for name in self.policies_with(file)}
        tests = {t for file in files for t in self.tests_with(file)}
        return policies, {*((self.policies[name][0], ()) for name in policies),
                          *(unit for t in tests for unit in self.tests[t])}

    def host(self, file):
        """A source through which a header can be parsed; None for a source."""
        return self.units_with(file)[0][0] if file.endswith(".h") else None


def test_source(test):
    return f"tests/host/{test}.c"


def object_name(unit, kind):
    source, flags = unit
    return (source.replace("/", "-")[:-2] + re.sub(r"[^\w=]+", "-", "".join(flags))
            + ("-sanitized" if kind else "") + ".o")


def build(output, command, parts):
    """Run the compiler unless `output` is newer than all it is made of."""
    output = os.path.join(BASE, output)
    parts = [os.path.join(ROOT, part) for part in parts]
    if not os.path.exists(output) or \
            os.path.getmtime(output) <= max(os.path.getmtime(part) for part in parts):
        must([*command, "-o", output + ".new"])
        os.replace(output + ".new", output)


def prepare(plan, files):
    """Build what no mutant of these files changes: the judge, its child, objects of the rest."""
    os.makedirs(BASE, exist_ok=True)
    policies, units = plan.needed(files)
    with open(os.path.join(BUILD, "lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for unit in sorted(units):
            for kind in (PLAIN, SANITIZED):
                build(object_name(unit, kind), compile_unit(unit, kind), plan.includes[unit])
        if not policies:
            return
        judge = [*compiler(), "-iquotetests/judge"]
        parts = [os.path.join("tests", "judge", name)
                 for name in sorted(os.listdir(os.path.join(ROOT, "tests", "judge")))]
        parts.append("tests/mutants/first_failure.c")
        sources = [part for part in parts if part.endswith(".c")
                   and os.path.basename(part) not in ("child.c", "shrink.c")]
        build("judge", [*judge, *sources], parts)
        for name in sorted(policies):
            path, symbol = plan.policies[name]
            build(f"child-{name}.o", [*judge, f"-Ddropin_pmm_manager={symbol}", "-c",
                                      "tests/judge/child.c"], parts + list(plan.includes[path, ()]))


def compile_unit(unit, kind):
    source, flags = unit
    return [*compiler([*flags, *kind]), "-c", source]


# ---- one worker's place ------------------------------------------------------------------------


class Bench:
    """A copy of the tree in which one file at a time is a mutant."""

    def __init__(self, plan, place, number):
        self.plan, self.place = plan, place
        self.tree = os.path.join(place, f"tree{number}")
        for part in ("kern", "libs", "tests/host", "tests/judge"):
            shutil.copytree(os.path.join(ROOT, part), os.path.join(self.tree, part))
        self.job = None
        self.changed = {}  # (unit, sanitized?) -> the mutant's object

    def path(self, name):
        return os.path.join(self.tree, name)

    def enter(self, job):
        """Put the mutant in its place, and compile it unless that was done before.

        Returns a digest of its objects, or None: it does not compile."""
        self.job = job
        with open(self.path(job.file), "w", encoding="ascii") as file:
            file.write(job.text)
        name = hashlib.sha256(f"{job.id}\0{job.text}".encode()).hexdigest()[:16]
        folder = os.path.join(self.place, "objects", name)
        os.makedirs(folder, exist_ok=True)
        digest = hashlib.sha256()
        self.changed = {}
        for unit in self.plan.units_with(job.file):
            output = os.path.join(folder, object_name(unit, PLAIN))
            if not os.path.exists(output) and not self.compile(unit, PLAIN, output):
                return None
            with open(output, "rb") as file:
                digest.update(file.read())
            self.changed[unit, False] = output
        return digest.hexdigest()

    def leave(self, job):
        shutil.copyfile(os.path.join(ROOT, job.file), self.path(job.file))

    def compile(self, unit, kind, output):
        return run([*compile_unit(unit, kind), "-o", output], self.tree)[0] == 0

    def object(self, unit, kind=PLAIN):
        """The object of a unit: the mutant's, where it contains what is changed."""
        if self.job.file not in self.plan.includes[unit]:
            return os.path.join(BASE, object_name(unit, kind))
        key = unit, bool(kind)
        if key not in self.changed:
            output = self.path(object_name(unit, kind))
            self.changed[key] = output if self.compile(unit, kind, output) else "does-not-compile"
        return self.changed[key]

    def judge(self, name, options):
        """What the judge finds wrong with a policy, or None."""
        child = self.path("child-" + name)
        path, _ = self.plan.policies[name]
        linked, _ = run(["gcc", self.object((path, ())), os.path.join(BASE, f"child-{name}.o"),
                         "-o", child], self.tree)
        if linked != 0:
            return f"linker: {name}"
        rule = ["--rule", RULES[name]] if name in RULES else []
        status, output = run([os.path.join(BASE, "judge"), "--house", "--quiet", *rule, *options,
                              child], self.tree)
        if status == 0:
            return None
        if status == 124:
            return f"judge: {name}: comes to no end"
        if status not in (1, 3):
            raise Failed(f"the judge ends with status {status}:\n{output}")
        return f"judge: {name}: {first_broken(output)}"

    def host_test(self, test, kind=PLAIN):
        """The host test that fails, or None."""
        program = self.path(test)
        objects = [self.object(unit, kind) for unit in self.plan.tests[test]]
        if run(["gcc", *kind, *objects, "-lcmocka", "-o", program], self.tree)[0] != 0:
            return f"compiler: {test}"
        found = first_failure(program, self.tree, SANITIZED_HANGS if kind else HANGS)
        return found and f"{test}: {found}"


def first_broken(output):
    line = next((l for l in output.splitlines() if l.startswith("broken")), "")
    return " ".join(line.split()[1:2]).rstrip(":") or "cannot run"


# ---- the killers -------------------------------------------------------------------------------

POLICY, TEST = Plan.policies_with, Plan.tests_with
# Name -> (who is asked about a file, how each of them is asked about the mutant).
KILLERS = {
    "quick": (POLICY, lambda bench, name: bench.judge(name, QUICK)),
    "host": (TEST, lambda bench, name: bench.host_test(name)),
    "judge": (POLICY, lambda bench, name: bench.judge(name, LONG)),
    "sanitized": (TEST, lambda bench, name: bench.host_test(name, SANITIZED)),
}


def trials(plan, file, names):
    """(killer, policy or test): each of the mutants of `file` has to pass all, in this order."""
    return [(killer, name) for killer in names for name in KILLERS[killer][0](plan, file)]


def first_failed(bench, some):
    """(trial, what noticed the mutant on the bench) of the first that fails, or None."""
    for killer, name in some:
        found = KILLERS[killer][1](bench, name)
        if found is not None:
            return (killer, name), found
    return None
