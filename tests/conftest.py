"""Collects the C tests beside the Python ones, and keeps test.txt true.

A cmocka program tests/host/test_X.c is one item a test and compiler. The Makefile
has built everything before; here things only run.
"""

import difflib
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
COMPILERS = ("gcc", "clang")
PINNED = ("riscv64-unknown-elf-gcc", "12.2.0")  # test.txt holds for this one
RESULTS_FOLLOW = "---- tests ----\n"  # in test.txt


def pytest_addoption(parser):
    parser.addoption("--results", metavar="FILE",
                     help="write the names of all tests with their results to FILE, sorted")
    parser.addoption("--test-txt", metavar="FILE",
                     help="fail unless the names and results in FILE are those of this run")


# ---- C tests ---------------------------------------------------------------------------------


def pytest_collect_file(parent, file_path):
    if file_path.suffix == ".c" and file_path.name.startswith("test_"):
        return CFile.from_parent(parent, path=file_path)
    return None


class CFile(pytest.File):
    def collect(self):
        names = re.findall(r"cmocka_unit_test\((\w+)\)", self.path.read_text())
        for compiler in COMPILERS:
            program = BUILD / "host" / compiler / self.path.stem
            for name in names:
                yield CTest.from_parent(self, name=f"{name}[{compiler}]", program=program,
                                        test=name)


class CTest(pytest.Item):
    def __init__(self, *, program, test, **kwargs):
        super().__init__(**kwargs)
        self.program, self.test = program, test

    def runtest(self):
        if not self.program.exists():
            raise CTestFailed(f"{self.program} is not built; run make test-host")
        done = subprocess.run([self.program, self.test], capture_output=True, text=True,
                              timeout=120, check=False)
        output = done.stdout + done.stderr
        if done.returncode != 0 or " 1 test(s) run." not in output:
            raise CTestFailed(f"{self.program} {self.test}: exit {done.returncode}\n{output}")

    def repr_failure(self, excinfo, style=None):
        if isinstance(excinfo.value, CTestFailed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self):
        return self.path, 0, self.name


class CTestFailed(Exception):
    pass


# ---- the last line, and test.txt's second part -----------------------------------------------


class Results:
    """One result a test, whatever phase it ended in."""

    def __init__(self):
        self.of = {}
        self.stale = []  # how test.txt differs

    def pytest_runtest_logreport(self, report):
        name = report.nodeid.removeprefix("tests/")
        if report.failed:
            self.of[name] = "failed"
        elif report.skipped:
            self.of.setdefault(name, "skipped")
        elif report.when == "call":
            self.of.setdefault(name, "passed")

    def count(self, result):
        return list(self.of.values()).count(result)

    def text(self):
        return "".join(sorted(f"{name}: {result}\n" for name, result in self.of.items()))


def is_worker(config):
    return hasattr(config, "workerinput")


def pytest_configure(config):
    if not is_worker(config):
        config.pluginmanager.register(Results(), "results")


def pytest_collection_modifyitems(items):
    """A test is called the same wherever the tree stands: test.txt holds its name."""
    for item in items:
        if str(ROOT) in item.name:
            raise pytest.UsageError(f"{item.nodeid}: give its parameters ids without {ROOT}")


def pytest_sessionfinish(session):
    config = session.config
    if is_worker(config) or config.option.collectonly:
        return
    results = config.pluginmanager.get_plugin("results")
    if config.getoption("--results"):
        pathlib.Path(config.getoption("--results")).write_text(results.text())
    if config.getoption("--test-txt") and pinned_compiler():
        recorded = pathlib.Path(config.getoption("--test-txt")).read_text()
        recorded = recorded.partition(RESULTS_FOLLOW)[2]
        if recorded != results.text():
            results.stale = list(difflib.unified_diff(
                recorded.splitlines(True), results.text().splitlines(True),
                "test.txt", "this run (if it is right: make test.txt)", n=0))
            results.of["test.txt"] = "failed"
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pinned_compiler():
    """Whether the kernel is built by the compiler that test.txt was made with."""
    program, version = PINNED
    try:
        done = subprocess.run([program, "-dumpversion"], capture_output=True, text=True,
                              check=False)
    except OSError:
        return False
    return done.stdout.strip() == version


def pytest_unconfigure(config):
    if is_worker(config) or config.option.collectonly:
        return
    results = config.pluginmanager.get_plugin("results")
    print("\n" + "".join(results.stale), end="")
    skipped = results.count("skipped")
    print(f"\n{results.count('passed')} passed, {results.count('failed')} failed"
          + (f", {skipped} skipped" if skipped else ""))
