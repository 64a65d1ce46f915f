"""For the tests here: this tree as a repository of its own, and what it hands out, made once a run."""
import fcntl
import functools
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/grade"))
from handing_in import FEW_SEEDS, WITHOUT  # noqa: E402

IDENTITY = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]


def run(*words, cwd=None, status=0):
    """What it says on both streams; its status has to be this one, None: any."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run([str(word) for word in words], cwd=cwd, env=env, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, errors="replace", timeout=300, check=False)
    assert status in (None, done.returncode), (words, done.returncode, done.stdout)
    return done.stdout


def git(tree, *words):
    return run("git", "-C", tree, *IDENTITY, *words)


def commit(tree, message="work"):
    git(tree, "add", "--all")
    git(tree, "commit", "-q", "-m", message)


def handout(solution, *words, status=0):
    return run(sys.executable, solution / "tools/handout", *words, status=status)


def make(tree, *words):
    return run("make", "-s", "-j2", *words, cwd=tree)


def grade(tree, *options):
    """tools/grade of that tree, with few seeds: {test: has it all its points?}, and what it said."""
    code = WITHOUT.format(tools=str(tree / "tools"), off=set(),
                          more=FEW_SEEDS.replace('"10"', '"1"'))
    said = run(sys.executable, "-c", code, "-j2", *options, cwd=tree, status=None)
    rows = re.findall(r"^(ok|part|FAIL) +[\d.]+/\d+ +(\S+)", said, re.M)
    return {test: verdict == "ok" for verdict, test in rows}, said


def solution(folder):
    """All of this tree that git knows or would take in, as a repository of one commit."""
    names = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    git(folder.parent, "init", "-q", folder)
    commit(folder, "all of it")


def take_built(tree):
    """What was built here of sources that are the same there, so that make builds the rest."""
    built = [path for folder in ("build/user", "build/judge") for path in (ROOT / folder).rglob("*")
             if path.suffix != ".lock" and "made-" not in str(path)]
    built += [ROOT / "build/kernel/flags"]
    for depends in (ROOT / "build/kernel").rglob("*.d"):
        made_of = depends.read_text().replace("\\\n", " ").partition(":")[2].partition("\n")[0]
        if all(same(tree, name) for name in made_of.split()):
            built += [depends, depends.with_suffix(".o")]
    now = time.time()  # later than the sources
    for path in filter(Path.is_file, built):
        place = tree / path.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, place)
        os.utime(place, (now, now))


@functools.cache
def same(tree, name):
    return name.startswith("/") or (
        (tree / name).is_file() and (tree / name).read_bytes() == (ROOT / name).read_bytes())


def once(factory, name, build):
    """The folder that `build` fills, for all workers of this run; the first that comes makes it."""
    base = factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = base / name
    with open(base / f"{name}.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            making = base / f"{name}.new" / name  # what fails is not taken for the folder
            shutil.rmtree(making.parent, ignore_errors=True)
            making.mkdir(parents=True)
            build(making)
            making.rename(folder)
    return folder
