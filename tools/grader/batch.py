"""--batch DIR: a class. Each entry of the folder is a submission, called as its author.

A result is a file of its own, named after the files that were handed in and after all that the
grader is made of, and is written by rename: who is interrupted, or killed, goes on with --resume
and gets the same marks. A fault of the grader's own leaves no result, so that it is graded again.
"""
import concurrent.futures
import csv
import dataclasses
import glob
import hashlib
import io
import json
import os
import shutil
import sys
import tempfile

from policies import CHILD, GUEST, JUDGE, ROOT

from . import build, class_report, grading, hosts, outputs, sandbox, similarity, variants
from .faults import Fault, OwnFault, Rejected
from .plain import plain

OURS = ("tools/grader/**/*", "tools/policies.py", "tools/policy-object", "libs/*.h", "kern/mm/*.h",
        "tests/dropin/*/*")
SUFFIXES = (".tar.gz", ".tgz", ".tar.xz", ".tar.bz2", ".tar", ".git")
MARKS, SIMILAR, REPORT, HOSTS = "marks.csv", "similar.csv", "report.html", "hosts.tsv"


@dataclasses.dataclass(frozen=True)
class Settings:
    """How a batch is run. Nothing here changes a mark."""

    jobs: int = 1  # at a time, on each host
    resume: bool = False
    part: tuple = (1, 1)  # this one of so many, which share the results
    sshlogin: str = None  # GNU parallel's; None: this machine
    forwarded: tuple = ()  # options for tools/grade on the hosts
    handout: str = similarity.HANDOUT
    least: int = 60  # percent from which two are similar


def shown(name):
    """A file's name, whatever bytes it has, as text that is another for any other name."""
    return "".join(c if c.isprintable() and c != "\\" else c.encode("unicode_escape").decode()
                   for c in name)


def authors(entries):
    """{author: entry}. ada.tar is called ada, unless two would be called the same."""
    names = [next((entry.removesuffix(suffix) for suffix in SUFFIXES if entry.endswith(suffix)),
                  entry) for entry in entries]
    if len(set(names)) < len(names):
        names = entries
    return {shown(name): entry for name, entry in zip(names, entries)}


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


def failed(why):
    """The row of a submission that could not be graded."""
    text = str(why) if isinstance(why, (Fault, OSError)) else f"{type(why).__name__}: {why}"
    return {"status": OwnFault.status, "fault": plain(text), "submission": "", "tests": []}


class Batch:
    """folder: the submissions; results: a folder for what comes out."""

    def __init__(self, folder, wanted, course, settings):
        self.folder, self.results = folder, folder + hosts.RESULTS
        self.wanted, self.course, self.settings = wanted, course, settings
        self.grader = grader_hash(course, wanted)[:16]
        self.files = {}  # of each author, {name: bytes}
        self.over = self.count = 0

    # ---- results ----

    def name(self, digest):
        return f"{digest[:32]}-{self.grader}.json"

    def kept(self, digest):
        """The row that is there already, if it may be used."""
        if not self.settings.resume:
            return None
        try:
            with open(os.path.join(self.results, self.name(digest)), encoding="utf-8") as file:
                return json.load(file)
        except FileNotFoundError:
            return None

    def keep(self, row):
        outputs.write(os.path.join(self.results, self.name(row["submission"])),
                      json.dumps(row, indent=1) + "\n")
        return row

    # ---- grading ----

    def take(self, author, entry, work):
        """A Grading whose files are taken."""
        wanted = variants.chosen_for(author, self.wanted, self.course)
        run = grading.Grading(os.path.join(self.folder, entry), wanted, self.course, work, jobs=1)
        self.files[author] = {name: data for files in run.taken[0].values()
                              if not isinstance(files, Exception) for name, data in files.items()}
        return run

    def grade(self, author, entry):
        """The row of one submission: its result, or the grader's fault."""
        work = tempfile.mkdtemp()
        try:
            run = self.take(author, entry, work)
            row = self.kept(run.taken[1])
            if row is None:
                row = self.keep(json.loads(outputs.as_json(run.run())))
            return row
        except Exception as why:  # whatever it is, the others are graded
            return failed(why)
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def here(self, entries):
        """{author: row}, graded on this machine."""
        rows, pool = {}, concurrent.futures.ThreadPoolExecutor(self.settings.jobs)
        try:
            running = {pool.submit(self.grade, author, entry): author
                       for author, entry in entries.items()}
            for done in concurrent.futures.as_completed(running):
                rows[running[done]] = done.result()
                self.progress()
        except KeyboardInterrupt:
            sandbox.running.end_all()
            raise
        finally:
            pool.shutdown(cancel_futures=True)
        return rows

    def elsewhere(self, entries):
        """{author: row}, graded on the hosts. What intake refuses stays here: the refusal is part
        of what was handed in, and would not be met again there."""
        log = os.path.join(self.results, HOSTS)
        words = hosts.command(self.settings, log)
        folder, sent, rows, stay = tempfile.mkdtemp(), {}, {}, {}
        for number, (author, entry) in enumerate(entries.items()):
            try:
                taken, digest = self.take(author, entry, os.path.join(folder, "work")).taken
                row = self.kept(digest)
                if row is not None:
                    rows[author] = row
                elif (any(isinstance(files, Rejected) for files in taken.values())
                      or shown(author) != author):  # there, it would be called otherwise
                    stay[author] = entry
                else:
                    sent[author] = str(number), digest
                    place = os.path.join(folder, str(number), author + SUFFIXES[-1])
                    os.makedirs(place)
                    build.lay_out(self.files[author], place)
            except Exception as why:
                rows[author] = failed(why)
        if sent:
            hosts.grade(folder, [name for name, _ in sent.values()], words, self.progress)
            tried = hosts.tries(log)
            for author, (name, digest) in sent.items():
                place = os.path.join(folder, name + hosts.RESULTS, self.name(digest))
                rows[author] = self.come_back(place, hosts.why_none(tried.get(name)))
        return rows | self.here(stay)

    def come_back(self, place, why_none):
        """The row of a result that is there, or not."""
        try:
            with open(place, encoding="utf-8") as text:
                return self.keep(json.load(text))
        except FileNotFoundError:
            return failed(OwnFault(why_none))
        except (OSError, ValueError) as why:
            return failed(why)

    # ---- a class ----

    def run(self):
        """The status: of the grader if it failed anywhere, else 0."""
        os.makedirs(self.results, exist_ok=True)
        entries = authors(sorted(name for name in os.listdir(self.folder)
                                 if not name.startswith(".")))
        part, parts = self.settings.part
        chosen = dict(list(entries.items())[part - 1::parts])
        self.count = len(chosen)
        rows = self.elsewhere(chosen) if self.settings.sshlogin else self.here(chosen)
        rows = dict(sorted(rows.items()))
        if parts > 1:
            return self.end(rows, f"{self.results} (part {part} of {parts})")
        self.write(MARKS, self.as_csv(rows))
        self.report(rows)
        return self.end(rows, f"{MARKS} and {REPORT} in {self.results}")

    def write(self, name, text):
        outputs.write(os.path.join(self.results, name), text)

    def report(self, rows):
        pairs, note = [], ""
        try:
            pairs, left_out = similarity.pairs(os.path.join(tempfile.mkdtemp(), "similar"),
                                               self.files, self.settings.handout,
                                               self.settings.least)
            self.write(SIMILAR, similarity.as_csv(pairs, cell))
            if left_out:
                note = f"not compared, too repetitive: {', '.join(left_out)}"
        except (similarity.Unknown, Fault, OSError, ValueError) as why:
            note = f"not looked for: {plain(str(why))}"
        if note:
            print(f"grade: similar submissions: {note}", file=sys.stderr)
        title = shown(os.path.basename(os.path.abspath(self.folder)))
        similar = class_report.Similar(pairs, self.settings.least, note, SIMILAR)
        names = {author: self.name(row["submission"]) for author, row in rows.items()}
        self.write(REPORT, class_report.page(title, self.wanted, rows, names, similar))

    def progress(self):
        self.over += 1
        if sys.stderr.isatty():
            print(f"\r{self.over}/{self.count} graded", file=sys.stderr,
                  end="" if self.over < self.count else "\n")

    def end(self, rows, where):
        faults = {author: row["fault"] for author, row in rows.items() if "fault" in row}
        for author, why in faults.items():
            print(f"grade: {author}: the grader's own fault: {why}; --resume tries it again",
                  file=sys.stderr)
        print(f"{len(rows) - len(faults)} of {len(rows)} submissions graded: {where}")
        return OwnFault.status if faults else 0

    def as_csv(self, rows):
        """A line for each author; without a score where the grader failed."""
        tests = [f"{task.name}/{test.name}" for task, tests in self.wanted for test in tests]
        out = io.StringIO()
        table = csv.writer(out, lineterminator="\n")
        table.writerow(["name", "status", "score", "max_score", "submission", *tests])
        for author, row in rows.items():
            scores = {test["name"]: f"{test['score']:.10g}" for test in row["tests"]}
            total = ["", ""] if "fault" in row else [f"{row['score']:.10g}", row["max_score"]]
            table.writerow([cell(author), row["status"], *total, row["submission"],
                            *(scores.get(test, "") for test in tests)])
        return out.getvalue()


def cell(name):
    """A name that no spreadsheet takes for a formula."""
    return "'" + name if name[:1] in "=+-@" else name
