"""A student's tree on disk: made, brought to a newer release, solved.

RELEASE, in the tree's top folder, says what was handed out: a head of a few words, and the SHA-256
of each given file as sha256sum writes it. So `sha256sum --check RELEASE` tells a student which given
files have been changed, and an update needs no history.
"""
import dataclasses
import hashlib
import os
import re

from . import lab as labs
from . import source
from .source import Refused

RECORD = "RELEASE"
KEPT = ".mine"  # a given file as the student had it
HEAD = """\
# task     {task}
# release  {release}, {day}
# contract {contract}
# What was handed out. Your own files are not in it:
{own}
"""
HEAD_READ = re.compile(r"# task +(?P<task>\w+)\n# release +(?P<release>\S+), (?P<day>\S+)\n"
                       r"# contract +(?P<contract>\d+)\n")
LINE = re.compile(r"^([0-9a-f]{64})  (.+)$", re.M)


@dataclasses.dataclass(frozen=True)
class Release:
    task: str
    release: str
    day: str
    contract: int
    given: dict  # {path: SHA-256}


def digest(data):
    return hashlib.sha256(data).hexdigest()


def record(task, own, root, files):
    """The text of RELEASE."""
    name, day = source.release_of(root)
    head = HEAD.format(task=task, release=name, day=day, contract=labs.contract_of(files),
                       own="\n".join(f"#   {path}" for path in sorted(own)))
    return head + "".join(f"{digest(files[path].data)}  {path}\n"
                          for path in sorted(set(files) - own))


def read_record(folder):
    try:
        with open(os.path.join(folder, RECORD), encoding="utf-8") as file:
            text = file.read()
    except OSError as why:
        raise Refused(f"'{folder}' was not made by make handout: it has no {RECORD}") from why
    head = HEAD_READ.match(text)
    if head is None:
        raise Refused(f"{folder}/{RECORD} cannot be read: it does not begin as one does")
    return Release(head["task"], head["release"], head["day"], int(head["contract"]),
                   {path: sha for sha, path in LINE.findall(text)})


# ---- one file, below a folder that its owner may have filled with links ------------------------

def place(folder, path):
    """Where it is; what leads out of the folder is refused."""
    found = os.path.join(folder, path)
    outside = os.path.relpath(os.path.realpath(os.path.dirname(found)), os.path.realpath(folder))
    if outside.startswith(".."):
        raise Refused(f"{path} leads out of the folder")
    return found


def read(folder, path):
    """Its bytes; None: it is not there, or no regular file."""
    found = place(folder, path)
    if os.path.islink(found) or not os.path.isfile(found):
        return None
    with open(found, "rb") as file:
        return file.read()


def write(folder, path, file):
    found = place(folder, path)
    os.makedirs(os.path.dirname(found), exist_ok=True)
    if os.path.lexists(found):
        os.remove(found)
    with open(found, "wb") as out:
        out.write(file.data)
    os.chmod(found, 0o755 if file.program else 0o644)


# ---- make --------------------------------------------------------------------------------------

def told(root):
    """What is not handed out because it is not committed, as lines."""
    changed = source.changed(root)
    if changed:
        yield (f"what is committed goes out; {len(changed)} changed "
               f"{'file is' if len(changed) == 1 else 'files are'} not: {' '.join(changed[:5])}"
               f"{' ...' if len(changed) > 5 else ''}")


def prepared(root, task):
    """(lab, {path: File} of the handout, RELEASE among them)."""
    if not source.is_repository(root):
        raise Refused(f"{root} is no git repository: a handout is made from a commit")
    tree = source.files_of(root)
    lab = labs.lab_of(task, tree)
    files = labs.handout(lab, tree)
    files[RECORD] = source.File(record(lab.name, lab.own, root, files).encode())
    return lab, files


def make(root, task, out):
    """Yields lines that say what was done."""
    if os.path.lexists(out) and (not os.path.isdir(out) or os.listdir(out)):
        raise Refused(f"'{out}' is not empty: give a new folder, or make handout-update for one "
                      "that was handed out")
    lab, files = prepared(root, task)
    yield from told(root)
    for path, file in files.items():
        write(out, path, file)
    release = read_record(out)
    source.git(out, "init", "-q", "-b", "main", "--template=")
    source.commit(out, f"{lab.title}\n\nThe lab {task} as handed out: release {release.release}, "
                       f"contract {release.contract}.", ["."])
    yield (f"{out}: {len(files)} files, {len(lab.own)} of them the student's; release "
           f"{release.release}, contract {release.contract}")


# ---- update ------------------------------------------------------------------------------------

@dataclasses.dataclass
class Change:
    """What an update does to a student's tree; paths."""

    write: list
    remove: list
    keep: list  # changed by the student: theirs stays beside


def planned(folder, lab, old, new):
    change = Change([], [], [])
    for path in sorted(set(old.given) | set(new)):
        has = read(folder, path)
        if path in lab.own:
            if has is None and path in new:
                change.write.append(path)  # a task more
            continue
        wanted = digest(new[path].data) if path in new else None
        was = old.given.get(path)
        found = None if has is None else digest(has)
        if path == RECORD or wanted == found:
            continue
        if found not in (None, was):
            if wanted == was:
                continue  # the student's change meets none of ours
            change.keep.append(path)
        if wanted:
            change.write.append(path)
        elif has is not None:
            change.remove.append(path)
    return change


def refuse_uncommitted(folder, lab, old, new):
    """Of given files, old and new; the student's may be in the middle of anything."""
    given = (set(old.given) | set(new) | {RECORD}) - lab.own
    dirty = [path for path in source.changed(folder) if path in given]
    if dirty:
        raise Refused("\n  ".join(["these given files have changes that are not committed; commit "
                                   "them, or git checkout them:", *dirty]))


def update(root, out):
    """Bring the tree `out` to this tree's release, as one commit more. Yields what was done."""
    old = read_record(out)
    if not source.is_repository(out):
        raise Refused(f"'{out}' is no git repository: what an update changes could not be undone")
    lab, new = prepared(root, old.task)
    yield from told(root)
    refuse_uncommitted(out, lab, old, new)
    change = planned(out, lab, old, new)
    in_the_way = [path + KEPT for path in change.keep if os.path.lexists(place(out, path + KEPT))]
    if in_the_way:
        raise Refused("\n  ".join(["these would be overwritten; put them elsewhere:", *in_the_way]))
    now = HEAD_READ.match(new[RECORD].text)
    if read(out, RECORD) == new[RECORD].data and not (change.write or change.remove):
        yield f"{out} has release {old.release} already"
        return
    apply(out, change, new)
    paths = [*change.write, *change.remove, *(path + KEPT for path in change.keep), RECORD]
    source.commit(out, f"Release {now['release']}, contract {now['contract']}\n\n"
                       f"From release {old.release}.", paths)
    yield (f"{out}: release {old.release} -> {now['release']}: {len(change.write)} files written, "
           f"{len(change.remove)} removed; your own are as they were")
    for path in change.keep:
        yield f"{path}: you had changed it; yours is {path}{KEPT} now"
    if int(now["contract"]) != old.contract:
        yield (f"contract {old.contract} -> {now['contract']}: files written to the old one may "
               "have to change; kern/mm/pmm.h says what is new")


def apply(out, change, new):
    for path in change.keep:
        os.rename(place(out, path), place(out, path + KEPT))
    for path in change.write:
        write(out, path, new[path])
    for path in change.remove:
        if path not in change.keep:
            os.remove(place(out, path))
    write(out, RECORD, new[RECORD])


# ---- solve -------------------------------------------------------------------------------------

def solve(root, out):
    """The student's files with the solutions of this tree, not committed. Yields what was done."""
    old = read_record(out)
    lab, _ = prepared(root, old.task)
    files = labs.solved(lab, source.files_of(root))
    dirty = [path for path in source.changed(out) if path in files]
    if dirty:
        raise Refused("\n  ".join(["these have changes that are not committed:", *dirty]))
    for path, file in files.items():
        write(out, path, file)
        yield f"{path}: the solution"
