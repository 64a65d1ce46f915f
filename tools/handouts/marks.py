"""Marks in sources: what a student writes, and what only the course's tree has.

    /* SLOT best_fit.alloc: what is to be written, on this one line */
    the solution
    /* SLOT best_fit.alloc ends; until it is written: return NULL; */

    # COURSE: what is left out of handouts
    # COURSE ends

A mark is a line of its own. A slot without "until it is written" becomes empty; several statements
become a line each. In a handout both marks stay, the second one without its statements.
"""
import dataclasses
import re

NAME = r"(?P<name>\w+\.\w+)"
BEGINS = re.compile(rf"(?P<indent> *)/\* SLOT {NAME}: (?P<task>\S.*) \*/")
ENDS = re.compile(rf" */\* SLOT {NAME} ends(; until it is written: (?P<stub>.*;))? \*/")
SLOT = re.compile(r"/\*\s*SLOT\b")
COURSE_BEGINS = re.compile(r"# COURSE: \S.*")
COURSE_ENDS = re.compile(r"# COURSE ends")
COURSE = re.compile(r"#\s*COURSE\b")
LONGEST = 100  # columns


class Wrong(Exception):
    """(line, what): a mark that is not as it should be."""


@dataclasses.dataclass(frozen=True)
class Slot:
    name: str
    task: str
    first: int  # its lines, the marks included: lines[first:end]
    end: int
    stub: tuple  # lines


def slots(text):
    """The Slots of a source, in its order."""
    found, begun = [], None
    for at, line in enumerate(text.splitlines()):
        begins, ends = BEGINS.fullmatch(line), ENDS.fullmatch(line)
        if SLOT.search(line) and (len(line) > LONGEST or not (begins or ends)):
            raise Wrong(at + 1, "a mark is a line, SLOT FILE.NAME: TASK, or SLOT FILE.NAME ends")
        if begins and begun:
            raise Wrong(at + 1, f"the slot {begun[1]['name']} has not ended")
        if begins:
            begun = at, begins
        if ends:
            found.append(slot(begun, at, ends))
            begun = None
    if begun:
        raise Wrong(begun[0] + 1, f"the slot {begun[1]['name']} does not end")
    names = [each.name for each in found]
    for each in found:
        if names.count(each.name) > 1:
            raise Wrong(each.first + 1, f"there are two slots {each.name}")
    return found


def slot(begun, at, ends):
    if begun is None or begun[1]["name"] != ends["name"]:
        raise Wrong(at + 1, f"the slot {ends['name']} has not begun")
    first, begins = begun
    statements = re.findall(r"\S.*?;", ends["stub"] or "")
    return Slot(ends["name"], begins["task"], first, at + 1,
                tuple(begins["indent"] + each for each in statements))


def emptied(text, names):
    """The source as it is handed out: these slots empty, others solved and without their marks."""
    lines = text.splitlines()
    for each in reversed(slots(text)):
        if each.name in names:
            indent = lines[each.first][:lines[each.first].index("/")]
            lines[each.first + 1:each.end] = [*each.stub, f"{indent}/* SLOT {each.name} ends */"]
        else:
            lines[each.first:each.end] = lines[each.first + 1:each.end - 1]
    return "".join(line + "\n" for line in lines)


def solutions(text):
    """{slot's name: the lines of its solution}."""
    lines = text.splitlines()
    return {each.name: lines[each.first + 1:each.end - 1] for each in slots(text)}


def without_course(text):
    """The text less what is the course's alone."""
    kept, inside = [], None
    for at, line in enumerate(text.splitlines(keepends=True)):
        begins = COURSE_BEGINS.fullmatch(line.rstrip("\n"))
        ends = COURSE_ENDS.fullmatch(line.rstrip("\n"))
        if COURSE.match(line) and not (ends if inside else begins):
            raise Wrong(at + 1, "COURSE: WHY begins a part that is left out, COURSE ends ends it")
        if begins:
            inside = at + 1
        elif ends:
            inside = None
        elif inside is None:
            kept.append(line)
    if inside:
        raise Wrong(inside, "this part of the course's does not end")
    return "".join(kept)
