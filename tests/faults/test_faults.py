"""Each patch here breaks one thing, and one named test must notice.

A patch begins with two lines: `Fault:` says what is broken, `Red:` names the test, as pytest
does below tests/. It is applied to a copy of the tree, where what the test needs is built, and
only that test is run. A fault that no test notices fails here, and so does one that no longer
applies or no longer builds.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import zlib

import pytest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PATCHES = sorted(HERE.glob("*.patch"))
# make test has time for one in three, always the same; make faults tries all.
TRIED = [patch for patch in PATCHES if "PAGELAB_ALL_FAULTS" in os.environ
         or zlib.crc32(patch.stem.encode()) % 3 == 0]
PARTS = ("Makefile", "kern", "libs", "tools", "tests")
BUILT = ("kernel", "kernel.elf", "kernel-*", "judge", "san-*")  # in build/


def header(patch, key):
    for line in patch.read_text().splitlines():
        if line.startswith(key + ": "):
            return line.split(": ", 1)[1]
    raise AssertionError(f"{patch.name} has no line `{key}: ...`")


def run(command, tree, **kwargs):
    return subprocess.run(command, cwd=tree, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False, timeout=300, **kwargs)


def targets(test):
    """What make has to build before pytest can run `test`."""
    path, _, name = test.partition("::")
    if path.startswith("host/"):
        compiler = name.rsplit("[", 1)[1].rstrip("]")
        return [f"build/host/{compiler}/{pathlib.Path(path).stem}"]
    if path == "qemu/test_san.py":
        san = "undefined" if "undefined" in name else "address"
        return [f"SAN={san}", f"build/san-{san}/kernel.elf"]
    return ["judge-programs" if path.startswith("judge/") else "build/kernel.elf"]


def broken_tree(patch, tmp_path):
    """What is built already comes along, so that make builds only what the patch touches."""
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, tmp_path / part)
    for built in (path for pattern in BUILT for path in (ROOT / "build").glob(pattern)):
        to = tmp_path / "build" / built.name
        to.parent.mkdir(exist_ok=True)
        if built.is_dir():
            shutil.copytree(built, to, ignore=shutil.ignore_patterns("made-*"))  # others' runs
        else:
            shutil.copy2(built, to)
    applied = run(["patch", "-p1", "-s", "--no-backup-if-mismatch", "-F0", "-i", patch], tmp_path)
    assert applied.returncode == 0, f"does not apply: {applied.stdout}"
    return tmp_path


@pytest.mark.parametrize("patch", TRIED, ids=lambda p: p.stem)
def test_the_fault_is_noticed_by(patch, tmp_path):
    test = header(patch, "Red")
    header(patch, "Fault")
    tree = broken_tree(patch, tmp_path)
    built = run(["make", "-s", *targets(test)], tree)
    assert built.returncode == 0, f"does not build: {built.stdout}"
    ran = run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"tests/{test}"],
              tree)
    assert ran.returncode == 1, f"{test} stayed green:\n{ran.stdout}"
    assert "1 failed" in ran.stdout, ran.stdout


def test_every_file_that_must_have_faults_has_four():
    touched = [line[6:] for patch in PATCHES for line in patch.read_text().splitlines()
               if line.startswith("+++ b/")]
    for name in ("kern/mm/default_pmm.c", "kern/mm/buddy_system_pmm.c", "kern/mm/pmm.c",
                 "kern/driver/dtb.c"):
        assert touched.count(name) >= 4, f"{name}: {touched.count(name)}"


def test_every_fault_applies_and_names_a_test_that_there_is():
    for patch in PATCHES:
        assert run(["patch", "-p1", "-s", "-F0", "--dry-run", "-i", patch], ROOT).returncode == 0, patch
        path, _, name = header(patch, "Red").partition("::")
        name = name.rpartition("::")[2].partition("[")[0]
        assert f"{name}(" in (ROOT / "tests" / path).read_text(), f"{patch.name}: {path} has no {name}"
