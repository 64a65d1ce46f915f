"""From verdicts to marks. Every point comes from the judge's verdict, or from comparing several."""
import dataclasses
import json
import os
import stat

from policies import JUDGE

from . import bands, build, sandbox
from .faults import OwnFault, switched_off
from .plain import plain

MEMORY_FILES_MB = 2048  # the judge's, that hold pages and their descriptors, or all of a guest
GUEST_MB = 8192  # address space: QEMU's, and the guest's memory in it
IN_KERNEL = "in the kernel, RISC-V"

HOLDS, BROKEN, SKIPPED = "holds", "broken", "skipped"


@dataclasses.dataclass(frozen=True)
class Verdict:
    """On one part of a test: a property, or one policy that a check has to tell."""

    part: str
    verdict: str  # HOLDS, BROKEN or SKIPPED
    why: str = ""
    steps: tuple = ()  # (call, answer) of the shortest failing sequence
    limitations: tuple = ()  # (title, text)
    options: str = ""  # of the judge, to see it again
    again: str = ""  # the failing promise, as the judge names it
    source: str = ""  # file:line in function
    seed: int = 0
    guest: bool = False  # on the host it holds
    measured: dict = None  # see bands.points


@dataclasses.dataclass
class Mark:
    """What a test is worth to a submission. `problem`: it was not run at all, and why."""

    task: object
    test: object
    got: float
    why: str = ""
    failure: Verdict = None  # the first part that was lost
    failures: int = 0
    problem: str = ""

    @property
    def name(self):
        return f"{self.task.name}/{self.test.name}"

    @property
    def full(self):
        return self.got == self.test.points


def opened(path, flags):
    """For open(): a regular file, as the judge leaves it, so that nobody is waited for."""
    if "table" in switched_off:
        return os.open(path, flags)
    file = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise OSError("no regular file")
    return file


def judge(child, folder, options, limits):
    """The judge's table on one child, as judge --json writes it; None: it ran out of time."""
    table = os.path.join(folder, "verdict.json")
    # Twice the time: QEMU has two threads, and it is the wall clock that has to run out first.
    bounds = sandbox.Bounds(wall_s=limits.test_s, cpu_s=2 * limits.test_s,
                            memory_mb=limits.memory_mb, file_mb=MEMORY_FILES_MB)
    done = sandbox.run(["env", f"PAGELAB_QEMU={build.QEMU}", JUDGE, "--quiet", "--timeout-ms",
                        limits.call_ms, *options, "--json", table, child], bounds,
                       readonly=[JUDGE, child, *filter(os.path.isfile, [build.QEMU])],
                       writable=[folder])
    if done.late:
        return None
    if done.status not in (0, 1):
        raise OwnFault(f"the judge ended with {done.status}: {plain(done.output)[:500]}")
    try:
        with open(table, encoding="utf-8", opener=opened) as text:
            return json.load(text)
    except (OSError, ValueError) as why:
        raise OwnFault(f"the judge's table: {why}") from why


def verdict_of(part, table, limits):
    """On the one property that was judged, or on the start of the child, where it ended."""
    if table is None:
        return Verdict(part, BROKEN, f"it did not end within {limits.test_s} s")
    if len(table["properties"]) != 1:
        raise OwnFault(f"the judge knows no single property {part}")
    row = table["properties"][0]
    told = tuple((limit["title"], plain(limit["text"]))
                 for limit in row["limitations"] + table["limitations"])
    if row["verdict"] != "broken":
        verdict = SKIPPED if row["verdict"] == "skipped" else HOLDS
        return Verdict(part, verdict, limitations=told)
    steps = tuple((plain(step["call"]), plain(step["answer"] or "")) for step in row["steps"])
    return Verdict(part, BROKEN, plain(f"{row['promise']}: {row['text']}"), steps, told,
                   row["options"] or "", row["promise"], plain(row["source"] or ""), row["seed"])


def property_verdict(programs, folder, task, name, seed):
    """What holds has to hold on the host and in the kernel."""
    options = ["--only", name, "--seed", seed, *task.options(name)]
    host = verdict_of(name, judge(programs.child, folder, options, task.limits), task.limits)
    if host.verdict == BROKEN or programs.guest is None:
        return host
    limits = dataclasses.replace(task.limits, memory_mb=GUEST_MB)
    return both(host, verdict_of(name, judge(programs.guest, folder, options, limits), limits))


def both(host, guest):
    """`host` is not broken."""
    told = tuple((dict(guest.limitations) | dict(host.limitations)).items())
    if guest.verdict != HOLDS:
        return dataclasses.replace(guest, guest=True, why=f"{IN_KERNEL}: {guest.why}",
                                   limitations=told)
    return dataclasses.replace(host, limitations=told)


def measured_verdict(children, folder, task, seed):
    """Of the submission, which has to be right, and of the reference beside it."""
    told = []
    for child in children:
        table = judge(child, folder, ["--measure", "--seed", seed], task.limits)
        verdict = verdict_of(bands.PART, table, task.limits)
        if verdict.verdict != HOLDS and child == children[1]:  # a student's own, at home
            return Verdict(bands.PART, BROKEN, f"{task.reference}, beside which it is measured, is "
                                               f"not right yet: {verdict.why}")
        if verdict.verdict != HOLDS:
            return verdict
        told.append(table["properties"][0]["measured"])
    return dataclasses.replace(verdict, measured=bands.beside(*told, task.reference))


def costs(test, verdict):
    """Why this part's share of the points is lost, or None."""
    if verdict.verdict == BROKEN:
        return verdict.why
    if verdict.verdict == SKIPPED and verdict.part not in test.optional:
        return f"{verdict.part} cannot be tested: the manager lacks what it needs"
    return None


def limitation(test, verdicts):
    """One that costs this test's points, told by any of the properties; or None."""
    told = (limit for verdict in verdicts.values() for limit in verdict.limitations)
    return next((text for title, text in told if title in test.unless), None)


def mark(task, test, verdicts, before):
    """`verdicts`: {part: Verdict} of the task; `before`: {name: Mark} of the tests above this."""
    for needed in test.needs:
        if not before[needed].full:
            return Mark(task, test, 0, f"counts only with full marks in {task.name}/{needed}")
    own = [verdicts[part] for part in test.parts]
    lost = [(why, verdict) for verdict in own for why in [costs(test, verdict)] if why]
    short = limitation(test, verdicts)
    if not lost and short is None and test.measure:
        return Mark(task, test, *bands.points(test, verdicts[bands.PART].measured))
    if not lost and short is None:
        return Mark(task, test, test.points)
    if short is not None:
        return Mark(task, test, 0, short, lost[0][1] if lost else None,
                    len(lost))
    share = (len(own) - len(lost)) / len(own) if test.partial else 0
    return Mark(task, test, round(test.points * share, 2), *lost[0], len(lost))
