"""--batch DIR: a class. Each entry of the folder is a submission, called as its author.

A result is a file of its own, named after the files that were handed in and after all that the
grader is made of, and is written by rename: who is interrupted, or killed, goes on with --resume and
gets the same marks. A fault of the grader's own leaves no result, so that it is graded again.
"""
import concurrent.futures
import csv
import glob
import hashlib
import io
import json
import os
import shutil
import sys
import tempfile

from policies import CHILD, GUEST, JUDGE, ROOT

from . import build, grading, outputs, sandbox
from .faults import Fault, OwnFault

OURS = ("tools/grader/**/*", "tools/policies.py", "tools/policy-object", "libs/*.h", "kern/mm/*.h",
        "tests/dropin/*/*")
SUFFIXES = (".tar.gz", ".tgz", ".tar.xz", ".tar.bz2", ".tar", ".git")


def authors_name(entry):
    return next((entry.removesuffix(suffix) for suffix in SUFFIXES if entry.endswith(suffix)), entry)


def grader_hash(course, wanted):
    """Of everything that marks depend on, the submission apart."""
    total = hashlib.sha256(repr((course.key, course.public_seed, wanted,
                                 build.no_guest())).encode())
    names = [path for pattern in OURS for path in glob.glob(os.path.join(ROOT, pattern),
                                                            recursive=True)]
    names += [JUDGE, CHILD, build.UNCONFINED, GUEST, build.KERNEL_SCRIPT]
    if course.hidden:
        names += glob.glob(os.path.join(course.hidden, "**/*"), recursive=True)
    for name in sorted(names):
        if os.path.isfile(name) and not name.endswith(".pyc"):
            with open(name, "rb") as file:
                total.update(hashlib.sha256(file.read()).digest())
    return total.hexdigest()


class Batch:
    """folder: the submissions; results: a folder for what comes out."""

    def __init__(self, folder, results, wanted, course, resume):
        self.folder, self.results, self.resume = folder, results, resume
        self.wanted, self.course = wanted, course
        self.grader = grader_hash(course, wanted)[:16]

    def place(self, digest):
        return os.path.join(self.results, f"{digest[:32]}-{self.grader}.json")

    def kept(self, digest):
        try:
            with open(self.place(digest), encoding="utf-8") as file:
                return json.load(file)
        except FileNotFoundError:
            return None

    def grade(self, entry):
        """The row of one submission: its result, or the grader's fault."""
        work = tempfile.mkdtemp(prefix="grade-")
        try:
            run = grading.Grading(os.path.join(self.folder, entry), self.wanted, self.course, work,
                                  jobs=1)
            digest = run.taken[1]
            row = self.kept(digest) if self.resume else None
            if row is None:
                row = json.loads(outputs.as_json(run.run()))
                outputs.write(self.place(digest), json.dumps(row, indent=1) + "\n")
            return row
        except (Fault, OSError) as why:
            return {"status": OwnFault.status, "fault": str(why), "submission": "", "tests": []}
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def run(self, jobs):
        """The status: of the grader if it failed anywhere, else 0."""
        os.makedirs(self.results, exist_ok=True)
        entries = sorted(name for name in os.listdir(self.folder) if not name.startswith("."))
        rows, pool = {}, concurrent.futures.ThreadPoolExecutor(jobs)
        try:
            running = {pool.submit(self.grade, entry): entry for entry in entries}
            for number, done in enumerate(concurrent.futures.as_completed(running), 1):
                rows[authors_name(running[done])] = done.result()
                self.progress(number, len(entries))
        except KeyboardInterrupt:
            sandbox.running.end_all()
            raise
        finally:
            pool.shutdown(cancel_futures=True)
        outputs.write(os.path.join(self.results, "marks.csv"), self.as_csv(rows))
        return self.end(rows)

    def progress(self, number, count):
        if sys.stderr.isatty():
            print(f"\r{number}/{count} graded", end="" if number < count else "\n", file=sys.stderr)

    def end(self, rows):
        faults = {name: row["fault"] for name, row in rows.items() if "fault" in row}
        for name, why in sorted(faults.items()):
            print(f"grade: {name}: the grader's own fault: {why}; --resume tries it again",
                  file=sys.stderr)
        print(f"{len(rows) - len(faults)} of {len(rows)} submissions graded: "
              f"{os.path.join(self.results, 'marks.csv')}")
        return OwnFault.status if faults else 0

    def as_csv(self, rows):
        """A line for each author; without a score where the grader failed."""
        tests = [f"{task.name}/{test.name}" for task, tests in self.wanted for test in tests]
        out = io.StringIO()
        table = csv.writer(out, lineterminator="\n")
        table.writerow(["name", "status", "score", "max_score", "submission", *tests])
        for name, row in sorted(rows.items()):
            scores = {test["name"]: test["score"] for test in row["tests"]}
            table.writerow([cell(name), row["status"], row.get("score", ""),
                            row.get("max_score", ""), row["submission"],
                            *(scores.get(test, "") for test in tests)])
        return out.getvalue()


def cell(name):
    """A name that no spreadsheet takes for a formula."""
    return "'" + name if name[:1] in "=+-@\t" else name
