"""Similar submissions: what they share beyond what everybody was given.

sim_c of Debian's package similarity-tester compares tokens: neither layout nor comments nor names
count. It is run twice: the first run finds what comes from the handout, and these lines are blanked;
the second says which share of what is left is found in whose file. Files are called by numbers, so
that no author's name is ever on a command line or in what is parsed.
"""
import csv
import dataclasses
import glob
import io
import os
import re
import shutil
import zlib

from policies import ROOT

from . import sandbox

PROGRAM = "sim_c"
HANDOUT = os.path.join(ROOT, "kern", "mm")
LEAST_RUN = 24  # tokens in a row that are the same by no chance
HANDOUT_RUN = 12  # shorter: what everybody has is nobody's fault
REPETITIVE = 20  # times smaller when compressed: sim_c would take hours; source is about 4
BOUNDS = sandbox.Bounds(wall_s=600, cpu_s=300, output=64 << 20)
GIVEN = re.compile(r"^new/(\d+)\.c: line (\d+)-(\d+) .*\[\d+\]$", re.M)
SHARED = re.compile(r"^new/(\d+)\.c consists for (\d+) % of new/(\d+)\.c material$", re.M)


@dataclasses.dataclass(frozen=True)
class Pair:
    """Percent of the first's own part that is found in the second's, and the other way round.
    lines: how many of each one's are not of the handout."""

    file: str
    first: str
    second: str
    percent: tuple
    lines: tuple


class Unknown(Exception):
    """Nothing can be said, and why."""


def repetitive(data):
    return len(zlib.compress(data)) * REPETITIVE < len(data)


def handout_files(folder):
    """Contents of the C files in the folder, or below it."""
    found = []
    for path in sorted(glob.glob(os.path.join(glob.escape(folder), "**", "*.[ch]"),
                                 recursive=True)):
        with open(path, "rb") as file:
            found.append(file.read())
    return found


def write_all(folder, contents):
    """Files called by their number; the list of their names."""
    os.makedirs(folder)
    names = []
    for number, data in enumerate(contents):
        names.append(f"{os.path.basename(folder)}/{number}.c")
        with open(os.path.join(folder, f"{number}.c"), "wb") as file:
            file.write(data)
    return names


def run(folder, names, *options):
    """What the program says of these files. Names come from a file: there may be thousands."""
    with open(os.path.join(folder, "names"), "w", encoding="utf-8") as file:
        file.write("\n".join(names) + "\n")
    done = sandbox.run(["sh", "-c", 'cd "$0" && exec "$@" <names', folder, PROGRAM, "-i", "-T",
                        *options], BOUNDS, readonly=[folder])
    if done.late or done.status != 0 or len(done.data) == BOUNDS.output:
        raise Unknown(f"{PROGRAM} ended with {done.status}: {done.output[-200:].strip()}")
    return done.output


def without(data, ranges):
    """The text with these lines blanked, the first is 1; and how many lines have anything left."""
    lines = data.split(b"\n")
    for first, last in ranges:
        lines[first - 1:last] = [b""] * len(lines[first - 1:last])
    return b"\n".join(lines), sum(bool(line.strip()) for line in lines)


def own_parts(work, texts, handout):
    """[(text without the handout, lines left)]."""
    if not handout:
        return [without(data, ()) for data in texts]
    folder = os.path.join(work, "given")
    names = [*write_all(os.path.join(folder, "new"), texts), "/",
             *write_all(os.path.join(folder, "old"), handout)]
    given = {}
    for number, first, last in GIVEN.findall(run(folder, names, "-n", "-S", "-r",
                                                 str(HANDOUT_RUN))):
        given.setdefault(int(number), []).append((int(first), int(last)))
    return [without(data, given.get(number, ())) for number, data in enumerate(texts)]


def pairs_of_file(work, name, texts, options):
    """texts: {author: bytes of the file `name`}; options: handout and least percent."""
    handout, least = options
    authors = sorted(texts)
    own = own_parts(work, [texts[author] for author in authors], handout)
    folder = os.path.join(work, "own")
    names = write_all(os.path.join(folder, "new"), [text for text, _ in own])
    percent = {}
    for first, share, second in SHARED.findall(run(folder, names, "-p", "-e", "-a", "-r",
                                                   str(LEAST_RUN))):
        percent[int(first), int(second)] = int(share)
    for first, second in sorted({tuple(sorted(pair)) for pair in percent}):
        both = percent.get((first, second), 0), percent.get((second, first), 0)
        if max(both) >= least:
            yield Pair(name, authors[first], authors[second], both,
                       (own[first][1], own[second][1]))


def pairs(work, submissions, handout, least):
    """Pairs of which one has at least `least` percent of its own in common with the other, the most
    similar first; and the authors of files that are too repetitive to be compared.
    submissions: {author: {name: bytes}}; `handout` is a folder, `work` is emptied."""
    if shutil.which(PROGRAM) is None:
        raise Unknown(f"{PROGRAM} is not installed (apt install similarity-tester)")
    given, found, left_out = handout_files(handout), [], set()
    for name in sorted({name for files in submissions.values() for name in files}):
        shutil.rmtree(work, ignore_errors=True)
        texts = {author: files[name] for author, files in submissions.items() if name in files}
        odd = {author for author, data in texts.items() if repetitive(data)}
        left_out |= odd
        texts = {author: data for author, data in texts.items() if author not in odd}
        found += pairs_of_file(work, name, texts, (given, least))
    found.sort(key=lambda pair: (-max(pair.percent), -min(pair.percent), pair.file, pair.first,
                                 pair.second))
    return found, sorted(left_out)


def as_csv(found, cell):
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["file", "first", "second", "percent_of_first", "percent_of_second",
                    "lines_of_first", "lines_of_second"])
    for pair in found:
        table.writerow([pair.file, cell(pair.first), cell(pair.second), *pair.percent,
                        *pair.lines])
    return out.getvalue()
