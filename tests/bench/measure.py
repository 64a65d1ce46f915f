"""How the courses are measured: timed side by side, counted by callgrind, looked at on the way."""
import contextlib
import tempfile

from worker import Failed, Worker

LEAST = 4096        # pages
SMALL = 32768       # pages, where all is measured in full, and always the same
PAIRS = "aALe"      # a state that each pair of requests leaves as it was
CHURN = "cdfu"      # go on and on
SLOW_NS = 2000      # an operation: such courses are sampled
TRIES = 3           # of a few operations, which the machine's other work can make as slow

PAIR_REQUESTS = 32768  # a round
PAIR_ROUNDS = 5
CHURN_ROUNDS = 8       # of half the pages each, or of so many requests:
CHURN_MOST = 1 << 18
WARM_PART = 4          # a round's requests divided by this come first, untimed
ROUND_MS = 300         # and what is cut by that, from then on:
CUT_ROUND_MS = 100

DEEP = 64              # requests from one full depth of L to the next
COUNTED_PAIRS = 256    # requests, of which as many are frees
COUNTED_CHURN = 128    # in each of 16 windows
CHURN_WINDOWS = 16
CHURN_WARM = 1 << 20   # requests before the first, at most
COUNTED_ALLOCS = 2048  # of b
COUNTED_FREES = 256    # in each of 8 windows
FREE_WINDOWS = 8
OCCUPIED = (10, 30, 50, 70, 80, 90)  # percent of memory requested
OCCUPIED_COURSES = "cu"
COUNT_NS = 3_000_000  # of an uncounted run: what is counted at once takes about 50 times as long


def start(worker, workload, done=0):
    """A state that takes longer than this is not worth the wait; under callgrind all does."""
    seconds = 3 + worker.pages / (1 << 20)
    worker.ask(f"start {workload} {done}", seconds * (6 if worker.counted else 1))


def free_windows(pages):
    """Requests that are done where each window of b's frees begins."""
    return [pages + (2 * i + 1) * pages // (2 * FREE_WINDOWS) for i in range(FREE_WINDOWS)]


def is_slow(worker, pages):
    """Does it take too long to free all pages in random order? Asked until it does not."""
    start(worker, "b", pages + pages // 2)
    for _ in range(TRIES):
        seen = worker.ask("run 64 200")
        if seen["ns"] <= SLOW_NS * max(seen["requests"], 1):
            return False
    return True


# ---- time -----------------------------------------------------------------------------------------

class Timed:
    """What is known of one design in one course; `failed` is None or says why it is not."""

    def __init__(self, design, pages):
        self.design, self.pages, self.failed, self.sampled = design, pages, None, None
        self.best, self.timed, self.series, self.asked = None, 0, [], 0
        self.seen = {"failed": 0, "allocs": 0}
        self.worker = Worker(design, pages)

    def try_to(self, do, *args):
        """Nothing more is done once it has failed."""
        if self.failed is None:
            try:
                return do(*args)
            except Failed as why:
                self.failed = str(why)
        return None

    def round(self, requests):
        done = 0 if self.sampled else self.warm_up(requests // WARM_PART)
        seen = self.worker.ask(f"run {requests - done} {CUT_ROUND_MS if self.sampled else ROUND_MS}")
        if done + seen["requests"] < requests:
            self.sampled = f"{done + seen['requests']} of {requests} requests in a round"
        if seen["requests"] > 0:
            self.note(seen["ns"] / seen["requests"], seen["requests"])
        self.asked += seen["requests"]
        self.seen = seen

    def warm_up(self, requests):
        """The turns of others have emptied the machine's caches, which is no cost of this one."""
        done = self.worker.ask(f"run {requests} {CUT_ROUND_MS}")["requests"]
        self.asked += done
        return done

    def note(self, ns, requests):
        self.best = ns if self.best is None else min(self.best, ns)
        self.timed = max(self.timed, requests)

    def look(self):
        seen = self.worker.ask("look")
        self.series.append(fragmentation(seen, self.seen) | {"at": self.asked})

    def all_pages(self):
        """b as a whole."""
        start(self.worker, "b")
        seen = self.worker.ask(f"run {2 * self.pages} 600000")
        self.note(seen["ns"] / seen["requests"], seen["requests"])
        self.seen = seen

    def some_pages(self):
        """b in windows: allocations at the beginning, and frees in the states on the way."""
        start(self.worker, "b")
        seen = self.worker.ask(f"run {COUNTED_ALLOCS} {ROUND_MS}")
        alloc, frees, nfrees = seen["ns"] / seen["requests"], [], 0
        for done in free_windows(self.pages):
            start(self.worker, "b", done)
            seen = self.worker.ask(f"run {COUNTED_FREES} 100")
            frees.append(seen["ns"] / seen["requests"])
            nfrees += seen["requests"]
        self.note((alloc + sum(frees) / len(frees)) / 2, COUNTED_ALLOCS + nfrees)
        self.sampled = f"{COUNTED_ALLOCS} allocs, and {nfrees} frees in {FREE_WINDOWS} states"

    def close(self):
        self.worker.__exit__()


def fragmentation(seen, counts):
    """Figures of a row, of what host.c's look and the last run said."""
    free = max(seen["free"], 1)
    out = {"granted_requested": seen["granted"] / seen["requested"] if seen["requested"] else None,
           "refused": counts["failed"] / counts["allocs"] if counts["allocs"] else 0,
           "free_pages": seen["free"]}
    if seen["known"]:
        out |= {"share_2m": seen["huge"] / free, "largest": seen["largest"],
                "gorman": [index if index >= 0 else None for index in seen["gorman"]],
                "unusable": [pages / free for pages in seen["shorter"]]}
    return out


def time_b(group, pages):
    slow = {t.design.name for t in group if t.try_to(is_slow, t.worker, pages)}
    for _ in range(5 if pages <= SMALL else 3):
        for t in group:
            if t.design.name not in slow:
                t.try_to(t.all_pages)
    for t in group:
        if t.design.name in slow:
            t.try_to(t.some_pages)


def time_rounds(group, workload, pages):
    """In turns, so that what disturbs one disturbs the others, too."""
    for t in group:
        t.try_to(start, t.worker, workload)
    rounds, requests = PAIR_ROUNDS, PAIR_REQUESTS
    if workload in CHURN:
        rounds, requests = CHURN_ROUNDS, min(pages // 2, CHURN_MOST)
        for t in group:
            t.try_to(t.look)
    looks = range(1, rounds + 1) if pages <= 1 << 20 else (rounds // 2, rounds)
    for done in range(1, rounds + 1):
        for t in group:
            t.try_to(t.round, requests)
        for t in group if workload in CHURN and done in looks else []:
            t.try_to(t.look)


def time_course(designs, workload, pages):
    """A row for each design, of one course; they run side by side, one at a time."""
    with contextlib.ExitStack() as stack:
        group = [Timed(design, pages) for design in designs if design.does(workload)]
        for t in group:
            stack.callback(t.close)
        if workload == "b":
            time_b(group, pages)
        else:
            time_rounds(group, workload, pages)
        for t in group:
            if workload not in CHURN:
                t.try_to(t.look)
        return {t.design.name: timed_row(t, workload) for t in group}


def timed_row(t, workload):
    row = {"policy": t.design.name, "kind": t.design.kind, "workload": workload, "pages": t.pages}
    if t.failed is not None:
        return row | {"failed": t.failed}
    row |= {"ns": t.best, "timed": t.timed}
    row |= {name: value for name, value in t.series[-1].items() if name != "at"}
    if workload in CHURN:
        row["series"] = [{name: at.get(name) for name in (
            "at", "free_pages", "share_2m", "largest", "granted_requested", "refused")} |
            {"unusable_9": at["unusable"][9] if "unusable" in at else None} for at in t.series]
        if t.asked < t.pages and t.sampled is None:
            t.sampled = f"{t.asked} requests, which is less than one for each page"
    if t.sampled is not None:
        row["sampled"] = t.sampled
    return row


# ---- instructions ---------------------------------------------------------------------------------

def affordable(worker, wanted, pages, least=2):
    """How many requests are counted at once: all that are wanted, where memory is small."""
    if pages <= SMALL:
        return wanted
    seen = worker.ask(f"run {DEEP} 200")
    most = int(COUNT_NS * max(seen["requests"], 1) / max(seen["ns"], 1))
    return max(min(wanted, most // least * least), least)


def count_pairs(worker, workload, pages):
    start(worker, workload)
    wanted = affordable(worker, COUNTED_PAIRS, pages, DEEP if workload == "L" else 2)
    worker.ask(f"count {wanted}")


def count_b(worker, pages):
    slow = pages > SMALL and is_slow(worker, pages)
    start(worker, "b")
    worker.ask(f"count {COUNTED_ALLOCS}")
    at = COUNTED_ALLOCS
    for done in free_windows(pages):
        if slow or pages <= SMALL:
            start(worker, "b", done)
        else:
            worker.ask(f"run {done - at} 600000")
        at = done + COUNTED_FREES
        wanted = affordable(worker, COUNTED_FREES, pages) if slow else COUNTED_FREES
        worker.ask(f"count {wanted}")


def count_churn(worker, workload, pages):
    start(worker, workload)
    if pages <= SMALL:
        warm, gap, ms = pages // 2, pages // 16, 600000
    else:
        warm, gap, ms = CHURN_WARM, CHURN_WARM // 32, 1000
    worker.ask(f"run {warm} {ms}")
    for _ in range(CHURN_WINDOWS):
        worker.ask(f"run {gap} {ms // 30}")
        wanted = COUNTED_CHURN * (4 if workload == "f" else 1)
        worker.ask(f"count {affordable(worker, wanted, pages)}")


def count_course(worker, workload, pages):
    """What callgrind says of one course, as part of a row."""
    if workload == "b":
        count_b(worker, pages)
    elif workload in CHURN:
        count_churn(worker, workload, pages)
    else:
        count_pairs(worker, workload, pages)
    alloc, free, counted = worker.counts()
    touched = worker.ask("look")["touched"] + worker.design.own
    return {"instructions": (alloc + free) / 2, "alloc": alloc, "free": free, "counted": counted,
            "metadata": touched / pages}


def count_occupied(design):
    """Rows of one design: instructions in c, with so many percent of memory requested."""
    rows = []
    with tempfile.TemporaryDirectory() as folder, Worker(design, SMALL, folder) as worker:
        with contextlib.suppress(Failed, ValueError):
            for workload in OCCUPIED_COURSES if design.does("c") else "":
                for percent in OCCUPIED:
                    worker.ask(f"occupy {percent}")
                    count_churn(worker, workload, SMALL)
                    alloc, free, counted = worker.counts()
                    rows.append({"policy": design.name, "workload": workload, "pages": SMALL,
                                 "occupied": percent, "instructions": (alloc + free) / 2,
                                 "alloc": alloc, "free": free, "counted": counted})
    return rows


def count_design(design, workloads, pages):
    """{workload: part of a row} of all courses of one design; one that fails costs no other."""
    found, left = {}, [workload for workload in workloads if design.does(workload)]
    while left:
        with tempfile.TemporaryDirectory() as folder, Worker(design, pages, folder) as worker:
            try:
                while left:
                    found[left[0]] = count_course(worker, left[0], pages)
                    left.pop(0)
            except (Failed, ValueError) as why:
                found[left.pop(0)] = {"failed": str(why)}
    return found
