"""What a lab hands out: lab.toml says it, and every file is made from a commit of this tree."""
import dataclasses
import fnmatch
import os
import re
import textwrap
import tomllib

from . import marks
from .source import File, Refused

LABS = "docs/labs"
MM = "kern/mm/"
CORPUS = "tests/dropin/"
CHECKS_RUBRIC = "tools/grader/rubrics/test_the_tests.toml"
CONTRACT = re.compile(r"^#define PMM_CONTRACT +(\d+)$", re.M)
POLICY = re.compile(r"kern/mm/(\w+_pmm)\.[ch]")
MM_HEADER = re.compile(r"kern/mm/\w+\.h")
INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]', re.M)
TRIED = re.compile(r'^(accepts|rejects) = \[(.*?)\]', re.M | re.S)


@dataclasses.dataclass(frozen=True)
class Own:
    """A file of the student's. solution: where it is in this tree; "": nowhere."""

    file: str
    slots: tuple
    solution: str


@dataclasses.dataclass(frozen=True)
class Lab:
    name: str
    title: str
    give: tuple
    keep: tuple
    policies: tuple
    registries: tuple
    check_on: tuple
    student: tuple  # of Own

    @property
    def own(self):
        return {each.file for each in self.student}

    @property
    def slots(self):
        return {name for each in self.student for name in each.slots}

    @property
    def over(self):
        """The folder that is laid over the tree."""
        return f"{LABS}/{self.name}/given/"


def lab_of(name, tree):
    path = f"{LABS}/{name}/lab.toml"
    if not re.fullmatch(r"\w+", name) or path not in tree:
        raise Refused(f"there is no lab '{name}'; there are {' '.join(names_of(tree)) or 'none'}")
    try:
        table = tomllib.loads(tree[path].text)
        student = tuple(Own(row["file"], tuple(row["slots"]), row.get("solution", row["file"]))
                        for row in table.pop("student"))
        title = table.pop("title")
        lists = {key: tuple(value) for key, value in table.items()}
        return Lab(name=name, title=title, student=student, **lists)
    except (ValueError, KeyError, TypeError) as why:
        raise Refused(f"{path}: {why}") from why


# ---- slots -------------------------------------------------------------------------------------

def names_of(tree):
    return sorted(path.split("/")[2] for path in tree
                  if re.fullmatch(rf"{LABS}/\w+/lab\.toml", path))


def mistakes(tree):
    """(path, line, what) wherever the marks are wrong, or are not those of the labs' manifests."""
    known, wanted = {}, {}
    for path in sorted(tree):
        if path.endswith((".c", ".h")) and b"SLOT" in tree[path].data:
            try:
                known[path] = [slot.name for slot in marks.slots(tree[path].text)]
            except marks.Wrong as why:
                yield path, *why.args
    for lab in (lab_of(name, tree) for name in names_of(tree)):
        for pattern in lab.keep:
            if not any(fits(path, [pattern]) for path in tree):
                yield f"{LABS}/{lab.name}/lab.toml", 1, f"keep: nothing fits {pattern}"
        for own in lab.student:
            place = lab.over + own.file if lab.over + own.file in tree else own.file
            wanted.setdefault(place, []).extend(own.slots)
            for needed in sorted({place, own.solution} - {""} - set(tree)):
                yield f"{LABS}/{lab.name}/lab.toml", 1, f"there is no {needed}"
    for path in sorted(set(known) | set(wanted)):
        here, there = known.get(path, []), wanted.get(path, [])
        if sorted(here) != sorted(there):
            yield path, 1, (f"has the slots {' '.join(here) or 'none'}; a lab.toml says "
                            f"{' '.join(there) or 'none'}")
    names = [name for each in known.values() for name in each]
    for path in known:
        for name in dict.fromkeys(each for each in known[path] if names.count(each) > 1):
            yield path, 1, f"there are two slots {name}"


# ---- which files -------------------------------------------------------------------------------

def fits(path, patterns):
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)


def chosen(lab, tree):
    """{path: File} of what goes out, as it stands here."""
    found = {path: file for path, file in tree.items()
             if fits(path, lab.give) and not fits(path, lab.keep)}
    for path in list(found):
        policy = POLICY.fullmatch(path)
        if policy and policy[1] not in lab.policies:
            del found[path]
    return without_idle_headers(found)


def without_idle_headers(files):
    """Less the headers of kern/mm that nothing here includes, and what only these include."""
    while True:
        included = {os.path.basename(name) for path, file in files.items()
                    if path.endswith((".c", ".h", ".S")) for name in INCLUDE.findall(file.text)
                    if os.path.basename(name) != os.path.basename(path)}
        idle = [path for path in files
                if MM_HEADER.fullmatch(path) and os.path.basename(path) not in included]
        if not idle:
            return files
        files = {path: file for path, file in files.items() if path not in idle}


def corpus(lab, tree):
    """The policies that a check is tried on, and the headers that they include there."""
    found = {}
    for name in lab.check_on:
        path = f"{CORPUS}{name}_pmm.c"
        if path not in tree:
            raise Refused(f"lab.toml: check_on: there is no {path}")
        found[path] = tree[path]
        beside = {f"{os.path.dirname(path)}/{header}"
                  for header in INCLUDE.findall(tree[path].text)
                  if not {f"libs/{header}", MM + header} & set(tree)}  # ours win: else they are stale
        found.update({header: tree[header] for header in beside & set(tree)})
    return found


# ---- how they are changed ----------------------------------------------------------------------

def policies_that_stay(lab, tree):
    """The names and file stems of policies that are not handed out."""
    words = []
    for path, file in tree.items():
        policy = POLICY.fullmatch(path)
        if policy and path.endswith(".c") and policy[1] not in lab.policies:
            words += [policy[1], *re.findall(r'^ *\.name = "(\w+)"', file.text, re.M)]
    return words


def registry(text, stay, more):
    """Less the lines of policies that stay; the student's own come last."""
    line = re.compile(rf"(PMM_POLICY\()?({'|'.join(map(re.escape, stay))})\b")
    kept = [each for each in text.splitlines(keepends=True) if not (stay and line.match(each))]
    if any(each.startswith("PMM_POLICY(") for each in kept):
        kept += [f"PMM_POLICY({stem}, {stem}_manager)\n" for stem in more]
    return "".join(kept)


def rubric(text, names):
    """The check's, with the policies of these names only: the points stay where they are."""
    def reduced(found):
        tried = [each for each in re.findall(r'"([^"]+)"', found[2])
                 if each.partition(":")[0] in names]
        if not tried:
            raise Refused(f"{CHECKS_RUBRIC}: lab.toml's check_on leaves nothing of {found[0]}")
        words = ", ".join(f'"{each}"' for each in tried)
        return "\n".join(textwrap.wrap(f"{found[1]} = [{words}]", 100, break_on_hyphens=False,
                                       subsequent_indent=" " * len(f"{found[1]} = [")))
    return "# At home. The course tries a check on more policies than these.\n" \
        + TRIED.sub(reduced, text)


def handout(lab, tree):
    """{path: File} of the student's tree, as a student gets it first."""
    wrong = [f"{path}:{line}: {what}" for path, line, what in mistakes(tree)]
    if wrong:
        raise Refused("\n".join(wrong))
    files = {**chosen(lab, tree), **corpus(lab, tree)}
    laid = {path.removeprefix(lab.over): file for path, file in tree.items()
            if path.startswith(lab.over)}
    stay = policies_that_stay(lab, tree)
    more = sorted(policy[1] for policy in map(POLICY.fullmatch, laid) if policy)
    for path in lab.registries:
        files[path] = files[path].with_text(registry(files[path].text, stay, more))
    files[CHECKS_RUBRIC] = files[CHECKS_RUBRIC].with_text(
        rubric(files[CHECKS_RUBRIC].text, lab.check_on))
    return {**{path: cut(lab, path, file) for path, file in files.items()}, **laid}


def cut(lab, path, file):
    try:
        if path.endswith((".c", ".h")) and b"SLOT" in file.data:
            return file.with_text(marks.emptied(file.text, lab.slots))
        if b"# COURSE" in file.data and not path.startswith("tools/handouts/"):
            return file.with_text(marks.without_course(file.text))
    except marks.Wrong as why:
        raise Refused(f"{path}:{why.args[0]}: {why.args[1]}") from why
    return file


def contract_of(files):
    """The number of the contract that policies are written to (kern/mm/pmm.h)."""
    found = CONTRACT.search(files[MM + "pmm.h"].text)
    if found is None:
        raise Refused(f"{MM}pmm.h says no PMM_CONTRACT")
    return int(found[1])


def solved(lab, tree):
    """{path: File} of the student's files that have a solution, with it."""
    return {own.file: File(tree[own.solution].data) for own in lab.student if own.solution}
