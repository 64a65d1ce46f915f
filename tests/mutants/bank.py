"""The hand-written mutants: bank/*.txt, mistakes that real allocators have, made in ours.

    == one line: what is wrong
    like: the mistake it is modelled on
    file: kern/mm/NAME
    - a line as it stands in the file, and only once
    + what stands there instead

Several runs of `-` and `+` may follow each other; blanks around a line do not count.
"""
import collections
import glob
import os
import re

Entry = collections.namedtuple("Entry", "id like file hunks")


class Wrong(Exception):
    """An entry that does not apply, or is no entry."""


def read(folder):
    found = []
    for path in sorted(glob.glob(os.path.join(folder, "*.txt"))):
        with open(path, encoding="ascii") as file:
            blocks = re.split(r"^== ", file.read(), flags=re.M)[1:]
        stem = os.path.splitext(os.path.basename(path))[0]
        found += [parse(stem, block) for block in blocks]
    ids = [entry.id for entry in found]
    for name in ids:
        if ids.count(name) > 1:
            raise Wrong(f"{name} is there twice")
    return found


def parse(stem, block):
    title, *lines = [line for line in block.splitlines() if line.strip()]
    keys = dict(line.split(": ", 1) for line in lines if line[0] not in "-+#")
    name = f"bank:{stem}:{title.strip().replace(' ', '-')}"
    hunks, before = [], "+"
    for line in (l for l in lines if l[0] in "-+"):
        if line[0] == "-" and before == "+":
            hunks.append(([], []))
        if not hunks:
            raise Wrong(f"{name}: begins with +")
        hunks[-1]["-+".index(line[0])].append(line[1:].strip())
        before = line[0]
    if set(keys) != {"like", "file"} or not hunks:
        raise Wrong(f"{name}: wants like:, file:, and lines with - and +")
    return Entry(name, keys["like"], keys["file"], hunks)


def apply(entry, text):
    lines = text.split("\n")
    for old, new in entry.hunks:
        bare = [line.strip() for line in lines]
        places = [i for i in range(len(lines)) if bare[i:i + len(old)] == old]
        if len(places) != 1:
            raise Wrong(f"{entry.id}: `{old[0]}` stands {len(places)} times in {entry.file}")
        lines[places[0]:places[0] + len(old)] = new
    return "\n".join(lines)
