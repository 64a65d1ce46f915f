"""Builds a mutant and tries to kill it: cheap killers first, and the first one that does ends it.

A killer is a function (bench, job) that returns what noticed the mutant, or None; KILLERS lists
them by name. Everything happens in a copy of the tree, one for each worker.
"""
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

INCLUDES = ["tests/host", "libs", "kern/mm", "kern/driver", "kern/sync", "kern/init"]
COMPILE = ["gcc", "-std=c11", "-O2", "-w", *("-iquote" + d for d in INCLUDES)]
SANITIZE = ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
FACADE = [os.path.join(MM, name) for name in ("pmm.c", "pmm_audit.c", "page_map.c")]
# Headers that say what a policy is, and the textbook check, which is a test itself.
NOT_MUTATED = ["pmm.h", "memlayout.h", "mmu.h", "zone.h", "page_map.h", "basic_check.h"]

CPU_SECONDS = 10  # what runs longer hangs; far more than any test takes
QUICK = ["--seeds", "2"]
LONG = []


class Failed(Exception):
    """The machinery itself does not work: what does not compile, or fails without any mutant."""


def limit_cpu():
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def run(command, cwd, limited=False):
    """Exit status (124: killed by the clock) and output."""
    try:
        done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=300, check=False, stdin=subprocess.DEVNULL,
                              preexec_fn=limit_cpu if limited else None)
    except subprocess.TimeoutExpired:
        return 124, ""
    return done.returncode, done.stdout.decode("utf-8", "replace")


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
    """Test -> the sources that it is linked with, as the Makefile says."""
    rule = "uses: ; @:$(foreach t,$(HOST_TESTS),$(info $t $(USES_$t)))"
    env = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(["make", "-s", "-C", ROOT, "--eval", rule, "uses"], env=env, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        raise Failed(done.stdout)
    lines = [line.split() for line in done.stdout.splitlines()]
    return {words[0]: words[1:] for words in lines if words and words[0].startswith("test_")}


def includes_of(source):
    """The files of the tree that `source` is made of, itself among them."""
    rule = must([*COMPILE, "-MM", source]).replace("\\\n", " ")
    return {os.path.normpath(name) for name in rule.partition(":")[2].split()}


class Plan:
    """Which programs a changed file is in. Made once; the workers inherit it."""

    def __init__(self):
        self.policies = managers()
        self.tests = host_tests()
        policy_files = [path for path, _ in self.policies.values()]
        sources = {*policy_files, *FACADE, *(s for used in self.tests.values() for s in used),
                   *map(self.test_source, self.tests)}
        self.includes = {source: includes_of(source) for source in sorted(sources)}
        headers = {h for path in policy_files for h in self.includes[path]
                   if h.endswith(".h") and os.path.dirname(h) == MM
                   and os.path.basename(h) not in NOT_MUTATED}
        self.files = [*policy_files, *sorted(headers), *FACADE]

    @staticmethod
    def test_source(test):
        return f"tests/host/{test}.c"

    def sources_with(self, file):
        """Portable sources, tests aside, that contain `file`."""
        return [s for s, parts in self.includes.items()
                if file in parts and not s.startswith("tests/")]

    def policies_with(self, file):
        return [name for name, (path, _) in self.policies.items() if file in self.includes[path]]

    def tests_with(self, file):
        return [t for t, used in self.tests.items()
                if any(file in self.includes[s] for s in [*used, self.test_source(t)])]

    def sources(self):
        """All that a mutant is linked with."""
        tests = {t for file in self.files for t in self.tests_with(file)}
        return {*FACADE, *(path for path, _ in self.policies.values()),
                *(s for t in tests for s in [*self.tests[t], self.test_source(t)])}

    def host(self, file):
        """A source through which a header can be parsed; None for a source."""
        return next(s for s in self.sources_with(file)) if file.endswith(".h") else None


def object_name(source):
    return source.replace("/", "-")[:-2] + ".o"


def prepare(plan):
    """Build what no mutant changes: the judge, its child, objects of everything."""
    os.makedirs(BASE, exist_ok=True)
    shutil.rmtree(os.path.join(BUILD, "objects"), ignore_errors=True)
    for source in plan.sources():
        must([*COMPILE, "-c", source, "-o", os.path.join(BASE, object_name(source))])
    judge = [os.path.join("tests", "judge", name)
             for name in sorted(os.listdir(os.path.join(ROOT, "tests", "judge")))
             if name.endswith(".c") and name not in ("child.c", "shrink.c")]
    must([*COMPILE, "-iquotetests/judge", *judge, "tests/mutants/first_failure.c",
          "-o", os.path.join(BASE, "judge")])
    for name, (_, symbol) in plan.policies.items():
        must([*COMPILE, "-iquotetests/judge", f"-Ddropin_pmm_manager={symbol}", "-c",
              "tests/judge/child.c", "-o", os.path.join(BASE, f"child-{name}.o")])


# ---- one worker's place ------------------------------------------------------------------------


class Bench:
    """A copy of the tree in which one file at a time is a mutant."""

    def __init__(self, plan, number):
        self.plan = plan
        self.tree = os.path.join(BUILD, f"tree{number}")
        shutil.rmtree(self.tree, ignore_errors=True)
        for part in ("kern", "libs", "tests/host", "tests/judge"):
            shutil.copytree(os.path.join(ROOT, part), os.path.join(self.tree, part))
        self.changed = {}  # source -> the mutant's object

    def path(self, name):
        return os.path.join(self.tree, name)

    def enter(self, job):
        """Put the mutant in its place, and compile it unless that was done before.

        Returns a digest of its objects, or None: it does not compile."""
        with open(self.path(job.file), "w", encoding="ascii") as file:
            file.write(job.text)
        name = hashlib.sha256(f"{job.id}\0{job.text}".encode()).hexdigest()[:16]
        folder = os.path.join(BUILD, "objects", name)
        os.makedirs(folder, exist_ok=True)
        digest = hashlib.sha256()
        self.changed = {}
        for source in self.plan.sources_with(job.file):
            output = os.path.join(folder, object_name(source))
            if not os.path.exists(output) and \
                    run([*COMPILE, "-c", source, "-o", output], self.tree)[0] != 0:
                return None
            with open(output, "rb") as file:
                digest.update(file.read())
            self.changed[source] = output
        return digest.hexdigest()

    def leave(self, job):
        shutil.copyfile(os.path.join(ROOT, job.file), self.path(job.file))

    def object(self, source):
        return self.changed.get(source, os.path.join(BASE, object_name(source)))

    def judge(self, name, options):
        """What the judge finds wrong with a policy, or None."""
        child = self.path("child-" + name)
        path, _ = self.plan.policies[name]
        linked, _ = run(["gcc", self.object(path), os.path.join(BASE, f"child-{name}.o"),
                         "-o", child], self.tree)
        if linked != 0:
            return f"linker: {name}"
        rule = ["--rule", RULES[name]] if name in RULES else []
        status, output = run([os.path.join(BASE, "judge"), "--house", "--quiet", *rule, *options,
                              child], self.tree)
        if status == 0:
            return None
        if status not in (1, 3):
            raise Failed(f"the judge ends with status {status}:\n{output}")
        return f"judge: {name}: {first_broken(output)}"

    def host_test(self, test, job, flags=None):
        """The host test that fails, or None. With flags, all of it is compiled anew."""
        program = self.path(test)
        sources = [self.plan.test_source(test), *self.plan.tests[test]]
        if flags is None:
            self.compile_test(sources[0], job)
            command = ["gcc", *(self.object(s) for s in sources)]
        else:
            command = [*COMPILE, *flags, *sources]
        if run([*command, "-lcmocka", "-o", program], self.tree)[0] != 0:
            return f"compiler: {test}"
        status, output = run([program], self.tree, limited=True)
        if status == 0:
            return None
        failed = re.search(r"\[  FAILED  \] (\w+)$", output, re.M)
        ran = re.findall(r"\[ RUN      \] (\w+)$", output, re.M)
        return f"{test}: {failed[1] if failed else ran[-1] if ran else 'it ends'}"

    def compile_test(self, source, job):
        """A test that includes the mutated header is compiled again."""
        if job.file in self.plan.includes[source]:
            output = self.path(object_name(source))
            if run([*COMPILE, "-c", source, "-o", output], self.tree)[0] == 0:
                self.changed[source] = output


def first_broken(output):
    line = next((l for l in output.splitlines() if l.startswith("broken")), "")
    return " ".join(line.split()[1:2]).rstrip(":") or "cannot run"


# ---- the killers -------------------------------------------------------------------------------


def judge_quickly(bench, job):
    return first(bench.judge(name, QUICK) for name in bench.plan.policies_with(job.file))


def run_host_tests(bench, job):
    return first(bench.host_test(test, job) for test in bench.plan.tests_with(job.file))


def judge_at_length(bench, job):
    return first(bench.judge(name, LONG) for name in bench.plan.policies_with(job.file))


def run_host_tests_sanitized(bench, job):
    return first(bench.host_test(test, job, SANITIZE) for test in bench.plan.tests_with(job.file))


def first(results):
    return next(filter(None, results), None)


KILLERS = {"quick": judge_quickly, "host": run_host_tests, "judge": judge_at_length,
           "sanitized": run_host_tests_sanitized}
